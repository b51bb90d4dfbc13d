//===- TransposeSinker.h - Transposes from before ops to after them -*- C++
//-*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_TRANSFORMS_LAYOUT_TRANSPOSESINKER_H
#define HSWISH_LIB_TRANSFORMS_LAYOUT_TRANSPOSESINKER_H

#include "Permuter.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace hswish {

/// Moves transposes across ops: op(transpose(x)) -> transpose(op'(x)).
class TransposeSinker {
public:
  explicit TransposeSinker(mlir::RewriterBase &rewriter)
      : rewriter(rewriter), permuter(rewriter) {}

  /// Replaces `op` by an op before a transpose, if an operand is a transpose
  /// and that does not need more transposes than it saves.
  mlir::LogicalResult sink(mlir::Operation *op);

  /// transpose(op(x)) -> op'(transpose(x)) for the one op that uses nothing
  /// else that would have to be transposed.
  mlir::LogicalResult hoist(mlir::linalg::TransposeOp transpose);

  Permuter &getPermuter() { return permuter; }

private:
  mlir::LogicalResult sinkCompose(mlir::linalg::TransposeOp op);
  mlir::LogicalResult sinkElementwise(mlir::Operation *op);
  mlir::LogicalResult sinkGeneric(mlir::linalg::GenericOp op);
  mlir::LogicalResult sinkReduce(mlir::linalg::ReduceOp op);
  mlir::LogicalResult sinkSoftmax(mlir::linalg::SoftmaxOp op);
  mlir::LogicalResult sinkPad(mlir::tensor::PadOp op);
  mlir::LogicalResult sinkConcat(mlir::tensor::ConcatOp op);
  mlir::LogicalResult sinkExtractSlice(mlir::tensor::ExtractSliceOp op);
  mlir::LogicalResult sinkInsertSlice(mlir::tensor::InsertSliceOp op);
  mlir::LogicalResult sinkExpand(mlir::tensor::ExpandShapeOp op);
  mlir::LogicalResult sinkCollapse(mlir::tensor::CollapseShapeOp op);

  /// The permutation to sink through an op with these operands of one shape,
  /// or nothing where that would need more transposes than it saves.
  std::optional<Permutation> choose(mlir::ValueRange operands);

  /// `op` on other operands, with a result of another shape.
  mlir::Value cloneElementwise(mlir::Operation *op,
                               llvm::ArrayRef<mlir::Value> operands);
  mlir::Value padPermuted(mlir::tensor::PadOp op, mlir::Value source,
                          llvm::ArrayRef<int64_t> perm);

  /// Replaces `op` by the transpose of `value`.
  void replace(mlir::Operation *op, mlir::Value value,
               llvm::ArrayRef<int64_t> perm);

  mlir::RewriterBase &rewriter;
  Permuter permuter;
};

} // namespace hswish

#endif // HSWISH_LIB_TRANSFORMS_LAYOUT_TRANSPOSESINKER_H
