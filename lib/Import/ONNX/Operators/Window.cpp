//===- Window.cpp - Windows over images ---------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Window.h"

#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

/// Sizes of windows stay far from where their products overflow.
static constexpr int64_t kMaxWindow = int64_t(1) << 31;

void Window::makeTwoDimensional() {
  if (rank() != 1)
    return;
  kernel.insert(kernel.begin(), 1);
  strides.insert(strides.begin(), 1);
  dilations.insert(dilations.begin(), 1);
  output.insert(output.begin(), 1);
  pads = {0, pads[0], 0, pads[1]};
}

FailureOr<Window> onnx_import::readWindowAttrs(Node &node,
                                               ArrayRef<int64_t> kernel) {
  size_t rank = kernel.size();
  Window window;
  window.kernel.assign(kernel.begin(), kernel.end());
  window.strides = node.getInts("strides", SmallVector<int64_t>(rank, 1));
  window.dilations = node.getInts("dilations", SmallVector<int64_t>(rank, 1));
  window.pads = node.getInts("pads", SmallVector<int64_t>(2 * rank, 0));
  auto check = [&](ArrayRef<int64_t> values, StringRef name, size_t size,
                   int64_t least) -> LogicalResult {
    if (values.size() == size && llvm::all_of(values, [&](int64_t value) {
          return value >= least && value < kMaxWindow;
        }))
      return success();
    return node.emitError() << name << " must be " << size << " numbers from "
                            << least << " to " << kMaxWindow - 1;
  };
  if (failed(check(window.kernel, "kernel_shape", rank, 1)) ||
      failed(check(window.strides, "strides", rank, 1)) ||
      failed(check(window.dilations, "dilations", rank, 1)) ||
      failed(check(window.pads, "pads", 2 * rank, 0)))
    return failure();
  for (size_t i = 0; i < rank; ++i)
    if (window.kernel[i] > kMaxWindow / window.dilations[i])
      return node.emitError() << "the dilated window is too large";
  return window;
}

/// Pads so that the output has ceil(image / stride) pixels.
static void padToSame(Window &window, ArrayRef<int64_t> image, bool isUpper) {
  for (int64_t i = 0, rank = window.rank(); i < rank; ++i) {
    int64_t steps = llvm::divideCeilSigned(image[i], window.strides[i]);
    int64_t needed =
        (steps - 1) * window.strides[i] + window.extent(i) - image[i];
    needed = std::max<int64_t>(needed, 0);
    int64_t less = needed / 2, more = needed - less;
    window.pads[i] = isUpper ? less : more;
    window.pads[i + rank] = isUpper ? more : less;
  }
}

FailureOr<Window> onnx_import::readWindow(Node &node, ArrayRef<int64_t> image,
                                          ArrayRef<int64_t> kernel) {
  auto window = readWindowAttrs(node, kernel);
  if (failed(window))
    return failure();
  std::string autoPad = node.getString("auto_pad", "NOTSET");
  if (autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER")
    padToSame(*window, image, autoPad == "SAME_UPPER");
  else if (autoPad == "VALID")
    window->pads.assign(2 * kernel.size(), 0);
  else if (autoPad != "NOTSET" && !autoPad.empty())
    return node.emitError() << "auto_pad '" << autoPad << "' is not known";

  bool roundUp = node.getInt("ceil_mode", 0) != 0;
  for (int64_t i = 0, rank = window->rank(); i < rank; ++i) {
    int64_t pad = window->pads[i] + window->pads[i + rank];
    int64_t stride = window->strides[i];
    int64_t room = image[i] + pad - window->extent(i);
    // Rounded up, a window that the image ends in is one, too.
    int64_t steps = roundUp ? llvm::divideCeilSigned(room, stride)
                            : llvm::divideFloorSigned(room, stride);
    // The last window must start inside of the image or its left padding.
    if (roundUp && steps * stride >= image[i] + window->pads[i])
      --steps;
    if (steps < 0 || image[i] < 1)
      return node.emitError()
             << "the window reaches over " << window->extent(i)
             << " pixels, but the padded image has " << image[i] + pad;
    window->output.push_back(steps + 1);
  }
  return window;
}

Value onnx_import::toImage(Node &node, Value value) {
  Shape shape(onnx_import::getShape(value));
  if (shape.size() == 3) {
    shape.insert(shape.begin() + 2, 1);
    value = reshape(node, value, shape);
  }
  return transpose(node, value, {0, 2, 3, 1});
}

Value onnx_import::fromImage(Node &node, Value image, int64_t rank) {
  Value value = transpose(node, image, {0, 3, 1, 2});
  if (rank == 4)
    return value;
  Shape shape(onnx_import::getShape(value));
  shape.erase(shape.begin() + 2);
  return reshape(node, value, shape);
}

Value onnx_import::makeConv(Node &node, Value image, Value filter, Value bias,
                            const Window &window, int64_t groups) {
  OpBuilder &b = node.b;
  Shape shape = {onnx_import::getShape(image)[0], window.output[0],
                 window.output[1], onnx_import::getShape(filter)[3]};
  Value init = node.empty(shape, onnx_import::getElementType(image));
  auto conv = Conv2DOp::create(b, node.loc, image, filter, init, window.strides,
                               window.dilations, window.pads, groups);
  if (bias) {
    conv.getExtrasMutable().append(bias);
    AffineMap channel = AffineMap::get(4, 0, b.getAffineDimExpr(3));
    conv.setEpilogueMapsAttr(b.getAffineMapArrayAttr(channel));
    Block &block = conv.getEpilogueBlock();
    Value term = block.addArgument(onnx_import::getElementType(bias), node.loc);
    OpBuilder::InsertionGuard guard(b);
    Operation *yield = block.getTerminator();
    b.setInsertionPoint(yield);
    yield->setOperand(
        0, arith::AddFOp::create(b, node.loc, yield->getOperand(0), term));
  }
  return conv.getResult(0);
}
