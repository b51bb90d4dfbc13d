//===- Pooling.cpp - Pooling --------------------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Handlers.h"
#include "Math.h"
#include "Window.h"

#include "hswish/IR/HSwish.h"

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

static Value makePool(Node &node, Value image, const Window &window,
                      PoolKind kind) {
  OpBuilder &b = node.b;
  ArrayRef<int64_t> in = onnx_import::getShape(image);
  Value init = node.empty({in[0], window.output[0], window.output[1], in[3]},
                          onnx_import::getElementType(image));
  return Pool2DOp::create(b, node.loc, init.getType(), image, init, kind,
                          b.getDenseI64ArrayAttr(window.kernel),
                          b.getDenseI64ArrayAttr(window.strides),
                          b.getDenseI64ArrayAttr(window.dilations),
                          b.getDenseI64ArrayAttr(window.pads), StrategyAttr())
      .getResult(0);
}

static LogicalResult importPool(Node &node) {
  bool isMax = node.getOp() == "MaxPool";
  DType type = node.in(0).type;
  bool isOfBytes = type == DType::I8 || type == DType::UI8;
  if ((!(isMax && isOfBytes) && !node.requireFloat(0)) ||
      !node.requireRank(0, 3, 4))
    return failure();
  if (node.wantsOutput(1))
    return node.emitError() << "the indices of maxima are not supported";
  SmallVector<int64_t> kernel = node.getInts("kernel_shape");
  ArrayRef<int64_t> image = node.shape(0).drop_front(2);
  if (kernel.size() != image.size())
    return node.emitError()
           << "kernel_shape must have " << image.size() << " sizes";
  auto window = readWindow(node, image, kernel);
  if (failed(window))
    return failure();
  for (unsigned i = 0; i < window->pads.size(); ++i)
    if (window->pads[i] >= window->extent(i % image.size()))
      return node.emitError() << "pads must be smaller than the window";
  window->makeTwoDimensional();
  bool includesPad = node.getInt("count_include_pad", 0) != 0;
  PoolKind kind = isMax         ? PoolKind::Max
                  : includesPad ? PoolKind::AverageIncludePad
                                : PoolKind::Average;
  Shape shape = {node.shape(0)[0], node.shape(0)[1], window->output[0],
                 window->output[1]};
  if (!node.checkShape(shape))
    return failure();
  // f32 has all bytes.
  Tensor input =
      onnx_import::cast(node, node.in(0), isOfBytes ? DType::F32 : type);
  Value pixels = toImage(node, node.materialize(input));
  Value pooled = makePool(node, pixels, *window, kind);
  Value value = fromImage(node, pooled, node.in(0).rank());
  Tensor result =
      Tensor::runtime(input.type, onnx_import::getShape(value), value);
  node.set(0, onnx_import::cast(node, result, type));
  return success();
}

/// Over all spatial dimensions, however many there are.
static LogicalResult importGlobalPool(Node &node) {
  if (!node.requireFloat(0) || !node.requireRank(0, 3, 64))
    return failure();
  ArrayRef<int64_t> in = node.shape(0);
  Shape out(in.size(), 1), image(in);
  out[0] = in[0];
  out[1] = in[1];
  if (in.size() != 4) {
    int64_t pixels = *countElements(in.drop_front(2));
    image = {in[0], in[1], 1, pixels};
  }
  if (image[2] < 1 || image[3] < 1)
    return node.emitError() << "the image is empty";
  Window window{{image[2], image[3]}, {1, 1}, {1, 1}, {0, 0, 0, 0}, {1, 1}};
  PoolKind kind =
      node.getOp() == "GlobalMaxPool" ? PoolKind::Max : PoolKind::Average;
  Value pooled = makePool(
      node, toImage(node, reshape(node, node.value(0), image)), window, kind);
  node.set(0, reshape(node, fromImage(node, pooled, 4), out));
  return success();
}

Value onnx_import::makeGlobalAverage(Node &node, Value value) {
  ArrayRef<int64_t> in = onnx_import::getShape(value);
  Window window{{in[2], in[3]}, {1, 1}, {1, 1}, {0, 0, 0, 0}, {1, 1}};
  Value pooled =
      makePool(node, toImage(node, value), window, PoolKind::Average);
  return fromImage(node, pooled, 4);
}

static const Handler handlers[] = {
    {"AveragePool", 1, 1,
     "auto_pad ceil_mode count_include_pad dilations kernel_shape pads strides",
     importPool},
    {"GlobalAveragePool", 1, 1, "", importGlobalPool},
    {"GlobalMaxPool", 1, 1, "", importGlobalPool},
    {"MaxPool", 1, 1,
     "auto_pad ceil_mode dilations kernel_shape pads storage_order strides",
     importPool},
};

ArrayRef<Handler> onnx_import::getPoolingHandlers() { return handlers; }
