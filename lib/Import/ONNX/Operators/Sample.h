//===- Sample.h - Tensors sampled along an axis -----------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_IMPORT_ONNX_OPERATORS_SAMPLE_H
#define HSWISH_LIB_IMPORT_ONNX_OPERATORS_SAMPLE_H

#include "../Node.h"

namespace hswish::onnx_import {

/// A sampled axis may have so many elements: each is an entry of a table.
inline constexpr int64_t kMaxSamples = 1 << 24;

/// Which elements of an axis make an element of the sampled axis: the sum over
/// all taps of weight times element. A single tap without weights copies.
struct Taps {
  /// One list a tap, one entry an element of the result.
  llvm::SmallVector<llvm::SmallVector<int64_t>> indices;
  llvm::SmallVector<llvm::SmallVector<double>> weights;

  int64_t size() const { return indices.front().size(); }
};

/// Replaces an axis by one sampled from it: result[…, o, …] =
/// sum over t of weights[t][o] * value[…, indices[t][o], …].
mlir::Value sample(Node &node, mlir::Value value, int64_t axis,
                   const Taps &taps);

/// Takes elements of an axis.
Tensor take(Node &node, Tensor &tensor, int64_t axis,
            llvm::ArrayRef<int64_t> indices);

} // namespace hswish::onnx_import

#endif // HSWISH_LIB_IMPORT_ONNX_OPERATORS_SAMPLE_H
