//===- Shares.cpp - A kernel's work, shared out among threads -------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Shares.h"
#include "../Kernels/Size.h"
#include "../Kernels/Trips.h"
#include "Cuts.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace hswish;

namespace {
/// Rewrites a kernel. A share is the part of the line of work from `low` to
/// `high`, both counted from where the block or loop in question starts.
class ShareBuilder {
public:
  ShareBuilder(func::FuncOp kernel, int64_t usualThreads)
      : b(kernel.getContext()), loc(kernel.getLoc()),
        usualThreads(usualThreads) {}

  void build(func::FuncOp kernel, ArrayRef<Item> items);

private:
  std::pair<Value, Value> getShare(const Size &length);
  Size getIterations(const Item &item);
  Size getWork(const Item &item);
  Size getLength(const Item &item);
  Size getLength(ArrayRef<Item> items);
  /// `trips` of a block's loops are about one part of `parts`.
  void cutBlock(ArrayRef<Item> items, Value low, Value high, int64_t parts);
  void cutLoop(const Item &item, Value low, Value high, int64_t parts);
  void cutInside(const Item &item, Value low, Value high, int64_t parts);
  void guard(ArrayRef<Operation *> run, Value low, Value high);

  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value add(Value x, Value y) { return arith::AddIOp::create(b, loc, x, y); }
  Value subtract(Value x, Value y) {
    return arith::SubIOp::create(b, loc, x, y);
  }
  Value multiply(Value x, Value y) {
    return arith::MulIOp::create(b, loc, x, y);
  }
  Value clamp(Value x, const Size &high) {
    x = arith::MaxSIOp::create(b, loc, x, constant(0));
    return arith::MinSIOp::create(b, loc, x, materialize(high));
  }
  /// Before anything that has effects.
  template <typename Build>
  Value atStart(Build build) {
    OpBuilder::InsertionGuard guard(b);
    if (beforeStart)
      b.setInsertionPointAfter(beforeStart);
    else
      b.setInsertionPointToStart(entry);
    Value value = build();
    beforeStart = value.getDefiningOp();
    return value;
  }
  Value materialize(const Size &size) {
    if (size.isConstant())
      return constant(size.getConstant());
    return atStart([&] {
      Value product = constant(size.getFactor());
      for (Value by : size.getValues())
        product = multiply(product, by);
      return product;
    });
  }
  Size sum(const Size &x, const Size &y) {
    if (x.isConstant() && y.isConstant())
      return x.getConstant() + y.getConstant();
    if (x == 0 || y == 0)
      return x == 0 ? y : x;
    return atStart([&] {
      Value left = materialize(x), right = materialize(y);
      return add(left, right);
    });
  }

  OpBuilder b;
  Location loc;
  int64_t usualThreads;
  Block *entry = nullptr;
  Operation *beforeStart = nullptr; ///< where the code of lengths stands
  Value thread, threads;
};
} // namespace

void ShareBuilder::build(func::FuncOp kernel, ArrayRef<Item> items) {
  Type index = b.getIndexType();
  unsigned position = kernel.getNumArguments();
  (void)kernel.insertArguments({position, position}, {index, index}, {{}, {}},
                               {loc, loc});
  thread = kernel.getArgument(position);
  threads = kernel.getArgument(position + 1);
  entry = &kernel.getBody().front();
  beforeStart = getStart(*entry)->getPrevNode();
  auto [low, high] = getShare(getLength(items));
  cutBlock(items, low, high, usualThreads);
}

/// This thread's part of a line.
std::pair<Value, Value> ShareBuilder::getShare(const Size &length) {
  OpBuilder::InsertionGuard guard(b);
  Value end;
  if (length.isConstant()) {
    b.setInsertionPointToStart(entry);
    end = constant(length.getConstant());
  } else {
    end = materialize(length);
    b.setInsertionPointAfterValue(end);
  }
  auto startOf = [&](Value thread) -> Value {
    return arith::DivUIOp::create(b, loc, multiply(thread, end), threads);
  };
  Value low = startOf(thread);
  return {low, startOf(add(thread, constant(1)))};
}

Size ShareBuilder::getIterations(const Item &item) {
  if (item.iterations)
    return *item.iterations;
  scf::ParallelOp loop = item.loop;
  int64_t step = *getConstantIntValue(loop.getStep().front());
  return atStart([&]() -> Value {
    // A constant may stand further down.
    auto boundOf = [&](Value bound) {
      std::optional<int64_t> value = getConstantIntValue(bound);
      return value ? constant(*value) : bound;
    };
    // There is none if it ends before it starts.
    Value length = subtract(boundOf(loop.getUpperBound().front()),
                            boundOf(loop.getLowerBound().front()));
    length = arith::MaxSIOp::create(b, loc, length, constant(0));
    return arith::CeilDivUIOp::create(b, loc, length, constant(step));
  });
}

/// At least one: loops inside may have no iterations.
Size ShareBuilder::getWork(const Item &item) {
  if (item.inner.empty())
    return item.work;
  Size work = getLength(item.inner);
  if (work.isConstant())
    return std::max<int64_t>(work.getConstant(), 1);
  Value length = materialize(work);
  return atStart([&]() -> Value {
    return arith::MaxSIOp::create(b, loc, length, constant(1));
  });
}

/// Its part of the line around it.
Size ShareBuilder::getLength(const Item &item) {
  return item.hasLength() ? getIterations(item) * getWork(item) : Size(0);
}

Size ShareBuilder::getLength(ArrayRef<Item> items) {
  Size length = 0;
  for (const Item &item : items)
    length = sum(length, getLength(item));
  return length;
}

void ShareBuilder::cutBlock(ArrayRef<Item> items, Value low, Value high,
                            int64_t parts) {
  Size before = 0;
  for (const Item &item : items) {
    b.setInsertionPoint(item.loop ? item.loop : item.run.back());
    Value from = subtract(low, materialize(before)),
          to = subtract(high, materialize(before));
    before = sum(before, getLength(item));
    if (item.isLine)
      std::tie(from, to) = getShare(getIterations(item) * getWork(item));
    if (item.isEveryones)
      cutInside(item, low, high, parts);
    else if (item.loop)
      cutLoop(item, from, to, parts);
    else
      guard(item.run, from, to);
  }
}

/// A run belongs to the thread in whose part it starts.
void ShareBuilder::guard(ArrayRef<Operation *> run, Value low, Value high) {
  Value zero = constant(0);
  Value isHere = arith::AndIOp::create(
      b, loc,
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle, low, zero),
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, high, zero));
  auto ifOp = scf::IfOp::create(b, loc, isHere, /*withElseRegion=*/false);
  for (Operation *op : run)
    op->moveBefore(ifOp.thenYield());
}

/// The iterations from `low` to `high`, one after the other.
static scf::ForOp makeSequential(OpBuilder &b, scf::ParallelOp loop, Value low,
                                 Value high) {
  auto cut =
      scf::ForOp::create(b, loop.getLoc(), low, high, loop.getStep().front());
  Block *body = loop.getBody();
  body->getTerminator()->erase();
  body->getArgument(0).replaceAllUsesWith(cut.getInductionVar());
  cut.getBody()->getOperations().splice(cut.getBody()->begin(),
                                        body->getOperations());
  loop.erase();
  return cut;
}

void ShareBuilder::cutInside(const Item &item, Value low, Value high,
                             int64_t parts) {
  scf::ParallelOp loop = item.loop;
  makeSequential(b, loop, loop.getLowerBound().front(),
                 loop.getUpperBound().front());
  cutBlock(item.inner, low, high, parts);
}

/// An iteration that is not cut belongs to the thread in whose part it starts,
/// too.
void ShareBuilder::cutLoop(const Item &item, Value low, Value high,
                           int64_t parts) {
  scf::ParallelOp loop = item.loop;
  Size work = getWork(item), length = getIterations(item) * work;
  Value workOfOne = materialize(work);
  Value from = clamp(low, length), to = clamp(high, length);
  Value first =
      item.inner.empty()
          ? arith::CeilDivUIOp::create(b, loc, from, workOfOne).getResult()
          : arith::DivUIOp::create(b, loc, from, workOfOne).getResult();
  Value last = arith::CeilDivUIOp::create(b, loc, to, workOfOne);
  Value start = loop.getLowerBound().front(), step = loop.getStep().front();
  auto cut = makeSequential(b, loop, add(start, multiply(first, step)),
                            add(start, multiply(last, step)));
  if (item.iterations)
    setTrips(cut, llvm::divideCeil(*item.iterations, parts));
  if (item.inner.empty())
    return;
  b.setInsertionPointToStart(cut.getBody());
  Value iteration = arith::DivUIOp::create(
      b, loc, subtract(cut.getInductionVar(), start), step);
  Value before = multiply(iteration, workOfOne);
  cutBlock(item.inner, subtract(low, before), subtract(high, before),
           /*parts=*/1);
}

/// One loop for each induction variable.
static void makeNest(scf::ParallelOp loop) {
  OpBuilder b(loop);
  IRMapping mapping;
  for (auto [low, high, step, iv] :
       llvm::zip_equal(loop.getLowerBound(), loop.getUpperBound(),
                       loop.getStep(), loop.getInductionVars())) {
    auto single = scf::ParallelOp::create(b, loop.getLoc(), low, high, step);
    mapping.map(iv, single.getInductionVars().front());
    b.setInsertionPointToStart(single.getBody());
  }
  for (Operation &op : loop.getBody()->without_terminator())
    b.clone(op, mapping);
  loop.erase();
}

LogicalResult hswish::makeShares(func::FuncOp kernel, int64_t threads) {
  SmallVector<scf::ParallelOp> loops;
  kernel.walk([&](scf::ParallelOp loop) {
    if (loop.getInductionVars().size() > 1 && loop.getInitVals().empty())
      loops.push_back(loop);
  });
  llvm::for_each(loops, makeNest);
  std::vector<Item> items =
      planCuts(kernel.getBody().front(), kernel.getBody().front(), threads);
  if (items.empty())
    return failure();
  ShareBuilder(kernel, threads).build(kernel, items);
  return success();
}
