//===- SplitBatch.cpp - One image after the other -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Codegen/Passes.h"
#include "hswish/IR/ElementTypes.h"
#include "hswish/IR/HSwish.h"
#include "hswish/IR/Sizes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

namespace hswish {
#define GEN_PASS_DEF_SPLITBATCHPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

/// The bytes of a tensor; 0 for a scalar, or if nobody knows.
static int64_t getNumBytes(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.hasStaticShape() ? getStoredBytes(tensor) : 0;
}

//===----------------------------------------------------------------------===//
// Ops that do the same for each image
//===----------------------------------------------------------------------===//

/// How many images the tensor is about; 0 if that is not known.
static int64_t getNumImages(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape() && type.getRank() > 1
             ? type.getDimSize(0)
             : 0;
}

/// Whether an operand with this map has an image for each value of d0; nothing
/// if it reads them otherwise.
static std::optional<bool> isPerImage(AffineMap map) {
  if (!map.isFunctionOfDim(0))
    return false;
  if (map.getResult(0) != getAffineDimExpr(0, map.getContext()) ||
      map.dropResult(0).isFunctionOfDim(0))
    return std::nullopt;
  return true;
}

namespace {
/// For each operand whether it has a part for each image.
using PerImage = SmallVector<bool>;
} // namespace

static FailureOr<PerImage> getPerImage(linalg::LinalgOp op) {
  if (op.getNumLoops() == 0 || op.hasIndexSemantics() ||
      op.getIteratorTypesArray()[0] != utils::IteratorType::parallel)
    return failure();
  PerImage perImage;
  for (OpOperand &operand : op->getOpOperands()) {
    std::optional<bool> is = isPerImage(op.getMatchingIndexingMap(&operand));
    if (!is || (op.isDpsInit(&operand) && !*is))
      return failure();
    perImage.push_back(*is);
  }
  return perImage;
}

static FailureOr<PerImage> getPerImage(Conv2DOp op) {
  PerImage perImage(op->getNumOperands(), true);
  perImage[op.getFilterMutable().getOperandNumber()] = false;
  auto epilogue = cast<EpilogueOpInterface>(op.getOperation());
  unsigned extra = op.getFilterMutable().getOperandNumber() + 1;
  for (AffineMap map : epilogue.getEpilogueMapValues()) {
    std::optional<bool> is = isPerImage(map);
    if (!is)
      return failure();
    perImage[extra++] = *is;
  }
  return perImage;
}

/// A slice of all images.
static FailureOr<PerImage> getPerImage(OffsetSizeAndStrideOpInterface op,
                                       RankedTensorType whole,
                                       RankedTensorType part) {
  bool isStatic = op.getOffsets().empty() && op.getSizes().empty() &&
                  op.getStrides().empty();
  if (!isStatic || whole.getRank() != part.getRank() ||
      op.getStaticOffset(0) != 0 || op.getStaticStride(0) != 1 ||
      op.getStaticSize(0) != whole.getDimSize(0))
    return failure();
  return PerImage(op->getNumOperands(), true);
}

/// Which operands of `op` have a part for each of its images, if it does the
/// same for each.
static FailureOr<PerImage> getPerImage(Operation *op) {
  return TypeSwitch<Operation *, FailureOr<PerImage>>(op)
      .Case<Conv2DOp, linalg::LinalgOp>([](auto op) { return getPerImage(op); })
      .Case<Pool2DOp, FillBorderOp>(
          [](auto op) { return PerImage(op->getNumOperands(), true); })
      .Case<tensor::ExtractSliceOp>([](auto op) {
        return getPerImage(op, op.getSourceType(), op.getType());
      })
      .Case<tensor::InsertSliceOp>([](auto op) {
        return getPerImage(op, op.getDestType(), op.getSourceType());
      })
      .Default([](Operation *) { return failure(); });
}

//===----------------------------------------------------------------------===//
// Layers to split
//===----------------------------------------------------------------------===//

namespace {
/// Layers that follow each other, and what they are for one image.
class ImageLayers {
public:
  ImageLayers(Operation *first, int64_t images);

  /// Leaves those that are better computed for one image after the other, with
  /// a second level of `l2` bytes. Fails if there are none.
  LogicalResult shorten(int64_t l2);
  void split();

private:
  bool canEndAfter(size_t count) const;
  bool isUsedAfter(Value value, Operation *last) const;
  RankedTensorType getImageType(Value value) const;
  Value getSlice(OpBuilder &b, Value value, int64_t image) const;
  Value getPart(OpBuilder &b, IRMapping &parts, Value value, int64_t image);
  void cloneFor(OpBuilder &b, Operation *op, IRMapping &parts, int64_t image);

  int64_t images;
  SmallVector<Operation *> ops;
};
} // namespace

/// All layers from `first` on that do the same for each of so many images.
ImageLayers::ImageLayers(Operation *first, int64_t images) : images(images) {
  for (Operation *op = first; op; op = op->getNextNode()) {
    if (isa<tensor::EmptyOp>(op) || op->hasTrait<OpTrait::ConstantLike>())
      continue;
    FailureOr<PerImage> perImage = getPerImage(op);
    if (failed(perImage) || op->getNumResults() != 1 ||
        getNumImages(op->getResult(0)) != images)
      return;
    for (auto [operand, is] : llvm::zip_equal(op->getOperands(), *perImage))
      if (is && getNumImages(operand) != images)
        return;
    ops.push_back(op);
  }
}

bool ImageLayers::isUsedAfter(Value value, Operation *last) const {
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    Operation *ancestor = last->getBlock()->findAncestorOpInBlock(*user);
    return !ancestor || last->isBeforeInBlock(ancestor);
  });
}

/// Whether all that the first `count` layers leave for others is written from
/// end to end by one op.
bool ImageLayers::canEndAfter(size_t count) const {
  return llvm::all_of(ArrayRef(ops).take_front(count), [&](Operation *op) {
    if (!isUsedAfter(op->getResult(0), ops[count - 1]))
      return true;
    auto writer = dyn_cast<DestinationStyleOpInterface>(op);
    return writer &&
           writer.getDpsInits().front().getDefiningOp<tensor::EmptyOp>();
  });
}

/// Bytes of an op's operands and result: those that there are for each image,
/// of all images, and the others.
static std::pair<int64_t, int64_t> countBytes(Operation *op) {
  int64_t ofImages = getNumBytes(op->getResult(0).getType()), ofAll = 0;
  for (auto [operand, is] :
       llvm::zip_equal(op->getOperands(), *getPerImage(op)))
    if (!operand.getDefiningOp<tensor::EmptyOp>())
      (is ? ofImages : ofAll) += getNumBytes(operand.getType());
  return {ofImages, ofAll};
}

/// What comes from beyond the second level: for one image after the other the
/// weights of all layers, again and again unless half of it holds them; for all
/// images at once these, if they are more than it holds, and the weights once.
LogicalResult ImageLayers::shorten(int64_t l2) {
  // The bytes of the layers behind, all images at once.
  int64_t behind = 0;
  for (Operation *op : ops) {
    auto [ofImages, ofAll] = countBytes(op);
    behind += ofAll + (ofImages > l2 ? ofImages : 0);
  }
  int64_t weights = 0, least = behind;
  size_t best = 0;
  for (auto [i, op] : llvm::enumerate(ops)) {
    auto [ofImages, ofAll] = countBytes(op);
    behind -= ofAll + (ofImages > l2 ? ofImages : 0);
    weights += ofAll;
    int64_t bytes = behind + (weights > l2 / 2 ? images : 1) * weights;
    if (bytes < least && canEndAfter(i + 1))
      least = bytes, best = i + 1;
  }
  ops.truncate(best);
  return success(ops.size() > 1);
}

//===----------------------------------------------------------------------===//
// One image
//===----------------------------------------------------------------------===//

RankedTensorType ImageLayers::getImageType(Value value) const {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[0] = 1;
  return type.clone(shape);
}

/// The slice of all images that `image` is, as offsets, sizes and strides.
static void getImageSlice(OpBuilder &b, RankedTensorType type, int64_t image,
                          SmallVector<OpFoldResult> (&slice)[3]) {
  slice[0].assign(type.getRank(), b.getIndexAttr(0));
  slice[0][0] = b.getIndexAttr(image);
  slice[1] = getAsIndexOpFoldResult(b.getContext(), type.getShape());
  slice[2].assign(type.getRank(), b.getIndexAttr(1));
}

Value ImageLayers::getSlice(OpBuilder &b, Value value, int64_t image) const {
  SmallVector<OpFoldResult> slice[3];
  RankedTensorType type = getImageType(value);
  getImageSlice(b, type, image, slice);
  return tensor::ExtractSliceOp::create(b, value.getLoc(), type, value,
                                        slice[0], slice[1], slice[2]);
}

/// What `value` is for one image.
Value ImageLayers::getPart(OpBuilder &b, IRMapping &parts, Value value,
                           int64_t image) {
  if (Value part = parts.lookupOrNull(value))
    return part;
  Value part;
  if (value.getDefiningOp<tensor::EmptyOp>()) // Not shared with others.
    return tensor::EmptyOp::create(b, value.getLoc(),
                                   getImageType(value).getShape(),
                                   getImageType(value).getElementType());
  part = getSlice(b, value, image);
  parts.map(value, part);
  return part;
}

void ImageLayers::cloneFor(OpBuilder &b, Operation *op, IRMapping &parts,
                           int64_t image) {
  SmallVector<Value> operands;
  for (auto [operand, is] :
       llvm::zip_equal(op->getOperands(), *getPerImage(op)))
    operands.push_back(is ? getPart(b, parts, operand, image) : operand);
  Value result = op->getResult(0);
  Operation *part =
      mlir::clone(b, op, TypeRange(getImageType(result)), operands);
  if (auto slice = dyn_cast<OffsetSizeAndStrideOpInterface>(part)) {
    SmallVector<int64_t> sizes(slice.getStaticSizes());
    sizes[0] = 1;
    part->setAttr("static_sizes", b.getDenseI64ArrayAttr(sizes));
  }
  parts.map(result, part->getResult(0));
}

/// Results go into tensors of all images, and into these at the end of each
/// image: then nobody reads them between.
void ImageLayers::split() {
  OpBuilder b(ops.back()->getNextNode());
  SmallVector<std::pair<Value, Value>> outputs; // what was, what is
  for (Operation *op : ops)
    if (Value result = op->getResult(0); isUsedAfter(result, ops.back())) {
      auto type = cast<RankedTensorType>(result.getType());
      Value all = tensor::EmptyOp::create(b, op->getLoc(), type.getShape(),
                                          type.getElementType());
      outputs.push_back({result, all});
    }
  for (int64_t image = 0; image < images; ++image) {
    IRMapping parts;
    for (Operation *op : ops)
      cloneFor(b, op, parts, image);
    for (auto &[result, all] : outputs) {
      Value part = parts.lookup(result);
      // Its destination is this image's slice.
      auto writer = part.getDefiningOp<DestinationStyleOpInterface>();
      OpBuilder before(writer);
      Operation *empty = writer.getDpsInits().front().getDefiningOp();
      writer.getDpsInitsMutable().begin()->assign(getSlice(before, all, image));
      if (empty->use_empty())
        empty->erase();
      SmallVector<OpFoldResult> slice[3];
      getImageSlice(b, getImageType(result), image, slice);
      all = tensor::InsertSliceOp::create(b, result.getLoc(), part, all,
                                          slice[0], slice[1], slice[2]);
    }
  }
  for (auto [result, all] : outputs)
    result.replaceAllUsesWith(all);
  for (Operation *op : llvm::reverse(ops)) {
    llvm::SmallSetVector<Value, 4> operands(op->operand_begin(),
                                            op->operand_end());
    op->erase();
    for (Value operand : operands)
      if (auto empty = operand.getDefiningOp<tensor::EmptyOp>();
          empty && empty->use_empty())
        empty->erase();
  }
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct SplitBatchPass : hswish::impl::SplitBatchPassBase<SplitBatchPass> {
  using Base::Base;

  void runOnOperation() override {
    if (failed(verifySizes(getOperation())))
      return signalPassFailure();
    getOperation()->walk([&](func::FuncOp function) {
      if (!function.isExternal())
        splitIn(function);
    });
  }

  /// Only the first layers of a network: later ones have small images.
  void splitIn(func::FuncOp function) {
    for (Operation &op : function.getOps()) {
      if (op.getNumResults() != 1 || failed(getPerImage(&op)))
        continue;
      int64_t images = getNumImages(op.getResult(0));
      ImageLayers layers(&op, images);
      if (images > 1 && images <= maxImages &&
          succeeded(layers.shorten(getTargetOrGeneric(function).getL2())))
        layers.split();
      return;
    }
  }
};
} // namespace
