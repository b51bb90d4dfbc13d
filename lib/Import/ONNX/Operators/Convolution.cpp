//===- Convolution.cpp - Convolutions and transposed convolutions -------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Handlers.h"
#include "Math.h"
#include "Window.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

//===----------------------------------------------------------------------===//
// Conv
//===----------------------------------------------------------------------===//

/// Checks the operands of a convolution with `features` output channels.
static LogicalResult checkOperands(Node &node, int64_t features) {
  if (!node.requireFloat(0) || !node.requireRank(0, 3, 4) ||
      !node.requireRank(1, node.in(0).rank(), node.in(0).rank()))
    return failure();
  for (unsigned i = 1; i < std::min(3u, node.getNumInputs()); ++i)
    if (node.hasInput(i) && node.in(i).type != node.in(0).type)
      return node.emitError() << "operands have different types";
  ArrayRef<int64_t> spatial = node.shape(1).drop_front(2);
  SmallVector<int64_t> kernel = node.getInts("kernel_shape", spatial);
  if (ArrayRef<int64_t>(kernel) != spatial)
    return node.emitError()
           << "kernel_shape " << toString(kernel)
           << " contradicts the weights of shape " << toString(node.shape(1));
  if (node.hasInput(2) && node.shape(2) != ArrayRef<int64_t>(features))
    return node.emitError() << "bias of shape " << toString(node.shape(2))
                            << " does not fit " << features << " channels";
  return success();
}

/// FxCxKHxKW weights, or FxCxKW, as KHxKWxCxF.
static Value makeFilter(Node &node) {
  Tensor filter = node.in(1);
  if (filter.rank() == 3) {
    Shape shape = filter.shape;
    shape.insert(shape.begin() + 2, 1);
    filter = reshape(node, filter, shape);
  }
  Tensor moved = transpose(node, filter, {2, 3, 1, 0});
  return node.materialize(moved);
}

static FailureOr<Value> buildConv(Node &node) {
  if (node.in(1).rank() < 1)
    return node.emitError() << "weights must have three or four dimensions";
  int64_t features = node.shape(1)[0];
  if (failed(checkOperands(node, features)))
    return failure();
  int64_t rank = node.in(0).rank(), groups = node.getInt("group", 1);
  int64_t channels = node.shape(0)[1], depth = node.shape(1)[1];
  if (groups < 1 || channels % groups != 0 || channels / groups != depth ||
      features % groups != 0 || depth < 1 || features < 1)
    return node.emitError() << "weights of shape " << toString(node.shape(1))
                            << " do not fit an input of " << channels
                            << " channels in " << groups << " groups";
  auto window = readWindow(node, node.shape(0).drop_front(2),
                           node.shape(1).drop_front(2));
  if (failed(window))
    return failure();
  window->makeTwoDimensional();
  Shape shape = {node.shape(0)[0], features, window->output[0],
                 window->output[1]};
  if (!node.checkShape(shape))
    return failure();
  Value bias = node.hasInput(2) ? node.value(2) : Value();
  Value image = toImage(node, node.value(0));
  Value conv = makeConv(node, image, makeFilter(node), bias, *window, groups);
  return fromImage(node, conv, rank);
}

static LogicalResult importConv(Node &node) {
  auto conv = buildConv(node);
  if (failed(conv))
    return failure();
  node.set(0, *conv);
  return success();
}

/// ONNX Runtime's optimiser writes activation(conv(x, w, b) + z).
static LogicalResult importFusedConv(Node &node) {
  auto conv = buildConv(node);
  if (failed(conv))
    return failure();
  Value result = *conv;
  if (node.hasInput(3)) {
    if (node.shape(3) != getShape(result))
      return node.emitError() << "summand of shape " << toString(node.shape(3))
                              << " does not fit the result of shape "
                              << toString(getShape(result));
    result = Math{node}.add(result, node.value(3));
  }
  std::string activation = node.getString("activation", "");
  if (!activation.empty()) {
    auto activated = makeActivation(
        node, activation, node.getFloats("activation_params"), result);
    if (failed(activated))
      return failure();
    result = *activated;
  }
  node.set(0, result);
  return success();
}

//===----------------------------------------------------------------------===//
// ConvTranspose
//===----------------------------------------------------------------------===//

namespace {
/// The geometry of a transposed convolution.
struct Transposed {
  Window window;
  int64_t groups = 1;
  /// Pixels added after the last, whose value is the bias alone.
  SmallVector<int64_t> extra;
};
} // namespace

/// Pads of ConvTranspose where auto_pad or output_shape determine them.
static LogicalResult padTransposed(Node &node, Transposed &t,
                                   ArrayRef<int64_t> image) {
  Window &w = t.window;
  int64_t rank = w.rank();
  SmallVector<int64_t> wanted = node.getInts("output_shape");
  std::string autoPad = node.getString("auto_pad", "NOTSET");
  // It may be given with batch and channels or without.
  if (static_cast<int64_t>(wanted.size()) == rank + 2)
    wanted.erase(wanted.begin(), wanted.begin() + 2);
  if (autoPad == "VALID")
    w.pads.assign(2 * rank, 0);
  if (wanted.empty() && (autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER"))
    for (int64_t i = 0; i < rank; ++i)
      wanted.push_back(image[i] * w.strides[i]);
  if (wanted.empty())
    return success();
  if (static_cast<int64_t>(wanted.size()) != rank)
    return node.emitError() << "output_shape must have " << rank << " sizes";
  for (int64_t i = 0; i < rank; ++i) {
    int64_t full = (image[i] - 1) * w.strides[i] + w.extent(i) + t.extra[i];
    int64_t total = full - wanted[i];
    if (wanted[i] < 1)
      return node.emitError() << "output_shape must be positive";
    // More than the full size: the rest is the bias alone.
    if (total < 0) {
      t.extra[i] -= total;
      total = 0;
    }
    int64_t less = total / 2, more = total - less;
    // The larger half comes first, except in SAME_UPPER.
    bool isUpper = autoPad == "SAME_UPPER";
    w.pads[i] = isUpper ? less : more;
    w.pads[i + rank] = isUpper ? more : less;
  }
  return success();
}

static FailureOr<Transposed> readTransposed(Node &node) {
  ArrayRef<int64_t> image = node.shape(0).drop_front(2);
  auto window = readWindowAttrs(node, node.shape(1).drop_front(2));
  if (failed(window))
    return failure();
  Transposed t{*window, node.getInt("group", 1), {}};
  int64_t rank = window->rank();
  t.extra = node.getInts("output_padding", SmallVector<int64_t>(rank, 0));
  if (static_cast<int64_t>(t.extra.size()) != rank ||
      llvm::any_of(t.extra, [](int64_t e) { return e < 0 || e > INT32_MAX; }))
    return node.emitError()
           << "output_padding must be " << rank << " non-negative numbers";
  if (failed(padTransposed(node, t, image)))
    return failure();
  Shape shape = {node.shape(0)[0], node.shape(1)[1]};
  for (int64_t i = 0; i < rank; ++i) {
    Window &w = t.window;
    int64_t size = (image[i] - 1) * w.strides[i] + w.extent(i) + t.extra[i] -
                   w.pads[i] - w.pads[i + rank];
    if (size < 1 || image[i] < 1)
      return node.emitError() << "the result would be empty";
    w.output.push_back(size);
    shape.push_back(size);
  }
  // The image with zeros between its pixels is larger where much is cut off.
  Shape wide = {node.shape(0)[0], node.shape(0)[1]};
  for (int64_t i = 0; i < rank; ++i)
    wide.push_back((image[i] - 1) * window->strides[i] + 1);
  if (!node.checkShape(shape) || !node.checkShape(wide))
    return failure();
  t.window.makeTwoDimensional();
  if (t.extra.size() == 1)
    t.extra.insert(t.extra.begin(), 0);
  return t;
}

/// A kernel as large as the stride: every pixel becomes a block of its own, so
/// that a pointwise convolution computes all of them.
static Value makeDepthToSpaceConv(Node &node, Value image, Tensor &weights,
                                  Tensor *bias) {
  ArrayRef<int64_t> shape = weights.shape; // C, F, KH, KW
  int64_t f = shape[1], kh = shape[2], kw = shape[3];
  Tensor moved = transpose(node, weights, {0, 2, 3, 1});
  Tensor filter = reshape(node, moved, {1, 1, shape[0], kh * kw * f});
  Value bigBias;
  if (bias) {
    Tensor row = broadcast(node, *bias, {kh * kw, f});
    bigBias = reshape(node, node.materialize(row), {kh * kw * f});
  }
  Shape in(onnx_import::getShape(image));
  Window pointwise{{1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}, {in[1], in[2]}};
  Value conv = makeConv(node, image, node.materialize(filter), bigBias,
                        pointwise, /*groups=*/1);
  Value blocks = reshape(node, conv, {in[0], in[1], in[2], kh, kw, f});
  Value rows = transpose(node, blocks, {0, 1, 3, 2, 4, 5});
  return reshape(node, rows, {in[0], in[1] * kh, in[2] * kw, f});
}

/// The image with stride - 1 zeros between pixels.
static Value spread(Node &node, Value image, ArrayRef<int64_t> strides) {
  Shape in(onnx_import::getShape(image)), shape = in;
  for (int i = 0; i < 2; ++i)
    shape[1 + i] = (in[1 + i] - 1) * strides[i] + 1;
  if (shape == in)
    return image;
  auto type = RankedTensorType::get(shape, onnx_import::getElementType(image));
  Shape zeros(4, 0), steps = {1, strides[0], strides[1], 1};
  return tensor::InsertSliceOp::create(
      node.b, node.loc, image, node.splat(type, 0), ValueRange(), ValueRange(),
      ValueRange(), zeros, in, steps);
}

/// CxF/gxKHxKW weights as the flipped KHxKWxC/gxF filter.
static Tensor flipFilter(Node &node, Tensor &weights, int64_t groups) {
  int64_t c = weights.shape[0], f = weights.shape[1];
  int64_t kh = weights.shape[2], kw = weights.shape[3];
  Tensor split = reshape(node, weights, {groups, c / groups, f, kh, kw});
  Tensor moved = transpose(node, split, {3, 4, 1, 0, 2});
  Tensor merged = reshape(node, moved, {kh, kw, c / groups, groups * f});
  // Constants alone: strides of extract_slice cannot be negative.
  Shape strides = getStrides(merged.shape);
  int64_t offset = (kh - 1) * strides[0] + (kw - 1) * strides[1];
  strides[0] = -strides[0];
  strides[1] = -strides[1];
  return copyStrided(merged, merged.shape, offset, strides);
}

/// The general case: an ordinary convolution of the spread image.
static Value makeSpreadConv(Node &node, const Transposed &t, Value image,
                            Tensor &weights, Tensor *bias) {
  const Window &w = t.window;
  Tensor filter = flipFilter(node, weights, t.groups);
  Window ordinary{w.kernel, {1, 1}, w.dilations, SmallVector<int64_t>(4), {}};
  // Negative pads of the ordinary convolution are cut off its result.
  SmallVector<int64_t> offsets(4, 0), sizes = {onnx_import::getShape(image)[0]};
  image = spread(node, image, w.strides);
  for (int i = 0; i < 2; ++i) {
    int64_t before = w.extent(i) - 1 - w.pads[i];
    int64_t after = w.extent(i) - 1 - w.pads[i + 2] + t.extra[i];
    ordinary.pads[i] = std::max<int64_t>(before, 0);
    ordinary.pads[i + 2] = std::max<int64_t>(after, 0);
    offsets[1 + i] = std::max<int64_t>(-before, 0);
    sizes.push_back(w.output[i]);
    ordinary.output.push_back(onnx_import::getShape(image)[1 + i] +
                              ordinary.pads[i] + ordinary.pads[i + 2] -
                              w.extent(i) + 1);
  }
  sizes.push_back(filter.shape[3]);
  Value biasValue = bias ? node.materialize(*bias) : Value();
  Value conv = makeConv(node, image, node.materialize(filter), biasValue,
                        ordinary, t.groups);
  Tensor all =
      Tensor::runtime(node.in(0).type, onnx_import::getShape(conv), conv);
  Tensor cut = slice(node, all, offsets, sizes, SmallVector<int64_t>(4, 1));
  return cut.value;
}

static LogicalResult importConvTranspose(Node &node) {
  int64_t groups = node.getInt("group", 1);
  if (!node.requireRank(1, 3, 4))
    return failure();
  if (groups < 1 || node.shape(1)[1] > INT32_MAX / groups)
    return node.emitError() << "weights of shape " << toString(node.shape(1))
                            << " cannot be those of " << groups << " groups";
  if (failed(checkOperands(node, node.shape(1)[1] * groups)))
    return failure();
  if (node.shape(0)[1] != node.shape(1)[0] || node.shape(1)[0] < 1 ||
      node.shape(1)[1] < 1 || node.shape(0)[1] % groups != 0)
    return node.emitError() << "weights of shape " << toString(node.shape(1))
                            << " do not fit an input of " << node.shape(0)[1]
                            << " channels in " << groups << " groups";
  auto t = readTransposed(node);
  if (failed(t))
    return failure();
  Tensor weights = node.in(1);
  if (weights.rank() == 3) {
    Shape shape = weights.shape;
    shape.insert(shape.begin() + 2, 1);
    weights = reshape(node, weights, shape);
  }
  Tensor *bias = node.hasInput(2) ? &node.in(2) : nullptr;
  Value image = toImage(node, node.value(0));
  const Window &w = t->window;
  bool isBlockwise =
      groups == 1 && w.kernel == w.strides &&
      llvm::all_of(w.dilations, [](int64_t d) { return d == 1; }) &&
      llvm::all_of(w.pads, [](int64_t p) { return p == 0; }) &&
      llvm::all_of(t->extra, [](int64_t e) { return e == 0; });
  if (!isBlockwise && !node.requireConstant(1, "the filter"))
    return failure();
  Value result = isBlockwise ? makeDepthToSpaceConv(node, image, weights, bias)
                             : makeSpreadConv(node, *t, image, weights, bias);
  node.set(0, fromImage(node, result, node.in(0).rank()));
  return success();
}

static const Handler handlers[] = {
    {"Conv", 2, 3, "auto_pad dilations group kernel_shape pads strides",
     importConv},
    {"FusedConv", 2, 4,
     "activation activation_params auto_pad dilations group kernel_shape pads "
     "strides",
     importFusedConv, "com.microsoft"},
    {"ConvTranspose", 2, 3,
     "auto_pad dilations group kernel_shape output_padding output_shape pads "
     "strides",
     importConvTranspose},
};

ArrayRef<Handler> onnx_import::getConvolutionHandlers() { return handlers; }
