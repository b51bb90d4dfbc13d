//===- ConvertHSwishToSCF.cpp - Structured ops on memory to loops ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"
#include "hswish/Codegen/Passes.h"
#include "hswish/Codegen/StrategyFile.h"
#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/TypeSwitch.h"

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
  return isa<FillBorderOp>(op) || op->hasAttr("strategy");
}

/// A strategy that was written by hand may be for another layer.
static LogicalResult verifyStrategy(Operation *op) {
  auto strategy = op->getAttrOfType<StrategyAttr>("strategy");
  return strategy ? hswish::verifyStrategy(op, strategy,
                                           [&] { return op->emitOpError(); })
                  : success();
}

static LogicalResult emitKernel(Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([](Conv2DOp conv) {
        switch (conv.getStrategy()->getKernel()) {
        case Kernel::Depthwise:
          return emitDepthwise(conv);
        case Kernel::Dot:
          return emitDot(conv);
        default:
          return emitContraction(conv);
        }
      })
      .Case([](MatmulOp matmul) { return emitContraction(matmul); })
      .Case([](Pool2DOp pool) { return emitPool(pool); })
      .Case([](FillBorderOp fill) { return emitFillBorder(fill); })
      .Default([](Operation *) { return failure(); });
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
      if (failed(verifyStrategy(op)))
        return signalPassFailure();
      if (failed(emitKernel(op))) {
        op->emitOpError("has operands that its kernel cannot take: a layout "
                        "that is not static");
        return signalPassFailure();
      }
      op->erase();
    }
  }
};
} // namespace
