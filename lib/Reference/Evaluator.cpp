//===- Evaluator.cpp - What ops on tensors mean, in f64 -------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rules.h"

#include "mlir/IR/Matchers.h"

#include <cmath>

using namespace mlir;
using namespace hswish;

const NumberTensor *Evaluator::lookup(Value value) const {
  auto found = tensors.find(value);
  return found == tensors.end() ? nullptr : &found->second;
}

/// exp(x - m) / sum of exp(x - m), with the maximum m along the dimension.
FailureOr<NumberTensor> hswish::evaluateSoftmax(linalg::SoftmaxOp op,
                                                const Evaluator &evaluator) {
  const NumberTensor *input = evaluator.lookup(op.getInput());
  if (!input || !input->numbers.isExact())
    return failure();
  NumberTensor result = *input;
  Rounding rounding = Rounding::get(result.numbers.type);
  int64_t dim = op.getDimension(), length = input->shape[dim];
  int64_t stride = input->getStrides()[dim];
  SmallVector<int64_t> others = input->shape;
  others[dim] = 1;
  SmallVector<int64_t> strides = input->getStrides();
  forEachIndex(others, [&](ArrayRef<int64_t> at) {
    int64_t start = 0;
    for (auto [index, step] : llvm::zip_equal(at, strides))
      start += index * step;
    const double *x = &input->numbers.values[start];
    double *y = &result.numbers.values[start];
    double most = -kUnknown, sum = 0, farthest = 0;
    for (int64_t i = 0; i < length; ++i)
      most = std::isnan(x[i * stride]) ? x[i * stride]
                                       : std::max(most, x[i * stride]);
    for (int64_t i = 0; i < length; ++i) {
      sum += y[i * stride] = std::exp(x[i * stride] - most);
      farthest = std::max(farthest, std::min(most - x[i * stride], 110.0));
    }
    for (int64_t i = 0; i < length; ++i) {
      double &value = y[i * stride];
      value /= sum;
      // The difference is rounded, exp is a polynomial, the sum has an order.
      double units = 2 * farthest + length + 64;
      result.numbers.errors[start + i * stride] =
          std::isnan(value)
              ? kUnknown
              : units * rounding.unit * value + (length + 2) * 0x1p-126;
    }
  });
  return result;
}

/// Arithmetic on whole tensors.
static FailureOr<NumberTensor> evaluateTensors(Operation *op,
                                               const Evaluator &evaluator) {
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type || !type.hasStaticShape() ||
      !type.getElementType().isIntOrIndexOrFloat() || op->getNumRegions() != 0)
    return failure();
  SmallVector<const Numbers *> operands;
  for (Value operand : op->getOperands()) {
    const NumberTensor *tensor = evaluator.lookup(operand);
    if (!tensor || tensor->shape != SmallVector<int64_t>(type.getShape()))
      return failure();
    operands.push_back(&tensor->numbers);
  }
  NumberTensor result(type);
  if (!evaluateElementwise(op, operands, result.numbers))
    return failure();
  return result;
}

LogicalResult Evaluator::evaluate(Operation *op) {
  ElementsAttr constant;
  if (op->hasTrait<OpTrait::ConstantLike>()) {
    // Scalars are looked up where they are used.
    if (!matchPattern(op, m_Constant(&constant)))
      return success();
    std::optional<NumberTensor> tensor = NumberTensor::get(constant);
    if (!tensor)
      return failure();
    set(op->getResult(0), std::move(*tensor));
    return success();
  }
  if (auto loops = dyn_cast<linalg::LinalgOp>(op)) {
    auto results = evaluateLinalg(loops, *this);
    if (failed(results))
      return failure();
    for (auto [result, tensor] : llvm::zip_equal(op->getResults(), *results))
      set(result, std::move(tensor));
    return success();
  }
  if (op->getNumResults() != 1)
    return failure();
  FailureOr<NumberTensor> result =
      isa<linalg::SoftmaxOp>(op)
          ? evaluateSoftmax(cast<linalg::SoftmaxOp>(op), *this)
          : evaluateStructured(op, *this, narrowWeights);
  if (failed(result))
    result = evaluateMovement(op, *this);
  if (failed(result))
    result = evaluateTensors(op, *this);
  if (failed(result))
    return failure();
  set(op->getResult(0), std::move(*result));
  return success();
}
