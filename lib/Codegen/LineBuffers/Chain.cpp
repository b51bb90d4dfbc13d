//===- Chain.cpp - Convolutions that read each other ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Chain.h"

#include "hswish/IR/ElementTypes.h"

#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace hswish;

int64_t hswish::getNumBytes(Value memref) {
  return getStoredBytes(cast<MemRefType>(memref.getType()));
}

static Value getBuffer(Value memref) {
  while (auto view = memref.getDefiningOp<ViewLikeOpInterface>())
    memref = view.getViewSource();
  return memref;
}

FailureOr<StripImage> hswish::getImage(Conv2DOp op) {
  StripImage image;
  Value init = op.getInit();
  if (auto view = init.getDefiningOp<memref::SubViewOp>()) {
    ArrayRef<int64_t> offsets = view.getStaticOffsets();
    if (!view.hasUnitStride() || view.getDroppedDims().any() ||
        llvm::is_contained(offsets, ShapedType::kDynamic))
      return failure();
    image.top = offsets[1], image.left = offsets[2];
    init = view.getSource();
  }
  image.buffer = init.getDefiningOp<memref::AllocOp>();
  if (!image.buffer || !image.buffer.getType().getLayout().isIdentity())
    return failure();
  ArrayRef<int64_t> whole = image.buffer.getType().getShape();
  ArrayRef<int64_t> inside =
      cast<MemRefType>(op.getInit().getType()).getShape();
  if (whole[0] != inside[0] || whole[3] != inside[3])
    return failure();
  for (Operation *user : image.buffer->getUsers())
    if (auto border = dyn_cast<FillBorderOp>(user))
      image.border = border;
  return image;
}

bool hswish::isShared(StripImage image, Conv2DOp op, Conv2DOp next) {
  auto isKnown = [&](OpOperand &use) {
    Operation *user = use.getOwner();
    return user == op || user == image.border ||
           &use == &next.getInputMutable();
  };
  for (OpOperand &use : image.buffer->getUses()) {
    auto view = dyn_cast<memref::SubViewOp>(use.getOwner());
    if (view ? !llvm::all_of(view->getUses(), isKnown) : !isKnown(use))
      return true;
  }
  return false;
}

LogicalResult hswish::padImage(StripImage &image, Conv2DOp next) {
  if (!next.hasPadding())
    return success();
  if (image.isShared || image.border)
    return failure();
  image.pads = llvm::to_vector(next.getPads());
  image.top = image.pads[0], image.left = image.pads[1];
  return success();
}

Operation *hswish::getNextLayer(Operation *op) {
  Operation *next = op->getNextNode();
  while (next &&
         (isa<memref::AllocOp, memref::GetGlobalOp, FillBorderOp>(next) ||
          isPure(next)))
    next = next->getNextNode();
  return next;
}

Conv2DOp hswish::getNextConv(Conv2DOp op) {
  auto conv = dyn_cast_or_null<Conv2DOp>(getNextLayer(op));
  return conv && conv.getStrategy() ? conv : Conv2DOp();
}

bool hswish::keepsOperands(ArrayRef<StripStage> chain, Conv2DOp next) {
  Value written = getBuffer(next.getInit());
  for (const StripStage &stage : chain) {
    Operation *op = stage.op;
    if (llvm::is_contained(llvm::map_range(op->getOperands(), getBuffer),
                           written))
      return false;
  }
  return true;
}
