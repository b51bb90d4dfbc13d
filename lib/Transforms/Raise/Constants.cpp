//===- Constants.cpp - What a constant of a spelling means ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <cstring>

using namespace mlir;
using namespace hswish::raise;
using llvm::APFloat;

//===----------------------------------------------------------------------===//
// Splats
//===----------------------------------------------------------------------===//

/// Whether the buffer repeats its first `size` bytes to its end.
static bool repeats(ArrayRef<char> data, size_t size) {
  return data.size() >= size && data.size() % size == 0 &&
         std::memcmp(data.data(), data.data() + size, data.size() - size) == 0;
}

std::optional<APFloat> hswish::raise::getSplat(Attribute attr) {
  if (auto scalar = dyn_cast_or_null<FloatAttr>(attr))
    return scalar.getValue();
  auto elements = dyn_cast_or_null<ElementsAttr>(attr);
  if (!elements || elements.empty())
    return std::nullopt;
  auto type = dyn_cast<FloatType>(elements.getElementType());
  if (!type)
    return std::nullopt;
  size_t size = llvm::divideCeil(type.getWidth(), 8);
  if (auto dense = dyn_cast<DenseFPElementsAttr>(attr)) {
    if (dense.isSplat() || repeats(dense.getRawData(), size))
      return *dense.value_begin<APFloat>();
  } else if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || !repeats(blob->getData(), size))
      return std::nullopt;
    ArrayRef<char> first = blob->getData().take_front(size);
    auto scalar = DenseElementsAttr::getFromRawBuffer(
        RankedTensorType::get({1}, type), first);
    return *scalar.value_begin<APFloat>();
  }
  return std::nullopt;
}

/// The value that all elements of this one are copies or a subset of.
static Value getElementSource(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    // The scalar of a constant tensor in the body of a linalg op.
    auto op = dyn_cast<linalg::LinalgOp>(argument.getOwner()->getParentOp());
    if (!op || argument.getOwner() != op.getBlock())
      return {};
    OpOperand &operand = op->getOpOperand(argument.getArgNumber());
    // A reduction's accumulator is what it starts with only once.
    bool accumulates = op.isDpsInit(&operand) && op.getNumReductionLoops() > 0;
    return accumulates ? Value() : operand.get();
  }
  return TypeSwitch<Operation *, Value>(value.getDefiningOp())
      .Case<tensor::SplatOp>([](auto op) { return op.getInput(); })
      .Case<tensor::CastOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp,
            tensor::ReshapeOp, tensor::ExtractOp, tensor::ExtractSliceOp,
            vector::BroadcastOp, vector::ShapeCastOp, vector::TransposeOp,
            vector::ExtractOp, tosa::ReshapeOp, tosa::TransposeOp, tosa::TileOp,
            tosa::IdentityOp>([](Operation *op) { return op->getOperand(0); })
      .Case<tensor::FromElementsOp>([](auto op) -> Value {
        return llvm::all_equal(op.getElements()) && !op.getElements().empty()
                   ? op.getElements()[0]
                   : Value();
      })
      .Case<linalg::FillOp, linalg::BroadcastOp, linalg::TransposeOp>(
          [](Operation *op) { return op->getOperand(0); })
      .Case<linalg::GenericOp>([&](linalg::GenericOp op) -> Value {
        // What the body yields for each element.
        return op.getBody()->getTerminator()->getOperand(
            cast<OpResult>(value).getResultNumber());
      })
      .Default([](Operation *) { return Value(); });
}

/// Follows `value` to the constant that it consists of; through a conversion of
/// integers only for who wants to know it.
static Attribute getConstantSource(Value value,
                                   Operation **conversion = nullptr) {
  constexpr int kMaxLinks = 8;
  for (int i = 0; value && i < kMaxLinks; ++i) {
    Attribute attr;
    if (matchPattern(value, m_Constant(&attr)))
      return attr;
    if (auto constant = value.getDefiningOp<tosa::ConstOp>())
      return constant.getValuesAttr();
    Operation *op = value.getDefiningOp();
    if (conversion && isa_and_nonnull<arith::SIToFPOp, arith::UIToFPOp>(op)) {
      *conversion = op;
      value = op->getOperand(0);
      continue;
    }
    value = getElementSource(value);
  }
  return {};
}

/// The one integer that all elements of this attribute are, if they are.
static std::optional<APInt> getIntegerSplat(Attribute attr) {
  if (auto scalar = dyn_cast_or_null<IntegerAttr>(attr))
    return scalar.getValue();
  auto elements = dyn_cast_or_null<DenseIntElementsAttr>(attr);
  if (!elements || !elements.isSplat())
    return std::nullopt;
  return elements.getSplatValue<APInt>();
}

std::optional<APFloat> hswish::raise::getSplat(Value value) {
  auto type = dyn_cast<FloatType>(getElementTypeOrSelf(value));
  if (!type)
    return std::nullopt;
  Operation *conversion = nullptr;
  Attribute attr = getConstantSource(value, &conversion);
  if (!conversion)
    return getSplat(attr);
  std::optional<APInt> integer = getIntegerSplat(attr);
  // A constant of another type would be converted once more.
  if (!integer || getElementTypeOrSelf(conversion->getResult(0)) != type)
    return std::nullopt;
  APFloat number(type.getFloatSemantics());
  number.convertFromAPInt(*integer, isa<arith::SIToFPOp>(conversion),
                          APFloat::rmNearestTiesToEven);
  return number;
}

bool hswish::raise::areEqual(Value a, Value b) {
  if (a == b)
    return true;
  std::optional<APFloat> c = getSplat(a), d = getSplat(b);
  return c && d && &c->getSemantics() == &d->getSemantics() &&
         c->bitwiseIsEqual(*d);
}

bool hswish::raise::isNonSplatConstant(Value value) {
  Attribute attr = getConstantSource(value);
  return isa_and_nonnull<ElementsAttr>(attr) && !getSplat(attr);
}

//===----------------------------------------------------------------------===//
// Snapping
//===----------------------------------------------------------------------===//

/// k / q in `semantics`.
static APFloat divide(const llvm::fltSemantics &semantics, int k, int q,
                      APFloat::roundingMode mode) {
  APFloat n{double(k)}, d{double(q)};
  bool losesInfo;
  n.convert(semantics, APFloat::rmNearestTiesToEven, &losesInfo);
  d.convert(semantics, APFloat::rmNearestTiesToEven, &losesInfo);
  n.divide(d, mode);
  return n;
}

/// `x` as a double, which holds all of our types.
static double toDouble(APFloat x) {
  bool losesInfo;
  x.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &losesInfo);
  return x.convertToDouble();
}

/// Whether `c`, a constant of `type`, is k / q rounded to that type, or to a
/// narrower one before (in f32 and f64 also in the wrong direction), or a
/// decimal rounding of it to six places or more.
static bool isRoundingOf(double c, const llvm::fltSemantics &type, int k,
                         int q) {
  // The coarsest rounding, bf16's, is within 2^-9.
  double exact = double(k) / q;
  if (std::abs(c - exact) > std::abs(exact) / 256)
    return false;
  auto isQuotient = [&](const llvm::fltSemantics &semantics,
                        APFloat::roundingMode mode) {
    return c == toDouble(divide(semantics, k, q, mode));
  };
  bool isHalf = &type == &APFloat::IEEEhalf() || &type == &APFloat::BFloat();
  if (isHalf)
    return isQuotient(type, APFloat::rmNearestTiesToEven);
  for (const auto *half : {&APFloat::IEEEhalf(), &APFloat::BFloat()})
    if (isQuotient(*half, APFloat::rmNearestTiesToEven))
      return true;
  for (const auto *wide : {&APFloat::IEEEsingle(), &APFloat::IEEEdouble()})
    if (isQuotient(*wide, APFloat::rmTowardNegative) ||
        isQuotient(*wide, APFloat::rmTowardPositive))
      return true;
  for (int places = 6; places <= 17; ++places) {
    std::string text;
    llvm::raw_string_ostream(text) << llvm::format("%.*f", places, exact);
    for (const auto *semantics : {&type, &APFloat::IEEEsingle()})
      if (c == toDouble(APFloat(*semantics, text)))
        return true;
  }
  return false;
}

/// The binary fraction that `c` is.
static Rational makeExact(double c) {
  int exponent;
  double fraction = std::frexp(c, &exponent);
  auto mantissa = int64_t(std::ldexp(fraction, 53));
  exponent -= 53;
  int zeros = mantissa == 0 ? 0 : llvm::countr_zero(uint64_t(mantissa));
  mantissa >>= zeros;
  exponent += zeros;
  if (mantissa == 0)
    return 0;
  if (exponent < -62 || exponent > 62)
    return Rational::invalid();
  Rational power(int64_t(1) << std::abs(exponent));
  return exponent < 0 ? Rational(mantissa) / power : Rational(mantissa) * power;
}

Rational hswish::raise::snap(const APFloat &constant) {
  if (!constant.isFinite())
    return Rational::invalid();
  double c = toDouble(constant);
  for (int q : {3, 6, 12}) {
    constexpr double kLargest = 64;
    double k = std::round(c * q);
    if (std::abs(k) > kLargest || int(k) % 3 == 0)
      continue; // Representable: nothing to snap.
    if (isRoundingOf(c, constant.getSemantics(), int(k), q))
      return {int64_t(k), q};
  }
  return makeExact(c);
}

int hswish::raise::getInfinity(const APFloat &constant) {
  if (constant.isNaN())
    return 0;
  APFloat magnitude = llvm::abs(constant);
  bool isWide =
      magnitude.isInfinity() || magnitude.isLargest() ||
      toDouble(magnitude) >= toDouble(APFloat::getLargest(APFloat::BFloat()));
  return !isWide ? 0 : constant.isNegative() ? -1 : 1;
}
