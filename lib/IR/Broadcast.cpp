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
