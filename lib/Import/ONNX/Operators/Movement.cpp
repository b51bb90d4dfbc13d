//===- Movement.cpp - Reshapes, transposes, slices and broadcasts -------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The operations that only move elements, on constants and on values.
//
//===----------------------------------------------------------------------===//

#include "../Node.h"

#include "hswish/IR/Broadcast.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

ArrayRef<int64_t> onnx_import::getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

Type onnx_import::getElementType(Value value) {
  return cast<RankedTensorType>(value.getType()).getElementType();
}

SmallVector<int64_t> onnx_import::getChannelsLast(int64_t rank) {
  SmallVector<int64_t> perm = {0};
  for (int64_t i = 2; i < rank; ++i)
    perm.push_back(i);
  perm.push_back(1);
  return perm;
}

SmallVector<int64_t> onnx_import::getChannelsFirst(int64_t rank) {
  SmallVector<int64_t> perm = {0, rank - 1};
  for (int64_t i = 1; i < rank - 1; ++i)
    perm.push_back(i);
  return perm;
}

//===----------------------------------------------------------------------===//
// Reshape
//===----------------------------------------------------------------------===//

Value onnx_import::reshape(Node &node, Value value, ArrayRef<int64_t> shape) {
  auto from = cast<RankedTensorType>(value.getType());
  if (from.getShape() == shape)
    return value;
  // There is no reassociation between empty tensors, and nothing to move.
  int64_t count = *countElements(shape);
  if (count == 0)
    return node.empty(shape, from.getElementType());
  RankedTensorType to = from.clone(shape);
  auto groups = getReassociationIndicesForReshape(from, to);
  bool isCollapse = from.getRank() > to.getRank();
  if (groups && from.getRank() != to.getRank()) {
    if (isCollapse)
      return tensor::CollapseShapeOp::create(node.b, node.loc, to, value,
                                             *groups);
    return tensor::ExpandShapeOp::create(node.b, node.loc, to, value, *groups);
  }
  // Through one dimension, by which every shape can be reached.
  return reshape(node, reshape(node, value, count), shape);
}

Tensor onnx_import::reshape(Node &node, Tensor &tensor,
                            ArrayRef<int64_t> shape) {
  if (tensor.isConstant())
    return tensor.reshaped(shape);
  return Tensor::runtime(tensor.type, shape,
                         reshape(node, tensor.value, shape));
}

//===----------------------------------------------------------------------===//
// Transpose
//===----------------------------------------------------------------------===//

static bool isIdentity(ArrayRef<int64_t> perm) {
  return llvm::equal(perm, llvm::seq<int64_t>(0, perm.size()));
}

Value onnx_import::transpose(Node &node, Value value, ArrayRef<int64_t> perm) {
  if (isIdentity(perm))
    return value;
  Shape shape;
  for (int64_t d : perm)
    shape.push_back(getShape(value)[d]);
  Value init = node.empty(shape, getElementType(value));
  return linalg::TransposeOp::create(node.b, node.loc, value, init, perm)
      .getResult()[0];
}

Tensor onnx_import::transpose(Node &node, Tensor &tensor,
                              ArrayRef<int64_t> perm) {
  if (isIdentity(perm))
    return tensor;
  Shape shape, strides, old = getStrides(tensor.shape);
  for (int64_t d : perm) {
    shape.push_back(tensor.shape[d]);
    strides.push_back(old[d]);
  }
  if (tensor.isConstant())
    return copyStrided(tensor, shape, 0, strides);
  return Tensor::runtime(tensor.type, shape,
                         transpose(node, tensor.value, perm));
}

//===----------------------------------------------------------------------===//
// Slice
//===----------------------------------------------------------------------===//

Tensor onnx_import::slice(Node &node, Tensor &tensor, ArrayRef<int64_t> offsets,
                          ArrayRef<int64_t> sizes, ArrayRef<int64_t> strides) {
  if (sizes == ArrayRef<int64_t>(tensor.shape) &&
      llvm::all_of(strides, [](int64_t s) { return s == 1; }))
    return tensor;
  if (tensor.isConstant()) {
    Shape steps = getStrides(tensor.shape);
    int64_t offset = 0;
    for (auto [step, start, stride] : llvm::zip(steps, offsets, strides)) {
      offset += start * step;
      step *= stride;
    }
    return copyStrided(tensor, sizes, offset, steps);
  }
  OpBuilder &b = node.b;
  RankedTensorType type = node.getType(tensor.type, sizes);
  // MLIR knows no slices without elements.
  if (type.getNumElements() == 0)
    return Tensor::runtime(tensor.type, sizes,
                           node.empty(sizes, type.getElementType()));
  Value value = tensor::ExtractSliceOp::create(
      b, node.loc, type, tensor.value, ValueRange(), ValueRange(), ValueRange(),
      offsets, sizes, strides);
  return Tensor::runtime(tensor.type, sizes, value);
}

//===----------------------------------------------------------------------===//
// Broadcast
//===----------------------------------------------------------------------===//

Tensor onnx_import::broadcast(Node &node, Tensor &tensor,
                              ArrayRef<int64_t> shape) {
  if (ArrayRef<int64_t>(tensor.shape) == shape)
    return tensor;
  if (tensor.isConstant() && tensor.size() > 0 && tensor.isSplat()) {
    DenseElementsAttr one = getElements(tensor, node.getContext());
    auto all = DenseElementsAttr::get(node.getType(tensor.type, shape),
                                      *one.value_begin<Attribute>());
    return Tensor::runtime(
        tensor.type, shape,
        arith::ConstantOp::create(node.b, node.loc, cast<TypedAttr>(all)));
  }
  Value value = node.materialize(tensor);
  return Tensor::runtime(tensor.type, shape,
                         createBroadcast(node.b, node.loc, value, shape));
}
