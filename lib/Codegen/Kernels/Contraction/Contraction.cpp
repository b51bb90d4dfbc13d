//===- Contraction.cpp - Pointwise and direct convolution, matmul, GEMV ---===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// One kernel: `rows` pixels times a block of output channels are accumulators
// in registers; every step of the reduction broadcasts a value of each pixel
// and multiplies it with the block's row of weights. What differs is where the
// steps are: channels of one pixel (pointwise, matmul), channels of all taps of
// a window (direct). Dimensions that memory holds in one piece are one loop: a
// pointwise convolution over a contiguous image runs over all its pixels, and
// the taps of a window's row continue its channels. Padding that is not in
// memory is left out: rows of a window by the bounds of the loop. Tiles at the
// left and the right border are code of their own, in which columns beyond it
// are zeros. Of an image whose width is only known at run time, these are
// single pixels in a loop.
//
//===----------------------------------------------------------------------===//

#include "ContractionKernel.h"

#include "../Trips.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace hswish;
using namespace hswish::contraction;

LogicalResult Contraction::setOperands(Value inputRef,
                                       ArrayRef<Size> inputSizes,
                                       Value weightsRef, Value init) {
  FailureOr<FlatMemRef> in = t.flatten(inputRef, inputSizes),
                        w = t.flatten(weightsRef), out = t.flatten(init);
  epilogue = EpilogueEmitter::create(t, op);
  if (failed(in) || failed(w) || failed(out) || failed(epilogue))
    return failure();
  input = *in, weights = *w, output = *out;
  element = output.element;
  overlap = epilogue->allowsOverlap();
  return success();
}

void Contraction::setPixels(ArrayRef<Size> sizes, ArrayRef<Size> inputSteps) {
  SmallVector<LoopDim> dims;
  for (unsigned d = 0; d < sizes.size(); ++d) {
    LoopDim dim{sizes[d], {inputSteps[d], output.strides[d]}};
    for (const FlatMemRef &extra : epilogue->getExtras())
      dim.steps.push_back(extra.strides[d]);
    dims.push_back(dim);
  }
  pixels = window.empty() ? collapseDims(dims) : dims;
}

void Contraction::setReduction(ArrayRef<LoopDim> dims) {
  if (window.empty())
    reduction = collapseDims(dims);
  else
    reduction.assign(dims.begin(), dims.end());
  for (const LoopDim &dim : reduction)
    steps *= dim.size.getConstant();
}

Position Contraction::advance(const Position &at, ArrayRef<Size> by, Index iv) {
  Position next;
  for (auto [index, step] : llvm::zip_equal(at, by))
    next.push_back(t.add(index, t.scale(iv, step)));
  return next;
}

/// The output and the extras move with the channels, the input does not.
Position Contraction::advanceChannels(const Position &at, Index by) {
  SmallVector<Size> steps = {0, output.strides.back()};
  for (const FlatMemRef &extra : epilogue->getExtras())
    steps.push_back(extra.strides.back());
  return advance(at, steps, by);
}

/// The `i`th pixel of a dimension.
Position Contraction::advanceTo(unsigned dim, const Position &at, Index i) {
  if (!window.empty() && dim > 0)
    place[dim - 1] = window[dim - 1].getStart(t, i);
  return advance(at, pixels[dim].steps, i);
}

/// Returns the outermost loop.
scf::ParallelOp
Contraction::emitPixels(unsigned dim, const Position &at,
                        function_ref<void(const Position &, int64_t)> body) {
  const Size &size = pixels[dim].size;
  if (dim + 1 < pixels.size())
    return t.loop(0, size, 1, [&](Index i) {
      emitPixels(dim + 1, advanceTo(dim, at, i), body);
    });
  std::pair<Size, Size> inside = {0, size};
  if (!window.empty())
    inside = window[1].getInside(t, size);
  return t.tiles(
      size, strategy.getRows(), overlap, inside.first, inside.second,
      [&](Index i, int64_t rows) { body(advanceTo(dim, at, i), rows); },
      [&](Index i) {
        mayReachBorder = true;
        body(advanceTo(dim, at, i), /*rows=*/1);
        mayReachBorder = false;
      });
}

/// Whether the pixels, of input and output, are more than the weights. So they
/// are supposed to be where their number is not known.
bool Contraction::isMostlyPixels(int64_t groupInputChannels,
                                 int64_t channels) const {
  Size count = 1;
  for (const LoopDim &dim : pixels)
    count *= dim.size;
  return !count.isConstant() ||
         count.getConstant() * (groupInputChannels + channels) >=
             steps * channels;
}

/// Blocks of the same width that follow each other are a loop. `body` gets the
/// first channel, the start of the weights and the width.
void Contraction::emitBlocks(function_ref<void(Index, Index, int64_t)> body) {
  ArrayRef<int64_t> blocks = strategy.getBlocks();
  int64_t channel = 0;
  for (size_t i = 0; i < blocks.size();) {
    int64_t width = blocks[i], count = 0;
    for (; i < blocks.size() && blocks[i] == width; ++i)
      ++count;
    Size perChannel = isPacked ? steps : weights.strides.back();
    // One pixel has nothing else to share than blocks, of any width.
    t.loop(
        channel, channel + width * count, width,
        [&](Index n) { body(n, t.scale(n, perChannel), width); },
        /*keepsSingle=*/strategy.getKernel() == contraction::kGemv &&
            blocks.size() > 1);
    channel += width * count;
  }
}

void Contraction::emit(int64_t groups, int64_t groupInputChannels,
                       int64_t channels) {
  Position origin = {input.origin, output.origin};
  for (auto [dim, step] : llvm::zip(window, ArrayRef(input.strides).slice(1)))
    origin[0] = t.add(origin[0], step * -dim.low);
  for (const FlatMemRef &extra : epilogue->getExtras())
    origin.push_back(extra.origin);
  t.loop(0, groups, 1, [&](Index group) {
    Position at = advanceChannels(origin, t.scale(group, channels));
    at[0] =
        t.add(at[0], t.scale(group, input.strides.back() * groupInputChannels));
    Size perGroup = (isPacked ? steps : weights.strides.back()) * channels;
    Index weightsAt = t.add(weights.origin, t.scale(group, perGroup));
    if (strategy.getOrder() == LoopOrder::RowsOuter) {
      emitPixels(0, at, [&](const Position &pixel, int64_t rows) {
        emitBlocks([&](Index n, Index blockAt, int64_t width) {
          emitTile(advanceChannels(pixel, n), t.add(weightsAt, blockAt), rows,
                   width);
        });
      });
      return;
    }
    emitBlocks([&](Index n, Index blockAt, int64_t width) {
      Index tileWeights = t.add(weightsAt, blockAt);
      auto loop = emitPixels(0, advanceChannels(at, n),
                             [&](const Position &pixel, int64_t rows) {
                               emitTile(pixel, tileWeights, rows, width);
                             });
      // Who reads the result, and who has made the input, does so by pixels.
      if (loop && isMostlyPixels(groupInputChannels, channels))
        loop->setAttr(kSharedByAllAttrName, t.builder().getUnitAttr());
    });
  });
}

void Contraction::emitTile(const Position &at, Index weightsAt,
                           int64_t tileRows, int64_t width) {
  rows = tileRows;
  pieces = splitIntoPieces(width, strategy.getVector());
  weightStep = isPacked ? width : weights.strides[weights.strides.size() - 2];
  auto positionOf = [&](int64_t row, const Piece &piece) {
    Position p = advance(at, pixels.back().steps, {Value(), row});
    return advanceChannels(p, {Value(), piece.offset});
  };
  auto extrasOf = [](const Position &p) { return ArrayRef(p).drop_front(2); };

  SmallVector<Value> first, accs;
  for (const Piece &piece : pieces)
    first.push_back(
        epilogue->getInitial(t, extrasOf(positionOf(0, piece)), piece.width));
  for (int64_t row = 0; row < rows; ++row)
    llvm::append_range(accs, first);
  if (!window.empty())
    fetchAhead(at[0]);
  accs = reduce(reduction, at[0], weightsAt, accs);
  for (int64_t row = 0; row < rows; ++row) {
    for (auto [i, piece] : llvm::enumerate(pieces)) {
      Position p = positionOf(row, piece);
      Value result =
          epilogue->apply(t, accs[row * pieces.size() + i], extrasOf(p));
      t.storeVector(result, output, p[1], output.strides.back());
    }
  }
}

/// An image that has not been padded comes from far away: fetches what the
/// tile below reads and this one does not.
void Contraction::fetchAhead(Index inputAt) {
  ArrayRef<Size> steps = input.strides;
  if (!steps[2].isConstant())
    return;
  int64_t line = 64 * 8 / input.element.getIntOrFloatBitWidth();
  int64_t channels = steps[3] == 1 ? 1 : reduction.back().size.getConstant();
  int64_t reach = (window[0].taps - 1) * window[0].dilation + 1;
  int64_t width = rows * window[1].stride * steps[2].getConstant();
  for (int64_t c = 0; c < channels; ++c)
    for (int64_t y = 0; y < window[0].stride; ++y)
      for (int64_t x = 0; x < width; x += line) {
        Index row = t.add(inputAt, steps[1] * (reach + y));
        t.prefetch(input, t.add(t.add(row, steps[3] * c), x));
      }
}

LogicalResult contraction::emit(Conv2DOp op) {
  Contraction kernel(cast<EpilogueOpInterface>(op.getOperation()),
                     *op.getStrategy());
  TileBuilder &t = kernel.getBuilder();
  SmallVector<Size> outputs = t.getSizes(op.getInit());
  if (failed(kernel.setOperands(op.getInput(), getImageSizes(t, op, outputs),
                                op.getFilter(), op.getInit())))
    return failure();
  if (op.hasPadding())
    kernel.setPadding(WindowDim::get(t, op, 0), WindowDim::get(t, op, 1));
  kernel.setPacked(op.isPacked());
  SmallVector<int64_t, 4> filter = op.getUnpackedFilterShape();
  ArrayRef<Size> in = kernel.getInput().strides;
  ArrayRef<int64_t> strides = op.getStrides(), dilations = op.getDilations();
  kernel.setPixels(ArrayRef(outputs).drop_back(),
                   {in[0], in[1] * strides[0], in[2] * strides[1]});
  kernel.setReduction({{filter[0], {in[1] * dilations[0]}},
                       {filter[1], {in[2] * dilations[1]}},
                       {filter[2], {in[3]}}});
  int64_t groups = op.getGroups();
  kernel.emit(groups, filter[2], filter[3] / groups);
  return success();
}

LogicalResult contraction::emit(MatmulOp op) {
  Contraction kernel(cast<EpilogueOpInterface>(op.getOperation()),
                     *op.getStrategy());
  SmallVector<Size> outputs = kernel.getBuilder().getSizes(op.getInit());
  SmallVector<int64_t, 2> rhs = op.getUnpackedRhsShape();
  if (failed(kernel.setOperands(op.getLhs(), {outputs[0], rhs[0]}, op.getRhs(),
                                op.getInit())))
    return failure();
  kernel.setPacked(op.isPacked());
  ArrayRef<Size> in = kernel.getInput().strides;
  kernel.setPixels(ArrayRef(outputs).drop_back(), {in[0]});
  kernel.setReduction({{rhs[0], {in[1]}}});
  kernel.emit(/*groups=*/1, rhs[0], rhs[1]);
  return success();
}
