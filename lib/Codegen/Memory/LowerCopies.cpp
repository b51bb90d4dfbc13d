//===- LowerCopies.cpp - Copies of strided memory -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Codegen/Passes.h"
#include "hswish/IR/Sizes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"

namespace hswish {
#define GEN_PASS_DEF_LOWERCOPIESPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

static bool isContiguous(Value value) {
  auto type = dyn_cast<MemRefType>(value.getType());
  return type && type.getLayout().isIdentity();
}

namespace {
struct LowerCopiesPass : hswish::impl::LowerCopiesPassBase<LowerCopiesPass> {
  void runOnOperation() override {
    if (failed(verifySizes(getOperation())))
      return signalPassFailure();
    SmallVector<memref::CopyOp> copies;
    getOperation()->walk([&](memref::CopyOp op) { copies.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (memref::CopyOp op : copies) {
      Value from = op.getSource(), to = op.getTarget();
      if (isContiguous(from) && isContiguous(to) && from != to)
        continue;
      if (!isa<MemRefType>(from.getType()) || !isa<MemRefType>(to.getType()))
        continue;
      rewriter.setInsertionPoint(op);
      if (from != to)
        linalg::makeMemRefCopyOp(rewriter, op.getLoc(), from, to);
      rewriter.eraseOp(op);
    }
  }
};
} // namespace
