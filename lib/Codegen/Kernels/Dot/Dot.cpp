//===- Dot.cpp - Convolution to few channels ------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Vectors are steps of the reduction: channels of the input, where those of the
// output would not fill one. `rows` pixels times all output channels are
// vectors of partial sums; at the end of a tile the halves of each are added
// until one number is left. Weights are packed by output channel.
//
//===----------------------------------------------------------------------===//

#include "Dot.h"
#include "../Epilogue.h"
#include "../Window.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace hswish;

namespace {

/// One index for the input, the output and each extra.
using Position = SmallVector<Index>;

class Dot {
public:
  explicit Dot(Conv2DOp op)
      : t(op), op(op), strategy(*op.getStrategy()), groups(op.getGroups()),
        channels(op.getInitType().getDimSize(3) / groups) {}

  LogicalResult emit();

private:
  LogicalResult setOperands();
  void setReduction();
  Position advance(const Position &at, ArrayRef<Size> steps, Index by);
  Position advance(const Position &at, unsigned dim, Index by);
  void emitGroup(const Position &at, Index weightsAt);
  void emitTile(const Position &at, Index weightsAt, int64_t rows);
  SmallVector<Value> reduce(ArrayRef<LoopDim> dims, Index inputAt,
                            Index weightsAt, int64_t rows, ValueRange accs);
  SmallVector<Value> step(Index inputAt, Index weightsAt, int64_t rows,
                          ValueRange accs);
  Value addLanes(Value vector);

  TileBuilder t;
  Conv2DOp op;
  StrategyAttr strategy;
  int64_t groups;
  int64_t channels; ///< of the output, of one group
  FailureOr<EpilogueEmitter> epilogue = failure();
  SmallVector<Size> sizes; ///< of the result
  FlatMemRef input, weights, output;
  /// Elements from a pixel of the output, in each dimension, and from an output
  /// channel's weights to the next.
  SmallVector<Size> pixelSteps;
  Size channelStep = 0;
  /// What a step adds to the places in the input and in the weights.
  SmallVector<LoopDim> reduction;
  Type element;
};

LogicalResult Dot::setOperands() {
  sizes = t.getSizes(op.getInit());
  FailureOr<FlatMemRef> in = t.flatten(op.getInput(),
                                       getImageSizes(t, op, sizes)),
                        w = t.flatten(op.getFilter()),
                        out = t.flatten(op.getInit());
  epilogue =
      EpilogueEmitter::create(t, cast<EpilogueOpInterface>(op.getOperation()));
  if (failed(in) || failed(w) || failed(out) || failed(epilogue))
    return failure();
  input = *in, weights = *w, output = *out, element = output.element;
  pixelSteps = {input.strides[0], input.strides[1] * op.getStrides()[0],
                input.strides[2] * op.getStrides()[1]};
  return success();
}

void Dot::setReduction() {
  SmallVector<int64_t, 4> filter = op.getUnpackedFilterShape();
  SmallVector<Size> steps = {filter[1] * filter[2], filter[2], 1};
  channelStep = filter[0] * filter[1] * filter[2];
  if (!op.isPacked()) {
    steps.assign(weights.strides.begin(), weights.strides.begin() + 3);
    channelStep = weights.strides[3];
  }
  reduction = collapseDims(
      {{filter[0], {input.strides[1] * op.getDilations()[0], steps[0]}},
       {filter[1], {input.strides[2] * op.getDilations()[1], steps[1]}},
       {filter[2], {input.strides[3], steps[2]}}});
}

LogicalResult Dot::emit() {
  if (failed(setOperands()))
    return failure();
  setReduction();
  Position origin = {input.origin, output.origin};
  int64_t inputs = op.getUnpackedFilterShape()[2];
  SmallVector<Size> steps = {input.strides[3] * inputs,
                             output.strides[3] * channels};
  for (const FlatMemRef &extra : epilogue->getExtras()) {
    origin.push_back(extra.origin);
    steps.push_back(extra.strides[3] * channels);
  }
  t.loop(0, groups, 1, [&](Index g) {
    emitGroup(advance(origin, steps, g),
              t.add(weights.origin, t.scale(g, channelStep * channels)));
  });
  return success();
}

void Dot::emitGroup(const Position &at, Index weightsAt) {
  bool overlap = epilogue->allowsOverlap();
  t.loop(0, sizes[0], 1, [&](Index n) {
    Position image = advance(at, 0, n);
    t.loop(0, sizes[1], 1, [&](Index y) {
      Position line = advance(image, 1, y);
      t.tiles(sizes[2], strategy.getRows(), overlap,
              [&](Index x, int64_t rows) {
                emitTile(advance(line, 2, x), weightsAt, rows);
              });
    });
  });
}

Position Dot::advance(const Position &at, ArrayRef<Size> steps, Index by) {
  Position next;
  for (auto [index, step] : llvm::zip_equal(at, steps))
    next.push_back(t.add(index, t.scale(by, step)));
  return next;
}

/// `by` images (0), rows (1) or columns (2) of the output further.
Position Dot::advance(const Position &at, unsigned dim, Index by) {
  SmallVector<Size> steps = {pixelSteps[dim], output.strides[dim]};
  for (const FlatMemRef &extra : epilogue->getExtras())
    steps.push_back(extra.strides[dim]);
  return advance(at, steps, by);
}

void Dot::emitTile(const Position &at, Index weightsAt, int64_t rows) {
  OpBuilder &b = t.builder();
  Location loc = t.getLoc();
  Value zero = t.splat(element, strategy.getVector(), 0.0);
  SmallVector<Value> accs(rows * channels, zero);
  accs = reduce(reduction, at[0], weightsAt, rows, accs);
  for (int64_t row = 0; row < rows; ++row) {
    Position pixel = advance(at, 2, {Value(), row});
    for (const Piece &piece : splitIntoPieces(channels, strategy.getVector())) {
      SmallVector<Value> sums;
      for (int64_t i = 0; i < piece.width; ++i)
        sums.push_back(addLanes(accs[row * channels + piece.offset + i]));
      SmallVector<Index> extras;
      for (auto [index, extra] : llvm::zip_equal(ArrayRef(pixel).drop_front(2),
                                                 epilogue->getExtras()))
        extras.push_back(t.add(index, extra.strides[3] * piece.offset));
      Value sum = vector::FromElementsOp::create(
          b, loc, VectorType::get(piece.width, element), sums);
      sum = arith::AddFOp::create(b, loc, sum,
                                  epilogue->getInitial(t, extras, piece.width));
      t.storeVector(epilogue->apply(t, sum, extras), output,
                    t.add(pixel[1], output.strides[3] * piece.offset),
                    output.strides[3]);
    }
  }
}

SmallVector<Value> Dot::reduce(ArrayRef<LoopDim> dims, Index inputAt,
                               Index weightsAt, int64_t rows, ValueRange accs) {
  auto body = [&](Index i, ValueRange accs) {
    Index in = t.add(inputAt, t.scale(i, dims[0].steps[0]));
    Index w = t.add(weightsAt, t.scale(i, dims[0].steps[1]));
    return dims.size() == 1 ? step(in, w, rows, accs)
                            : reduce(dims.drop_front(), in, w, rows, accs);
  };
  if (dims.size() > 1)
    return t.loop(0, dims[0].size, 1, accs, body);
  // Unrolled, its weights would be the same for all tiles, and be kept.
  return t.rolledLoop(0, dims[0].size, strategy.getVector(), accs, body);
}

/// One vector of each pixel with one of each output channel's weights.
SmallVector<Value> Dot::step(Index inputAt, Index weightsAt, int64_t rows,
                             ValueRange accs) {
  int64_t width = strategy.getVector();
  auto load = [&](const FlatMemRef &from, Index at, const Size &step) {
    return t.widen(t.loadVector(from, at, width, step), element);
  };
  SmallVector<Value> ofChannels;
  for (int64_t f = 0; f < channels; ++f)
    ofChannels.push_back(load(weights, t.add(weightsAt, channelStep * f),
                              reduction.back().steps[1]));
  SmallVector<Value> next;
  for (int64_t row = 0; row < rows; ++row) {
    Value pixel = load(input, t.add(inputAt, pixelSteps[2] * row),
                       reduction.back().steps[0]);
    for (int64_t f = 0; f < channels; ++f)
      next.push_back(
          t.multiplyAdd(pixel, ofChannels[f], accs[row * channels + f]));
  }
  return next;
}

/// The sum of a vector's elements, by halves.
Value Dot::addLanes(Value vector) {
  OpBuilder &b = t.builder();
  Location loc = t.getLoc();
  for (int64_t half = strategy.getVector() / 2; half > 0; half /= 2) {
    auto part = [&](int64_t offset) {
      return vector::ShuffleOp::create(
          b, loc, vector, vector,
          llvm::to_vector(llvm::seq(offset, offset + half)));
    };
    vector = arith::AddFOp::create(b, loc, part(0), part(half));
  }
  return t.extract(vector, 0);
}

} // namespace

LogicalResult dot::emit(Conv2DOp op) { return Dot(op).emit(); }
