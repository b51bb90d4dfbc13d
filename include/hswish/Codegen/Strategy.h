//===- Strategy.h - Which kernel, which tile -*- C++ -*--------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_CODEGEN_STRATEGY_H
#define HSWISH_CODEGEN_STRATEGY_H

#include "hswish/IR/HSwish.h"

namespace hswish {

/// What the choice of a tile depends on.
struct Machine {
  int64_t vector;    ///< elements in a register
  int64_t bytes;     ///< of an element
  int64_t registers; ///< vector registers
  int64_t l1, l2;    ///< data caches, bytes
  bool fma;          ///< a multiplication and an addition are one instruction
  bool lanes;        ///< multiplies by one lane of a register (NEON)
  /// 512 bits are two halves, and narrower vectors take half the time.
  bool halves;
  int64_t threads = 1; ///< that share the tiles of an op

  /// The machine of `target`, for elements of `bits` bits.
  static Machine get(TargetAttr target, unsigned bits);
};

/// A sum over `steps` for every one of `rows` x `rowLength` output pixels and
/// `channels` output channels; a tile stays within a row of pixels.
struct ContractionShape {
  int64_t rows, rowLength, steps, channels;
  bool isDirect;             ///< the steps go over the taps of a window
  int64_t inputChannels = 1; ///< of one tap
};

/// Whether `op` is a matrix product for each of its groups. (By lanes, those of
/// several groups have no register left for where they are.)
bool isPointwise(Conv2DOp op, const Machine &machine);

/// Whether each input channel of `op` is a group of its own, and the depthwise
/// kernel can repeat it in a vector for all of its output channels.
bool isDepthwiseMultiple(Conv2DOp op, const Machine &machine);

/// Whether vectors can be steps of such a reduction.
bool canBeDot(const Machine &machine, const ContractionShape &shape);

/// A filter of [height, width] that moves by `strides` over one channel.
struct WindowShape {
  int64_t rows, columns; ///< of the output
  int64_t height, width;
  int64_t rowStride, columnStride;
  int64_t channels;
  bool isPadded = false;  ///< tiles at the border have code of their own
  int64_t multiplier = 1; ///< output channels of one input channel
};

/// Strategies, the one with the least estimated time first.
using Strategies = llvm::SmallVector<StrategyAttr>;

/// The `count` best strategies of what fits into registers.
Strategies chooseContraction(mlir::MLIRContext *context, const Machine &machine,
                             const ContractionShape &shape, size_t count = 1);
/// The strategy by which vectors are steps of the reduction; null where vectors
/// of output channels take less time.
StrategyAttr chooseDot(mlir::MLIRContext *context, const Machine &machine,
                       const ContractionShape &shape);
/// A tile with one row is a loop over the rows of the filter; one with several
/// rows reads inputs that they share once, and has code for all taps.
Strategies chooseDepthwise(mlir::MLIRContext *context, const Machine &machine,
                           const WindowShape &shape, size_t count = 1);
Strategies choosePool(mlir::MLIRContext *context, const Machine &machine,
                      const WindowShape &shape, size_t count = 1);

/// The `count` best strategies for a structured op that `threads` share; none
/// if no kernel can compute it.
Strategies chooseStrategies(mlir::Operation *op, size_t count,
                            int64_t threads = 1);

} // namespace hswish

#endif // HSWISH_CODEGEN_STRATEGY_H
