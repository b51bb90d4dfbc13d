//===- LowerLeftovers.cpp - What no kernel covers, as linalg --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Codegen/Passes.h"
#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace hswish {
#define GEN_PASS_DEF_LOWERLEFTOVERSPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

namespace {
/// aggregated op -> the ops that it stands for
struct DecomposeAggregatedOp
    : OpInterfaceRewritePattern<linalg::AggregatedOpInterface> {
  DecomposeAggregatedOp(MLIRContext *context, bool all)
      : OpInterfaceRewritePattern(context), all(all) {}

  LogicalResult matchAndRewrite(linalg::AggregatedOpInterface op,
                                PatternRewriter &rewriter) const override {
    auto kernelOp = dyn_cast<KernelOpInterface>(op.getOperation());
    bool hasKernel = kernelOp && kernelOp.getStrategyAttr();
    if (!all && (hasKernel || isa<FillBorderOp>(op)))
      return failure();
    if (op->getNumResults() == 0)
      return failure();
    rewriter.setInsertionPoint(op);
    FailureOr<SmallVector<Value>> values = op.decomposeOperation(rewriter);
    if (failed(values))
      return failure();
    rewriter.replaceOp(op, *values);
    return success();
  }

  bool all;
};

struct LowerLeftoversPass
    : hswish::impl::LowerLeftoversPassBase<LowerLeftoversPass> {
  using LowerLeftoversPassBase::LowerLeftoversPassBase;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<DecomposeAggregatedOp>(&getContext(), all);
    linalg::populateElementwiseToLinalgConversionPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
