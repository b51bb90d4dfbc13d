//===- Coordinates.cpp - Where pixels of a resized image come from --------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In fractions: neighbours of halves decide between pixels, and in floats they
// fall on either side (decision 18).
//
//===----------------------------------------------------------------------===//

#include "Coordinates.h"

#include <cmath>

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

//===----------------------------------------------------------------------===//
// Scales
//===----------------------------------------------------------------------===//

/// The fraction with the smallest denominator in [low, high], 0 < low < high,
/// by continued fractions.
static Fraction findSimplest(const Fraction &low, const Fraction &high) {
  Fraction whole(floor(low));
  if (whole == low)
    return whole;
  Fraction next = whole + Fraction(1);
  if (next <= high)
    return next;
  Fraction one(1);
  return whole + one / findSimplest(one / (high - whole), one / (low - whole));
}

Fraction onnx_import::readScale(float scale) {
  // scale = 2 * mantissa * unit, and half an ulp, a unit, on both sides rounds
  // to it. Below powers of two that is too wide, but these are the simplest.
  int exponent;
  auto mantissa =
      static_cast<int64_t>(std::ldexp(std::frexp(scale, &exponent), 24));
  exponent -= 24 + 1;
  APInt one(256, 1);
  Fraction unit = exponent < 0 ? Fraction(1, DynamicAPInt(one.shl(-exponent)))
                               : Fraction(DynamicAPInt(one.shl(exponent)), 1);
  Fraction middle = Fraction(2 * mantissa) * unit;
  return findSimplest(middle - unit, middle + unit);
}

//===----------------------------------------------------------------------===//
// Coordinates
//===----------------------------------------------------------------------===//

/// Where a pixel of the result lies in the input.
static Fraction getOrigin(const ResizeMode &mode, const ResizedAxis &axis,
                          int64_t o) {
  StringRef c = mode.coordinates;
  if (axis.isSame())
    return Fraction(o);
  if (c == "align_corners")
    return axis.out == 1 ? Fraction(0)
                         : Fraction(o) * Fraction(axis.in - 1, axis.out - 1);
  if (c == "asymmetric")
    return Fraction(o) / axis.scale;
  const Fraction half(1, 2);
  Fraction centre = (Fraction(o) + half) / axis.scale;
  if (c == "tf_half_pixel_for_nn")
    return centre;
  if (c == "pytorch_half_pixel" && axis.out == 1)
    return Fraction(0);
  if (c == "half_pixel_symmetric") {
    // What the rounded size lacks is left out on both sides.
    Fraction lacks =
        Fraction(1) - Fraction(axis.out) / (axis.scale * Fraction(axis.in));
    return Fraction(axis.in, 2) * lacks + centre - half;
  }
  return centre - half;
}

static int64_t roundOrigin(StringRef rounding, const Fraction &x) {
  const Fraction half(1, 2);
  if (rounding == "floor")
    return int64_t(floor(x));
  if (rounding == "ceil")
    return int64_t(ceil(x));
  if (rounding == "round_prefer_ceil")
    return int64_t(floor(x + half));
  return int64_t(ceil(x - half)); // round_prefer_floor
}

static int64_t clampTo(int64_t index, const ResizedAxis &axis) {
  return std::clamp<int64_t>(index, 0, axis.in - 1);
}

static double toDouble(const Fraction &fraction) {
  return static_cast<double>(int64_t(fraction.num)) /
         static_cast<double>(int64_t(fraction.den));
}

//===----------------------------------------------------------------------===//
// Taps
//===----------------------------------------------------------------------===//

static void addLinearTaps(Taps &taps, const ResizedAxis &axis,
                          Fraction origin) {
  origin = std::clamp(origin, Fraction(0), Fraction(axis.in - 1));
  auto low = int64_t(floor(origin));
  double weight = toDouble(origin - Fraction(low));
  taps.indices[0].push_back(low);
  taps.indices[1].push_back(clampTo(low + 1, axis));
  taps.weights[0].push_back(1 - weight);
  taps.weights[1].push_back(weight);
}

/// Keys' cubic convolution at the distance `x`.
static double getCubicWeight(double x, double a) {
  x = std::abs(x);
  if (x <= 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

static void addCubicTaps(Taps &taps, const ResizeMode &mode,
                         const ResizedAxis &axis, const Fraction &origin) {
  auto base = int64_t(floor(origin));
  double rest = toDouble(origin - Fraction(base)), sum = 0, weights[4];
  for (int t = 0; t < 4; ++t) {
    int64_t position = base - 1 + t;
    bool isOutside = position < 0 || position >= axis.in;
    weights[t] = mode.excludesOutside && isOutside
                     ? 0
                     : getCubicWeight(rest + 1 - t, mode.cubicA);
    sum += weights[t];
    taps.indices[t].push_back(clampTo(position, axis));
  }
  for (int t = 0; t < 4; ++t)
    taps.weights[t].push_back(mode.excludesOutside ? weights[t] / sum
                                                   : weights[t]);
}

Taps onnx_import::makeTaps(const ResizeMode &mode, const ResizedAxis &axis) {
  Taps taps;
  size_t count = mode.kind == "nearest" ? 1 : mode.kind == "linear" ? 2 : 4;
  taps.indices.resize(count);
  taps.weights.resize(count == 1 ? 0 : count);
  for (int64_t o = 0; o < axis.out; ++o) {
    Fraction origin = getOrigin(mode, axis, o);
    if (count == 1)
      taps.indices[0].push_back(
          clampTo(roundOrigin(mode.rounding, origin), axis));
    else if (count == 2)
      addLinearTaps(taps, axis, origin);
    else
      addCubicTaps(taps, mode, axis, origin);
  }
  return taps;
}
