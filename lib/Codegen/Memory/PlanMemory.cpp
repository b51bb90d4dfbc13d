//===- PlanMemory.cpp - Allocations into one workspace ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Codegen/Passes.h"
#include "hswish/IR/ElementTypes.h"
#include "hswish/IR/HSwish.h"
#include "hswish/IR/MemoryLimit.h"
#include "hswish/IR/Sizes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/MathExtras.h"

#include "llvm/Support/DebugLog.h"

#define DEBUG_TYPE "hswish-plan-memory"

namespace hswish {
#define GEN_PASS_DEF_PLANMEMORYPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

namespace {

/// One allocation: its size, when it is live, and where it is put.
struct Buffer {
  memref::AllocOp alloc;
  int64_t size;
  int64_t firstUse, lastUse; // positions in the block, inclusive
  int64_t offset = 0;

  bool overlapsInTime(const Buffer &other) const {
    return firstUse <= other.lastUse && other.firstUse <= lastUse;
  }
};

/// Extends the life of `buffer` over all uses of `value` and of its views.
LogicalResult extendLife(Buffer &buffer, Value value,
                         const DenseMap<Operation *, int64_t> &positions) {
  Block *block = buffer.alloc->getBlock();
  for (Operation *user : value.getUsers()) {
    if (user->hasTrait<OpTrait::ReturnLike>() && user->getBlock() == block)
      return user->emitOpError("returns an allocation: results must be written "
                               "to arguments before memory is planned");
    int64_t at = positions.lookup(block->findAncestorOpInBlock(*user));
    if (!isa<memref::DeallocOp>(user)) {
      buffer.firstUse = std::min(buffer.firstUse, at);
      buffer.lastUse = std::max(buffer.lastUse, at);
    }
    // Whatever shows the memory under another name keeps it alive.
    for (Value result : user->getResults())
      if (isa<MemRefType>(result.getType()) &&
          failed(extendLife(buffer, result, positions)))
        return failure();
  }
  return success();
}

/// Greedy by size: the largest first, each at the lowest free place. Behind
/// each half its size is left free, up to `gap`. Returns the size of the
/// workspace.
int64_t place(MutableArrayRef<Buffer> buffers, int64_t alignment, int64_t gap) {
  auto getSpace = [&](const Buffer &buffer) {
    return buffer.size + std::min(gap, buffer.size / 2);
  };
  SmallVector<Buffer *> bySize =
      llvm::to_vector(llvm::make_pointer_range(buffers));
  llvm::sort(bySize, [](const Buffer *a, const Buffer *b) {
    return a->size != b->size ? a->size > b->size : a < b;
  });
  int64_t total = 0;
  SmallVector<Buffer *> placed; // sorted by offset
  for (Buffer *buffer : bySize) {
    int64_t offset = 0;
    for (const Buffer *other : placed) {
      if (!buffer->overlapsInTime(*other))
        continue;
      if (offset + getSpace(*buffer) <= other->offset)
        break;
      int64_t end = llvm::alignTo(other->offset + getSpace(*other), alignment);
      offset = std::max(offset, end);
    }
    buffer->offset = offset;
    total = std::max(total, offset + buffer->size);
    auto *position =
        llvm::upper_bound(placed, buffer, [](const Buffer *a, const Buffer *b) {
          return a->offset < b->offset;
        });
    placed.insert(position, buffer);
  }
  return llvm::alignTo(total, alignment);
}

struct PlanMemoryPass : hswish::impl::PlanMemoryPassBase<PlanMemoryPass> {
  using Base::Base;

  void runOnOperation() override {
    if (failed(verifySizes(getOperation())))
      return signalPassFailure();
    if (alignment < 1 || !llvm::isPowerOf2_64(alignment)) {
      getOperation().emitError("alignment must be a power of two");
      return signalPassFailure();
    }
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPublic() && !function.isExternal() &&
          failed(plan(function)))
        return signalPassFailure();
  }

  LogicalResult plan(func::FuncOp function);
  LogicalResult checkSize(func::FuncOp function, ArrayRef<Buffer> buffers,
                          int64_t workspace);
  FailureOr<SmallVector<Buffer>> collect(func::FuncOp function);
};

/// The allocations of a function and when they are live.
FailureOr<SmallVector<Buffer>> PlanMemoryPass::collect(func::FuncOp function) {
  if (!function.getBody().hasOneBlock())
    return function.emitError("memory is planned for straight-line code only");
  Block &block = function.getBody().front();
  DenseMap<Operation *, int64_t> positions;
  for (auto [position, op] : llvm::enumerate(block))
    positions[&op] = position;

  SmallVector<Buffer> buffers;
  WalkResult result = function.walk([&](memref::AllocOp alloc) {
    MemRefType type = alloc.getType();
    if (!type.hasStaticShape() || !type.getLayout().isIdentity() ||
        alloc->getBlock() != &block) {
      alloc.emitOpError("cannot be placed in the workspace: it must have a "
                        "static shape and be at the top of its function");
      return WalkResult::interrupt();
    }
    Buffer buffer{alloc, getStoredBytes(type),
                  std::numeric_limits<int64_t>::max(), -1};
    if (failed(extendLife(buffer, alloc, positions)))
      return WalkResult::interrupt();
    buffers.push_back(buffer);
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  return buffers;
}

/// Reports a model that takes more than it may, and its largest buffer.
LogicalResult PlanMemoryPass::checkSize(func::FuncOp function,
                                        ArrayRef<Buffer> buffers,
                                        int64_t workspace) {
  int64_t constants = 0, border = 0, limit = getMemoryLimit(function);
  for (auto global : getOperation().getOps<memref::GlobalOp>())
    constants += getByteSize(global.getType());
  for (Type type : function.getArgumentTypes())
    border += getByteSize(type);
  int64_t total = constants + border + workspace;
  if (total <= limit)
    return success();
  const Buffer *largest =
      llvm::max_element(buffers, [](const Buffer &a, const Buffer &b) {
        return a.size < b.size;
      });
  Location loc = buffers.empty() ? function.getLoc() : largest->alloc->getLoc();
  InFlightDiagnostic diagnostic = emitError(loc);
  diagnostic << "the model " << explainMemory(total, limit) << ": constants "
             << formatMemorySize(constants) << ", inputs and outputs "
             << formatMemorySize(border) << ", workspace "
             << formatMemorySize(workspace);
  if (!buffers.empty())
    diagnostic << ", in it " << formatMemorySize(largest->size)
               << " for what is computed here";
  return diagnostic;
}

LogicalResult PlanMemoryPass::plan(func::FuncOp function) {
  FailureOr<SmallVector<Buffer>> buffers = collect(function);
  if (failed(buffers))
    return failure();
  int64_t size = place(*buffers, alignment, gap);
  if (failed(checkSize(function, *buffers, size)))
    return failure();
  LDBG() << "a workspace of " << size << " bytes";
  for (const Buffer &buffer : *buffers)
    LDBG() << buffer.size << " bytes at " << buffer.offset << ", live from op "
           << buffer.firstUse << " to " << buffer.lastUse << ": "
           << buffer.alloc;

  OpBuilder b(&getContext());
  auto type = MemRefType::get({size}, b.getI8Type());
  unsigned position = function.getNumArguments();
  NamedAttribute mark(b.getStringAttr(kWorkspaceAttrName), b.getUnitAttr());
  if (failed(function.insertArgument(position, type, b.getDictionaryAttr(mark),
                                     function.getLoc())))
    return failure();
  Value workspace = function.getArgument(position);
  function.walk([](memref::DeallocOp dealloc) { dealloc.erase(); });
  for (Buffer &buffer : *buffers) {
    b.setInsertionPoint(buffer.alloc);
    Location loc = buffer.alloc.getLoc();
    Value offset = arith::ConstantIndexOp::create(b, loc, buffer.offset);
    Value view = memref::ViewOp::create(b, loc, buffer.alloc.getType(),
                                        workspace, offset, ValueRange());
    buffer.alloc.replaceAllUsesWith(view);
    buffer.alloc.erase();
  }
  return success();
}

} // namespace
