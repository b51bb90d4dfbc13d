//===- ContractionCost.cpp - Tiles of sums over channels -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Cost.h"
#include "Contraction.h"

#include "llvm/Support/DebugLog.h"
#include "llvm/Support/MathExtras.h"

#define DEBUG_TYPE "hswish-select-strategy"

using namespace mlir;
using namespace hswish;
using namespace hswish::contraction;

/// More accumulators than these spill, whatever the registers.
static constexpr int64_t kMaxGemvVectors = 16;

/// Whether a tile of `rows` pixels by `width` channels stays in registers.
static bool fits(const Machine &machine, bool isDirect, int64_t rows,
                 int64_t width) {
  int64_t vectors = countVectors(machine, width);
  int64_t accs = rows * vectors;
  // Unrolled windows want registers for what is loaded ahead.
  if (isDirect && accs > machine.registers / 2)
    return false;
  // LLVM loads the next pixels ahead.
  if (isDirect && machine.fmaByElement && accs + 2 * rows > machine.registers)
    return false;
  int64_t product = machine.fma ? 0 : 2;
  // Several steps at a time load their weights ahead.
  if (machine.fmaByElement && vectors > (rows == 1 ? 8 : 5))
    return false;
  // One pixel: weights come straight from memory.
  if (rows == 1)
    return vectors <= kMaxGemvVectors &&
           accs + 3 + product <= machine.registers;
  // Multiplying by lanes, the pixels' values stay in registers.
  int64_t broadcasts = machine.fmaByElement ? rows + 1 : 1;
  // Vectors of two widths need two of each pixel, and in wide tiles LLVM makes
  // both ahead.
  if (!machine.fmaByElement && vectors > 4 && width % machine.vector != 0)
    broadcasts = 3;
  return accs + vectors + broadcasts + product <= machine.registers;
}

/// `channels` in as few blocks of at most `vectors` as possible, all of nearly
/// the same number of vectors.
static SmallVector<int64_t> splitIntoBlocks(const Machine &machine,
                                            int64_t channels, int64_t vectors) {
  int64_t pieces = countVectors(machine, channels);
  int64_t count = llvm::divideCeil(pieces, vectors);
  SmallVector<int64_t> blocks;
  for (int64_t i = 0; i < count; ++i) {
    int64_t &block = blocks.emplace_back(0);
    for (int64_t share = pieces / count + (i < pieces % count ? 1 : 0);
         share > 0; --share) {
      int64_t narrow = llvm::bit_floor(static_cast<uint64_t>(channels));
      int64_t piece = std::min(machine.vector, narrow);
      block += piece;
      channels -= piece;
    }
  }
  return blocks;
}

/// One vector of 512 bits and a narrower one in a tile run hardly faster than
/// two whole ones; in a tile of their own, narrow ones run at twice the rate if
/// 512 bits are two halves (Zen 4: 24 channels at 86 % of the peak in one
/// block, at 95 % in two). If they are not, that is twice as many loads for
/// nothing (Granite Rapids: 70 % of 64 > 24 at 56x56 in one block, 51 % in
/// two).
static void separateTail(const Machine &machine,
                         SmallVectorImpl<int64_t> &blocks) {
  int64_t tail = blocks.back() - machine.vector;
  if (!machine.splits512 || tail <= 0 || tail >= machine.vector)
    return;
  blocks.back() = machine.vector;
  blocks.push_back(tail);
}

/// In sixteenths of half a cycle, so that loads can decide between tiles that
/// are as fast.
static int64_t tileCost(const Machine &machine, const ContractionShape &shape,
                        int64_t rows, int64_t width) {
  int64_t vectors = countVectors(machine, width);
  int64_t accs = rows * vectors;
  int64_t loads = machine.fmaByElement ? llvm::divideCeil(rows, 4) + vectors
                                       : rows + vectors;
  // By lanes, four steps wait for their loads: a part of that is not hidden.
  int64_t wait = machine.fmaByElement ? rows + 4 * vectors : 0;
  // Each load counts as the smallest unit.
  return (shape.steps * (std::max({accs, loads, kInFlight}) * 8 + wait) +
          (accs * kVectorCost + kTileCost) * 8) *
             2 +
         shape.steps * loads;
}

/// Steps of the reduction at a time.
static int64_t chooseUnroll(const Machine &machine,
                            const ContractionShape &shape) {
  if (machine.fmaByElement)
    return machine.vector;
  if (!shape.isDirect)
    return 1; // LLVM unrolls what it finds worth it.
  // Not beyond a pixel: its neighbour's values would be the same, and be kept.
  for (int64_t unroll : {4, 3, 2})
    if (shape.inputChannels % unroll == 0)
      return unroll;
  return 1;
}

Strategies contraction::choose(MLIRContext *context, const Machine &machine,
                               const ContractionShape &shape,
                               size_t numStrategies) {
  SmallVector<Tile> tiles;
  int64_t allVectors = countVectors(machine, shape.channels);
  int64_t maxRows = std::min(shape.rowLength, machine.registers);
  for (int64_t vectors = 1; vectors <= std::min<int64_t>(allVectors, 32);
       ++vectors) {
    SmallVector<int64_t> blocks =
        splitIntoBlocks(machine, shape.channels, vectors);
    for (int64_t rows = 1; rows <= maxRows; ++rows) {
      if (!llvm::all_of(blocks, [&](int64_t width) {
            return fits(machine, shape.isDirect, rows, width);
          }))
        break;
      if (rows == 2)
        separateTail(machine, blocks);
      int64_t cost = 0;
      for (int64_t width : blocks)
        cost += tileCost(machine, shape, rows, width);
      // Where memory is contiguous, a tile may go on in the next row; where it
      // is not (rows of padded images) its last part is computed twice. Which
      // it is the layout will tell: on average.
      int64_t rowTiles = llvm::divideCeil(shape.rows * shape.rowLength, rows);
      cost *= shape.rows * llvm::divideCeil(shape.rowLength, rows) + rowTiles;
      // All threads wait for the one that has the most tiles.
      int64_t count = blocks.size() * rowTiles;
      cost += cost / count * (llvm::alignTo(count, machine.threads) - count);
      keepBest(tiles, {cost, rows, /*columns=*/1, blocks}, numStrategies);
    }
  }
  bool isGemv = shape.rows * shape.rowLength == 1 && !shape.isDirect;
  StringRef kernel = isGemv ? kGemv : shape.isDirect ? kDirect : kPointwise;
  // Weights that the first level holds are read again for every row of tiles;
  // others are better read once.
  bool resident =
      shape.steps * shape.channels * machine.bytes <= machine.l1 / 2;
  LoopOrder order = resident ? LoopOrder::RowsOuter : LoopOrder::ColumnsOuter;
  Strategies strategies;
  for (const Tile &tile : tiles) {
    strategies.push_back(StrategyAttr::get(
        context, kernel, machine.vector, tile.rows, tile.columns, tile.blocks,
        chooseUnroll(machine, shape), order));
    LDBG() << tile.cost / 32 << " cycles: " << strategies.back();
  }
  return strategies;
}
