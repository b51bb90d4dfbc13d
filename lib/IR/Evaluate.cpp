//===- Evaluate.cpp - Activations of constants ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/Evaluate.h"

#include "hswish/IR/ExactForms.h"

using llvm::APFloat;

namespace hswish {
namespace {

/// The arithmetic of Forms.h on APFloats of one semantics, round to nearest
/// even.
struct APFloatArithmetic {
  using Value = APFloat;
  const llvm::fltSemantics &semantics;

  static constexpr auto kNearest = APFloat::rmNearestTiesToEven;

  Value constant(double c) const {
    APFloat value(c);
    bool losesInfo;
    value.convert(semantics, kNearest, &losesInfo);
    return value;
  }
  Value add(Value x, const Value &y) const {
    x.add(y, kNearest);
    return x;
  }
  Value mul(Value x, const Value &y) const {
    x.multiply(y, kNearest);
    return x;
  }
  Value sub(Value x, const Value &y) const {
    x.subtract(y, kNearest);
    return x;
  }
  Value div(Value x, const Value &y) const {
    x.divide(y, kNearest);
    return x;
  }
  Value fma(Value x, const Value &y, const Value &z) const {
    x.fusedMultiplyAdd(y, z, kNearest);
    return x;
  }
  Value clampLow(const Value &x, double c) const {
    return isLess(x, constant(c)) ? constant(c) : x;
  }
  Value clampHigh(const Value &x, double c) const {
    return isLess(constant(c), x) ? constant(c) : x;
  }
  Value clampSymmetric(const Value &x, double c) const {
    return clampHigh(clampLow(x, -c), c);
  }
  Value clampShifted(const Value &x, double c) const {
    return clampHigh(clampLow(add(x, constant(c)), 0.0), 2 * c);
  }
  bool isLess(const Value &x, const Value &y) const {
    return x.compare(y) == APFloat::cmpLessThan;
  }
  bool isLessEqual(const Value &x, const Value &y) const {
    return isLess(x, y) || isEqual(x, y);
  }
  bool isEqual(const Value &x, const Value &y) const {
    return x.compare(y) == APFloat::cmpEqual;
  }
  bool isNaN(const Value &x) const { return x.isNaN(); }
  Value select(bool condition, const Value &x, const Value &y) const {
    return condition ? x : y;
  }
  Value abs(const Value &x) const { return llvm::abs(x); }
  Value copySign(const Value &x, const Value &sign) const {
    return APFloat::copySign(x, sign);
  }
  Value roundToOdd(Value q, const Value &r) const {
    if (r.isZero() || r.isNaN())
      return q;
    if (q.isNegative() != r.isNegative()) // towards zero
      q.next(/*nextDown=*/!q.isNegative());
    return APFloat(semantics, q.bitcastToAPInt() | 1);
  }
};

/// Computes `form` on `inputs` in the type for `accuracy`, and rounds to
/// theirs.
template <typename Form>
APFloat evaluate(Form form, llvm::ArrayRef<APFloat> inputs,
                 Accuracy accuracy = Accuracy::Default) {
  const llvm::fltSemantics &type = inputs[0].getSemantics();
  unsigned bits = getComputeBits(APFloat::getSizeInBits(type), accuracy,
                                 /*isGradient=*/inputs.size() == 2);
  const llvm::fltSemantics &compute =
      bits == 64 ? APFloat::IEEEdouble() : APFloat::IEEEsingle();

  bool losesInfo;
  llvm::SmallVector<APFloat, 2> widened(inputs);
  for (APFloat &input : widened)
    input.convert(compute, APFloat::rmNearestTiesToEven, &losesInfo);
  APFloatArithmetic arithmetic{compute};
  APFloat result = form(arithmetic, widened);
  result.convert(type, APFloat::rmNearestTiesToEven, &losesInfo);
  return result;
}

} // namespace

APFloat evaluateHardSwish(const APFloat &x, Accuracy accuracy) {
  return evaluate(
      [&](auto &a, auto in) {
        if (accuracy != Accuracy::Exact)
          return buildHardSwish(a, in[0], accuracy);
        APFloat least = APFloat::getSmallest(x.getSemantics());
        return buildExactHardSwish(a, in[0], least.convertToDouble());
      },
      {x}, accuracy);
}

APFloat evaluateUnitHardSwish(const APFloat &u) {
  return evaluate([](auto &a, auto in) { return buildUnitHardSwish(a, in[0]); },
                  {u});
}

APFloat evaluateHardSigmoid(const APFloat &x, Accuracy accuracy) {
  return evaluate(
      [&](auto &a, auto in) { return buildHardSigmoid(a, in[0], accuracy); },
      {x}, accuracy);
}

APFloat evaluateRelu6(const APFloat &x) {
  return evaluate([](auto &a, auto in) { return buildRelu6(a, in[0]); }, {x});
}

APFloat evaluateHardSwishGrad(const APFloat &x, const APFloat &upstream,
                              Kink kink, Accuracy accuracy) {
  return evaluate(
      [&](auto &a, auto in) {
        return accuracy == Accuracy::Exact
                   ? buildExactHardSwishGrad(a, in[0], in[1], kink)
                   : buildHardSwishGrad(a, in[0], in[1], kink, accuracy);
      },
      {x, upstream}, accuracy);
}

APFloat evaluateHardSigmoidGrad(const APFloat &x, const APFloat &upstream,
                                Kink kink, Accuracy accuracy) {
  return evaluate(
      [&](auto &a, auto in) {
        return buildHardSigmoidGrad(a, in[0], in[1], kink);
      },
      {x, upstream}, accuracy);
}

} // namespace hswish
