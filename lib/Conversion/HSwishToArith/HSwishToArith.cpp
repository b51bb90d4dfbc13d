//===- HSwishToArith.cpp - Activations to ReLU6 arithmetic ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Conversion/HSwishToArith/HSwishToArith.h"

#include "hswish/Conversion/Passes.h"
#include "hswish/IR/Broadcast.h"
#include "hswish/IR/ExactForms.h"
#include "hswish/IR/HSwish.h"
#include "hswish/IR/Sizes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/DialectConversion.h"

namespace hswish {
#define GEN_PASS_DEF_CONVERTHSWISHTOARITHPASS
#include "hswish/Conversion/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

namespace {

/// AVX512DQ's `vrange` on vectors of this type; empty if there is none.
std::string getRangeIntrinsic(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  if (!vector || vector.getRank() != 1 || vector.isScalable() ||
      !vector.getElementType().isFloat() ||
      vector.getElementTypeBitWidth() < 32)
    return "";
  int64_t element = vector.getElementTypeBitWidth();
  int64_t bits = vector.getDimSize(0) * element;
  if (element > 64 || (bits != 128 && bits != 256 && bits != 512))
    return "";
  return ("llvm.x86.avx512.mask.range." + Twine(element == 32 ? "ps." : "pd.") +
          Twine(bits))
      .str();
}

/// The arithmetic of Forms.h as arith ops on scalars, vectors or tensors.
struct ArithBuilder {
  using Value = mlir::Value;
  OpBuilder &b;
  Location loc;
  Value like; ///< All values have its shape.
  arith::FastMathFlags fastmath;
  bool ieeeClamp;
  bool hasFma;
  bool hasRange;

  Value constant(double c) { return constant(c, like); }
  Value constant(double c, Value like) { return createSplat(b, loc, c, like); }
  Value add(Value x, Value y) {
    return arith::AddFOp::create(b, loc, x, y, fastmath);
  }
  Value mul(Value x, Value y) {
    return arith::MulFOp::create(b, loc, x, y, fastmath);
  }
  Value sub(Value x, Value y) {
    return arith::SubFOp::create(b, loc, x, y, fastmath);
  }
  Value div(Value x, Value y) {
    return arith::DivFOp::create(b, loc, x, y, fastmath);
  }
  Value fma(Value x, Value y, Value z) {
    if (!hasFma) // A library call for each lane; `fast` is as accurate without.
      return add(mul(x, y), z);
    return math::FmaOp::create(b, loc, x, y, z, fastmath);
  }
  Value neg(Value x) { return arith::NegFOp::create(b, loc, x, fastmath); }
  Value abs(Value x) { return math::AbsFOp::create(b, loc, x, fastmath); }
  Value copySign(Value x, Value sign) {
    return math::CopySignOp::create(b, loc, x, sign, fastmath);
  }
  Value exp(Value x) { return math::ExpOp::create(b, loc, x, fastmath); }

  Value clampLow(Value x, double c) {
    Value bound = constant(c);
    if (ieeeClamp)
      return arith::MaximumFOp::create(b, loc, x, bound, fastmath);
    return select(isLess(x, bound), bound, x);
  }
  Value clampHigh(Value x, double c) {
    Value bound = constant(c);
    if (ieeeClamp)
      return arith::MinimumFOp::create(b, loc, x, bound, fastmath);
    return select(compare(arith::CmpFPredicate::OGT, x, bound), bound, x);
  }
  Value clampSymmetric(Value x, double c) {
    if (std::string name = getRangeIntrinsic(x.getType());
        hasRange && !name.empty())
      return range(x, constant(c), name);
    return clampHigh(clampLow(x, -c), c);
  }
  /// Clamping first gives the same bits: x + c is monotone in x, and exact at
  /// -c and c.
  Value clampShifted(Value x, double c) {
    if (hasRange && !getRangeIntrinsic(x.getType()).empty())
      return add(clampSymmetric(x, c), constant(c));
    return clampHigh(clampLow(add(x, constant(c)), 0.0), 2 * c);
  }
  /// The smaller magnitude of `x` and `bound`, with the sign of `x`.
  Value range(Value x, Value bound, StringRef intrinsic) {
    auto type = cast<VectorType>(x.getType());
    auto integer = [&](int bits, int64_t value) -> Value {
      return arith::ConstantIntOp::create(b, loc, value, bits);
    };
    bool whole = type.getDimSize(0) * type.getElementTypeBitWidth() == 512;
    int maskBits = std::max<int64_t>(8, type.getDimSize(0));
    SmallVector<Value> args = {x, bound, integer(32, 2), x,
                               integer(maskBits, -1)};
    if (whole) // The rounding mode as it is.
      args.push_back(integer(32, 4));
    return LLVM::CallIntrinsicOp::create(b, loc, type,
                                         b.getStringAttr(intrinsic), args)
        .getResults();
  }
  Value compare(arith::CmpFPredicate predicate, Value x, Value y) {
    return arith::CmpFOp::create(b, loc, predicate, x, y, fastmath);
  }
  Value isLess(Value x, Value y) {
    return compare(arith::CmpFPredicate::OLT, x, y);
  }
  Value isLessEqual(Value x, Value y) {
    return compare(arith::CmpFPredicate::OLE, x, y);
  }
  Value isEqual(Value x, Value y) {
    return compare(arith::CmpFPredicate::OEQ, x, y);
  }
  Value isNaN(Value x) { return compare(arith::CmpFPredicate::UNO, x, x); }
  Value select(Value condition, Value x, Value y) {
    return arith::SelectOp::create(b, loc, condition, x, y);
  }

  /// On the bits, where minus 1 is the next float towards zero.
  Value roundToOdd(Value q, Value r) {
    Type type = q.getType(), element = getElementTypeOrSelf(type);
    Type integer = b.getIntegerType(element.getIntOrFloatBitWidth());
    if (auto shaped = dyn_cast<ShapedType>(type))
      integer = shaped.clone(integer);
    Value zero = constant(0.0, r);
    Value isInexact = compare(arith::CmpFPredicate::ONE, r, zero);
    Value isNegative = isLess(copySign(constant(1.0, q), q), constant(0.0, q));
    Value isBeyond = arith::AndIOp::create(
        b, loc, isInexact,
        arith::XOrIOp::create(b, loc, isNegative, isLess(r, zero)));
    auto toInteger = [&](Value condition) -> Value {
      return arith::ExtUIOp::create(b, loc, integer, condition);
    };
    Value bits = arith::BitcastOp::create(b, loc, integer, q);
    bits = arith::SubIOp::create(b, loc, bits, toInteger(isBeyond));
    bits = arith::OrIOp::create(b, loc, bits, toInteger(isInexact));
    return arith::BitcastOp::create(b, loc, type, bits);
  }
};

/// Whether NEON is what this op is compiled for.
bool prefersIeeeClamp(Operation *op, ClampForm form) {
  if (form != ClampForm::Target)
    return form == ClampForm::Ieee;
  TargetAttr target = getTarget(op);
  return target && target.isAArch64();
}

/// `type` with elements of `bits` bits.
Type withWidth(Type type, unsigned bits) {
  MLIRContext *context = type.getContext();
  Type element =
      bits == 64 ? Type(Float64Type::get(context)) : Float32Type::get(context);
  auto shaped = dyn_cast<ShapedType>(type);
  return shaped ? Type(shaped.clone(element)) : element;
}

/// Rounds to `type`. From f64 to a half there is a stop at f32: rounded to odd
/// there, the second rounding gives what a single one would.
Value narrow(ArithBuilder &a, Value wide, Type type) {
  Type f32 = withWidth(type, 32);
  if (getElementTypeOrSelf(type).getIntOrFloatBitWidth() == 16 &&
      wide.getType() != f32) {
    Value rounded = arith::TruncFOp::create(a.b, a.loc, f32, wide);
    Value back = arith::ExtFOp::create(a.b, a.loc, wide.getType(), rounded);
    wide = a.roundToOdd(rounded, a.sub(wide, back));
  }
  return arith::TruncFOp::create(a.b, a.loc, type, wide);
}

/// The accuracy of ops that have one.
template <typename OpTy>
Accuracy getAccuracy(OpTy op) {
  if constexpr (requires { op.getAccuracy(); })
    return op.getAccuracy();
  else
    return Accuracy::Default;
}

/// Replaces `op` by what `form` makes of its operands, brought to the type to
/// compute in.
template <typename OpTy, typename Form>
void expand(OpTy op, PatternRewriter &rewriter, bool ieeeClamp, Form form) {
  Location loc = op.getLoc();
  Type type = op.getType();
  Accuracy accuracy = getAccuracy(op);
  unsigned bits = getElementTypeOrSelf(type).getIntOrFloatBitWidth();
  bool isGradient = op->getNumOperands() == 2;
  Type compute = withWidth(type, getComputeBits(bits, accuracy, isGradient));
  SmallVector<Value> operands(op->getOperands());
  if (compute != type)
    for (Value &operand : operands)
      operand = arith::ExtFOp::create(rewriter, loc, compute, operand);
  TargetAttr target = getTargetOrGeneric(op);
  // What fast-math allows would break what `exact` promises.
  auto fastmath = accuracy == Accuracy::Exact ? arith::FastMathFlags::none
                                              : op.getFastmath();
  ArithBuilder arith{rewriter,         loc,       operands[0],
                     fastmath,         ieeeClamp, target.hasFma(),
                     target.hasRange()};
  Value result = form(arith, operands);
  if (compute != type)
    result = narrow(arith, result, type);
  rewriter.replaceOp(op, result);
}

/// The least positive number of a float type.
double getLeast(Type type) {
  auto element = cast<FloatType>(getElementTypeOrSelf(type));
  return APFloat::getSmallest(element.getFloatSemantics()).convertToDouble();
}

/// A pattern that expands `OpTy` by its form.
template <typename OpTy>
struct ExpandActivation : OpRewritePattern<OpTy> {
  ClampForm clamp;

  ExpandActivation(MLIRContext *context, ClampForm clamp)
      : OpRewritePattern<OpTy>(context), clamp(clamp) {}

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (isa<UnrankedTensorType>(op.getType()))
      return rewriter.notifyMatchFailure(op, "a tensor of any rank");
    bool ieee = prefersIeeeClamp(op, clamp);
    if constexpr (std::is_same_v<OpTy, Relu6Op>) {
      // maximumf(-0, 0) is 0, but relu6(-0) is -0: only without signed zeros.
      ieee &= arith::bitEnumContainsAny(op.getFastmath(),
                                        arith::FastMathFlags::nsz);
    }
    expand(op, rewriter, ieee, [&](ArithBuilder &a, ArrayRef<Value> in) {
      if constexpr (std::is_same_v<OpTy, HardSwishOp>)
        return op.getAccuracy() == Accuracy::Exact
                   ? buildExactHardSwish(a, in[0], getLeast(op.getType()))
                   : buildHardSwish(a, in[0], op.getAccuracy());
      else if constexpr (std::is_same_v<OpTy, UnitHardSwishOp>)
        return buildUnitHardSwish(a, in[0]);
      else if constexpr (std::is_same_v<OpTy, HardSigmoidOp>)
        return buildHardSigmoid(a, in[0], op.getAccuracy());
      else if constexpr (std::is_same_v<OpTy, Relu6Op>)
        return buildRelu6(a, in[0]);
      else if constexpr (std::is_same_v<OpTy, SwishOp>)
        return buildSwish(a, in[0]);
      else if constexpr (std::is_same_v<OpTy, HardSwishGradOp>)
        return op.getAccuracy() == Accuracy::Exact
                   ? buildExactHardSwishGrad(a, in[0], in[1], op.getKink())
                   : buildHardSwishGrad(a, in[0], in[1], op.getKink(),
                                        op.getAccuracy());
      else
        return buildHardSigmoidGrad(a, in[0], in[1], op.getKink());
    });
    return success();
  }
};

/// Whether `op`, a maximum or minimum, is better a compare and a select: its
/// bound is a constant, and no sign of a zero depends on it.
bool isClampToSelect(Operation *op, ClampForm form) {
  APFloat bound(0.0);
  if (prefersIeeeClamp(op, form) || !getTarget(op) ||
      !matchPattern(op->getOperand(1), m_ConstantFloat(&bound)) ||
      bound.isNaN())
    return false;
  arith::FastMathFlags flags =
      cast<arith::ArithFastMathInterface>(op).getFastMathFlagsAttr().getValue();
  return !bound.isZero() ||
         arith::bitEnumContainsAny(flags, arith::FastMathFlags::nsz);
}

/// maximumf(x, c) -> x < c ? c : x, minimumf(x, c) -> x > c ? c : x
template <typename OpTy, arith::CmpFPredicate predicate>
struct ClampToSelect : OpRewritePattern<OpTy> {
  ClampForm clamp;

  ClampToSelect(MLIRContext *context, ClampForm clamp)
      : OpRewritePattern<OpTy>(context), clamp(clamp) {}

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (!isClampToSelect(op, clamp))
      return failure();
    Value isBeyond =
        arith::CmpFOp::create(rewriter, op.getLoc(), predicate, op.getLhs(),
                              op.getRhs(), op.getFastmath());
    rewriter.replaceOpWithNewOp<arith::SelectOp>(op, isBeyond, op.getRhs(),
                                                 op.getLhs());
    return success();
  }
};

struct ConvertHSwishToArithPass
    : hswish::impl::ConvertHSwishToArithPassBase<ConvertHSwishToArithPass> {
  using Base::Base;

  void runOnOperation() override {
    if (failed(verifySizes(getOperation())))
      return signalPassFailure();
    ConversionTarget target(getContext());
    // A tensor of any rank has no constant of its shape.
    target.addDynamicallyLegalOp<HardSwishOp, UnitHardSwishOp, HardSigmoidOp,
                                 Relu6Op, SwishOp, HardSwishGradOp,
                                 HardSigmoidGradOp>([](Operation *op) {
      return isa<UnrankedTensorType>(op->getResult(0).getType());
    });
    target.addDynamicallyLegalOp<QuantizedHardSwishOp, QuantizedHardSigmoidOp>(
        [](Operation *op) {
          return isa<TensorType>(op->getResult(0).getType());
        });
    target.addLegalDialect<arith::ArithDialect, LLVM::LLVMDialect,
                           math::MathDialect, memref::MemRefDialect,
                           tensor::TensorDialect, vector::VectorDialect>();
    target.addDynamicallyLegalOp<arith::MaximumFOp, arith::MinimumFOp>(
        [this](Operation *op) { return !isClampToSelect(op, clamp); });
    RewritePatternSet patterns(&getContext());
    populateHSwishToArithPatterns(patterns, clamp);
    // Nested on functions, it runs on several of them at once.
    bool mayAddGlobals = getOperation()->hasTrait<OpTrait::SymbolTable>();
    populateQuantizedToArithPatterns(patterns, mayAddGlobals);
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

void hswish::populateHSwishToArithPatterns(RewritePatternSet &patterns,
                                           ClampForm clamp) {
  patterns.add<ExpandActivation<HardSwishOp>, ExpandActivation<UnitHardSwishOp>,
               ExpandActivation<HardSigmoidOp>, ExpandActivation<Relu6Op>,
               ExpandActivation<SwishOp>, ExpandActivation<HardSwishGradOp>,
               ExpandActivation<HardSigmoidGradOp>,
               ClampToSelect<arith::MaximumFOp, arith::CmpFPredicate::OLT>,
               ClampToSelect<arith::MinimumFOp, arith::CmpFPredicate::OGT>>(
      patterns.getContext(), clamp);
}
