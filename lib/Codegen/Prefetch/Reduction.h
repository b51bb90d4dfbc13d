//===- Reduction.h - The reductions of kernels, and their steps -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_PREFETCH_REDUCTION_H
#define HSWISH_LIB_CODEGEN_PREFETCH_REDUCTION_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace hswish {

/// A loop around a reduction, from `lower` on.
struct Trips {
  mlir::Value iv, lower, step;
  int64_t count;
  bool isExact; ///< Now and then there may be more if not.
};

/// The reduction of a kernel in which most of its multiply-adds are.
struct Reduction {
  mlir::scf::ForOp loop;
  /// The loops around it, the innermost first, and it itself.
  llvm::SmallVector<Trips> around;
  int64_t iterations = 0, bitsPerIteration = 0;

  int64_t getBits() const { return iterations * bitsPerIteration; }
  /// `start`, and `step` more for each step there was before this reduction.
  mlir::Value advance(mlir::OpBuilder &b, mlir::Value start,
                      mlir::Value step) const;
};

/// One without a loop if how often it runs is not known of any.
Reduction findReduction(mlir::func::FuncOp kernel);

} // namespace hswish

#endif // HSWISH_LIB_CODEGEN_PREFETCH_REDUCTION_H
