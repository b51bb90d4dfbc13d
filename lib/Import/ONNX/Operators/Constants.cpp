//===- Constants.cpp - Constants and questions about shapes -------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Handlers.h"
#include "../Node.h"

#include <cmath>

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

static LogicalResult importConstant(Node &node) {
  auto list = [](auto values) { return static_cast<int64_t>(values.size()); };
  if (node.hasAttr("value")) {
    auto tensor = node.getTensor("value");
    if (failed(tensor))
      return failure();
    node.set(0, *tensor);
  } else if (node.hasAttr("value_float")) {
    node.set(
        0, Tensor::fromFloats(DType::F32, {}, node.getFloat("value_float", 0)));
  } else if (node.hasAttr("value_floats")) {
    auto values = node.getFloats("value_floats");
    node.set(0, Tensor::fromFloats(DType::F32, list(values), values));
  } else if (node.hasAttr("value_int")) {
    node.set(0, Tensor::fromInts(DType::I64, {}, node.getInt("value_int", 0)));
  } else if (node.hasAttr("value_ints")) {
    auto values = node.getInts("value_ints");
    node.set(0, Tensor::fromInts(DType::I64, list(values), values));
  } else {
    return node.emitError() << "has no value";
  }
  return success();
}

/// A constant of one number again and again, known if it is small.
static Tensor fill(Node &node, Tensor &number, ArrayRef<int64_t> shape) {
  if (node.canFold({&number}, number.type, shape))
    return copyStrided(number, shape, 0, Shape(shape.size(), 0));
  return broadcast(node, number, shape);
}

/// A shape that an input holds.
static FailureOr<Shape> getShapeInput(Node &node, unsigned i) {
  auto values = node.getInts(i, "the shape");
  if (failed(values))
    return failure();
  Shape shape(values->begin(), values->end());
  if (!node.checkShape(shape))
    return failure();
  return shape;
}

static LogicalResult importConstantOfShape(Node &node) {
  auto shape = getShapeInput(node, 0);
  if (failed(shape))
    return failure();
  Tensor value = Tensor::fromFloats(DType::F32, {}, 0.0);
  if (node.hasAttr("value")) {
    auto given = node.getTensor("value");
    if (failed(given))
      return failure();
    if (given->size() != 1)
      return node.emitError() << "value must be one number";
    value = *given;
  }
  node.set(0, fill(node, value, *shape));
  return success();
}

static LogicalResult importShape(Node &node) {
  int64_t rank = node.in(0).rank();
  auto clamp = [&](int64_t i) {
    return std::clamp<int64_t>(i < 0 ? i + rank : i, 0, rank);
  };
  int64_t start = clamp(node.getInt("start", 0));
  int64_t end = clamp(node.getInt("end", rank));
  ArrayRef<int64_t> part =
      node.shape(0).slice(start, std::max<int64_t>(end - start, 0));
  node.set(0, Tensor::fromInts(DType::I64, int64_t(part.size()), part));
  return success();
}

static LogicalResult importSize(Node &node) {
  node.set(0, Tensor::fromInts(DType::I64, {}, node.in(0).size()));
  return success();
}

static LogicalResult importRange(Node &node) {
  for (unsigned i = 0; i < 3; ++i)
    if (!node.requireConstant(i, "the range") || node.in(i).size() != 1 ||
        node.in(i).type != node.in(0).type)
      return node.emitError() << "limits must be three constants of one type";
  DType type = node.in(0).type;
  double start = node.in(0).getFloat(0), delta = node.in(2).getFloat(0);
  double count = std::ceil((node.in(1).getFloat(0) - start) / delta);
  if (!(count <= kMaxElements) ||
      !node.canFold({}, type, {std::max<int64_t>(count, 0)}))
    return node.emitError() << "the range is too long";
  SmallVector<double> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(start + i * delta);
  node.set(0, Tensor::fromFloats(type, int64_t(values.size()), values));
  return success();
}

/// Operators that do nothing at inference.
static LogicalResult importIdentity(Node &node) {
  if (node.getOp() == "Dropout" && node.hasInput(2)) {
    if (!node.requireConstant(2, "training_mode"))
      return failure();
    bool trains = node.in(2).size() == 1 && node.in(2).getInt(0) != 0;
    bool dropsNothing = node.hasInput(1) && node.in(1).isConstant() &&
                        node.in(1).size() == 1 && node.in(1).getFloat(0) == 0;
    if (trains && !dropsNothing)
      return node.emitError() << "training mode is not supported";
  }
  if (node.wantsOutput(1)) {
    // The mask of Dropout: nothing is dropped. Before operator set 12 it was
    // left empty at inference; zeros, as ONNX Runtime has it.
    Tensor one =
        Tensor::fromInts(node.opset < 10 ? node.in(0).type : DType::Bool, {},
                         node.opset < 12 ? 0 : 1);
    node.set(1, fill(node, one, node.shape(0)));
  }
  node.set(0, node.in(0));
  return success();
}

static const Handler handlers[] = {
    {"Constant", 0, 0, "value value_float value_floats value_int value_ints",
     importConstant},
    {"ConstantOfShape", 1, 1, "value", importConstantOfShape},
    {"Dropout", 1, 3, "ratio seed", importIdentity},
    {"Identity", 1, 1, "", importIdentity},
    {"Range", 3, 3, "stash_type", importRange},
    {"Shape", 1, 1, "end start", importShape},
    {"Size", 1, 1, "", importSize},
};

ArrayRef<Handler> onnx_import::getConstantHandlers() { return handlers; }
