//===- Quantized.cpp - Activations of codes -------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/Quantized.h"

#include "hswish/IR/Evaluate.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace hswish;
using llvm::APFloat;
using llvm::APInt;

//===----------------------------------------------------------------------===//
// exact
//===----------------------------------------------------------------------===//

/// A product of two codes times scales, times a few, fits. A scale has 277
/// bits.
static constexpr unsigned kExactBits = 1024;

APInt hswish::toLeastUnits(float number, unsigned bits) {
  auto pattern = llvm::bit_cast<uint32_t>(number);
  unsigned exponent = pattern >> 23 & 0xff;
  APInt mantissa(bits, (pattern & 0x7fffff) | (exponent ? 0x800000 : 0));
  return mantissa << (exponent ? exponent - 1 : 0);
}

/// The integer nearest to numerator / denominator > 0, ties to even.
static APInt divideToNearestEven(const APInt &numerator,
                                 const APInt &denominator) {
  // floor(n/d + 1/2) = floor((2n + d) / 2d); a tie has no remainder.
  APInt quotient, remainder, twice = denominator << 1;
  APInt::sdivrem((numerator << 1) + denominator, twice, quotient, remainder);
  if (remainder.isNegative())
    --quotient;
  if (remainder.isZero() && quotient[0])
    --quotient;
  return quotient;
}

/// Whole numbers all along: every float is a multiple of the least one.
static int64_t evaluateExact(const QuantizedActivation &a, int64_t v) {
  APInt one = APInt::getOneBitSet(kExactBits, 149);
  APInt zero(kExactBits, 0), six = one * 6;
  APInt x = toLeastUnits(a.inputScale, kExactBits) *
            APInt(kExactBits, v, /*isSigned=*/true);
  APInt gate =
      llvm::APIntOps::smin(llvm::APIntOps::smax(x + one * 3, zero), six);
  APInt steps =
      divideToNearestEven((a.isHardSwish ? x : one) * gate,
                          six * toLeastUnits(a.outputScale, kExactBits));
  // Far out of the range of any code is as good as further out.
  return steps.isSignedIntN(32) ? steps.getSExtValue()
         : steps.isNegative()   ? INT32_MIN
                                : INT32_MAX;
}

//===----------------------------------------------------------------------===//
// tflite
//===----------------------------------------------------------------------===//

namespace {
/// A positive number as multiplier * 2^(exponent - 15), the multiplier being
/// of 16 bits and at least 2^14.
struct FixedPoint {
  int64_t multiplier;
  int exponent;
};

/// The two multipliers of the kernel.
struct TfliteMultipliers {
  FixedPoint output, reluish;
};
} // namespace

/// First to 32 bits, halves away from zero, then to 16, halves up.
static FixedPoint toFixedPoint(double number) {
  int exponent;
  double fraction = std::frexp(number, &exponent);
  auto wide = static_cast<int64_t>(std::round(std::ldexp(fraction, 31)));
  if (wide == 1LL << 31) {
    wide /= 2;
    ++exponent;
  }
  return {std::min<int64_t>((wide + (1 << 15)) >> 16, INT16_MAX), exponent};
}

/// Quotients of floats, rounded to float.
static TfliteMultipliers getTfliteMultipliers(const QuantizedActivation &a) {
  auto quotient = [](float dividend, float divisor) {
    APFloat result(dividend);
    result.divide(APFloat(divisor), APFloat::rmNearestTiesToEven);
    return static_cast<double>(result.convertToFloat());
  };
  float input = a.inputScale * (1.0f / 128.0f);
  return {toFixedPoint(quotient(input, a.outputScale)),
          toFixedPoint(quotient(input, 3.0f / 32768.0f))};
}

static int64_t saturate16(int64_t x) {
  return std::clamp<int64_t>(x, INT16_MIN, INT16_MAX);
}

/// The upper half of the doubled product, rounded to nearest.
static int64_t multiplyHighRounding(int64_t x, int64_t y) {
  int64_t product = x * y;
  int64_t nudge = product >= 0 ? 1 << 14 : 1 - (1 << 14);
  return saturate16((product + nudge) / (1 << 15));
}

/// The same, rounded towards zero.
static int64_t multiplyHigh(int64_t x, int64_t y) {
  return saturate16(x * y / (1 << 15));
}

/// x / 2^exponent, halves away from zero.
static int64_t shiftRightRounding(int64_t x, int exponent) {
  int64_t mask = (1LL << exponent) - 1, remainder = x & mask;
  int64_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

static int64_t evaluateTflite(const QuantizedActivation &a, int64_t v) {
  auto [output, reluish] = getTfliteMultipliers(a);
  int64_t x = v * 128;
  int64_t steps = multiplyHighRounding(x, output.multiplier);
  // x as a part of 3, from -2^15 to 2^15. The last bit is shifted after the
  // product, where saturation is what clamps.
  int64_t gate = x;
  if (reluish.exponent > 0)
    gate = saturate16(gate * (1LL << (reluish.exponent - 1)));
  gate = multiplyHighRounding(gate, reluish.multiplier);
  if (reluish.exponent > 0)
    gate = saturate16(gate * 2);
  if (reluish.exponent < 0)
    gate = shiftRightRounding(gate, -reluish.exponent);
  gate = (gate + (1 << 15)) >> 1;
  return shiftRightRounding(multiplyHigh(gate, steps), -output.exponent);
}

//===----------------------------------------------------------------------===//
// qnnpack and aten
//===----------------------------------------------------------------------===//

/// In f32, each operation rounded.
static int64_t evaluateInFloats(const QuantizedActivation &a, int64_t v) {
  constexpr auto nearest = APFloat::rmNearestTiesToEven;
  APFloat y(static_cast<float>(v));
  y.multiply(APFloat(a.inputScale), nearest);
  y = a.isHardSwish ? evaluateHardSwish(y, Accuracy::Torch)
                    : evaluateHardSigmoid(y, Accuracy::Torch);
  APFloat inverse(1.0f);
  inverse.divide(APFloat(a.outputScale), nearest);
  y.multiply(inverse, nearest);
  // qnnpack adds the zero point before it rounds: that is another tie.
  int64_t zero = a.outputZeroPoint;
  bool isFirst = a.semantics == Semantics::Qnnpack;
  if (isFirst)
    y.add(APFloat(static_cast<float>(zero)), nearest);
  y.roundToIntegral(nearest);
  double steps = std::clamp<double>(y.convertToFloat(), INT32_MIN, INT32_MAX);
  return static_cast<int64_t>(steps) - (isFirst ? zero : 0);
}

//===----------------------------------------------------------------------===//
// All of them
//===----------------------------------------------------------------------===//

int64_t hswish::evaluate(const QuantizedActivation &a, int64_t code) {
  int64_t v = code - a.inputZeroPoint;
  int64_t steps = a.semantics == Semantics::Exact    ? evaluateExact(a, v)
                  : a.semantics == Semantics::Tflite ? evaluateTflite(a, v)
                                                     : evaluateInFloats(a, v);
  return std::clamp(steps + a.outputZeroPoint, a.getLowest(), a.getHighest());
}

SmallVector<APInt> hswish::makeTable(const QuantizedActivation &a) {
  SmallVector<APInt> table;
  for (int64_t bits = 0, end = 1LL << a.width; bits < end; ++bits) {
    int64_t code = bits > a.getHighest() ? bits - end : bits;
    table.emplace_back(a.width, evaluate(a, code), /*isSigned=*/!a.isUnsigned);
  }
  return table;
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

/// What the shifts of the fixed-point kernel can do.
static LogicalResult
verifyTflite(const QuantizedActivation &a,
             function_ref<InFlightDiagnostic()> emitError) {
  if (!a.isHardSwish)
    return emitError() << "semantics 'tflite' is for hard_swish: TensorFlow "
                          "Lite has no hard_sigmoid";
  auto [output, reluish] = getTfliteMultipliers(a);
  if (output.exponent > 0 || output.exponent < -15)
    return emitError() << "semantics 'tflite' wants input_scale / 128 / "
                          "output_scale from 2^-16 to below 1, but scales are "
                       << a.inputScale << " and " << a.outputScale;
  if (reluish.exponent > 31 || reluish.exponent < -15)
    return emitError() << "semantics 'tflite' wants input_scale * 256 / 3 from "
                          "2^-16 to below 2^31, but input_scale is "
                       << a.inputScale;
  return success();
}

static LogicalResult
verifyInFloats(const QuantizedActivation &a, StringRef name,
               function_ref<InFlightDiagnostic()> emitError) {
  if (!std::isnormal(a.inputScale) || !std::isnormal(a.outputScale) ||
      a.inputScale > 0x1p96f)
    return emitError() << "semantics '" << name
                       << "' wants normal floats as scales and an input_scale "
                          "of at most 2^96, but scales are "
                       << a.inputScale << " and " << a.outputScale;
  if (!a.isHardSwish &&
      (a.outputScale != 0x1p-8f || a.outputZeroPoint != a.getLowest()))
    return emitError() << "semantics '" << name
                       << "' of hard_sigmoid has output_scale 1/256 and "
                          "output_zero_point "
                       << a.getLowest() << " only";
  return success();
}

LogicalResult hswish::verify(const QuantizedActivation &a,
                             function_ref<InFlightDiagnostic()> emitError) {
  for (auto [name, scale] : {std::pair("input_scale", a.inputScale),
                             std::pair("output_scale", a.outputScale)})
    if (!(scale > 0) || std::isinf(scale))
      return emitError() << name << " must be positive and finite, but is "
                         << scale;
  for (auto [name, zero] : {std::pair("input_zero_point", a.inputZeroPoint),
                            std::pair("output_zero_point", a.outputZeroPoint)})
    if (zero < a.getLowest() || zero > a.getHighest())
      return emitError() << name << " must be a code from " << a.getLowest()
                         << " to " << a.getHighest() << ", but is " << zero;
  if (a.semantics == Semantics::Exact)
    return success();
  StringRef name = stringifySemantics(a.semantics);
  if (a.width != 8)
    return emitError() << "semantics '" << name
                       << "' is for codes of 8 bits, not of " << a.width;
  return a.semantics == Semantics::Tflite ? verifyTflite(a, emitError)
                                          : verifyInFloats(a, name, emitError);
}

//===----------------------------------------------------------------------===//
// The ops
//===----------------------------------------------------------------------===//

template <typename OpTy>
static QuantizedActivation describe(OpTy op) {
  return {std::is_same_v<OpTy, QuantizedHardSwishOp>,
          getElementTypeOrSelf(op.getType()).getIntOrFloatBitWidth(),
          op.getIsUnsigned(),
          op.getInputScale().convertToFloat(),
          static_cast<int32_t>(op.getInputZeroPoint()),
          op.getOutputScale().convertToFloat(),
          static_cast<int32_t>(op.getOutputZeroPoint()),
          op.getSemantics()};
}

QuantizedActivation QuantizedHardSwishOp::getActivation() {
  return describe(*this);
}
QuantizedActivation QuantizedHardSigmoidOp::getActivation() {
  return describe(*this);
}

LogicalResult QuantizedHardSwishOp::verify() {
  return hswish::verify(getActivation(), [&] { return emitOpError(); });
}
LogicalResult QuantizedHardSigmoidOp::verify() {
  return hswish::verify(getActivation(), [&] { return emitOpError(); });
}
