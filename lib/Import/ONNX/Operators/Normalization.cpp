//===- Normalization.cpp - Normalisations and softmax -------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Handlers.h"
#include "Math.h"
#include "Reduction.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <cmath>

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

/// C numbers as a value of shape 1xCx1x…, repeated to the shape of `like`.
static Value spreadChannels(Node &node, Tensor &channels, Value like) {
  ArrayRef<int64_t> shape = getShape(like);
  Shape column(shape.size() - 1, 1);
  column[0] = channels.shape[0];
  Tensor tensor = reshape(node, channels, column);
  Tensor all = broadcast(node, tensor, shape);
  return node.materialize(all);
}

/// Inputs `first` to `first` + `count` must be lists of one number a channel.
static LogicalResult requireChannels(Node &node, unsigned first,
                                     unsigned count) {
  int64_t channels = node.shape(0)[1];
  for (unsigned i = first; i < first + count; ++i)
    if (node.shape(i) != ArrayRef<int64_t>(channels) || !node.requireFloat(i))
      return node.emitError()
             << "input " << i << " of shape " << toString(node.shape(i))
             << " does not fit the " << channels << " channels of the input";
  return success();
}

//===----------------------------------------------------------------------===//
// BatchNormalization
//===----------------------------------------------------------------------===//

/// x * scale + shift with constants computed now.
static void makeAffine(Node &node, double epsilon) {
  Math m{node};
  auto scale = node.in(1).getFloats(), bias = node.in(2).getFloats();
  auto mean = node.in(3).getFloats(), variance = node.in(4).getFloats();
  for (size_t i = 0; i < scale.size(); ++i) {
    scale[i] /= std::sqrt(variance[i] + epsilon);
    bias[i] -= mean[i] * scale[i];
  }
  int64_t channels = node.shape(0)[1];
  // In f32 even where the parameters are stored as f16.
  DType type = node.in(0).type == DType::F64 ? DType::F64 : DType::F32;
  Tensor factor = Tensor::fromFloats(type, channels, scale);
  Tensor shift = Tensor::fromFloats(type, channels, bias);
  Value x = node.value(0);
  node.set(0, m.add(m.mul(x, spreadChannels(node, factor, x)),
                    spreadChannels(node, shift, x)));
}

static LogicalResult importBatchNormalization(Node &node) {
  if (!node.requireFloat(0) || !node.requireRank(0, 2, 64) ||
      failed(requireChannels(node, 1, 4)))
    return failure();
  if (node.getInt("training_mode", 0) != 0)
    return node.emitError() << "training mode is not supported";
  if (node.getInt("spatial", 1) != 1)
    return node.emitError() << "spatial = 0 is not supported";
  for (unsigned i = 1; i < node.getNumOutputs(); ++i)
    if (node.wantsOutput(i) && node.opset >= 14)
      return node.emitError() << "training outputs are not supported";
  double epsilon = node.getFloat("epsilon", 1e-5);
  bool isKnown = true;
  for (unsigned i = 1; i < 5; ++i)
    isKnown &= node.in(i).isConstant();
  if (isKnown) {
    makeAffine(node, epsilon);
    return success();
  }
  Math m{node};
  Value x = node.value(0), variance = node.value(4);
  Value deviation = m.sqrt(m.add(variance, m.num(variance, epsilon)));
  Value factor = m.div(node.value(1), deviation);
  Value shift = m.sub(node.value(2), m.mul(node.value(3), factor));
  DType type = node.in(0).type;
  Tensor f = Tensor::runtime(type, node.shape(1), factor);
  Tensor s = Tensor::runtime(type, node.shape(1), shift);
  node.set(0, m.add(m.mul(x, spreadChannels(node, f, x)),
                    spreadChannels(node, s, x)));
  return success();
}

//===----------------------------------------------------------------------===//
// InstanceNormalization, LayerNormalization, LRN
//===----------------------------------------------------------------------===//

namespace {
/// (x - mean) * inverse, where inverse = 1 / sqrt(variance + epsilon).
struct Standardized {
  Value value, mean, inverse;
};
} // namespace

static Standardized standardize(Node &node, Value x, ArrayRef<int64_t> axes,
                                double epsilon) {
  Math m{node};
  ArrayRef<int64_t> shape = getShape(x);
  // The mean is as coarse as the numbers, which may lie close together: what is
  // left of it, the mean of the centred ones, is not.
  Value mean = makeMean(node, x, axes, /*keepDims=*/true);
  Value centred = m.sub(x, spreadTo(node, mean, shape));
  Value rest = makeMean(node, centred, axes, /*keepDims=*/true);
  centred = m.sub(centred, spreadTo(node, rest, shape));
  mean = m.add(mean, rest);
  Value variance =
      makeMean(node, m.mul(centred, centred), axes, /*keepDims=*/true);
  Value deviation = m.sqrt(m.add(variance, m.num(variance, epsilon)));
  Value inverse = m.div(m.num(deviation, 1), deviation);
  return {m.mul(centred, spreadTo(node, inverse, shape)), mean, inverse};
}

static LogicalResult importInstanceNormalization(Node &node) {
  if (!node.requireFloat(0) || !node.requireRank(0, 3, 64) ||
      failed(requireChannels(node, 1, 2)))
    return failure();
  Math m{node};
  auto axes = llvm::to_vector(llvm::seq<int64_t>(2, node.in(0).rank()));
  Value x =
      standardize(node, node.value(0), axes, node.getFloat("epsilon", 1e-5))
          .value;
  node.set(0, m.add(m.mul(x, spreadChannels(node, node.in(1), x)),
                    spreadChannels(node, node.in(2), x)));
  return success();
}

static LogicalResult importLayerNormalization(Node &node) {
  auto axis = node.getAxis("axis", -1, node.in(0).rank());
  if (failed(axis) || !node.requireFloat(0))
    return failure();
  Math m{node};
  auto axes = llvm::to_vector(llvm::seq<int64_t>(*axis, node.in(0).rank()));
  auto [x, mean, inverse] =
      standardize(node, node.value(0), axes, node.getFloat("epsilon", 1e-5));
  node.set(1, DType::F32, mean);
  node.set(2, DType::F32, inverse);
  for (unsigned i = 1; i < node.getNumInputs(); ++i) {
    auto fits = broadcastShapes(node.shape(i), node.shape(0));
    if (!fits || *fits != node.in(0).shape || !node.requireFloat(i))
      return node.emitError() << "input " << i << " does not fit the input";
    Tensor all = broadcast(node, node.in(i), *fits);
    Value term = node.materialize(all);
    x = i == 1 ? m.mul(x, term) : m.add(x, term);
  }
  node.set(0, x);
  return success();
}

/// x / (bias + alpha / size * sum of squares over `size` channels)^beta
static LogicalResult importLRN(Node &node) {
  int64_t size = node.getInt("size", 0);
  if (!node.requireFloat(0) || !node.requireRank(0, 3, 64))
    return failure();
  int64_t channels = node.shape(0)[1];
  if (size < 1)
    return node.emitError() << "size " << size << " is out of range";
  Math m{node};
  Value x = node.value(0);
  Tensor squares = Tensor::runtime(node.in(0).type, node.shape(0), m.mul(x, x));
  // A sum of shifted copies, each with zeros where it has no channel. What is
  // shifted by all channels or more is zeros.
  Value sum;
  int64_t first = -std::min((size - 1) / 2, channels - 1);
  int64_t last = std::min(size / 2, channels - 1);
  for (int64_t shift = first; shift <= last; ++shift) {
    int64_t start = std::max<int64_t>(shift, 0);
    int64_t count = channels - std::abs(shift);
    Shape offsets(squares.rank(), 0), strides(squares.rank(), 1);
    Shape sizes = squares.shape;
    offsets[1] = start;
    sizes[1] = count;
    Tensor part = slice(node, squares, offsets, sizes, strides);
    offsets[1] = start - shift;
    Value term = tensor::InsertSliceOp::create(
        node.b, node.loc, part.value, m.num(x, 0), ValueRange(), ValueRange(),
        ValueRange(), offsets, sizes, strides);
    sum = sum ? m.add(sum, term) : term;
  }
  Value scaled = m.mul(sum, m.num(x, node.getFloat("alpha", 1e-4) / size));
  Value base = m.add(scaled, m.num(x, node.getFloat("bias", 1)));
  Value power =
      m.make<math::PowFOp>({base, m.num(x, node.getFloat("beta", 0.75))});
  node.set(0, m.div(x, power));
  return success();
}

//===----------------------------------------------------------------------===//
// Softmax
//===----------------------------------------------------------------------===//

static Value makeSoftmax(Node &node, Value x, int64_t axis) {
  Value init = node.empty(getShape(x), getElementType(x));
  return linalg::SoftmaxOp::create(node.b, node.loc, init.getType(), x, init,
                                   axis)
      .getResult()[0];
}

/// x - max - log(sum(exp(x - max)))
static Value makeLogSoftmax(Node &node, Value x, int64_t axis) {
  Math m{node};
  ArrayRef<int64_t> shape = getShape(x);
  Value max = reduce(node, x, axis, Reduction::Max, /*keepDims=*/true);
  Value shifted = m.sub(x, spreadTo(node, max, shape));
  Value sum =
      reduce(node, m.exp(shifted), axis, Reduction::Sum, /*keepDims=*/true);
  return m.sub(shifted, spreadTo(node, m.log(sum), shape));
}

static LogicalResult importSoftmax(Node &node) {
  int64_t rank = node.in(0).rank();
  bool isOld = node.opset < 13;
  auto axis = node.getAxis("axis", isOld ? 1 : -1, rank);
  if (failed(axis) || !node.requireFloat(0))
    return failure();
  auto make = [&](Value x, int64_t axis) {
    return node.getOp() == "Softmax" ? makeSoftmax(node, x, axis)
                                     : makeLogSoftmax(node, x, axis);
  };
  Value x = node.value(0);
  // Up to operator set 12 all dimensions from the axis on are one.
  if (isOld && *axis != rank - 1) {
    ArrayRef<int64_t> shape = node.shape(0);
    Value matrix = reshape(node, x,
                           {*countElements(shape.take_front(*axis)),
                            *countElements(shape.drop_front(*axis))});
    node.set(0, reshape(node, make(matrix, 1), shape));
    return success();
  }
  node.set(0, make(x, *axis));
  return success();
}

static const Handler handlers[] = {
    {"BatchNormalization", 5, 5, "epsilon momentum spatial training_mode",
     importBatchNormalization},
    {"InstanceNormalization", 3, 3, "epsilon", importInstanceNormalization},
    {"LayerNormalization", 2, 3, "axis epsilon stash_type",
     importLayerNormalization},
    {"LRN", 1, 1, "alpha beta bias size", importLRN},
    {"LogSoftmax", 1, 1, "axis", importSoftmax},
    {"Softmax", 1, 1, "axis", importSoftmax},
};

ArrayRef<Handler> onnx_import::getNormalizationHandlers() { return handlers; }
