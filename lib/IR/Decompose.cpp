//===- Decompose.cpp - Structured ops in terms of linalg ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The slow but always correct road: what a structured op means, written with
// upstream ops. Kernels are tested against it.
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace hswish;

/// Pads the two middle dimensions of an image with `value`.
static Value padImage(OpBuilder &b, Location loc, Value image,
                      ArrayRef<int64_t> pads, Attribute value) {
  if (llvm::all_of(pads, [](int64_t p) { return p == 0; }))
    return image;
  auto type = cast<RankedTensorType>(image.getType());
  auto grow = [](int64_t size, int64_t by) {
    return ShapedType::isDynamic(size) ? size : size + by;
  };
  SmallVector<int64_t> shape = {
      type.getDimSize(0), grow(type.getDimSize(1), pads[0] + pads[2]),
      grow(type.getDimSize(2), pads[1] + pads[3]), type.getDimSize(3)};
  SmallVector<OpFoldResult> low = {b.getIndexAttr(0), b.getIndexAttr(pads[0]),
                                   b.getIndexAttr(pads[1]), b.getIndexAttr(0)};
  SmallVector<OpFoldResult> high = {b.getIndexAttr(0), b.getIndexAttr(pads[2]),
                                    b.getIndexAttr(pads[3]), b.getIndexAttr(0)};
  Value constant = arith::ConstantOp::create(b, loc, cast<TypedAttr>(value));
  return tensor::PadOp::create(b, loc, type.clone(shape), image, low, high,
                               constant);
}

/// The destination filled with `value`.
static Value fill(OpBuilder &b, Location loc, Value init, Attribute value) {
  Value constant = arith::ConstantOp::create(b, loc, cast<TypedAttr>(value));
  return linalg::FillOp::create(b, loc, constant, init).getResult(0);
}

/// acc += lhs * rhs, with the operands brought to the accumulator's type.
static void buildMultiplyAdd(OpBuilder &b, Location loc, ValueRange args) {
  auto widen = [&](Value v) -> Value {
    return v.getType() == args[2].getType()
               ? v
               : arith::ExtFOp::create(b, loc, args[2].getType(), v);
  };
  Value product = arith::MulFOp::create(b, loc, widen(args[0]), widen(args[1]));
  Value sum = arith::AddFOp::create(b, loc, args[2], product);
  linalg::YieldOp::create(b, loc, sum);
}

/// The epilogue as a linalg.generic over the accumulators.
static Value applyEpilogue(OpBuilder &b, EpilogueOpInterface op, Value acc,
                           Value init) {
  if (op.hasIdentityEpilogue())
    return acc;
  Location loc = op->getLoc();
  auto type = cast<RankedTensorType>(acc.getType());
  AffineMap identity = b.getMultiDimIdentityMap(type.getRank());
  SmallVector<AffineMap> maps = {identity};
  llvm::append_range(maps, op.getEpilogueMapValues());
  maps.push_back(identity);
  SmallVector<Value> inputs = {acc};
  llvm::append_range(inputs, op.getExtras());
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      b, loc, type, inputs, init, maps, iterators,
      [&](OpBuilder &nested, Location, ValueRange args) {
        IRMapping mapping;
        Block &block = op.getEpilogueBlock();
        mapping.map(block.getArguments(), args.drop_back());
        for (Operation &inner : block.without_terminator())
          nested.clone(inner, mapping);
        Value result =
            mapping.lookupOrDefault(block.getTerminator()->getOperand(0));
        linalg::YieldOp::create(nested, loc, result);
      });
  return generic.getResult(0);
}

/// The convolution itself, as a linalg op whose groups are a dimension of their
/// own: (n, h, w, g, f, kh, kw, c).
static FailureOr<Value> decomposeGroupedConv(OpBuilder &b, Conv2DOp op,
                                             Value padded, Value filled) {
  Location loc = op.getLoc();
  int64_t groups = op.getGroups();
  SmallVector<ReassociationIndices> last = {{0}, {1}, {2}, {3, 4}};
  auto split = [&](Value v) -> FailureOr<Value> {
    auto type = cast<RankedTensorType>(v.getType());
    if (!type.hasStaticShape())
      return failure();
    SmallVector<int64_t> shape(type.getShape().drop_back());
    shape.append({groups, type.getShape().back() / groups});
    return tensor::ExpandShapeOp::create(b, loc, type.clone(shape), v, last)
        .getResult();
  };
  FailureOr<Value> input = split(padded), filter = split(op.getFilter()),
                   init = split(filled);
  if (failed(input) || failed(filter) || failed(init))
    return failure();

  AffineExpr n, h, w, g, f, kh, kw, c;
  bindDims(b.getContext(), n, h, w, g, f, kh, kw, c);
  auto strides = op.getStrides(), dilations = op.getDilations();
  auto map = [&](ArrayRef<AffineExpr> exprs) {
    return AffineMap::get(8, 0, exprs, b.getContext());
  };
  SmallVector<AffineMap> maps = {
      map({n, h * strides[0] + kh * dilations[0],
           w * strides[1] + kw * dilations[1], g, c}),
      map({kh, kw, c, g, f}), map({n, h, w, g, f})};
  SmallVector<utils::IteratorType> iterators(5, utils::IteratorType::parallel);
  iterators.append(3, utils::IteratorType::reduction);
  auto generic = linalg::GenericOp::create(b, loc, (*init).getType(),
                                           ValueRange{*input, *filter}, *init,
                                           maps, iterators, buildMultiplyAdd);
  return tensor::CollapseShapeOp::create(b, loc, op.getInit().getType(),
                                         generic.getResult(0), last)
      .getResult();
}

FailureOr<SmallVector<Value>> Conv2DOp::decomposeOperation(OpBuilder &b) {
  if (isPacked() || getNumResults() != 1)
    return failure();
  Location loc = getLoc();
  Type inputElement = getElementTypeOrSelf(getInput());
  Value padded = padImage(b, loc, getInput(), getPads(),
                          b.getFloatAttr(inputElement, 0.0));
  Value filled = fill(b, loc, getInit(),
                      b.getFloatAttr(getInitType().getElementType(), 0.0));
  if (getGroups() != 1) {
    FailureOr<Value> acc = decomposeGroupedConv(b, *this, padded, filled);
    if (failed(acc))
      return failure();
    return SmallVector<Value>{applyEpilogue(b, *this, *acc, getInit())};
  }
  auto conv = linalg::Conv2DNhwcHwcfOp::create(
      b, loc, getInit().getType(), ValueRange{padded, getFilter()}, filled,
      b.getI64VectorAttr(getStrides()), b.getI64VectorAttr(getDilations()));
  return SmallVector<Value>{
      applyEpilogue(b, *this, conv.getResult(0), getInit())};
}

FailureOr<SmallVector<Value>> MatmulOp::decomposeOperation(OpBuilder &b) {
  if (isPacked() || getNumResults() != 1)
    return failure();
  Value filled = fill(b, getLoc(), getInit(),
                      b.getFloatAttr(getInitType().getElementType(), 0.0));
  auto matmul = linalg::MatmulOp::create(
      b, getLoc(), getInit().getType(), ValueRange{getLhs(), getRhs()}, filled);
  return SmallVector<Value>{
      applyEpilogue(b, *this, matmul.getResult(0), getInit())};
}

/// Whether the one window of `op` is the whole image.
static bool isGlobal(Pool2DOp op) {
  auto isZero = [](int64_t pad) { return pad == 0; };
  auto in = cast<ShapedType>(op.getInput().getType()),
       out = cast<ShapedType>(op.getInit().getType());
  return op.getKernel() == in.getShape().slice(1, 2) &&
         out.getDimSize(1) == 1 && out.getDimSize(2) == 1 &&
         llvm::all_of(op.getPads(), isZero);
}

/// The average of all pixels: a sum in the order of sums (decision 19).
static Value averagePixels(OpBuilder &b, Pool2DOp op) {
  Location loc = op.getLoc();
  auto type = cast<RankedTensorType>(op.getInit().getType());
  auto element = cast<FloatType>(type.getElementType());
  ArrayRef<int64_t> shape = type.getShape(), kernel = op.getKernel();
  Value empty = tensor::EmptyOp::create(
      b, loc, ArrayRef<int64_t>{shape[0], shape[3]}, element);
  Value zeros = fill(b, loc, empty, b.getFloatAttr(element, 0.0));
  Value sum = linalg::ReduceOp::create(
                  b, loc, op.getInput(), zeros, ArrayRef<int64_t>{1, 2},
                  [](OpBuilder &b, Location loc, ValueRange args) {
                    Value sum = arith::AddFOp::create(b, loc, args);
                    linalg::YieldOp::create(b, loc, sum);
                  })
                  .getResult(0);
  SmallVector<ReassociationIndices> pixels = {{0, 1, 2}, {3}};
  Value wide = tensor::ExpandShapeOp::create(b, loc, type, sum, pixels);
  Attribute count = b.getFloatAttr(element, kernel[0] * kernel[1]);
  Value divisor =
      arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, count));
  return arith::DivFOp::create(b, loc, wide, divisor);
}

/// Max pooling is linalg's over an image padded with -inf; average pooling adds
/// the windows of the image up, does the same with an image of ones, and
/// divides.
FailureOr<SmallVector<Value>> Pool2DOp::decomposeOperation(OpBuilder &b) {
  auto inputType = dyn_cast<RankedTensorType>(getInput().getType());
  auto initType = dyn_cast<RankedTensorType>(getInit().getType());
  if (getNumResults() != 1 || !inputType || !inputType.hasStaticShape() ||
      !initType.hasStaticShape())
    return failure();
  if (getKind() != PoolKind::Max && isGlobal(*this))
    return SmallVector<Value>{averagePixels(b, *this)};
  Location loc = getLoc();
  auto element = cast<FloatType>(inputType.getElementType());

  // Windows that start inside may reach beyond the padding: pad further.
  SmallVector<int64_t> reach(getPads());
  for (int i = 0; i < 2; ++i) {
    int64_t last = (initType.getDimSize(1 + i) - 1) * getStrides()[i] +
                   (getKernel()[i] - 1) * getDilations()[i] + 1;
    reach[i + 2] = std::max(getPads()[i + 2],
                            last - getPads()[i] - inputType.getDimSize(1 + i));
  }
  SmallVector<int64_t> beyond = {0, 0, reach[2] - getPads()[2],
                                 reach[3] - getPads()[3]};

  Attribute zero = b.getFloatAttr(element, 0.0);
  Value window = tensor::EmptyOp::create(b, loc, getKernel(), element);
  Attribute strides = b.getI64VectorAttr(getStrides());
  Attribute dilations = b.getI64VectorAttr(getDilations());
  auto pool = [&]<typename PoolOp>(Value image, Attribute start) -> Value {
    return PoolOp::create(b, loc, initType, ValueRange{image, window},
                          fill(b, loc, getInit(), start), strides, dilations)
        .getResult(0);
  };
  if (getKind() == PoolKind::Max) {
    Attribute lowest = b.getFloatAttr(
        element, APFloat::getInf(element.getFloatSemantics(), true));
    Value padded = padImage(b, loc, getInput(), reach, lowest);
    return SmallVector<Value>{
        pool.operator()<linalg::PoolingNhwcMaxOp>(padded, lowest)};
  }

  Value sum = pool.operator()<linalg::PoolingNhwcSumOp>(
      padImage(b, loc, getInput(), reach, zero), zero);
  Value ones = arith::ConstantOp::create(
      b, loc, DenseElementsAttr::get(inputType, b.getFloatAttr(element, 1.0)));
  if (getKind() == PoolKind::AverageIncludePad) {
    ones = padImage(b, loc, ones, getPads(), b.getFloatAttr(element, 1.0));
    ones = padImage(b, loc, ones, beyond, zero);
  } else {
    ones = padImage(b, loc, ones, reach, zero);
  }
  Value count = pool.operator()<linalg::PoolingNhwcSumOp>(ones, zero);
  return SmallVector<Value>{arith::DivFOp::create(b, loc, sum, count)};
}

/// A border is the image inside it, put into a filled image.
FailureOr<SmallVector<Value>> FillBorderOp::decomposeOperation(OpBuilder &b) {
  auto type = dyn_cast<RankedTensorType>(getInit().getType());
  if (getNumResults() != 1 || !type || !type.hasStaticShape())
    return failure();
  ArrayRef<int64_t> pads = getPads();
  auto indices = [&](ArrayRef<int64_t> values) {
    return llvm::map_to_vector(
        values, [&](int64_t v) -> OpFoldResult { return b.getIndexAttr(v); });
  };
  SmallVector<OpFoldResult> offsets = indices({0, pads[0], pads[1], 0});
  SmallVector<OpFoldResult> sizes =
      indices({type.getDimSize(0), type.getDimSize(1) - pads[0] - pads[2],
               type.getDimSize(2) - pads[1] - pads[3], type.getDimSize(3)});
  SmallVector<OpFoldResult> ones = indices({1, 1, 1, 1});
  Value inside = tensor::ExtractSliceOp::create(b, getLoc(), getInit(), offsets,
                                                sizes, ones);
  Value empty = tensor::EmptyOp::create(b, getLoc(), type.getShape(),
                                        type.getElementType());
  Value filled = fill(b, getLoc(), empty, getValueAttr());
  return SmallVector<Value>{tensor::InsertSliceOp::create(
      b, getLoc(), inside, filled, offsets, sizes, ones)};
}
