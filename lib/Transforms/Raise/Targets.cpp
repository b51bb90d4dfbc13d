//===- Targets.cpp - The functions that are looked for ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Targets.h"

#include "hswish/IR/HSwish.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace hswish;
using namespace hswish::raise;

static std::optional<Function> applyRelu6(const Function &f) {
  std::optional<Function> low = extremum(
      f, Function::constant(0), /*isMax=*/true, /*propagatesNaN=*/true);
  if (!low)
    return std::nullopt;
  return extremum(*low, Function::constant(6), /*isMax=*/false,
                  /*propagatesNaN=*/true);
}

std::optional<Function> hswish::raise::apply(Activation activation,
                                             const Function &f) {
  if (activation == Activation::Relu6)
    return applyRelu6(f);
  if (activation == Activation::Swish)
    return std::nullopt;
  std::optional<Function> result = add(f, Function::constant(3));
  if (result)
    result = applyRelu6(*result);
  if (result)
    result = div(*result, Function::constant(6));
  if (result && activation == Activation::HardSwish)
    result = mul(f, *result);
  return result;
}

std::optional<Function> hswish::raise::applyActivation(mlir::Operation *op,
                                                       const Function &f) {
  return llvm::TypeSwitch<mlir::Operation *, std::optional<Function>>(op)
      .Case([&](Relu6Op) { return apply(Activation::Relu6, f); })
      .Case([&](HardSigmoidOp) { return apply(Activation::HardSigmoid, f); })
      .Case([&](HardSwishOp) { return apply(Activation::HardSwish, f); })
      .Default([](auto) { return std::nullopt; });
}

std::optional<TargetMatch> hswish::raise::matchTarget(const Function &f) {
  using enum Activation;
  if (f.breaks.size() != 2 && f.breaks.size() != 3)
    return std::nullopt;
  static const auto functions = [] {
    llvm::SmallVector<std::pair<TargetMatch, Function>, 4> functions;
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

bool hswish::raise::isTolerable(const TargetMatch &match,
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
