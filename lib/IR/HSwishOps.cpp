//===- HSwishOps.cpp - Activations: folders and canonicalisers ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/Evaluate.h"
#include "hswish/IR/HSwish.h"
#include "hswish/IR/Quantized.h"

#include "mlir/Dialect/CommonFolders.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace hswish;

#define GET_OP_CLASSES
#include "hswish/IR/HSwishOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

/// There is no type to compute a correctly rounded f64 in.
template <typename OpTy>
static LogicalResult verifyAccuracy(OpTy op) {
  if (op.getAccuracy() == Accuracy::Exact &&
      getElementTypeOrSelf(op.getType()).isF64())
    return op.emitOpError("accuracy 'exact' is for f16, bf16 and f32, not f64");
  return success();
}

LogicalResult HardSwishOp::verify() { return verifyAccuracy(*this); }
LogicalResult HardSigmoidOp::verify() { return verifyAccuracy(*this); }
LogicalResult HardSwishGradOp::verify() { return verifyAccuracy(*this); }
LogicalResult HardSigmoidGradOp::verify() { return verifyAccuracy(*this); }

//===----------------------------------------------------------------------===//
// Folding of constants
//===----------------------------------------------------------------------===//

OpFoldResult HardSwishOp::fold(FoldAdaptor adaptor) {
  if (Attribute folded = constFoldUnaryOp<FloatAttr>(
          adaptor.getOperands(), [&](const APFloat &x) {
            return evaluateHardSwish(x, getAccuracy());
          }))
    return folded;
  // hard_swish(max(x, c)) -> max(x, c) for c >= 3, where y = x holds exactly:
  // in every mode but torch's, which multiplies by 6 and divides again.
  APFloat bound(0.0);
  Operation *def = getOperand().getDefiningOp();
  if (getAccuracy() != Accuracy::Torch &&
      isa_and_nonnull<arith::MaximumFOp>(def) &&
      matchPattern(def->getOperand(1), m_ConstantFloat(&bound)) &&
      bound.convertToDouble() >= 3.0)
    return getOperand();
  return {};
}

OpFoldResult UnitHardSwishOp::fold(FoldAdaptor adaptor) {
  return constFoldUnaryOp<FloatAttr>(adaptor.getOperands(),
                                     evaluateUnitHardSwish);
}

OpFoldResult HardSigmoidOp::fold(FoldAdaptor adaptor) {
  return constFoldUnaryOp<FloatAttr>(
      adaptor.getOperands(),
      [&](const APFloat &x) { return evaluateHardSigmoid(x, getAccuracy()); });
}

OpFoldResult Relu6Op::fold(FoldAdaptor adaptor) {
  // relu6(relu6(x)) -> relu6(x)
  if (getOperand().getDefiningOp<Relu6Op>())
    return getOperand();
  return constFoldUnaryOp<FloatAttr>(adaptor.getOperands(), evaluateRelu6);
}

OpFoldResult SwishOp::fold(FoldAdaptor adaptor) {
  // Zeros only: exp has no reference here that the lowered code would match.
  return constFoldUnaryOp<FloatAttr>(
      adaptor.getOperands(), [](const APFloat &x) -> std::optional<APFloat> {
        if (x.isZero())
          return x;
        return std::nullopt;
      });
}

OpFoldResult HardSwishGradOp::fold(FoldAdaptor adaptor) {
  return constFoldBinaryOp<FloatAttr>(
      adaptor.getOperands(), [&](const APFloat &x, const APFloat &upstream) {
        return evaluateHardSwishGrad(x, upstream, getKink(), getAccuracy());
      });
}

OpFoldResult HardSigmoidGradOp::fold(FoldAdaptor adaptor) {
  return constFoldBinaryOp<FloatAttr>(
      adaptor.getOperands(), [&](const APFloat &x, const APFloat &upstream) {
        return evaluateHardSigmoidGrad(x, upstream, getKink(), getAccuracy());
      });
}

static Attribute foldCodes(ArrayRef<Attribute> operands,
                           const QuantizedActivation &activation) {
  return constFoldUnaryOp<IntegerAttr>(operands, [&](const APInt &code) {
    int64_t value = activation.isUnsigned ? int64_t(code.getZExtValue())
                                          : code.getSExtValue();
    return APInt(activation.width, evaluate(activation, value),
                 /*isSigned=*/!activation.isUnsigned);
  });
}

OpFoldResult QuantizedHardSwishOp::fold(FoldAdaptor adaptor) {
  return foldCodes(adaptor.getOperands(), getActivation());
}

OpFoldResult QuantizedHardSigmoidOp::fold(FoldAdaptor adaptor) {
  return foldCodes(adaptor.getOperands(), getActivation());
}

//===----------------------------------------------------------------------===//
// Canonicalisation
//===----------------------------------------------------------------------===//

namespace {
/// hard_swish(min(x, c)) -> -0.0 for c <= -3, when NaN and infinity are
/// excluded.
struct FoldHardSwishOfVeryNegative : OpRewritePattern<HardSwishOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(HardSwishOp op,
                                PatternRewriter &rewriter) const override {
    auto min = op.getOperand().getDefiningOp<arith::MinimumFOp>();
    auto needed = arith::FastMathFlags::nnan | arith::FastMathFlags::ninf;
    APFloat bound(0.0);
    if (!min || !arith::bitEnumContainsAll(op.getFastmath(), needed) ||
        !matchPattern(min.getRhs(), m_ConstantFloat(&bound)) ||
        bound.convertToDouble() > -3.0)
      return failure();
    auto shaped = dyn_cast<ShapedType>(op.getType());
    if (shaped && !shaped.hasStaticShape())
      return failure();
    TypedAttr value = rewriter.getFloatAttr(getElementTypeOrSelf(op), -0.0);
    if (shaped)
      value = DenseElementsAttr::get(shaped, value);
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, value);
    return success();
  }
};

/// x * hard_sigmoid(x) -> hard_swish(x), bit by bit: in every mode but torch's,
/// which multiplies before it divides, and exact, which rounds once.
struct FuseMulOfHardSigmoid : OpRewritePattern<arith::MulFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::MulFOp op,
                                PatternRewriter &rewriter) const override {
    for (auto [x, gate] : {std::pair(op.getLhs(), op.getRhs()),
                           std::pair(op.getRhs(), op.getLhs())}) {
      auto sigmoid = gate.getDefiningOp<HardSigmoidOp>();
      if (!sigmoid || sigmoid.getOperand() != x ||
          sigmoid.getAccuracy() == Accuracy::Torch ||
          sigmoid.getAccuracy() == Accuracy::Exact ||
          !isa<Float32Type, Float64Type>(getElementTypeOrSelf(op)))
        continue;
      rewriter.replaceOpWithNewOp<HardSwishOp>(op, x, sigmoid.getAccuracy(),
                                               sigmoid.getFastmath() &
                                                   op.getFastmath());
      return success();
    }
    return failure();
  }
};
} // namespace

void HardSigmoidOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                                MLIRContext *context) {
  patterns.add<FuseMulOfHardSigmoid>(context);
}

void HardSwishOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<FoldHardSwishOfVeryNegative>(context);
}
