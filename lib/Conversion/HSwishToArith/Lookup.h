//===- Lookup.h - Tables in registers or in memory -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CONVERSION_HSWISHTOARITH_LOOKUP_H
#define HSWISH_LIB_CONVERSION_HSWISHTOARITH_LOOKUP_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/APInt.h"

namespace hswish {

/// Applies `compute` to pieces of `lanes` elements of a vector of one
/// dimension, the last of which may be filled up with poison, and puts the
/// results, of the same type, together.
mlir::Value mapPieces(mlir::OpBuilder &b, mlir::Location loc, mlir::Value x,
                      int64_t lanes,
                      llvm::function_ref<mlir::Value(mlir::Value)> compute);

/// The entries of `table` at `codes`, a scalar or a vector of one dimension,
/// as unsigned numbers: of 8 bits in registers where the target of `op` can do
/// that, otherwise in memory. That takes a global, which fails unless
/// `mayAddGlobals`.
mlir::FailureOr<mlir::Value> lookUp(mlir::OpBuilder &b, mlir::Operation *op,
                                    mlir::Value codes,
                                    llvm::ArrayRef<llvm::APInt> table,
                                    bool mayAddGlobals);

} // namespace hswish

#endif // HSWISH_LIB_CONVERSION_HSWISHTOARITH_LOOKUP_H
