//===- Depthwise.h - Depthwise convolution -*- C++ -* --------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_KERNELS_DEPTHWISE_DEPTHWISE_H
#define HSWISH_LIB_CODEGEN_KERNELS_DEPTHWISE_DEPTHWISE_H

#include "../KernelFamily.h"

namespace hswish::depthwise {

inline constexpr llvm::StringLiteral kDepthwise = "depthwise";

/// A filter of [height, width] that moves by `strides` over one channel.
struct WindowShape {
  int64_t rows, columns; ///< of the output
  int64_t height, width;
  int64_t rowStride, columnStride;
  int64_t channels;
  bool isPadded = false;  ///< tiles at the border have code of their own
  int64_t multiplier = 1; ///< output channels of one input channel
};

/// The `count` best strategies. A tile with one row is a loop over the rows of
/// the filter; one with several rows reads inputs that they share once, and has
/// code for all taps.
Strategies choose(mlir::MLIRContext *context, const Machine &machine,
                  const WindowShape &shape, size_t count);

/// Builds the loops that compute `op` before it; fails if the layout of an
/// operand is not static.
llvm::LogicalResult emit(Conv2DOp op);

} // namespace hswish::depthwise

#endif // HSWISH_LIB_CODEGEN_KERNELS_DEPTHWISE_DEPTHWISE_H
