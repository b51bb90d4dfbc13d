//===- RejectForeignOps.cpp - What nothing makes code of ------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Transforms/Passes.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace hswish {
#define GEN_PASS_DEF_REJECTFOREIGNOPSPASS
#include "hswish/Transforms/Passes.h.inc"
} // namespace hswish

using namespace mlir;

/// Dialects of which code is made.
static constexpr StringLiteral kDialects[] = {
    "affine", "arith",  "bufferization", "builtin", "cf",     "func", "hswish",
    "index",  "linalg", "llvm",          "math",    "memref", "scf",  "tensor",
    "ub",     "vector",
};

namespace {
struct RejectForeignOpsPass
    : hswish::impl::RejectForeignOpsPassBase<RejectForeignOpsPass> {
  void runOnOperation() override {
    WalkResult result = getOperation()->walk([](Operation *op) {
      if (llvm::is_contained(kDialects, op->getName().getDialectNamespace()) ||
          isOpTriviallyDead(op))
        return WalkResult::advance();
      op->emitError() << "nothing makes code of '" << op->getName() << "'";
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
