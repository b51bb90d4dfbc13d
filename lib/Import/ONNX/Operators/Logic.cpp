//===- Logic.cpp - Truth values: selection, negation, NaN ---------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Handlers.h"
#include "Math.h"

#include <cmath>

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

static LogicalResult importNot(Node &node) {
  Tensor &x = node.in(0);
  if (x.type != DType::Bool)
    return node.emitError() << "elements of type " << getName(x.type)
                            << " are not supported here";
  if (x.isConstant()) {
    SmallVector<int64_t> values = x.getInts();
    for (int64_t &value : values)
      value = !value;
    node.set(0, Tensor::fromInts(DType::Bool, x.shape, values));
    return success();
  }
  Math m{node};
  Value ones = node.splat(x.value.getType(), 1);
  node.set(0, DType::Bool, m.make<arith::XOrIOp>({x.value, ones}));
  return success();
}

static LogicalResult importWhere(Node &node) {
  Tensor &condition = node.in(0), &a = node.in(1), &b = node.in(2);
  auto values = broadcastShapes(a.shape, b.shape);
  auto shape = values ? broadcastShapes(condition.shape, *values) : values;
  if (!shape || condition.type != DType::Bool || a.type != b.type)
    return node.emitError() << "condition and operands do not fit each other";
  if (!node.checkShape(*shape))
    return failure();
  if (node.canFold({&condition, &a, &b}, a.type, *shape)) {
    Tensor c = broadcastConstant(condition, *shape);
    Tensor x = broadcastConstant(a, *shape), y = broadcastConstant(b, *shape);
    MutableArrayRef<char> data;
    Tensor result = Tensor::constant(a.type, *shape, data);
    unsigned step = getByteSize(a.type);
    for (int64_t i = 0, e = result.size(); i < e; ++i)
      llvm::copy((c.getInt(i) ? x : y).bytes->data.slice(i * step, step),
                 data.data() + i * step);
    node.set(0, result);
    return success();
  }
  Tensor c = broadcast(node, condition, *shape);
  Tensor x = broadcast(node, a, *shape), y = broadcast(node, b, *shape);
  node.set(0, a.type,
           Math{node}.select(node.materialize(c), node.materialize(x),
                             node.materialize(y)));
  return success();
}

static LogicalResult importIsNaN(Node &node) {
  if (!node.requireFloat(0))
    return failure();
  Value x = node.value(0);
  node.set(0, DType::Bool, Math{node}.compare(arith::CmpFPredicate::UNO, x, x));
  return success();
}

static LogicalResult importIsInf(Node &node) {
  if (!node.requireFloat(0))
    return failure();
  Math m{node};
  Value x = node.value(0), infinity = m.num(x, INFINITY);
  bool negative = node.getInt("detect_negative", 1) != 0;
  bool positive = node.getInt("detect_positive", 1) != 0;
  if (!negative && !positive)
    return node.emitError() << "detects neither sign";
  Value tested = negative && positive ? m.abs(x) : negative ? m.neg(x) : x;
  node.set(0, DType::Bool,
           m.compare(arith::CmpFPredicate::OEQ, tested, infinity));
  return success();
}

static const Handler handlers[] = {
    {"IsInf", 1, 1, "detect_negative detect_positive", importIsInf},
    {"IsNaN", 1, 1, "", importIsNaN},
    {"Not", 1, 1, "", importNot},
    {"Where", 3, 3, "", importWhere},
};

ArrayRef<Handler> onnx_import::getLogicHandlers() { return handlers; }
