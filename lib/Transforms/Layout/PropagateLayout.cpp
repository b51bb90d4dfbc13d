//===- PropagateLayout.cpp - Networks in NHWC throughout -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Transforms/Passes.h"

#include "TransposeSinker.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace hswish {
#define GEN_PASS_DEF_PROPAGATELAYOUTPASS
#include "hswish/Transforms/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

/// Erases the ops of `block` whose results nobody uses, users first.
static void eraseDead(RewriterBase &rewriter, Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      rewriter.eraseOp(&op);
}

/// `op`, if it transposes a tensor; memory stays as it is.
static linalg::TransposeOp getTranspose(Operation *op) {
  auto transpose = dyn_cast<linalg::TransposeOp>(op);
  return transpose && transpose.hasPureTensorSemantics()
             ? transpose
             : linalg::TransposeOp();
}

/// transpose(x) -> reshape(x) where no element moves
static void reshapeInstead(RewriterBase &rewriter, linalg::TransposeOp op) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  auto from = cast<RankedTensorType>(op.getInput().getType());
  if (!type.hasStaticShape() ||
      !movesOnlyUnits(from.getShape(), op.getPermutation()))
    return;
  rewriter.setInsertionPoint(op);
  rewriter.replaceOp(op,
                     createReshape(rewriter, op.getLoc(), op.getInput(), type));
}

static void propagate(RewriterBase &rewriter, Block &block) {
  // Operands come before users, so one walk takes a transpose all the way.
  TransposeSinker sinker(rewriter);
  for (Operation &op : llvm::make_early_inc_range(block))
    (void)sinker.sink(&op);
  eraseDead(rewriter, block);

  // Those that met no inverse: up again, to be one with the function's input.
  sinker.getPermuter().clear();
  for (Operation *op = block.empty() ? nullptr : &block.back(); op;) {
    linalg::TransposeOp transpose = getTranspose(op);
    Operation *producer =
        transpose ? transpose.getInput().getDefiningOp() : nullptr;
    Operation *previous = op->getPrevNode();
    if (transpose && succeeded(sinker.hoist(transpose))) {
      // The transpose is now before its old producer.
      sinker.getPermuter().clear();
      if (previous == producer)
        previous = producer->getPrevNode();
      rewriter.eraseOp(producer);
    }
    op = previous;
  }
  eraseDead(rewriter, block);
  for (Operation &op : llvm::make_early_inc_range(block))
    if (linalg::TransposeOp transpose = getTranspose(&op))
      reshapeInstead(rewriter, transpose);
  eraseDead(rewriter, block);
}

namespace {
struct PropagateLayoutPass
    : hswish::impl::PropagateLayoutPassBase<PropagateLayoutPass> {
  using Base::Base;

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation()->walk([&](FunctionOpInterface function) {
      for (Block &block : function.getFunctionBody())
        propagate(rewriter, block);
    });
  }
};
} // namespace
