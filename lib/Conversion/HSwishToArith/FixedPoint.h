//===- FixedPoint.h - Activations of 16 bits in integers -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// With v = q - zi, an `exact` activation is round(w * clamp(A v + B, 0, C)),
// where C = si / so and w = v for hard_swish, C = 1 / so and w = 1 for
// hard_sigmoid, B = C / 2 and A = C si / 6. In 64-bit integers, a, b and c
// being A, B and C times 2^gateBits, rounded:
//
//   u = clamp(v, -reach, reach)                  |u| <= 2^16
//   t = clamp((a u + b) >> drop, 0, c >> drop)
//   p = w t + 2^(fraction - 1) + kWindow
//   y = p >> fraction
//
// c < 2^61, so nothing overflows. w t is off by less than kWindow from the real
// number times 2^fraction (hard_swish: |v| <= 2^16 times an error of t below
// 2^16 / 2 / 2^16 + 2; hard_sigmoid: 2^15 + 1). Where the lower bits of p are
// at most 2 kWindow the real number may be a tie, and is taken for one: odd y
// less
// 1. makeFixedPoint tries these codes; if one of them is no tie and comes out
// wrong, there is no such arithmetic.
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CONVERSION_HSWISHTOARITH_FIXEDPOINT_H
#define HSWISH_LIB_CONVERSION_HSWISHTOARITH_FIXEDPOINT_H

#include "hswish/IR/Quantized.h"

#include <optional>

namespace hswish {

struct FixedPoint {
  static constexpr int64_t kWindow = 1 << 18;

  int64_t a, b, c, reach;
  unsigned drop, fraction;
};

/// The constants that give the results of `activation`, an exact one of 16
/// bits, for all codes; nothing if there are none.
std::optional<FixedPoint> makeFixedPoint(const QuantizedActivation &activation);

} // namespace hswish

#endif // HSWISH_LIB_CONVERSION_HSWISHTOARITH_FIXEDPOINT_H
