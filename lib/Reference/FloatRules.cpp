//===- FloatRules.cpp - Arithmetic of numbers that may be off -------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rules.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace hswish;

/// Units of rounding that code may be off by: one operation, an activation
/// (docs/Numerics.md: 2.5 ULP are 5 units), the modes that promise an absolute
/// error only, and functions of libm or by polynomials.
static constexpr double kActivation = 6, kAbsoluteActivation = 16,
                        kFunction = 32;
/// Functions need not be right below so many times the least normal number:
/// exponentials stop there, or where the reciprocal overflows.
static constexpr double kSmallest = 16;

namespace {
struct Number {
  double value, error;
};

Number get(const Numbers &numbers, size_t i) {
  return {numbers.values[i], numbers.errors[i]};
}

/// Stores what an op computes of operands of which `isExact` says whether all
/// are, `isKnown` whether something is known of each.
void store(Numbers &result, size_t i, Number number, const Rounding &rounding,
           bool isExact, bool isKnown) {
  result.values[i] = number.value;
  double &error = result.errors[i];
  if (!isKnown || std::isnan(number.error))
    error = kUnknown;
  else if (!std::isfinite(number.value))
    error = isExact ? 0 : kUnknown;
  else // Nobody knows what becomes of what overflows in the type.
    error = std::abs(number.value) + number.error > rounding.most
                ? kUnknown
                : number.error;
}

/// A NaN makes the result of most ops NaN, however far off the others are.
bool isCertainNaN(Number number) {
  return std::isnan(number.value) && number.error == 0;
}

template <typename F>
void apply(Operands in, Numbers &result, F rule) {
  Rounding rounding = Rounding::get(result.type);
  for (size_t i = 0, e = result.size(); i < e; ++i) {
    Number x = get(*in[0], i);
    store(result, i, rule(x, rounding), rounding, x.error == 0,
          x.error < kUnknown);
  }
}

template <typename F>
void apply2(Operands in, Numbers &result, F rule) {
  Rounding rounding = Rounding::get(result.type);
  for (size_t i = 0, e = result.size(); i < e; ++i) {
    Number x = get(*in[0], i), y = get(*in[1], i);
    bool isNaN = isCertainNaN(x) || isCertainNaN(y);
    Number number = rule(x, y, rounding);
    store(result, i, number, rounding,
          (x.error == 0 && y.error == 0) || (isNaN && std::isnan(number.value)),
          (x.error < kUnknown && y.error < kUnknown) || isNaN);
  }
}

/// Rounded by so many units.
Number rounded(double value, double error, const Rounding &r,
               double units = 1) {
  return {value, error + units * r.unit * std::abs(value) + r.least};
}

//===----------------------------------------------------------------------===//
// Functions of one number
//===----------------------------------------------------------------------===//

/// What a function makes of an error where it rises or falls all the way.
template <typename F>
double spread(F f, Number x, double value) {
  if (x.error == 0)
    return 0;
  return std::max(std::abs(f(x.value + x.error) - value),
                  std::abs(f(x.value - x.error) - value));
}

using Function = double (*)(double);

struct UnaryRule {
  Function function;
  double units = 0;    ///< of the result
  double absolute = 0; ///< units of 1
};

const llvm::StringMap<UnaryRule> &getUnaryRules() {
  static const llvm::StringMap<UnaryRule> rules = {
      {"math.exp", {[](double x) { return std::exp(x); }, kFunction}},
      {"math.exp2", {[](double x) { return std::exp2(x); }, kFunction}},
      {"math.expm1", {[](double x) { return std::expm1(x); }, kFunction}},
      {"math.log", {[](double x) { return std::log(x); }, kFunction}},
      {"math.log2", {[](double x) { return std::log2(x); }, kFunction}},
      {"math.log1p", {[](double x) { return std::log1p(x); }, kFunction}},
      {"math.sqrt", {[](double x) { return std::sqrt(x); }, 1}},
      {"math.rsqrt", {[](double x) { return 1 / std::sqrt(x); }, 4}},
      {"math.tanh", {[](double x) { return std::tanh(x); }, kFunction}},
      {"math.erf",
       {[](double x) { return std::erf(x); }, kFunction, kFunction}},
      {"math.asin", {[](double x) { return std::asin(x); }, 0, kFunction}},
      {"math.acos", {[](double x) { return std::acos(x); }, 0, kFunction}},
      {"math.atan", {[](double x) { return std::atan(x); }, 0, kFunction}},
      {"math.sinh", {[](double x) { return std::sinh(x); }, kFunction, 4}},
      {"math.cosh", {[](double x) { return std::cosh(x); }, kFunction, 4}},
      {"math.tan", {[](double x) { return std::tan(x); }, kFunction}},
      {"math.asinh", {[](double x) { return std::asinh(x); }, kFunction, 32}},
      {"math.acosh", {[](double x) { return std::acosh(x); }, kFunction, 32}},
      {"math.atanh", {[](double x) { return std::atanh(x); }, kFunction, 32}},
      {"math.floor", {[](double x) { return std::floor(x); }}},
      {"math.ceil", {[](double x) { return std::ceil(x); }}},
      {"math.trunc", {[](double x) { return std::trunc(x); }}},
      {"math.round", {[](double x) { return std::round(x); }}},
      {"math.roundeven", {[](double x) { return std::nearbyint(x); }}},
      {"arith.negf", {[](double x) { return -x; }}},
      {"math.absf", {[](double x) { return std::abs(x); }}},
      {"arith.extf", {[](double x) { return x; }}},
      {"hswish.relu6", {[](double x) { return x < 0   ? 0
                                              : x > 6 ? 6
                                                      : x; }}},
      {"hswish.swish",
       {[](double x) { return x / (1 + std::exp(-x)); }, kFunction}}};
  return rules;
}

/// Activations whose accuracy is an attribute.
void applyHardSwish(HardSwishOp op, Operands in, Numbers &result) {
  bool isAbsolute =
      op.getAccuracy() == Accuracy::Onnx || op.getAccuracy() == Accuracy::Fast;
  bool isExact = op.getAccuracy() == Accuracy::Exact;
  apply(in, result, [&](Number x, const Rounding &r) -> Number {
    double gate = std::clamp(x.value + 3, 0.0, 6.0);
    if (std::isnan(x.value))
      gate = x.value;
    double value = x.value * gate / 6;
    if (isExact && std::isinf(x.value) && x.value < 0)
      value = -0.0; // The limit.
    double slope = x.value + x.error <= -3  ? 0
                   : x.value - x.error >= 3 ? 1
                                            : 1.5;
    double absolute = isAbsolute ? kAbsoluteActivation * r.unit *
                                       std::max(1.0, std::abs(x.value))
                                 : 0;
    return rounded(value, slope * x.error + absolute, r, kActivation);
  });
}

void applyHardSigmoid(HardSigmoidOp op, Operands in, Numbers &result) {
  bool isAbsolute =
      op.getAccuracy() == Accuracy::Onnx || op.getAccuracy() == Accuracy::Fast;
  apply(in, result, [&](Number x, const Rounding &r) -> Number {
    double value =
        std::isnan(x.value) ? x.value : std::clamp(x.value + 3, 0.0, 6.0) / 6;
    double absolute = isAbsolute ? kAbsoluteActivation * r.unit : 0;
    return rounded(value, x.error / 6 + absolute, r, kActivation);
  });
}

void applyUnitHardSwish(Operands in, Numbers &result) {
  apply(in, result, [](Number u, const Rounding &r) -> Number {
    double clamped =
        std::isnan(u.value) ? u.value : std::clamp(u.value, -1.0, 1.0);
    double value = u.value * clamped + u.value;
    // u * clamp(u) may be rounded by itself, and cancel.
    double rounding = 2 * r.unit * std::abs(u.value);
    return rounded(value, 3 * u.error + rounding, r, 2);
  });
}

bool evaluateUnary(Operation *op, Operands in, Numbers &result) {
  auto entry = getUnaryRules().find(op->getName().getStringRef());
  if (entry != getUnaryRules().end()) {
    const UnaryRule &rule = entry->second;
    bool rounds = rule.units != 0 || rule.absolute != 0;
    apply(in, result, [&](Number x, const Rounding &r) -> Number {
      double value = rule.function(x.value);
      double error = spread(rule.function, x, value);
      if (!rounds)
        return {value, error};
      if (rule.units == kFunction)
        error += kSmallest * r.least / r.unit;
      return rounded(value, error + rule.absolute * r.unit, r, rule.units);
    });
    return true;
  }
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case(
          [&](HardSwishOp op) { return applyHardSwish(op, in, result), true; })
      .Case([&](HardSigmoidOp op) {
        return applyHardSigmoid(op, in, result), true;
      })
      .Case(
          [&](UnitHardSwishOp) { return applyUnitHardSwish(in, result), true; })
      .Case([&](arith::TruncFOp) {
        auto round = [&](double x) { return roundTo(result.type, x); };
        apply(in, result, [&](Number x, const Rounding &) -> Number {
          double value = round(x.value);
          return {value, spread(round, x, value)};
        });
        return true;
      })
      .Case<math::SinOp, math::CosOp>([&](auto op) {
        constexpr bool isSin = std::is_same_v<decltype(op), math::SinOp>;
        apply(in, result, [](Number x, const Rounding &r) -> Number {
          double value = isSin ? std::sin(x.value) : std::cos(x.value);
          return rounded(value, std::min(x.error, 2.0) + kFunction * r.unit, r);
        });
        return true;
      })
      .Default([](Operation *) { return false; });
}

//===----------------------------------------------------------------------===//
// Functions of two numbers and more
//===----------------------------------------------------------------------===//

Number add(Number x, Number y, const Rounding &r) {
  return rounded(x.value + y.value, x.error + y.error, r);
}

Number subtract(Number x, Number y, const Rounding &r) {
  return rounded(x.value - y.value, x.error + y.error, r);
}

double getErrorOfProduct(Number x, Number y) {
  auto part = [](double factor, double error) {
    return error == 0 ? 0 : std::abs(factor) * error;
  };
  return part(x.value, y.error) + part(y.value, x.error) + x.error * y.error;
}

Number multiply(Number x, Number y, const Rounding &r) {
  return rounded(x.value * y.value, getErrorOfProduct(x, y), r);
}

Number divide(Number x, Number y, const Rounding &r) {
  double value = x.value / y.value, below = std::abs(y.value) - y.error;
  if (x.error == 0 && y.error == 0)
    return rounded(value, 0, r);
  if (below <= 0)
    return {value, kUnknown};
  return rounded(value, (x.error + std::abs(value) * y.error) / below, r);
}

/// min and max, with and without NaN passing.
template <bool isMax, bool passesNaN>
Number pick(Number x, Number y, const Rounding &) {
  double error = std::max(x.error, y.error);
  if (std::isnan(x.value) || std::isnan(y.value)) {
    if (passesNaN)
      return {std::isnan(x.value) ? x.value : y.value, error};
    return std::isnan(x.value) ? y : x;
  }
  bool takesX = isMax ? x.value > y.value : x.value < y.value;
  // Far away from the other, only the own error counts.
  if (std::abs(x.value - y.value) > x.error + y.error)
    return takesX ? x : y;
  return {takesX ? x.value : y.value, error};
}

Number power(Number x, Number y, const Rounding &r) {
  double value = std::pow(x.value, y.value), error = 0;
  if (x.error != 0 || y.error != 0)
    for (double a : {x.value - x.error, x.value + x.error})
      for (double b : {y.value - y.error, y.value + y.error})
        error = std::max(error, std::abs(std::pow(a, b) - value));
  return rounded(value, error, r, kFunction);
}

Number copySign(Number x, Number y, const Rounding &) {
  double value = std::copysign(x.value, y.value);
  bool isSure = y.error == 0 || std::abs(y.value) > y.error;
  return {value, x.error + (isSure ? 0 : 2 * std::abs(value))};
}

Number remainder(Number x, Number y, const Rounding &) {
  bool isSure = x.error == 0 && y.error == 0;
  return {std::fmod(x.value, y.value), isSure ? 0 : kUnknown};
}

bool evaluateBinary(Operation *op, Operands in, Numbers &result) {
  using Rule = Number (*)(Number, Number, const Rounding &);
  Rule rule = llvm::TypeSwitch<Operation *, Rule>(op)
                  .Case([](arith::AddFOp) { return add; })
                  .Case([](arith::SubFOp) { return subtract; })
                  .Case([](arith::MulFOp) { return multiply; })
                  .Case([](arith::DivFOp) { return divide; })
                  .Case([](arith::RemFOp) { return remainder; })
                  .Case([](arith::MaximumFOp) { return pick<true, true>; })
                  .Case([](arith::MinimumFOp) { return pick<false, true>; })
                  .Case([](arith::MaxNumFOp) { return pick<true, false>; })
                  .Case([](arith::MinNumFOp) { return pick<false, false>; })
                  .Case([](math::CopySignOp) { return copySign; })
                  .Case([](math::PowFOp) { return power; })
                  .Default([](Operation *) { return nullptr; });
  if (!rule)
    return false;
  apply2(in, result, rule);
  return true;
}

/// x * y + z, whether it is rounded once or twice.
void applyFma(Operands in, Numbers &result) {
  Rounding rounding = Rounding::get(result.type);
  for (size_t i = 0, e = result.size(); i < e; ++i) {
    Number x = get(*in[0], i), y = get(*in[1], i), z = get(*in[2], i);
    Number product = multiply(x, y, rounding);
    bool isExact = x.error == 0 && y.error == 0 && z.error == 0;
    store(result, i, add(product, z, rounding), rounding, isExact,
          x.error < kUnknown && y.error < kUnknown && z.error < kUnknown);
  }
}

/// clamp(x, low, high)
void applyClamp(Operands in, Numbers &result) {
  Numbers low(result.type, result.size());
  apply2({in[0], in[1]}, low, pick<true, true>);
  apply2({&low, in[2]}, result, pick<false, true>);
}

} // namespace

bool hswish::evaluateFloatOp(Operation *op, Operands in, Numbers &result) {
  if (!result.isFloat() ||
      llvm::any_of(in, [](const Numbers *x) { return !x->isFloat(); }))
    return false;
  if (isa<math::FmaOp>(op))
    return applyFma(in, result), true;
  if (isa<math::ClampFOp>(op))
    return applyClamp(in, result), true;
  return in.size() == 1 ? evaluateUnary(op, in, result)
                        : in.size() == 2 && evaluateBinary(op, in, result);
}
