//===- Size.cpp - Sizes that are constants or values ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Size.h"

#include "TileBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace hswish;

/// Sizes may be steps against the direction of memory: nothing is said of them
/// as unsigned numbers.
static constexpr auto kNoSignedWrap = arith::IntegerOverflowFlags::nsw;

/// The code of sizes stands before that of the loops, which all can see it.
Value TileBuilder::atEntry(function_ref<Value()> build) {
  OpBuilder::InsertionGuard guard(b);
  if (prologue)
    b.setInsertionPointAfter(prologue);
  else
    b.setInsertionPointToStart(entry);
  Value value = build();
  prologue = value.getDefiningOp();
  return value;
}

Value TileBuilder::materialize(const Size &size) {
  if (size.isConstant())
    return constantIndex(size.getConstant());
  if (size.getFactor() == 1 && size.getValues().size() == 1)
    return size.getValues().front();
  for (auto &[known, value] : products)
    if (known == size)
      return value;
  Value product = size.getValues().front();
  auto multiply = [&](Value by) {
    product = atEntry([&]() -> Value {
      return arith::MulIOp::create(b, loc, product, by, kNoSignedWrap);
    });
  };
  llvm::for_each(size.getValues().drop_front(), multiply);
  if (size.getFactor() != 1)
    multiply(constantIndex(size.getFactor()));
  products.emplace_back(size, product);
  return product;
}

template <typename Op>
Size TileBuilder::compute(const Size &x, const Size &y) {
  Value left = materialize(x), right = materialize(y);
  return atEntry(
      [&]() -> Value { return Op::create(b, loc, left, right).getResult(); });
}

Size TileBuilder::sum(const Size &x, const Size &y) {
  if (x.hasSameValues(y))
    return Size(x.getFactor() + y.getFactor()) * x.withoutFactor();
  if (x == 0 || y == 0)
    return x == 0 ? y : x;
  return compute<arith::AddIOp>(x, y);
}

Size TileBuilder::difference(const Size &x, const Size &y) {
  if (y.isConstant() || x.hasSameValues(y))
    return sum(x, y * -1);
  return compute<arith::SubIOp>(x, y);
}

Size TileBuilder::minimum(const Size &x, const Size &y) {
  if (x.isConstant() && y.isConstant())
    return std::min(x.getConstant(), y.getConstant());
  return x == y ? x : compute<arith::MinSIOp>(x, y);
}

Size TileBuilder::maximum(const Size &x, const Size &y) {
  if (x.isConstant() && y.isConstant())
    return std::max(x.getConstant(), y.getConstant());
  return x == y ? x : compute<arith::MaxSIOp>(x, y);
}

Size TileBuilder::quotient(const Size &x, int64_t y) {
  if (x.getFactor() % y == 0)
    return Size(x.getFactor() / y) * x.withoutFactor();
  if (x.isConstant())
    return x.getConstant() / y;
  return compute<arith::DivSIOp>(x, y);
}

Size TileBuilder::getSize(Value memref, int64_t dim) {
  auto type = cast<ShapedType>(memref.getType());
  if (!type.isDynamicDim(dim))
    return type.getDimSize(dim);
  Value &size = sizes[{memref, dim}];
  if (!size) {
    Value position = constantIndex(dim);
    size = atEntry([&]() -> Value {
      return memref::DimOp::create(b, loc, memref, position);
    });
  }
  return size;
}

SmallVector<Size> TileBuilder::getSizes(Value memref) {
  SmallVector<Size> result;
  for (int64_t dim = 0; dim < cast<ShapedType>(memref.getType()).getRank();
       ++dim)
    result.push_back(getSize(memref, dim));
  return result;
}

SmallVector<Size> TileBuilder::getStrides(Value memref,
                                          ArrayRef<Size> memrefSizes) {
  auto type = cast<MemRefType>(memref.getType());
  auto [constants, offset] = type.getStridesAndOffset();
  SmallVector<Size> strides(constants.begin(), constants.end());
  if (!llvm::is_contained(constants, ShapedType::kDynamic))
    return strides;
  if (type.getLayout().isIdentity()) {
    Size stride = 1;
    for (int64_t dim = type.getRank(); dim-- > 0;) {
      strides[dim] = stride;
      stride *= memrefSizes[dim];
    }
    return strides;
  }
  memref::ExtractStridedMetadataOp metadata = getMetadata(memref);
  for (auto [dim, stride] : llvm::enumerate(constants))
    if (ShapedType::isDynamic(stride))
      strides[dim] = metadata.getStrides()[dim];
  return strides;
}

memref::ExtractStridedMetadataOp TileBuilder::getMetadata(Value memref) {
  Value base = atEntry([&]() -> Value {
    return memref::ExtractStridedMetadataOp::create(b, loc, memref)
        .getBaseBuffer();
  });
  return base.getDefiningOp<memref::ExtractStridedMetadataOp>();
}

SmallVector<Size> TileBuilder::getStridesByDims(const FlatMemRef &flat,
                                                AffineMap map) {
  SmallVector<Size> strides(map.getNumDims(), 0);
  for (auto [expr, stride] : llvm::zip_equal(map.getResults(), flat.strides))
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      strides[dim.getPosition()] = sum(strides[dim.getPosition()], stride);
  return strides;
}

//===----------------------------------------------------------------------===//
// Tiles of sizes that are values
//===----------------------------------------------------------------------===//

/// `size` where it is at least `bound`, else 0.
Size TileBuilder::ifAtLeast(const Size &size, int64_t bound) {
  Value value = materialize(size), least = constantIndex(bound),
        zero = constantIndex(0);
  Value isEnough = atEntry([&]() -> Value {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, value,
                                 least);
  });
  return atEntry([&]() -> Value {
    return arith::SelectOp::create(b, loc, isEnough, value, zero);
  });
}

/// A loop over tiles of `tile` and, over what it leaves, loops over tiles of
/// half of that, of a quarter and so on. Where tiles may overlap, the first
/// loop with a tile that fits leaves nothing.
scf::ParallelOp TileBuilder::tilesOfValue(const Size &low, const Size &size,
                                          int64_t tile, bool overlap,
                                          TileBody body) {
  scf::ParallelOp first;
  Size done = 0, left = size;
  for (int64_t width = tile; width > 0 && left != 0; width /= 2) {
    Size taken = left; // However many single steps.
    if (width > 1)
      taken = overlap ? ifAtLeast(left, width) : quotient(left, width) * width;
    Size end = sum(done, taken), last = difference(size, width);
    auto loop = this->loop(done, end, width, [&](Index i) {
      Index at = overlap && width > 1 ? minimum(i, last) : i;
      body(add(at, low), width);
    });
    if (!first)
      first = loop;
    left = difference(left, taken);
    done = end;
  }
  return first;
}

scf::ParallelOp TileBuilder::tiles(const Size &size, int64_t tile, bool overlap,
                                   const Size &low, const Size &high,
                                   TileBody body, LoopBody border) {
  if (size.isConstant())
    return tilesOfConstant(size.getConstant(), tile, overlap, low.getConstant(),
                           high.getConstant(), body);
  if (low == 0 && high == size)
    return tilesOfValue(0, size, tile, overlap, body);
  Size first = minimum(low, size), last = maximum(minimum(high, size), first);
  loop(0, first, 1, border);
  auto inside =
      tilesOfValue(first, difference(last, first), tile, overlap, body);
  loop(last, size, 1, border);
  return inside;
}

void TileBuilder::vectors(const Size &size, int64_t vector, TileBody body) {
  if (!size.isConstant()) {
    tilesOfValue(0, size, vector, /*overlap=*/false, body);
    return;
  }
  int64_t count = size.getConstant(), whole = count - count % vector;
  loop(0, whole, vector, [&](Index i) { body(i, vector); });
  for (Piece piece : splitIntoPieces(count - whole, vector))
    body({Value(), whole + piece.offset}, piece.width);
}
