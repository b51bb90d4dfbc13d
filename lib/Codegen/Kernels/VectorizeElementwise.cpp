//===- VectorizeElementwise.cpp - Elementwise linalg to vector loops ------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"
#include "hswish/Codegen/Passes.h"
#include "hswish/IR/HSwish.h"
#include "hswish/IR/Sizes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace hswish {
#define GEN_PASS_DEF_VECTORIZEELEMENTWISEPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

namespace {
struct VectorizeElementwisePass
    : hswish::impl::VectorizeElementwisePassBase<VectorizeElementwisePass> {
  void runOnOperation() override {
    if (failed(verifySizes(getOperation())))
      return signalPassFailure();
    SmallVector<linalg::LinalgOp> ops;
    getOperation()->walk([&](linalg::LinalgOp op) { ops.push_back(op); });
    for (linalg::LinalgOp op : ops)
      if (succeeded(emit(op)))
        op.erase();
  }

  static LogicalResult emit(linalg::LinalgOp op) {
    if (auto generic = dyn_cast<linalg::GenericOp>(*op))
      return emitElementwise(generic);
    if (auto transpose = dyn_cast<linalg::TransposeOp>(*op))
      return emitInterleave(transpose);
    return failure();
  }
};
} // namespace
