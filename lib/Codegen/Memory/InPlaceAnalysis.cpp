//===- InPlaceAnalysis.cpp - Who may write where others read --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InPlaceAnalysis.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/ADT/EquivalenceClasses.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace hswish;

static bool isTensor(Value value) { return isa<TensorType>(value.getType()); }

/// Whether `op` makes no tensors in its regions and hands none into them, so
/// that what these do to tensors of outside is to read them.
static bool onlyReadsInside(Operation *op) {
  if (op->getNumRegions() == 0)
    return true;
  if (isa<LoopLikeOpInterface, RegionBranchOpInterface>(op))
    return false;
  WalkResult result = op->walk([&](Block *block) {
    if (llvm::any_of(block->getArguments(), isTensor))
      return WalkResult::interrupt();
    for (Operation &nested : *block)
      if (llvm::any_of(nested.getResults(), isTensor) ||
          (llvm::any_of(nested.getOperands(), isTensor) &&
           !isa<tensor::ExtractOp, tensor::DimOp>(nested)))
        return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return !result.wasInterrupted();
}

bool hswish::isStraightLine(FunctionOpInterface function) {
  if (function.isExternal())
    return llvm::none_of(function.getArgumentTypes(),
                         llvm::IsaPred<TensorType>);
  if (!function.getFunctionBody().hasOneBlock())
    return false;
  Block &block = function.getFunctionBody().front();
  if (llvm::any_of(block.getTerminator()->getOperands(), isTensor))
    return false;
  return llvm::all_of(block, [](Operation &op) {
    bool handlesTensors = llvm::any_of(op.getOperands(), isTensor) ||
                          llvm::any_of(op.getResults(), isTensor);
    if (!handlesTensors)
      return onlyReadsInside(&op);
    // Materialising in a tensor asks for what may be impossible.
    bool isHandled =
        isa<BufferizableOpInterface>(op) && !isa<CallOpInterface>(op) &&
        !(isa<MaterializeInDestinationOp>(op) && op.getNumResults() != 0);
    return isHandled && onlyReadsInside(&op);
  });
}

namespace {

/// The last read of a buffer and the last one of another op, as positions in
/// the block; -1 for none.
struct Reads {
  int64_t last = -1, before = -1;

  void add(int64_t position) {
    if (position > last)
      before = std::exchange(last, position);
    else if (position < last)
      before = std::max(before, position);
  }
  void add(const Reads &other) {
    add(other.before);
    add(other.last);
  }
  int64_t lastWithout(int64_t position) const {
    return position == last ? before : last;
  }
};

/// Values that share memory if all decisions so far are followed.
struct Buffer {
  Reads reads;
  bool isWritable = true;
};

class StraightLineAnalysis {
public:
  StraightLineAnalysis(Block &block, OneShotAnalysisState &state)
      : block(block), state(state) {
    for (auto [position, op] : llvm::enumerate(block))
      positions[&op] = position;
  }

  void run() {
    for (Operation &op : llvm::reverse(block))
      collectReads(&op);
    for (Operation &op : block)
      if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
        findWriters(insert);
    for (BlockArgument argument : block.getArguments())
      if (isTensor(argument))
        addBuffer(argument);
    for (Operation &op : block)
      decide(&op);
  }

private:
  void collectReads(Operation *op);
  void findWriters(tensor::InsertSliceOp insert);
  void decide(Operation *op);
  bool canWrite(OpOperand &operand);
  bool mayReadItself(OpOperand &written);

  void addBuffer(Value value) {
    buffers.insert(value);
    contents[value] = {reads.lookup(value), state.isWritable(value)};
  }
  Buffer &getBuffer(Value value) {
    return contents[buffers.getOrInsertLeaderValue(value)];
  }
  void join(Value result, Value operand) {
    Buffer all = getBuffer(operand), other = getBuffer(result);
    all.reads.add(other.reads);
    all.isWritable &= other.isWritable;
    buffers.unionSets(operand, result);
    getBuffer(operand) = all;
  }

  Block &block;
  OneShotAnalysisState &state;
  DenseMap<Operation *, int64_t> positions;
  /// Reads of each value, also as what it is seen as through views.
  DenseMap<Value, Reads> reads;
  llvm::EquivalenceClasses<Value> buffers;
  /// By the leader of the class.
  DenseMap<Value, Buffer> contents;
  /// The insertion of each op that writes into a slice which is inserted where
  /// it was taken from; insertions have themselves.
  DenseMap<Operation *, tensor::InsertSliceOp> insertions;
};

void StraightLineAnalysis::collectReads(Operation *op) {
  int64_t position = positions.lookup(op);
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isTensor(operand.get()))
      continue;
    Reads &ofValue = reads[operand.get()];
    // What is materialised may be computed there: it stays what it is.
    if (isa<MaterializeInDestinationOp>(op))
      ofValue.add(std::numeric_limits<int64_t>::max());
    else if (state.bufferizesToMemoryRead(operand))
      ofValue.add(position);
    if (!state.bufferizesToMemoryWrite(operand))
      for (AliasingValue alias : state.getAliasingValues(operand))
        reads[operand.get()].add(reads.lookup(alias.value));
  }
  for (Region &region : op->getRegions())
    region.walk([&](Operation *nested) {
      for (OpOperand &operand : nested->getOpOperands()) {
        if (!isTensor(operand.get()))
          continue;
        reads[operand.get()].add(position);
        // It only reads: what is undecided would be copied, for each element.
        if (isa<BufferizableOpInterface>(nested))
          state.bufferizeInPlace(operand);
      }
    });
}

/// %e = extract_slice %d[s]; %r = op outs(%e); insert_slice %r into %d[s]: that
/// the insertion reads %d does not keep `op` from writing into it.
void StraightLineAnalysis::findWriters(tensor::InsertSliceOp insert) {
  SmallVector<Operation *> writers;
  Value value = insert.getSource();
  while (auto result = dyn_cast<OpResult>(value)) {
    if (auto extract = dyn_cast<tensor::ExtractSliceOp>(result.getOwner())) {
      if (extract.getSource() != insert.getDest() ||
          extract.getResultType() != insert.getSourceType() ||
          !extract.isSameAs(
              insert, [](OpFoldResult a, OpFoldResult b) { return a == b; }))
        return;
      for (Operation *writer : writers)
        insertions[writer] = insert;
      insertions[insert] = insert;
      return;
    }
    auto writer = dyn_cast<DestinationStyleOpInterface>(result.getOwner());
    if (!writer || writer->getBlock() != &block ||
        insertions.contains(writer) || isa<tensor::InsertSliceOp>(writer))
      return;
    writers.push_back(writer);
    value = writer.getTiedOpOperand(result)->get();
  }
}

/// Whether `op` may read by other operands what it writes by `written`.
bool StraightLineAnalysis::mayReadItself(OpOperand &written) {
  Operation *op = written.getOwner();
  auto interface = cast<BufferizableOpInterface>(op);
  for (OpOperand &operand : op->getOpOperands()) {
    if (&operand == &written || !isTensor(operand.get()) ||
        !state.bufferizesToMemoryRead(operand) ||
        !buffers.isEquivalent(operand.get(), written.get()))
      continue;
    if (operand.get() != written.get() ||
        !interface.bufferizesToElementwiseAccess(state, {&operand, &written}))
      return false;
  }
  // Regions read any element at any time.
  WalkResult result = op->walk([&](Operation *nested) {
    return nested != op && llvm::any_of(nested->getOperands(),
                                        [&](Value value) {
                                          return isTensor(value) &&
                                                 buffers.isEquivalent(
                                                     value, written.get());
                                        })
               ? WalkResult::interrupt()
               : WalkResult::advance();
  });
  return !result.wasInterrupted();
}

bool StraightLineAnalysis::canWrite(OpOperand &operand) {
  Operation *op = operand.getOwner();
  const Buffer &buffer = getBuffer(operand.get());
  if (!buffer.isWritable)
    return false;
  int64_t position = positions.lookup(op), last = buffer.reads.last;
  if (tensor::InsertSliceOp insert = insertions.lookup(op)) {
    // What is there already changes nothing.
    if (insert == op && buffers.isEquivalent(insert.getSource(), operand.get()))
      return true;
    last = buffer.reads.lastWithout(positions.lookup(insert));
  }
  return last < position || (last == position && mayReadItself(operand));
}

void StraightLineAnalysis::decide(Operation *op) {
  for (Value result : op->getResults())
    if (isTensor(result))
      addBuffer(result);
  if (!isa<BufferizableOpInterface>(op))
    return;
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isTensor(operand.get()))
      continue;
    if (!state.isInPlace(operand)) {
      if (state.bufferizesToMemoryWrite(operand) && !canWrite(operand)) {
        state.bufferizeOutOfPlace(operand);
        continue;
      }
      state.bufferizeInPlace(operand);
    }
    for (AliasingValue alias : state.getAliasingValues(operand)) {
      join(alias.value, operand.get());
      if (alias.relation == BufferRelation::Equivalent && alias.isDefinite)
        state.unionEquivalenceClasses(alias.value, operand.get());
    }
  }
}

} // namespace

void hswish::analyzeStraightLine(FunctionOpInterface function,
                                 OneShotAnalysisState &state) {
  StraightLineAnalysis(function.getFunctionBody().front(), state).run();
  state.gatherUndefinedTensorUses(function);
}
