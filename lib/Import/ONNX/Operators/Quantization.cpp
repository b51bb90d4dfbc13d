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

#include "../Handlers.h"
#include "Math.h"

#include "mlir/IR/Matchers.h"

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

/// Scale and zero point: one for the tensor, one for each index of `axis`, or
/// (if `block` is not 0) one for each so many along `axis`.
struct Parameters {
  Tensor scale;
  std::optional<Tensor> zero;
  int64_t axis = 0, block = 0;
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

/// Whether the shape of the scales fits input 0; reports it if not.
static LogicalResult checkShapes(Node &node, Parameters &p) {
  ArrayRef<int64_t> shape = node.shape(0);
  p.block = node.getInt("block_size", 0);
  if (p.block < 0)
    return node.emitError() << "the block size " << p.block << " is negative";
  if (p.scale.size() == 1 && p.block == 0)
    return success();
  auto axis = node.getAxis("axis", 1, node.in(0).rank());
  if (failed(axis))
    return failure();
  p.axis = *axis;
  Shape expected{shape[*axis]};
  if (p.block != 0) {
    expected.assign(shape.begin(), shape.end());
    expected[*axis] = llvm::divideCeil(shape[*axis], p.block);
  }
  if (ArrayRef<int64_t>(p.scale.shape) == ArrayRef<int64_t>(expected))
    return success();
  auto error = node.emitError() << "scales of shape " << toString(p.scale.shape)
                                << " do not fit dimension " << *axis
                                << " of shape " << toString(shape);
  if (p.block != 0)
    error << " in blocks of " << p.block;
  return error;
}

/// Inputs 1 and 2, checked; `type` is that of the codes.
static FailureOr<Parameters> getParameters(Node &node, DType type) {
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
  // A scale of 0 is that of a dead channel; one below 0 came from a batch norm
  // with a negative weight. Both say what they say.
  if (p.scale.isConstant())
    for (double scale : p.scale.getFloats())
      if (!std::isfinite(scale))
        return node.emitError()
               << "the scale " << scale << " is no finite number";
  if (failed(checkShapes(node, p)))
    return failure();
  return p;
}

/// Parameters of blocks, one for each element of input 0.
static Tensor repeatInBlocks(Node &node, const Parameters &p, Tensor tensor) {
  Shape shape = tensor.shape, whole(node.shape(0));
  shape.insert(shape.begin() + p.axis + 1, 1);
  tensor = reshape(node, tensor, shape);
  shape[p.axis + 1] = p.block;
  tensor = broadcast(node, tensor, shape);
  Shape flat = whole;
  flat[p.axis] = shape[p.axis] * p.block;
  tensor = reshape(node, tensor, flat);
  // The last block may be shorter.
  Shape zeros(whole.size(), 0), ones(whole.size(), 1);
  return slice(node, tensor, zeros, whole, ones);
}

/// One of the parameters as a float tensor of the shape of input 0.
static Value spread(Node &node, const Parameters &p, Tensor parameter,
                    DType type) {
  Tensor number = cast(node, parameter, type);
  if (p.block != 0) {
    Tensor all = repeatInBlocks(node, p, number);
    return node.materialize(all);
  }
  Shape shape;
  if (number.size() > 1) {
    shape.assign(node.in(0).rank(), 1);
    shape[p.axis] = number.size();
  }
  Tensor small = reshape(node, number, shape);
  Tensor all = broadcast(node, small, node.shape(0));
  return node.materialize(all);
}

/// Halves are computed in f32, and neither codes nor scales are rounded to
/// them.
static DType getComputed(DType type) {
  return type == DType::F64 ? type : DType::F32;
}

/// Calls `body` with the index of each element of a tensor and of its
/// parameters.
static void forEachElement(ArrayRef<int64_t> shape, const Parameters &p,
                           llvm::function_ref<void(int64_t, int64_t)> body) {
  int64_t count = *countElements(shape), inner = 1;
  bool isOne = p.scale.size() == 1;
  for (size_t d = p.axis + 1; d < shape.size(); ++d)
    inner *= shape[d];
  for (int64_t i = 0; i < count; ++i) {
    if (isOne) {
      body(i, 0);
      continue;
    }
    int64_t size = shape[p.axis], k = i / inner % size;
    if (p.block == 0) {
      body(i, k);
      continue;
    }
    int64_t blocks = p.scale.shape[p.axis], outer = i / (inner * size);
    body(i, (outer * blocks + k / p.block) * inner + i % inner);
  }
}

/// Whether all inputs are constants.
static bool isKnown(const Tensor &x, const Parameters &p) {
  return x.isConstant() && p.scale.isConstant() &&
         (!p.zero || p.zero->isConstant());
}

static SmallVector<int64_t> getZeros(const Parameters &p) {
  return p.zero ? p.zero->getInts() : SmallVector<int64_t>(p.scale.size(), 0);
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

/// The code of one number, in the arithmetic of its type.
template <typename Float>
static int64_t quantize(Float x, Float scale, int64_t zero,
                        const CodeRange &range) {
  Float code = std::nearbyint(x / scale) + static_cast<Float>(zero);
  // NaN is below everything, as the least code.
  return !(code > range.low) ? int64_t(range.low)
                             : int64_t(std::min<double>(code, range.high));
}

static Tensor quantizeConstant(const Tensor &x, const Parameters &p, DType type,
                               const CodeRange &range) {
  SmallVector<double> scales = p.scale.getFloats();
  SmallVector<int64_t> zeros = getZeros(p);
  MutableArrayRef<char> data;
  Tensor result = Tensor::constant(type, x.shape, data);
  forEachElement(x.shape, p, [&](int64_t i, int64_t parameter) {
    double number = x.getFloat(i), scale = scales[parameter];
    int64_t zero = zeros[parameter];
    int64_t code = x.type == DType::F64
                       ? quantize<double>(number, scale, zero, range)
                       : quantize<float>(number, scale, zero, range);
    storeInt(type, code, data.data() + i * getByteSize(type));
  });
  return result;
}

/// The type of the codes; reports one that does not fit.
static FailureOr<DType> getCodeType(Node &node) {
  DType type = DType::UI8;
  auto given = static_cast<DType>(node.getInt("output_dtype", 0));
  if (given != DType::Undefined)
    type = given;
  if (node.hasInput(2)) {
    type = node.in(2).type;
    if (given != DType::Undefined && given != type)
      return node.emitError() << "the zero point is of type " << getName(type)
                              << ", the codes of type " << getName(given);
  }
  if (getRange(type))
    return type;
  return node.emitError() << "codes of type " << getName(type)
                          << " are not supported";
}

/// saturate(round(x / scale) + zero); NaN becomes the smallest code.
static LogicalResult importQuantize(Node &node) {
  auto code = getCodeType(node);
  if (failed(code) || !node.requireFloat(0))
    return failure();
  DType type = *code, x = getComputed(node.in(0).type);
  CodeRange range = *getRange(type);
  auto p = getParameters(node, type);
  if (failed(p))
    return failure();
  if (isKnown(node.in(0), *p)) {
    node.set(0, quantizeConstant(node.in(0), *p, type, range));
    return success();
  }
  Math m{node};
  Value steps = m.div(node.value(0), spread(node, *p, p->scale, x));
  Value codes = m.make<math::RoundEvenOp>({steps});
  if (Value zero = spreadZero(node, *p, x))
    codes = m.add(codes, zero);
  codes = m.make<arith::MaxNumFOp>({codes, m.num(codes, range.low)});
  codes = m.make<arith::MinNumFOp>({codes, m.num(codes, range.high)});
  Type result = node.getType(type, node.shape(0));
  node.set(
      0, type,
      isUnsigned(type)
          ? Value(arith::FPToUIOp::create(node.b, node.loc, result, codes))
          : Value(arith::FPToSIOp::create(node.b, node.loc, result, codes)));
  return success();
}

//===----------------------------------------------------------------------===//
// DequantizeLinear
//===----------------------------------------------------------------------===//

/// The floats that importQuantize made `codes` of, if those are of this range;
/// else null.
static Value findFloatCodes(Value codes,
                            const std::optional<CodeRange> &range) {
  Operation *op = codes.getDefiningOp();
  if (!range || !isa_and_nonnull<arith::FPToUIOp, arith::FPToSIOp>(op))
    return {};
  auto isNumber = [](Value value, double wanted) {
    APFloat number(0.0);
    return matchPattern(value, m_ConstantFloat(&number)) &&
           number.isExactlyValue(wanted);
  };
  auto high = op->getOperand(0).getDefiningOp<arith::MinNumFOp>();
  auto low = high ? high.getLhs().getDefiningOp<arith::MaxNumFOp>() : nullptr;
  if (!low || !isNumber(low.getRhs(), range->low) ||
      !isNumber(high.getRhs(), range->high))
    return {};
  Value code = low.getLhs();
  if (auto sum = code.getDefiningOp<arith::AddFOp>())
    code = sum.getLhs();
  return code.getDefiningOp<math::RoundEvenOp>() ? high.getResult() : Value();
}

/// Weights: computed now, with the roundings of the arithmetic in floats.
static Tensor dequantizeConstant(const Tensor &codes, const Parameters &p,
                                 DType type) {
  SmallVector<double> scales = p.scale.getFloats();
  SmallVector<int64_t> zeros = getZeros(p);
  MutableArrayRef<char> data;
  Tensor result = Tensor::constant(type, codes.shape, data);
  forEachElement(codes.shape, p, [&](int64_t i, int64_t parameter) {
    auto steps = double(codes.getInt(i) - zeros[parameter]);
    double number = type == DType::F64
                        ? steps * scales[parameter]
                        : float(steps) * float(scales[parameter]);
    storeFloat(type, number, data.data() + i * getByteSize(type));
  });
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
  if (int64_t given = node.getInt("output_dtype", 0))
    type = static_cast<DType>(given);
  if (!isFloat(type))
    return node.emitError()
           << "results of type " << getName(type) << " are not supported";
  if (isKnown(codes, *p)) {
    node.set(0, dequantizeConstant(codes, *p, type));
    return success();
  }
  Math m{node};
  DType computed = getComputed(type);
  Value x = findFloatCodes(node.value(0), getRange(codes.type));
  if (!x || x.getType() != node.getType(type, codes.shape)) {
    Tensor floats = cast(node, codes, computed);
    x = node.materialize(floats);
  }
  if (Value zero = spreadZero(node, *p, computed))
    x = m.sub(x, zero);
  node.set(0, type, m.mul(x, spread(node, *p, p->scale, computed)));
  return success();
}

static const Handler handlers[] = {
    {"DequantizeLinear", 2, 3, "axis block_size output_dtype",
     importDequantize},
    {"QuantizeLinear", 2, 3, "axis block_size output_dtype precision saturate",
     importQuantize},
};

ArrayRef<Handler> onnx_import::getQuantizationHandlers() { return handlers; }
