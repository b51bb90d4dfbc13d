//===- Tiling.cpp - Tiles of structured ops -------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The iteration space of a structured op is its result: every dimension is
// parallel, reductions stay inside a tile. So the tile of a result is the tile
// of the iteration space, and an op can be fused into the tiles of its
// consumer.
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;
using namespace hswish;

namespace {
using Box = ArrayRef<OpFoldResult>;

/// The slice of `source` at a box, with unit strides.
Value slice(OpBuilder &b, Location loc, Value source, Box offsets, Box sizes,
            TilingResult &result) {
  SmallVector<OpFoldResult> ones(offsets.size(), b.getIndexAttr(1));
  auto extract =
      tensor::ExtractSliceOp::create(b, loc, source, offsets, sizes, ones);
  result.generatedSlices.push_back(extract);
  return extract;
}

/// offset and size of the pixels that a tile of a windowed dimension reads.
std::pair<OpFoldResult, OpFoldResult>
windowRange(OpBuilder &b, Location loc, OpFoldResult offset, OpFoldResult size,
            int64_t stride, int64_t extent) {
  AffineExpr d0 = b.getAffineDimExpr(0);
  return {affine::makeComposedFoldedAffineApply(b, loc, d0 * stride, offset),
          affine::makeComposedFoldedAffineApply(
              b, loc, (d0 - 1) * stride + extent, size)};
}

/// The slices of the epilogue's extras that belong to a tile of the result.
void sliceExtras(OpBuilder &b, EpilogueOpInterface op, Box offsets, Box sizes,
                 SmallVectorImpl<Value> &operands, TilingResult &result) {
  for (auto [extra, map] :
       llvm::zip_equal(op.getExtras(), op.getEpilogueMapValues())) {
    SmallVector<OpFoldResult> extraOffsets, extraSizes;
    for (AffineExpr expr : map.getResults()) {
      auto dim = dyn_cast<AffineDimExpr>(expr);
      extraOffsets.push_back(dim ? offsets[dim.getPosition()]
                                 : b.getIndexAttr(0));
      extraSizes.push_back(dim ? sizes[dim.getPosition()] : b.getIndexAttr(1));
    }
    operands.push_back(
        slice(b, op->getLoc(), extra, extraOffsets, extraSizes, result));
  }
}

/// Finishes a tile: the slice of the destination and a clone of the op.
TilingResult cloneOnTile(OpBuilder &b, DestinationStyleOpInterface op,
                         SmallVector<Value> operands, Box offsets, Box sizes,
                         TilingResult result) {
  Value init =
      slice(b, op->getLoc(), op.getDpsInits()[0], offsets, sizes, result);
  operands.push_back(init);
  Operation *tile = mlir::clone(b, op, init.getType(), operands);
  result.tiledOps.push_back(tile);
  result.tiledValues.assign(tile->result_begin(), tile->result_end());
  return result;
}

SmallVector<utils::IteratorType> allParallel(DestinationStyleOpInterface op) {
  int64_t rank = cast<ShapedType>(op.getDpsInits()[0].getType()).getRank();
  return SmallVector<utils::IteratorType>(rank, utils::IteratorType::parallel);
}

SmallVector<Range> resultDomain(OpBuilder &b, DestinationStyleOpInterface op) {
  Value init = op.getDpsInits()[0];
  if (!isa<RankedTensorType>(init.getType()))
    return {};
  return llvm::map_to_vector(
      tensor::getMixedSizes(b, op->getLoc(), init), [&](OpFoldResult size) {
        return Range{b.getIndexAttr(0), size, b.getIndexAttr(1)};
      });
}

LogicalResult copyBox(Box offsets, Box sizes,
                      SmallVector<OpFoldResult> &toOffsets,
                      SmallVector<OpFoldResult> &toSizes) {
  toOffsets.assign(offsets.begin(), offsets.end());
  toSizes.assign(sizes.begin(), sizes.end());
  return success();
}

/// The box of an NHWC input that a windowed op reads for a box of its result.
std::pair<SmallVector<OpFoldResult>, SmallVector<OpFoldResult>>
imageBox(OpBuilder &b, Location loc, Box offsets, Box sizes,
         ArrayRef<int64_t> strides, ArrayRef<int64_t> dilations,
         ArrayRef<int64_t> kernel) {
  SmallVector<OpFoldResult> imageOffsets(offsets), imageSizes(sizes);
  for (int i = 0; i < 2; ++i)
    std::tie(imageOffsets[1 + i], imageSizes[1 + i]) =
        windowRange(b, loc, offsets[1 + i], sizes[1 + i], strides[i],
                    (kernel[i] - 1) * dilations[i] + 1);
  return {imageOffsets, imageSizes};
}
} // namespace

//===----------------------------------------------------------------------===//
// Conv2DOp
//===----------------------------------------------------------------------===//

FailureOr<TilingResult>
Conv2DOp::getTiledImplementation(OpBuilder &b, Box offsets, Box sizes) {
  // Padding is made explicit first, and filters are packed last.
  SmallVector<int64_t, 4> filter = getUnpackedFilterShape();
  auto input = dyn_cast<RankedTensorType>(getInput().getType());
  if (!input || hasPadding() || isPacked() ||
      llvm::any_of(filter, ShapedType::isDynamic))
    return failure();
  // Groups must stay whole, unless each is one channel.
  bool wholeChannels = isConstantIntValue(sizes[3], filter[3]);
  if (getGroups() != 1 && !isDepthwise() && !wholeChannels)
    return failure();

  TilingResult result;
  Location loc = getLoc();
  auto [imageOffsets, imageSizes] =
      imageBox(b, loc, offsets, sizes, getStrides(), getDilations(),
               ArrayRef<int64_t>(filter).take_front(2));
  if (!isDepthwise()) {
    imageOffsets[3] = b.getIndexAttr(0);
    imageSizes[3] = tensor::getMixedSize(b, loc, getInput(), 3);
  }
  SmallVector<OpFoldResult> filterOffsets(3, b.getIndexAttr(0));
  SmallVector<OpFoldResult> filterSizes = llvm::map_to_vector(
      ArrayRef<int64_t>(filter).take_front(3),
      [&](int64_t size) -> OpFoldResult { return b.getIndexAttr(size); });
  filterOffsets.push_back(offsets[3]);
  filterSizes.push_back(sizes[3]);

  SmallVector<Value> operands = {
      slice(b, loc, getInput(), imageOffsets, imageSizes, result),
      slice(b, loc, getFilter(), filterOffsets, filterSizes, result)};
  sliceExtras(b, *this, offsets, sizes, operands, result);
  result = cloneOnTile(b, *this, operands, offsets, sizes, std::move(result));
  if (isDepthwise() && !wholeChannels) {
    std::optional<int64_t> channels = getConstantIntValue(sizes[3]);
    if (!channels)
      return failure();
    cast<Conv2DOp>(result.tiledOps[0]).setGroups(*channels);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// MatmulOp
//===----------------------------------------------------------------------===//

FailureOr<TilingResult>
MatmulOp::getTiledImplementation(OpBuilder &b, Box offsets, Box sizes) {
  if (!isa<RankedTensorType>(getLhs().getType()) || isPacked())
    return failure();
  TilingResult result;
  Location loc = getLoc();
  OpFoldResult zero = b.getIndexAttr(0);
  OpFoldResult depth = tensor::getMixedSize(b, loc, getLhs(), 1);
  SmallVector<Value> operands = {
      slice(b, loc, getLhs(), {offsets[0], zero}, {sizes[0], depth}, result),
      slice(b, loc, getRhs(), {zero, offsets[1]}, {depth, sizes[1]}, result)};
  sliceExtras(b, *this, offsets, sizes, operands, result);
  return cloneOnTile(b, *this, operands, offsets, sizes, std::move(result));
}

//===----------------------------------------------------------------------===//
// Pool2DOp
//===----------------------------------------------------------------------===//

FailureOr<TilingResult>
Pool2DOp::getTiledImplementation(OpBuilder &b, Box offsets, Box sizes) {
  // Windows that reach beyond the image are clipped to it: a slice has lost its
  // edge.
  auto input = dyn_cast<RankedTensorType>(getInput().getType());
  auto init = dyn_cast<RankedTensorType>(getInit().getType());
  if (!input || !init ||
      llvm::any_of(getPads(), [](int64_t p) { return p != 0; }))
    return failure();
  for (int i = 0; i < 2; ++i) {
    if (input.isDynamicDim(1 + i) || init.isDynamicDim(1 + i))
      return failure();
    int64_t reach = (init.getDimSize(1 + i) - 1) * getStrides()[i] +
                    (getKernel()[i] - 1) * getDilations()[i] + 1;
    if (reach > input.getDimSize(1 + i))
      return failure();
  }
  TilingResult result;
  auto [imageOffsets, imageSizes] = imageBox(
      b, getLoc(), offsets, sizes, getStrides(), getDilations(), getKernel());
  SmallVector<Value> operands = {
      slice(b, getLoc(), getInput(), imageOffsets, imageSizes, result)};
  return cloneOnTile(b, *this, operands, offsets, sizes, std::move(result));
}

//===----------------------------------------------------------------------===//
// What is the same for all
//===----------------------------------------------------------------------===//

#define HSWISH_TILE_RESULT(OpTy)                                               \
  SmallVector<utils::IteratorType> OpTy::getLoopIteratorTypes() {              \
    return allParallel(*this);                                                 \
  }                                                                            \
  SmallVector<Range> OpTy::getIterationDomain(OpBuilder &b) {                  \
    return resultDomain(b, *this);                                             \
  }                                                                            \
  LogicalResult OpTy::getResultTilePosition(                                   \
      OpBuilder &, unsigned, Box offsets, Box sizes,                           \
      SmallVector<OpFoldResult> &resultOffsets,                                \
      SmallVector<OpFoldResult> &resultSizes) {                                \
    return copyBox(offsets, sizes, resultOffsets, resultSizes);                \
  }                                                                            \
  LogicalResult OpTy::getIterationDomainTileFromResultTile(                    \
      OpBuilder &, unsigned, Box offsets, Box sizes,                           \
      SmallVectorImpl<OpFoldResult> &domainOffsets,                            \
      SmallVectorImpl<OpFoldResult> &domainSizes) {                            \
    domainOffsets.assign(offsets.begin(), offsets.end());                      \
    domainSizes.assign(sizes.begin(), sizes.end());                            \
    return success();                                                          \
  }                                                                            \
  FailureOr<TilingResult> OpTy::generateResultTileValue(                       \
      OpBuilder &b, unsigned, Box offsets, Box sizes) {                        \
    return getTiledImplementation(b, offsets, sizes);                          \
  }

HSWISH_TILE_RESULT(Conv2DOp)
HSWISH_TILE_RESULT(MatmulOp)
HSWISH_TILE_RESULT(Pool2DOp)
#undef HSWISH_TILE_RESULT
