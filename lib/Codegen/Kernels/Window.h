//===- Window.h - Windows that reach beyond their image --------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Padding that is not in memory: what a window reads there is left out. Windows
// of which the place is only known at run time leave out taps by the bounds of
// their loop; others say for each tap whether it is there.
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_KERNELS_WINDOW_H
#define HSWISH_LIB_CODEGEN_KERNELS_WINDOW_H

#include "Machine.h"
#include "TileBuilder.h"

namespace hswish {

/// One dimension of a window.
struct WindowDim {
  int64_t stride, dilation, taps;
  int64_t low, high; ///< padding
  Size size;         ///< of the image

  /// The rows (0) or columns (1) of a convolution.
  static WindowDim get(TileBuilder &t, Conv2DOp op, int dim);

  bool isPadded() const { return low != 0 || high != 0; }
  /// The first of `outputs` whose window is inside the image, and the first
  /// after it whose window is not.
  std::pair<Size, Size> getInside(TileBuilder &t, const Size &outputs) const;
  /// Where the window of `output` starts in the image.
  Index getStart(TileBuilder &t, Index output) const {
    return t.add(t.scale(output, stride), -low);
  }
  /// Whether the image, of a constant size, has nothing `distance` from
  /// `start`, which is inside unless it is a constant.
  bool isOutside(Index start, int64_t distance) const;
  /// A loop over the taps of the window at `start` that are inside the image.
  llvm::SmallVector<mlir::Value> loop(TileBuilder &t, Index start,
                                      mlir::ValueRange inits,
                                      TileBuilder::ReductionBody body) const;
};

/// The sizes of the image that `op` reads, where its result has `outputs`: the
/// same values where the op says so.
llvm::SmallVector<Size> getImageSizes(TileBuilder &t, Conv2DOp op,
                                      llvm::ArrayRef<Size> outputs);

/// Whether each input channel of `op` is a group of its own, which vectors of
/// output channels can repeat.
bool isOneChannelAGroup(Conv2DOp op, const Machine &machine);

} // namespace hswish

#endif // HSWISH_LIB_CODEGEN_KERNELS_WINDOW_H
