//===- Window.cpp - Windows that reach beyond their image -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Window.h"

#include "Trips.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace hswish;

WindowDim WindowDim::get(TileBuilder &t, Conv2DOp op, int dim) {
  ArrayRef<int64_t> pads = op.getPads();
  return {op.getStrides()[dim],
          op.getDilations()[dim],
          op.getUnpackedFilterShape()[dim],
          pads[dim],
          pads[dim + 2],
          t.getSize(op.getInput(), 1 + dim)};
}

SmallVector<Size> hswish::getImageSizes(TileBuilder &t, Conv2DOp op,
                                        ArrayRef<Size> outputs) {
  SmallVector<Size> sizes = t.getSizes(op.getInput());
  for (int dim = 0; dim < 2; ++dim) {
    WindowDim window = WindowDim::get(t, op, dim);
    if (window.taps == 1 && window.stride == 1 && !window.isPadded())
      sizes[1 + dim] = outputs[1 + dim];
  }
  if (!sizes[0].isConstant())
    sizes[0] = outputs[0];
  return sizes;
}

std::pair<Size, Size> WindowDim::getInside(TileBuilder &t,
                                           const Size &outputs) const {
  int64_t reach = (taps - 1) * dilation + 1;
  int64_t first = llvm::divideCeil(low, stride);
  Size end = t.quotient(t.sum(size, low - reach + stride), stride);
  return {first, t.minimum(end, outputs)};
}

bool WindowDim::isOutside(Index start, int64_t distance) const {
  int64_t at = start.offset + distance;
  return !start.base && (at < 0 || at >= size.getConstant());
}

SmallVector<Value> WindowDim::loop(TileBuilder &t, Index start,
                                   ValueRange inits,
                                   TileBuilder::ReductionBody body) const {
  Value first = t.constantIndex(0), end = t.constantIndex(taps),
        one = t.constantIndex(1);
  if (!isPadded())
    return t.rolledLoop(first, end, one, inits, body);
  OpBuilder &b = t.builder();
  Location loc = t.getLoc();
  /// The first tap that is at `place` or beyond.
  auto tapAt = [&](const Size &place) -> Value {
    Value distance = arith::SubIOp::create(b, loc, t.materialize(place),
                                           t.materialize(start));
    return arith::CeilDivSIOp::create(b, loc, distance,
                                      t.constantIndex(dilation));
  };
  first = arith::MaxSIOp::create(b, loc, tapAt(0), first);
  end = arith::MinSIOp::create(b, loc, tapAt(size), end);
  SmallVector<Value> results = t.rolledLoop(first, end, one, inits, body);
  setTrips(results.front().getDefiningOp<scf::ForOp>(), taps);
  return results;
}

bool hswish::isOneChannelAGroup(Conv2DOp op, const Machine &machine) {
  SmallVector<int64_t, 4> filter = op.getUnpackedFilterShape();
  int64_t groups = op.getGroups();
  if (groups == 1 || filter[2] != 1)
    return false;
  int64_t multiplier = filter[3] / groups;
  return multiplier <= machine.vector && llvm::isPowerOf2_64(multiplier);
}
