//===- Strategy.cpp - Which kernel, which tile ----------------------------===//
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

#include "hswish/Codegen/Strategy.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace hswish;

/// Multiply-adds that are under way at a time, at full speed.
static constexpr int64_t kInFlight = 8;
/// Half cycles to start a tile, and to finish one of its vectors.
static constexpr int64_t kTileCost = 40, kVectorCost = 6;
/// More accumulators than these spill, whatever the registers.
static constexpr int64_t kMaxGemvVectors = 16;

/// Larger filters are always a loop over their rows. (Of long code for AArch64,
/// LLVM's scheduler mixes the rows until registers run out.)
static constexpr int64_t kUnrolledTaps = 9;
/// Half cycles to fetch an instruction that has not run since the last run.
static constexpr int64_t kFetchCost = 6;
/// Half cycles to load a cache line from the second level.
static constexpr int64_t kLineCost = 2;

Machine Machine::get(TargetAttr target, unsigned bits) {
  if (!target)
    return {128 / bits, bits / 8, 16, 32 << 10, 512 << 10, true, false, false};
  return {target.getVectorBits() / bits, bits / 8, target.getRegisters(),
          target.getL1(), target.getL2(), target.hasFma(), target.isAArch64(),
          // Intel's servers, whose third level is far, compute them at once.
          target.getVectorBits() == 512 && !target.getFarL3()};
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

/// Vectors, the last ones narrower, that `channels` are.
static int64_t countVectors(const Machine &machine, int64_t channels) {
  return channels / machine.vector +
         llvm::popcount(static_cast<uint64_t>(channels % machine.vector));
}

/// Whether a tile of `rows` pixels by `width` channels stays in registers.
static bool fits(const Machine &machine, bool isDirect, int64_t rows,
                 int64_t width) {
  int64_t vectors = countVectors(machine, width);
  int64_t accs = rows * vectors;
  // Unrolled windows want registers for what is loaded ahead.
  if (isDirect && accs > machine.registers / 2)
    return false;
  // LLVM loads the next pixels ahead.
  if (isDirect && machine.lanes && accs + 2 * rows > machine.registers)
    return false;
  int64_t product = machine.fma ? 0 : 2;
  // Several steps at a time load their weights ahead.
  if (machine.lanes && vectors > (rows == 1 ? 8 : 5))
    return false;
  // One pixel: weights come straight from memory.
  if (rows == 1)
    return vectors <= kMaxGemvVectors &&
           accs + 3 + product <= machine.registers;
  // Multiplying by lanes, the pixels' values stay in registers.
  int64_t broadcasts = machine.lanes ? rows + 1 : 1;
  // Vectors of two widths need two of each pixel, and in wide tiles LLVM makes
  // both ahead.
  if (!machine.lanes && vectors > 4 && width % machine.vector != 0)
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
  if (!machine.halves || tail <= 0 || tail >= machine.vector)
    return;
  blocks.back() = machine.vector;
  blocks.push_back(tail);
}

static int64_t tileCost(const Machine &machine, const ContractionShape &shape,
                        int64_t rows, int64_t width) {
  int64_t vectors = countVectors(machine, width);
  int64_t accs = rows * vectors;
  int64_t loads =
      machine.lanes ? llvm::divideCeil(rows, 4) + vectors : rows + vectors;
  // By lanes, four steps wait for their loads: a part of that is not hidden.
  int64_t wait = machine.lanes ? rows + 4 * vectors : 0;
  // Of tiles that are as fast, the one that loads less.
  return (shape.steps * (std::max({accs, loads, kInFlight}) * 8 + wait) +
          (accs * kVectorCost + kTileCost) * 8) *
             2 +
         shape.steps * loads;
}

/// Steps of the reduction at a time.
static int64_t chooseUnroll(const Machine &machine,
                            const ContractionShape &shape) {
  if (machine.lanes)
    return machine.vector;
  if (!shape.isDirect)
    return 1; // LLVM unrolls what it finds worth it.
  // Not beyond a pixel: its neighbour's values would be the same, and be kept.
  for (int64_t unroll : {4, 3, 2})
    if (shape.inputChannels % unroll == 0)
      return unroll;
  return 1;
}

namespace {
/// A register tile and what the model thinks of it.
struct Tile {
  int64_t cost, rows, columns;
  SmallVector<int64_t> blocks;
};
} // namespace

/// Puts `tile` in its place among the `count` cheapest; of equal ones the first
/// stays in front.
static void keepBest(SmallVectorImpl<Tile> &tiles, Tile tile, size_t count) {
  auto cheaper = [](const Tile &a, const Tile &b) { return a.cost < b.cost; };
  tiles.insert(llvm::upper_bound(tiles, tile, cheaper), std::move(tile));
  if (tiles.size() > count)
    tiles.pop_back();
}

Strategies hswish::chooseContraction(MLIRContext *context,
                                     const Machine &machine,
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
  Kernel kernel = isGemv           ? Kernel::Gemv
                  : shape.isDirect ? Kernel::Direct
                                   : Kernel::Pointwise;
  // Weights that the first level holds are read again for every row of tiles;
  // others are better read once.
  bool resident =
      shape.steps * shape.channels * machine.bytes <= machine.l1 / 2;
  LoopOrder order = resident ? LoopOrder::RowsOuter : LoopOrder::ColumnsOuter;
  Strategies strategies;
  for (const Tile &tile : tiles)
    strategies.push_back(StrategyAttr::get(
        context, kernel, machine.vector, tile.rows, tile.columns, tile.blocks,
        chooseUnroll(machine, shape), order));
  return strategies;
}

/// Accumulators, one pixel and the weights of all channels; adding the lanes of
/// a tile takes a quarter of the registers.
static bool dotFits(const Machine &machine, int64_t rows, int64_t channels) {
  int64_t product = machine.fma ? 0 : 2;
  return rows * channels + channels + 1 + product <=
         machine.registers - machine.registers / 4;
}

bool hswish::canBeDot(const Machine &machine, const ContractionShape &shape) {
  return shape.inputChannels % machine.vector == 0 &&
         dotFits(machine, 1, shape.channels);
}

StrategyAttr hswish::chooseDot(MLIRContext *context, const Machine &machine,
                               const ContractionShape &shape) {
  if (!canBeDot(machine, shape))
    return {};
  // For each pixel: products, and additions of lanes.
  int64_t dot = shape.channels * (shape.steps / machine.vector + kVectorCost);
  if (dot >= shape.steps * countVectors(machine, shape.channels))
    return {};
  // As many pixels as fit, of those that cover a row without computing twice.
  int64_t best = 1;
  for (int64_t rows = 1; rows <= std::min(shape.rowLength, machine.registers);
       ++rows)
    if (dotFits(machine, rows, shape.channels) &&
        llvm::alignTo(shape.rowLength, rows) <=
            llvm::alignTo(shape.rowLength, best))
      best = rows;
  return StrategyAttr::get(context, Kernel::Dot, machine.vector, best,
                           /*columns=*/1, {shape.channels}, /*unroll=*/1,
                           LoopOrder::RowsOuter);
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

bool hswish::isPointwise(Conv2DOp op, const Machine &machine) {
  SmallVector<int64_t, 4> filter = op.getUnpackedFilterShape();
  return filter[0] == 1 && filter[1] == 1 &&
         (op.getGroups() == 1 || !machine.lanes);
}

bool hswish::isDepthwiseMultiple(Conv2DOp op, const Machine &machine) {
  SmallVector<int64_t, 4> filter = op.getUnpackedFilterShape();
  int64_t groups = op.getGroups();
  if (groups == 1 || filter[2] != 1)
    return false;
  int64_t multiplier = filter[3] / groups;
  return multiplier <= machine.vector && llvm::isPowerOf2_64(multiplier);
}

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
  // Of the filter, the rows from the one that the first row of outputs meets to
  // the one that the last does.
  int64_t weightRows = std::min((rows - 1) * shape.rowStride + 1, shape.height);
  if (rows > 1 && shape.channels <= machine.vector)
    weightRows = shape.height;
  int64_t weights = weightRows * shape.width;
  // Several products are under way where they are not added at once.
  int64_t product = machine.fma ? 0 : 4;
  // LLVM loads pixels ahead, the more of them the less outputs share them, and
  // of several rows a weight.
  int64_t pixels = machine.registers / (machine.lanes ? 4 : 8) +
                   (machine.lanes ? 2 : 1) * (shape.columnStride - 1);
  if (machine.fma && !machine.lanes && rows > 1)
    ++weights;
  // At the border fewer outputs share a pixel.
  if (shape.isPadded && rows > 1)
    pixels += machine.lanes ? 6 : 1;
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

Strategies hswish::chooseDepthwise(MLIRContext *context, const Machine &machine,
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
  for (const Tile &tile : tiles)
    strategies.push_back(StrategyAttr::get(
        context, Kernel::Depthwise, machine.vector, tile.rows, tile.columns,
        tile.blocks, /*unroll=*/1, LoopOrder::RowsOuter));
  return strategies;
}

Strategies hswish::choosePool(MLIRContext *context, const Machine &machine,
                              const WindowShape &shape, size_t count) {
  // Enough sums side by side to hide the latency of an addition.
  int64_t unroll = std::min<int64_t>(
      machine.fma ? kInFlight : kInFlight / 2,
      std::max<int64_t>(1, shape.channels / machine.vector / machine.threads));
  Strategies strategies;
  for (; unroll > 0 && strategies.size() < count; unroll /= 2)
    strategies.push_back(
        StrategyAttr::get(context, Kernel::Pool, machine.vector, /*rows=*/1,
                          /*columns=*/1, {}, unroll, LoopOrder::RowsOuter));
  return strategies;
}
