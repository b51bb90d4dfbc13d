//===- DepthwiseCost.cpp - Tiles of depthwise convolutions ---------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Cost.h"
#include "Depthwise.h"

#include "llvm/Support/DebugLog.h"
#include "llvm/Support/MathExtras.h"

#define DEBUG_TYPE "hswish-select-strategy"

using namespace mlir;
using namespace hswish;
using namespace hswish::depthwise;

/// Larger filters are always a loop over their rows. (Of long code for AArch64,
/// LLVM's scheduler mixes the rows until registers run out.)
static constexpr int64_t kUnrolledTaps = 9;
/// Half cycles to fetch an instruction that has not run since the last run.
static constexpr int64_t kFetchCost = 6;
/// Half cycles to load a cache line from the second level.
static constexpr int64_t kLineCost = 2;

/// Whether tiles of several rows find all taps of the filter in registers.
static bool canUnroll(const Machine &machine, const WindowShape &shape) {
  int64_t taps = shape.height * shape.width;
  // Where the channels are one vector, the filter is the same for all tiles,
  // and LLVM would load all of it ahead.
  bool isHoisted = shape.channels <= machine.vector;
  return taps <= kUnrolledTaps && !(isHoisted && taps > machine.registers / 3);
}

namespace {
/// Tiles of `rows` x `columns` outputs of a depthwise convolution.
struct DepthwiseTile {
  const Machine &machine;
  const WindowShape &shape;
  int64_t rows, columns;

  int64_t getAccumulators() const { return rows * columns; }
  int64_t getProducts() const {
    return getAccumulators() * shape.height * shape.width;
  }
  int64_t getLoads() const {
    int64_t reachY = (rows - 1) * shape.rowStride + shape.height;
    int64_t reachX = (columns - 1) * shape.columnStride + shape.width;
    return reachY * reachX + shape.height * shape.width;
  }
  bool fits() const;
  int64_t getLines() const;
  int64_t getTime() const;
  int64_t getCodeSize() const;
  int64_t getCost() const;
};
} // namespace

bool DepthwiseTile::fits() const {
  if (rows > 1 && !canUnroll(machine, shape))
    return false;
  // The filter is needed from the row that the first row of outputs meets to
  // the one that the last does.
  int64_t weightRows = std::min((rows - 1) * shape.rowStride + 1, shape.height);
  if (rows > 1 && shape.channels <= machine.vector)
    weightRows = shape.height;
  int64_t weights = weightRows * shape.width;
  // Several products are under way where they are not added at once.
  int64_t product = machine.fma ? 0 : 4;
  // LLVM loads pixels ahead, the more of them the less outputs share them, and
  // of several rows a weight.
  int64_t pixels = machine.registers / (machine.fmaByElement ? 4 : 8) +
                   (machine.fmaByElement ? 2 : 1) * (shape.columnStride - 1);
  if (machine.fma && !machine.fmaByElement && rows > 1)
    ++weights;
  // At the border fewer outputs share a pixel.
  if (shape.isPadded && rows > 1)
    pixels += machine.fmaByElement ? 6 : 1;
  // A pixel, and what its channels become.
  if (shape.multiplier > 1)
    pixels += machine.fma ? 1 : 3;
  int64_t accs = getAccumulators();
  return accs == 1 || accs + weights + pixels + product <= machine.registers;
}

/// Cache lines of the input that the first level has not kept from the tiles
/// above.
int64_t DepthwiseTile::getLines() const {
  int64_t rowBytes =
      shape.columns * shape.columnStride * shape.channels * machine.bytes;
  if (rowBytes * shape.height <= machine.l1)
    return 0;
  int64_t reach = (rows - 1) * shape.rowStride + shape.height;
  int64_t vectors = reach * columns * shape.columnStride;
  return llvm::divideCeil(vectors * machine.vector * machine.bytes, 64);
}

int64_t DepthwiseTile::getTime() const {
  // Pixels come from the second level, if not from beyond: loading them is
  // never quite hidden behind the products.
  return std::max(getProducts(), getLoads()) +
         std::min(getProducts(), getLoads()) / 2 + getLines() * kLineCost +
         getAccumulators() * kVectorCost + kTileCost / 2;
}

/// Instructions of the code for all tiles.
int64_t DepthwiseTile::getCodeSize() const {
  int64_t sums = getProducts() + getLoads();
  if (rows == 1)
    sums /= shape.height;
  int64_t variants = std::min<int64_t>(shape.columns / columns, 3) *
                     (rows == 1 ? 1 : std::min<int64_t>(shape.rows / rows, 3));
  int64_t tails =
      llvm::popcount(static_cast<uint64_t>(shape.channels % machine.vector));
  return (sums + getAccumulators() * kVectorCost) *
         (shape.isPadded ? variants : 1) * (1 + tails);
}

int64_t DepthwiseTile::getCost() const {
  return getTime() * llvm::divideCeil(shape.rows, rows) *
             llvm::divideCeil(shape.columns, columns) *
             countVectors(machine, shape.channels) +
         getCodeSize() * kFetchCost;
}

Strategies depthwise::choose(MLIRContext *context, const Machine &machine,
                             const WindowShape &shape, size_t count) {
  SmallVector<Tile> tiles;
  for (int64_t rows = 1; rows <= std::min<int64_t>(shape.rows, 4); ++rows) {
    for (int64_t columns = 1;
         columns <= std::min(shape.columns, machine.registers); ++columns) {
      DepthwiseTile tile{machine, shape, rows, columns};
      if (tile.fits())
        keepBest(tiles, {tile.getCost(), rows, columns, {}}, count);
    }
  }
  // Pixels first: a filter that no register is left for would be kept on the
  // stack.
  Strategies strategies;
  for (const Tile &tile : tiles) {
    strategies.push_back(StrategyAttr::get(context, kDepthwise, machine.vector,
                                           tile.rows, tile.columns, tile.blocks,
                                           /*unroll=*/1, LoopOrder::RowsOuter));
    LDBG() << tile.cost / 2 << " cycles: " << strategies.back();
  }
  return strategies;
}
