//===- Cost.h - Times of register tiles -*- C++ -* -----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The cost model counts half cycles: a machine starts two multiply-adds and two
// loads a cycle, and a chain of multiply-adds advances every four cycles, so
// that fewer than eight accumulators cannot keep it busy. (Narrower machines
// scale all of it alike.) What a tile costs beyond its sums is measured: see
// docs/Performance.
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_KERNELS_COST_H
#define HSWISH_LIB_CODEGEN_KERNELS_COST_H

#include "Machine.h"

namespace hswish {

/// Multiply-adds that are under way at a time, at full speed.
inline constexpr int64_t kInFlight = 8;
/// Half cycles to start a tile, and to finish one of its vectors.
inline constexpr int64_t kTileCost = 40, kVectorCost = 6;

/// A register tile and its estimated time in half cycles.
struct Tile {
  int64_t cost, rows, columns;
  llvm::SmallVector<int64_t> blocks;
};

/// Puts `tile` in its place among the `count` cheapest; of equal ones the first
/// stays in front.
void keepBest(llvm::SmallVectorImpl<Tile> &tiles, Tile tile, size_t count);

/// Vectors, the last ones narrower, that `channels` are.
int64_t countVectors(const Machine &machine, int64_t channels);

} // namespace hswish

#endif // HSWISH_LIB_CODEGEN_KERNELS_COST_H
