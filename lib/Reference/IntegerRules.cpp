//===- IntegerRules.cpp - Integers, comparisons, conversions --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rules.h"

#include "hswish/IR/Quantized.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <cstring>

using namespace mlir;
using namespace hswish;

namespace {

unsigned getWidth(Type type) {
  return type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
}

/// The same bits without a sign.
uint64_t toUnsigned(int64_t value, unsigned width) {
  return width == 64 ? value
                     : static_cast<uint64_t>(value) & ((1ull << width) - 1);
}

/// Signed: i1 is 0 or -1.
int64_t toSigned(int64_t value, unsigned width) {
  return width == 1 ? -(value & 1) : value;
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

/// What an op makes of two integers; nothing where that is undefined.
std::optional<int64_t> compute(Operation *op, int64_t x, int64_t y,
                               unsigned width) {
  uint64_t ux = toUnsigned(x, width), uy = toUnsigned(y, width);
  int64_t sx = toSigned(x, width), sy = toSigned(y, width);
  using Result = std::optional<int64_t>;
  bool isOverflow = sy == -1 && sx == std::numeric_limits<int64_t>::min();
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([&](arith::AddIOp) -> Result { return ux + uy; })
      .Case([&](arith::SubIOp) -> Result { return ux - uy; })
      .Case([&](arith::MulIOp) -> Result { return ux * uy; })
      .Case([&](arith::AndIOp) -> Result { return ux & uy; })
      .Case([&](arith::OrIOp) -> Result { return ux | uy; })
      .Case([&](arith::XOrIOp) -> Result { return ux ^ uy; })
      .Case([&](arith::MaxSIOp) -> Result { return std::max(sx, sy); })
      .Case([&](arith::MinSIOp) -> Result { return std::min(sx, sy); })
      .Case([&](arith::MaxUIOp) -> Result { return std::max(ux, uy); })
      .Case([&](arith::MinUIOp) -> Result { return std::min(ux, uy); })
      .Case([&](arith::DivSIOp) -> Result {
        return sy == 0 || isOverflow ? Result() : sx / sy;
      })
      .Case([&](arith::RemSIOp) -> Result {
        return sy == 0 || isOverflow ? Result() : sx % sy;
      })
      .Case([&](arith::DivUIOp) -> Result {
        return uy == 0 ? Result() : Result(ux / uy);
      })
      .Case([&](arith::RemUIOp) -> Result {
        return uy == 0 ? Result() : Result(ux % uy);
      })
      .Case([&](arith::ShLIOp) -> Result {
        return uy >= width ? Result() : Result(ux << uy);
      })
      .Case([&](arith::ShRSIOp) -> Result {
        return uy >= width ? Result() : Result(sx >> uy);
      })
      .Case([&](arith::ShRUIOp) -> Result {
        return uy >= width ? Result() : Result(ux >> uy);
      })
      .Default([](Operation *) { return Result(); });
}

bool isArithmetic(Operation *op) {
  return isa<arith::AddIOp, arith::SubIOp, arith::MulIOp, arith::AndIOp,
             arith::OrIOp, arith::XOrIOp, arith::MaxSIOp, arith::MinSIOp,
             arith::MaxUIOp, arith::MinUIOp, arith::DivSIOp, arith::RemSIOp,
             arith::DivUIOp, arith::RemUIOp, arith::ShLIOp, arith::ShRSIOp,
             arith::ShRUIOp>(op);
}

void applyArithmetic(Operation *op, Operands in, Numbers &result) {
  unsigned width = getWidth(result.type);
  bool isLinear =
      isa<arith::AddIOp, arith::SubIOp, arith::MaxSIOp, arith::MinSIOp>(op) &&
      width > 1;
  for (size_t i = 0, e = result.size(); i < e; ++i) {
    auto value = compute(op, in[0]->integers[i], in[1]->integers[i], width);
    double error = in[0]->errors[i] + in[1]->errors[i];
    result.integers[i] = wrapTo(result.type, value.value_or(0));
    result.errors[i] = !value || (error != 0 && !isLinear) ? kUnknown : error;
  }
}

//===----------------------------------------------------------------------===//
// Comparisons
//===----------------------------------------------------------------------===//

void applyCompare(arith::CmpFOp op, Operands in, Numbers &result) {
  for (size_t i = 0, e = result.size(); i < e; ++i) {
    double x = in[0]->values[i], y = in[1]->values[i];
    double error = in[0]->errors[i] + in[1]->errors[i];
    result.integers[i] =
        arith::applyCmpPredicate(op.getPredicate(), APFloat(x), APFloat(y));
    bool isSure = error == 0 || std::abs(x - y) > error;
    result.errors[i] = isSure ? 0 : error < kUnknown ? 1 : kUnknown;
  }
}

void applyCompare(arith::CmpIOp op, Operands in, Numbers &result) {
  unsigned width = getWidth(in[0]->type);
  for (size_t i = 0, e = result.size(); i < e; ++i) {
    APInt x(width, toUnsigned(in[0]->integers[i], width));
    APInt y(width, toUnsigned(in[1]->integers[i], width));
    result.integers[i] = arith::applyCmpPredicate(op.getPredicate(), x, y);
    double error = in[0]->errors[i] + in[1]->errors[i];
    result.errors[i] = error == 0 ? 0 : 1;
  }
}

void applySelect(Operands in, Numbers &result) {
  for (size_t i = 0, e = result.size(); i < e; ++i) {
    const Numbers &taken = in[0]->integers[i] ? *in[1] : *in[2];
    const Numbers &other = in[0]->integers[i] ? *in[2] : *in[1];
    result.copy(i, taken, i);
    if (in[0]->errors[i] == 0)
      continue;
    double apart = std::abs(taken.get(i) - other.get(i)) + other.errors[i];
    double error = std::max(taken.errors[i], apart);
    result.errors[i] = std::isnan(error) ? kUnknown : error;
  }
}

//===----------------------------------------------------------------------===//
// Conversions
//===----------------------------------------------------------------------===//

/// The integer that a float is cut to; nothing where that is undefined.
std::optional<int64_t> cut(double value, unsigned width, bool isSigned) {
  double low = isSigned ? -std::ldexp(1.0, width - 1) : 0;
  double high = std::ldexp(1.0, isSigned ? width - 1 : width);
  double whole = std::trunc(value);
  if (!(whole >= low && whole < high))
    return std::nullopt;
  return whole < 9.2e18 ? static_cast<int64_t>(whole)
                        : static_cast<int64_t>(static_cast<uint64_t>(whole));
}

void applyFloatToInteger(Operands in, Numbers &result, bool isSigned) {
  unsigned width = getWidth(result.type);
  for (size_t i = 0, e = result.size(); i < e; ++i) {
    double x = in[0]->values[i], error = in[0]->errors[i];
    auto value = cut(x, width, isSigned);
    auto low = cut(x - error, width, isSigned);
    auto high = cut(x + error, width, isSigned);
    result.integers[i] = wrapTo(result.type, value.value_or(0));
    result.errors[i] = value && low && high
                           ? std::max<double>(*high - *value, *value - *low)
                           : kUnknown;
  }
}

void applyIntegerToFloat(Operands in, Numbers &result, bool isSigned) {
  Rounding rounding = Rounding::get(result.type);
  unsigned width = getWidth(in[0]->type);
  for (size_t i = 0, e = result.size(); i < e; ++i) {
    int64_t x = in[0]->integers[i];
    double value = isSigned ? static_cast<double>(toSigned(x, width))
                            : static_cast<double>(toUnsigned(x, width));
    result.values[i] = value;
    bool isWhole = roundTo(result.type, value) == value;
    result.errors[i] =
        in[0]->errors[i] + (isWhole ? 0 : rounding.unit * std::abs(value));
    if (std::abs(value) > rounding.most)
      result.errors[i] = kUnknown;
  }
}

/// Integers of another width.
void applyResize(Operands in, Numbers &result, bool isSigned) {
  unsigned width = getWidth(in[0]->type);
  for (size_t i = 0, e = result.size(); i < e; ++i) {
    int64_t x = in[0]->integers[i];
    int64_t value = isSigned ? toSigned(x, width) : toUnsigned(x, width);
    result.integers[i] = wrapTo(result.type, value);
    result.errors[i] = in[0]->errors[i];
  }
}

void applyBitcast(Operands in, Numbers &result) {
  auto toBits = [](const Numbers &from) {
    NumberTensor tensor;
    tensor.shape = {static_cast<int64_t>(from.size())};
    tensor.numbers = from;
    return tensor.write();
  };
  auto type =
      RankedTensorType::get({static_cast<int64_t>(result.size())}, result.type);
  Numbers read = NumberTensor::read(type, toBits(*in[0]).data()).numbers;
  for (size_t i = 0, e = result.size(); i < e; ++i)
    read.errors[i] = in[0]->errors[i] == 0 ? 0 : kUnknown;
  result = std::move(read);
}

void applyAbs(Operands in, Numbers &result) {
  for (size_t i = 0, e = result.size(); i < e; ++i) {
    int64_t x = in[0]->integers[i];
    result.integers[i] = wrapTo(result.type, x < 0 ? -x : x);
    result.errors[i] = in[0]->errors[i];
  }
}

/// Codes of quantised activations, by their definition in whole numbers.
template <typename Op>
bool applyQuantized(Op op, Operands in, Numbers &result) {
  QuantizedActivation activation = op.getActivation();
  for (size_t i = 0, e = result.size(); i < e; ++i) {
    int64_t x = in[0]->integers[i];
    if (activation.isUnsigned)
      x = toUnsigned(x, activation.width);
    result.integers[i] = wrapTo(result.type, evaluate(activation, x));
    result.errors[i] = in[0]->errors[i] == 0 ? 0 : kUnknown;
  }
  return true;
}

} // namespace

bool hswish::evaluateIntegerOp(Operation *op, Operands in, Numbers &result) {
  if (isArithmetic(op))
    return applyArithmetic(op, in, result), true;
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case<arith::CmpFOp, arith::CmpIOp>(
          [&](auto op) { return applyCompare(op, in, result), true; })
      .Case([&](arith::SelectOp) { return applySelect(in, result), true; })
      .Case([&](arith::FPToSIOp) {
        return applyFloatToInteger(in, result, true), true;
      })
      .Case([&](arith::FPToUIOp) {
        return applyFloatToInteger(in, result, false), true;
      })
      .Case([&](arith::SIToFPOp) {
        return applyIntegerToFloat(in, result, true), true;
      })
      .Case([&](arith::UIToFPOp) {
        return applyIntegerToFloat(in, result, false), true;
      })
      .Case<arith::ExtSIOp, arith::IndexCastOp>(
          [&](auto) { return applyResize(in, result, true), true; })
      .Case<arith::ExtUIOp, arith::TruncIOp, arith::IndexCastUIOp>(
          [&](auto) { return applyResize(in, result, false), true; })
      .Case([&](arith::BitcastOp) { return applyBitcast(in, result), true; })
      .Case([&](math::AbsIOp) { return applyAbs(in, result), true; })
      .Case<QuantizedHardSwishOp, QuantizedHardSigmoidOp>(
          [&](auto op) { return applyQuantized(op, in, result); })
      .Default([](Operation *) { return false; });
}

bool hswish::evaluateElementwise(Operation *op, Operands in, Numbers &result) {
  return evaluateFloatOp(op, in, result) || evaluateIntegerOp(op, in, result);
}
