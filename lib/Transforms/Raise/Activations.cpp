//===- Activations.cpp - The functions that are looked for ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Activations.h"

#include "hswish/IR/Forms.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace hswish;
using namespace hswish::raise;

namespace {
/// The arithmetic of Forms.h on exact functions of one variable. A value that
/// is no piecewise polynomial is nothing.
struct FunctionArithmetic {
  using Value = std::optional<Function>;

  Value constant(double number) {
    return Function::constant(Rational(static_cast<int64_t>(number)));
  }
  Value add(const Value &x, const Value &y) {
    return x && y ? raise::add(*x, *y) : std::nullopt;
  }
  Value mul(const Value &x, const Value &y) {
    return x && y ? raise::mul(*x, *y) : std::nullopt;
  }
  Value div(const Value &x, const Value &y) {
    return x && y ? raise::div(*x, *y) : std::nullopt;
  }
  Value fma(const Value &x, const Value &y, const Value &z) {
    return add(mul(x, y), z);
  }
  Value clampLow(const Value &x, double low) {
    return x ? extremum(*x, *constant(low), /*isMax=*/true,
                        /*propagatesNaN=*/true)
             : std::nullopt;
  }
  Value clampHigh(const Value &x, double high) {
    return x ? extremum(*x, *constant(high), /*isMax=*/false,
                        /*propagatesNaN=*/true)
             : std::nullopt;
  }
  Value clampShifted(const Value &x, double c) {
    return buildClamp(*this, add(x, constant(c)), 0.0, 2 * c);
  }
};
} // namespace

/// All accuracies are the same function; the constants of Torch's are integers.
std::optional<Function> hswish::raise::apply(Activation activation,
                                             const Function &f) {
  FunctionArithmetic arithmetic;
  switch (activation) {
  case Activation::HardSwish:
    return buildHardSwish<FunctionArithmetic>(arithmetic, f, Accuracy::Torch);
  case Activation::HardSigmoid:
    return buildHardSigmoid<FunctionArithmetic>(arithmetic, f, Accuracy::Torch);
  case Activation::Relu6:
    return buildRelu6<FunctionArithmetic>(arithmetic, f);
  case Activation::Swish:
    return std::nullopt; // no piecewise polynomial
  }
  llvm_unreachable("unknown activation");
}

std::optional<Function> hswish::raise::applyActivation(mlir::Operation *op,
                                                       const Function &f) {
  return llvm::TypeSwitch<mlir::Operation *, std::optional<Function>>(op)
      .Case([&](Relu6Op) { return apply(Activation::Relu6, f); })
      .Case([&](HardSigmoidOp) { return apply(Activation::HardSigmoid, f); })
      .Case([&](HardSwishOp) { return apply(Activation::HardSwish, f); })
      .Default([](auto) { return std::nullopt; });
}

std::optional<ActivationMatch>
hswish::raise::matchActivation(const Function &f) {
  using enum Activation;
  if (f.breaks.size() != 2 && f.breaks.size() != 3)
    return std::nullopt;
  static const auto functions = [] {
    llvm::SmallVector<std::pair<ActivationMatch, Function>, 4> functions;
    for (Activation activation : {HardSwish, HardSigmoid, Relu6})
      functions.push_back(
          {{activation}, *apply(activation, Function::identity())});
    functions.push_back(
        {{HardSwish, 6}, *mul(functions[0].second, Function::constant(6))});
    return functions;
  }();
  for (auto [match, function] : functions) {
    if (f.isSameFunction(function))
      return match;
    if (match.activation != HardSwish || f.pieces.back().degree() != 0)
      continue;
    match.ceiling = f.pieces.back().c[0];
    auto limited = extremum(function, Function::constant(*match.ceiling),
                            /*isMax=*/false, /*propagatesNaN=*/true);
    if (limited && f.isSameFunction(*limited) &&
        Rational(3 * match.factor) <= *match.ceiling)
      return match;
  }
  return std::nullopt;
}

bool hswish::raise::isTolerable(const ActivationMatch &match,
                                const Function &slack) {
  bool isExact = slack.getConstant() == Rational(0);
  // A ReLU6 is no cheaper than what is written, and a limit that no quantiser
  // sets is none of the spelling.
  if (match.activation == Activation::Relu6 || isExact)
    return isExact && !match.ceiling;
  Function tolerance = Function::constant(Rational(1, kToleranceDivisor));
  if (match.activation == Activation::HardSwish) {
    // |x| and 1, whichever is larger.
    auto largest = Function::continuous(
        {Rational(-1), Rational(1)},
        {{{0, Rational(-1), 0}}, {{1, 0, 0}}, {{0, Rational(1), 0}}});
    tolerance = *mul(
        largest, Function::constant(Rational(match.factor, kToleranceDivisor)));
  }
  auto isWithin = compare(slack, tolerance, /*less=*/true, /*equal=*/true,
                          /*greater=*/false, /*atNaN=*/true);
  auto isTrue = [](bool holds) { return holds; };
  return isWithin && llvm::all_of(isWithin->pieces, isTrue) &&
         llvm::all_of(isWithin->points, isTrue);
}
