//===- Strips.cpp - A chain of convolutions as a loop over strips ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Strips.h"
#include "../Kernels/KernelFamily.h"
#include "../Kernels/Trips.h"
#include "hswish/IR/ElementTypes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace hswish;

static ArrayRef<int64_t> getShape(Value memref) {
  return cast<MemRefType>(memref.getType()).getShape();
}

/// Rows that a window of `op` covers.
static int64_t getReach(Conv2DOp op) {
  return (op.getUnpackedFilterShape()[0] - 1) * op.getDilations()[0] + 1;
}

StripBuilder::StripBuilder(MutableArrayRef<StripStage> chain, int64_t rows,
                           int64_t parts)
    : chain(chain), rows(rows), parts(parts), last(chain.back().op),
      images(getShape(last.getInit())[0]), height(getShape(last.getInit())[1]),
      imageParts(images % parts == 0 ? 1 : parts), loc(last.getLoc()), b(last),
      heights(chain.size()), moves(chain.size()) {
  int64_t needed = rows, move = rows;
  for (size_t i = chain.size(); i-- > 0;) {
    heights[i] = needed, moves[i] = move;
    Conv2DOp op = chain[i].op;
    needed = (needed - 1) * op.getStrides()[0] + getReach(op);
    move *= op.getStrides()[0];
  }
}

bool StripBuilder::isMovable() const {
  for (size_t i = 0; i + 1 < chain.size(); ++i)
    if (!chain[i].image.isShared && heights[i] > 2 * moves[i])
      return false;
  return true;
}

int64_t StripBuilder::getPartRows() const {
  return llvm::divideCeil(height / rows, imageParts) * rows;
}

bool StripBuilder::isEven() const {
  if (getPartRows() * imageParts > height + height / 4)
    return false;
  for (size_t i = 0; i + 1 < chain.size(); ++i) {
    int64_t repeated = (imageParts - 1) * (heights[i] - moves[i]);
    if (repeated > getShape(chain[i].op.getInit())[1] / 10)
      return false;
  }
  return true;
}

MemRefType StripBuilder::getBandType(size_t stage) const {
  MemRefType whole = chain[stage].image.buffer.getType();
  SmallVector<int64_t, 4> shape(whole.getShape());
  ArrayRef<int64_t> pads = chain[stage].image.pads;
  shape[0] = parts, shape[1] = heights[stage], shape[2] += pads[1] + pads[3];
  return MemRefType::get(shape, whole.getElementType());
}

int64_t StripBuilder::getBandBytes() const {
  int64_t bytes = 0;
  for (size_t i = 0; i + 1 < chain.size(); ++i) {
    MemRefType type = getBandType(i);
    bytes += getStoredBytes(type) / parts;
  }
  return bytes;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Value StripBuilder::linear(Value x, int64_t factor, int64_t y) {
  AffineExpr d0 = b.getAffineDimExpr(0);
  return getValueOrCreateConstantIndexOp(
      b, loc,
      affine::makeComposedFoldedAffineApply(b, loc, d0 * factor + y,
                                            ArrayRef<OpFoldResult>{x}));
}

void StripBuilder::loop(Value low, Value high, int64_t step, int64_t trips,
                        function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(b, loc, low, high, constant(step));
  if (!countTrips(loop))
    setTrips(loop, trips);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

/// `height` rows of `memref` from `row` on and `width` columns from `left` on.
Value StripBuilder::view(Value memref, OpFoldResult n, Value row,
                         int64_t height, int64_t left, int64_t width) {
  SmallVector<OpFoldResult> offsets = {n, row, b.getIndexAttr(left),
                                       b.getIndexAttr(0)};
  SmallVector<OpFoldResult> sizes = {b.getIndexAttr(1), b.getIndexAttr(height),
                                     b.getIndexAttr(width),
                                     b.getIndexAttr(getShape(memref)[3])};
  SmallVector<OpFoldResult> ones(4, b.getIndexAttr(1));
  return memref::SubViewOp::create(b, loc, memref, offsets, sizes, ones);
}

/// The same of a stage's image, whose row 0 is the first of its border.
Value StripBuilder::viewImage(size_t stage, Value n, Value row, int64_t height,
                              int64_t left, int64_t width) {
  if (!bands[stage])
    return view(chain[stage].image.buffer, n, row, height, left, width);
  Value inBand = arith::SubIOp::create(b, loc, row, turns[stage].base);
  return view(bands[stage], part, inBand, height, left, width);
}

/// What a stage reads to make `height` rows from `row` on.
Value StripBuilder::viewInput(size_t stage, Value n, Value row,
                              int64_t height) {
  Conv2DOp op = chain[stage].op;
  int64_t stride = op.getStrides()[0];
  int64_t width =
      getShape(op.getInput())[2] + op.getPads()[1] + op.getPads()[3];
  int64_t reach = (height - 1) * stride + getReach(op);
  Value first = linear(row, stride, 0);
  if (stage == 0)
    return view(op.getInput(), n, first, reach, 0, width);
  return viewImage(stage - 1, n, first, reach, 0, width);
}

/// What an epilogue reads of an operand for `height` rows from `row` on.
Value StripBuilder::viewExtra(Value extra, AffineMap map, Value n, Value row,
                              int64_t height) {
  SmallVector<OpFoldResult> offsets(map.getNumResults(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> sizes =
      getAsIndexOpFoldResult(b.getContext(), getShape(extra));
  bool moves = false;
  for (auto [i, expr] : llvm::enumerate(map.getResults())) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim || dim.getPosition() > 1)
      continue;
    bool isRow = dim.getPosition() == 1;
    offsets[i] = isRow ? row : n;
    sizes[i] = b.getIndexAttr(isRow ? height : 1);
    moves = true;
  }
  if (!moves)
    return extra;
  SmallVector<OpFoldResult> ones(sizes.size(), b.getIndexAttr(1));
  return memref::SubViewOp::create(b, loc, extra, offsets, sizes, ones);
}

//===----------------------------------------------------------------------===//
// Turns
//===----------------------------------------------------------------------===//

/// `op` on `height` rows of its result.
void StripBuilder::cloneOnRows(Conv2DOp op, Value n, Value row, int64_t height,
                               Value input, Value init) {
  SmallVector<Value> operands = {input, op.getFilter()};
  auto epilogue = cast<EpilogueOpInterface>(op.getOperation());
  for (auto [extra, map] :
       llvm::zip_equal(epilogue.getExtras(), epilogue.getEpilogueMapValues()))
    operands.push_back(viewExtra(extra, map, n, row, height));
  operands.push_back(init);
  auto part = cast<Conv2DOp>(mlir::clone(b, op, TypeRange(), operands));
  part.setPads({0, 0, 0, 0});
  if (height == 1)
    part.setStrategyAttr(getKernelFamily(op)->retileForRow(op.getStrategyAttr(),
                                                           getShape(init)[2]));
}

void StripBuilder::buildRow(size_t stage, Value n, Value row) {
  Conv2DOp op = chain[stage].op;
  const StripImage &image = chain[stage].image;
  Value input = viewInput(stage, n, row, 1);
  Value init = viewImage(stage, n, linear(row, 1, image.top), 1, image.left,
                         getShape(op.getInit())[2]);
  cloneOnRows(op, n, row, 1, input, init);
}

void StripBuilder::fillBorder(size_t stage, Value memref,
                              ArrayRef<int64_t> pads) {
  StripImage &image = chain[stage].image;
  auto zero = b.getFloatAttr(image.buffer.getType().getElementType(), 0.0);
  TypedAttr value = image.border ? image.border.getValueAttr() : zero;
  FillBorderOp::create(b, loc, TypeRange(), memref, value, pads);
}

/// Rows above or below the image.
void StripBuilder::buildZeros(size_t stage, Value low, Value high) {
  const StripImage &image = chain[stage].image;
  loop(low, high, 1, image.top, [&](Value row) {
    Value line = viewImage(stage, Value(), linear(row, 1, image.top), 1, 0,
                           getShape(bands[stage])[2]);
    fillBorder(stage, line, {1, 0, 0, 0});
  });
}

/// Moves the rows that the next turn reads again to the top of the band.
void StripBuilder::keepRows(size_t stage) {
  int64_t kept = heights[stage] - moves[stage];
  if (!bands[stage] || kept <= 0)
    return;
  int64_t width = getShape(bands[stage])[2];
  linalg::makeMemRefCopyOp(
      b, loc, view(bands[stage], part, constant(moves[stage]), kept, 0, width),
      view(bands[stage], part, constant(0), kept, 0, width));
}

/// The first turn makes all rows that its band holds, the later ones those that
/// they have not been left.
StripBuilder::Turn StripBuilder::planTurn(size_t stage, Value y,
                                          Value isFirst) {
  // Borders of the images below shift what is needed of this one.
  int64_t shift = 0;
  for (size_t k = stage + 1; k + 1 < chain.size(); ++k)
    shift += chain[k].image.top * (moves[stage] / moves[k]);
  Value base = linear(y, moves[stage] / moves.back(), -shift);
  Value first = linear(base, 1, -chain[stage].image.top);
  Value low = first;
  if (int64_t kept = heights[stage] - moves[stage]; kept > 0)
    low =
        arith::SelectOp::create(b, loc, isFirst, first, linear(first, 1, kept));
  return {base, low, linear(first, 1, heights[stage])};
}

/// What a stage before the last one does in a turn.
void StripBuilder::buildStage(size_t stage, Value n) {
  Value zero = constant(0);
  Value end = constant(getShape(chain[stage].op.getInit())[1]);
  auto [base, low, high] = turns[stage];
  const StripImage &image = chain[stage].image;
  bool hasBorder = bands[stage] && (image.border || image.isPadded());
  if (hasBorder)
    buildZeros(stage, low, minimum(zero, high));
  loop(maximum(low, zero), minimum(high, end), 1, moves[stage],
       [&](Value row) { buildRow(stage, n, row); });
  if (hasBorder)
    buildZeros(stage, maximum(low, end), high);
}

void StripBuilder::buildTurn(Value n, Value y, Value isFirst) {
  size_t numEarly = chain.size() - 1;
  turns.resize(numEarly);
  for (size_t i = 0; i < numEarly; ++i)
    turns[i] = planTurn(i, y, isFirst);
  for (size_t i = 0; i < numEarly; ++i)
    buildStage(i, n);
  Value init = view(last.getInit(), n, y, rows, 0, getShape(last.getInit())[2]);
  cloneOnRows(last, n, y, rows, viewInput(numEarly, n, y, rows), init);
  for (size_t i = 0; i < numEarly; ++i)
    keepRows(i);
}

//===----------------------------------------------------------------------===//
// The whole loop
//===----------------------------------------------------------------------===//

/// Only the sides of the bands keep a border from turn to turn.
void StripBuilder::allocateBands() {
  bands.resize(chain.size());
  for (size_t i = 0; i + 1 < chain.size(); ++i) {
    StripImage &image = chain[i].image;
    if (image.isShared)
      continue;
    bands[i] = memref::AllocOp::create(b, loc, getBandType(i), ValueRange(),
                                       image.buffer.getAlignmentAttr());
    ArrayRef<int64_t> pads = image.pads;
    if (image.border)
      pads = image.border.getPads();
    if (image.border || image.isPadded())
      fillBorder(i, bands[i], {0, pads[1], 0, pads[3]});
  }
}

/// The turns that make the rows from `low` to `high` of image `n`.
void StripBuilder::buildTurns(Value n, Value low, Value high) {
  loop(low, high, rows, getPartRows() / rows, [&](Value y) {
    buildTurn(n, y,
              arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, y, low));
  });
}

/// All turns of `part`.
void StripBuilder::buildPart() {
  if (imageParts == 1 && images > 1) {
    int64_t share = images / parts;
    loop(linear(part, share, 0), linear(part, share, share), 1, share,
         [&](Value n) { buildTurns(n, constant(0), constant(height)); });
    return;
  }
  int64_t share = getPartRows();
  Value low = linear(part, share, 0);
  Value high = minimum(linear(part, share, share), constant(height));
  if (images == 1)
    buildTurns(constant(0), low, high);
  else
    loop(constant(0), constant(images), 1, images,
         [&](Value n) { buildTurns(n, low, high); });
}

void StripBuilder::build() {
  allocateBands();
  if (parts == 1) {
    part = constant(0);
    buildPart();
  } else {
    auto parallel = scf::ParallelOp::create(b, loc, constant(0),
                                            constant(parts), constant(1));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(parallel.getBody());
    part = parallel.getInductionVars().front();
    buildPart();
  }
  eraseChain();
}

void StripBuilder::eraseChain() {
  for (StripStage &stage : llvm::reverse(chain)) {
    Value init = stage.op.getInit();
    stage.op.erase();
    if (!stage.image.buffer || stage.image.isShared)
      continue;
    if (auto view = init.getDefiningOp<memref::SubViewOp>())
      view.erase();
    if (stage.image.border)
      stage.image.border.erase();
    stage.image.buffer.erase();
  }
}
