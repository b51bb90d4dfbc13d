//===- Contraction.h - Sums over channels and taps -*- C++ -* ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_KERNELS_CONTRACTION_CONTRACTION_H
#define HSWISH_LIB_CODEGEN_KERNELS_CONTRACTION_CONTRACTION_H

#include "../KernelFamily.h"

namespace hswish::contraction {

/// A window's taps are steps of one reduction.
inline constexpr llvm::StringLiteral kDirect = "direct";
/// A matrix product for each group of channels.
inline constexpr llvm::StringLiteral kPointwise = "pointwise";
/// A matrix product of one row.
inline constexpr llvm::StringLiteral kGemv = "gemv";

/// A sum over `steps` for every one of `rows` x `rowLength` output pixels and
/// `channels` output channels; a tile stays within a row of pixels.
struct ContractionShape {
  int64_t rows, rowLength, steps, channels;
  bool isDirect;             ///< the steps go over the taps of a window
  int64_t inputChannels = 1; ///< of one tap
};

/// The `count` best strategies of what fits into registers.
Strategies choose(mlir::MLIRContext *context, const Machine &machine,
                  const ContractionShape &shape, size_t count);

/// Builds the loops that compute `op` before it; fails if the layout of an
/// operand has no strides.
llvm::LogicalResult emit(Conv2DOp op);
llvm::LogicalResult emit(MatmulOp op);

} // namespace hswish::contraction

#endif // HSWISH_LIB_CODEGEN_KERNELS_CONTRACTION_CONTRACTION_H
