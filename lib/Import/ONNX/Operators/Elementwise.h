//===- Elementwise.h - Operators on each element -*- C++ -*----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_IMPORT_ONNX_OPERATORS_ELEMENTWISE_H
#define HSWISH_LIB_IMPORT_ONNX_OPERATORS_ELEMENTWISE_H

#include "Math.h"

namespace hswish::onnx_import {

template <typename Number>
using Eval2 = Number (*)(Number, Number);
template <typename Number>
using Eval1 = Number (*)(Number);
using Make = mlir::Value (*)(Math, mlir::ValueRange);

/// An operator of two operands: how it is made, and how it is computed of
/// constants.
struct Binary {
  llvm::StringLiteral op;
  Make makeFloat, makeInt, makeUnsigned;
  Eval2<double> evalFloat;
  Eval2<int64_t> evalInt;
  bool isPredicate = false;
  /// Where ui64 is not the same as i64.
  Eval2<uint64_t> evalUnsigned = nullptr;
};

/// The one op that computes it.
template <typename Op>
mlir::Value make(Math m, mlir::ValueRange operands) {
  return m.make<Op>(operands);
}

/// The operator that ONNX calls `name`.
const Binary &getBinary(llvm::StringRef name);

/// Applies `op` to operands that are broadcast to one shape; constants are
/// folded.
mlir::FailureOr<Tensor> applyBinary(Node &node, const Binary &op, Tensor &lhs,
                                    Tensor &rhs);

} // namespace hswish::onnx_import

#endif // HSWISH_LIB_IMPORT_ONNX_OPERATORS_ELEMENTWISE_H
