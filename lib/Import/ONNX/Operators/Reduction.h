//===- Reduction.h - Reductions over axes -----------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_IMPORT_ONNX_OPERATORS_REDUCTION_H
#define HSWISH_LIB_IMPORT_ONNX_OPERATORS_REDUCTION_H

#include "../Node.h"

namespace hswish::onnx_import {

enum class Reduction { Sum, Product, Max, Min };

/// Reduces a value over axes, which are kept with size 1 or dropped.
mlir::Value reduce(Node &node, mlir::Value value, llvm::ArrayRef<int64_t> axes,
                   Reduction kind, bool keepDims, bool isUnsigned = false);
/// The average of floats over axes.
mlir::Value makeMean(Node &node, mlir::Value value,
                     llvm::ArrayRef<int64_t> axes, bool keepDims);
/// Repeats a value with dimensions of size 1.
mlir::Value spreadTo(Node &node, mlir::Value value,
                     llvm::ArrayRef<int64_t> shape);

} // namespace hswish::onnx_import

#endif // HSWISH_LIB_IMPORT_ONNX_OPERATORS_REDUCTION_H
