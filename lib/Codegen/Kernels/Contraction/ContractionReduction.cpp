//===- ContractionReduction.cpp - The sums of one tile ------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractionKernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace hswish;
using namespace hswish::contraction;

/// Whether the window of a pixel reaches beyond the left or right border.
bool Contraction::reachesBorder(int64_t row) const {
  if (window.empty() || mayReachBorder)
    return mayReachBorder;
  const WindowDim &dim = window[1];
  return dim.isOutside(place[1], row * dim.stride) ||
         dim.isOutside(place[1],
                       row * dim.stride + (dim.taps - 1) * dim.dilation);
}

/// What is beyond the border is zero.
Value Contraction::loadPixel(Index at, int64_t row) {
  if (!reachesBorder(row))
    return t.load(input, at);
  OpBuilder &b = t.builder();
  Location loc = t.getLoc();
  const WindowDim &dim = window[1];
  Index column =
      t.add(t.add(place[1], row * dim.stride), t.scale(tap, dim.dilation));
  // As unsigned numbers, negative ones are beyond the other border.
  Value isInside =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult,
                            t.materialize(column), t.materialize(dim.size));
  Value index = arith::SelectOp::create(b, loc, isInside, t.materialize(at),
                                        t.constantIndex(0));
  Value zero =
      arith::ConstantOp::create(b, loc, b.getFloatAttr(input.element, 0.0));
  return arith::SelectOp::create(b, loc, isInside, t.load(input, {index}),
                                 zero);
}

/// LLVM must not unroll the loops of a window: a tile's weights would be the
/// same for all tiles, and a pixel the same for several taps. It would load all
/// of them ahead, more than there are registers for.
SmallVector<Value> Contraction::windowLoop(int64_t size, int64_t step,
                                           ValueRange accs,
                                           TileBuilder::ReductionBody body) {
  if (strategy.getKernel() == contraction::kDirect)
    return t.rolledLoop(0, size, step, accs, body);
  return t.loop(0, size, step, accs, body);
}

SmallVector<Value> Contraction::reduce(ArrayRef<LoopDim> dims, Index inputAt,
                                       Index weightsAt, ValueRange accs) {
  if (dims.size() == 1)
    return reduceInner(dims[0], inputAt, weightsAt, accs);
  int64_t inner = 1;
  for (const LoopDim &dim : dims.drop_front())
    inner *= dim.size.getConstant();
  bool isOutermost = dims.size() == reduction.size();
  auto body = [&](Index i, ValueRange accs) {
    if (!isOutermost)
      tap = i;
    return reduce(dims.drop_front(),
                  t.add(inputAt, t.scale(i, dims[0].steps[0])),
                  t.add(weightsAt, t.scale(i, weightStep * inner)), accs);
  };
  if (isOutermost && !window.empty())
    return window[0].loop(t, place[0], accs, body);
  if (isOutermost || !hasUnrolledRows())
    return windowLoop(dims[0].size.getConstant(), 1, accs, body);
  SmallVector<Value> current = llvm::to_vector(accs);
  for (int64_t i = 0; i < dims[0].size.getConstant(); ++i)
    current = body({Value(), i}, current);
  return current;
}

/// How many of `size` steps a turn of the loop takes. By lanes, two chunks make
/// counting and addresses half as much; but where one load of a pair of vectors
/// reaches both chunks of every pixel, LLVM makes all of those loads at once,
/// for which there are no registers.
int64_t Contraction::getTurn(int64_t size) const {
  constexpr int64_t kReachOfPairs = 1024;
  int64_t unroll = strategy.getUnroll();
  Size reach = pixels.back().steps[0] * (element.getIntOrFloatBitWidth() / 8);
  bool apart =
      rows > 1 && (!reach.isConstant() || reach.getConstant() >= kReachOfPairs);
  bool two = usesLanes() && strategy.getKernel() == contraction::kPointwise &&
             apart && size % (2 * unroll) == 0;
  return two ? 2 * unroll : unroll;
}

SmallVector<Value> Contraction::reduceInner(LoopDim dim, Index inputAt,
                                            Index weightsAt, ValueRange accs) {
  int64_t unroll = strategy.getUnroll(), size = dim.size.getConstant();
  const Size &inputStep = dim.steps[0], &pixelStep = pixels.back().steps[0];
  bool lanes = usesLanes();
  auto chunk = [&](Index k, int64_t count, ValueRange from) {
    SmallVector<Value> current = llvm::to_vector(from);
    Index inputK = t.add(inputAt, t.scale(k, inputStep));
    Index weightsK = t.add(weightsAt, t.scale(k, weightStep));
    SmallVector<Value> loaded;
    for (int64_t row = 0; lanes && count == unroll && row < rows; ++row)
      loaded.push_back(
          t.loadVector(input, t.add(inputK, pixelStep * row), unroll));
    for (int64_t u = 0; u < count; ++u)
      step(t.add(weightsK, weightStep * u), current, [&](int64_t row) {
        auto load = [&] {
          Index pixel = t.add(inputK, pixelStep * row);
          return loadPixel(t.add(pixel, inputStep * u), row);
        };
        return t.widen(loaded.empty() ? load() : t.extract(loaded[row], u),
                       element);
      });
    return current;
  };
  int64_t whole = size - size % unroll;
  SmallVector<Value> current = llvm::to_vector(accs);
  if (hasUnrolledRows()) {
    for (int64_t k = 0; k < whole; k += unroll)
      current = chunk({Value(), k}, unroll, current);
  } else {
    int64_t turn = getTurn(whole);
    current = windowLoop(whole, turn, current, [&](Index k, ValueRange accs) {
      SmallVector<Value> current = llvm::to_vector(accs);
      for (int64_t i = 0; i < turn; i += unroll)
        current = chunk(t.add(k, i), unroll, current);
      return current;
    });
  }
  if (whole < size)
    current = chunk({Value(), whole}, size - whole, current);
  return current;
}

/// One step of the reduction on all accumulators.
void Contraction::step(Index weightsAt, SmallVectorImpl<Value> &accs,
                       function_ref<Value(int64_t)> inputOfRow) {
  SmallVector<Value> weightsOfPiece;
  Size channelStep = isPacked ? 1 : weights.strides.back();
  for (const Piece &piece : pieces)
    weightsOfPiece.push_back(t.widen(
        t.loadVector(weights, t.add(weightsAt, channelStep * piece.offset),
                     piece.width, channelStep),
        element));
  for (int64_t row = 0; row < rows; ++row) {
    Value scalar = inputOfRow(row);
    Value vector;
    for (auto [i, piece] : llvm::enumerate(pieces)) {
      if (i == 0 || pieces[i - 1].width != piece.width)
        vector = t.broadcast(scalar, piece.width);
      Value &acc = accs[row * pieces.size() + i];
      acc = t.multiplyAdd(vector, weightsOfPiece[i], acc);
    }
  }
}
