//===- StructuredOps.cpp - Convolution, matmul, pooling: verifiers --------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/HSwish.h"
#include "hswish/IR/Sizes.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace mlir;
using namespace hswish;

//===----------------------------------------------------------------------===//
// Shared by all structured ops
//===----------------------------------------------------------------------===//

/// A structured op reads its inputs and writes its destination.
static void
getStructuredEffects(DestinationStyleOpInterface op,
                     SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    if (op.isDpsInit(&operand))
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
    else
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
  }
}

/// Either all operands are tensors and the result is the destination's type, or
/// all are memrefs and there is no result.
static LogicalResult verifySemantics(DestinationStyleOpInterface op) {
  Type init = op.getDpsInits()[0].getType();
  bool onTensors = isa<RankedTensorType>(init);
  for (Type type : op->getOperandTypes()) {
    if (isa<RankedTensorType>(type) != onTensors)
      return op->emitOpError("mixes tensors and memrefs");
    auto shaped = dyn_cast<ShapedType>(type);
    if (shaped && !getReach(shaped))
      return op->emitOpError("has an operand larger than any memory: ") << type;
  }
  if (onTensors != (op->getNumResults() == 1))
    return op->emitOpError(onTensors ? "on tensors must have one result"
                                     : "on memrefs must have no result");
  if (onTensors && op->getResult(0).getType() != init)
    return op->emitOpError("must have a result of the destination's type ")
           << init;
  return success();
}

static bool compatible(int64_t a, int64_t b) {
  return ShapedType::isDynamic(a) || ShapedType::isDynamic(b) || a == b;
}

/// The largest stride, dilation or padding.
static constexpr int64_t kMostPixels = INT32_MAX;

/// Pixels that a window reaches along one dimension; of one that is larger than
/// any image, too many.
static int64_t windowExtent(int64_t size, int64_t dilation) {
  return llvm::checkedMulAdd(size - 1, dilation, int64_t(1))
      .value_or(INT64_MAX);
}

/// Checks strides, dilations and pads of a window over images.
static LogicalResult verifyWindow(Operation *op, ArrayRef<int64_t> strides,
                                  ArrayRef<int64_t> dilations,
                                  ArrayRef<int64_t> pads) {
  if (strides.size() != 2 ||
      llvm::any_of(strides, [](int64_t s) { return s < 1 || s > kMostPixels; }))
    return op->emitOpError("strides must be two positive numbers");
  if (dilations.size() != 2 || llvm::any_of(dilations, [](int64_t d) {
        return d < 1 || d > kMostPixels;
      }))
    return op->emitOpError("dilations must be two positive numbers");
  if (pads.size() != 4 ||
      llvm::any_of(pads, [](int64_t p) { return p < 0 || p > kMostPixels; }))
    return op->emitOpError(
        "pads must be four non-negative numbers: top, left, bottom, right");
  return success();
}

/// Whether weights of `shape` are as many as `packed` holds.
static bool isPackedFrom(ShapedType packed, ArrayRef<int64_t> shape) {
  std::optional<int64_t> elements = 1;
  for (int64_t size : shape)
    elements =
        elements && size > 0 ? llvm::checkedMul(*elements, size) : std::nullopt;
  return elements && compatible(packed.getDimSize(0), *elements);
}

/// Adds an epilogue that yields the accumulator.
static void buildIdentityEpilogue(OpBuilder &b, OperationState &state,
                                  Type element) {
  OpBuilder::InsertionGuard guard(b);
  Region *region = state.addRegion();
  Block *block = b.createBlock(region, {}, element, state.location);
  YieldOp::create(b, state.location, ValueRange(block->getArgument(0)));
}

//===----------------------------------------------------------------------===//
// Conv2DOp
//===----------------------------------------------------------------------===//

void Conv2DOp::build(OpBuilder &b, OperationState &state, Value input,
                     Value filter, Value init, ArrayRef<int64_t> strides,
                     ArrayRef<int64_t> dilations, ArrayRef<int64_t> pads,
                     int64_t groups) {
  state.addOperands({input, filter, init});
  Properties &properties = state.getOrAddProperties<Properties>();
  properties.strides = b.getDenseI64ArrayAttr(strides);
  properties.dilations = b.getDenseI64ArrayAttr(dilations);
  properties.pads = b.getDenseI64ArrayAttr(pads);
  properties.groups = b.getI64IntegerAttr(groups);
  properties.epilogue_maps = b.getArrayAttr({});
  properties.setOperandSegmentSizes({1, 1, /*extras=*/0, 1, /*averages=*/0});
  if (isa<RankedTensorType>(init.getType()))
    state.addTypes(init.getType());
  buildIdentityEpilogue(b, state, getElementTypeOrSelf(init));
}

SmallVector<int64_t, 4> Conv2DOp::getUnpackedFilterShape() {
  if (auto shape = getFilterShape())
    return llvm::to_vector<4>(*shape);
  return llvm::to_vector<4>(cast<ShapedType>(getFilter().getType()).getShape());
}

bool Conv2DOp::isDepthwise() {
  SmallVector<int64_t, 4> filter = getUnpackedFilterShape();
  int64_t groups = getGroups();
  return groups > 1 && filter[2] == 1 && filter[3] == groups;
}

bool Conv2DOp::isPointwise() {
  SmallVector<int64_t, 4> filter = getUnpackedFilterShape();
  return filter[0] == 1 && filter[1] == 1 && getGroups() == 1;
}

/// The averages of the rows of a depthwise convolution's result.
static LogicalResult verifyAverages(Conv2DOp op) {
  if (!op.getAverages())
    return success();
  if (!op.isDepthwise())
    return op.emitOpError("has averages, but is not depthwise");
  auto averages = cast<ShapedType>(op.getAverages().getType());
  SmallVector<int64_t, 4> shape(op.getInitType().getShape());
  shape[2] = 1;
  if (averages.getShape() != ArrayRef(shape) ||
      averages.getElementType() != op.getInitType().getElementType())
    return op.emitOpError("averages must be ")
           << MemRefType::get(shape, op.getInitType().getElementType())
           << ", but are " << averages;
  return success();
}

LogicalResult Conv2DOp::verify() {
  if (failed(verifySemantics(*this)) ||
      failed(verifyWindow(*this, getStrides(), getDilations(), getPads())))
    return failure();
  auto input = cast<ShapedType>(getInput().getType());
  auto filterType = cast<ShapedType>(getFilter().getType());
  ShapedType init = getInitType();
  if (input.getRank() != 4 || init.getRank() != 4)
    return emitOpError("input and destination must be NHWC images of rank 4");
  if (isPacked() ? filterType.getRank() != 1 : filterType.getRank() != 4)
    return emitOpError(isPacked() ? "packed filter must be of rank 1"
                                  : "filter must be KHxKWxCxF");
  SmallVector<int64_t, 4> filter = getUnpackedFilterShape();
  if (filter.size() != 4)
    return emitOpError("filter_shape must be KHxKWxCxF");
  if (isPacked() && !isPackedFrom(filterType, filter))
    return emitOpError("filter_shape must have the elements of ") << filterType;
  if (!isa<FloatType>(input.getElementType()) ||
      !isa<FloatType>(filterType.getElementType()) ||
      !isa<FloatType>(init.getElementType()))
    return emitOpError("elements must be floats");

  int64_t groups = getGroups(), channels = input.getDimSize(3);
  if (groups < 1)
    return emitOpError("groups must be positive, but is ") << groups;
  if (!ShapedType::isDynamic(filter[3]) && filter[3] % groups != 0)
    return emitOpError("groups must divide the ")
           << filter[3] << " output channels";
  std::optional<int64_t> asked = ShapedType::isDynamic(filter[2])
                                     ? ShapedType::kDynamic
                                     : llvm::checkedMul(filter[2], groups);
  if (!asked || !compatible(channels, *asked))
    return emitOpError("input has ")
           << channels << " channels, but filter and groups ask for "
           << asked.value_or(INT64_MAX);
  if (!compatible(init.getDimSize(3), filter[3]))
    return emitOpError("destination has ")
           << init.getDimSize(3) << " channels, but filter makes " << filter[3];
  if (!compatible(init.getDimSize(0), input.getDimSize(0)))
    return emitOpError("batch sizes of input and destination differ");
  for (int i = 0; i < 2; ++i) {
    int64_t size = input.getDimSize(1 + i), kernel = filter[i];
    if (ShapedType::isDynamic(size) || ShapedType::isDynamic(kernel))
      continue;
    int64_t padded = size + getPads()[i] + getPads()[i + 2];
    int64_t extent = windowExtent(kernel, getDilations()[i]);
    if (kernel < 1 || padded < extent)
      return emitOpError("filter reaches over ")
             << extent << " pixels of a padded image of " << padded;
    int64_t expected = (padded - extent) / getStrides()[i] + 1;
    if (!compatible(init.getDimSize(1 + i), expected))
      return emitOpError(i == 0 ? "result has height " : "result has width ")
             << expected << ", but destination has " << init.getDimSize(1 + i);
  }
  return verifyAverages(*this);
}

void Conv2DOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  getStructuredEffects(*this, effects);
  // A kernel adds them up in memory.
  if (getAverages())
    effects.emplace_back(MemoryEffects::Write::get(),
                         &*getAveragesMutable().begin());
}

//===----------------------------------------------------------------------===//
// MatmulOp
//===----------------------------------------------------------------------===//

void MatmulOp::build(OpBuilder &b, OperationState &state, Value lhs, Value rhs,
                     Value init) {
  state.addOperands({lhs, rhs, init});
  state.getOrAddProperties<Properties>().epilogue_maps = b.getArrayAttr({});
  if (isa<RankedTensorType>(init.getType()))
    state.addTypes(init.getType());
  buildIdentityEpilogue(b, state, getElementTypeOrSelf(init));
}

SmallVector<int64_t, 2> MatmulOp::getUnpackedRhsShape() {
  if (auto shape = getRhsShape())
    return llvm::to_vector<2>(*shape);
  return llvm::to_vector<2>(cast<ShapedType>(getRhs().getType()).getShape());
}

LogicalResult MatmulOp::verify() {
  if (failed(verifySemantics(*this)))
    return failure();
  auto lhs = cast<ShapedType>(getLhs().getType());
  auto rhsType = cast<ShapedType>(getRhs().getType());
  ShapedType init = getInitType();
  if (lhs.getRank() != 2 || init.getRank() != 2 ||
      rhsType.getRank() != (isPacked() ? 1 : 2))
    return emitOpError("operands must be matrices");
  SmallVector<int64_t, 2> rhs = getUnpackedRhsShape();
  if (rhs.size() != 2)
    return emitOpError("rhs_shape must be KxN");
  if (isPacked() && !isPackedFrom(rhsType, rhs))
    return emitOpError("rhs_shape must have the elements of ") << rhsType;
  if (!isa<FloatType>(lhs.getElementType()) ||
      !isa<FloatType>(rhsType.getElementType()) ||
      !isa<FloatType>(init.getElementType()))
    return emitOpError("elements must be floats");
  if (!compatible(lhs.getDimSize(1), rhs[0]))
    return emitOpError("lhs has ")
           << lhs.getDimSize(1) << " columns, but rhs has " << rhs[0]
           << " rows";
  if (!compatible(init.getDimSize(0), lhs.getDimSize(0)) ||
      !compatible(init.getDimSize(1), rhs[1]))
    return emitOpError("destination has the wrong shape");
  return success();
}

void MatmulOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  getStructuredEffects(*this, effects);
}

//===----------------------------------------------------------------------===//
// Pool2DOp
//===----------------------------------------------------------------------===//

LogicalResult Pool2DOp::verify() {
  if (failed(verifySemantics(*this)) ||
      failed(verifyWindow(*this, getStrides(), getDilations(), getPads())))
    return failure();
  auto input = cast<ShapedType>(getInput().getType());
  auto init = cast<ShapedType>(getInit().getType());
  if (input.getRank() != 4 || init.getRank() != 4)
    return emitOpError("input and destination must be NHWC images of rank 4");
  if (input.getElementType() != init.getElementType() ||
      !isa<FloatType>(input.getElementType()))
    return emitOpError("elements must be floats of one type");
  if (!compatible(input.getDimSize(0), init.getDimSize(0)) ||
      !compatible(input.getDimSize(3), init.getDimSize(3)))
    return emitOpError("batch and channels of input and destination differ");
  if (getKernel().size() != 2 ||
      llvm::any_of(getKernel(), [](int64_t k) { return k < 1; }))
    return emitOpError("kernel must be two positive numbers");
  for (int i = 0; i < 2; ++i) {
    int64_t size = input.getDimSize(1 + i), output = init.getDimSize(1 + i);
    if (ShapedType::isDynamic(size) || ShapedType::isDynamic(output))
      continue;
    int64_t padded = size + getPads()[i] + getPads()[i + 2];
    int64_t extent = windowExtent(getKernel()[i], getDilations()[i]);
    int64_t down = padded < extent ? 0 : (padded - extent) / getStrides()[i];
    // The size may have been rounded up, but every window starts inside.
    if (output < 1 || output > down + 2 ||
        (output - 1) * getStrides()[i] - getPads()[i] >= size)
      return emitOpError("window cannot take ")
             << output << " steps over a padded image of " << padded;
  }
  return success();
}

void Pool2DOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  getStructuredEffects(*this, effects);
}

//===----------------------------------------------------------------------===//
// FillBorderOp
//===----------------------------------------------------------------------===//

LogicalResult FillBorderOp::verify() {
  if (failed(verifySemantics(*this)))
    return failure();
  auto init = cast<ShapedType>(getInit().getType());
  if (init.getRank() != 4)
    return emitOpError("destination must be an NHWC image of rank 4");
  if (getValueAttr().getType() != init.getElementType())
    return emitOpError("value must have the type of the elements");
  if (getPads().size() != 4 ||
      llvm::any_of(getPads(), [](int64_t p) { return p < 0; }))
    return emitOpError(
        "pads must be four non-negative numbers: top, left, bottom, right");
  for (int i = 0; i < 2; ++i)
    if (!init.isDynamicDim(1 + i) &&
        (getPads()[i] > init.getDimSize(1 + i) ||
         getPads()[i + 2] > init.getDimSize(1 + i) - getPads()[i]))
      return emitOpError("border is larger than the image");
  return success();
}

void FillBorderOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  getStructuredEffects(*this, effects);
}

//===----------------------------------------------------------------------===//
// Canonicalisation
//===----------------------------------------------------------------------===//

namespace {
/// conv_2d(tensor.pad(x, 0)) -> conv_2d(x) with the padding in `pads`.
struct FoldPadIntoConv : OpRewritePattern<Conv2DOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(Conv2DOp op,
                                PatternRewriter &rewriter) const override {
    auto pad = op.getInput().getDefiningOp<tensor::PadOp>();
    if (!pad || !pad.getLow().empty() || !pad.getHigh().empty())
      return failure();
    Value value = pad.getConstantPaddingValue();
    auto constant =
        value ? value.getDefiningOp<arith::ConstantOp>() : arith::ConstantOp();
    auto zero = constant ? dyn_cast<FloatAttr>(constant.getValue()) : nullptr;
    ArrayRef<int64_t> low = pad.getStaticLow(), high = pad.getStaticHigh();
    if (!zero || !zero.getValue().isZero() || low.size() != 4 || low[0] != 0 ||
        low[3] != 0 || high[0] != 0 || high[3] != 0)
      return failure();
    ArrayRef<int64_t> old = op.getPads();
    auto isHuge = [](int64_t p) { return p > kMostPixels; };
    if (llvm::any_of(low, isHuge) || llvm::any_of(high, isHuge))
      return failure();
    SmallVector<int64_t> pads = {old[0] + low[1], old[1] + low[2],
                                 old[2] + high[1], old[3] + high[2]};
    if (llvm::any_of(pads, [](int64_t p) { return p < 0 || p > kMostPixels; }))
      return failure();
    rewriter.modifyOpInPlace(op, [&] {
      op.setPads(pads);
      op.getInputMutable().assign(pad.getSource());
    });
    return success();
  }
};
} // namespace

void Conv2DOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<FoldPadIntoConv>(context);
}
