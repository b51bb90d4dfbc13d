//===- Shares.cpp - A kernel's work, shared out among threads -------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Shares.h"
#include "../Kernels/Trips.h"
#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Utils/MemRefUtils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace hswish;

/// Loops with so many iterations a thread are even enough; of others the loops
/// inside are cut, too.
static constexpr int64_t kEnoughIterations = 16;
/// If each gets the same number, fewer are: more than one for the case that
/// some of the threads are not there.
static constexpr int64_t kEnoughEvenIterations = 4;
/// Iterations of loops whose bounds are not known.
static constexpr int64_t kUnknownIterations = 8;

//===----------------------------------------------------------------------===//
// How much work there is
//===----------------------------------------------------------------------===//

/// Of a loop with one induction variable.
static std::optional<int64_t> countIterations(scf::ParallelOp loop) {
  return countTrips(loop.getLowerBound().front(), loop.getUpperBound().front(),
                    loop.getStep().front());
}

static int64_t estimateWork(Operation *op) {
  int64_t inside = 0;
  for (Region &region : op->getRegions())
    for (Block &block : region)
      inside += hswish::estimateWork(block);
  if (auto loop = dyn_cast<scf::ParallelOp>(op)) {
    int64_t work = std::max<int64_t>(inside, 1);
    for (auto [low, high, step] : llvm::zip_equal(
             loop.getLowerBound(), loop.getUpperBound(), loop.getStep()))
      work *= countTrips(low, high, step).value_or(kUnknownIterations);
    return work;
  }
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return inside * countTrips(loop).value_or(kUnknownIterations);
  if (isa<HSwishDialect>(op->getDialect()))
    return 4;
  if (isa<math::MathDialect>(op->getDialect()))
    return isa<math::FmaOp>(op) ? 1 : 16;
  if (inside > 0 || op->hasTrait<OpTrait::ConstantLike>())
    return inside;
  bool isFloat = op->getNumResults() > 0 &&
                 isa<FloatType>(getElementTypeOrSelf(op->getResult(0)));
  return isFloat || !isMemoryEffectFree(op) ? 1 : 0;
}

int64_t hswish::estimateWork(Block &block) {
  int64_t work = 0;
  for (Operation &op : block)
    if (!op.hasTrait<OpTrait::IsTerminator>())
      work += ::estimateWork(&op);
  return work;
}

//===----------------------------------------------------------------------===//
// What may be done at the same time
//===----------------------------------------------------------------------===//

namespace {
/// A loop that is cut, or a run of other ops that is done as a whole.
struct Item {
  scf::ParallelOp loop;
  SmallVector<Operation *> run;
  /// Of the loop: how often, and what is cut inside.
  int64_t iterations = 1;
  std::vector<Item> inner;
  /// Of one iteration, or of the run.
  int64_t work = 1;
  /// Whether all threads run this loop, and share the loops inside.
  bool isEveryones = false;
  /// Whether it is a line of its own.
  bool isLine = false;

  /// Its part of the line around it.
  int64_t getLength() const {
    return isEveryones || isLine ? 0 : iterations * work;
  }
};
} // namespace

static int64_t getLength(ArrayRef<Item> items) {
  int64_t length = 0;
  for (const Item &item : items)
    length += item.getLength();
  return length;
}

using Buffers = llvm::SmallDenseSet<Value>;

static void collectBuffers(const Item &item, Buffers &reads, Buffers &writes) {
  auto visit = [&](Operation *op) {
    auto effects = dyn_cast<MemoryEffectOpInterface>(op);
    SmallVector<MemoryEffects::EffectInstance> instances;
    if (effects)
      effects.getEffects(instances);
    for (const MemoryEffects::EffectInstance &instance : instances) {
      if (!instance.getValue())
        continue;
      bool isRead = isa<MemoryEffects::Read>(instance.getEffect());
      (isRead ? reads : writes)
          .insert(
              memref::skipViewLikeOps(cast<MemrefValue>(instance.getValue())));
    }
  };
  if (item.loop)
    item.loop->walk(visit);
  for (Operation *op : item.run)
    op->walk(visit);
}

/// Whether no item reads what another one writes.
static bool areIndependent(ArrayRef<Item> items) {
  SmallVector<Buffers> reads(items.size()), writes(items.size());
  for (auto [i, item] : llvm::enumerate(items))
    collectBuffers(item, reads[i], writes[i]);
  for (size_t i = 0; i < items.size(); ++i)
    for (size_t j = 0; j < items.size(); ++j)
      if (i != j && llvm::any_of(writes[i], [&](Value buffer) {
            return reads[j].contains(buffer);
          }))
        return false;
  return true;
}

static bool canBeCut(scf::ParallelOp loop) {
  return loop && loop.getInductionVars().size() == 1 &&
         loop.getInitVals().empty() && countIterations(loop);
}

/// Loops and runs of `block`. Ops without effects stay where they are, for all
/// threads, unless they need what a run reads.
static std::vector<Item> getItems(Block &block) {
  std::vector<Item> items;
  llvm::SmallDenseSet<Operation *> inRuns;
  for (Operation &op : block.without_terminator()) {
    if (auto loop = dyn_cast<scf::ParallelOp>(op); canBeCut(loop)) {
      items.emplace_back().loop = loop;
      continue;
    }
    bool needsRun = llvm::any_of(op.getOperands(), [&](Value operand) {
      return inRuns.contains(operand.getDefiningOp());
    });
    if (isMemoryEffectFree(&op) && !needsRun)
      continue;
    if (items.empty() || items.back().loop)
      items.emplace_back();
    items.back().run.push_back(&op);
    inRuns.insert(&op);
  }
  return items;
}

/// Whether a result of the run is needed outside of it.
static bool isUsedOutside(const Item &item, Block &block) {
  for (Operation *op : item.run)
    for (Operation *user : op->getUsers())
      if (!llvm::is_contained(item.run, block.findAncestorOpInBlock(*user)))
        return true;
  return false;
}

/// Whether all threads get as much as the others of a loop that is a line.
static bool isEven(const Item &item, int64_t threads) {
  int64_t count = item.iterations;
  if (item.inner.size() == 1 && item.inner.front().loop)
    count *= item.inner.front().iterations;
  return count % threads == 0 || count >= kEnoughIterations * threads;
}

/// Whether the loops inside a loop are better left alone: they would need
/// registers for where they start and end.
static bool isEnough(int64_t iterations, int64_t threads) {
  return iterations >= kEnoughIterations * threads ||
         (iterations >= kEnoughEvenIterations * threads &&
          iterations % threads == 0);
}

/// What can be cut of `block`, in order; nothing if that is not possible.
static std::vector<Item> planCuts(Block &block, int64_t threads) {
  std::vector<Item> items = getItems(block);
  bool hasLoop =
      llvm::any_of(items, [](const Item &item) { return item.loop; });
  auto isNeeded = [&](const Item &item) { return isUsedOutside(item, block); };
  if (!hasLoop || llvm::any_of(items, isNeeded) || !areIndependent(items))
    return {};
  for (Item &item : items) {
    if (item.loop) {
      Block &body = *item.loop.getBody();
      item.iterations = *countIterations(item.loop);
      item.inner = planCuts(body, threads);
      item.isEveryones = !item.inner.empty() && getLength(item.inner) == 0;
      if (item.isEveryones)
        continue;
      if (isEnough(item.iterations, threads))
        item.inner.clear();
      item.work =
          item.inner.empty() ? estimateWork(body) : getLength(item.inner);
      item.isLine =
          item.loop->hasAttr(kSharedByAllAttrName) && isEven(item, threads);
    } else {
      item.work = 0;
      for (Operation *op : item.run)
        item.work += ::estimateWork(op);
    }
    item.work = std::max<int64_t>(item.work, 1);
  }
  return items;
}

//===----------------------------------------------------------------------===//
// Shares
//===----------------------------------------------------------------------===//

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
  std::pair<Value, Value> getShare(int64_t length);
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
  Value clamp(Value x, int64_t high) {
    x = arith::MaxSIOp::create(b, loc, x, constant(0));
    return arith::MinSIOp::create(b, loc, x, constant(high));
  }

  OpBuilder b;
  Location loc;
  int64_t usualThreads;
  Block *entry = nullptr;
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
  auto [low, high] = getShare(getLength(items));
  cutBlock(items, low, high, usualThreads);
}

/// This thread's part of a line.
std::pair<Value, Value> ShareBuilder::getShare(int64_t length) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(entry);
  Value end = constant(length);
  auto startOf = [&](Value thread) -> Value {
    return arith::DivUIOp::create(b, loc, multiply(thread, end), threads);
  };
  Value low = startOf(thread);
  return {low, startOf(add(thread, constant(1)))};
}

void ShareBuilder::cutBlock(ArrayRef<Item> items, Value low, Value high,
                            int64_t parts) {
  int64_t start = 0;
  for (const Item &item : items) {
    b.setInsertionPoint(item.loop ? item.loop : item.run.back());
    Value from = subtract(low, constant(start)),
          to = subtract(high, constant(start));
    start += item.getLength();
    if (item.isLine)
      std::tie(from, to) = getShare(item.iterations * item.work);
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
  int64_t length = item.iterations * item.work;
  Value work = constant(item.work);
  Value from = clamp(low, length), to = clamp(high, length);
  Value first = item.inner.empty()
                    ? arith::CeilDivUIOp::create(b, loc, from, work).getResult()
                    : arith::DivUIOp::create(b, loc, from, work).getResult();
  Value last = arith::CeilDivUIOp::create(b, loc, to, work);
  Value start = loop.getLowerBound().front(), step = loop.getStep().front();
  auto cut = makeSequential(b, loop, add(start, multiply(first, step)),
                            add(start, multiply(last, step)));
  setTrips(cut, llvm::divideCeil(item.iterations, parts));
  if (item.inner.empty())
    return;
  b.setInsertionPointToStart(cut.getBody());
  Value iteration = arith::DivUIOp::create(
      b, loc, subtract(cut.getInductionVar(), start), step);
  Value before = multiply(iteration, work);
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
  std::vector<Item> items = planCuts(kernel.getBody().front(), threads);
  if (items.empty())
    return failure();
  ShareBuilder(kernel, threads).build(kernel, items);
  return success();
}
