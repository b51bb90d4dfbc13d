//===- HSwishToArith.h - Activations to ReLU6 arithmetic -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_CONVERSION_HSWISHTOARITH_H
#define HSWISH_CONVERSION_HSWISHTOARITH_H

namespace mlir {
class RewritePatternSet;
} // namespace mlir

namespace hswish {

/// How a clamp is written; all forms give the same bits.
enum class ClampForm {
  Target, ///< Whatever is best for the op's target.
  Select, ///< A compare and a select: one instruction on x86.
  Ieee,   ///< maximumf and minimumf: one instruction on AArch64.
};

/// Patterns that expand the activations and their gradients into arith and
/// math, on scalars, vectors and tensors.
void populateHSwishToArithPatterns(mlir::RewritePatternSet &patterns,
                                   ClampForm clamp = ClampForm::Target);

/// Patterns for quantised activations on scalars and vectors: a table for 8
/// bits, integer arithmetic for 16. A table that does not fit into registers is
/// a global of the closest symbol table, which only who may change that one
/// should allow.
void populateQuantizedToArithPatterns(mlir::RewritePatternSet &patterns,
                                      bool mayAddGlobals);

} // namespace hswish

#endif // HSWISH_CONVERSION_HSWISHTOARITH_H
