//===- TileBuilder.h - Index arithmetic and vectors of kernels -*- C++ -*--===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What all kernels are written with. Memory is seen as one dimension; an index
// is a base that changes with the loops and a constant that does not, so that
// the elements of a tile are one register plus constants apart. Vectors are
// one-dimensional and never wider than a register: anything else LLVM splits
// badly.
//
// Numbers of pixels and strides are `Size`s. The code of those that are values
// stands before the loops.
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_KERNELS_TILEBUILDER_H
#define HSWISH_LIB_CODEGEN_KERNELS_TILEBUILDER_H

#include "Size.h"

#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/DenseMap.h"

namespace hswish {

/// `base + offset`; no base means 0.
struct Index {
  mlir::Value base;
  int64_t offset = 0;
  /// Whether the base may be less than 0: on the way to a place in memory from
  /// one before it.
  bool isSigned = false;
};

/// A memref seen as one dimension: element (i, j, …) of the original is at
/// `origin + i * strides[0] + j * strides[1] + …`.
struct FlatMemRef {
  mlir::Value memref;
  Index origin;
  llvm::SmallVector<Size> strides;
  mlir::Type element;
};

/// A part of a block of channels that fits a register.
struct Piece {
  int64_t offset, width;
};

/// `width` elements from `start` on, in registers of `vector` and then of
/// smaller powers of two.
llvm::SmallVector<Piece> splitIntoPieces(int64_t width, int64_t vector);

/// A loop with what it adds to the index of each operand per step.
struct LoopDim {
  Size size;
  llvm::SmallVector<Size> steps;
};

/// Merges neighbours that every operand walks as one; drops single steps. There
/// is always one dimension left.
llvm::SmallVector<LoopDim> collapseDims(llvm::ArrayRef<LoopDim> dims);

/// Builds the loops and tiles of the kernel that replaces one op.
class TileBuilder {
public:
  using LoopBody = llvm::function_ref<void(Index)>;
  using TileBody = llvm::function_ref<void(Index, int64_t)>;
  using ReductionBody = llvm::function_ref<llvm::SmallVector<mlir::Value>(
      Index, mlir::ValueRange)>;

  explicit TileBuilder(mlir::Operation *op);

  mlir::OpBuilder &builder() { return b; }
  mlir::Location getLoc() const { return loc; }

  //===--- Sizes, before all loops --------------------------------------===//
  Size getSize(mlir::Value memref, int64_t dim);
  llvm::SmallVector<Size> getSizes(mlir::Value memref);
  Size sum(const Size &x, const Size &y);
  Size difference(const Size &x, const Size &y);
  Size minimum(const Size &x, const Size &y);
  Size maximum(const Size &x, const Size &y);
  /// Rounded towards zero.
  Size quotient(const Size &x, int64_t y);
  mlir::Value materialize(const Size &size);

  //===--- Indices ------------------------------------------------------===//
  mlir::Value constantIndex(int64_t value);
  Index add(Index x, Index y);
  Index add(Index x, const Size &y);
  Index scale(Index x, const Size &factor);
  /// min(x, bound) of an unsigned index.
  Index minimum(Index x, const Size &bound);
  mlir::Value materialize(Index x);

  //===--- Loops --------------------------------------------------------===//
  /// for (i = low; i < high; i += step) of iterations that know nothing of each
  /// other: `scf.parallel`, which threads may share. A single step needs no
  /// loop, unless it is to be some thread's.
  mlir::scf::ParallelOp loop(const Size &low, const Size &high, int64_t step,
                             LoopBody body, bool keepsSingle = false);
  /// One iteration after the other, with values carried from step to step. A
  /// single step of constants is no loop.
  llvm::SmallVector<mlir::Value> loop(const Size &low, const Size &high,
                                      const Size &step, mlir::ValueRange inits,
                                      ReductionBody body);
  /// The same; LLVM must not unroll it.
  llvm::SmallVector<mlir::Value> rolledLoop(const Size &low, const Size &high,
                                            const Size &step,
                                            mlir::ValueRange inits,
                                            ReductionBody body);
  /// Tiles of `tile` steps over `size`: the last one overlaps its predecessor
  /// or, where nothing may be computed twice, is smaller. So are those of a
  /// size that turns out to be less than a tile.
  mlir::scf::ParallelOp tiles(const Size &size, int64_t tile, bool overlap,
                              TileBody body) {
    return tiles(size, tile, overlap, /*low=*/0, /*high=*/size, body,
                 [](Index) {});
  }
  /// The same; only tiles between `low` and `high` are in a loop. The places of
  /// the others are constants or, where the size is a value, those of `border`:
  /// single steps.
  mlir::scf::ParallelOp tiles(const Size &size, int64_t tile, bool overlap,
                              const Size &low, const Size &high, TileBody body,
                              LoopBody border);

  /// Vectors of `vector` elements over `size`, and smaller ones, each half of
  /// the one before, over what is left.
  void vectors(const Size &size, int64_t vector, TileBody body);

  //===--- Memory -------------------------------------------------------===//
  /// Fails if there are no strides. `sizes` are the memref's, if they are known
  /// better than by its type.
  mlir::FailureOr<FlatMemRef> flatten(mlir::Value memref,
                                      llvm::ArrayRef<Size> sizes = {});
  /// The strides of an operand by the dimensions of what it is mapped from.
  llvm::SmallVector<Size> getStridesByDims(const FlatMemRef &flat,
                                           mlir::AffineMap map);
  mlir::Value load(const FlatMemRef &from, Index at);
  /// `width` elements, `step` apart.
  mlir::Value loadVector(const FlatMemRef &from, Index at, int64_t width,
                         const Size &step = 1);
  void storeVector(mlir::Value value, const FlatMemRef &to, Index at,
                   const Size &step = 1);
  /// Fetches a cache line; it may be beyond the memory.
  void prefetch(const FlatMemRef &from, Index at, bool isWrite = false);

  //===--- Arithmetic ---------------------------------------------------===//
  mlir::Value splat(mlir::TypedAttr value, int64_t width);
  mlir::Value splat(mlir::Type element, int64_t width, double value);
  mlir::Value broadcast(mlir::Value scalar, int64_t width);
  mlir::Value extract(mlir::Value vector, int64_t lane);
  /// Scalar or vector, widened to `element`.
  mlir::Value widen(mlir::Value value, mlir::Type element);
  /// x * y + z: one instruction where the target has it, two where a fused one
  /// would be a call. (`vector.fma` promises less: LLVM may split it again.)
  mlir::Value multiplyAdd(mlir::Value x, mlir::Value y, mlir::Value z);

private:
  mlir::Value atEntry(llvm::function_ref<mlir::Value()> build);
  template <typename Op>
  Size compute(const Size &x, const Size &y);
  Size ifAtLeast(const Size &size, int64_t bound);
  llvm::SmallVector<Size> getStrides(mlir::Value memref,
                                     llvm::ArrayRef<Size> sizes);
  mlir::memref::ExtractStridedMetadataOp getMetadata(mlir::Value memref);
  mlir::scf::ParallelOp tilesOfConstant(int64_t size, int64_t tile,
                                        bool overlap, int64_t low, int64_t high,
                                        TileBody body);
  mlir::scf::ParallelOp tilesOfValue(const Size &low, const Size &size,
                                     int64_t tile, bool overlap, TileBody body);

  mlir::OpBuilder b;
  mlir::Location loc;
  mlir::Block *entry;
  /// After which the code of sizes stands; none: at the start of the block.
  mlir::Operation *prologue;
  bool hasFMA;
  llvm::DenseMap<std::pair<mlir::Value, int64_t>, mlir::Value> sizes;
  llvm::SmallVector<std::pair<Size, mlir::Value>> products;
  llvm::DenseMap<int64_t, mlir::Value> constants;
};

} // namespace hswish

#endif // HSWISH_LIB_CODEGEN_KERNELS_TILEBUILDER_H
