//===- ContractionKernel.h - The emitter of contractions -*- C++ -* -----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_KERNELS_CONTRACTION_CONTRACTIONKERNEL_H
#define HSWISH_LIB_CODEGEN_KERNELS_CONTRACTION_CONTRACTIONKERNEL_H

#include "../Epilogue.h"
#include "../Window.h"
#include "Contraction.h"

namespace hswish::contraction {

/// Multiplying by lanes, so many steps within a row of a window are not a loop.
inline constexpr int64_t kUnrolledSteps = 32;

/// Where a tile is: one index for the input, the output and each extra.
using Position = llvm::SmallVector<Index>;

class Contraction {
public:
  Contraction(EpilogueOpInterface op, StrategyAttr strategy)
      : t(op), op(op), strategy(strategy) {}

  mlir::LogicalResult setOperands(mlir::Value input,
                                  llvm::ArrayRef<Size> inputSizes,
                                  mlir::Value weights, mlir::Value init);
  void setPacked(bool packed) { isPacked = packed; }
  /// The window reaches beyond the image.
  void setPadding(const WindowDim &ofRows, const WindowDim &ofColumns) {
    window = {ofRows, ofColumns};
  }

  /// Output pixels: `inputSteps` per dimension of the result but the last.
  void setPixels(llvm::ArrayRef<Size> sizes, llvm::ArrayRef<Size> inputSteps);
  /// The reduction, outermost first, and what it adds to the input's index.
  void setReduction(llvm::ArrayRef<LoopDim> dims);

  /// All blocks of `channels` output channels; the operands start at `group`.
  void emit(int64_t groups, int64_t groupInputChannels, int64_t channels);

  TileBuilder &getBuilder() { return t; }
  const FlatMemRef &getInput() const { return input; }

private:
  mlir::scf::ParallelOp
  emitPixels(unsigned dim, const Position &at,
             llvm::function_ref<void(const Position &, int64_t)> body);
  bool isMostlyPixels(int64_t groupInputChannels, int64_t channels) const;
  void emitBlocks(llvm::function_ref<void(Index, Index, int64_t)> body);
  void emitTile(const Position &at, Index weightsAt, int64_t rows,
                int64_t width);
  llvm::SmallVector<mlir::Value> reduce(llvm::ArrayRef<LoopDim> dims,
                                        Index inputAt, Index weightsAt,
                                        mlir::ValueRange accs);
  llvm::SmallVector<mlir::Value> reduceInner(LoopDim dim, Index inputAt,
                                             Index weightsAt,
                                             mlir::ValueRange accs);
  void step(Index weightsAt, llvm::SmallVectorImpl<mlir::Value> &accs,
            llvm::function_ref<mlir::Value(int64_t)> inputOfRow);

  /// Whether inputs are read as vectors, whose lanes multiply.
  bool usesLanes() const {
    Machine machine =
        Machine::get(getTargetOrGeneric(op), element.getIntOrFloatBitWidth());
    return machine.fmaByElement && strategy.getUnroll() > 1 &&
           reduction.back().steps[0] == 1 && window.empty();
  }
  /// Whether only the rows of the window are a loop.
  bool hasUnrolledRows() const {
    return strategy.getKernel() == contraction::kDirect && usesLanes() &&
           reduction.size() > 1 &&
           steps / reduction[0].size.getConstant() <= kUnrolledSteps;
  }
  Position advanceTo(unsigned dim, const Position &at, Index i);
  bool reachesBorder(int64_t row) const;
  mlir::Value loadPixel(Index at, int64_t row);
  void fetchAhead(Index inputAt);
  int64_t getTurn(int64_t size) const;
  llvm::SmallVector<mlir::Value> windowLoop(int64_t size, int64_t step,
                                            mlir::ValueRange accs,
                                            TileBuilder::ReductionBody body);

  Position advance(const Position &at, llvm::ArrayRef<Size> steps, Index by);
  Position advanceChannels(const Position &at, Index by);

  TileBuilder t;
  EpilogueOpInterface op;
  StrategyAttr strategy;
  mlir::FailureOr<EpilogueEmitter> epilogue = mlir::failure();
  FlatMemRef input, weights, output;
  bool isPacked = false, overlap = true;
  llvm::SmallVector<LoopDim> pixels, reduction;
  llvm::SmallVector<WindowDim>
      window;        ///< rows and columns, if there is padding
  int64_t steps = 1; ///< of the whole reduction

  // The tile that is being built.
  mlir::Type element;
  int64_t rows = 1;
  Size weightStep = 1;
  llvm::SmallVector<Piece> pieces;
  Index place[2], tap;         ///< of the first window, and the column in it
  bool mayReachBorder = false; ///< at a place that is known at run time only
};

} // namespace hswish::contraction

#endif // HSWISH_LIB_CODEGEN_KERNELS_CONTRACTION_CONTRACTIONKERNEL_H
