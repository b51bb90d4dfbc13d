//===- Depthwise.cpp - Depthwise convolution ------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Vectors are channels. A tile of `rows` x `columns` outputs is accumulated in
// registers, every input that it needs is loaded once, all taps are unrolled.
// A tile with a single row takes one row of the filter after the other.
//
// Padding is not in memory. Tiles at the border have places that are constants,
// and leave out the taps that meet nothing; loops over rows of the filter leave
// out rows. Of an image whose size is only known at run time, tiles at the
// border are single outputs, with loops over the taps that meet something.
//
// An input channel may have several output channels (a power of two).
//
// Averages of rows: a tile adds its outputs to what the tiles to the left of it
// have left in memory, in the order in which the pooling kernel would.
//
//===----------------------------------------------------------------------===//

#include "Depthwise.h"
#include "../Epilogue.h"
#include "../Window.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace hswish;

namespace {

class Depthwise {
public:
  explicit Depthwise(Conv2DOp op)
      : t(op), op(op), strategy(*op.getStrategy()),
        filter(op.getUnpackedFilterShape()),
        multiplier(filter[3] / static_cast<int64_t>(op.getGroups())),
        window{WindowDim::get(t, op, 0), WindowDim::get(t, op, 1)},
        sizes(t.getSizes(op.getInit())) {}

  LogicalResult emit();

private:
  /// First element of a tile in the input, the weights, the output, the extras.
  struct Position {
    Index input, weights, output, averages;
    SmallVector<Index> extras;
    /// Row and column of the input. Only tiles for which they are constants
    /// reach beyond the border.
    Index place[2];
    /// Column of the output, for averages.
    int64_t column = 0;
  };
  Position getPosition(Index n, Index y, Index x, Index c);
  Index getIndex(const FlatMemRef &flat, Index n, Index y, Index x, Index c);
  Index moveBy(Index at, const FlatMemRef &flat, int64_t rows,
               int64_t columns) {
    return t.add(t.add(at, flat.strides[1] * rows), flat.strides[2] * columns);
  }

  /// A tile with one row takes one row of the filter after the other.
  bool isByRows() { return strategy.getRows() == 1 || isClipped[0]; }
  void forTiles(int dim, int64_t tile, bool overlap,
                function_ref<void(Index, int64_t)> body);
  void emitImage(Index n);
  void emitTile(const Position &at, int64_t rows, int64_t columns,
                int64_t width);
  SmallVector<Value> accumulateClipped(const Position &at, int64_t width,
                                       ValueRange accs);
  void accumulateRow(const Position &at, int64_t inputRow, int64_t rows,
                     int64_t columns, int64_t width,
                     SmallVectorImpl<Value> &accs);
  SmallVector<Value> loopOverFilterRows(const Position &at, int64_t columns,
                                        int64_t width, ValueRange accs);
  Index getInputChannel(Index c);
  Value loadPixel(Index at, int64_t width);
  Value loadWeight(const Position &at, int64_t ky, int64_t kx, int64_t width);
  void addToAverage(const Position &at, int64_t row, ArrayRef<Value> outputs);

  TileBuilder t;
  Conv2DOp op;
  StrategyAttr strategy;
  FailureOr<EpilogueEmitter> epilogue = failure();
  FlatMemRef input, weights, output;
  std::optional<FlatMemRef> averages;
  SmallVector<int64_t, 4> filter;
  int64_t multiplier; ///< output channels of an input channel
  WindowDim window[2];
  SmallVector<Size> sizes; ///< of the result
  Size weightRow = 0, weightColumn = 0, weightChannel = 1;
  /// Whether rows or columns of the tile that is being built may reach beyond
  /// the border, at a place that is only known at run time.
  bool isClipped[2] = {false, false};
};

LogicalResult Depthwise::emit() {
  FailureOr<FlatMemRef> in = t.flatten(op.getInput(),
                                       getImageSizes(t, op, sizes)),
                        w = t.flatten(op.getFilter()),
                        out = t.flatten(op.getInit());
  epilogue =
      EpilogueEmitter::create(t, cast<EpilogueOpInterface>(op.getOperation()));
  if (failed(in) || failed(w) || failed(out) || failed(epilogue))
    return failure();
  input = *in, weights = *w, output = *out;
  if (op.getAverages()) {
    // Their tiles are not in a loop.
    FailureOr<FlatMemRef> flat = t.flatten(op.getAverages());
    if (failed(flat) || !sizes[2].isConstant())
      return failure();
    averages = *flat;
  }
  if (op.isPacked()) {
    weightRow = filter[1] * filter[3], weightColumn = filter[3];
  } else {
    weightRow = weights.strides[0], weightColumn = weights.strides[1];
    weightChannel = weights.strides[3];
  }
  t.loop(0, sizes[0], 1, [&](Index n) { emitImage(n); });
  return success();
}

Index Depthwise::getIndex(const FlatMemRef &flat, Index n, Index y, Index x,
                          Index c) {
  Index at = flat.origin;
  Index ivs[] = {n, y, x, c};
  for (auto [iv, stride] : llvm::zip_equal(ivs, flat.strides))
    at = t.add(at, t.scale(iv, stride));
  return at;
}

Depthwise::Position Depthwise::getPosition(Index n, Index y, Index x, Index c) {
  Position at;
  at.place[0] = window[0].getStart(t, y);
  at.place[1] = window[1].getStart(t, x);
  at.input = getIndex(input, n, at.place[0], at.place[1], getInputChannel(c));
  at.weights = t.add(weights.origin, t.scale(c, weightChannel));
  at.output = getIndex(output, n, y, x, c);
  if (averages) {
    at.averages = getIndex(*averages, n, y, {}, c);
    at.column = x.offset; // Its tiles are not in a loop.
  }
  for (const FlatMemRef &extra : epilogue->getExtras())
    at.extras.push_back(getIndex(extra, n, y, x, c));
  return at;
}

/// Vectors start with the first output channel of an input channel.
Index Depthwise::getInputChannel(Index c) {
  if (multiplier == 1)
    return c;
  Index channel = {Value(), c.offset / multiplier};
  if (c.base)
    channel.base = arith::DivUIOp::create(t.builder(), t.getLoc(), c.base,
                                          t.constantIndex(multiplier));
  return channel;
}

/// What `width` output channels read of a pixel: each of its channels as often
/// as it has output channels.
Value Depthwise::loadPixel(Index at, int64_t width) {
  Value pixel =
      t.widen(t.loadVector(input, at, width / multiplier, input.strides[3]),
              output.element);
  if (multiplier == 1)
    return pixel;
  SmallVector<int64_t> lanes;
  for (int64_t lane = 0; lane < width; ++lane)
    lanes.push_back(lane / multiplier);
  return vector::ShuffleOp::create(t.builder(), t.getLoc(), pixel, pixel,
                                   lanes);
}

/// Tiles over the rows or columns of the output. Those in a loop read nothing
/// beyond the input.
void Depthwise::forTiles(int dim, int64_t tile, bool overlap,
                         function_ref<void(Index, int64_t)> body) {
  const Size &size = sizes[1 + dim];
  auto [low, high] = window[dim].getInside(t, size);
  if (averages && dim == 1)
    overlap = false, low = high = 0;
  t.tiles(size, tile, overlap, low, high, body, [&](Index i) {
    isClipped[dim] = true;
    body(i, 1);
    isClipped[dim] = false;
  });
}

/// Within a row of tiles, channels first keep the filter in registers; pixels
/// first load it again for every tile, which is better than from the stack.
void Depthwise::emitImage(Index n) {
  bool overlap = epilogue->allowsOverlap();
  auto forChannels = [&](function_ref<void(Index, int64_t)> body) {
    t.vectors(filter[3], strategy.getVector(), body);
  };
  auto forRows = [&](function_ref<void(Index, int64_t)> body) {
    if (isByRows())
      t.tiles(sizes[1], strategy.getRows(), overlap, body);
    else
      forTiles(0, strategy.getRows(), overlap, body);
  };
  auto forColumns = [&](function_ref<void(Index, int64_t)> body) {
    forTiles(1, strategy.getColumns(), overlap, body);
  };
  forRows([&](Index y, int64_t rows) {
    auto emit = [&](Index x, int64_t columns, Index c, int64_t width) {
      // Each output of a column at the border is a tile.
      int64_t step = isClipped[1] ? 1 : rows;
      for (int64_t row = 0; row < rows; row += step)
        emitTile(getPosition(n, t.add(y, row), x, c), step, columns, width);
    };
    if (strategy.getOrder() == LoopOrder::ColumnsOuter)
      forChannels([&](Index c, int64_t width) {
        forColumns(
            [&](Index x, int64_t columns) { emit(x, columns, c, width); });
      });
    else
      forColumns([&](Index x, int64_t columns) {
        forChannels(
            [&](Index c, int64_t width) { emit(x, columns, c, width); });
      });
  });
}

Value Depthwise::loadWeight(const Position &at, int64_t ky, int64_t kx,
                            int64_t width) {
  Value weight = t.loadVector(
      weights, t.add(t.add(at.weights, weightRow * ky), weightColumn * kx),
      width, weightChannel);
  return t.widen(weight, output.element);
}

void Depthwise::emitTile(const Position &at, int64_t rows, int64_t columns,
                         int64_t width) {
  Value initial = epilogue->getInitial(t, at.extras, width);
  SmallVector<Value> accs(rows * columns, initial);
  if (isByRows() || isClipped[1]) {
    accs = loopOverFilterRows(at, columns, width, accs);
  } else {
    int64_t reach = (rows - 1) * op.getStrides()[0] +
                    (filter[0] - 1) * op.getDilations()[0] + 1;
    for (int64_t iy = 0; iy < reach; ++iy)
      accumulateRow(at, iy, rows, columns, width, accs);
  }
  for (int64_t y = 0; y < rows; ++y) {
    SmallVector<Value> outputs;
    for (int64_t x = 0; x < columns; ++x) {
      SmallVector<Index> extras;
      for (auto [index, extra] :
           llvm::zip_equal(at.extras, epilogue->getExtras()))
        extras.push_back(moveBy(index, extra, y, x));
      Value result = epilogue->apply(t, accs[y * columns + x], extras);
      t.storeVector(result, output, moveBy(at.output, output, y, x),
                    output.strides[3]);
      outputs.push_back(result);
    }
    if (averages)
      addToAverage(at, y, outputs);
  }
}

/// Adds what a tile has computed of a row; the last tile divides.
void Depthwise::addToAverage(const Position &at, int64_t row,
                             ArrayRef<Value> outputs) {
  OpBuilder &b = t.builder();
  Location loc = t.getLoc();
  int64_t size = sizes[2].getConstant();
  int64_t width = cast<VectorType>(outputs[0].getType()).getDimSize(0);
  Index place = t.add(at.averages, averages->strides[1] * row);
  Value sum = at.column == 0
                  ? t.splat(output.element, width, 0.0)
                  : t.loadVector(*averages, place, width, averages->strides[3]);
  for (Value value : outputs)
    sum = arith::AddFOp::create(b, loc, sum, value);
  if (at.column + static_cast<int64_t>(outputs.size()) == size)
    sum = arith::MulFOp::create(b, loc, sum,
                                t.splat(output.element, width, 1.0 / size));
  t.storeVector(sum, *averages, place, averages->strides[3]);
}

/// Adds what one row of inputs contributes to the tile.
void Depthwise::accumulateRow(const Position &at, int64_t inputRow,
                              int64_t rows, int64_t columns, int64_t width,
                              SmallVectorImpl<Value> &accs) {
  ArrayRef<int64_t> strides = op.getStrides(), dilations = op.getDilations();
  /// Which tap takes position `in` to output `out`, or -1.
  auto tapOf = [&](int64_t in, int64_t out, int dim) -> int64_t {
    int64_t distance = in - out * strides[dim];
    if (distance < 0 || distance % dilations[dim] != 0 ||
        distance / dilations[dim] >= filter[dim])
      return -1;
    return distance / dilations[dim];
  };
  if (window[0].isOutside(at.place[0], inputRow))
    return;
  SmallVector<Value> taps(filter[0] * filter[1]);
  int64_t reach =
      (columns - 1) * strides[1] + (filter[1] - 1) * dilations[1] + 1;
  for (int64_t ix = 0; ix < reach; ++ix) {
    if (window[1].isOutside(at.place[1], ix))
      continue;
    Value pixel;
    for (int64_t y = 0; y < rows; ++y) {
      for (int64_t x = 0; x < columns; ++x) {
        int64_t ky = tapOf(inputRow, y, 0), kx = tapOf(ix, x, 1);
        if (ky < 0 || kx < 0)
          continue;
        if (!pixel)
          pixel = loadPixel(moveBy(at.input, input, inputRow, ix), width);
        Value &weight = taps[ky * filter[1] + kx];
        if (!weight)
          weight = loadWeight(at, ky, kx, width);
        Value &acc = accs[y * columns + x];
        acc = t.multiplyAdd(pixel, weight, acc);
      }
    }
  }
}

/// Adds what the taps in a row of the filter that meet something contribute to
/// the one output of a tile.
SmallVector<Value> Depthwise::accumulateClipped(const Position &at,
                                                int64_t width,
                                                ValueRange accs) {
  return window[1].loop(t, at.place[1], accs, [&](Index kx, ValueRange in) {
    Position column = at;
    column.input =
        t.add(at.input, t.scale(kx, input.strides[2] * op.getDilations()[1]));
    column.weights = t.add(at.weights, t.scale(kx, weightColumn));
    Value weight = loadWeight(column, 0, 0, width);
    Value pixel = loadPixel(column.input, width);
    return SmallVector<Value>{t.multiplyAdd(pixel, weight, in[0])};
  });
}

/// for (ky …) with the columns of the filter unrolled.
SmallVector<Value> Depthwise::loopOverFilterRows(const Position &at,
                                                 int64_t columns, int64_t width,
                                                 ValueRange accs) {
  return window[0].loop(t, at.place[0], accs, [&](Index ky, ValueRange in) {
    Position row = at;
    row.place[0] = ky; // Not beyond the border, which is not known here.
    row.input =
        t.add(at.input, t.scale(ky, input.strides[1] * op.getDilations()[0]));
    row.weights = t.add(at.weights, t.scale(ky, weightRow));
    if (isClipped[1])
      return accumulateClipped(row, width, in);
    SmallVector<Value> current = llvm::to_vector(in);
    accumulateRow(row, /*inputRow=*/0, /*rows=*/1, columns, width, current);
    return current;
  });
}

} // namespace

LogicalResult depthwise::emit(Conv2DOp op) { return Depthwise(op).emit(); }
