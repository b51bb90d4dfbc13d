//===- DistributeToThreads.cpp - One parallel region per run --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Shares.h"
#include "hswish/Codegen/ModelInterface.h"
#include "hswish/Codegen/Passes.h"
#include "hswish/IR/ElementTypes.h"
#include "hswish/IR/Sizes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace hswish {
#define GEN_PASS_DEF_DISTRIBUTETOTHREADSPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

static constexpr StringLiteral kMeetName = "hswish_meet_threads";
/// Threads need some hundred nanoseconds to meet: less work than that (in
/// instructions) is one thread's.
static constexpr int64_t kLeastWork = 400;

//===----------------------------------------------------------------------===//
// What a layer reads and writes
//===----------------------------------------------------------------------===//

namespace {
/// Bytes of a buffer of the model's function.
struct Access {
  Value buffer;
  int64_t low, high;
  bool isWrite;

  bool conflictsWith(const Access &other) const {
    return (isWrite || other.isWrite) && buffer == other.buffer &&
           low < other.high && other.low < high;
  }
};

/// An op of the model's function that does something.
struct Step {
  Operation *op = nullptr;
  bool isShared = false;
  /// Nothing is known of it.
  bool isOpaque = false;
  SmallVector<Access> accesses;

  /// Whether threads must meet between the two.
  bool conflictsWith(const Step &later) const {
    if (!isShared && !later.isShared) // One thread does both.
      return false;
    if (isOpaque || later.isOpaque)
      return true;
    return llvm::any_of(accesses, [&](const Access &access) {
      return llvm::any_of(later.accesses, [&](const Access &other) {
        return access.conflictsWith(other);
      });
    });
  }
};

/// A function that is called for some layers.
struct KernelInfo {
  bool isShared;
  /// Whether the function reads, or writes, each argument.
  SmallVector<bool> isRead, isWritten;
};
} // namespace

/// The part of a buffer that `memref` shows: exact for the views that memory
/// planning made, all of it for views of those.
static Access getAccess(Value memref, bool isWrite) {
  while (auto view = memref.getDefiningOp<ViewLikeOpInterface>()) {
    auto planned = dyn_cast<memref::ViewOp>(*view);
    std::optional<int64_t> start =
        planned ? getConstantIntValue(planned.getByteShift()) : std::nullopt;
    if (start) {
      MemRefType type = planned.getType();
      return {planned.getSource(), *start, *start + getStoredBytes(type),
              isWrite};
    }
    memref = view.getViewSource();
  }
  return {memref, 0, std::numeric_limits<int64_t>::max(), isWrite};
}

static KernelInfo describe(func::FuncOp kernel) {
  KernelInfo info{false, SmallVector<bool>(kernel.getNumArguments()),
                  SmallVector<bool>(kernel.getNumArguments())};
  auto mark = [&](Value memref, bool read, bool write) {
    while (auto view = memref.getDefiningOp<ViewLikeOpInterface>())
      memref = view.getViewSource();
    auto argument = dyn_cast<BlockArgument>(memref);
    if (!argument || argument.getOwner() != &kernel.getBody().front())
      return;
    info.isRead[argument.getArgNumber()] |= read;
    info.isWritten[argument.getArgNumber()] |= write;
  };
  kernel.walk([&](Operation *op) {
    if (auto effects = dyn_cast<MemoryEffectOpInterface>(op)) {
      SmallVector<MemoryEffects::EffectInstance> instances;
      effects.getEffects(instances);
      for (const MemoryEffects::EffectInstance &instance : instances)
        if (Value value = instance.getValue())
          mark(value, isa<MemoryEffects::Read>(instance.getEffect()),
               isa<MemoryEffects::Write>(instance.getEffect()));
    } else if (!isMemoryEffectFree(op) && op->getNumRegions() == 0) {
      for (Value operand : op->getOperands())
        mark(operand, true, true);
    }
  });
  return info;
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct DistributeToThreadsPass
    : hswish::impl::DistributeToThreadsPassBase<DistributeToThreadsPass> {
  using Base::Base;

  void runOnOperation() override {
    if (threads <= 1)
      return;
    SmallVector<func::FuncOp> models;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPublic() && !function.isExternal())
        models.push_back(function);
    if (!llvm::all_of(models, canBeDistributed))
      return;
    declareMeeting();
    for (func::FuncOp model : models)
      distribute(model);
  }

  /// Only what gives no values can be one thread's.
  static bool canBeDistributed(func::FuncOp model) {
    if (!model.getBody().hasOneBlock())
      return false;
    for (Operation &op : model.getBody().front().without_terminator())
      if (op.getNumResults() > 0 && !isMemoryEffectFree(&op)) {
        op.emitWarning("is not for several threads: the model will run with "
                       "one");
        return false;
      }
    return true;
  }

  void declareMeeting() {
    auto b = OpBuilder::atBlockEnd(getOperation().getBody());
    func::FuncOp::create(
        b, getOperation().getLoc(), kMeetName,
        b.getFunctionType({b.getIndexType(), b.getIndexType()}, {}))
        .setPrivate();
  }

  void distribute(func::FuncOp model);
  Step describeStep(Operation *op);
  const KernelInfo *getKernel(Operation *op);

  DenseMap<Operation *, KernelInfo> kernels;
};

/// The kernel that `op` calls, cut if it is worth it; null for another op.
const KernelInfo *DistributeToThreadsPass::getKernel(Operation *op) {
  auto call = dyn_cast<func::CallOp>(op);
  auto kernel =
      call ? getOperation().lookupSymbol<func::FuncOp>(call.getCallee())
           : nullptr;
  if (!kernel || kernel.isExternal() || !kernel.getBody().hasOneBlock())
    return nullptr;
  auto [entry, isNew] = kernels.try_emplace(kernel);
  if (isNew) {
    entry->second = describe(kernel);
    entry->second.isShared =
        estimateWork(kernel.getBody().front()) >= kLeastWork &&
        succeeded(makeShares(kernel, threads));
  }
  return &entry->second;
}

Step DistributeToThreadsPass::describeStep(Operation *op) {
  Step step;
  step.op = op;
  const KernelInfo *kernel = getKernel(op);
  if (!kernel) {
    step.isOpaque = true;
    return step;
  }
  step.isShared = kernel->isShared;
  for (auto [i, operand] : llvm::enumerate(op->getOperands()))
    if (isa<MemRefType>(operand.getType()) &&
        (kernel->isRead[i] || kernel->isWritten[i]))
      step.accesses.push_back(getAccess(operand, kernel->isWritten[i]));
  return step;
}

void DistributeToThreadsPass::distribute(func::FuncOp model) {
  OpBuilder b(&getContext());
  Type index = b.getIndexType();
  unsigned position = model.getNumArguments();
  auto mark = [&](StringRef name, Attribute value) {
    return b.getDictionaryAttr(b.getNamedAttr(name, value));
  };
  (void)model.insertArguments(
      {position, position}, {index, index},
      {mark(kThreadAttrName, b.getUnitAttr()),
       mark(kThreadsAttrName, b.getI64IntegerAttr(threads))},
      {model.getLoc(), model.getLoc()});
  Value thread = model.getArgument(position),
        count = model.getArgument(position + 1);
  b.setInsertionPointToStart(&model.getBody().front());
  Value zero = arith::ConstantIndexOp::create(b, model.getLoc(), 0);
  Value isFirst = arith::CmpIOp::create(b, model.getLoc(),
                                        arith::CmpIPredicate::eq, thread, zero);

  SmallVector<Step> sinceMeeting;
  for (Operation &op : llvm::make_early_inc_range(
           model.getBody().front().without_terminator())) {
    if (isMemoryEffectFree(&op))
      continue;
    Step step = describeStep(&op);
    b.setInsertionPoint(&op);
    if (llvm::any_of(sinceMeeting, [&](const Step &earlier) {
          return earlier.conflictsWith(step);
        })) {
      func::CallOp::create(b, op.getLoc(), kMeetName, TypeRange(),
                           ValueRange{thread, count});
      sinceMeeting.clear();
    }
    sinceMeeting.push_back(step);
    if (step.isShared) {
      op.insertOperands(op.getNumOperands(), {thread, count});
      continue;
    }
    auto alone =
        scf::IfOp::create(b, op.getLoc(), isFirst, /*withElseRegion=*/false);
    op.moveBefore(alone.thenYield());
  }
}
} // namespace
