//===- SumOrder.h - The one order of sums along rows ------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Element i of a row goes into partial sum i mod 16 of its block of 1,024
// elements. The 16 sums are added in halves (j and j + 8, then j + 4, j + 2,
// j + 1), and the sums of blocks in pairs of neighbours, level by level; who
// has no neighbour waits for the next level. The order depends on the length
// alone: docs/decisions/0019 says why, docs/Numerics.md what follows.
//
// What is said of sums holds for products as well. The order of other
// reductions does not matter: LLVM finds a good one.
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_KERNELS_REDUCTION_SUMORDER_H
#define HSWISH_LIB_CODEGEN_KERNELS_REDUCTION_SUMORDER_H

#include "../TileBuilder.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace hswish {

/// Partial sums of a block.
inline constexpr int64_t kPartials = 16;
/// Elements of a block.
inline constexpr int64_t kBlock = 1024;

/// A reduction whose body is `combine(accumulator, map(inputs))`.
class RowReduction {
public:
  using Values = llvm::SmallVector<mlir::Value>;

  /// Fails unless `op` is a linalg.generic or linalg.reduce that adds or
  /// multiplies floats along dimensions of its operands.
  static mlir::FailureOr<RowReduction> match(mlir::linalg::LinalgOp op);

  /// What is added, in the body; the ops before `getCombiner` compute it.
  mlir::Value getMapped() const { return mapped; }
  mlir::Operation *getCombiner() const { return combiner; }
  /// The type of partial sums: f32 for halves.
  mlir::FloatType getSumType() const { return sumType; }

  /// x + y of scalars or vectors of the sums' type; a null value adds nothing.
  mlir::Value combine(TileBuilder &t, mlir::Value x, mlir::Value y) const;
  /// x + y, one after the other.
  Values combine(TileBuilder &t, mlir::ValueRange xs,
                 mlir::ValueRange ys) const;
  /// What adds nothing: scalar or vector.
  mlir::Value getNeutral(TileBuilder &t, mlir::Type type) const;

  /// The sum of 16 partial sums, which are vectors of equal width, as a vector
  /// of one element. Null ones are sums of nothing.
  mlir::Value addPartials(TileBuilder &t, Values partials) const;
  /// The first half of `values` plus the second one, until one is left.
  mlir::Value addHalves(TileBuilder &t, Values values) const;

  /// Sums of `types`, side by side, over `length` elements. `block` computes
  /// those of the elements from an index on, as many as its second argument
  /// says, at most kBlock.
  Values
  addBlocks(TileBuilder &t, Index length, mlir::TypeRange types,
            llvm::function_ref<Values(Index start, Index count)> block) const;

  /// The levels after block `number`, whose sums are given: level l has one
  /// value for each of them.
  Values pushBlock(TileBuilder &t, Index number, Values sums,
                   mlir::ValueRange levels) const;
  /// The levels of `blocks` blocks plus the sums of a last, shorter one.
  Values addLevels(TileBuilder &t, int64_t blocks, mlir::ValueRange levels,
                   Values sums) const;

private:
  mlir::Value mapped;
  mlir::Operation *combiner = nullptr;
  mlir::FloatType sumType;
  mlir::FloatAttr neutral;
};

/// The loops of a reduction that no vectors fit, before `op`.
void emitScalarReduce(mlir::linalg::LinalgOp op, const RowReduction &order);

} // namespace hswish

#endif // HSWISH_LIB_CODEGEN_KERNELS_REDUCTION_SUMORDER_H
