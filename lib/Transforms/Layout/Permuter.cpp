//===- Permuter.cpp - Values with their dimensions in another order -*- C++
//-*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Permuter.h"

#include "hswish/IR/ElementTypes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace hswish;

Permutation hswish::invert(ArrayRef<int64_t> perm) {
  Permutation inverse(perm.size());
  for (auto [i, p] : llvm::enumerate(perm))
    inverse[p] = i;
  return inverse;
}

bool hswish::isIdentity(ArrayRef<int64_t> perm) {
  return llvm::all_of(llvm::enumerate(perm), [](auto it) {
    return static_cast<int64_t>(it.index()) == it.value();
  });
}

RankedTensorType hswish::permute(RankedTensorType type,
                                 ArrayRef<int64_t> perm) {
  return RankedTensorType::get(permute(type.getShape(), perm),
                               type.getElementType());
}

bool hswish::movesOnlyUnits(ArrayRef<int64_t> shape, ArrayRef<int64_t> perm) {
  int64_t last = -1;
  for (int64_t p : perm) {
    if (shape[p] == 1)
      continue;
    if (p < last)
      return false;
    last = p;
  }
  return true;
}

/// Copies elements of `Width` bytes. The innermost loop runs over a dimension
/// of the result, so writes are contiguous.
template <int Width>
static void copyPermuted(const char *from, char *to, ArrayRef<int64_t> shape,
                         ArrayRef<int64_t> strides) {
  int64_t rank = shape.size(), inner = shape[rank - 1];
  int64_t step = strides[rank - 1] * Width;
  SmallVector<int64_t> index(rank, 0);
  int64_t offset = 0;
  while (true) {
    const char *source = from + offset * Width;
    for (int64_t i = 0; i < inner; ++i, to += Width, source += step)
      std::memcpy(to, source, Width);
    int64_t d = rank - 2;
    for (; d >= 0; --d) {
      offset += strides[d];
      if (++index[d] < shape[d])
        break;
      offset -= strides[d] * shape[d];
      index[d] = 0;
    }
    if (d < 0)
      return;
  }
}

DenseElementsAttr hswish::permuteConstant(DenseElementsAttr value,
                                          ArrayRef<int64_t> perm) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type)
    return nullptr;
  RankedTensorType result = permute(type, perm);
  if (value.isSplat())
    return value.resizeSplat(result);
  Type element = type.getElementType();
  if (!isWholeBytes(element))
    return nullptr;

  SmallVector<int64_t> strides(type.getRank(), 1);
  for (int64_t d = type.getRank() - 2; d >= 0; --d)
    strides[d] = strides[d + 1] * type.getDimSize(d + 1);
  SmallVector<int64_t> permuted = permute(strides, perm);
  ArrayRef<char> data = value.getRawData();
  std::vector<char> buffer(data.size());
  auto copy = [&](auto width) {
    copyPermuted<decltype(width)::value>(data.data(), buffer.data(),
                                         result.getShape(), permuted);
  };
  switch (element.getIntOrFloatBitWidth()) {
  case 8:
    copy(std::integral_constant<int, 1>());
    break;
  case 16:
    copy(std::integral_constant<int, 2>());
    break;
  case 32:
    copy(std::integral_constant<int, 4>());
    break;
  default:
    copy(std::integral_constant<int, 8>());
  }
  return DenseElementsAttr::getFromRawBuffer(result, buffer);
}

Value hswish::createReshape(OpBuilder &b, Location loc, Value value,
                            RankedTensorType type) {
  auto from = cast<RankedTensorType>(value.getType());
  if (from == type)
    return value;
  auto groups = getReassociationIndicesForReshape(from, type);
  if (groups && from.getRank() > type.getRank())
    return tensor::CollapseShapeOp::create(b, loc, type, value, *groups);
  if (groups && from.getRank() < type.getRank())
    return tensor::ExpandShapeOp::create(b, loc, type, value, *groups);

  auto allOf = [](int64_t rank) {
    return SmallVector<ReassociationIndices>{
        llvm::to_vector<2>(llvm::seq<int64_t>(0, rank))};
  };
  if (from.getRank() != 1) {
    auto flat =
        RankedTensorType::get({from.getNumElements()}, from.getElementType());
    value = tensor::CollapseShapeOp::create(b, loc, flat, value,
                                            allOf(from.getRank()));
  }
  if (type.getRank() == 1)
    return value;
  return tensor::ExpandShapeOp::create(b, loc, type, value,
                                       allOf(type.getRank()));
}

bool hswish::isReorientable(linalg::GenericOp op) {
  return op.getNumResults() == 1 && op.hasPureTensorSemantics() &&
         op.getNumParallelLoops() == op.getNumLoops() &&
         op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isPermutation();
}

/// linalg.generic that only passes its one operand on.
static bool isBroadcast(linalg::GenericOp op) {
  return op.getNumDpsInputs() == 1 && isReorientable(op) &&
         op.getBody()->getTerminator()->getOperand(0) ==
             op.getBody()->getArgument(0);
}

bool Permuter::isFree(Value value, ArrayRef<int64_t> perm) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return isIdentity(perm);
  if (op->hasTrait<OpTrait::ConstantLike>() ||
      isa<tensor::EmptyOp, linalg::FillOp>(op))
    return true;
  if (auto transpose = dyn_cast<linalg::TransposeOp>(op))
    return isIdentity(permute(transpose.getPermutation(), perm));
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return isBroadcast(generic);
  return false;
}

Value Permuter::get(Value value, ArrayRef<int64_t> perm) {
  if (isIdentity(perm))
    return value;
  if (auto transpose = value.getDefiningOp<linalg::TransposeOp>())
    return get(transpose.getInput(), permute(transpose.getPermutation(), perm));
  for (auto &[other, result] : made[value])
    if (ArrayRef<int64_t>(other) == perm)
      return result;
  Value result = make(value, perm);
  made[value].push_back({Permutation(perm), result});
  return result;
}

/// tensor.empty like `value`, permuted.
static Value createPermutedEmpty(OpBuilder &b, Location loc, Value value,
                                 ArrayRef<int64_t> perm) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, value);
  return tensor::EmptyOp::create(b, loc, permute(sizes, perm),
                                 getElementTypeOrSelf(value));
}

Value Permuter::make(Value value, ArrayRef<int64_t> perm) {
  Location loc = value.getLoc();
  DenseElementsAttr constant;
  if (matchPattern(value, m_Constant(&constant)))
    if (DenseElementsAttr permuted = permuteConstant(constant, perm))
      return arith::ConstantOp::create(rewriter, loc, permuted);
  if (auto empty = value.getDefiningOp<tensor::EmptyOp>())
    return tensor::EmptyOp::create(rewriter, loc,
                                   permute(empty.getMixedSizes(), perm),
                                   empty.getType().getElementType());
  if (auto fill = value.getDefiningOp<linalg::FillOp>())
    return linalg::FillOp::create(rewriter, loc, fill.getInputs()[0],
                                  get(fill.getOutputs()[0], perm))
        .getResult(0);
  if (auto generic = value.getDefiningOp<linalg::GenericOp>())
    if (isBroadcast(generic) || (value.hasOneUse() && isReorientable(generic)))
      return reorient(generic, perm);
  Value empty = createPermutedEmpty(rewriter, loc, value, perm);
  return linalg::TransposeOp::create(rewriter, loc, value, empty, perm)
      ->getResult(0);
}

/// The map that reads a transpose's operand where `map` reads its result.
static AffineMap readThrough(linalg::TransposeOp transpose, AffineMap map) {
  return AffineMap::get(
      map.getNumDims(), map.getNumSymbols(),
      permute(map.getResults(), invert(transpose.getPermutation())),
      map.getContext());
}

/// tensor.extract of a transpose: reads the transpose's operand.
static void readThrough(RewriterBase &rewriter, tensor::ExtractOp op) {
  auto transpose = op.getTensor().getDefiningOp<linalg::TransposeOp>();
  if (!transpose)
    return;
  SmallVector<Value> indices(op.getIndices());
  rewriter.modifyOpInPlace(op, [&] {
    op.getTensorMutable().assign(transpose.getInput());
    op.getIndicesMutable().assign(
        permute(indices, invert(transpose.getPermutation())));
  });
}

Value Permuter::reorient(linalg::GenericOp op, ArrayRef<int64_t> perm) {
  Location loc = op.getLoc();
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<Value> inputs(op.getInputs());
  for (auto [input, map] : llvm::zip(inputs, maps))
    if (auto transpose = input.getDefiningOp<linalg::TransposeOp>()) {
      input = transpose.getInput();
      map = readThrough(transpose, map);
    }
  // Name the loops so that the new result is written in order.
  AffineMap &out = maps.back();
  out = AffineMap::get(out.getNumDims(), 0, permute(out.getResults(), perm),
                       op.getContext());
  SmallVector<AffineExpr> renamed(out.getNumDims());
  SmallVector<int64_t> newLoop(out.getNumDims());
  for (auto [i, expr] : llvm::enumerate(out.getResults())) {
    unsigned old = cast<AffineDimExpr>(expr).getPosition();
    renamed[old] = rewriter.getAffineDimExpr(i);
    newLoop[old] = i;
  }
  for (AffineMap &map : maps)
    map = map.replaceDimsAndSymbols(renamed, {}, map.getNumDims(), 0);

  Value init = get(op.getOutputs()[0], perm);
  auto copy = linalg::GenericOp::create(rewriter, loc, init.getType(), inputs,
                                        init, maps, op.getIteratorTypesArray());
  rewriter.cloneRegionBefore(op.getRegion(), copy.getRegion(),
                             copy.getRegion().begin());
  copy->walk([&](linalg::IndexOp index) {
    if (index->getParentOp() == copy)
      index.setDim(newLoop[index.getDim()]);
  });
  copy->walk(
      [&](tensor::ExtractOp extract) { readThrough(rewriter, extract); });
  return copy.getResult(0);
}
