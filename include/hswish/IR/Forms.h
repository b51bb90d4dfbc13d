//===- Forms.h - The arithmetic behind the activations -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Each activation is written down once, over an abstract arithmetic, and used
// twice: on `arith` ops by the lowering and on `APFloat`s by the folders. That
// is why both give the same bits.
//
// An arithmetic has a type `Value` and
//   constant(double)                     a constant, rounded once
//   add, mul, div(Value, Value)          rounded once each
//   fma(Value, Value, Value)             rounded once, where that is cheap
//   clampLow(Value, double)              x < c ? c : x (NaN and -0 pass)
//   clampHigh(Value, double)             x > c ? c : x (NaN and -0 pass)
//   clampSymmetric(Value, double c)      to [-c, c]; -0 passes, NaN may not
//   clampShifted(Value, double c)        x + c clamped to [0, 2c]; NaN may not
//                                        pass
//   isLess, isLessEqual, isEqual, isNaN  comparisons; false on NaN but the last
//   select(Cond, Value, Value)
//   exp, neg(Value)                      for swish only
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_IR_FORMS_H
#define HSWISH_IR_FORMS_H

#include "hswish/IR/HSwish.h"

namespace hswish {

/// min(max(x, low), high); NaN passes.
template <typename Arith>
typename Arith::Value buildClamp(Arith &a, typename Arith::Value x, double low,
                                 double high) {
  return a.clampHigh(a.clampLow(x, low), high);
}

/// relu6(x + 3): no cancellation anywhere, x + 3 is exact next to -3.
template <typename Arith>
typename Arith::Value buildRelu6OfShifted(Arith &a, typename Arith::Value x) {
  return buildClamp(a, a.add(x, a.constant(3.0)), 0.0, 6.0);
}

/// clamp(x/6 + 1/2, 0, 1), the spelling of ONNX's function body; `fused` rounds
/// the product and the sum together.
template <typename Arith>
typename Arith::Value buildClampedLine(Arith &a, typename Arith::Value x,
                                       bool fused) {
  auto slope = a.constant(1.0 / 6.0), half = a.constant(0.5);
  auto line = fused ? a.fma(x, slope, half) : a.add(a.mul(x, slope), half);
  return buildClamp(a, line, 0.0, 1.0);
}

/// hard_sigmoid(x) as `accuracy` orders it.
template <typename Arith>
typename Arith::Value buildHardSigmoid(Arith &a, typename Arith::Value x,
                                       Accuracy accuracy) {
  switch (accuracy) {
  case Accuracy::Default:
  case Accuracy::Exact: // in a wider type
    return a.mul(buildRelu6OfShifted(a, x), a.constant(1.0 / 6.0));
  case Accuracy::Torch:
    return a.div(buildRelu6OfShifted(a, x), a.constant(6.0));
  case Accuracy::Onnx:
    return buildClampedLine(a, x, /*fused=*/false);
  case Accuracy::Fast:
    return buildClampedLine(a, x, /*fused=*/true);
  }
  llvm_unreachable("unknown accuracy");
}

/// hard_swish(x) as `accuracy` orders it; `exact` is in ExactForms.h. The
/// product by x restores NaN, which the clamps need not pass.
template <typename Arith>
typename Arith::Value buildHardSwish(Arith &a, typename Arith::Value x,
                                     Accuracy accuracy) {
  switch (accuracy) {
  case Accuracy::Default:
  case Accuracy::Exact: // in a wider type
    return a.mul(x, a.mul(a.clampShifted(x, 3.0), a.constant(1.0 / 6.0)));
  case Accuracy::Torch:
    return a.div(a.mul(x, a.clampShifted(x, 3.0)), a.constant(6.0));
  case Accuracy::Onnx:
  case Accuracy::Fast:
    return a.mul(x, buildHardSigmoid(a, x, accuracy));
  }
  llvm_unreachable("unknown accuracy");
}

/// hard_swish(3 * u) / 1.5.
template <typename Arith>
typename Arith::Value buildUnitHardSwish(Arith &a, typename Arith::Value u) {
  return a.fma(u, a.clampSymmetric(u, 1.0), u);
}

/// min(max(x, 0), 6).
template <typename Arith>
typename Arith::Value buildRelu6(Arith &a, typename Arith::Value x) {
  return buildClamp(a, x, 0.0, 6.0);
}

/// x / (1 + exp(-x)).
template <typename Arith>
typename Arith::Value buildSwish(Arith &a, typename Arith::Value x) {
  return a.div(x, a.add(a.constant(1.0), a.exp(a.neg(x))));
}

/// Picks the derivative of a function that has kinks at -3 and 3: `below`,
/// `inside` and `above` them, and at each kink what `kink` says. NaN selects
/// `inside`.
template <typename Arith>
typename Arith::Value
buildPiecewiseDerivative(Arith &a, typename Arith::Value x,
                         typename Arith::Value inside, double below,
                         double above, double insideAtMinus3, double insideAt3,
                         Kink kink) {
  auto low = a.constant(-3.0), high = a.constant(3.0);
  bool lowIsInside = kink == Kink::Inner || kink == Kink::Right;
  bool highIsInside = kink == Kink::Inner || kink == Kink::Left;
  auto isBelow = lowIsInside ? a.isLess(x, low) : a.isLessEqual(x, low);
  auto isAbove = highIsInside ? a.isLess(high, x) : a.isLessEqual(high, x);
  auto y = a.select(isBelow, a.constant(below), inside);
  y = a.select(isAbove, a.constant(above), y);
  if (kink != Kink::Average)
    return y;
  y = a.select(a.isEqual(x, low), a.constant((below + insideAtMinus3) / 2), y);
  return a.select(a.isEqual(x, high), a.constant((above + insideAt3) / 2), y);
}

/// upstream * d/dx hard_swish(x); `exact` is in ExactForms.h.
template <typename Arith>
typename Arith::Value buildHardSwishGrad(Arith &a, typename Arith::Value x,
                                         typename Arith::Value upstream,
                                         Kink kink, Accuracy accuracy) {
  auto half = a.constant(0.5), third = a.constant(1.0 / 3.0);
  auto line = accuracy == Accuracy::Torch
                  ? a.add(a.div(x, a.constant(3.0)), half)
              : accuracy == Accuracy::Fast ? a.fma(x, third, half)
                                           : a.add(a.mul(x, third), half);
  return a.mul(upstream,
               buildPiecewiseDerivative(a, x, line, 0.0, 1.0, -0.5, 1.5, kink));
}

/// upstream * d/dx hard_sigmoid(x); the same in all accuracies, but in a wider
/// type for `exact`.
template <typename Arith>
typename Arith::Value buildHardSigmoidGrad(Arith &a, typename Arith::Value x,
                                           typename Arith::Value upstream,
                                           Kink kink) {
  double slope = 1.0 / 6.0;
  auto y = buildPiecewiseDerivative(a, x, a.constant(slope), 0.0, 0.0, slope,
                                    slope, kink);
  return a.select(a.isNaN(x), x, a.mul(upstream, y));
}

} // namespace hswish

#endif // HSWISH_IR_FORMS_H
