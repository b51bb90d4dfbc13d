//===- Evaluator.h - What ops on tensors mean, in f64 -----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_REFERENCE_EVALUATOR_H
#define HSWISH_REFERENCE_EVALUATOR_H

#include "hswish/Reference/Numbers.h"

#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"

namespace hswish {

/// Computes ops on tensors of static shape one by one, with nothing that the
/// code generator uses: every result is a number with the bound of what code
/// for it may differ by.
class Evaluator {
public:
  /// Weights may have been rounded to f16 where they are multiplied.
  explicit Evaluator(bool narrowWeights = false)
      : narrowWeights(narrowWeights) {}

  void set(mlir::Value value, NumberTensor tensor) {
    tensors[value] = std::move(tensor);
  }
  /// Null if the value is not known.
  const NumberTensor *lookup(mlir::Value value) const;
  /// Forgets a value that nobody needs any more.
  void erase(mlir::Value value) { tensors.erase(value); }

  /// Computes the results of `op`; fails if it does not know the op or an
  /// operand.
  mlir::LogicalResult evaluate(mlir::Operation *op);

private:
  llvm::DenseMap<mlir::Value, NumberTensor> tensors;
  bool narrowWeights;
};

} // namespace hswish

#endif // HSWISH_REFERENCE_EVALUATOR_H
