//===- Broadcast.cpp - Broadcasts of tensors ----------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/Broadcast.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

AffineMap hswish::getBroadcastMap(ArrayRef<int64_t> from,
                                  ArrayRef<int64_t> shape,
                                  MLIRContext *context) {
  unsigned offset = shape.size() - from.size();
  SmallVector<AffineExpr> results;
  for (auto [i, size] : llvm::enumerate(from)) {
    unsigned dim = offset + i;
    results.push_back(size == 1 && shape[dim] != 1
                          ? getAffineConstantExpr(0, context)
                          : getAffineDimExpr(dim, context));
  }
  return AffineMap::get(shape.size(), 0, results, context);
}

Value hswish::createBroadcast(OpBuilder &b, Location loc, Value value,
                              ArrayRef<int64_t> shape) {
  auto from = cast<RankedTensorType>(value.getType());
  if (from.getShape() == shape)
    return value;
  Value init = tensor::EmptyOp::create(b, loc, shape, from.getElementType());
  AffineMap maps[] = {
      getBroadcastMap(from.getShape(), shape, b.getContext()),
      AffineMap::getMultiDimIdentityMap(shape.size(), b.getContext())};
  SmallVector<utils::IteratorType> iterators(shape.size(),
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, loc, init.getType(), value, init, maps, iterators,
             [](OpBuilder &b, Location loc, ValueRange args) {
               linalg::YieldOp::create(b, loc, args.front());
             })
      .getResult(0);
}

Value hswish::createSplat(OpBuilder &b, Location loc, double number,
                          Value like) {
  Type type = like.getType();
  TypedAttr scalar = b.getFloatAttr(getElementTypeOrSelf(type), number);
  auto shaped = dyn_cast<ShapedType>(type);
  if (!shaped)
    return arith::ConstantOp::create(b, loc, scalar);
  if (isa<VectorType>(type) || shaped.hasStaticShape())
    return arith::ConstantOp::create(b, loc,
                                     DenseElementsAttr::get(shaped, scalar));
  SmallVector<Value> sizes;
  for (int64_t i = 0; i < shaped.getRank(); ++i)
    if (shaped.isDynamicDim(i))
      sizes.push_back(tensor::DimOp::create(b, loc, like, i));
  Value element = arith::ConstantOp::create(b, loc, scalar);
  return tensor::SplatOp::create(b, loc, element, shaped.getShape(), sizes);
}
