//===- DropEmptyTensors.cpp - No work where there is nothing --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Transforms/Passes.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace hswish {
#define GEN_PASS_DEF_DROPEMPTYTENSORSPASS
#include "hswish/Transforms/Passes.h.inc"
} // namespace hswish

using namespace mlir;

static bool isEmpty(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape() && type.getNumElements() == 0;
}

/// Lets those that use an empty tensor use another one, which nobody computes.
static void replaceEmpty(RewriterBase &rewriter, Value value) {
  if (!isEmpty(value) || value.use_empty())
    return;
  auto type = cast<RankedTensorType>(value.getType());
  rewriter.replaceAllUsesWith(
      value,
      tensor::EmptyOp::create(rewriter, value.getLoc(), type.getShape(),
                              type.getElementType(), type.getEncoding()));
}

/// The result of an op that an empty operand adds nothing to, if it is one of
/// those that upstream cannot write with an empty slice.
static Value dropOperands(RewriterBase &rewriter, Operation *op) {
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
    return isEmpty(insert.getSource()) ? insert.getDest() : Value();
  if (auto pad = dyn_cast<tensor::PadOp>(op)) {
    Value value = pad.getConstantPaddingValue();
    if (!value || !isEmpty(pad.getSource()) ||
        !pad.getResultType().hasStaticShape())
      return {};
    return tensor::SplatOp::create(rewriter, op->getLoc(), value,
                                   pad.getResultType());
  }
  auto concat = dyn_cast<tensor::ConcatOp>(op);
  if (!concat || llvm::none_of(concat.getInputs(), isEmpty))
    return {};
  SmallVector<Value> inputs(llvm::make_filter_range(
      concat.getInputs(), [](Value input) { return !isEmpty(input); }));
  return tensor::ConcatOp::create(
      rewriter, op->getLoc(), concat.getResultType(), concat.getDim(), inputs);
}

namespace {
struct DropEmptyTensorsPass
    : hswish::impl::DropEmptyTensorsPassBase<DropEmptyTensorsPass> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation()->walk([&](Operation *op) {
      if (auto func = dyn_cast<FunctionOpInterface>(op);
          func && !func.isExternal()) {
        rewriter.setInsertionPointToStart(&func.getFunctionBody().front());
        for (BlockArgument argument : func.getArguments())
          replaceEmpty(rewriter, argument);
      }
      if (op->hasTrait<OpTrait::ConstantLike>() || isa<tensor::EmptyOp>(op) ||
          !isMemoryEffectFree(op))
        return;
      rewriter.setInsertionPoint(op);
      for (Value result : op->getResults())
        replaceEmpty(rewriter, result);
      if (isOpTriviallyDead(op))
        rewriter.eraseOp(op);
      else if (Value result = dropOperands(rewriter, op))
        rewriter.replaceOp(op, result);
    });
  }
};
} // namespace
