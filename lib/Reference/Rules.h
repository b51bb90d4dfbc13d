//===- Rules.h - What each kind of op computes ------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_REFERENCE_RULES_H
#define HSWISH_LIB_REFERENCE_RULES_H

#include "hswish/IR/HSwish.h"
#include "hswish/Reference/Evaluator.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace hswish {

using Operands = llvm::ArrayRef<const Numbers *>;

/// Element by element, numbers of the same size: `result` has its type and size
/// already. False if there is no rule for the op.
bool evaluateFloatOp(mlir::Operation *op, Operands in, Numbers &result);
bool evaluateIntegerOp(mlir::Operation *op, Operands in, Numbers &result);
bool evaluateElementwise(mlir::Operation *op, Operands in, Numbers &result);

/// The body of a linalg op or an epilogue for `count` points at a time.
class Body {
public:
  Body(mlir::Block &block, const Evaluator &evaluator)
      : block(block), evaluator(evaluator) {}

  /// What the terminator yields. `indices` are those of linalg.index.
  mlir::LogicalResult evaluate(llvm::ArrayRef<Numbers> arguments,
                               llvm::ArrayRef<std::vector<int64_t>> indices,
                               size_t count);
  /// A value of the body, after `evaluate`.
  const Numbers *lookup(mlir::Value value);

private:
  mlir::LogicalResult evaluate(mlir::Operation &op);
  mlir::LogicalResult extract(mlir::Operation &op, Numbers &result);

  mlir::Block &block;
  const Evaluator &evaluator;
  llvm::ArrayRef<std::vector<int64_t>> indices;
  size_t count = 0;
  llvm::DenseMap<mlir::Value, Numbers> numbers;
};

/// A sum of products: dimensions of the result, and those summed over. A step
/// in dimension d moves operands by lhs[d], rhs[d] and out[d], the dimensions
/// of the result first.
struct Contraction {
  llvm::SmallVector<int64_t> parallel, reduction;
  llvm::SmallVector<int64_t> lhs, rhs, out;
  int64_t lhsStart = 0, rhsStart = 0, outStart = 0;

  /// Adds to what `result` holds; `rounding` of the code that does the same.
  /// Factors may be off by `relative` of themselves.
  void run(const Numbers &left, const Numbers &right, Numbers &result,
           const Rounding &rounding, double relative) const;
};

/// Ops by kind; they fail if something about the op is not known.
mlir::FailureOr<NumberTensor> evaluateMovement(mlir::Operation *op,
                                               const Evaluator &evaluator);
mlir::FailureOr<NumberTensor> evaluateStructured(mlir::Operation *op,
                                                 const Evaluator &evaluator,
                                                 bool narrowWeights);
mlir::FailureOr<llvm::SmallVector<NumberTensor>>
evaluateLinalg(mlir::linalg::LinalgOp op, const Evaluator &evaluator);
mlir::FailureOr<NumberTensor> evaluateSoftmax(mlir::linalg::SoftmaxOp op,
                                              const Evaluator &evaluator);

/// Calls `visit` with each index of a box in C order.
void forEachIndex(llvm::ArrayRef<int64_t> sizes,
                  llvm::function_ref<void(llvm::ArrayRef<int64_t>)> visit);

} // namespace hswish

#endif // HSWISH_LIB_REFERENCE_RULES_H
