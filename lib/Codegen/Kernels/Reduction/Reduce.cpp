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
#include "LongColumns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace hswish;

/// Vectors are rows where these are shorter, if they can be; or else they are
/// added one element after the other.
static constexpr int64_t kFewElements = 8;
/// Longer columns have their partial sums in memory.
static constexpr int64_t kFewRows = 64;
/// Bytes of that memory. More than the first-level cache has are worth it if
/// the sums' rows are read in one piece; threads of other people have little
/// stack.
static constexpr int64_t kMostStack = 64 << 10;

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
  void forTiles(int64_t size, int64_t width,
                function_ref<void(Index, int64_t)> body);
  Values addColumns(LongColumns::Load load, Index column,
                    ArrayRef<Piece> pieces, int64_t first, int64_t step);
  Value mapColumns(const Position &at, Index i, Index column, int64_t width);
  Value loadColumns(unsigned operand, Index at, Index i, Index column,
                    int64_t width);
  void store(Value sum, Index at);

  /// Vector registers; more of them would be more code, not more speed.
  int64_t getRegisters() const {
    return std::min<int64_t>(target.getRegisters(), 32);
  }

  Position advance(const Position &at, const LoopDim &dim, Index by);
  /// How far element `i` of a row is from its first one.
  Index offsetOf(unsigned operand, Index i);
  Value load(unsigned operand, Index at, Index i, int64_t width);
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
  auto flat = flattenOperands(t, op);
  if (failed(flat))
    return failure();
  operands = *flat;
  for (auto [d, size, type] :
       llvm::enumerate(op.getStaticLoopRanges(), op.getIteratorTypesArray())) {
    bool isReduced = type == utils::IteratorType::reduction;
    (isReduced ? reduced : kept).push_back(getLoopDim(operands, d, size));
    length *= isReduced ? size : 1;
  }
  if (kept.empty())
    kept.push_back({1, SmallVector<Size>(operands.size(), 0)});
  kept = collapseDims(kept);
  reduced = collapseDims(reduced);
  return success();
}

/// Whether vectors run along `dim`, with or without the result.
bool Reduce::isStepOneOrZero(const LoopDim &dim, bool ofResult) const {
  ArrayRef<Size> steps = dim.steps;
  return llvm::all_of(
             steps.drop_back(),
             [](const Size &step) { return step == 0 || step == 1; }) &&
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

void Reduce::emitColumns(const Position &at) {
  const LoopDim &dim = kept.back();
  int64_t size = dim.size.getConstant();
  bool isBeside = isStepOneOrZero(dim, /*ofResult=*/true);
  auto load = [&](Index row, Index column, int64_t width) {
    return mapColumns(at, row, column, width);
  };
  auto keep = [&](Value sum, Index column) {
    store(sum, t.add(at.back(), column));
  };
  if (isBeside && length > kFewRows) {
    LongColumns sums(t, order, length, lanes, load, keep);
    int64_t most = sums.getMostColumns(kMostStack);
    int64_t tiles = llvm::divideCeil(size, most);
    int64_t width = llvm::alignTo(llvm::divideCeil(size, tiles), lanes);
    forTiles(size, width, [&](Index c, int64_t count) { sums.emit(c, count); });
    return;
  }
  // Wider tiles read longer pieces of lines, and need more registers.
  int64_t width = isBeside ? lanes * getRegisters() / 4 : lanes;
  forTiles(size, width, [&](Index c, int64_t count) {
    SmallVector<Piece> pieces = splitIntoPieces(count, lanes);
    Values sums = addColumns(load, c, pieces, 0, 1);
    for (auto [sum, piece] : llvm::zip_equal(sums, pieces))
      keep(sum, t.add(c, piece.offset));
  });
}

void Reduce::forTiles(int64_t size, int64_t width,
                      function_ref<void(Index, int64_t)> body) {
  int64_t whole = size - size % width;
  t.loop(0, whole, width, [&](Index c) { body(c, width); });
  if (whole < size)
    body({Value(), whole}, size - whole);
}

/// The partial sums `first`, `first + step` … of short columns, added up: the
/// even ones before the odd ones, so that few of them are alive at a time.
Values Reduce::addColumns(LongColumns::Load load, Index column,
                          ArrayRef<Piece> pieces, int64_t first, int64_t step) {
  Values sums(pieces.size());
  if (first >= length)
    return sums;
  if (step < kPartials) {
    sums = addColumns(load, column, pieces, first, 2 * step);
    return order.combine(
        t, sums, addColumns(load, column, pieces, first + step, 2 * step));
  }
  for (int64_t i = first; i < length; i += step)
    for (auto [sum, piece] : llvm::zip_equal(sums, pieces))
      sum = order.combine(
          t, sum, load({Value(), i}, t.add(column, piece.offset), piece.width));
  return sums;
}

/// What is added of element `i` of `width` rows from `column` on.
Value Reduce::mapColumns(const Position &at, Index i, Index column,
                         int64_t width) {
  return map(width, [&](unsigned operand) {
    return loadColumns(operand, at[operand], i, column, width);
  });
}

Value Reduce::loadColumns(unsigned operand, Index at, Index i, Index column,
                          int64_t width) {
  const FlatMemRef &from = operands[operand];
  Size step = kept.back().steps[operand];
  Index rows = t.add(at, t.scale(column, step));
  Index place = t.add(rows, offsetOf(operand, i));
  if (step == 0)
    return t.broadcast(t.load(from, place), width);
  bool arePacked = reduced.size() == 1 && reduced[0].steps[operand] == 1 &&
                   step == length && length > 1;
  if (!arePacked)
    return t.loadVector(from, place, width, step);
  // LLVM loads short rows as a whole once, and shuffles them.
  Value all = t.loadVector(from, rows, width * length);
  SmallVector<int64_t> places;
  for (int64_t row = 0; row < width; ++row)
    places.push_back(row * length + i.offset);
  return vector::ShuffleOp::create(t.builder(), t.getLoc(), all, all, places);
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
    int64_t length = dim.size.getConstant();
    Index in = {Value(), i.offset % length};
    Index outer = {Value(), i.offset / length};
    if (i.base) {
      Value at = t.materialize(i), size = t.constantIndex(length);
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
