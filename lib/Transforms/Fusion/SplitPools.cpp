//===- SplitPools.cpp - Global averages row by row ------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/HSwish.h"
#include "hswish/Transforms/Passes.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

namespace hswish {
#define GEN_PASS_DEF_SPLITPOOLSPASS
#include "hswish/Transforms/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

/// Averaging smaller images takes less time than threads need to meet.
static constexpr int64_t kLeastElements = 1 << 13;

/// Whether `op` is the average of all pixels of an image that is large enough.
static bool isGlobalAverage(Pool2DOp op) {
  auto type = dyn_cast<RankedTensorType>(op.getInput().getType());
  if (!type || !type.hasStaticShape() || op.getNumResults() != 1 ||
      op.getKind() == PoolKind::Max)
    return false;
  ArrayRef<int64_t> shape = type.getShape();
  auto isZero = [](int64_t pad) { return pad == 0; };
  return op.getKernel() == shape.slice(1, 2) && shape[1] > 1 && shape[2] > 1 &&
         llvm::all_of(op.getPads(), isZero) &&
         shape[1] * shape[2] * shape[3] >= kLeastElements;
}

/// average(x) -> average(average of each row of x)
static void split(Pool2DOp op, IRRewriter &rewriter) {
  rewriter.setInsertionPoint(op);
  auto type = cast<RankedTensorType>(op.getInput().getType());
  SmallVector<int64_t, 4> shape(type.getShape());
  int64_t height = shape[1], width = shape[2];
  shape[2] = 1;
  Value init = tensor::EmptyOp::create(rewriter, op.getLoc(), shape,
                                       type.getElementType());
  auto rows = Pool2DOp::create(
      rewriter, op.getLoc(), init.getType(), op.getInput(), init, op.getKind(),
      rewriter.getDenseI64ArrayAttr({1, width}),
      rewriter.getDenseI64ArrayAttr({1, 1}), op.getDilationsAttr(),
      op.getPadsAttr(), StrategyAttr());
  rewriter.modifyOpInPlace(op, [&] {
    op.getInputMutable().assign(rows.getResult(0));
    op.setKernel({height, 1});
    op.setStrides({1, 1}); // of one window there is no second step
  });
}

namespace {
struct SplitPoolsPass : hswish::impl::SplitPoolsPassBase<SplitPoolsPass> {
  using Base::Base;

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation()->walk([&](Pool2DOp op) {
      if (isGlobalAverage(op))
        split(op, rewriter);
    });
  }
};
} // namespace
