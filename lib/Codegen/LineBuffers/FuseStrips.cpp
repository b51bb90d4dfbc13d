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
#include "llvm/Support/DebugLog.h"

#define DEBUG_TYPE "hswish-fuse-strips"

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
    for (auto function : getOperation().getOps<func::FuncOp>())
      fuseIn(function);
  }

  void fuseIn(func::FuncOp function);
  size_t fuseFrom(Conv2DOp first);
  SmallVector<StripStage> getRun(Conv2DOp first) const;
  SmallVector<size_t> cut(ArrayRef<StripStage> run);
  FailureOr<std::pair<SmallVector<StripStage>, int64_t>>
  getChain(ArrayRef<StripStage> run, size_t count);
  bool isWorthwhile(Conv2DOp op, StripImage image, Conv2DOp next) const;
  int64_t chooseRows(MutableArrayRef<StripStage> chain);

  int64_t l2 = 0;
  int64_t leastBytes = 0;  ///< of an image that is not left whole
  int64_t mostWeights = 0; ///< bytes of a filter that is read for each band
};

void FuseStripsPass::fuseIn(func::FuncOp function) {
  SmallVector<Conv2DOp> convs;
  for (Conv2DOp conv : function.getOps<Conv2DOp>())
    if (conv.hasPureBufferSemantics() && conv.getStrategy())
      convs.push_back(conv);
  if (convs.empty())
    return;
  TargetAttr target = getTargetOrGeneric(function);
  const MemoryModel &memory = target.getCpuModel().memory;
  l2 = target.getL2();
  // One that the second level holds is better left whole: its producer has more
  // pixels at a time.
  leastBytes = memory.leastBandedImage.of(l2);
  mostWeights = memory.readsFiltersFromL1 ? target.getL1() : l2 / 2;
  for (size_t i = 0; i < convs.size();)
    i += fuseFrom(convs[i]);
}

/// Small images are left whole. So is one whose filter would be read from
/// beyond the cache for every row. A window over all channels reads too much at
/// a time.
bool FuseStripsPass::isWorthwhile(Conv2DOp op, StripImage image,
                                  Conv2DOp next) const {
  return getNumBytes(image.buffer) >= leastBytes &&
         getNumBytes(op.getFilter()) <= mostWeights &&
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

/// The convolutions from `first` on that read each other, as far as it is worth
/// it.
SmallVector<StripStage> FuseStripsPass::getRun(Conv2DOp first) const {
  SmallVector<StripStage> run;
  for (Conv2DOp op = first;;) {
    run.push_back({op, {}});
    FailureOr<StripImage> image = getImage(op);
    Conv2DOp next = getNextConv(op);
    if (failed(image) || !next ||
        next.getInput() != image->buffer.getResult() ||
        !keepsOperands(run, next) || !isWorthwhile(op, *image, next))
      return run;
    LDBG() << "an image of " << getNumBytes(image->buffer)
           << " bytes, of which bands may be enough (from " << leastBytes
           << " on): " << image->buffer;
    image->isShared = isShared(*image, op, next);
    if (failed(padImage(*image, next)))
      return run;
    // Where parts meet, both write the same rows of it, with the same bits.
    run.back().image = *image;
    op = next;
  }
}

/// The first `count` stages by themselves, if they can be a chain, and how many
/// rows a turn of it has.
FailureOr<std::pair<SmallVector<StripStage>, int64_t>>
FuseStripsPass::getChain(ArrayRef<StripStage> run, size_t count) {
  SmallVector<StripStage> chain(run.take_front(count));
  if (count < 2 || chain.front().op.hasPadding())
    return failure(); // It would not know which rows are at the border.
  chain.back().image = {};
  int64_t rows = chooseRows(chain);
  if (rows == 0 || !StripBuilder(chain, rows, parts).isEven())
    return failure();
  return std::make_pair(std::move(chain), rows);
}

/// Cuts a run into chains so that as many bytes of images as possible are
/// inside of chains. Returns how many stages each has.
SmallVector<size_t> FuseStripsPass::cut(ArrayRef<StripStage> run) {
  // For the stages from each one on: the most bytes, and where the first cut
  // is.
  SmallVector<int64_t> most(run.size() + 1, 0);
  SmallVector<size_t> count(run.size(), 1);
  for (size_t i = run.size(); i-- > 0;) {
    most[i] = most[i + 1];
    int64_t bytes = 0;
    for (size_t n = 2; n <= std::min<size_t>(maxStages, run.size() - i); ++n) {
      memref::AllocOp image = run[i + n - 2].image.buffer;
      bytes += getNumBytes(image);
      if (bytes + most[i + n] > most[i] &&
          succeeded(getChain(run.drop_front(i), n)))
        most[i] = bytes + most[i + n], count[i] = n;
    }
  }
  SmallVector<size_t> cuts;
  for (size_t i = 0; i < run.size(); i += count[i])
    cuts.push_back(count[i]);
  return cuts;
}

/// Fuses the chains of the run that starts with `first`. Returns how many
/// convolutions it has.
size_t FuseStripsPass::fuseFrom(Conv2DOp first) {
  SmallVector<StripStage> run = getRun(first);
  ArrayRef<StripStage> rest = run;
  for (size_t count : cut(run)) {
    if (auto chain = getChain(rest, count); succeeded(chain)) {
      StripBuilder strips(chain->first, chain->second, parts);
      LDBG() << count << " layers in bands of " << strips.getBandBytes()
             << " bytes, " << chain->second << " rows a turn, from "
             << chain->first.front().op->getLoc();
      strips.build();
    }
    rest = rest.drop_front(count);
  }
  return run.size();
}
} // namespace
