//===- ExactForms.h - Correctly rounded activations -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The forms of `accuracy<exact>`: computed in a wider type (`getComputeBits`),
// so that rounding its result to the op's own type gives the float nearest to
// the real number, ties to even. For functions of one variable that was proven
// by trying all inputs (docs/Numerics.md); the gradient of h-swish has two, and
// is rounded to odd instead, after which a second rounding does no harm.
//
// Beside what Forms.h asks for, the arithmetic has
//   sub(Value, Value)               rounded once
//   abs(Value), copySign(Value, Value sign)
//   roundToOdd(Value q, Value r)    q + r for a tiny r, of which only the sign
//                                   counts: q if r is 0 or NaN, else the one of
//                                   the two floats around q + r that is odd
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_IR_EXACTFORMS_H
#define HSWISH_IR_EXACTFORMS_H

#include "hswish/IR/Forms.h"

#include <algorithm>

namespace hswish {

/// How many bits the type has in which a result of `bits` bits is computed. A
/// gradient is a product of two numbers, and has twice as many digits.
inline unsigned getComputeBits(unsigned bits, Accuracy accuracy,
                               bool isGradient) {
  if (accuracy != Accuracy::Exact)
    return std::max(bits, 32u);
  return bits == 16 && !isGradient ? 32 : 64;
}

/// hard_swish(x), to be rounded to a type whose least number is `least`.
template <typename Arith>
typename Arith::Value buildExactHardSwish(Arith &a, typename Arith::Value x,
                                          double least) {
  // Not below -3, so that -inf gives the limit.
  auto bounded = a.clampLow(x, -3.0);
  auto gate = a.mul(a.clampHigh(a.add(bounded, a.constant(3.0)), 6.0),
                    a.constant(1.0 / 6.0));
  // x/2 + x*x/6 of a subnormal x is just above a tie where the wide type sees
  // the tie itself. A thousandth of the least number breaks it, and is nothing
  // to any larger result; it only costs zeros their sign.
  auto y = a.fma(bounded, gate, a.constant(least * 0x1p-12));
  return a.copySign(y, x);
}

/// What rounding took away from `sum` = high + low, where |high| >= |low|.
template <typename Arith>
typename Arith::Value buildSumError(Arith &a, typename Arith::Value sum,
                                    typename Arith::Value high,
                                    typename Arith::Value low) {
  return a.sub(low, a.sub(sum, high));
}

/// What rounding took away from `product` = x * y, where x has 26 bits less
/// than the type to compute in (Dekker; exact without fused multiply-add).
template <typename Arith>
typename Arith::Value buildProductError(Arith &a, typename Arith::Value product,
                                        typename Arith::Value x,
                                        typename Arith::Value y) {
  auto scaled = a.mul(y, a.constant(0x1p27 + 1));
  auto high = a.sub(scaled, a.sub(scaled, y)), low = a.sub(y, high);
  return a.sub(a.mul(x, low), a.sub(product, a.mul(x, high)));
}

/// upstream * d/dx hard_swish(x) of f32, f16 or bf16 operands in f64, rounded
/// to odd: upstream * (2x + 3) / 6.
template <typename Arith>
typename Arith::Value buildExactHardSwishGrad(Arith &a, typename Arith::Value x,
                                              typename Arith::Value upstream,
                                              Kink kink) {
  // 2x + 3 is exact for |x| >= 2^-28. Of a smaller x only the sign matters: it
  // decides what upstream/2 is rounded to if that is a tie.
  constexpr double tiny = 0x1p-28;
  auto sign = buildClamp(a, a.mul(x, a.constant(0x1p149)), -tiny, tiny);
  x = a.select(a.isLess(a.abs(x), a.constant(tiny)), sign, x);
  auto line = a.add(a.add(x, x), a.constant(3.0));
  auto sixfold =
      buildPiecewiseDerivative(a, x, line, 0.0, 6.0, -3.0, 9.0, kink);

  auto product = a.mul(upstream, sixfold);
  auto lost = buildProductError(a, product, upstream, sixfold);
  // product + lost - 6 * quotient, of which the sign is exact.
  auto quotient = a.mul(product, a.constant(1.0 / 6.0));
  auto four = a.mul(quotient, a.constant(4.0)), two = a.add(quotient, quotient);
  auto six = a.add(four, two);
  auto rest = a.sub(a.sub(product, six), buildSumError(a, six, four, two));
  return a.roundToOdd(quotient, a.add(rest, lost));
}

} // namespace hswish

#endif // HSWISH_IR_EXACTFORMS_H
