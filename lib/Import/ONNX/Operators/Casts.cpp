//===- Casts.cpp - Conversions between element types --------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Handlers.h"
#include "Math.h"

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

static Value castFloat(Node &node, Value x, DType to) {
  Math m{node};
  Type type = node.getType(to, getShape(x));
  auto convert = [&](auto op, Value value, Type type) -> Value {
    return decltype(op)::create(node.b, node.loc, type, value);
  };
  if (to == DType::Bool)
    return m.compare(arith::CmpFPredicate::UNE, x, m.num(x, 0));
  if (isUnsigned(to))
    return convert(arith::FPToUIOp(), x, type);
  if (!isFloat(to))
    return convert(arith::FPToSIOp(), x, type);
  // f16 is computed in f32, but a cast to it rounds.
  if (to == DType::F16 || to == DType::BF16) {
    Type narrow = RankedTensorType::get(getShape(x),
                                        getBorderType(to, node.getContext()));
    x = convert(arith::TruncFOp(), x, narrow);
  }
  unsigned from = getElementType(x).getIntOrFloatBitWidth();
  unsigned width = mlir::cast<RankedTensorType>(type).getElementTypeBitWidth();
  if (width > from)
    return convert(arith::ExtFOp(), x, type);
  return width < from ? convert(arith::TruncFOp(), x, type) : x;
}

static Value castInt(Node &node, Value x, DType from, DType to) {
  Math m{node};
  Type type = node.getType(to, getShape(x));
  auto convert = [&](auto op) -> Value {
    return decltype(op)::create(node.b, node.loc, type, x);
  };
  if (isFloat(to)) {
    // To a half at once: by f32 a bf16 could be rounded twice.
    Type inner = type;
    type = RankedTensorType::get(getShape(x),
                                 getBorderType(to, node.getContext()));
    Value result = isUnsigned(from) ? convert(arith::UIToFPOp())
                                    : convert(arith::SIToFPOp());
    return type == inner
               ? result
               : Value(arith::ExtFOp::create(node.b, node.loc, inner, result));
  }
  if (to == DType::Bool)
    return arith::CmpIOp::create(node.b, node.loc, arith::CmpIPredicate::ne, x,
                                 m.num(x, 0));
  unsigned width = getElementType(x).getIntOrFloatBitWidth();
  unsigned newWidth =
      mlir::cast<RankedTensorType>(type).getElementTypeBitWidth();
  if (newWidth == width)
    return x;
  if (newWidth < width)
    return convert(arith::TruncIOp());
  return isUnsigned(from) ? convert(arith::ExtUIOp())
                          : convert(arith::ExtSIOp());
}

Tensor onnx_import::cast(Node &node, Tensor &tensor, DType type) {
  if (tensor.type == type)
    return tensor;
  if (!tensor.isConstant()) {
    Value result = isFloat(tensor.type)
                       ? castFloat(node, tensor.value, type)
                       : castInt(node, tensor.value, tensor.type, type);
    return Tensor::runtime(type, tensor.shape, result);
  }
  MutableArrayRef<char> data;
  Tensor result = Tensor::constant(type, tensor.shape, data);
  char *to = data.data();
  for (int64_t i = 0, e = tensor.size(); i < e; ++i, to += getByteSize(type))
    if (isFloat(tensor.type))
      storeFloat(type, tensor.getFloat(i), to);
    else if (tensor.type == DType::UI64)
      storeUnsigned(type, tensor.getInt(i), to);
    else
      storeInt(type, tensor.getInt(i), to);
  return result;
}

static LogicalResult importCast(Node &node) {
  DType type = node.getOp() == "CastLike"
                   ? node.in(1).type
                   : static_cast<DType>(node.getInt("to", 0));
  if (!onnx_import::isSupported(type))
    return node.emitError()
           << "a cast to the type " << getName(type) << " is not supported";
  node.set(0, onnx_import::cast(node, node.in(0), type));
  return success();
}

static const Handler handlers[] = {
    {"Cast", 1, 1, "to saturate", importCast},
    {"CastLike", 2, 2, "saturate", importCast},
};

ArrayRef<Handler> onnx_import::getCastHandlers() { return handlers; }
