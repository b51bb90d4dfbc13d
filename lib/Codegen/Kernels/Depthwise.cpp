//===- Depthwise.cpp - Depthwise convolution ------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Vectors are channels. A tile of `rows` x `columns` outputs is accumulated in
// registers, every input that it needs is loaded once, all taps are unrolled.
// Windows of many taps take one row of the filter after the other.
//
//===----------------------------------------------------------------------===//

#include "Epilogue.h"
#include "Kernels.h"

#include "hswish/Codegen/Strategy.h"

using namespace mlir;
using namespace hswish;

namespace {

class Depthwise {
public:
  explicit Depthwise(Conv2DOp op)
      : t(op), op(op), strategy(*op.getStrategy()),
        filter(op.getUnpackedFilterShape()) {}

  LogicalResult emit();

private:
  /// First element of a tile in the input, the weights, the output, the extras.
  struct Position {
    Index input, weights, output;
    SmallVector<Index> extras;
  };
  Position getPosition(Index n, Index y, Index x, Index c);
  Index getIndex(const FlatMemRef &flat, Index n, Index y, Index x, Index c);

  void emitImage(Index n);
  void emitTile(const Position &at, int64_t rows, int64_t columns,
                int64_t width);
  void accumulateRow(const Position &at, int64_t inputRow, int64_t rows,
                     int64_t columns, int64_t width,
                     SmallVectorImpl<Value> &accs);
  SmallVector<Value> loopOverFilterRows(const Position &at, int64_t rows,
                                        int64_t columns, int64_t width,
                                        ValueRange accs);
  Value loadWeight(const Position &at, int64_t ky, int64_t kx, int64_t width);

  TileBuilder t;
  Conv2DOp op;
  StrategyAttr strategy;
  FailureOr<EpilogueEmitter> epilogue = failure();
  FlatMemRef input, weights, output;
  SmallVector<int64_t, 4> filter;
  int64_t weightRow = 0, weightColumn = 0, weightChannel = 1;
};

LogicalResult Depthwise::emit() {
  FailureOr<FlatMemRef> in = t.flatten(op.getInput()),
                        w = t.flatten(op.getFilter()),
                        out = t.flatten(op.getInit());
  epilogue =
      EpilogueEmitter::create(t, cast<EpilogueOpInterface>(op.getOperation()));
  if (op.hasPadding() || failed(in) || failed(w) || failed(out) ||
      failed(epilogue))
    return failure();
  input = *in, weights = *w, output = *out;
  if (op.isPacked()) {
    weightRow = filter[1] * filter[3], weightColumn = filter[3];
  } else {
    weightRow = weights.strides[0], weightColumn = weights.strides[1];
    weightChannel = weights.strides[3];
  }
  t.loop(0, op.getInitType().getDimSize(0), 1, [&](Index n) { emitImage(n); });
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
  ArrayRef<int64_t> strides = op.getStrides();
  at.input =
      getIndex(input, n, t.scale(y, strides[0]), t.scale(x, strides[1]), c);
  at.weights = t.add(weights.origin, t.scale(c, weightChannel));
  at.output = getIndex(output, n, y, x, c);
  for (const FlatMemRef &extra : epilogue->getExtras())
    at.extras.push_back(getIndex(extra, n, y, x, c));
  return at;
}

/// Within a row of tiles, channels first keep the filter in registers; pixels
/// first load it again for every tile, which is better than from the stack.
void Depthwise::emitImage(Index n) {
  ArrayRef<int64_t> shape = op.getInitType().getShape();
  int64_t vector = strategy.getVector();
  // An overlapping tile reads again what must not have been overwritten.
  bool overlap = llvm::none_of(op.getExtras(), [&](Value extra) {
    return getViewedBuffer(extra) == getViewedBuffer(op.getInit());
  });
  auto forChannels = [&](function_ref<void(Index, int64_t)> body) {
    int64_t whole = shape[3] - shape[3] % vector;
    t.loop(0, whole, vector, [&](Index c) { body(c, vector); });
    for (Piece piece : splitIntoPieces(shape[3] - whole, vector))
      body({Value(), whole + piece.offset}, piece.width);
  };
  auto forRows = [&](function_ref<void(Index, int64_t)> body) {
    t.tiles(shape[1], strategy.getRows(), overlap, body);
  };
  auto forColumns = [&](function_ref<void(Index, int64_t)> body) {
    t.tiles(shape[2], strategy.getColumns(), overlap, body);
  };
  forRows([&](Index y, int64_t rows) {
    if (strategy.getOrder() == LoopOrder::ColumnsOuter)
      forChannels([&](Index c, int64_t width) {
        forColumns([&](Index x, int64_t columns) {
          emitTile(getPosition(n, y, x, c), rows, columns, width);
        });
      });
    else
      forColumns([&](Index x, int64_t columns) {
        forChannels([&](Index c, int64_t width) {
          emitTile(getPosition(n, y, x, c), rows, columns, width);
        });
      });
  });
}

Value Depthwise::loadWeight(const Position &at, int64_t ky, int64_t kx,
                            int64_t width) {
  Value weight = t.loadVector(
      weights, t.add(at.weights, ky * weightRow + kx * weightColumn), width,
      weightChannel);
  return t.widen(weight, output.element);
}

void Depthwise::emitTile(const Position &at, int64_t rows, int64_t columns,
                         int64_t width) {
  Value initial = epilogue->getInitial(t, at.extras, width);
  SmallVector<Value> accs(rows * columns, initial);
  Machine machine =
      Machine::get(getTarget(op), output.element.getIntOrFloatBitWidth());
  if (takesFilterByRows(machine, filter[0] * filter[1], filter[3])) {
    accs = loopOverFilterRows(at, rows, columns, width, accs);
  } else {
    int64_t reach = (rows - 1) * op.getStrides()[0] +
                    (filter[0] - 1) * op.getDilations()[0] + 1;
    for (int64_t iy = 0; iy < reach; ++iy)
      accumulateRow(at, iy, rows, columns, width, accs);
  }
  for (int64_t y = 0; y < rows; ++y) {
    for (int64_t x = 0; x < columns; ++x) {
      SmallVector<Index> extras;
      for (auto [index, extra] :
           llvm::zip_equal(at.extras, epilogue->getExtras()))
        extras.push_back(
            t.add(index, y * extra.strides[1] + x * extra.strides[2]));
      Value result = epilogue->apply(t, accs[y * columns + x], extras);
      t.storeVector(
          result, output,
          t.add(at.output, y * output.strides[1] + x * output.strides[2]),
          output.strides[3]);
    }
  }
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
  SmallVector<Value> taps(filter[0] * filter[1]);
  int64_t reach =
      (columns - 1) * strides[1] + (filter[1] - 1) * dilations[1] + 1;
  for (int64_t ix = 0; ix < reach; ++ix) {
    Value pixel;
    for (int64_t y = 0; y < rows; ++y) {
      for (int64_t x = 0; x < columns; ++x) {
        int64_t ky = tapOf(inputRow, y, 0), kx = tapOf(ix, x, 1);
        if (ky < 0 || kx < 0)
          continue;
        if (!pixel)
          pixel =
              t.widen(t.loadVector(input,
                                   t.add(at.input, inputRow * input.strides[1] +
                                                       ix * input.strides[2]),
                                   width, input.strides[3]),
                      output.element);
        Value &weight = taps[ky * filter[1] + kx];
        if (!weight)
          weight = loadWeight(at, ky, kx, width);
        Value &acc = accs[y * columns + x];
        acc = t.multiplyAdd(pixel, weight, acc);
      }
    }
  }
}

/// for (ky …) with the columns of the filter unrolled; one row of outputs after
/// the other.
SmallVector<Value> Depthwise::loopOverFilterRows(const Position &at,
                                                 int64_t rows, int64_t columns,
                                                 int64_t width,
                                                 ValueRange accs) {
  int64_t kernelRows = filter[0];
  int64_t stride = op.getStrides()[0], dilation = op.getDilations()[0];
  SmallVector<Value> result;
  for (int64_t y = 0; y < rows; ++y) {
    ValueRange part = accs.slice(y * columns, columns);
    auto sums =
        t.rolledLoop(0, kernelRows, 1, part, [&](Index ky, ValueRange in) {
          Position row = at;
          row.input = t.add(t.add(at.input, y * stride * input.strides[1]),
                            t.scale(ky, dilation * input.strides[1]));
          row.weights = t.add(at.weights, t.scale(ky, weightRow));
          SmallVector<Value> current = llvm::to_vector(in);
          accumulateRow(row, /*inputRow=*/0, /*rows=*/1, columns, width,
                        current);
          return current;
        });
    llvm::append_range(result, sums);
  }
  return result;
}

} // namespace

LogicalResult hswish::emitDepthwise(Conv2DOp op) {
  return Depthwise(op).emit();
}
