//===- ScalarReduce.cpp - Sums along rows, element by element -------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What Reduce.cpp has no vectors for: sizes or layouts of run time, and bodies
// that are not elementwise. The order is the same, and so are the bits.
//
//===----------------------------------------------------------------------===//

#include "SumOrder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace hswish;

namespace {

class ScalarReduce {
public:
  using Values = RowReduction::Values;

  ScalarReduce(linalg::LinalgOp op, const RowReduction &order)
      : t(op), op(op), order(order) {}

  void emit();

private:
  void measureLoops();
  void emitRow(ValueRange kept);
  Value addBlock(Index start, Index count);
  Value map(Value i);
  SmallVector<Value> getIndices(OpOperand &operand);

  TileBuilder t;
  linalg::LinalgOp op;
  const RowReduction &order;
  SmallVector<unsigned> keptDims, reducedDims;
  SmallVector<Value> sizes; ///< of all loops
  SmallVector<Value> point; ///< the index of each loop
};

void ScalarReduce::measureLoops() {
  op.getParallelDims(keptDims);
  op.getReductionDims(reducedDims);
  sizes.resize(op.getNumLoops());
  point.assign(op.getNumLoops(), Value());
  for (OpOperand &operand : op->getOpOperands())
    for (auto [i, expr] :
         llvm::enumerate(op.getMatchingIndexingMap(&operand).getResults())) {
      auto dim = dyn_cast<AffineDimExpr>(expr);
      if (dim && !sizes[dim.getPosition()])
        sizes[dim.getPosition()] =
            memref::DimOp::create(t.builder(), t.getLoc(), operand.get(), i);
    }
}

void ScalarReduce::emit() {
  OpBuilder &b = t.builder();
  measureLoops();
  if (keptDims.empty())
    return emitRow(ValueRange());
  auto highs =
      llvm::map_to_vector(keptDims, [&](unsigned d) { return sizes[d]; });
  SmallVector<Value> lows(highs.size(), t.constantIndex(0));
  SmallVector<Value> steps(highs.size(), t.constantIndex(1));
  auto loop = scf::ParallelOp::create(b, t.getLoc(), lows, highs, steps);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  emitRow(loop.getInductionVars());
}

void ScalarReduce::emitRow(ValueRange kept) {
  OpBuilder &b = t.builder();
  Location loc = t.getLoc();
  for (auto [d, index] : llvm::zip_equal(keptDims, kept))
    point[d] = index;
  Value length = t.constantIndex(1);
  for (unsigned d : reducedDims)
    length = arith::MulIOp::create(b, loc, length, sizes[d]);
  Value sum = order
                  .addBlocks(t, {length}, order.getSumType(),
                             [&](Index start, Index count) -> Values {
                               return {addBlock(start, count)};
                             })
                  .front();

  OpOperand &init = *op.getDpsInitOperand(0);
  SmallVector<Value> at = getIndices(init);
  Value old = memref::LoadOp::create(b, loc, init.get(), at);
  Type type = old.getType();
  old = t.widen(old, order.getSumType());
  Value result = order.combine(t, old, sum);
  if (type != order.getSumType())
    result = arith::TruncFOp::create(b, loc, type, result);
  memref::StoreOp::create(b, loc, result, init.get(), at);
}

/// One partial sum after the other.
Value ScalarReduce::addBlock(Index start, Index count) {
  OpBuilder &b = t.builder();
  Location loc = t.getLoc();
  Value low = t.materialize(start);
  Value high = t.materialize(t.add(start, count));
  auto type = VectorType::get(kPartials, order.getSumType());
  Values partials = t.loop(
      t.constantIndex(0), t.constantIndex(kPartials), t.constantIndex(1),
      order.getNeutral(t, type), [&](Index j, ValueRange partials) -> Values {
        Value from = t.materialize(t.add({low}, j));
        Value sum =
            t.loop(from, high, t.constantIndex(kPartials),
                   order.getNeutral(t, order.getSumType()),
                   [&](Index i, ValueRange sum) -> Values {
                     return {order.combine(t, sum.front(), map(i.base))};
                   })
                .front();
        return {vector::InsertOp::create(b, loc, sum, partials.front(),
                                         OpFoldResult(t.materialize(j)))};
      });
  return t.extract(order.addPartials(t, partials), 0);
}

/// What is added for element `i` of the row.
Value ScalarReduce::map(Value i) {
  OpBuilder &b = t.builder();
  Location loc = t.getLoc();
  for (unsigned d : llvm::reverse(reducedDims)) {
    bool isOnly = reducedDims.size() == 1;
    point[d] =
        isOnly ? i : arith::RemUIOp::create(b, loc, i, sizes[d]).getResult();
    if (!isOnly)
      i = arith::DivUIOp::create(b, loc, i, sizes[d]);
  }
  IRMapping mapping;
  for (OpOperand *input : op.getDpsInputOperands()) {
    BlockArgument argument = op.getMatchingBlockArgument(input);
    if (!argument.use_empty())
      mapping.map(argument, memref::LoadOp::create(b, loc, input->get(),
                                                   getIndices(*input)));
  }
  for (Operation &inner : op.getBlock()->without_terminator()) {
    if (auto index = dyn_cast<linalg::IndexOp>(inner))
      mapping.map(index.getResult(), point[index.getDim()]);
    else if (&inner != order.getCombiner())
      b.clone(inner, mapping);
  }
  Value mapped = mapping.lookupOrDefault(order.getMapped());
  return t.widen(mapped, order.getSumType());
}

/// Where an operand has its element of the current point.
SmallVector<Value> ScalarReduce::getIndices(OpOperand &operand) {
  SmallVector<Value> indices;
  for (AffineExpr expr : op.getMatchingIndexingMap(&operand).getResults()) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    indices.push_back(dim ? point[dim.getPosition()] : t.constantIndex(0));
  }
  return indices;
}

} // namespace

void hswish::emitScalarReduce(linalg::LinalgOp op, const RowReduction &order) {
  ScalarReduce(op, order).emit();
}
