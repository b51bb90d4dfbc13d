//===- FixedPoint.cpp - Activations of 16 bits in integers ----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FixedPoint.h"

using namespace hswish;
using llvm::APInt;

static constexpr unsigned kBits = 1024; // as for Quantized.cpp
static constexpr int kGateBits = 61;

/// numerator / denominator * 2^shift, to the nearest.
static APInt scale(APInt numerator, APInt denominator, int shift) {
  (shift < 0 ? denominator : numerator) <<= std::abs(shift);
  return (numerator + denominator.lshr(1)).udiv(denominator);
}

/// The code, and whether the real number may be a tie or next to one.
static std::pair<int64_t, bool> apply(const FixedPoint &f,
                                      const QuantizedActivation &activation,
                                      int64_t code) {
  int64_t v = code - activation.inputZeroPoint;
  int64_t u = std::clamp(v, -f.reach, f.reach);
  int64_t t = std::clamp<int64_t>((f.a * u + f.b) >> f.drop, 0, f.c >> f.drop);
  int64_t p = (activation.isHardSwish ? v * t : t) + (1LL << (f.fraction - 1)) +
              FixedPoint::kWindow;
  int64_t y = p >> f.fraction;
  bool isTie = (p & ((1LL << f.fraction) - 1)) <= 2 * FixedPoint::kWindow;
  if (isTie)
    y -= y & 1;
  return {std::clamp(y + activation.outputZeroPoint, activation.getLowest(),
                     activation.getHighest()),
          isTie};
}

std::optional<FixedPoint>
hswish::makeFixedPoint(const QuantizedActivation &activation) {
  APInt one = APInt::getOneBitSet(kBits, 149);
  APInt si = toLeastUnits(activation.inputScale, kBits);
  APInt so = toLeastUnits(activation.outputScale, kBits);
  APInt top = activation.isHardSwish ? si : one; // C = top / so
  FixedPoint f;
  f.drop = activation.isHardSwish ? 16 : 0;
  // C * 2^shift has kGateBits bits, or one less.
  int shift = kGateBits - 1 - (int(top.logBase2()) - int(so.logBase2()));
  shift = std::min(shift, 62 + int(f.drop));
  if (shift - int(f.drop) < 24) // The window would be as wide as a step.
    return std::nullopt;
  f.fraction = shift - f.drop;

  APInt reach = (one * 3 + si - 1).udiv(si);
  f.reach = reach.getActiveBits() > 16 ? 1 << 16 : reach.getSExtValue();
  f.c = scale(top, so, shift).getSExtValue();
  f.b = scale(top, so, shift - 1).getSExtValue();
  // From 3 on the first step leaves the ramp.
  f.a = si.ugt(one * 3) ? f.c
                        : scale(top * si, so * one * 6, shift).getSExtValue();

  for (int64_t q = activation.getLowest(); q <= activation.getHighest(); ++q)
    if (auto [code, isDoubtful] = apply(f, activation, q);
        isDoubtful && code != evaluate(activation, q))
      return std::nullopt;
  return f;
}
