//===- Body.cpp - Scalar bodies for many points at a time -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rules.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace hswish;

/// A number of the body, or a constant from outside, at all points.
const Numbers *Body::lookup(Value value) {
  auto found = numbers.find(value);
  if (found != numbers.end())
    return &found->second;
  Attribute constant;
  if (!matchPattern(value, m_Constant(&constant)) ||
      !value.getType().isIntOrIndexOrFloat())
    return nullptr;
  Numbers splat(value.getType(), count);
  splat.setAll(constant);
  return &(numbers[value] = std::move(splat));
}

/// An element of a tensor from outside at indices that the body computes.
LogicalResult Body::extract(Operation &op, Numbers &result) {
  auto extract = cast<tensor::ExtractOp>(op);
  const NumberTensor *tensor = evaluator.lookup(extract.getTensor());
  if (!tensor)
    return failure();
  SmallVector<const Numbers *> indices;
  // Constants join the map: nothing may point into it before.
  for (Value index : extract.getIndices())
    if (!lookup(index))
      return failure();
  for (Value index : extract.getIndices())
    indices.push_back(lookup(index));
  SmallVector<int64_t> strides = tensor->getStrides();
  for (size_t i = 0; i < count; ++i) {
    int64_t offset = 0;
    bool isSure = true;
    for (auto [d, index] : llvm::enumerate(indices)) {
      int64_t at = index->integers[i];
      isSure &= index->errors[i] == 0;
      if (at < 0 || at >= tensor->shape[d])
        return failure(); // Nobody says what is there.
      offset += at * strides[d];
    }
    result.copy(i, tensor->numbers, offset);
    if (!isSure)
      result.errors[i] = kUnknown;
  }
  return success();
}

LogicalResult Body::evaluate(Operation &op) {
  if (op.hasTrait<OpTrait::ConstantLike>())
    return success(); // Looked up by its users.
  if (op.getNumResults() != 1 || op.getNumRegions() != 0 ||
      !op.getResult(0).getType().isIntOrIndexOrFloat())
    return failure();
  Numbers result(op.getResult(0).getType(), count);
  if (auto index = dyn_cast<linalg::IndexOp>(op)) {
    llvm::copy(indices[index.getDim()], result.integers.begin());
  } else if (isa<tensor::ExtractOp>(op)) {
    if (failed(extract(op, result)))
      return failure();
  } else {
    for (Value operand : op.getOperands())
      if (!lookup(operand))
        return failure();
    SmallVector<const Numbers *> operands;
    for (Value operand : op.getOperands())
      operands.push_back(lookup(operand));
    if (!evaluateElementwise(&op, operands, result))
      return failure();
  }
  numbers[op.getResult(0)] = std::move(result);
  return success();
}

LogicalResult Body::evaluate(ArrayRef<Numbers> arguments,
                             ArrayRef<std::vector<int64_t>> indices,
                             size_t count) {
  this->indices = indices;
  this->count = count;
  numbers.clear();
  for (auto [argument, values] :
       llvm::zip_equal(block.getArguments(), arguments))
    numbers[argument] = values;
  for (Operation &op : block.without_terminator())
    if (failed(evaluate(op)))
      return failure();
  return success();
}
