//===- Cuts.cpp - What threads can share of a kernel ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Cuts.h"

#include "../Kernels/Trips.h"
#include "Shares.h"
#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Utils/MemRefUtils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
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

/// How often a loop with one induction variable runs, if that is known.
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

Operation *hswish::getStart(Block &kernel) {
  auto ops = kernel.without_terminator();
  return &*llvm::find_if(
      ops, [](Operation &op) { return !isMemoryEffectFree(&op); });
}

/// Whether `size` is known before anything in `kernel`, a block, has effects.
static bool isKnownAtStart(Value size, Block &kernel) {
  Operation *op = size.getDefiningOp();
  if (!op || op->hasTrait<OpTrait::ConstantLike>())
    return op || size.getParentBlock() == &kernel;
  return op->getBlock() == &kernel && op->isBeforeInBlock(getStart(kernel));
}

static bool canBeCut(scf::ParallelOp loop, Block &kernel) {
  auto isKnown = [&](Value size) { return isKnownAtStart(size, kernel); };
  return loop && loop.getInductionVars().size() == 1 &&
         loop.getInitVals().empty() &&
         (countIterations(loop) ||
          (getConstantIntValue(loop.getStep().front()) &&
           isKnown(loop.getLowerBound().front()) &&
           isKnown(loop.getUpperBound().front())));
}

/// Loops and runs of `block`. Ops without effects stay where they are, for all
/// threads, unless they need what a run reads.
static std::vector<Item> getItems(Block &block, Block &kernel) {
  std::vector<Item> items;
  llvm::SmallDenseSet<Operation *> inRuns;
  for (Operation &op : block.without_terminator()) {
    if (auto loop = dyn_cast<scf::ParallelOp>(op); canBeCut(loop, kernel)) {
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
  if (!item.iterations)
    return true;
  int64_t count = *item.iterations;
  if (item.inner.size() == 1 && item.inner.front().loop)
    count *= item.inner.front().iterations.value_or(kUnknownIterations);
  return count % threads == 0 || count >= kEnoughIterations * threads;
}

/// Whether the loops inside a loop are better left alone: they would need
/// registers for where they start and end.
static bool isEnough(std::optional<int64_t> iterations, int64_t threads) {
  return iterations && (*iterations >= kEnoughIterations * threads ||
                        (*iterations >= kEnoughEvenIterations * threads &&
                         *iterations % threads == 0));
}

std::vector<Item> hswish::planCuts(Block &block, Block &kernel,
                                   int64_t threads) {
  std::vector<Item> items = getItems(block, kernel);
  bool hasLoop =
      llvm::any_of(items, [](const Item &item) { return item.loop; });
  auto isNeeded = [&](const Item &item) { return isUsedOutside(item, block); };
  if (!hasLoop || llvm::any_of(items, isNeeded) || !areIndependent(items))
    return {};
  for (Item &item : items) {
    if (item.loop) {
      Block &body = *item.loop.getBody();
      item.iterations = countIterations(item.loop);
      item.inner = planCuts(body, kernel, threads);
      item.isEveryones =
          !item.inner.empty() &&
          llvm::none_of(item.inner, std::mem_fn(&Item::hasLength));
      if (item.isEveryones)
        continue;
      // What is in an iteration is for those who run it: no line of all
      // threads.
      if (llvm::any_of(item.inner, [](auto &in) { return in.isEveryones; }))
        item.inner.clear();
      for (Item &in : item.inner)
        in.isLine = false;
      if (isEnough(item.iterations, threads))
        item.inner.clear();
      if (item.inner.empty())
        item.work = estimateWork(body);
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
