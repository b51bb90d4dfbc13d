//===- ExpandHalves.cpp - Conversions of halves without an instruction ----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Codegen/Passes.h"
#include "hswish/IR/HSwish.h"
#include "hswish/IR/TargetFeatures.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace hswish {
#define GEN_PASS_DEF_EXPANDHALVESPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

namespace {

/// Arithmetic on the bits of floats: of scalars, or of vectors of one shape.
class BitBuilder {
public:
  BitBuilder(OpBuilder &b, Location loc, Type like) : b(loc, b), like(like) {}

  Type withElement(Type element) const {
    auto vector = dyn_cast<VectorType>(like);
    return vector ? Type(vector.clone(element)) : element;
  }
  Type integer(unsigned width) { return withElement(b.getIntegerType(width)); }

  /// A number of 32 bits.
  Value bits(uint32_t number) {
    TypedAttr attr = b.getI32IntegerAttr(static_cast<int32_t>(number));
    if (auto vector = dyn_cast<VectorType>(integer(32)))
      attr = DenseElementsAttr::get(vector, attr);
    return arith::ConstantOp::create(b, attr);
  }
  Value toBits(Value x) {
    unsigned width = getElementTypeOrSelf(x).getIntOrFloatBitWidth();
    return arith::BitcastOp::create(b, integer(width), x);
  }
  Value toFloat(Value x) {
    return arith::BitcastOp::create(b, withElement(b.getF32Type()), x);
  }
  template <typename OpTy>
  Value make(Value x, uint32_t number) {
    return OpTy::create(b, x, bits(number));
  }
  /// Whether the bits are above `number`, as unsigned integers.
  Value isAbove(Value x, uint32_t number) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::ugt, x, bits(number));
  }
  Value select(Value condition, Value x, Value y) {
    return arith::SelectOp::create(b, condition, x, y);
  }

  ImplicitLocOpBuilder b;

private:
  Type like;
};

/// f16 to f32 or f64. The magnitude's bits, moved to their place in f32, are
/// the number times 2^-112, also of a subnormal number.
struct ExpandExtension : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::ExtFOp op,
                                PatternRewriter &rewriter) const override {
    Type type = op.getType();
    if (!getElementTypeOrSelf(op.getIn()).isF16() || isa<TensorType>(type))
      return failure();
    BitBuilder to(rewriter, op.getLoc(), type);
    ImplicitLocOpBuilder &b = to.b;
    Value half =
        arith::ExtUIOp::create(b, to.integer(32), to.toBits(op.getIn()));
    Value magnitude = to.make<arith::AndIOp>(half, 0x7fff);
    Value sign = arith::XOrIOp::create(b, half, magnitude);
    Value scaled = arith::MulFOp::create(
        b, to.toFloat(to.make<arith::ShLIOp>(magnitude, 13)),
        to.toFloat(to.bits(0x77800000))); // 2^112
    Value finite = to.toBits(scaled);
    // Infinity keeps no other bits; NaN becomes quiet.
    Value special =
        to.select(to.isAbove(magnitude, 0x7c00), to.bits(0x7fc00000),
                  to.select(to.isAbove(magnitude, 0x7bff), to.bits(0x7f800000),
                            to.bits(0)));
    Value result =
        arith::OrIOp::create(b, arith::OrIOp::create(b, finite, special),
                             to.make<arith::ShLIOp>(sign, 16));
    result = to.toFloat(result);
    if (result.getType() != type)
      result = arith::ExtFOp::create(b, type, result);
    rewriter.replaceOp(op, result);
    return success();
  }
};

/// f64 to a half by f32. That is as good as rounding once if what f32 cannot
/// hold becomes odd: a half has less than half of the bits.
struct RoundToOdd : OpRewritePattern<arith::TruncFOp> {
  RoundToOdd(MLIRContext *context, bool hasF64ToF16)
      : OpRewritePattern(context), hasF64ToF16(hasF64ToF16) {}

  LogicalResult matchAndRewrite(arith::TruncFOp op,
                                PatternRewriter &rewriter) const override {
    Type type = op.getType(), element = getElementTypeOrSelf(type);
    Value x = op.getIn();
    if (!(element.isF16() || element.isBF16()) || isa<TensorType>(type) ||
        !getElementTypeOrSelf(x).isF64() || (element.isF16() && hasF64ToF16))
      return failure();
    BitBuilder to(rewriter, op.getLoc(), type);
    ImplicitLocOpBuilder &b = to.b;
    Value nearest =
        arith::TruncFOp::create(b, to.withElement(b.getF32Type()), x);
    Value back = arith::ExtFOp::create(b, x.getType(), nearest);
    // Magnitudes compare like their bits.
    Value one = arith::ConstantOp::create(b, b.getI64IntegerAttr(1));
    if (isa<VectorType>(type))
      one = vector::BroadcastOp::create(b, to.integer(64), one);
    auto magnitude = [&](Value number) -> Value {
      return arith::ShLIOp::create(b, to.toBits(number), one);
    };
    Value isAway = arith::CmpIOp::create(b, arith::CmpIPredicate::ugt,
                                         magnitude(back), magnitude(x));
    Value isInexact =
        arith::CmpFOp::create(b, arith::CmpFPredicate::UNE, back, x);
    Value bits = to.toBits(nearest);
    Value towardsZero =
        to.select(isAway, to.make<arith::SubIOp>(bits, 1), bits);
    Value odd = to.make<arith::OrIOp>(towardsZero, 1);
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(
        op, type, to.toFloat(to.select(isInexact, odd, bits)));
    return success();
  }

  bool hasF64ToF16;
};

/// f32 to f16, to the nearest, ties to even.
struct ExpandTruncation : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op,
                                PatternRewriter &rewriter) const override {
    Type type = op.getType();
    Value x = op.getIn();
    if (!getElementTypeOrSelf(type).isF16() || isa<TensorType>(type) ||
        !getElementTypeOrSelf(x).isF32())
      return failure();
    BitBuilder to(rewriter, op.getLoc(), type);
    ImplicitLocOpBuilder &b = to.b;
    Value number = to.toBits(x);
    Value magnitude = to.make<arith::AndIOp>(number, 0x7fffffff);
    Value sign = arith::XOrIOp::create(b, number, magnitude);

    // The last bit that stays decides ties; a carry may go up to infinity.
    Value isOdd =
        to.make<arith::AndIOp>(to.make<arith::ShRUIOp>(magnitude, 13), 1);
    Value rounded = arith::AddIOp::create(
        b, to.make<arith::SubIOp>(magnitude, (112u << 23) - 0xfff), isOdd);
    Value normal = to.make<arith::ShRUIOp>(rounded, 13);
    // Added to a half, a subnormal number of f16 ends at the last bit of f32.
    Value half = to.bits(0x3f000000);
    Value sum =
        arith::AddFOp::create(b, to.toFloat(magnitude), to.toFloat(half));
    Value subnormal = arith::SubIOp::create(b, to.toBits(sum), half);
    Value payload =
        to.make<arith::AndIOp>(to.make<arith::ShRUIOp>(magnitude, 13), 0x3ff);
    Value special =
        to.select(to.isAbove(magnitude, 0x7f800000),
                  to.make<arith::OrIOp>(payload, 0x7e00), to.bits(0x7c00));

    Value result = to.select(
        to.isAbove(magnitude, 0x477fffff), special, // from 65536 on
        to.select(to.isAbove(magnitude, 0x387fffff), normal, subnormal));
    result = arith::OrIOp::create(b, result, to.make<arith::ShRUIOp>(sign, 16));
    result = arith::TruncIOp::create(b, to.integer(16), result);
    rewriter.replaceOpWithNewOp<arith::BitcastOp>(op, type, result);
    return success();
  }
};

struct ExpandHalvesPass : hswish::impl::ExpandHalvesPassBase<ExpandHalvesPass> {
  void runOnOperation() override {
    TargetAttr target = getTarget(getOperation());
    if (!target)
      return;
    RewritePatternSet patterns(&getContext());
    patterns.add<RoundToOdd>(&getContext(), /*hasF64ToF16=*/!target.isX86());
    if (target.isX86() && !hasHalfConversions(target))
      patterns.add<ExpandExtension, ExpandTruncation>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
