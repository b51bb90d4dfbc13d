//===- Reduce.cpp - Sums along rows on memory -----------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Vectors are partial sums where a row lies in one piece, and rows where they
// lie side by side (columns of memory). SumOrder.h has the order, which is the
// same for both.
//
//===----------------------------------------------------------------------===//

#include "../Epilogue.h"
#include "../KernelFamily.h"
#include "SumOrder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace hswish;

/// Shorter rows are added one element after the other.
static constexpr int64_t kFewElements = 8;

namespace {

/// One index for each operand.
using Position = SmallVector<Index>;
using Values = RowReduction::Values;

class Reduce {
public:
  Reduce(linalg::LinalgOp op, RowReduction order)
      : t(op), op(op), order(std::move(order)), target(getTargetOrGeneric(op)) {
  }

  LogicalResult emit();

private:
  LogicalResult flatten();
  bool isStepOneOrZero(const LoopDim &dim, bool ofResult) const;
  void emitKept(unsigned dim, const Position &at);
  void emitRow(const Position &at);
  Value addRowBlock(const Position &at, Index start, int64_t count);
  Value loadPadded(const Position &at, Index i, int64_t count);
  void emitColumns(const Position &at);
  void emitTile(const Position &at, int64_t width);
  Values addColumnBlock(const Position &at, ArrayRef<Piece> pieces, Index start,
                        int64_t count, int64_t first, int64_t step);
  void store(Value sum, Index at);

  /// Vector registers; more of them would be more code, not more speed.
  int64_t getRegisters() const {
    return std::min<int64_t>(target.getRegisters(), 32);
  }

  Position advance(const Position &at, const LoopDim &dim, Index by);
  /// How far element `i` of a row is from its first one.
  Index offsetOf(unsigned operand, Index i);
  Value load(unsigned operand, Index at, Index i, int64_t width);
  Value loadColumns(unsigned operand, const Position &at, Index i, Piece piece);
  /// What is added for `width` elements of a row, or of as many rows.
  Value map(int64_t width, llvm::function_ref<Value(unsigned)> load);

  TileBuilder t;
  linalg::LinalgOp op;
  RowReduction order;
  TargetAttr target;
  SmallVector<FlatMemRef> operands; ///< the last one is the result
  SmallVector<LoopDim> kept, reduced;
  int64_t length = 1; ///< of a row
  int64_t lanes = 1;
};

LogicalResult Reduce::flatten() {
  for (OpOperand &operand : op->getOpOperands()) {
    FailureOr<FlatMemRef> flat = t.flatten(operand.get());
    if (failed(flat))
      return failure();
    AffineMap map = op.getMatchingIndexingMap(&operand);
    SmallVector<int64_t> strides(map.getNumDims(), 0);
    for (auto [expr, stride] : llvm::zip_equal(map.getResults(), flat->strides))
      if (auto dim = dyn_cast<AffineDimExpr>(expr))
        strides[dim.getPosition()] += stride;
    flat->strides = strides;
    operands.push_back(*flat);
  }
  for (auto [d, size, type] :
       llvm::enumerate(op.getStaticLoopRanges(), op.getIteratorTypesArray())) {
    LoopDim dim{size, {}};
    for (const FlatMemRef &operand : operands)
      dim.steps.push_back(operand.strides[d]);
    bool isReduced = type == utils::IteratorType::reduction;
    (isReduced ? reduced : kept).push_back(dim);
    length *= isReduced ? size : 1;
  }
  if (kept.empty())
    kept.push_back({1, SmallVector<int64_t>(operands.size(), 0)});
  kept = collapseDims(kept);
  reduced = collapseDims(reduced);
  return success();
}

/// Whether vectors run along `dim`, with or without the result.
bool Reduce::isStepOneOrZero(const LoopDim &dim, bool ofResult) const {
  ArrayRef<int64_t> steps = dim.steps;
  return llvm::all_of(steps.drop_back(),
                      [](int64_t step) { return step == 0 || step == 1; }) &&
         (!ofResult || steps.back() == 1);
}

LogicalResult Reduce::emit() {
  std::optional<int64_t> widest = getWidestType(*op.getBlock());
  if (!widest || op.hasDynamicShape() || failed(flatten()) || length == 0)
    return failure();
  widest =
      std::max<int64_t>(*widest, order.getSumType().getIntOrFloatBitWidth());
  lanes = std::min<int64_t>(kPartials, target.getVectorBits() / *widest);
  Position origin;
  for (const FlatMemRef &operand : operands)
    origin.push_back(operand.origin);
  emitKept(0, origin);
  return success();
}

void Reduce::emitKept(unsigned dim, const Position &at) {
  bool isRow = length >= kFewElements && reduced.size() == 1 &&
               isStepOneOrZero(reduced[0], /*ofResult=*/false);
  bool isColumn = !isRow && kept.back().steps.back() == 1 &&
                  (length < kFewElements || isStepOneOrZero(kept.back(), true));
  if (dim + (isColumn ? 1 : 0) < kept.size())
    t.loop(0, kept[dim].size, 1,
           [&](Index i) { emitKept(dim + 1, advance(at, kept[dim], i)); });
  else if (isColumn)
    emitColumns(at);
  else
    emitRow(at);
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

void Reduce::emitRow(const Position &at) {
  if (length < kFewElements)
    lanes = 1;
  auto type = VectorType::get(1, order.getSumType());
  Values sums = order.addBlocks(t, {Value(), length}, Type(type),
                                [&](Index start, Index count) -> Values {
                                  return {addRowBlock(at, start, count.offset)};
                                });
  store(sums.front(), at.back());
}

Value Reduce::addRowBlock(const Position &at, Index start, int64_t count) {
  int64_t vectors = kPartials / lanes, whole = count - count % kPartials;
  auto type = VectorType::get(lanes, order.getSumType());
  Values partials(vectors);
  if (whole > 0) {
    Values inits(vectors, order.getNeutral(t, type));
    partials = t.loop(0, whole, kPartials, inits, [&](Index k, ValueRange old) {
      Values added;
      for (int64_t v = 0; v < vectors; ++v)
        added.push_back(
            loadPadded(at, t.add(t.add(start, k), v * lanes), lanes));
      return order.combine(t, old, added);
    });
  }
  for (int64_t v = 0; v * lanes < count - whole; ++v) {
    int64_t done = whole + v * lanes;
    Value last = loadPadded(at, t.add(start, done),
                            std::min<int64_t>(lanes, count - done));
    partials[v] = order.combine(t, partials[v], last);
  }
  return order.addPartials(t, partials);
}

/// What is added for `count` elements from `i` on, as the first ones of a
/// vector.
Value Reduce::loadPadded(const Position &at, Index i, int64_t count) {
  OpBuilder &b = t.builder();
  auto mapAt = [&](Index i, int64_t width) {
    return map(width, [&](unsigned operand) {
      return load(operand, at[operand], i, width);
    });
  };
  if (count == lanes)
    return mapAt(i, lanes);
  Value nothing = order.getNeutral(t, order.getSumType());
  SmallVector<Value> elements(lanes, nothing);
  for (const Piece &piece : splitIntoPieces(count, lanes)) {
    Value vector = mapAt(t.add(i, piece.offset), piece.width);
    for (int64_t lane = 0; lane < piece.width; ++lane)
      elements[piece.offset + lane] = t.extract(vector, lane);
  }
  auto type = VectorType::get(lanes, order.getSumType());
  return vector::FromElementsOp::create(b, t.getLoc(), type, elements);
}

//===----------------------------------------------------------------------===//
// Columns
//===----------------------------------------------------------------------===//

/// Tiles as wide as half of the registers: memory is read in runs of several
/// lines of the cache.
void Reduce::emitColumns(const Position &at) {
  const LoopDim &dim = kept.back();
  bool isBeside = isStepOneOrZero(dim, /*ofResult=*/true);
  int64_t width = isBeside ? lanes * getRegisters() / 2 : lanes;
  int64_t whole = dim.size - dim.size % width;
  t.loop(0, whole, width,
         [&](Index c) { emitTile(advance(at, dim, c), width); });
  if (whole < dim.size)
    emitTile(advance(at, dim, {Value(), whole}), dim.size - whole);
}

void Reduce::emitTile(const Position &at, int64_t width) {
  SmallVector<Piece> pieces = splitIntoPieces(width, lanes);
  SmallVector<Type> types;
  for (const Piece &piece : pieces)
    types.push_back(VectorType::get(piece.width, order.getSumType()));
  Values sums = order.addBlocks(
      t, {Value(), length}, types, [&](Index start, Index count) {
        return addColumnBlock(at, pieces, start, count.offset, 0, 1);
      });
  for (auto [sum, piece] : llvm::zip_equal(sums, pieces))
    store(sum, t.add(at.back(), piece.offset));
}

/// The partial sums `first`, `first + step` … of a block of each column, added
/// up: as many at a time as fill half of the registers.
Values Reduce::addColumnBlock(const Position &at, ArrayRef<Piece> pieces,
                              Index start, int64_t count, int64_t first,
                              int64_t step) {
  if (first >= count)
    return Values(pieces.size());
  int64_t partials = kPartials / step;
  if (step < kPartials &&
      partials * static_cast<int64_t>(pieces.size()) > getRegisters() / 2) {
    Values low = addColumnBlock(at, pieces, start, count, first, 2 * step);
    Values high =
        addColumnBlock(at, pieces, start, count, first + step, 2 * step);
    return order.combine(t, low, high);
  }
  auto addRow = [&](Index i, ValueRange old) {
    Values added;
    for (const Piece &piece : pieces)
      added.push_back(map(piece.width, [&](unsigned operand) {
        return loadColumns(operand, at, i, piece);
      }));
    return order.combine(t, old, added);
  };
  size_t columns = pieces.size();
  Values sums(partials * columns);
  int64_t whole = count - count % kPartials;
  if (whole > 0) {
    Values inits;
    for (int64_t p = 0; p < partials; ++p)
      for (const Piece &piece : pieces)
        inits.push_back(order.getNeutral(
            t, VectorType::get(piece.width, order.getSumType())));
    sums = t.loop(0, whole, kPartials, inits, [&](Index k, ValueRange old) {
      Values next;
      for (int64_t p = 0; p < partials; ++p) {
        Index i = t.add(t.add(start, k), first + p * step);
        llvm::append_range(next, addRow(i, old.slice(p * columns, columns)));
      }
      return next;
    });
  }
  for (int64_t p = 0; whole + first + p * step < count; ++p) {
    auto old = MutableArrayRef<Value>(sums).slice(p * columns, columns);
    llvm::copy(addRow(t.add(start, whole + first + p * step), old),
               old.begin());
  }
  Values result;
  for (size_t column = 0; column < columns; ++column) {
    Values ofColumn;
    for (int64_t p = 0; p < partials; ++p)
      ofColumn.push_back(sums[p * columns + column]);
    result.push_back(order.addHalves(t, ofColumn));
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

Position Reduce::advance(const Position &at, const LoopDim &dim, Index by) {
  Position next;
  for (auto [index, step] : llvm::zip_equal(at, dim.steps))
    next.push_back(t.add(index, t.scale(by, step)));
  return next;
}

Index Reduce::offsetOf(unsigned operand, Index i) {
  if (reduced.size() == 1)
    return t.scale(i, reduced[0].steps[operand]);
  OpBuilder &b = t.builder();
  Index offset;
  for (const LoopDim &dim : llvm::reverse(reduced)) {
    Index in = {Value(), i.offset % dim.size};
    Index outer = {Value(), i.offset / dim.size};
    if (i.base) {
      Value at = t.materialize(i), size = t.constantIndex(dim.size);
      in = {arith::RemUIOp::create(b, t.getLoc(), at, size)};
      outer = {arith::DivUIOp::create(b, t.getLoc(), at, size)};
    }
    offset = t.add(offset, t.scale(in, dim.steps[operand]));
    i = outer;
  }
  return offset;
}

Value Reduce::load(unsigned operand, Index at, Index i, int64_t width) {
  const FlatMemRef &from = operands[operand];
  auto stepOf = [&](const LoopDim &dim) { return dim.steps[operand]; };
  if (llvm::all_of(reduced, [&](auto &dim) { return stepOf(dim) == 0; }))
    return t.broadcast(t.load(from, at), width);
  if (reduced.size() == 1)
    return t.loadVector(from, t.add(at, offsetOf(operand, i)), width,
                        stepOf(reduced[0]));
  SmallVector<Value> elements;
  for (int64_t e = 0; e < width; ++e)
    elements.push_back(t.load(from, t.add(at, offsetOf(operand, t.add(i, e)))));
  return vector::FromElementsOp::create(
      t.builder(), t.getLoc(), VectorType::get(width, from.element), elements);
}

/// Element `i` of `piece.width` rows.
Value Reduce::loadColumns(unsigned operand, const Position &at, Index i,
                          Piece piece) {
  const FlatMemRef &from = operands[operand];
  int64_t step = kept.back().steps[operand];
  Index row = t.add(at[operand], piece.offset * step);
  if (step == 0)
    return t.broadcast(t.load(from, t.add(row, offsetOf(operand, i))),
                       piece.width);
  bool isPacked = reduced.size() == 1 && reduced[0].steps[operand] == 1 &&
                  step == length && !i.base;
  if (!isPacked || step == 1)
    return t.loadVector(from, t.add(row, offsetOf(operand, i)), piece.width,
                        step);
  Value all = t.loadVector(from, row, piece.width * length);
  SmallVector<int64_t> lanes;
  for (int64_t lane = 0; lane < piece.width; ++lane)
    lanes.push_back(i.offset + lane * step);
  return vector::ShuffleOp::create(t.builder(), t.getLoc(), all, all, lanes);
}

Value Reduce::map(int64_t width, llvm::function_ref<Value(unsigned)> load) {
  Block &block = *op.getBlock();
  IRMapping mapping;
  for (auto [i, argument] : llvm::enumerate(block.getArguments().drop_back()))
    if (!argument.use_empty())
      mapping.map(argument, load(i));
  for (Operation &inner : block.without_terminator())
    if (&inner != order.getCombiner())
      mapping.map(inner.getResult(0), vectorizeOp(t, inner, mapping, width));
  Value mapped = order.getMapped();
  Value vector = mapping.contains(mapped) ? mapping.lookup(mapped)
                                          : t.broadcast(mapped, width);
  return t.widen(vector, order.getSumType());
}

/// Adds the sum to what is in memory, as the op says.
void Reduce::store(Value sum, Index at) {
  OpBuilder &b = t.builder();
  const FlatMemRef &to = operands.back();
  int64_t width = cast<VectorType>(sum.getType()).getDimSize(0);
  Value old = t.widen(t.loadVector(to, at, width), order.getSumType());
  Value result = order.combine(t, old, sum);
  if (to.element != order.getSumType())
    result = arith::TruncFOp::create(
        b, t.getLoc(), VectorType::get(width, to.element), result);
  t.storeVector(result, to, at);
}

} // namespace

namespace {
class ReductionFamily : public KernelFamily {
public:
  LogicalResult emit(Operation *op) const override {
    auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
    if (!linalgOp)
      return failure();
    FailureOr<RowReduction> order = RowReduction::match(linalgOp);
    if (failed(order))
      return failure();
    if (failed(Reduce(linalgOp, *order).emit()))
      emitScalarReduce(linalgOp, *order);
    return success();
  }
};
} // namespace

const KernelFamily &hswish::getReductionFamily() {
  static const ReductionFamily family;
  return family;
}
