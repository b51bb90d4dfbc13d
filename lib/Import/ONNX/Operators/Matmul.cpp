//===- Matmul.cpp - Matrix products -------------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Handlers.h"
#include "Math.h"

#include "hswish/IR/Broadcast.h"
#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

static MatmulOp makeMatmul(Node &node, Value lhs, Value rhs) {
  Value init =
      node.empty({getShape(lhs)[0], getShape(rhs)[1]}, getElementType(lhs));
  return MatmulOp::create(node.b, node.loc, lhs, rhs, init);
}

static LogicalResult checkElements(Node &node) {
  if (!node.requireFloat(0) || !node.requireFloat(1))
    return failure();
  if (node.in(0).type != node.in(1).type)
    return node.emitError() << "operands have different types";
  return success();
}

//===----------------------------------------------------------------------===//
// Gemm
//===----------------------------------------------------------------------===//

/// A constant, or a value, times a number.
static Tensor scaled(Node &node, Tensor &tensor, double factor) {
  if (factor == 1)
    return tensor;
  if (!tensor.isConstant()) {
    Math m{node};
    Value product = m.mul(tensor.value, m.num(tensor.value, factor));
    return Tensor::runtime(tensor.type, tensor.shape, product);
  }
  SmallVector<double> values = tensor.getFloats();
  for (double &value : values)
    value *= factor;
  return Tensor::fromFloats(tensor.type, tensor.shape, values);
}

/// Adds a term that is broadcast to the result in the epilogue.
static void addTerm(Node &node, MatmulOp matmul, Value term) {
  OpBuilder &b = node.b;
  matmul.getExtrasMutable().append(term);
  AffineMap map = getBroadcastMap(getShape(term), getShape(matmul.getInit()),
                                  b.getContext());
  matmul.setEpilogueMapsAttr(b.getAffineMapArrayAttr(map));
  Block &block = matmul.getEpilogueBlock();
  Value arg = block.addArgument(getElementType(term), node.loc);
  OpBuilder::InsertionGuard guard(b);
  Operation *yield = block.getTerminator();
  b.setInsertionPoint(yield);
  yield->setOperand(
      0, arith::AddFOp::create(b, node.loc, yield->getOperand(0), arg));
}

static LogicalResult importGemm(Node &node) {
  if (failed(checkElements(node)) || !node.requireRank(0, 2, 2) ||
      !node.requireRank(1, 2, 2))
    return failure();
  Tensor lhs = node.in(0), rhs = node.in(1);
  if (node.getInt("transA", 0))
    lhs = transpose(node, lhs, {1, 0});
  if (node.getInt("transB", 0))
    rhs = transpose(node, rhs, {1, 0});
  Shape shape = {lhs.shape[0], rhs.shape[1]};
  if (lhs.shape[1] != rhs.shape[0])
    return node.emitError()
           << "matrices of shapes " << toString(lhs.shape) << " and "
           << toString(rhs.shape) << " cannot be multiplied";
  if (!node.checkShape(shape))
    return failure();
  // The weights are known in nearly every network and take the factor.
  Tensor factor = scaled(node, rhs, node.getFloat("alpha", 1));
  Tensor term;
  bool hasTerm = node.hasInput(2) && node.getFloat("beta", 1) != 0;
  if (hasTerm) {
    auto fits = broadcastShapes(node.shape(2), shape);
    if (!fits || *fits != shape || node.in(2).type != lhs.type)
      return node.emitError()
             << "C of shape " << toString(node.shape(2))
             << " does not fit the result of shape " << toString(shape);
    term = scaled(node, node.in(2), node.getFloat("beta", 1));
  }
  Value a = node.materialize(lhs), b = node.materialize(factor);
  Value c = hasTerm ? node.materialize(term) : Value();
  MatmulOp matmul = makeMatmul(node, a, b);
  if (c) {
    node.b.setInsertionPoint(matmul);
    addTerm(node, matmul, c);
    node.b.setInsertionPointAfter(matmul);
  }
  node.set(0, matmul.getResult(0));
  return success();
}

//===----------------------------------------------------------------------===//
// MatMul
//===----------------------------------------------------------------------===//

/// Products of stacks of matrices, whose batch dimensions are broadcast.
static FailureOr<Value> makeBatchMatmul(Node &node, Tensor &lhs, Tensor &rhs,
                                        ArrayRef<int64_t> batch) {
  int64_t m = lhs.shape[lhs.rank() - 2], k = lhs.shape.back();
  int64_t n = rhs.shape.back(), count = *countElements(batch);
  Shape lhsShape(batch), rhsShape(batch), shape(batch);
  lhsShape.append({m, k});
  rhsShape.append({k, n});
  shape.append({m, n});
  if (!node.checkShape(lhsShape) || !node.checkShape(rhsShape))
    return failure();
  Tensor a = broadcast(node, lhs, lhsShape), b = broadcast(node, rhs, rhsShape);
  Value a3 = reshape(node, node.materialize(a), {count, m, k});
  Value b3 = reshape(node, node.materialize(b), {count, k, n});
  auto type = RankedTensorType::get({count, m, n}, getElementType(a3));
  Value product =
      linalg::BatchMatmulOp::create(node.b, node.loc, type, ValueRange{a3, b3},
                                    node.splat(type, 0))
          .getResult(0);
  return reshape(node, product, shape);
}

static LogicalResult importMatMul(Node &node) {
  if (failed(checkElements(node)) || !node.requireRank(0, 1, 64) ||
      !node.requireRank(1, 1, 64))
    return failure();
  Tensor lhs = node.in(0), rhs = node.in(1);
  bool isRow = lhs.rank() == 1, isColumn = rhs.rank() == 1;
  if (isRow)
    lhs = reshape(node, lhs, {1, lhs.shape[0]});
  if (isColumn)
    rhs = reshape(node, rhs, {rhs.shape[0], 1});
  ArrayRef<int64_t> a = lhs.shape, b = rhs.shape;
  auto batch = broadcastShapes(a.drop_back(2), b.drop_back(2));
  if (a.back() != b[b.size() - 2] || !batch)
    return node.emitError()
           << "operands of shapes " << toString(node.shape(0)) << " and "
           << toString(node.shape(1)) << " cannot be multiplied";
  Shape shape = *batch;
  shape.append({a[a.size() - 2], b.back()});
  if (!node.checkShape(shape))
    return failure();
  Value product;
  if (b.size() == 2) {
    // All rows of all matrices form one.
    int64_t rows = *countElements(a.drop_back());
    Value flat = reshape(node, node.materialize(lhs), {rows, a.back()});
    product = reshape(
        node, makeMatmul(node, flat, node.materialize(rhs)).getResult(0),
        shape);
  } else {
    auto stack = makeBatchMatmul(node, lhs, rhs, *batch);
    if (failed(stack))
      return failure();
    product = *stack;
  }
  if (isColumn)
    shape.pop_back();
  if (isRow)
    shape.erase(shape.end() - (isColumn ? 1 : 2));
  node.set(0, reshape(node, product, shape));
  return success();
}

static const Handler handlers[] = {
    {"Gemm", 2, 3, "alpha beta transA transB", importGemm},
    {"MatMul", 2, 2, "", importMatMul},
};

ArrayRef<Handler> onnx_import::getMatmulHandlers() { return handlers; }
