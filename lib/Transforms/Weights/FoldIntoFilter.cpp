//===- FoldIntoFilter.cpp - Scales and shifts into filters and biases -*- C++
//-*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/HSwish.h"
#include "hswish/IR/Sizes.h"
#include "hswish/Transforms/Passes.h"

#include "Weights.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

namespace hswish {
#define GEN_PASS_DEF_FOLDINTOFILTERPASS
#include "hswish/Transforms/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

//===----------------------------------------------------------------------===//
// After a convolution: the first steps of its epilogue
//===----------------------------------------------------------------------===//

namespace {
/// Steps of an epilogue that multiply and add constants:
/// `result` = scale * accumulator + shift.
struct AffineChain {
  Value result;
  SmallVector<Operation *> steps;
  Channels scale = {1.0}, shift = {0.0};

  AffineChain(EpilogueOpInterface op) : op(op) {
    result = op.getEpilogueBlock().getArgument(0);
    while (result.hasOneUse() && take(*result.user_begin()))
      ;
  }

  /// Whether it is worth rewriting: it is not just a bias.
  bool isFoldable() const {
    bool isBias = steps.size() == 1 && isAll(scale, 1.0) && !isAll(shift, 0.0);
    return !steps.empty() && !isBias && areFinite(scale) && areFinite(shift);
  }

private:
  void multiply(const Channels &by) {
    scale = combine(scale, by, std::multiplies<double>());
    shift = combine(shift, by, std::multiplies<double>());
  }

  bool take(Operation *step) {
    Channels minusOne = {-1.0};
    if (isa<arith::NegFOp>(step)) {
      multiply(minusOne);
    } else if (isa<arith::MulFOp, arith::AddFOp, arith::SubFOp, arith::DivFOp>(
                   step)) {
      bool left = step->getOperand(0) == result;
      std::optional<Channels> c =
          getChannels(op, step->getOperand(left ? 1 : 0));
      if (!c || (isa<arith::DivFOp>(step) && !left))
        return false;
      if (isa<arith::MulFOp>(step)) {
        multiply(*c);
      } else if (isa<arith::DivFOp>(step)) {
        multiply(combine({1.0}, *c, std::divides<double>()));
      } else if (isa<arith::AddFOp>(step)) {
        shift = combine(shift, *c, std::plus<double>());
      } else if (left) {
        shift = combine(shift, *c, std::minus<double>());
      } else {
        multiply(minusOne);
        shift = combine(shift, *c, std::plus<double>());
      }
    } else {
      return false;
    }
    steps.push_back(step);
    result = step->getResult(0);
    return true;
  }

  EpilogueOpInterface op;
};
} // namespace

static void foldEpilogue(OpBuilder &b, EpilogueOpInterface op) {
  DenseElementsAttr value;
  if (op->hasAttr("strategy") || !getWeights(op, value))
    return;
  AffineChain chain(op);
  if (!chain.isFoldable())
    return;
  b.setInsertionPoint(op);
  if (!isAll(chain.scale, 1.0))
    scaleWeights(b, op, {1.0}, chain.scale);
  Value start = op.getEpilogueBlock().getArgument(0);
  Operation *first = chain.steps.front();
  if (!isAll(chain.shift, 0.0))
    start = prependBias(b, op, chain.shift);
  chain.result.replaceAllUsesExcept(start, first);
  for (Operation *step : llvm::reverse(chain.steps))
    step->erase();
  dropUnusedExtras(b, op);
}

//===----------------------------------------------------------------------===//
// Before a convolution: a scaled or shifted input
//===----------------------------------------------------------------------===//

/// The operand through which `op` reads an image or matrix to multiply.
static OpOperand &getInput(EpilogueOpInterface op) {
  return op->getOpOperand(0);
}

/// The ops that `value` is the linear input of, if that is all that uses it and
/// their weights can be changed.
static SmallVector<EpilogueOpInterface> getLinearUsers(Value value,
                                                       bool withPadding) {
  SmallVector<EpilogueOpInterface> users;
  for (OpOperand &use : value.getUses()) {
    auto op = dyn_cast<EpilogueOpInterface>(use.getOwner());
    DenseElementsAttr weights;
    if (!op || &use != &getInput(op) || !getWeights(op, weights))
      return {};
    auto conv = dyn_cast<Conv2DOp>(op.getOperation());
    if (!withPadding && conv && conv.hasPadding())
      return {};
    users.push_back(op);
  }
  return users;
}

/// What adding `shift` to the input adds to the output channels.
static Channels getShiftOfOutput(EpilogueOpInterface op,
                                 const Channels &shift) {
  DenseElementsAttr value;
  getWeights(op, value);
  Channels sums(value.getType().getShape().back(), 0.0);
  SmallVector<float, 0> floats = getFloats(value);
  forEachWeight(op, value.getType().getShape(),
                [&](int64_t i, int64_t c, int64_t o) {
                  sums[o] += floats[i] * at(shift, c);
                });
  return sums;
}

static void addToAccumulator(OpBuilder &b, EpilogueOpInterface op,
                             const Channels &bias) {
  Value accumulator = op.getEpilogueBlock().getArgument(0);
  Value sum = prependBias(b, op, bias);
  accumulator.replaceAllUsesExcept(sum, sum.getDefiningOp());
}

/// conv(x * s) -> conv'(x); conv(x + t) -> conv(x) + sum(t)
static bool foldInput(OpBuilder &b, Operation *op) {
  if (!isa<arith::MulFOp, arith::DivFOp, arith::AddFOp, arith::SubFOp>(op))
    return false;
  std::optional<ScalarBody> body = ScalarBody::match(op);
  if (!body || op->use_empty())
    return false;
  bool scales = isa<arith::MulFOp, arith::DivFOp>(op);
  b.setInsertionPoint(op);
  for (int side = 0; side < 2; ++side) {
    // Only products and sums commute.
    if (side == 0 && isa<arith::DivFOp, arith::SubFOp>(op))
      continue;
    std::optional<Channels> c =
        getChannels(simplify(b, body->getSources()[side]));
    if (!c)
      continue;
    if (isa<arith::DivFOp>(op))
      c = combine({1.0}, *c, std::divides<double>());
    if (isa<arith::SubFOp>(op))
      c = combine({0.0}, *c, std::minus<double>());
    SmallVector<EpilogueOpInterface> users =
        getLinearUsers(op->getResult(0), /*withPadding=*/scales);
    if (!areFinite(*c) || users.empty())
      return false;
    for (EpilogueOpInterface user : users) {
      b.setInsertionPoint(user);
      if (scales)
        scaleWeights(b, user, *c, {1.0});
      else
        addToAccumulator(b, user, getShiftOfOutput(user, *c));
      getInput(user).set(op->getOperand(1 - side));
    }
    op->erase();
    return true;
  }
  return false;
}

namespace {
struct FoldIntoFilterPass
    : hswish::impl::FoldIntoFilterPassBase<FoldIntoFilterPass> {
  using Base::Base;

  void runOnOperation() override {
    if (failed(verifySizes(getOperation())))
      return signalPassFailure();
    OpBuilder b(&getContext());
    // The last one first: what is before it may then be folded, too.
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (isa<EpilogueOpInterface>(op) ||
          isa<arith::MulFOp, arith::DivFOp, arith::AddFOp, arith::SubFOp>(op))
        ops.push_back(op);
    });
    SmallVector<EpilogueOpInterface> structured;
    for (Operation *op : llvm::reverse(ops)) {
      if (auto epilogue = dyn_cast<EpilogueOpInterface>(op))
        structured.push_back(epilogue);
      else
        foldInput(b, op);
    }
    for (EpilogueOpInterface op : structured)
      foldEpilogue(b, op);
  }
};
} // namespace
