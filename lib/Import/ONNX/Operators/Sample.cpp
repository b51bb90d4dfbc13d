//===- Sample.cpp - Tensors sampled along an axis -----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sample.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <cstring>

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

/// The tables of the taps as constants: all indices, then all weights.
static SmallVector<Value> makeTables(Node &node, const Taps &taps,
                                     Type element) {
  OpBuilder &b = node.b;
  SmallVector<Value> tables;
  auto add = [&](DenseElementsAttr attr) {
    tables.push_back(arith::ConstantOp::create(b, node.loc, attr));
  };
  for (ArrayRef<int64_t> indices : taps.indices) {
    SmallVector<APInt> numbers;
    for (int64_t index : indices)
      numbers.emplace_back(64, index);
    add(DenseElementsAttr::get(
        RankedTensorType::get(taps.size(), b.getIndexType()), numbers));
  }
  for (ArrayRef<double> weights : taps.weights) {
    SmallVector<Attribute> numbers;
    for (double weight : weights)
      numbers.push_back(b.getFloatAttr(element, weight));
    add(DenseElementsAttr::get(RankedTensorType::get(taps.size(), element),
                               numbers));
  }
  return tables;
}

Value onnx_import::sample(Node &node, Value value, int64_t axis,
                          const Taps &taps) {
  OpBuilder &b = node.b;
  Shape shape(onnx_import::getShape(value));
  shape[axis] = taps.size();
  int64_t rank = shape.size();
  Type element = onnx_import::getElementType(value);
  SmallVector<Value> tables = makeTables(node, taps, element);
  Value init = node.empty(shape, element);
  SmallVector<AffineMap> maps(
      tables.size(), AffineMap::get(rank, 0, b.getAffineDimExpr(axis)));
  maps.push_back(b.getMultiDimIdentityMap(rank));
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  size_t count = taps.indices.size();
  auto body = [&](OpBuilder &b, Location loc, ValueRange args) {
    SmallVector<Value> position;
    for (int64_t i = 0; i < rank; ++i)
      position.push_back(i == axis ? Value()
                                   : Value(linalg::IndexOp::create(b, loc, i)));
    Value sum;
    for (size_t t = 0; t < count; ++t) {
      position[axis] = args[t];
      Value term = tensor::ExtractOp::create(b, loc, value, position);
      if (!taps.weights.empty())
        term = arith::MulFOp::create(b, loc, term, args[count + t]);
      sum = sum ? Value(arith::AddFOp::create(b, loc, sum, term)) : term;
    }
    linalg::YieldOp::create(b, loc, sum);
  };
  return linalg::GenericOp::create(b, node.loc, init.getType(), tables, init,
                                   maps, iterators, body)
      .getResult(0);
}

/// Elements of an axis of a constant.
static Tensor takeConstant(const Tensor &tensor, int64_t axis,
                           ArrayRef<int64_t> indices) {
  Shape shape = tensor.shape;
  shape[axis] = indices.size();
  MutableArrayRef<char> data;
  Tensor result = Tensor::constant(tensor.type, shape, data);
  ArrayRef<int64_t> old = tensor.shape;
  int64_t outer = *countElements(old.take_front(axis));
  size_t block =
      *countElements(old.drop_front(axis + 1)) * getByteSize(tensor.type);
  char *to = data.data();
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t index : indices) {
      std::memcpy(to,
                  tensor.bytes->data.data() + (o * old[axis] + index) * block,
                  block);
      to += block;
    }
  return result;
}

Tensor onnx_import::take(Node &node, Tensor &tensor, int64_t axis,
                         ArrayRef<int64_t> indices) {
  Shape offsets(tensor.rank(), 0), sizes = tensor.shape,
                                   strides(tensor.rank(), 1);
  sizes[axis] = indices.size();
  if (node.canFold({&tensor}, tensor.type, sizes))
    return takeConstant(tensor, axis, indices);
  sizes[axis] = tensor.shape[axis];
  bool isRun = !indices.empty();
  for (size_t i = 1; i < indices.size(); ++i)
    isRun &= indices[i] == indices[i - 1] + 1;
  if (isRun) {
    offsets[axis] = indices.front();
    sizes[axis] = indices.size();
    return slice(node, tensor, offsets, sizes, strides);
  }
  Taps taps;
  taps.indices.emplace_back(indices);
  sizes[axis] = indices.size();
  return Tensor::runtime(tensor.type, sizes,
                         sample(node, node.materialize(tensor), axis, taps));
}
