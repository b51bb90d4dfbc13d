//===- DefineArithmetic.cpp - Results where arith has none ----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Codegen/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/TypeSwitch.h"

namespace hswish {
#define GEN_PASS_DEF_DEFINEARITHMETICPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

namespace {

/// Arithmetic on scalars, or on vectors of one shape.
class Arithmetic {
public:
  explicit Arithmetic(Operation *op) : b(op->getLoc(), op) {}

  static Type withElement(Type type, Type element) {
    auto vector = dyn_cast<VectorType>(type);
    return vector ? Type(vector.clone(element)) : element;
  }
  Value constant(Type type, TypedAttr number) {
    if (auto vector = dyn_cast<VectorType>(type))
      number = DenseElementsAttr::get(vector, number);
    return arith::ConstantOp::create(b, number);
  }
  Value integer(Type type, const APInt &number) {
    return constant(type, b.getIntegerAttr(getElementTypeOrSelf(type), number));
  }
  Value integer(Type type, int64_t number) {
    unsigned width = getElementTypeOrSelf(type).getIntOrFloatBitWidth();
    return integer(type, APInt(width, number, /*isSigned=*/true,
                               /*implicitTrunc=*/true));
  }
  Value compare(arith::CmpIPredicate predicate, Value x, Value y) {
    return arith::CmpIOp::create(b, predicate, x, y);
  }
  Value compare(arith::CmpFPredicate predicate, Value x, double y) {
    Attribute number = b.getFloatAttr(getElementTypeOrSelf(x), y);
    return arith::CmpFOp::create(
        b, predicate, x, constant(x.getType(), cast<TypedAttr>(number)));
  }
  Value equals(Value x, int64_t number) {
    return compare(arith::CmpIPredicate::eq, x, integer(x.getType(), number));
  }
  Value isOdd(Value x) {
    Value one = integer(x.getType(), 1);
    return compare(arith::CmpIPredicate::eq, arith::AndIOp::create(b, x, one),
                   one);
  }
  Value select(Value condition, Value x, Value y) {
    return arith::SelectOp::create(b, condition, x, y);
  }

  ImplicitLocOpBuilder b;
};

} // namespace

//===----------------------------------------------------------------------===//
// Division
//===----------------------------------------------------------------------===//

/// x / 0 and x % 0 are 0; the quotient of the smallest integer and -1 wraps.
static void defineDivision(Operation *op, bool isSigned, bool isRemainder) {
  Value x = op->getOperand(0), y = op->getOperand(1);
  Type type = y.getType();
  APInt divisor;
  if (matchPattern(y, m_ConstantInt(&divisor)) && !divisor.isZero() &&
      !(isSigned && divisor.isAllOnes()))
    return;
  Arithmetic b(op);
  Value isZero = b.equals(y, 0), isUnfit = isZero;
  if (isSigned) {
    unsigned width = getElementTypeOrSelf(type).getIntOrFloatBitWidth();
    Value smallest = b.integer(type, APInt::getSignedMinValue(width));
    Value overflows = arith::AndIOp::create(
        b.b, b.compare(arith::CmpIPredicate::eq, x, smallest), b.equals(y, -1));
    isUnfit = arith::OrIOp::create(b.b, isZero, overflows);
  }
  // x / 1 is the wrapped quotient, and x % 1 is 0 already.
  op->setOperand(1, b.select(isUnfit, b.integer(type, 1), y));
  if (isRemainder)
    return;
  b.b.setInsertionPointAfter(op);
  Value quotient = op->getResult(0);
  Value defined = b.select(isZero, b.integer(type, 0), quotient);
  quotient.replaceAllUsesExcept(defined, defined.getDefiningOp());
}

//===----------------------------------------------------------------------===//
// Conversions
//===----------------------------------------------------------------------===//

/// Whether `x` is clamped to [low, high], which NaN is not outside of either.
static bool isClamped(Value x, const APFloat &low, const APFloat &high) {
  auto min = x.getDefiningOp<arith::MinNumFOp>();
  auto max = min ? min.getLhs().getDefiningOp<arith::MaxNumFOp>() : nullptr;
  APFloat least(0.0), most(0.0);
  return max && matchPattern(min.getRhs(), m_ConstantFloat(&most)) &&
         matchPattern(max.getRhs(), m_ConstantFloat(&least)) && least >= low &&
         most < high;
}

/// Floats beyond the integers become the nearest one, NaN becomes 0.
static void defineToInteger(Operation *op, bool isSigned) {
  Arithmetic b(op);
  Value x = op->getOperand(0);
  auto source = cast<FloatType>(getElementTypeOrSelf(x));
  if (source.getWidth() < 32) {
    Type f32 = Arithmetic::withElement(x.getType(), b.b.getF32Type());
    x = arith::ExtFOp::create(b.b, f32, x);
    op->setOperand(0, x);
  }
  Value result = op->getResult(0);
  Type type = result.getType();
  unsigned width = getElementTypeOrSelf(type).getIntOrFloatBitWidth();
  double high = std::ldexp(1.0, isSigned ? width - 1 : width);
  double low = isSigned ? -high : 0.0;
  auto attr = [&](double number) {
    return b.b.getFloatAttr(getElementTypeOrSelf(x), number).getValue();
  };
  if (isClamped(x, attr(low), attr(high)))
    return;
  b.b.setInsertionPointAfter(op);
  auto limit = [&](bool isHigh) {
    return b.integer(type, !isSigned ? (isHigh ? APInt::getMaxValue(width)
                                               : APInt::getZero(width))
                           : isHigh  ? APInt::getSignedMaxValue(width)
                                     : APInt::getSignedMinValue(width));
  };
  // A select does not look at the operand that it does not take: that may be
  // poison.
  using enum arith::CmpFPredicate;
  Value value = b.select(b.compare(OGE, x, high), limit(true), result);
  SmallPtrSet<Operation *, 2> own = {value.getDefiningOp()};
  if (isSigned)
    value = b.select(b.compare(OLT, x, low), limit(false), value);
  Value isNone = b.compare(isSigned ? UNO : ULT, x, 0.0);
  value = b.select(isNone, b.integer(type, 0), value);
  result.replaceAllUsesExcept(value, own);
}

/// Integers become the nearest half by way of a wider float. That rounds once:
/// f32 has all integers below 2^24, beyond which f16 has only infinity; and f64
/// goes to bf16 as if the integer did.
static void defineToHalf(Operation *op) {
  Value result = op->getResult(0);
  Type type = result.getType(), element = getElementTypeOrSelf(type);
  if (!element.isF16() && !element.isBF16())
    return;
  Arithmetic b(op);
  Type wide =
      element.isBF16() ? Type(b.b.getF64Type()) : Type(b.b.getF32Type());
  result.setType(Arithmetic::withElement(type, wide));
  b.b.setInsertionPointAfter(op);
  auto half = arith::TruncFOp::create(b.b, type, result);
  result.replaceAllUsesExcept(half, half);
}

//===----------------------------------------------------------------------===//
// Powers
//===----------------------------------------------------------------------===//

/// One step of the binary method: `power` times `base` if the last bit of the
/// exponent says so, the square of `base`.
static std::pair<Value, Value> squareAndMultiply(Arithmetic &b, Value power,
                                                 Value base, Value isOdd) {
  Value product = arith::MulIOp::create(b.b, power, base);
  Value next = isOdd ? b.select(isOdd, product, power) : product;
  return {next, arith::MulIOp::create(b.b, base, base)};
}

/// base^exponent for an exponent that is not negative; wraps.
static Value raise(Arithmetic &b, Value base, Value exponent) {
  Type type = base.getType();
  Value one = b.integer(type, 1);
  unsigned width = getElementTypeOrSelf(type).getIntOrFloatBitWidth();
  APInt number;
  if (matchPattern(exponent, m_ConstantInt(&number))) {
    Value power = one, square = base;
    for (unsigned bit = 0, e = number.getActiveBits(); bit < e; ++bit)
      if (number[bit])
        std::tie(power, square) = squareAndMultiply(b, power, square, {});
      else
        square = arith::MulIOp::create(b.b, square, square);
    return power;
  }
  auto index = [&](int64_t i) -> Value {
    return arith::ConstantIndexOp::create(b.b, i);
  };
  auto loop = scf::ForOp::create(b.b, index(0), index(width), index(1),
                                 ValueRange{one, base, exponent});
  OpBuilder::InsertionGuard guard(b.b);
  b.b.setInsertionPointToStart(loop.getBody());
  ValueRange args = loop.getRegionIterArgs();
  auto [power, square] =
      squareAndMultiply(b, args[0], args[1], b.isOdd(args[2]));
  Value rest = arith::ShRUIOp::create(b.b, args[2], one);
  scf::YieldOp::create(b.b, ValueRange{power, square, rest});
  return loop.getResult(0);
}

/// Negative powers are 0, but of 1 and -1.
static void expandPower(math::IPowIOp op) {
  Arithmetic b(op);
  Value base = op.getLhs(), exponent = op.getRhs();
  Type type = op.getType();
  Value power = raise(b, base, exponent);
  APInt number;
  if (!matchPattern(exponent, m_ConstantInt(&number)) || number.isNegative()) {
    Value zero = b.integer(type, 0), one = b.integer(type, 1);
    Value sign = b.select(b.isOdd(exponent), base, one);
    Value isUnit =
        arith::OrIOp::create(b.b, b.equals(base, 1), b.equals(base, -1));
    Value isNegative = b.compare(arith::CmpIPredicate::slt, exponent, zero);
    power = b.select(isNegative, b.select(isUnit, sign, zero), power);
  }
  op.replaceAllUsesWith(power);
  op.erase();
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// Whether `op` is arithmetic of the model: kernels compute with indices, and
/// know what they divide by.
static bool isOfModel(Operation *op) {
  return op->getNumResults() == 1 && op->getNumOperands() > 0 &&
         !isa<TensorType>(op->getResult(0).getType()) &&
         getElementTypeOrSelf(op->getResult(0)).isIntOrFloat();
}

namespace {
struct DefineArithmeticPass
    : hswish::impl::DefineArithmeticPassBase<DefineArithmeticPass> {
  using Base::Base;

  void runOnOperation() override {
    if (failed(expandRoundedDivisions()))
      return signalPassFailure();
    SmallVector<Operation *> worklist;
    getOperation()->walk([&](Operation *op) {
      if (isOfModel(op))
        worklist.push_back(op);
    });
    for (Operation *op : worklist)
      llvm::TypeSwitch<Operation *>(op)
          .Case<arith::DivSIOp>(
              [](auto op) { defineDivision(op, true, false); })
          .Case<arith::DivUIOp>(
              [](auto op) { defineDivision(op, false, false); })
          .Case<arith::RemSIOp>([](auto op) { defineDivision(op, true, true); })
          .Case<arith::RemUIOp>(
              [](auto op) { defineDivision(op, false, true); })
          .Case<arith::FPToSIOp>([](auto op) { defineToInteger(op, true); })
          .Case<arith::FPToUIOp>([](auto op) { defineToInteger(op, false); })
          .Case<arith::SIToFPOp, arith::UIToFPOp>(
              [](auto op) { defineToHalf(op); })
          .Case([](math::IPowIOp op) { expandPower(op); });
  }

  /// Divisions that round up or down are made of those that round to zero.
  LogicalResult expandRoundedDivisions() {
    SmallVector<Operation *> worklist;
    getOperation()->walk([&](Operation *op) {
      if (isa<arith::CeilDivSIOp, arith::CeilDivUIOp, arith::FloorDivSIOp>(
              op) &&
          isOfModel(op))
        worklist.push_back(op);
    });
    RewritePatternSet patterns(&getContext());
    arith::populateCeilFloorDivExpandOpsPatterns(patterns);
    return applyOpPatternsGreedily(worklist, std::move(patterns));
  }
};
} // namespace
