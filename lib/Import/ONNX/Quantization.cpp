//===- Quantization.cpp - QuantizeLinear and DequantizeLinear -----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Quantised networks whose arithmetic is between pairs of the two operators
// (QDQ) are computed in floats, rounded where they say so. Between a pair the
// codes stay floats: they are whole numbers in the range of their type.
//
//===----------------------------------------------------------------------===//

#include "Handlers.h"
#include "Math.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

namespace {
/// Smallest and largest code of a type.
struct CodeRange {
  double low, high;
};

/// Scale and zero point, one for the tensor or one for each index of `axis`.
struct Parameters {
  Tensor scale;
  std::optional<Tensor> zero;
  int64_t axis = 0;
};
} // namespace

template <typename Integer>
static CodeRange getLimits() {
  return {double(std::numeric_limits<Integer>::min()),
          double(std::numeric_limits<Integer>::max())};
}

static std::optional<CodeRange> getRange(DType type) {
  switch (type) {
  case DType::UI8:
    return getLimits<uint8_t>();
  case DType::I8:
    return getLimits<int8_t>();
  case DType::UI16:
    return getLimits<uint16_t>();
  case DType::I16:
    return getLimits<int16_t>();
  default:
    return std::nullopt;
  }
}

/// Inputs 1 and 2, checked; `type` is that of the codes.
static FailureOr<Parameters> getParameters(Node &node, DType type) {
  if (node.getInt("block_size", 0) != 0)
    return node.emitError() << "blocked quantisation is not supported";
  Parameters p;
  p.scale = node.in(1);
  if (!node.requireFloat(1))
    return failure();
  if (node.hasInput(2)) {
    p.zero = node.in(2);
    if (p.zero->type != type)
      return node.emitError()
             << "the zero point is of type " << getName(p.zero->type)
             << ", the codes of type " << getName(type);
    if (p.zero->size() != p.scale.size())
      return node.emitError()
             << "there are " << p.zero->size() << " zero points for "
             << p.scale.size() << " scales";
  }
  if (p.scale.isConstant())
    for (double scale : p.scale.getFloats())
      if (!(scale > 0) || std::isinf(scale))
        return node.emitError()
               << "the scale " << scale << " is no positive number";
  if (p.scale.size() == 1)
    return p;
  auto axis = node.getAxis("axis", 1, node.in(0).rank());
  if (failed(axis))
    return failure();
  p.axis = *axis;
  if (p.scale.rank() != 1 || p.scale.shape[0] != node.shape(0)[*axis])
    return node.emitError() << "scales of shape " << toString(p.scale.shape)
                            << " do not fit dimension " << *axis << " of shape "
                            << toString(node.shape(0));
  return p;
}

/// One of the parameters as a float tensor of the shape of input 0.
static Value spread(Node &node, const Parameters &p, Tensor parameter,
                    DType type) {
  Tensor number = cast(node, parameter, type);
  Shape shape;
  if (number.size() > 1) {
    shape.assign(node.in(0).rank(), 1);
    shape[p.axis] = number.size();
  }
  Tensor small = reshape(node, number, shape);
  Tensor all = broadcast(node, small, node.shape(0));
  return node.materialize(all);
}

static bool isZero(const Tensor &tensor) {
  return tensor.isConstant() &&
         llvm::all_of(tensor.getInts(), [](int64_t z) { return z == 0; });
}

/// The zero points if they are not zero.
static Value spreadZero(Node &node, const Parameters &p, DType type) {
  return p.zero && !isZero(*p.zero) ? spread(node, p, *p.zero, type) : Value();
}

//===----------------------------------------------------------------------===//
// QuantizeLinear
//===----------------------------------------------------------------------===//

/// saturate(round(x / scale) + zero); NaN becomes the smallest code.
static LogicalResult importQuantize(Node &node) {
  DType x = node.in(0).type, type = DType::UI8;
  if (node.hasInput(2))
    type = node.in(2).type;
  else if (int64_t given = node.getInt("output_dtype", 0))
    type = static_cast<DType>(given);
  std::optional<CodeRange> range = getRange(type);
  if (!range)
    return node.emitError()
           << "codes of type " << getName(type) << " are not supported";
  auto p = getParameters(node, type);
  if (!node.requireFloat(0) || failed(p))
    return failure();
  Math m{node};
  Value steps = m.div(node.value(0), spread(node, *p, p->scale, x));
  Value code = m.make<math::RoundEvenOp>({steps});
  if (Value zero = spreadZero(node, *p, x))
    code = m.add(code, zero);
  code = m.make<arith::MaxNumFOp>({code, m.num(code, range->low)});
  code = m.make<arith::MinNumFOp>({code, m.num(code, range->high)});
  Type result = node.getType(type, node.shape(0));
  node.set(
      0, type,
      isUnsigned(type)
          ? Value(arith::FPToUIOp::create(node.b, node.loc, result, code))
          : Value(arith::FPToSIOp::create(node.b, node.loc, result, code)));
  return success();
}

//===----------------------------------------------------------------------===//
// DequantizeLinear
//===----------------------------------------------------------------------===//

/// Of codes that importQuantize made: the same as floats.
static Value findFloatCodes(Value codes) {
  Operation *op = codes.getDefiningOp();
  if (!isa_and_nonnull<arith::FPToUIOp, arith::FPToSIOp>(op))
    return {};
  auto high = op->getOperand(0).getDefiningOp<arith::MinNumFOp>();
  auto low = high ? high.getLhs().getDefiningOp<arith::MaxNumFOp>() : nullptr;
  if (!low)
    return {};
  Value code = low.getLhs();
  if (auto sum = code.getDefiningOp<arith::AddFOp>())
    code = sum.getLhs();
  return code.getDefiningOp<math::RoundEvenOp>() ? high.getResult() : Value();
}

/// Weights: computed now.
static Tensor dequantizeConstant(const Tensor &codes, const Parameters &p) {
  DType type = p.scale.type;
  int64_t inner = 1;
  for (int64_t d = p.axis + 1; d < codes.rank(); ++d)
    inner *= codes.shape[d];
  SmallVector<double> scales = p.scale.getFloats();
  SmallVector<int64_t> zeros(scales.size(), 0);
  if (p.zero)
    zeros = p.zero->getInts();
  MutableArrayRef<char> data;
  Tensor result = Tensor::constant(type, codes.shape, data);
  char *to = data.data();
  for (int64_t i = 0, e = codes.size(); i < e; ++i, to += getByteSize(type)) {
    size_t channel = scales.size() == 1 ? 0 : i / inner % scales.size();
    storeFloat(type, double(codes.getInt(i) - zeros[channel]) * scales[channel],
               to);
  }
  return result;
}

/// (x - zero) * scale.
static LogicalResult importDequantize(Node &node) {
  Tensor &codes = node.in(0);
  if (!getRange(codes.type) && codes.type != DType::I32)
    return node.emitError()
           << "codes of type " << getName(codes.type) << " are not supported";
  auto p = getParameters(node, codes.type);
  if (failed(p))
    return failure();
  DType type = p->scale.type;
  if (codes.isConstant() && p->scale.isConstant() &&
      (!p->zero || p->zero->isConstant())) {
    node.set(0, dequantizeConstant(codes, *p));
    return success();
  }
  Math m{node};
  Value x = findFloatCodes(node.value(0));
  if (!x || x.getType() != node.getType(type, codes.shape)) {
    Tensor floats = cast(node, codes, type);
    x = node.materialize(floats);
  }
  if (Value zero = spreadZero(node, *p, type))
    x = m.sub(x, zero);
  node.set(0, type, m.mul(x, spread(node, *p, p->scale, type)));
  return success();
}

static const Handler handlers[] = {
    {"DequantizeLinear", 2, 3, "axis block_size output_dtype",
     importDequantize},
    {"QuantizeLinear", 2, 3, "axis block_size output_dtype precision saturate",
     importQuantize},
};

ArrayRef<Handler> onnx_import::getQuantizationHandlers() { return handlers; }
