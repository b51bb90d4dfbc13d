//===- FuseElementwise.cpp - Elementwise ops into each other -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/HSwish.h"
#include "hswish/Transforms/Passes.h"

#include "ScalarBody.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace hswish {
#define GEN_PASS_DEF_FUSEELEMENTWISEPASS
#include "hswish/Transforms/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

/// Whether a generic op only repeats its operand: reading the operand instead
/// is free, however many do so.
static bool onlyRepeats(linalg::GenericOp op) {
  auto yielded =
      dyn_cast<BlockArgument>(op.getBody()->getTerminator()->getOperand(0));
  return yielded && op.getNumParallelLoops() == op.getNumLoops() &&
         yielded.getArgNumber() < op.getNumDpsInputs();
}

/// A longer body would be fused, copied and compiled in quadratic time, and has
/// more values than there are registers.
static constexpr size_t kMaxOps = 64;

static size_t countOps(linalg::GenericOp op) {
  return op.getBody()->getOperations().size();
}

/// Whether `op` adds its elements up: vectors of them can be computed then.
static bool isSum(linalg::LinalgOp op) {
  SmallVector<Operation *> combiners;
  return op.getNumDpsInits() == 1 && !op.hasDynamicShape() &&
         matchReduction(op.getRegionOutputArgs(), 0, combiners) &&
         combiners.size() == 1 && isa<arith::AddFOp>(combiners.front());
}

/// Computing an element twice is dearer than writing and reading it.
static bool shouldFuse(OpOperand *operand) {
  auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
  auto consumer = dyn_cast<linalg::GenericOp>(operand->getOwner());
  if (!producer || !consumer)
    return false;
  if (onlyRepeats(producer))
    return true;
  // A consumer that repeats would compute elements many times.
  return producer->hasOneUse() &&
         countOps(producer) + countOps(consumer) <= kMaxOps &&
         consumer.getMatchingIndexingMap(operand).isPermutation() &&
         (consumer.getNumParallelLoops() == consumer.getNumLoops() ||
          isSum(consumer));
}

namespace {
/// linalg.reduce -> linalg.generic, where there is something to fuse
struct GeneralizeReduce : OpRewritePattern<linalg::ReduceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::ReduceOp op,
                                PatternRewriter &rewriter) const override {
    auto isGeneric = [](Value input) {
      return input.getDefiningOp<linalg::GenericOp>();
    };
    if (!isSum(op) || !llvm::any_of(op.getInputs(), isGeneric))
      return failure();
    return linalg::generalizeNamedOp(rewriter, op);
  }
};

/// A constant that moves into a body gives the op its own location and those of
/// the other operands: lists that would grow along a chain of kernels, with the
/// square of its length. What is in a kernel itself comes first.
struct LocationLimit : RewriterBase::Listener {
  void notifyOperationInserted(Operation *op,
                               OpBuilder::InsertPoint /*previous*/) override {
    auto fused = dyn_cast<FusedLoc>(op->getLoc());
    if (fused && fused.getLocations().size() > kMaxOps)
      op->setLoc(FusedLoc::get(op->getContext(),
                               fused.getLocations().take_front(kMaxOps)));
  }
};

struct FuseElementwisePass
    : hswish::impl::FuseElementwisePassBase<FuseElementwisePass> {
  using Base::Base;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseToLinalgConversionPatterns(patterns);
    patterns.add<GeneralizeReduce>(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(patterns, shouldFuse);
    linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
    linalg::GenericOp::getCanonicalizationPatterns(patterns, &getContext());
    GreedyRewriteConfig config;
    config.setUseTopDownTraversal();
    LocationLimit limit;
    config.setListener(&limit);
    if (failed(
            applyPatternsGreedily(getOperation(), std::move(patterns), config)))
      signalPassFailure();
  }
};
} // namespace
