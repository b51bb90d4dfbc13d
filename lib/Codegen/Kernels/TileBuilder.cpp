//===- TileBuilder.cpp - Index arithmetic and vectors of kernels ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileBuilder.h"

#include "hswish/IR/ElementTypes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace hswish;

/// Indices stay inside memory: saying so lets LLVM fold them into addresses.
static constexpr auto kNoWrap =
    arith::IntegerOverflowFlags::nsw | arith::IntegerOverflowFlags::nuw;

SmallVector<Piece> hswish::splitIntoPieces(int64_t width, int64_t vector) {
  SmallVector<Piece> pieces;
  for (int64_t offset = 0; offset < width;) {
    while (vector > width - offset)
      vector /= 2;
    pieces.push_back({offset, vector});
    offset += vector;
  }
  return pieces;
}

SmallVector<LoopDim> hswish::collapseDims(ArrayRef<LoopDim> dims) {
  SmallVector<LoopDim> result;
  for (const LoopDim &dim : dims) {
    if (dim.size == 1)
      continue;
    auto continues = [&](const LoopDim &outer) {
      return llvm::all_of(llvm::zip_equal(outer.steps, dim.steps),
                          [&](auto steps) {
                            auto [a, b] = steps;
                            return a == b * dim.size;
                          });
    };
    if (!result.empty() && continues(result.back())) {
      result.back().size *= dim.size;
      result.back().steps = dim.steps;
    } else {
      result.push_back(dim);
    }
  }
  if (result.empty())
    result.push_back({1, dims.back().steps});
  return result;
}

TileBuilder::TileBuilder(Operation *op)
    : b(op), loc(op->getLoc()), entry(op->getBlock()),
      prologue(op->getPrevNode()) {
  hasFMA = getTargetOrGeneric(op).hasFma();
}

//===----------------------------------------------------------------------===//
// Indices
//===----------------------------------------------------------------------===//

Value TileBuilder::constantIndex(int64_t value) {
  Value &constant = constants[value];
  if (!constant) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(entry);
    constant = arith::ConstantIndexOp::create(b, loc, value);
    if (!prologue)
      prologue = constant.getDefiningOp();
  }
  return constant;
}

/// What is known of a sum or a product: no overflow.
static arith::IntegerOverflowFlags getFlags(bool isSigned) {
  return isSigned ? arith::IntegerOverflowFlags::nsw : kNoWrap;
}

Index TileBuilder::add(Index x, Index y) {
  int64_t offset = x.offset + y.offset;
  bool isSigned = x.isSigned || y.isSigned;
  if (!x.base || !y.base)
    return {x.base ? x.base : y.base, offset, isSigned};
  Value base =
      arith::AddIOp::create(b, loc, x.base, y.base, getFlags(isSigned));
  return {base, offset, isSigned};
}

Index TileBuilder::add(Index x, const Size &y) {
  if (y.isConstant())
    return {x.base, x.offset + y.getConstant(), x.isSigned};
  return add(x, {materialize(y), 0, y.getFactor() < 0});
}

Index TileBuilder::scale(Index x, const Size &factor) {
  if (!factor.isConstant() && x.offset != 0)
    return add(scale({x.base, 0, x.isSigned}, factor), factor * x.offset);
  if (!x.base || factor == 0)
    return {Value(), x.offset * factor.getFactor()};
  if (factor == 1)
    return x;
  bool isSigned =
      x.isSigned || (!factor.isConstant() && factor.getFactor() < 0);
  Value base = arith::MulIOp::create(b, loc, x.base, materialize(factor),
                                     getFlags(isSigned));
  return {base, x.offset * factor.getFactor(), isSigned};
}

Index TileBuilder::minimum(Index x, const Size &bound) {
  if (!x.base && bound.isConstant())
    return {Value(), std::min(x.offset, bound.getConstant())};
  return {arith::MinUIOp::create(b, loc, materialize(x), materialize(bound))};
}

Value TileBuilder::materialize(Index x) {
  if (!x.base)
    return constantIndex(x.offset);
  if (x.offset == 0)
    return x.base;
  // A negative constant wraps around as an unsigned one.
  return arith::AddIOp::create(b, loc, x.base, constantIndex(x.offset),
                               getFlags(x.isSigned || x.offset < 0));
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

/// Whether there is at most one step.
static bool isSingle(const Size &low, const Size &high, const Size &step) {
  return low.isConstant() && high.isConstant() && step.isConstant() &&
         high.getConstant() - low.getConstant() <= step.getConstant();
}

scf::ParallelOp TileBuilder::loop(const Size &low, const Size &high,
                                  int64_t step, LoopBody body,
                                  bool keepsSingle) {
  bool isConstant = low.isConstant() && high.isConstant();
  if (low == high || (isConstant && low.getConstant() > high.getConstant()))
    return {};
  if (isSingle(low, high, step) && !keepsSingle) {
    body({Value(), low.getConstant()});
    return {};
  }
  Value from = materialize(low), to = materialize(high),
        by = constantIndex(step);
  auto loop = scf::ParallelOp::create(b, loc, from, to, by);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body({loop.getInductionVars().front()});
  return loop;
}

SmallVector<Value> TileBuilder::loop(const Size &low, const Size &high,
                                     const Size &step, ValueRange inits,
                                     ReductionBody body) {
  if (isSingle(low, high, step))
    return low.getConstant() < high.getConstant()
               ? body({Value(), low.getConstant()}, inits)
               : llvm::to_vector(inits);
  Value from = materialize(low), to = materialize(high), by = materialize(step);
  auto loop = scf::ForOp::create(b, loc, from, to, by, inits);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next =
      body({loop.getInductionVar()}, loop.getRegionIterArgs());
  if (!inits.empty())
    scf::YieldOp::create(b, loc, next);
  return llvm::to_vector(ValueRange(loop.getResults()));
}

SmallVector<Value> TileBuilder::rolledLoop(const Size &low, const Size &high,
                                           const Size &step, ValueRange inits,
                                           ReductionBody body) {
  SmallVector<Value> results = loop(low, high, step, inits, body);
  if (isSingle(low, high, step))
    return results;
  MLIRContext *context = b.getContext();
  auto unroll = LLVM::LoopUnrollAttr::get(
      context, /*disable=*/b.getBoolAttr(true), {}, {}, {}, {}, {}, {});
  auto annotation = LLVM::LoopAnnotationAttr::get(
      context, {}, {}, {}, unroll, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {});
  std::prev(b.getInsertionPoint())->setAttr("llvm.loop_annotation", annotation);
  return results;
}

scf::ParallelOp TileBuilder::tilesOfConstant(int64_t size, int64_t tile,
                                             bool overlap, int64_t low,
                                             int64_t high, TileBody body) {
  tile = std::min(tile, size);
  int64_t rest = overlap ? 0 : size % tile;
  auto place = [&](int64_t i) { return std::min(i, size - tile); };
  int64_t i = 0;
  for (; i < size - rest && place(i) < low; i += tile)
    body({Value(), place(i)}, tile);
  int64_t first = i;
  while (i < size - rest && place(i) + tile <= high)
    i += tile;
  bool isClamped = i > size;
  auto inside = loop(first, std::min(i, size), tile, [&](Index at) {
    body(isClamped ? minimum(at, size - tile) : at, tile);
  });
  for (; i < size - rest; i += tile)
    body({Value(), place(i)}, tile);
  if (rest != 0)
    body({Value(), size - rest}, rest);
  return inside;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

FailureOr<FlatMemRef> TileBuilder::flatten(Value memref, ArrayRef<Size> known) {
  auto type = dyn_cast<MemRefType>(memref.getType());
  int64_t offset;
  SmallVector<int64_t> constants;
  if (!type || failed(type.getStridesAndOffset(constants, offset)))
    return failure();
  SmallVector<Size> sizes =
      known.empty() ? getSizes(memref) : llvm::to_vector(known);
  FlatMemRef flat;
  flat.element = type.getElementType();
  flat.strides = getStrides(memref, sizes);
  bool isWhole = type.getLayout().isIdentity();
  Size extent = 1;
  for (auto [size, stride] : llvm::zip_equal(sizes, flat.strides))
    extent = isWhole ? extent * size : sum(extent, sum(size, -1) * stride);

  // The view starts where the buffer does: the offset goes into the indices.
  if (!ShapedType::isDynamic(offset)) {
    flat.origin = {Value(), offset};
    extent = sum(extent, offset);
  } else {
    Value start = getMetadata(memref).getOffset();
    flat.origin = {start};
    // Large enough: only the type needs one.
    extent = sum(start, extent);
  }
  if (type.getRank() == 1 && !flat.origin.base && offset == 0 &&
      flat.strides[0] == 1) {
    flat.memref = memref;
    return flat;
  }
  int64_t length =
      extent.isConstant() ? extent.getConstant() : ShapedType::kDynamic;
  auto flatType =
      MemRefType::get({length}, flat.element, MemRefLayoutAttrInterface(),
                      type.getMemorySpace());
  OpFoldResult size = b.getIndexAttr(length);
  if (!extent.isConstant())
    size = materialize(extent);
  flat.memref = memref::ReinterpretCastOp::create(
      b, loc, flatType, memref, OpFoldResult(b.getIndexAttr(0)),
      ArrayRef<OpFoldResult>{size}, ArrayRef<OpFoldResult>{b.getIndexAttr(1)});
  return flat;
}

Value TileBuilder::load(const FlatMemRef &from, Index at) {
  return memref::LoadOp::create(b, loc, from.memref, materialize(at));
}

Value TileBuilder::loadVector(const FlatMemRef &from, Index at, int64_t width,
                              const Size &step) {
  auto type = VectorType::get(width, from.element);
  if (step == 1 && isWholeBytes(from.element))
    return vector::LoadOp::create(b, loc, type, from.memref, materialize(at));
  SmallVector<Value> elements;
  for (int64_t i = 0; i < width; ++i)
    elements.push_back(load(from, add(at, step * i)));
  return vector::FromElementsOp::create(b, loc, type, elements);
}

void TileBuilder::storeVector(Value value, const FlatMemRef &to, Index at,
                              const Size &step) {
  if (step == 1 && isWholeBytes(to.element)) {
    vector::StoreOp::create(b, loc, value, to.memref, materialize(at));
    return;
  }
  for (int64_t i = 0; i < cast<VectorType>(value.getType()).getDimSize(0); ++i)
    memref::StoreOp::create(b, loc, extract(value, i), to.memref,
                            materialize(add(at, step * i)));
}

void TileBuilder::prefetch(const FlatMemRef &from, Index at, bool isWrite) {
  memref::PrefetchOp::create(b, loc, from.memref, materialize(at), isWrite,
                             /*localityHint=*/3,
                             /*isDataCache=*/true);
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

Value TileBuilder::splat(TypedAttr value, int64_t width) {
  auto type = VectorType::get(width, value.getType());
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, value));
}

Value TileBuilder::splat(Type element, int64_t width, double value) {
  return splat(b.getFloatAttr(element, value), width);
}

Value TileBuilder::broadcast(Value scalar, int64_t width) {
  return vector::BroadcastOp::create(
      b, loc, VectorType::get(width, scalar.getType()), scalar);
}

Value TileBuilder::extract(Value vector, int64_t lane) {
  return vector::ExtractOp::create(b, loc, vector, lane);
}

Value TileBuilder::widen(Value value, Type element) {
  Type type = value.getType();
  if (getElementTypeOrSelf(type) == element)
    return value;
  if (auto vector = dyn_cast<VectorType>(type))
    return arith::ExtFOp::create(b, loc, vector.clone(element), value);
  return arith::ExtFOp::create(b, loc, element, value);
}

Value TileBuilder::multiplyAdd(Value x, Value y, Value z) {
  if (hasFMA)
    return math::FmaOp::create(b, loc, x, y, z);
  Value product = arith::MulFOp::create(b, loc, x, y);
  return arith::AddFOp::create(b, loc, z, product);
}
