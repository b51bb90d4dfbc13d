//===- Broadcast.h - Broadcasts of tensors ----------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_IR_BROADCAST_H
#define HSWISH_IR_BROADCAST_H

#include "mlir/IR/Builders.h"

namespace hswish {

/// Repeats `value` to `shape` as NumPy does: dimensions are matched from the
/// last one, those of size 1 or missing are repeated. A `linalg.generic` that
/// only yields; its input map has dimensions and the constant 0. Both shapes
/// are static.
mlir::Value createBroadcast(mlir::OpBuilder &b, mlir::Location loc,
                            mlir::Value value, llvm::ArrayRef<int64_t> shape);

/// The map of the input of such a broadcast: from indices of `shape` to
/// indices of a tensor of shape `from`.
mlir::AffineMap getBroadcastMap(llvm::ArrayRef<int64_t> from,
                                llvm::ArrayRef<int64_t> shape,
                                mlir::MLIRContext *context);

/// `number` in all elements of something of `like`'s type: a scalar, a vector,
/// or a tensor, whose dynamic dimensions are asked for.
mlir::Value createSplat(mlir::OpBuilder &b, mlir::Location loc, double number,
                        mlir::Value like);

} // namespace hswish

#endif // HSWISH_IR_BROADCAST_H
