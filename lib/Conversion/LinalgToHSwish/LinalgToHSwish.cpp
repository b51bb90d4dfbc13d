//===- LinalgToHSwish.cpp - Named linalg ops to structured ops -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Conversion/LinalgToHSwish/LinalgToHSwish.h"

#include "hswish/Conversion/Passes.h"
#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/Support/CheckedArithmetic.h"

namespace hswish {
#define GEN_PASS_DEF_CONVERTLINALGTOHSWISHPASS
#include "hswish/Conversion/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

//===----------------------------------------------------------------------===//
// Destinations
//===----------------------------------------------------------------------===//

/// Whether `op` is on tensors of floats.
static bool isOnFloats(linalg::LinalgOp op) {
  return op->getNumResults() == 1 && op.hasPureTensorSemantics() &&
         llvm::all_of(op->getOperandTypes(), [](Type type) {
           return isa<FloatType>(getElementTypeOrSelf(type));
         });
}

/// Whether the window of a convolution or pooling takes as many steps over the
/// image as it has room for. In linalg fewer are allowed; in our ops sizes of
/// images and window say how many there are.
static bool coversImage(linalg::LinalgOp op) {
  FailureOr<linalg::ConvolutionDimensions> dims =
      linalg::inferConvolutionDims(op);
  if (failed(dims))
    return true;
  SmallVector<int64_t> loops = op.getStaticLoopRanges();
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInputOperand(0));
  ArrayRef<int64_t> image =
      cast<ShapedType>(op->getOperand(0).getType()).getShape();
  for (auto [output, filter, stride, dilation] : llvm::zip_equal(
           dims->outputImage, dims->filterLoop, dims->strides, dims->dilations))
    for (auto [expr, size] : llvm::zip_equal(map.getResults(), image)) {
      int64_t steps = loops[output], width = loops[filter];
      if (!expr.isFunctionOfDim(output) || ShapedType::isDynamic(size) ||
          ShapedType::isDynamic(steps) || ShapedType::isDynamic(width))
        continue;
      if (width < 1 || stride < 1 || dilation < 1)
        return false;
      std::optional<int64_t> extent =
          llvm::checkedMulAdd(width - 1, dilation, int64_t(1));
      if (!extent || *extent > size || (size - *extent) / stride + 1 != steps)
        return false;
    }
  return true;
}

/// Whether one of our ops may compute the same.
static bool isSupported(linalg::LinalgOp op) {
  return isOnFloats(op) && coversImage(op);
}

/// What a destination is filled with, if that is one constant.
static std::optional<APFloat> getFilling(Value init) {
  APFloat value(0.0f);
  if (auto fill = init.getDefiningOp<linalg::FillOp>())
    if (matchPattern(fill.getInputs()[0], m_ConstantFloat(&value)))
      return value;
  DenseElementsAttr constant;
  if (matchPattern(init, m_Constant(&constant)) && constant.isSplat())
    return constant.getSplatValue<APFloat>();
  return std::nullopt;
}

/// A tensor of the type of `like` to write to.
static Value createDestination(OpBuilder &b, Location loc, Value like) {
  if (auto fill = like.getDefiningOp<linalg::FillOp>())
    return fill.getOutputs()[0];
  return tensor::EmptyOp::create(b, loc, tensor::getMixedSizes(b, loc, like),
                                 getElementTypeOrSelf(like));
}

/// `result` plus what the destination of the original op held.
static Value addInitial(OpBuilder &b, Location loc, Value result, Value init) {
  std::optional<APFloat> filling = getFilling(init);
  if (filling && filling->isZero())
    return result;
  return arith::AddFOp::create(b, loc, result, init);
}

static Value transpose(OpBuilder &b, Location loc, Value value,
                       ArrayRef<int64_t> perm) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, value), to;
  for (int64_t p : perm)
    to.push_back(sizes[p]);
  Value empty =
      tensor::EmptyOp::create(b, loc, to, getElementTypeOrSelf(value));
  return linalg::TransposeOp::create(b, loc, value, empty, perm)->getResult(0);
}

//===----------------------------------------------------------------------===//
// Convolutions and matmuls
//===----------------------------------------------------------------------===//

static SmallVector<int64_t> getInts(DenseIntElementsAttr attr) {
  return llvm::to_vector(attr.getValues<int64_t>());
}

static Value createConv(OpBuilder &b, Location loc, Value input, Value filter,
                        Value init, DenseIntElementsAttr strides,
                        DenseIntElementsAttr dilations, int64_t groups) {
  auto conv = Conv2DOp::create(
      b, loc, input, filter, createDestination(b, loc, init), getInts(strides),
      getInts(dilations), ArrayRef<int64_t>{0, 0, 0, 0}, groups);
  return addInitial(b, loc, conv.getResult(0), init);
}

namespace {

/// A convolution whose operands only have to be transposed.
template <typename OpTy>
struct ConvertConv : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  static constexpr bool kIsNchw =
      std::is_same_v<OpTy, linalg::Conv2DNchwFchwOp>;
  static constexpr bool kIsFhwc =
      std::is_same_v<OpTy, linalg::Conv2DNhwcFhwcOp>;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (!isSupported(op))
      return rewriter.notifyMatchFailure(op, "not on tensors of floats");
    Location loc = op.getLoc();
    Value input = op.getInputs()[0], filter = op.getInputs()[1],
          init = op.getOutputs()[0];
    if (kIsNchw) {
      input = transpose(rewriter, loc, input, {0, 2, 3, 1});
      filter = transpose(rewriter, loc, filter, {2, 3, 1, 0});
      // The sum with the old contents is left in the layout that it has.
      Value like = transpose(
          rewriter, loc, createDestination(rewriter, loc, init), {0, 2, 3, 1});
      Value destination = createDestination(rewriter, loc, like);
      auto conv = Conv2DOp::create(
          rewriter, loc, input, filter, destination, getInts(op.getStrides()),
          getInts(op.getDilations()), ArrayRef<int64_t>{0, 0, 0, 0}, 1);
      Value result = transpose(rewriter, loc, conv.getResult(0), {0, 3, 1, 2});
      rewriter.replaceOp(op, addInitial(rewriter, loc, result, init));
      return success();
    }
    if (kIsFhwc)
      filter = transpose(rewriter, loc, filter, {1, 2, 3, 0});
    rewriter.replaceOp(op, createConv(rewriter, loc, input, filter, init,
                                      op.getStrides(), op.getDilations(), 1));
    return success();
  }
};

/// Depthwise convolutions, with one filter a channel or more.
template <typename OpTy>
struct ConvertDepthwise : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    Value input = op.getInputs()[0], filter = op.getInputs()[1],
          init = op.getOutputs()[0];
    auto filterType = dyn_cast<RankedTensorType>(filter.getType());
    auto initType = dyn_cast<RankedTensorType>(init.getType());
    if (!isSupported(op) || !filterType.hasStaticShape())
      return rewriter.notifyMatchFailure(op, "no constant channels of floats");
    Location loc = op.getLoc();
    ArrayRef<int64_t> shape = filterType.getShape();
    int64_t channels = shape[2];
    bool hasMultiplier = shape.size() == 4;
    SmallVector<ReassociationIndices> last = {{0}, {1}, {2, 3}};
    if (hasMultiplier)
      filter = tensor::CollapseShapeOp::create(rewriter, loc, filter, last);
    int64_t outputs = hasMultiplier ? channels * shape[3] : channels;
    filter = tensor::ExpandShapeOp::create(
        rewriter, loc, filterType.clone({shape[0], shape[1], 1, outputs}),
        filter, last);
    if (!hasMultiplier) {
      rewriter.replaceOp(op, createConv(rewriter, loc, input, filter, init,
                                        op.getStrides(), op.getDilations(),
                                        channels));
      return success();
    }
    if (!initType.hasStaticShape())
      return rewriter.notifyMatchFailure(op, "dynamic result");
    SmallVector<ReassociationIndices> channelDims = {{0}, {1}, {2}, {3, 4}};
    Value flat =
        tensor::CollapseShapeOp::create(rewriter, loc, init, channelDims);
    Value empty = tensor::EmptyOp::create(
        rewriter, loc, cast<RankedTensorType>(flat.getType()).getShape(),
        initType.getElementType());
    auto conv = Conv2DOp::create(
        rewriter, loc, input, filter, empty, getInts(op.getStrides()),
        getInts(op.getDilations()), ArrayRef<int64_t>{0, 0, 0, 0}, channels);
    Value result = tensor::ExpandShapeOp::create(
        rewriter, loc, initType, conv.getResult(0), channelDims);
    rewriter.replaceOp(op, addInitial(rewriter, loc, result, init));
    return success();
  }
};

struct ConvertMatmul : OpRewritePattern<linalg::MatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::MatmulOp op,
                                PatternRewriter &rewriter) const override {
    if (!isSupported(op) || op.hasUserDefinedMaps())
      return rewriter.notifyMatchFailure(op, "not a plain matmul of floats");
    Location loc = op.getLoc();
    Value init = op.getOutputs()[0];
    auto matmul =
        MatmulOp::create(rewriter, loc, op.getInputs()[0], op.getInputs()[1],
                         createDestination(rewriter, loc, init));
    rewriter.replaceOp(op,
                       addInitial(rewriter, loc, matmul.getResult(0), init));
    return success();
  }
};

/// A batch of one matrix is how TOSA writes a matmul.
struct ConvertBatchMatmul : OpRewritePattern<linalg::BatchMatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::BatchMatmulOp op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(op.getOutputs()[0].getType());
    if (!isSupported(op) || op.hasUserDefinedMaps() || !type.hasStaticShape() ||
        type.getDimSize(0) != 1)
      return rewriter.notifyMatchFailure(op, "not one matmul of floats");
    Location loc = op.getLoc();
    SmallVector<ReassociationIndices> matrix = {{0, 1}, {2}};
    Value init = op.getOutputs()[0];
    auto collapse = [&](Value value) -> Value {
      return tensor::CollapseShapeOp::create(rewriter, loc, value, matrix);
    };
    Value lhs = collapse(op.getInputs()[0]), rhs = collapse(op.getInputs()[1]);
    Value empty = tensor::EmptyOp::create(
        rewriter, loc, type.getShape().drop_front(), type.getElementType());
    auto matmul = MatmulOp::create(rewriter, loc, lhs, rhs, empty);
    Value result = tensor::ExpandShapeOp::create(rewriter, loc, type,
                                                 matmul.getResult(0), matrix);
    rewriter.replaceOp(op, addInitial(rewriter, loc, result, init));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

/// Constant numbers of a tensor.pad of an image's pixels with `value`, or
/// nothing.
std::optional<SmallVector<int64_t>> getPads(tensor::PadOp pad) {
  if (!pad || !pad.getLow().empty() || !pad.getHigh().empty())
    return std::nullopt;
  ArrayRef<int64_t> low = pad.getStaticLow(), high = pad.getStaticHigh();
  if (low[0] != 0 || low[3] != 0 || high[0] != 0 || high[3] != 0 ||
      llvm::any_of(low, [](int64_t p) { return p < 0; }) ||
      llvm::any_of(high, [](int64_t p) { return p < 0; }))
    return std::nullopt;
  return SmallVector<int64_t>{low[1], low[2], high[1], high[2]};
}

bool isLowest(const APFloat &value) {
  return value.isNegative() && (value.isInfinity() || value.isLargest());
}

template <typename OpTy>
struct ConvertPooling : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  static constexpr bool kIsMax = std::is_same_v<OpTy, linalg::PoolingNhwcMaxOp>;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    Value input = op.getInputs()[0], init = op.getOutputs()[0];
    auto window = dyn_cast<RankedTensorType>(op.getInputs()[1].getType());
    if (!isSupported(op) || !window.hasStaticShape() ||
        input.getType() == nullptr ||
        getElementTypeOrSelf(input) != getElementTypeOrSelf(init))
      return rewriter.notifyMatchFailure(op, "no constant window over floats");
    Location loc = op.getLoc();
    ArrayRef<int64_t> kernel = window.getShape();
    SmallVector<int64_t> pads = {0, 0, 0, 0};
    if (kIsMax)
      takePadding(input, kernel, pads);
    auto pool =
        Pool2DOp::create(rewriter, loc, TypeRange(init.getType()), input,
                         createDestination(rewriter, loc, init),
                         kIsMax ? PoolKind::Max : PoolKind::AverageIncludePad,
                         kernel, getInts(op.getStrides()),
                         getInts(op.getDilations()), pads, StrategyAttr());
    Value result = pool.getResult(0);
    if (kIsMax) {
      std::optional<APFloat> filling = getFilling(init);
      if (!filling || !isLowest(*filling))
        result = arith::MaximumFOp::create(rewriter, loc, result, init);
      rewriter.replaceOp(op, result);
      return success();
    }
    return replaceSum(rewriter, op, result, kernel[0] * kernel[1]);
  }

private:
  /// Padding with the lowest number never wins a maximum.
  static void takePadding(Value &input, ArrayRef<int64_t> kernel,
                          SmallVectorImpl<int64_t> &pads) {
    auto pad = input.getDefiningOp<tensor::PadOp>();
    std::optional<SmallVector<int64_t>> constant = getPads(pad);
    APFloat value(0.0f);
    if (!constant || !pad.getConstantPaddingValue() ||
        !matchPattern(pad.getConstantPaddingValue(), m_ConstantFloat(&value)) ||
        !isLowest(value))
      return;
    // A window must have something of the image in it.
    for (int i = 0; i < 4; ++i)
      if ((*constant)[i] >= kernel[i % 2])
        return;
    pads = *constant;
    input = pad.getSource();
  }

  /// The sum of a window is its average times its size; a division by the size
  /// that follows is that of the average.
  static LogicalResult replaceSum(PatternRewriter &rewriter, OpTy op,
                                  Value average, int64_t size) {
    Value sum = op->getResult(0), init = op.getOutputs()[0];
    Location loc = op.getLoc();
    std::optional<APFloat> filling = getFilling(init);
    bool startsAtZero = filling && filling->isZero();
    auto type = cast<RankedTensorType>(sum.getType());
    if (startsAtZero && sum.hasOneUse())
      if (auto div = dyn_cast<arith::DivFOp>(*sum.user_begin()))
        if (std::optional<APFloat> by = getFilling(div.getRhs());
            by && div.getLhs() == sum && by->convertToDouble() == size) {
          rewriter.replaceOp(div, average);
          rewriter.eraseOp(op);
          return success();
        }
    if (!type.hasStaticShape())
      return rewriter.notifyMatchFailure(op, "dynamic result");
    Value count = arith::ConstantOp::create(
        rewriter, loc,
        DenseElementsAttr::get(
            type, rewriter.getFloatAttr(type.getElementType(), size)));
    Value result = arith::MulFOp::create(rewriter, loc, average, count);
    if (!startsAtZero)
      result = arith::AddFOp::create(rewriter, loc, result, init);
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct ConvertLinalgToHSwishPass
    : hswish::impl::ConvertLinalgToHSwishPassBase<ConvertLinalgToHSwishPass> {
  using Base::Base;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateLinalgToHSwishPatterns(patterns);
    GreedyRewriteConfig config;
    config.enableFolding(false);
    if (failed(
            applyPatternsGreedily(getOperation(), std::move(patterns), config)))
      return signalPassFailure();
    getOperation()->walk([](linalg::LinalgOp op) {
      if (isOnFloats(op) && !coversImage(op))
        op.emitRemark("stays as it is: its window has room for more steps than "
                      "its destination");
    });
  }
};

} // namespace

void hswish::populateLinalgToHSwishPatterns(RewritePatternSet &patterns) {
  patterns
      .add<ConvertConv<linalg::Conv2DNhwcHwcfOp>,
           ConvertConv<linalg::Conv2DNhwcFhwcOp>,
           ConvertConv<linalg::Conv2DNchwFchwOp>,
           ConvertDepthwise<linalg::DepthwiseConv2DNhwcHwcOp>,
           ConvertDepthwise<linalg::DepthwiseConv2DNhwcHwcmOp>, ConvertMatmul,
           ConvertBatchMatmul, ConvertPooling<linalg::PoolingNhwcMaxOp>,
           ConvertPooling<linalg::PoolingNhwcSumOp>>(patterns.getContext());
}
