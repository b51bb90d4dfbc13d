//===- Movement.cpp - Ops that only move elements -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rules.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hswish;

static RankedTensorType getStaticType(Operation *op) {
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  return type && type.hasStaticShape() &&
                 type.getElementType().isIntOrIndexOrFloat()
             ? type
             : RankedTensorType();
}

/// Same elements, other shape.
static FailureOr<NumberTensor> reshape(Operation *op,
                                       const Evaluator &evaluator) {
  const NumberTensor *source = evaluator.lookup(op->getOperand(0));
  if (!source)
    return failure();
  NumberTensor result = *source;
  result.shape = llvm::to_vector(getStaticType(op).getShape());
  return result;
}

/// Where each element of a slice is in the whole, in C order.
static SmallVector<int64_t, 0> getPositions(OffsetSizeAndStrideOpInterface op,
                                            const NumberTensor &whole) {
  SmallVector<int64_t> strides = whole.getStrides();
  SmallVector<int64_t, 0> positions;
  ArrayRef<int64_t> offsets = op.getStaticOffsets();
  ArrayRef<int64_t> steps = op.getStaticStrides();
  forEachIndex(op.getStaticSizes(), [&](ArrayRef<int64_t> at) {
    int64_t position = 0;
    for (size_t d = 0; d < at.size(); ++d)
      position += (offsets[d] + at[d] * steps[d]) * strides[d];
    positions.push_back(position);
  });
  return positions;
}

static bool isStatic(OffsetSizeAndStrideOpInterface op) {
  return op.getOffsets().empty() && op.getSizes().empty() &&
         op.getStrides().empty();
}

static FailureOr<NumberTensor> evaluate(tensor::ExtractSliceOp op,
                                        const Evaluator &evaluator) {
  const NumberTensor *source = evaluator.lookup(op.getSource());
  if (!source || !isStatic(op))
    return failure();
  NumberTensor result(op.getType());
  for (auto [i, position] : llvm::enumerate(getPositions(op, *source)))
    result.numbers.copy(i, source->numbers, position);
  return result;
}

static FailureOr<NumberTensor> evaluate(tensor::InsertSliceOp op,
                                        const Evaluator &evaluator) {
  const NumberTensor *source = evaluator.lookup(op.getSource());
  const NumberTensor *dest = evaluator.lookup(op.getDest());
  if (!source || !dest || !isStatic(op))
    return failure();
  NumberTensor result = *dest;
  for (auto [i, position] : llvm::enumerate(getPositions(op, result)))
    result.numbers.copy(position, source->numbers, i);
  return result;
}

static FailureOr<NumberTensor> evaluate(tensor::PadOp op,
                                        const Evaluator &evaluator) {
  const NumberTensor *source = evaluator.lookup(op.getSource());
  Value padding = op.getConstantPaddingValue();
  Attribute value;
  if (!source || !op.getLow().empty() || !op.getHigh().empty() || !padding ||
      !matchPattern(padding, m_Constant(&value)))
    return failure();
  NumberTensor result(cast<RankedTensorType>(op.getType()));
  result.numbers.setAll(value);
  SmallVector<int64_t> strides = result.getStrides();
  int64_t from = 0;
  bool isInside = true;
  forEachIndex(source->shape, [&](ArrayRef<int64_t> at) {
    int64_t to = 0;
    for (size_t d = 0; d < at.size(); ++d) {
      int64_t index = at[d] + op.getStaticLow()[d];
      isInside &= index >= 0 && index < result.shape[d];
      to += index * strides[d];
    }
    if (isInside)
      result.numbers.copy(to, source->numbers, from++);
  });
  if (!isInside)
    return failure(); // It cuts off.
  return result;
}

static FailureOr<NumberTensor> evaluate(tensor::ConcatOp op,
                                        const Evaluator &evaluator) {
  NumberTensor result(cast<RankedTensorType>(op.getType()));
  SmallVector<int64_t> strides = result.getStrides();
  int64_t start = 0;
  for (Value input : op.getInputs()) {
    const NumberTensor *part = evaluator.lookup(input);
    if (!part)
      return failure();
    int64_t from = 0;
    forEachIndex(part->shape, [&](ArrayRef<int64_t> at) {
      int64_t to = start * strides[op.getDim()];
      for (size_t d = 0; d < at.size(); ++d)
        to += at[d] * strides[d];
      result.numbers.copy(to, part->numbers, from++);
    });
    start += part->shape[op.getDim()];
  }
  return result;
}

static FailureOr<NumberTensor> evaluate(FillBorderOp op,
                                        const Evaluator &evaluator) {
  const NumberTensor *init = evaluator.lookup(op.getInit());
  if (!init)
    return failure();
  NumberTensor result = *init;
  Numbers value(result.numbers.type, 1);
  value.setAll(op.getValue());
  ArrayRef<int64_t> pads = op.getPads();
  int64_t to = 0;
  forEachIndex(result.shape, [&](ArrayRef<int64_t> at) {
    bool isBorder = at[1] < pads[0] || at[1] >= result.shape[1] - pads[2] ||
                    at[2] < pads[1] || at[2] >= result.shape[2] - pads[3];
    if (isBorder)
      result.numbers.copy(to, value, 0);
    ++to;
  });
  return result;
}

FailureOr<NumberTensor> hswish::evaluateMovement(Operation *op,
                                                 const Evaluator &evaluator) {
  RankedTensorType type = getStaticType(op);
  if (!type)
    return failure();
  return llvm::TypeSwitch<Operation *, FailureOr<NumberTensor>>(op)
      .Case([&](tensor::EmptyOp) { return NumberTensor(type); })
      .Case<tensor::CollapseShapeOp, tensor::ExpandShapeOp, tensor::CastOp,
            tensor::ReshapeOp>([&](auto op) { return reshape(op, evaluator); })
      .Case<tensor::ExtractSliceOp, tensor::InsertSliceOp, tensor::PadOp,
            tensor::ConcatOp, FillBorderOp>(
          [&](auto op) { return evaluate(op, evaluator); })
      .Case([&](tensor::SplatOp op) -> FailureOr<NumberTensor> {
        Attribute value;
        if (!matchPattern(op.getInput(), m_Constant(&value)))
          return failure();
        NumberTensor result(type);
        result.numbers.setAll(value);
        return result;
      })
      .Default([](Operation *) { return failure(); });
}
