//===- ReadInPlace.cpp - Convolutions that need no copy of their image ----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Kernels/KernelFamily.h"
#include "../LineBuffers/Chain.h"
#include "hswish/Codegen/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace hswish {
#define GEN_PASS_DEF_READINPLACEPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

namespace {
/// A buffer that an image is copied into, inside a border of zeros.
struct CopiedImage {
  memref::AllocOp buffer;
  FillBorderOp border;
  memref::SubViewOp inside; ///< null if there is no border
  linalg::LinalgOp copy;
  /// The image's dimension for each dimension of its copy.
  SmallVector<int64_t> permutation = {0, 1, 2, 3};

  /// What `op` reads, if nobody else does.
  static FailureOr<CopiedImage> get(Conv2DOp op);
  LogicalResult addUser(Operation *user, Conv2DOp reader);
  LogicalResult addCopy(Operation *user);
  FailureOr<SmallVector<int64_t>> getPads() const;
  Value getView(OpBuilder &b) const;
};
} // namespace

LogicalResult CopiedImage::addCopy(Operation *user) {
  auto op = dyn_cast<linalg::LinalgOp>(user);
  if (!op || copy || op.getNumDpsInputs() != 1)
    return failure();
  copy = op;
  if (auto transpose = dyn_cast<linalg::TransposeOp>(user))
    permutation = llvm::to_vector(transpose.getPermutation());
  else if (!linalg::isaCopyOpInterface(op))
    return failure();
  return success();
}

LogicalResult CopiedImage::addUser(Operation *user, Conv2DOp reader) {
  if (user == reader)
    return success();
  if (auto fill = dyn_cast<FillBorderOp>(user); fill && !border) {
    border = fill;
    return success();
  }
  auto view = dyn_cast<memref::SubViewOp>(user);
  if (!view)
    return addCopy(user);
  if (inside || !view->hasOneUse())
    return failure();
  inside = view;
  return addCopy(*view->getUsers().begin());
}

/// Whether nobody ever writes `memref`.
static bool isOnlyRead(Value memref) {
  return llvm::all_of(memref.getUses(), [](OpOperand &use) {
    if (auto view = dyn_cast<ViewLikeOpInterface>(use.getOwner()))
      return isOnlyRead(view->getResult(0));
    auto op = dyn_cast<DestinationStyleOpInterface>(use.getOwner());
    return op && op.isDpsInput(&use);
  });
}

FailureOr<CopiedImage> CopiedImage::get(Conv2DOp op) {
  CopiedImage image;
  image.buffer = op.getInput().getDefiningOp<memref::AllocOp>();
  if (!image.buffer)
    return failure();
  for (Operation *user : image.buffer->getUsers())
    if (failed(image.addUser(user, op)))
      return failure();
  if (!image.copy)
    return failure();
  Value source = image.copy->getOperand(0);
  // The image is what it was when it was copied.
  if (!isOnlyRead(source) && getNextLayer(image.copy) != op)
    return failure();
  auto from = dyn_cast<MemRefType>(source.getType());
  int64_t offset;
  SmallVector<int64_t> strides;
  if (!from || !from.hasStaticShape() ||
      failed(from.getStridesAndOffset(strides, offset)) ||
      offset == ShapedType::kDynamic ||
      llvm::is_contained(strides, ShapedType::kDynamic))
    return failure();
  return image;
}

/// The border as padding.
FailureOr<SmallVector<int64_t>> CopiedImage::getPads() const {
  if (!inside && !border)
    return SmallVector<int64_t>(4, 0);
  memref::SubViewOp view = inside;
  FillBorderOp fill = border;
  if (!view || !fill || !view.hasUnitStride() ||
      !cast<FloatAttr>(fill.getValueAttr()).getValue().isPosZero())
    return failure();
  memref::AllocOp all = buffer;
  ArrayRef<int64_t> low = view.getStaticOffsets(), size = view.getStaticSizes(),
                    whole = all.getType().getShape();
  SmallVector<int64_t> pads = {low[1], low[2], whole[1] - low[1] - size[1],
                               whole[2] - low[2] - size[2]};
  if (size[0] != whole[0] || size[3] != whole[3] ||
      ArrayRef(pads) != fill.getPads())
    return failure();
  return pads;
}

/// The image where it is, with the dimensions of the copy.
Value CopiedImage::getView(OpBuilder &b) const {
  linalg::LinalgOp op = copy;
  Value from = op->getOperand(0);
  auto type = cast<MemRefType>(from.getType());
  if (llvm::is_sorted(permutation))
    return from;
  auto [strides, offset] = type.getStridesAndOffset();
  SmallVector<int64_t> sizes, steps;
  for (int64_t dim : permutation) {
    sizes.push_back(type.getDimSize(dim));
    steps.push_back(strides[dim]);
  }
  auto layout = StridedLayoutAttr::get(b.getContext(), offset, steps);
  auto view = MemRefType::get(sizes, type.getElementType(), layout,
                              type.getMemorySpace());
  return memref::ReinterpretCastOp::create(b, op.getLoc(), view, from, offset,
                                           sizes, steps);
}

static void readInPlace(Conv2DOp op) {
  const KernelFamily *family = getKernelFamily(op);
  if (op.hasPadding() || !family)
    return;
  FailureOr<CopiedImage> image = CopiedImage::get(op);
  if (failed(image))
    return;
  FailureOr<SmallVector<int64_t>> pads = image->getPads();
  if (failed(pads) || !family->readsElements(op, Machine::get(op), *pads))
    return;
  OpBuilder b(op);
  op.getInputMutable().assign(image->getView(b));
  op.setPads(*pads);
  image->copy->erase();
  if (image->inside)
    image->inside->erase();
  if (image->border)
    image->border->erase();
  image->buffer->erase();
}

namespace {
struct ReadInPlacePass : hswish::impl::ReadInPlacePassBase<ReadInPlacePass> {
  void runOnOperation() override {
    SmallVector<Conv2DOp> convs;
    getOperation()->walk([&](Conv2DOp op) {
      if (op.hasPureBufferSemantics())
        convs.push_back(op);
    });
    for (Conv2DOp op : convs)
      readInPlace(op);
  }
};
} // namespace
