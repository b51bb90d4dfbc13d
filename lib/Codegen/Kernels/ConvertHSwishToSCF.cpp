//===- ConvertHSwishToSCF.cpp - Structured ops on memory to loops ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelFamily.h"
#include "hswish/Codegen/Passes.h"
#include "hswish/Codegen/VerifyStrategy.h"
#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace hswish {
#define GEN_PASS_DEF_CONVERTHSWISHTOSCFPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

/// Whether `op` is ready for its kernel.
static bool isConvertible(Operation *op) {
  auto dstOp = dyn_cast<DestinationStyleOpInterface>(op);
  if (!dstOp || !isa<HSwishDialect>(op->getDialect()) ||
      !dstOp.hasPureBufferSemantics())
    return false;
  auto kernelOp = dyn_cast<KernelOpInterface>(op);
  return !kernelOp || kernelOp.getStrategyAttr();
}

/// A strategy that was written by hand may be for another layer. Its tiles are
/// of channels: only other sizes may be values.
static LogicalResult verifyStrategy(Operation *op) {
  auto kernelOp = dyn_cast<KernelOpInterface>(op);
  if (!kernelOp)
    return success();
  if (kernelOp.getResultType().getShape().back() == ShapedType::kDynamic ||
      llvm::is_contained(kernelOp.getWeightsShape(), ShapedType::kDynamic))
    return op->emitOpError("has channels whose number is not known");
  return hswish::verifyStrategy(kernelOp, kernelOp.getStrategyAttr(),
                                [&] { return op->emitOpError(); });
}

static LogicalResult emitKernel(Operation *op) {
  auto emit = [&](const KernelFamily *family) {
    return succeeded(family->emit(op));
  };
  auto kernelOp = dyn_cast<KernelOpInterface>(op);
  const KernelFamily *family = kernelOp ? getKernelFamily(kernelOp) : nullptr;
  if (family ? emit(family) : llvm::any_of(getKernelFamilies(), emit))
    return success();
  return op->emitOpError("has operands that its kernel cannot take: their "
                         "layout, or a size that is not known");
}

namespace {
struct ConvertHSwishToSCFPass
    : hswish::impl::ConvertHSwishToSCFPassBase<ConvertHSwishToSCFPass> {
  void runOnOperation() override {
    SmallVector<Operation *> worklist;
    getOperation()->walk([&](Operation *op) {
      if (isConvertible(op))
        worklist.push_back(op);
    });
    for (Operation *op : worklist) {
      if (failed(verifyStrategy(op)) || failed(emitKernel(op)))
        return signalPassFailure();
      op->erase();
    }
  }
};
} // namespace
