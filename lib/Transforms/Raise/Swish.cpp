//===- Swish.cpp - Spellings of swish ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants.h"
#include "FindSpelling.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"

using namespace mlir;
using namespace hswish::raise;

static bool isNumber(Value value, double number) {
  std::optional<llvm::APFloat> splat = getSplat(value);
  return splat && splat->isExactlyValue(number);
}

/// The other operand of a commutative link, one of whose operands `isIt`.
static Value getOther(const std::optional<Link> &link, LinkKind kind,
                      llvm::function_ref<bool(Value)> isIt) {
  if (!link || link->kind != kind)
    return {};
  for (unsigned i : {0, 1})
    if (isIt(link->operands[i]))
      return link->operands[1 - i];
  return {};
}

/// The x of -x, 0 - x or x * -1; null for other values.
static Value matchNegation(Value value) {
  std::optional<Link> link = getLink(value);
  if (!link)
    return {};
  if (link->kind == LinkKind::Negate)
    return link->operands[0];
  if (link->kind == LinkKind::Sub && isNumber(link->operands[0], 0))
    return link->operands[1];
  return getOther(link, LinkKind::Mul, [](Value v) { return isNumber(v, -1); });
}

/// The x of 1 + exp(-x); null for other values.
static Value matchOnePlusExp(Value value) {
  Value exp = getOther(getLink(value), LinkKind::Add,
                       [](Value v) { return isNumber(v, 1); });
  if (!exp || !isa_and_nonnull<math::ExpOp, tosa::ExpOp>(exp.getDefiningOp()))
    return {};
  return matchNegation(exp.getDefiningOp()->getOperand(0));
}

/// The x of sigmoid(x); null for other values.
static Value matchSigmoid(Value value) {
  if (auto sigmoid = value.getDefiningOp<tosa::SigmoidOp>())
    return sigmoid.getInput();
  std::optional<Link> link = getLink(value);
  if (!link)
    return {};
  if (link->kind == LinkKind::Reciprocal)
    return matchOnePlusExp(link->operands[0]);
  if (link->kind == LinkKind::Div && isNumber(link->operands[0], 1))
    return matchOnePlusExp(link->operands[1]);
  return {};
}

Value hswish::raise::matchSwish(const Link &root) {
  if (root.kind == LinkKind::Div) {
    Value x = matchOnePlusExp(root.operands[1]);
    return x == root.operands[0] ? x : Value();
  }
  if (root.kind != LinkKind::Mul)
    return {};
  for (unsigned i : {0, 1}) {
    Value x = matchSigmoid(root.operands[i]);
    if (x && x == root.operands[1 - i])
      return x;
    // x * (1 / d) is often written x * reciprocal(d); both are x / d.
  }
  return {};
}
