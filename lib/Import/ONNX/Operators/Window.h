//===- Window.h - Windows over images ---------------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_IMPORT_ONNX_OPERATORS_WINDOW_H
#define HSWISH_LIB_IMPORT_ONNX_OPERATORS_WINDOW_H

#include "../Node.h"

namespace hswish::onnx_import {

/// What convolutions and poolings share: a window that steps over the spatial
/// dimensions. One entry a dimension; `pads` has all begins, then all ends.
struct Window {
  llvm::SmallVector<int64_t> kernel, strides, dilations, pads;
  /// Numbers of steps.
  llvm::SmallVector<int64_t> output;

  int64_t rank() const { return kernel.size(); }
  /// Pixels that the window reaches over.
  int64_t extent(unsigned i) const {
    return (kernel[i] - 1) * dilations[i] + 1;
  }
  /// An image of one dimension as one of two, of height 1.
  void makeTwoDimensional();
};

/// Reads strides, dilations, pads and auto_pad, and computes the output size
/// over an image of the given spatial sizes.
mlir::FailureOr<Window> readWindow(Node &node, llvm::ArrayRef<int64_t> image,
                                   llvm::ArrayRef<int64_t> kernel);

/// Reads strides, dilations and pads alone, checked.
mlir::FailureOr<Window> readWindowAttrs(Node &node,
                                        llvm::ArrayRef<int64_t> kernel);

/// An NCHW or NCW value as NHWC.
mlir::Value toImage(Node &node, mlir::Value value);
/// An NHWC value as NCHW, or NCW if `rank` is 3.
mlir::Value fromImage(Node &node, mlir::Value image, int64_t rank);

/// A convolution of NHWC images, with a bias over channels if it is not null.
mlir::Value makeConv(Node &node, mlir::Value image, mlir::Value filter,
                     mlir::Value bias, const Window &window, int64_t groups);

/// The average of an NCHW value over H and W, as NC11.
mlir::Value makeGlobalAverage(Node &node, mlir::Value value);

} // namespace hswish::onnx_import

#endif // HSWISH_LIB_IMPORT_ONNX_OPERATORS_WINDOW_H
