//===- FuseQuantizers.cpp - Activations between quantisers ----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Between the codes of its operand and those of its result, an activation in
// floats is a function of 256 codes. All of them are tried. (Of 2^16 codes some
// are always so close to a tie that f32 does not give the nearest one.)
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/Evaluate.h"
#include "hswish/IR/Quantized.h"
#include "hswish/IR/TargetFeatures.h"
#include "hswish/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

#include <cmath>

namespace hswish {
#define GEN_PASS_DEF_FUSEQUANTIZERSPASS
#include "hswish/Transforms/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

namespace {

/// clamp(roundeven(number / scale) + zero) in f32: codes that still are floats.
struct Quantizer {
  Value number;
  float scale, zero, low, high;
};

/// (codes - zero) * scale in f32.
struct Dequantizer {
  Value codes;
  float scale, zero;
};

/// Whether codes of 8 bits have a sign.
enum class Sign { Signed, Unsigned };

/// The second operand if it is one number.
template <typename OpTy>
std::optional<float> matchNumber(OpTy op) {
  APFloat number(0.0f);
  if (!op || !getElementTypeOrSelf(op.getType()).isF32() ||
      !matchPattern(op.getRhs(), m_ConstantFloat(&number)))
    return std::nullopt;
  return number.convertToFloat();
}

std::optional<Quantizer> matchQuantizer(Value value) {
  auto min = value.getDefiningOp<arith::MinNumFOp>();
  std::optional<float> high = matchNumber(min);
  auto max = high ? min.getLhs().getDefiningOp<arith::MaxNumFOp>() : nullptr;
  std::optional<float> low = matchNumber(max);
  if (!low)
    return std::nullopt;
  Value code = max.getLhs();
  float zero = 0;
  if (auto add = code.getDefiningOp<arith::AddFOp>()) {
    std::optional<float> number = matchNumber(add);
    if (!number)
      return std::nullopt;
    zero = *number;
    code = add.getLhs();
  }
  auto round = code.getDefiningOp<math::RoundEvenOp>();
  auto div =
      round ? round.getOperand().getDefiningOp<arith::DivFOp>() : nullptr;
  std::optional<float> scale = matchNumber(div);
  if (!scale)
    return std::nullopt;
  return Quantizer{div.getLhs(), *scale, zero, *low, *high};
}

std::optional<Dequantizer> matchDequantizer(Value value) {
  auto mul = value.getDefiningOp<arith::MulFOp>();
  std::optional<float> scale = matchNumber(mul);
  if (!scale)
    return std::nullopt;
  auto sub = mul.getLhs().getDefiningOp<arith::SubFOp>();
  std::optional<float> zero = matchNumber(sub);
  if (sub && !zero)
    return std::nullopt;
  return Dequantizer{sub ? sub.getLhs() : mul.getLhs(), *scale,
                     zero.value_or(0)};
}

/// A zero point as an integer; nothing that is a code if it is none.
int64_t toCode(float zero) {
  return zero == std::trunc(zero) && std::fabs(zero) < 0x1p17f
             ? static_cast<int64_t>(zero)
             : INT64_MAX;
}

std::optional<Sign> getSign(const Quantizer &quantizer) {
  if (toCode(quantizer.zero) == INT64_MAX)
    return std::nullopt;
  if (quantizer.low == -128 && quantizer.high == 127)
    return Sign::Signed;
  if (quantizer.low == 0 && quantizer.high == 255)
    return Sign::Unsigned;
  return std::nullopt;
}

/// The sign of codes that are whole numbers as floats: those of a quantiser, or
/// converted integers. Nothing for other values.
std::optional<Sign> matchCodes(Value codes) {
  Operation *op = codes.getDefiningOp();
  if (isa_and_nonnull<arith::SIToFPOp, arith::UIToFPOp>(op) &&
      getElementTypeOrSelf(op->getOperand(0)).isInteger(8))
    return isa<arith::UIToFPOp>(op) ? Sign::Unsigned : Sign::Signed;
  if (std::optional<Quantizer> quantizer = matchQuantizer(codes))
    return getSign(*quantizer);
  return std::nullopt;
}

/// What the ops in floats give for a code.
int64_t evaluateLiterally(const Dequantizer &from, const Quantizer &to,
                          bool isHardSwish, Accuracy accuracy, int64_t code) {
  constexpr auto nearest = APFloat::rmNearestTiesToEven;
  APFloat x(static_cast<float>(code));
  x.subtract(APFloat(from.zero), nearest);
  x.multiply(APFloat(from.scale), nearest);
  APFloat y = isHardSwish ? evaluateHardSwish(x, accuracy)
                          : evaluateHardSigmoid(x, accuracy);
  y.divide(APFloat(to.scale), nearest);
  y.roundToIntegral(nearest);
  y.add(APFloat(to.zero), nearest);
  y = minnum(maxnum(y, APFloat(to.low)), APFloat(to.high));
  return static_cast<int64_t>(y.convertToFloat());
}

/// Codes that are floats have to become integers and floats again, and a vector
/// of them fills only a part of a register of bytes: that pays where a table is
/// two instructions.
bool isWorthIt(Value codes) {
  if (isa<arith::SIToFPOp, arith::UIToFPOp>(codes.getDefiningOp()))
    return true;
  return hasVpermi2b(getTargetOrGeneric(codes.getDefiningOp()));
}

bool isPossible(const QuantizedActivation &quantized, Operation *op) {
  ScopedDiagnosticHandler ignore(op->getContext(),
                                 [](Diagnostic &) { return success(); });
  return succeeded(verify(quantized, [&] { return op->emitError(); }));
}

/// Replaces the codes `op` by those of `QuantizedOp`.
template <typename QuantizedOp>
void replace(arith::MinNumFOp op, Value codes, const QuantizedActivation &a,
             IRRewriter &rewriter) {
  Location loc = op.getLoc();
  Type type = rewriter.getI8Type(), floats = op.getType();
  if (auto shaped = dyn_cast<ShapedType>(floats))
    type = shaped.clone(type);
  auto toIntegers = [&](Value x) -> Value {
    if (a.isUnsigned)
      return arith::FPToUIOp::create(rewriter, loc, type, x);
    return arith::FPToSIOp::create(rewriter, loc, type, x);
  };
  auto toFloats = [&](Value x) -> Value {
    if (a.isUnsigned)
      return arith::UIToFPOp::create(rewriter, loc, floats, x);
    return arith::SIToFPOp::create(rewriter, loc, floats, x);
  };

  rewriter.setInsertionPoint(op);
  Operation *conversion = codes.getDefiningOp();
  Value integers = isa<arith::SIToFPOp, arith::UIToFPOp>(conversion)
                       ? conversion->getOperand(0)
                       : toIntegers(codes);
  Value result = QuantizedOp::create(
      rewriter, loc, type, integers, rewriter.getF32FloatAttr(a.inputScale),
      rewriter.getI32IntegerAttr(static_cast<int32_t>(a.inputZeroPoint)),
      rewriter.getF32FloatAttr(a.outputScale),
      rewriter.getI32IntegerAttr(static_cast<int32_t>(a.outputZeroPoint)),
      SemanticsAttr::get(rewriter.getContext(), a.semantics),
      a.isUnsigned ? rewriter.getUnitAttr() : nullptr);
  // Those that want integers need no floats between.
  for (Operation *user : llvm::make_early_inc_range(op->getUsers()))
    if (isa<arith::FPToSIOp, arith::FPToUIOp>(user) &&
        user->getResult(0).getType() == type)
      rewriter.replaceOp(user, result);
  rewriter.replaceOp(op, toFloats(result));
}

/// quantize(activation(dequantize(codes))) -> quantized activation of codes
template <typename OpTy, typename QuantizedOp>
void fuse(arith::MinNumFOp op, const Quantizer &to, IRRewriter &rewriter,
          bool explain) {
  auto activation = to.number.getDefiningOp<OpTy>();
  std::optional<Dequantizer> from =
      activation ? matchDequantizer(activation.getOperand()) : std::nullopt;
  std::optional<Sign> sign = from ? matchCodes(from->codes) : std::nullopt;
  if (!sign || sign != getSign(to))
    return;
  QuantizedActivation quantized = {std::is_same_v<OpTy, HardSwishOp>,
                                   /*width=*/8,
                                   sign == Sign::Unsigned,
                                   from->scale,
                                   toCode(from->zero),
                                   to.scale,
                                   toCode(to.zero),
                                   Semantics::Exact};
  if (!isPossible(quantized, activation))
    return;
  int64_t differing = 0;
  for (int64_t q = quantized.getLowest(); q <= quantized.getHighest(); ++q)
    differing += evaluate(quantized, q) !=
                 evaluateLiterally(*from, to, quantized.isHardSwish,
                                   activation.getAccuracy(), q);
  if (differing == 0 && isWorthIt(from->codes))
    replace<QuantizedOp>(op, from->codes, quantized, rewriter);
  else if (explain && differing == 0)
    activation.emitRemark("stays in floats between its quantisers: the "
                          "target's tables are slower");
  else if (explain)
    activation.emitRemark()
        << "stays in floats between its quantisers: " << differing
        << " of the codes would differ";
}

struct FuseQuantizersPass
    : hswish::impl::FuseQuantizersPassBase<FuseQuantizersPass> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<arith::MinNumFOp> worklist;
    getOperation()->walk([&](arith::MinNumFOp op) { worklist.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (arith::MinNumFOp op : worklist) {
      std::optional<Quantizer> to = matchQuantizer(op);
      if (!to)
        continue;
      if (to->number.getDefiningOp<HardSwishOp>())
        fuse<HardSwishOp, QuantizedHardSwishOp>(op, *to, rewriter, explain);
      else
        fuse<HardSigmoidOp, QuantizedHardSigmoidOp>(op, *to, rewriter, explain);
    }
  }
};
} // namespace
