//===- Inputs.cpp - Seeded numbers to try layers with ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Inputs.h"

#include <cmath>

using namespace mlir;
using namespace hswish;

/// Elements of a tensor that are not finite, at most: most sums should stay
/// numbers.
static constexpr int kNotFinite = 3;

StringRef hswish::getName(InputKind kind) {
  switch (kind) {
  case InputKind::Normal:
    return "normal";
  case InputKind::Extreme:
    return "extreme";
  case InputKind::NotFinite:
    return "not finite";
  }
  llvm_unreachable("unknown kind of inputs");
}

/// The sum of four uniform numbers, of variance 1: up to 2 sqrt(3).
/// std::normal_distribution takes ten times as long.
static double makeNormal(std::mt19937_64 &generator) {
  uint64_t bits = generator();
  int64_t sum = -2 * 0xffff;
  for (int shift = 0; shift < 64; shift += 16)
    sum += (bits >> shift) & 0xffff;
  return sum * (std::sqrt(3.0) / 0x1p16);
}

static double makeExtreme(std::mt19937_64 &generator, double normal) {
  static const double kinks[] = {0.0, -0.0, -3.0, 3.0, 6.0, -1.0, 1.0};
  switch (generator() % 8) {
  case 0:
    return kinks[generator() % std::size(kinks)];
  case 1:
    return normal * 1e4;
  case 2:
    return normal * 1e-4;
  case 3:
    return normal * 1e-39; // Subnormal in f32.
  case 4:
    return 3 * normal;
  default:
    return normal;
  }
}

NumberTensor hswish::makeInput(RankedTensorType type, InputKind kind,
                               std::mt19937_64 &generator) {
  NumberTensor tensor(type);
  Numbers &numbers = tensor.numbers;
  if (!numbers.isFloat()) {
    unsigned width = type.getElementTypeBitWidth();
    for (int64_t &value : numbers.integers)
      value = wrapTo(numbers.type,
                     generator() & (width == 8 || width == 16 ? ~0ull : 1));
    return tensor;
  }
  for (double &value : numbers.values) {
    double number = makeNormal(generator);
    if (kind == InputKind::Extreme)
      number = makeExtreme(generator, number);
    value = roundTo(numbers.type, number);
  }
  static const double notFinite[] = {std::nan(""), kUnknown, -kUnknown};
  if (kind == InputKind::NotFinite)
    for (int i = 0; i < kNotFinite; ++i)
      numbers.values[generator() % numbers.size()] = notFinite[i];
  return tensor;
}
