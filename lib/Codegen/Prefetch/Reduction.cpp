//===- Reduction.cpp - The reductions of kernels, and their steps ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reduction.h"
#include "../Kernels/Trips.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace hswish;

/// The trips of all loops around `op`, the innermost first, or nothing if one
/// of them is not known.
static FailureOr<SmallVector<Trips>> getTripsAround(Operation *op) {
  SmallVector<Trips> result;
  auto add = [&](Value iv, Value lower, Value step,
                 std::optional<int64_t> count, bool isExact) {
    if (count && *count > 0)
      result.push_back({iv, lower, step, *count, isExact});
    return success(count && *count > 0);
  };
  for (; !isa<func::FuncOp>(op); op = op->getParentOp()) {
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      if (failed(add(loop.getInductionVar(), loop.getLowerBound(),
                     loop.getStep(), countTrips(loop),
                     !loop->hasAttr(kTripsAttrName))))
        return failure();
    } else if (auto loop = dyn_cast<scf::ParallelOp>(op)) {
      for (unsigned i = loop.getNumLoops(); i-- > 0;) {
        Value lower = loop.getLowerBound()[i], step = loop.getStep()[i];
        if (failed(add(loop.getInductionVars()[i], lower, step,
                       countTrips(lower, loop.getUpperBound()[i], step), true)))
          return failure();
      }
    } else {
      return failure();
    }
  }
  return result;
}

/// How many bits of multiply-adds a loop's body has that are its own.
static int64_t countBits(scf::ForOp loop) {
  int64_t bits = 0;
  for (Operation &op : *loop.getBody()) {
    auto type = isa<math::FmaOp, arith::AddFOp>(op)
                    ? dyn_cast<VectorType>(op.getResult(0).getType())
                    : nullptr;
    if (type && !type.isScalable())
      bits += type.getNumElements() * type.getElementTypeBitWidth();
  }
  return bits;
}

Reduction hswish::findReduction(func::FuncOp kernel) {
  Reduction best;
  kernel.walk([&](scf::ForOp loop) {
    if (loop.getInitArgs().empty())
      return;
    auto around = getTripsAround(loop);
    if (failed(around))
      return;
    Reduction found{loop, *around, 1, countBits(loop)};
    for (const Trips &trips : found.around)
      found.iterations *= trips.count;
    if (found.getBits() > best.getBits())
      best = found;
  });
  return best;
}

Value Reduction::advance(OpBuilder &b, Value start, Value step) const {
  Location loc = loop->getLoc();
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  int64_t inner = around.front().count;
  Value at = start;
  for (const Trips &trips : llvm::drop_begin(around)) {
    Value trip = arith::SubIOp::create(b, loc, trips.iv, trips.lower);
    trip = arith::DivUIOp::create(b, loc, trip, trips.step);
    if (!trips.isExact)
      trip = arith::MinUIOp::create(b, loc, trip, constant(trips.count - 1));
    Value steps = arith::MulIOp::create(b, loc, trip, constant(inner));
    at = arith::AddIOp::create(b, loc, at,
                               arith::MulIOp::create(b, loc, steps, step));
    inner *= trips.count;
  }
  return at;
}
