//===- Chain.h - Convolutions that read each other --------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_LINEBUFFERS_CHAIN_H
#define HSWISH_LIB_CODEGEN_LINEBUFFERS_CHAIN_H

#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace hswish {

/// An image that one convolution writes and the next one reads: a buffer, and
/// where in it the result is. The rest is border.
struct StripImage {
  mlir::memref::AllocOp buffer;
  FillBorderOp border;
  int64_t top = 0, left = 0;
  /// What the reader pads the buffer with: [top, left, bottom, right]. A band
  /// has that in memory.
  llvm::SmallVector<int64_t> pads = {0, 0, 0, 0};
  /// Somebody else reads it, too: it has to become whole.
  bool isShared = false;

  bool isPadded() const {
    return llvm::any_of(pads, [](int64_t pad) { return pad != 0; });
  }
};

/// One convolution of a chain, and what it writes. The image of the last one is
/// not looked at.
struct StripStage {
  Conv2DOp op;
  StripImage image;
};

int64_t getNumBytes(mlir::Value memref);

/// What `op` writes, if that is the inside of a buffer on its own.
mlir::FailureOr<StripImage> getImage(Conv2DOp op);

/// Whether more than the two convolutions and the border use the image.
bool isShared(StripImage image, Conv2DOp op, Conv2DOp next);

/// Lets bands have the border that `next` pads the image with itself, if it
/// does.
mlir::LogicalResult padImage(StripImage &image, Conv2DOp next);

/// What follows `op` with nothing but preparations between.
mlir::Operation *getNextLayer(mlir::Operation *op);

/// The same, if it is a convolution that can be part of a chain.
Conv2DOp getNextConv(Conv2DOp op);

/// Whether `next` leaves alone what the stages have still to read.
bool keepsOperands(llvm::ArrayRef<StripStage> chain, Conv2DOp next);

} // namespace hswish

#endif // HSWISH_LIB_CODEGEN_LINEBUFFERS_CHAIN_H
