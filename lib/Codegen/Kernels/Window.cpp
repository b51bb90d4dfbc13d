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

WindowDim WindowDim::get(Conv2DOp op, int dim) {
  ArrayRef<int64_t> pads = op.getPads();
  return {op.getStrides()[dim],
          op.getDilations()[dim],
          op.getUnpackedFilterShape()[dim],
          pads[dim],
          pads[dim + 2],
          cast<MemRefType>(op.getInput().getType()).getDimSize(1 + dim)};
}

std::pair<int64_t, int64_t> WindowDim::getInside(int64_t outputs) const {
  int64_t reach = (taps - 1) * dilation + 1;
  int64_t first = llvm::divideCeil(low, stride);
  int64_t end = (size + low - reach + stride) / stride;
  return {first, std::min(end, outputs)};
}

bool WindowDim::isOutside(Index start, int64_t distance) const {
  int64_t at = start.offset + distance;
  return !start.base && (at < 0 || at >= size);
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
  auto tapAt = [&](int64_t place) -> Value {
    Value distance = arith::SubIOp::create(b, loc, t.constantIndex(place),
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
