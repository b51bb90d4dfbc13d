//===- Reduction.cpp - Reductions over axes -----------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reduction.h"

#include "../Handlers.h"
#include "Math.h"
#include "Window.h"

#include "hswish/IR/Broadcast.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

//===----------------------------------------------------------------------===//
// Building blocks
//===----------------------------------------------------------------------===//

/// The value that a reduction starts from.
static TypedAttr getNeutral(OpBuilder &b, Type type, Reduction kind,
                            bool isUnsigned) {
  double infinity = std::numeric_limits<double>::infinity();
  if (isa<FloatType>(type))
    return b.getFloatAttr(type, kind == Reduction::Sum       ? 0.0
                                : kind == Reduction::Product ? 1.0
                                : kind == Reduction::Max     ? -infinity
                                                             : infinity);
  unsigned width = type.getIntOrFloatBitWidth();
  switch (kind) {
  case Reduction::Sum:
    return b.getIntegerAttr(type, 0);
  case Reduction::Product:
    return b.getIntegerAttr(type, 1);
  case Reduction::Max:
    return b.getIntegerAttr(type, isUnsigned ? APInt::getMinValue(width)
                                             : APInt::getSignedMinValue(width));
  case Reduction::Min:
    break;
  }
  return b.getIntegerAttr(type, isUnsigned ? APInt::getMaxValue(width)
                                           : APInt::getSignedMaxValue(width));
}

static Value combine(OpBuilder &b, Location loc, Reduction kind,
                     bool isUnsigned, Value x, Value y) {
  bool isOfFloats = isa<FloatType>(x.getType());
  switch (kind) {
  case Reduction::Sum:
    return isOfFloats ? Value(arith::AddFOp::create(b, loc, x, y))
                      : Value(arith::AddIOp::create(b, loc, x, y));
  case Reduction::Product:
    return isOfFloats ? Value(arith::MulFOp::create(b, loc, x, y))
                      : Value(arith::MulIOp::create(b, loc, x, y));
  case Reduction::Max:
    return isOfFloats   ? Value(arith::MaximumFOp::create(b, loc, x, y))
           : isUnsigned ? Value(arith::MaxUIOp::create(b, loc, x, y))
                        : Value(arith::MaxSIOp::create(b, loc, x, y));
  case Reduction::Min:
    break;
  }
  return isOfFloats   ? Value(arith::MinimumFOp::create(b, loc, x, y))
         : isUnsigned ? Value(arith::MinUIOp::create(b, loc, x, y))
                      : Value(arith::MinSIOp::create(b, loc, x, y));
}

/// The shape with the axes at size 1, or without them.
static Shape reduceShape(ArrayRef<int64_t> shape, ArrayRef<int64_t> axes,
                         bool keepDims) {
  Shape result;
  for (auto [i, size] : llvm::enumerate(shape)) {
    if (!llvm::is_contained(axes, static_cast<int64_t>(i)))
      result.push_back(size);
    else if (keepDims)
      result.push_back(1);
  }
  return result;
}

Value onnx_import::reduce(Node &node, Value value, ArrayRef<int64_t> axes,
                          Reduction kind, bool keepDims, bool isUnsigned) {
  OpBuilder &b = node.b;
  ArrayRef<int64_t> shape = getShape(value);
  Type element = getElementType(value);
  auto type = RankedTensorType::get(reduceShape(shape, axes, false), element);
  Value init = arith::ConstantOp::create(
      b, node.loc,
      DenseElementsAttr::get(type, getNeutral(b, element, kind, isUnsigned)));
  Value result =
      linalg::ReduceOp::create(
          b, node.loc, value, init, axes,
          [&](OpBuilder &b, Location loc, ValueRange args) {
            linalg::YieldOp::create(
                b, loc, combine(b, loc, kind, isUnsigned, args[0], args[1]));
          })
          .getResult(0);
  return keepDims ? reshape(node, result, reduceShape(shape, axes, true))
                  : result;
}

Value onnx_import::makeMean(Node &node, Value value, ArrayRef<int64_t> axes,
                            bool keepDims) {
  Math m{node};
  // Squeeze-and-excite blocks are often spelt so.
  if (getShape(value).size() == 4 && axes == ArrayRef<int64_t>{2, 3}) {
    Shape shape = reduceShape(getShape(value), axes, keepDims);
    return reshape(node, makeGlobalAverage(node, value), shape);
  }
  double count = 1;
  for (int64_t axis : axes)
    count *= getShape(value)[axis];
  Value sum = reduce(node, value, axes, Reduction::Sum, keepDims);
  return m.div(sum, m.num(sum, count));
}

Value onnx_import::spreadTo(Node &node, Value value, ArrayRef<int64_t> shape) {
  return createBroadcast(node.b, node.loc, value, shape);
}

//===----------------------------------------------------------------------===//
// Reduce…
//===----------------------------------------------------------------------===//

/// The formula of the operator on a float value.
static Value makeReduction(Node &node, StringRef op, Value x,
                           ArrayRef<int64_t> axes, bool keepDims) {
  Math m{node};
  auto sum = [&](Value value) {
    return reduce(node, value, axes, Reduction::Sum, keepDims);
  };
  if (op == "ReduceMean")
    return makeMean(node, x, axes, keepDims);
  if (op == "ReduceL1")
    return sum(m.abs(x));
  if (op == "ReduceL2")
    return m.sqrt(sum(m.mul(x, x)));
  if (op == "ReduceSumSquare")
    return sum(m.mul(x, x));
  if (op == "ReduceLogSum")
    return m.log(sum(x));
  // ReduceLogSumExp, shifted by the maximum against overflow; by 0 if that is
  // infinite, whose difference to itself is NaN.
  ArrayRef<int64_t> shape = getShape(x);
  Value max = reduce(node, x, axes, Reduction::Max, /*keepDims=*/true);
  Value infinity = m.num(max, std::numeric_limits<double>::infinity());
  Value shift = m.select(m.less(m.abs(max), infinity), max, m.num(max, 0));
  Value total = m.log(sum(m.exp(m.sub(x, spreadTo(node, shift, shape)))));
  return m.add(total, reshape(node, shift, getShape(total)));
}

static std::optional<Reduction> getPlainReduction(StringRef op) {
  if (op == "ReduceSum")
    return Reduction::Sum;
  if (op == "ReduceProd")
    return Reduction::Product;
  if (op == "ReduceMax")
    return Reduction::Max;
  if (op == "ReduceMin")
    return Reduction::Min;
  return std::nullopt;
}

/// Integer arithmetic on shapes uses sums and products of constants.
static bool foldReduction(Node &node, Reduction kind, ArrayRef<int64_t> axes,
                          bool keepDims) {
  const Tensor &x = node.in(0);
  if (!x.isConstant() || isFloat(x.type) || x.rank() != 1 || axes.size() != 1 ||
      (kind != Reduction::Sum && kind != Reduction::Product))
    return false;
  uint64_t result = kind == Reduction::Sum ? 0 : 1;
  for (uint64_t value : x.getInts())
    result = kind == Reduction::Sum ? result + value : result * value;
  Shape shape(keepDims ? 1 : 0, 1);
  node.set(0, Tensor::fromInts(x.type, shape, int64_t(result)));
  return true;
}

static LogicalResult importReduce(Node &node) {
  auto axes = node.getAxes(1, node.in(0).rank());
  if (failed(axes))
    return failure();
  bool keepDims = node.getInt("keepdims", 1) != 0;
  if (axes->empty()) {
    if (node.getInt("noop_with_empty_axes", 0)) {
      if (node.getOp() == "ReduceSum" || node.getOp() == "ReduceMean") {
        node.set(0, node.in(0));
        return success();
      }
      return node.emitError() << "noop_with_empty_axes is not supported here";
    }
    llvm::append_range(*axes, llvm::seq<int64_t>(0, node.in(0).rank()));
  }
  auto kind = getPlainReduction(node.getOp());
  if (kind && foldReduction(node, *kind, *axes, keepDims))
    return success();
  if (axes->empty()) { // a scalar
    if (!kind)
      return node.emitError() << "scalars are not supported";
    node.set(0, node.in(0));
    return success();
  }
  if (!kind && !node.requireFloat(0))
    return failure();
  Value x = node.value(0);
  node.set(0, kind ? reduce(node, x, *axes, *kind, keepDims,
                            isUnsigned(node.in(0).type))
                   : makeReduction(node, node.getOp(), x, *axes, keepDims));
  return success();
}

//===----------------------------------------------------------------------===//
// ArgMax
//===----------------------------------------------------------------------===//

/// Whether `x` takes the place of `y`: strictly better, so that the first of
/// equals wins; or not.
static Value isBetter(OpBuilder &b, Location loc, Value x, Value y, bool isMax,
                      bool takesLast, bool isUnsigned) {
  if (!isMax)
    std::swap(x, y);
  if (isa<FloatType>(x.getType()))
    return arith::CmpFOp::create(b, loc,
                                 takesLast ? arith::CmpFPredicate::OGE
                                           : arith::CmpFPredicate::OGT,
                                 x, y);
  using enum arith::CmpIPredicate;
  return arith::CmpIOp::create(
      b, loc, isUnsigned ? (takesLast ? uge : ugt) : (takesLast ? sge : sgt), x,
      y);
}

/// The index of the extremum: a reduction of pairs of value and index.
static LogicalResult importArg(Node &node) {
  OpBuilder &b = node.b;
  const Tensor &x = node.in(0);
  auto axis = node.getAxis("axis", 0, x.rank());
  if (failed(axis) || (x.type == DType::Bool && !node.requireFloat(0)))
    return failure();
  bool isMax = node.getOp() == "ArgMax";
  bool takesLast = node.getInt("select_last_index", 0) != 0;
  bool keepDims = node.getInt("keepdims", 1) != 0;
  Reduction kind = isMax ? Reduction::Max : Reduction::Min;
  Value value = node.value(0);
  Type element = getElementType(value), index = b.getI64Type();
  Shape shape = reduceShape(x.shape, *axis, false);
  auto makeInit = [&](TypedAttr attr) -> Value {
    auto type = RankedTensorType::get(shape, attr.getType());
    return arith::ConstantOp::create(b, node.loc,
                                     DenseElementsAttr::get(type, attr));
  };
  bool isOfUnsigned = isUnsigned(x.type);
  Value inits[] = {makeInit(getNeutral(b, element, kind, isOfUnsigned)),
                   makeInit(b.getI64IntegerAttr(0))};
  SmallVector<AffineExpr> kept;
  SmallVector<utils::IteratorType> iterators(x.rank(),
                                             utils::IteratorType::parallel);
  iterators[*axis] = utils::IteratorType::reduction;
  for (int64_t i = 0; i < x.rank(); ++i)
    if (i != *axis)
      kept.push_back(b.getAffineDimExpr(i));
  AffineMap out = AffineMap::get(x.rank(), 0, kept, b.getContext());
  AffineMap maps[] = {b.getMultiDimIdentityMap(x.rank()), out, out};
  auto generic = linalg::GenericOp::create(
      b, node.loc, TypeRange{inits[0].getType(), inits[1].getType()}, value,
      inits, maps, iterators, [&](OpBuilder &b, Location loc, ValueRange args) {
        Value i = arith::IndexCastOp::create(
            b, loc, index, linalg::IndexOp::create(b, loc, *axis));
        Value better =
            isBetter(b, loc, args[0], args[1], isMax, takesLast, isOfUnsigned);
        Value newValue =
            arith::SelectOp::create(b, loc, better, args[0], args[1]);
        Value newIndex = arith::SelectOp::create(b, loc, better, i, args[2]);
        linalg::YieldOp::create(b, loc, ValueRange{newValue, newIndex});
      });
  node.set(0, DType::I64,
           reshape(node, generic.getResult(1),
                   reduceShape(x.shape, *axis, keepDims)));
  return success();
}

static constexpr StringLiteral kAttributes =
    "axes keepdims noop_with_empty_axes";

static const Handler handlers[] = {
    {"ArgMax", 1, 1, "axis keepdims select_last_index", importArg},
    {"ArgMin", 1, 1, "axis keepdims select_last_index", importArg},
    {"ReduceL1", 1, 2, kAttributes, importReduce},
    {"ReduceL2", 1, 2, kAttributes, importReduce},
    {"ReduceLogSum", 1, 2, kAttributes, importReduce},
    {"ReduceLogSumExp", 1, 2, kAttributes, importReduce},
    {"ReduceMax", 1, 2, kAttributes, importReduce},
    {"ReduceMean", 1, 2, kAttributes, importReduce},
    {"ReduceMin", 1, 2, kAttributes, importReduce},
    {"ReduceProd", 1, 2, kAttributes, importReduce},
    {"ReduceSum", 1, 2, kAttributes, importReduce},
    {"ReduceSumSquare", 1, 2, kAttributes, importReduce},
};

ArrayRef<Handler> onnx_import::getReductionHandlers() { return handlers; }
