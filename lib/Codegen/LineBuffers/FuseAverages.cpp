//===- FuseAverages.cpp - Averages of rows while they are in registers ----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Kernels/KernelFamily.h"
#include "Chain.h"
#include "hswish/Codegen/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace hswish {
#define GEN_PASS_DEF_FUSEAVERAGESPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

/// Whether `op` is the average of each row of its input.
static bool isAverageOfRows(Pool2DOp op) {
  auto type = cast<ShapedType>(op.getInput().getType());
  return op.getKind() != PoolKind::Max && op.getKernel()[0] == 1 &&
         op.getKernel()[1] == type.getDimSize(2) && op.getStrides()[0] == 1 &&
         llvm::all_of(op.getPads(), [](int64_t pad) { return pad == 0; });
}

/// Whether the kernel of `op` can leave averages.
static bool isSuitable(Conv2DOp op) {
  const KernelFamily *family = getKernelFamily(op);
  return op.hasPureBufferSemantics() && !op.getAverages() && family &&
         family->leavesAverages(op);
}

static void fuse(Conv2DOp op) {
  auto pool = dyn_cast_or_null<Pool2DOp>(getNextLayer(op));
  if (!isSuitable(op) || !pool || pool.getInput() != op.getInit() ||
      !isAverageOfRows(pool))
    return;
  auto averages = pool.getInit().getDefiningOp<memref::AllocOp>();
  if (!averages || !averages.getDynamicSizes().empty())
    return;
  averages->moveBefore(op);
  op.getAveragesMutable().assign(averages);
  pool.erase();
}

namespace {
struct FuseAveragesPass : hswish::impl::FuseAveragesPassBase<FuseAveragesPass> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      for (Conv2DOp op : function.getOps<Conv2DOp>())
        fuse(op);
  }
};
} // namespace
