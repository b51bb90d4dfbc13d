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
    : b(op), loc(op->getLoc()), entry(op->getBlock()) {
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
  }
  return constant;
}

Index TileBuilder::add(Index x, Index y) {
  int64_t offset = x.offset + y.offset;
  if (!x.base || !y.base)
    return {x.base ? x.base : y.base, offset};
  return {arith::AddIOp::create(b, loc, x.base, y.base, kNoWrap), offset};
}

Index TileBuilder::scale(Index x, int64_t factor) {
  if (!x.base || factor == 0)
    return {Value(), x.offset * factor};
  if (factor == 1)
    return x;
  Value base =
      arith::MulIOp::create(b, loc, x.base, constantIndex(factor), kNoWrap);
  return {base, x.offset * factor};
}

Index TileBuilder::minimum(Index x, int64_t bound) {
  if (!x.base)
    return {Value(), std::min(x.offset, bound)};
  return {arith::MinUIOp::create(b, loc, materialize(x), constantIndex(bound))};
}

Value TileBuilder::materialize(Index x) {
  if (!x.base)
    return constantIndex(x.offset);
  if (x.offset == 0)
    return x.base;
  // A negative constant wraps around as an unsigned one.
  auto flags = x.offset < 0 ? arith::IntegerOverflowFlags::nsw : kNoWrap;
  return arith::AddIOp::create(b, loc, x.base, constantIndex(x.offset), flags);
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

scf::ParallelOp TileBuilder::loop(int64_t low, int64_t high, int64_t step,
                                  LoopBody body, bool keepsSingle) {
  if (low >= high)
    return {};
  if (high - low <= step && !keepsSingle) {
    body({Value(), low});
    return {};
  }
  auto loop = scf::ParallelOp::create(b, loc, constantIndex(low),
                                      constantIndex(high), constantIndex(step));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body({loop.getInductionVars().front()});
  return loop;
}

SmallVector<Value> TileBuilder::loop(int64_t low, int64_t high, int64_t step,
                                     ValueRange inits, ReductionBody body) {
  if (low >= high)
    return llvm::to_vector(inits);
  if (high - low <= step)
    return body({Value(), low}, inits);
  return loop(constantIndex(low), constantIndex(high), constantIndex(step),
              inits, body);
}

SmallVector<Value> TileBuilder::rolledLoop(int64_t low, int64_t high,
                                           int64_t step, ValueRange inits,
                                           ReductionBody body) {
  if (high - low <= step)
    return loop(low, high, step, inits, body);
  return rolledLoop(constantIndex(low), constantIndex(high),
                    constantIndex(step), inits, body);
}

SmallVector<Value> TileBuilder::rolledLoop(Value low, Value high, Value step,
                                           ValueRange inits,
                                           ReductionBody body) {
  SmallVector<Value> results = loop(low, high, step, inits, body);
  MLIRContext *context = b.getContext();
  auto unroll = LLVM::LoopUnrollAttr::get(
      context, /*disable=*/b.getBoolAttr(true), {}, {}, {}, {}, {}, {});
  auto annotation = LLVM::LoopAnnotationAttr::get(
      context, {}, {}, {}, unroll, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {});
  std::prev(b.getInsertionPoint())->setAttr("llvm.loop_annotation", annotation);
  return results;
}

SmallVector<Value> TileBuilder::loop(Value low, Value high, Value step,
                                     ValueRange inits, ReductionBody body) {
  auto loop = scf::ForOp::create(b, loc, low, high, step, inits);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next =
      body({loop.getInductionVar()}, loop.getRegionIterArgs());
  if (!inits.empty())
    scf::YieldOp::create(b, loc, next);
  return llvm::to_vector(ValueRange(loop.getResults()));
}

scf::ParallelOp TileBuilder::tiles(int64_t size, int64_t tile, bool overlap,
                                   int64_t low, int64_t high,
                                   function_ref<void(Index, int64_t)> body) {
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

FailureOr<FlatMemRef> TileBuilder::flatten(Value memref) {
  auto type = dyn_cast<MemRefType>(memref.getType());
  int64_t offset;
  FlatMemRef flat;
  if (!type || !type.hasStaticShape() ||
      failed(type.getStridesAndOffset(flat.strides, offset)) ||
      llvm::is_contained(flat.strides, ShapedType::kDynamic))
    return failure();
  flat.element = type.getElementType();
  int64_t extent = 1;
  for (auto [size, stride] : llvm::zip_equal(type.getShape(), flat.strides))
    extent += (size - 1) * stride;

  // The view starts where the buffer does: the offset goes into the indices.
  bool isStatic = !ShapedType::isDynamic(offset);
  if (isStatic) {
    flat.origin = {Value(), offset};
    extent += offset;
  } else {
    auto metadata = memref::ExtractStridedMetadataOp::create(b, loc, memref);
    flat.origin = {metadata.getOffset()};
  }
  if (type.getRank() == 1 && isStatic && offset == 0 && flat.strides[0] == 1) {
    flat.memref = memref;
    return flat;
  }
  auto flatType =
      MemRefType::get({isStatic ? extent : ShapedType::kDynamic}, flat.element,
                      MemRefLayoutAttrInterface(), type.getMemorySpace());
  OpFoldResult size = b.getIndexAttr(extent);
  if (!isStatic) // An extent that is large enough: only the type needs one.
    size = materialize(add(flat.origin, extent));
  flat.memref = memref::ReinterpretCastOp::create(
      b, loc, flatType, memref, OpFoldResult(b.getIndexAttr(0)),
      ArrayRef<OpFoldResult>{size}, ArrayRef<OpFoldResult>{b.getIndexAttr(1)});
  return flat;
}

Value TileBuilder::load(const FlatMemRef &from, Index at) {
  return memref::LoadOp::create(b, loc, from.memref, materialize(at));
}

Value TileBuilder::loadVector(const FlatMemRef &from, Index at, int64_t width,
                              int64_t step) {
  auto type = VectorType::get(width, from.element);
  if (step == 1 && isWholeBytes(from.element))
    return vector::LoadOp::create(b, loc, type, from.memref, materialize(at));
  SmallVector<Value> elements;
  for (int64_t i = 0; i < width; ++i)
    elements.push_back(load(from, add(at, i * step)));
  return vector::FromElementsOp::create(b, loc, type, elements);
}

void TileBuilder::storeVector(Value value, const FlatMemRef &to, Index at,
                              int64_t step) {
  if (step == 1 && isWholeBytes(to.element)) {
    vector::StoreOp::create(b, loc, value, to.memref, materialize(at));
    return;
  }
  for (int64_t i = 0; i < cast<VectorType>(value.getType()).getDimSize(0); ++i)
    memref::StoreOp::create(b, loc, extract(value, i), to.memref,
                            materialize(add(at, i * step)));
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
