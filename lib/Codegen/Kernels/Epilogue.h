//===- Epilogue.h - Epilogues on registers -*- C++ -*----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_KERNELS_EPILOGUE_H
#define HSWISH_LIB_CODEGEN_KERNELS_EPILOGUE_H

#include "TileBuilder.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/IRMapping.h"

namespace hswish {

/// `inner`, an op on scalars, on vectors: as it is if it is elementwise, lane
/// by lane if not. `mapping` holds what its operands have become.
mlir::Value vectorizeOp(TileBuilder &t, mlir::Operation &inner,
                        mlir::IRMapping &mapping, int64_t width);

/// The operands of an op on memory, the result last, with a stride for each
/// loop of `op` instead of each of their own dimensions. Fails if one has no
/// strides.
mlir::FailureOr<llvm::SmallVector<FlatMemRef>>
flattenOperands(TileBuilder &t, mlir::linalg::LinalgOp op);

/// Loop `d` of such an op, of `size` iterations.
LoopDim getLoopDim(llvm::ArrayRef<FlatMemRef> operands, unsigned d, Size size);

/// The width of the widest type of a body on scalars; nothing if there is one
/// that cannot be in a vector or in memory.
std::optional<int64_t> getWidestType(mlir::Block &body);

/// The epilogue of a structured op, made to work on vectors of channels. A bias
/// (acc + one value a channel, the first thing that happens to the accumulator)
/// is what the accumulators start with.
class EpilogueEmitter {
public:
  /// Fails if an extra's layout has no strides.
  static mlir::FailureOr<EpilogueEmitter> create(TileBuilder &t,
                                                 EpilogueOpInterface op);

  /// The extras, with strides by the dimensions of the result.
  llvm::ArrayRef<FlatMemRef> getExtras() const { return extras; }

  /// Whether tiles may overlap. Where an extra is the memory of the result,
  /// they would read again what has been overwritten.
  bool allowsOverlap() const;

  /// What an accumulator starts with. `at` has an index for each extra, of the
  /// element that belongs to the first lane.
  mlir::Value getInitial(TileBuilder &t, llvm::ArrayRef<Index> at,
                         int64_t width);

  /// The body applied to an accumulator.
  mlir::Value apply(TileBuilder &t, mlir::Value acc, llvm::ArrayRef<Index> at);

private:
  explicit EpilogueEmitter(EpilogueOpInterface op) : op(op) {}

  void peelBias();
  mlir::Value loadExtra(TileBuilder &t, unsigned i, Index at, int64_t width);

  EpilogueOpInterface op;
  llvm::SmallVector<FlatMemRef> extras;
  mlir::Operation *biasAdd = nullptr;
  unsigned bias = 0;
};

} // namespace hswish

#endif // HSWISH_LIB_CODEGEN_KERNELS_EPILOGUE_H
