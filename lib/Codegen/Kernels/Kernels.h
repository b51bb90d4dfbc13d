//===- Kernels.h - The kernel families -*- C++ -*--------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_KERNELS_KERNELS_H
#define HSWISH_LIB_CODEGEN_KERNELS_KERNELS_H

#include "hswish/IR/HSwish.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace hswish {

// Each builds, before the op, the loops that do its work on memory as its
// `strategy` says, and fails if the layout of an operand is not static.

/// Pointwise and direct convolutions, any strides, dilations and groups.
mlir::LogicalResult emitContraction(Conv2DOp op);
/// Matrix products; with one row, matrix times vector.
mlir::LogicalResult emitContraction(MatmulOp op);
mlir::LogicalResult emitDepthwise(Conv2DOp op);
/// Convolutions with few output channels a group.
mlir::LogicalResult emitDot(Conv2DOp op);
mlir::LogicalResult emitPool(Pool2DOp op);
mlir::LogicalResult emitFillBorder(FillBorderOp op);

/// Elementwise ops with broadcasts, on memory of any size. Fails without having
/// built anything that is used if it cannot.
mlir::LogicalResult emitElementwise(mlir::linalg::GenericOp op);

/// Transposes that turn planes of two to four channels into pixels. Fails
/// without having built anything that is used if it cannot.
mlir::LogicalResult emitInterleave(mlir::linalg::TransposeOp op);

/// Sums and products of floats along dimensions of the operands of a
/// linalg.generic or linalg.reduce, in the order of SumOrder.h. Fails if `op`
/// is something else.
mlir::LogicalResult emitReduce(mlir::linalg::LinalgOp op);

} // namespace hswish

#endif // HSWISH_LIB_CODEGEN_KERNELS_KERNELS_H
