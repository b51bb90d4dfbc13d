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
  if (f.breaks.size() != 2)
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
  for (const auto &[match, function] : functions)
    if (f.isSameFunction(function))
      return match;
  return std::nullopt;
}
