//===- LongColumns.cpp - Sums of many rows, side by side ------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LongColumns.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace hswish;

/// Elements that a visit adds to a partial sum.
static constexpr int64_t kRowsPerVisit = 4;

int64_t LongColumns::getMostColumns(int64_t bytes) const {
  return bytes / (kPartials * order.getSumType().getWidth() / 8);
}

void LongColumns::emit(Index from, int64_t count) {
  first = from;
  columns = count;
  int64_t whole = length / kBlock;
  levels = length > kBlock ? llvm::Log2_64(whole) + 1 : 0;

  partials = allocate(kPartials);
  if (levels > 0) {
    held = allocate(levels);
    forColumns([&](Index c, int64_t width) {
      Value nothing =
          order.getNeutral(t, VectorType::get(width, order.getSumType()));
      for (int64_t level = 0; level < levels; ++level)
        t.storeVector(nothing, held, placeOf({Value(), level}, c));
    });
    t.loop(0, whole, 1, {}, [&](Index i, ValueRange) -> Values {
      addBlock(t.scale(i, kBlock), kBlock);
      pushBlock(i);
      return {};
    });
  }
  int64_t done = levels > 0 ? whole * kBlock : 0;
  if (done < length)
    addBlock({Value(), done}, length - done);
  forColumns([&](Index c, int64_t width) {
    Value sum = done < length ? addPartials(c, width) : Value();
    Values added = order.addLevels(t, whole, loadLevels(c, width), {sum});
    store(added.front(), t.add(first, c));
  });
}

FlatMemRef LongColumns::allocate(int64_t rows) {
  Type element = order.getSumType();
  auto type = MemRefType::get({rows * columns}, element);
  // Vectors of any target are aligned so.
  IntegerAttr alignment = t.builder().getI64IntegerAttr(64);
  Value memory =
      memref::AllocaOp::create(t.builder(), t.getLoc(), type, alignment);
  return {memory, {}, {1}, element};
}

void LongColumns::forColumns(function_ref<void(Index, int64_t)> body) {
  int64_t whole = columns - columns % lanes;
  t.loop(0, whole, lanes, {}, [&](Index c, ValueRange) -> Values {
    body(c, lanes);
    return {};
  });
  for (const Piece &piece : splitIntoPieces(columns - whole, lanes))
    body({Value(), whole + piece.offset}, piece.width);
}

/// The partial sums of `count` rows from `start` on.
void LongColumns::addBlock(Index start, int64_t count) {
  constexpr int64_t step = kPartials * kRowsPerVisit;
  int64_t whole = count - count % step;
  if (whole > 0)
    addRows(start, 0, kPartials, kRowsPerVisit, /*isFirst=*/true);
  t.loop(step, whole, step, {}, [&](Index i, ValueRange) -> Values {
    addRows(t.add(start, i), 0, kPartials, kRowsPerVisit, /*isFirst=*/false);
    return {};
  });
  // The first partial sums may have one element more than the others.
  int64_t more = count % kPartials, rows = (count - whole) / kPartials;
  start = t.add(start, whole);
  addRows(start, 0, more, rows + 1, whole == 0);
  addRows(start, more, kPartials, rows, whole == 0);
}

/// Adds `rows` elements to each partial sum from `low` to `high`.
void LongColumns::addRows(Index start, int64_t low, int64_t high, int64_t rows,
                          bool isFirst) {
  if (low == high || (rows == 0 && !isFirst))
    return;
  t.loop(low, high, 1, {}, [&](Index p, ValueRange) -> Values {
    forColumns([&](Index c, int64_t width) {
      auto type = VectorType::get(width, order.getSumType());
      Index place = placeOf(p, c), column = t.add(first, c);
      Value sum = isFirst ? Value() : t.loadVector(partials, place, width);
      for (int64_t i = 0; i < rows; ++i)
        sum = order.combine(
            t, sum, load(t.add(t.add(start, p), i * kPartials), column, width));
      t.storeVector(sum ? sum : order.getNeutral(t, type), partials, place);
    });
    return {};
  });
}

/// Adds block `number` to the levels.
void LongColumns::pushBlock(Index number) {
  forColumns([&](Index c, int64_t width) {
    Values next = order.pushBlock(t, number, {addPartials(c, width)},
                                  loadLevels(c, width));
    for (auto [level, value] : llvm::enumerate(next))
      t.storeVector(value, held,
                    placeOf({Value(), static_cast<int64_t>(level)}, c));
  });
}

Value LongColumns::addPartials(Index column, int64_t width) {
  Values values;
  for (int64_t p = 0; p < kPartials; ++p)
    values.push_back(
        t.loadVector(partials, placeOf({Value(), p}, column), width));
  return order.addHalves(t, values);
}

LongColumns::Values LongColumns::loadLevels(Index column, int64_t width) {
  Values values;
  for (int64_t level = 0; level < levels; ++level)
    values.push_back(
        t.loadVector(held, placeOf({Value(), level}, column), width));
  return values;
}
