//===- LongColumns.h - Sums of many rows, side by side ----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Columns that are longer than registers can follow row by row: 16 partial sums
// of each are kept on the stack, so that rows are read in one piece. Each visit
// of a partial sum adds several elements, which spares most of its loads and
// stores.
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_KERNELS_REDUCTION_LONGCOLUMNS_H
#define HSWISH_LIB_CODEGEN_KERNELS_REDUCTION_LONGCOLUMNS_H

#include "SumOrder.h"

namespace hswish {

class LongColumns {
public:
  /// What is added in row `row` of `width` columns from `column` on.
  using Load =
      llvm::function_ref<mlir::Value(Index row, Index column, int64_t width)>;
  using Store = llvm::function_ref<void(mlir::Value sum, Index column)>;

  /// `length` rows; vectors have `lanes` elements.
  LongColumns(TileBuilder &t, const RowReduction &order, int64_t length,
              int64_t lanes, Load load, Store store)
      : t(t), order(order), length(length), lanes(lanes), load(load),
        store(store) {}

  /// Columns whose partial sums take at most `bytes`.
  int64_t getMostColumns(int64_t bytes) const;
  /// The sums of `count` columns from `first` on.
  void emit(Index first, int64_t count);

private:
  using Values = RowReduction::Values;

  void addBlock(Index start, int64_t count);
  void addRows(Index start, int64_t low, int64_t high, int64_t rows,
               bool isFirst);
  void pushBlock(Index number);
  mlir::Value addPartials(Index column, int64_t width);
  Values loadLevels(Index column, int64_t width);
  void forColumns(llvm::function_ref<void(Index column, int64_t width)> body);
  FlatMemRef allocate(int64_t rows);
  /// Where row `row` of `memory` has its element of `column`.
  Index placeOf(Index row, Index column) {
    return t.add(t.scale(row, columns), column);
  }

  TileBuilder &t;
  const RowReduction &order;
  int64_t length, lanes;
  Load load;
  Store store;
  Index first;
  int64_t columns = 0;
  int64_t levels = 0;
  FlatMemRef partials, held;
};

} // namespace hswish

#endif // HSWISH_LIB_CODEGEN_KERNELS_REDUCTION_LONGCOLUMNS_H
