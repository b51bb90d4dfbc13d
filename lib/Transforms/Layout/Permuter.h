//===- Permuter.h - Values with their dimensions in another order -*- C++
//-*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_TRANSFORMS_LAYOUT_PERMUTER_H
#define HSWISH_LIB_TRANSFORMS_LAYOUT_PERMUTER_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/DenseMap.h"

namespace hswish {

/// Dimension i of the result is dimension `perm[i]` of the operand, as in
/// `linalg.transpose`.
using Permutation = llvm::SmallVector<int64_t>;

Permutation invert(llvm::ArrayRef<int64_t> perm);
bool isIdentity(llvm::ArrayRef<int64_t> perm);

/// `result[i] = values[perm[i]]`.
template <typename Range>
auto permute(const Range &values, llvm::ArrayRef<int64_t> perm) {
  using T = std::decay_t<decltype(values[0])>;
  llvm::SmallVector<T> result;
  for (int64_t p : perm)
    result.push_back(values[p]);
  return result;
}

/// The type of a tensor with its dimensions permuted.
mlir::RankedTensorType permute(mlir::RankedTensorType type,
                               llvm::ArrayRef<int64_t> perm);

/// Whether `perm` leaves the elements of a tensor of this shape where they are
/// in memory: only dimensions of size one change places.
bool movesOnlyUnits(llvm::ArrayRef<int64_t> shape,
                    llvm::ArrayRef<int64_t> perm);

/// A constant's elements with their dimensions permuted; null for elements
/// that are no whole bytes.
mlir::DenseElementsAttr permuteConstant(mlir::DenseElementsAttr value,
                                        llvm::ArrayRef<int64_t> perm);

/// `value` in the shape of `type`, which has as many elements: at most a
/// `tensor.collapse_shape` and a `tensor.expand_shape`. Static shapes only.
mlir::Value createReshape(mlir::OpBuilder &b, mlir::Location loc,
                          mlir::Value value, mlir::RankedTensorType type);

/// A linalg.generic whose loops are all parallel, with one result that each
/// iteration writes one element of.
bool isReorientable(mlir::linalg::GenericOp op);

/// Makes permuted values, each once, and without moving data where there is a
/// cheaper way: constants are permuted now, transposes are composed, producers
/// that can write in any order are made to.
class Permuter {
public:
  explicit Permuter(mlir::RewriterBase &rewriter) : rewriter(rewriter) {}

  /// `value` permuted, created at the rewriter's insertion point if need be.
  mlir::Value get(mlir::Value value, llvm::ArrayRef<int64_t> perm);

  /// Whether `get` would do without a transpose.
  bool isFree(mlir::Value value, llvm::ArrayRef<int64_t> perm);

  /// A copy of `op` that reads transposed operands where they come from and
  /// whose result has its dimensions permuted.
  mlir::Value reorient(mlir::linalg::GenericOp op,
                       llvm::ArrayRef<int64_t> perm);

  /// Forgets what was made: values of one block don't dominate others.
  void clear() { made.clear(); }

private:
  mlir::Value make(mlir::Value value, llvm::ArrayRef<int64_t> perm);

  mlir::RewriterBase &rewriter;
  llvm::DenseMap<mlir::Value,
                 llvm::SmallVector<std::pair<Permutation, mlir::Value>, 1>>
      made;
};

} // namespace hswish

#endif // HSWISH_LIB_TRANSFORMS_LAYOUT_PERMUTER_H
