//===- FuseStrips.cpp - Convolutions in turns, strip by strip -------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Chain.h"
#include "Strips.h"
#include "hswish/Codegen/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace hswish {
#define GEN_PASS_DEF_FUSESTRIPSPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

namespace {
struct FuseStripsPass : hswish::impl::FuseStripsPassBase<FuseStripsPass> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<Conv2DOp> convs;
    for (auto function : getOperation().getOps<func::FuncOp>())
      for (Conv2DOp conv : function.getOps<Conv2DOp>())
        if (conv.hasPureBufferSemantics() && conv.getStrategy())
          convs.push_back(conv);
    TargetAttr target = hswish::getTarget(getOperation());
    l2 = target ? target.getL2() : 512 << 10;
    for (size_t i = 0; i < convs.size();)
      i += fuseFrom(convs[i]);
  }

  size_t fuseFrom(Conv2DOp first);
  bool isWorthwhile(Conv2DOp op, StripImage image, Conv2DOp next) const;
  int64_t chooseRows(MutableArrayRef<StripStage> chain);

  int64_t l2 = 0;
};

/// An image that the second level holds is better left whole: its producer has
/// more pixels at a time. So is one whose filter would be read from beyond the
/// cache for every row. A window over all channels reads too much at a time.
bool FuseStripsPass::isWorthwhile(Conv2DOp op, StripImage image,
                                  Conv2DOp next) const {
  return getNumBytes(image.buffer) >= l2 &&
         getNumBytes(op.getFilter()) <= l2 / 2 &&
         (next.isDepthwise() || next.isPointwise());
}

/// As many rows a turn as let the bands stay in half of the cache, of those
/// that divide the image and give all parts as much as possible of the same; 0
/// if there are none.
int64_t FuseStripsPass::chooseRows(MutableArrayRef<StripStage> chain) {
  Value result = chain.back().op.getInit();
  int64_t height = cast<MemRefType>(result.getType()).getDimSize(1), best = 0;
  int64_t bestPart = height;
  for (int64_t rows = 1; rows <= std::min<int64_t>(height, maxRows); ++rows) {
    StripBuilder strips(chain, rows, parts);
    if (height % rows != 0 || !strips.isMovable())
      continue;
    if (best == 0 ||
        (strips.getPartRows() <= bestPart && strips.getBandBytes() <= l2 / 2))
      best = rows, bestPart = strips.getPartRows();
  }
  return best;
}

/// Fuses the chain that starts with `first`, if there is one. Returns how many
/// convolutions it has.
size_t FuseStripsPass::fuseFrom(Conv2DOp first) {
  if (first.hasPadding()) // Of rows it would not know which are at the border.
    return 1;
  SmallVector<StripStage> chain;
  for (Conv2DOp op = first; chain.size() < maxStages;) {
    chain.push_back({op, {}});
    FailureOr<StripImage> image = getImage(op);
    Conv2DOp next = getNextConv(op);
    if (failed(image) || !next ||
        next.getInput() != image->buffer.getResult() ||
        !keepsOperands(chain, next) || !isWorthwhile(op, *image, next))
      break;
    image->isShared = isShared(*image, op, next);
    if (failed(padImage(*image, next)))
      break;
    // Where parts meet, both write the same rows of it, with the same bits.
    if (chain.size() < maxStages)
      chain.back().image = *image;
    op = next;
  }
  chain.back().image = {};
  int64_t rows = chain.size() > 1 ? chooseRows(chain) : 0;
  if (rows == 0 || !StripBuilder(chain, rows, parts).isEven())
    return 1;
  StripBuilder(chain, rows, parts).build();
  return chain.size();
}
} // namespace
