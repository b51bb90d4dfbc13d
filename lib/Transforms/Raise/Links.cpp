//===- Links.cpp - The ops that spellings are made of ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Links.h"

#include "Constants.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace hswish;
using namespace hswish::raise;
using llvm::APFloat;

using MaybeLink = std::optional<Link>;

/// A link with the first `count` operands of `op`.
static Link makeLink(LinkKind kind, Operation *op, unsigned count) {
  Link link{kind, op};
  llvm::append_range(link.operands, op->getOperands().take_front(count));
  return link;
}

static Link makeCompare(Operation *op, arith::CmpFPredicate predicate) {
  Link link = makeLink(LinkKind::Compare, op, 2);
  link.predicate = predicate;
  return link;
}

static Link makeExtremum(LinkKind kind, Operation *op, bool propagatesNaN) {
  Link link = makeLink(kind, op, 2);
  link.propagatesNaN = propagatesNaN;
  return link;
}

/// x xor true; constants are second operands or soon will be.
static MaybeLink getNot(arith::XOrIOp op) {
  if (!getElementTypeOrSelf(op.getType()).isInteger(1) ||
      !matchPattern(op.getRhs(), m_One()))
    return std::nullopt;
  return makeLink(LinkKind::Not, op, 1);
}

/// The constant operand of `value`, if it is an OpTy; `value` becomes the
/// other.
template <typename OpTy>
static std::optional<double> takeOperand(Value &value) {
  auto op = value.getDefiningOp<OpTy>();
  std::optional<APFloat> constant =
      op ? getSplat(op->getOperand(1)) : std::nullopt;
  if (!constant)
    return std::nullopt;
  value = op->getOperand(0);
  bool losesInfo;
  constant->convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                    &losesInfo);
  return constant->convertToDouble();
}

bool Quantiser::isValid() const {
  // Larger numbers are no codes, and floats need not hold them.
  constexpr double kLargest = 1 << 20;
  auto isCode = [&](double code) {
    return code == std::trunc(code) && std::abs(code) <= kLargest;
  };
  return step > 0 && std::isfinite(step) && isCode(zero) && isCode(low) &&
         isCode(high) && low < high;
}

APFloat Quantiser::apply(const APFloat &x) const {
  auto number = [&](double value) {
    APFloat result(value);
    bool losesInfo;
    result.convert(x.getSemantics(), APFloat::rmNearestTiesToEven, &losesInfo);
    return result;
  };
  APFloat code = x / number(step);
  code.roundToIntegral(APFloat::rmNearestTiesToEven);
  code = minnum(maxnum(code + number(zero), number(low)), number(high));
  return (code - number(zero)) * number(step);
}

static MaybeLink makeRequantise(Operation *op, Value value,
                                const Quantiser &quantiser) {
  if (!quantiser.isValid())
    return std::nullopt;
  Link link{LinkKind::Requantise, op};
  link.operands.push_back(value);
  link.quantiser = quantiser;
  return link;
}

/// The pair as the importer writes it:
/// (clamp(round(x / scale) + zero, low, high) - zero) * scale.
static MaybeLink getFakeQuantisation(arith::MulFOp op) {
  Value value = op.getResult();
  std::optional<double> scale = takeOperand<arith::MulFOp>(value);
  double zero = takeOperand<arith::SubFOp>(value).value_or(0);
  std::optional<double> high = takeOperand<arith::MinNumFOp>(value);
  std::optional<double> low = takeOperand<arith::MaxNumFOp>(value);
  if (!scale || !high || !low ||
      takeOperand<arith::AddFOp>(value).value_or(0) != zero)
    return std::nullopt;
  auto round = value.getDefiningOp<math::RoundEvenOp>();
  if (!round)
    return std::nullopt;
  value = round.getOperand();
  if (takeOperand<arith::DivFOp>(value) != scale)
    return std::nullopt;
  return makeRequantise(op, value, {*scale, zero, *low, *high});
}

static MaybeLink getMul(arith::MulFOp op) {
  MaybeLink pair = getFakeQuantisation(op);
  return pair ? pair : makeLink(LinkKind::Mul, op, 2);
}

static MaybeLink getArithLink(Operation *op) {
  using enum LinkKind;
  return TypeSwitch<Operation *, MaybeLink>(op)
      .Case([&](arith::AddFOp) { return makeLink(Add, op, 2); })
      .Case([&](arith::SubFOp) { return makeLink(Sub, op, 2); })
      .Case([&](arith::MulFOp mul) { return getMul(mul); })
      .Case([&](arith::DivFOp) { return makeLink(Div, op, 2); })
      .Case([&](arith::NegFOp) { return makeLink(Negate, op, 1); })
      .Case([&](arith::MaximumFOp) { return makeExtremum(Max, op, true); })
      .Case([&](arith::MinimumFOp) { return makeExtremum(Min, op, true); })
      .Case([&](arith::MaxNumFOp) { return makeExtremum(Max, op, false); })
      .Case([&](arith::MinNumFOp) { return makeExtremum(Min, op, false); })
      .Case([&](arith::CmpFOp c) { return makeCompare(op, c.getPredicate()); })
      .Case([&](arith::SelectOp) { return makeLink(Select, op, 3); })
      .Case([&](arith::AndIOp) { return makeLink(And, op, 2); })
      .Case([&](arith::OrIOp) { return makeLink(Or, op, 2); })
      .Case([&](arith::XOrIOp x) { return getNot(x); })
      .Case<arith::ExtFOp, arith::TruncFOp>(
          [&](auto) { return makeLink(Cast, op, 1); })
      .Case<math::FmaOp, vector::FMAOp>(
          [&](auto) { return makeLink(Fma, op, 3); })
      .Case([&](math::ClampFOp) { return makeLink(Clamp, op, 3); })
      .Case<Relu6Op, HardSigmoidOp, HardSwishOp>(
          [&](auto) { return makeLink(Activation, op, 1); })
      .Default([](auto) { return std::nullopt; });
}

static MaybeLink getTosaLink(Operation *op) {
  using enum LinkKind;
  using arith::CmpFPredicate;
  auto propagates = [](auto op) {
    return op.getNanMode() == tosa::NanPropagationMode::PROPAGATE;
  };
  return TypeSwitch<Operation *, MaybeLink>(op)
      .Case([&](tosa::AddOp) { return makeLink(Add, op, 2); })
      .Case([&](tosa::SubOp) { return makeLink(Sub, op, 2); })
      .Case([&](tosa::MulOp) { return makeLink(Mul, op, 2); })
      .Case([&](tosa::NegateOp) { return makeLink(Negate, op, 1); })
      .Case([&](tosa::ReciprocalOp) { return makeLink(Reciprocal, op, 1); })
      .Case([&](tosa::MaximumOp m) {
        return makeExtremum(Max, op, propagates(m));
      })
      .Case([&](tosa::MinimumOp m) {
        return makeExtremum(Min, op, propagates(m));
      })
      .Case([&](tosa::ClampOp clamp) {
        Link link = makeLink(Clamp, op, 1);
        link.propagatesNaN = propagates(clamp);
        link.low = getSplat(clamp.getMinValAttr());
        link.high = getSplat(clamp.getMaxValAttr());
        return link;
      })
      .Case(
          [&](tosa::GreaterOp) { return makeCompare(op, CmpFPredicate::OGT); })
      .Case([&](tosa::GreaterEqualOp) {
        return makeCompare(op, CmpFPredicate::OGE);
      })
      .Case([&](tosa::EqualOp) { return makeCompare(op, CmpFPredicate::OEQ); })
      .Case([&](tosa::SelectOp) { return makeLink(Select, op, 3); })
      .Case([&](tosa::LogicalAndOp) { return makeLink(And, op, 2); })
      .Case([&](tosa::LogicalOrOp) { return makeLink(Or, op, 2); })
      .Case([&](tosa::LogicalNotOp) { return makeLink(Not, op, 1); })
      .Case([&](tosa::CastOp) { return makeLink(Cast, op, 1); })
      .Case<tosa::TransposeOp, tosa::ReshapeOp, tosa::IdentityOp>(
          [&](auto) { return makeLink(View, op, 1); })
      .Default([](auto) { return std::nullopt; });
}

/// quant.dcast of quant.qcast of one scale.
static MaybeLink getRequantise(quant::DequantizeCastOp op) {
  auto quantize = op.getInput().getDefiningOp<quant::QuantizeCastOp>();
  auto type = dyn_cast<quant::UniformQuantizedType>(
      getElementTypeOrSelf(op.getInput().getType()));
  if (!quantize || !type)
    return std::nullopt;
  return makeRequantise(op, quantize.getInput(),
                        {type.getScale(), double(type.getZeroPoint()),
                         double(type.getStorageTypeMin()),
                         double(type.getStorageTypeMax())});
}

/// An op of linalg that computes each element of its one result from the
/// elements of its operands.
static MaybeLink getBody(linalg::LinalgOp op) {
  if (op->getNumResults() != 1 || !op.hasPureTensorSemantics() ||
      op.getNumParallelLoops() != op.getNumLoops() ||
      !op.getIndexingMapMatchingResult(op->getResult(0)).isIdentity())
    return std::nullopt;
  Link link{LinkKind::Body, op};
  for (OpOperand &operand : op->getOpOperands())
    if (op.payloadUsesValueFromOperand(&operand))
      link.operands.push_back(operand.get());
  return link;
}

static MaybeLink getShapeLink(Operation *op) {
  if (isa<tensor::CastOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp,
          linalg::TransposeOp, vector::TransposeOp, vector::ShapeCastOp>(op))
    return makeLink(LinkKind::View, op, 1);
  if (auto dequantize = dyn_cast<quant::DequantizeCastOp>(op))
    return getRequantise(dequantize);
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
    return getBody(linalgOp);
  return std::nullopt;
}

MaybeLink hswish::raise::getLink(Operation *op) {
  if (!op || op->getNumResults() != 1)
    return std::nullopt;
  Type element = getElementTypeOrSelf(op->getResult(0));
  if (!isa<Float16Type, BFloat16Type, Float32Type, Float64Type>(element) &&
      !element.isInteger(1))
    return std::nullopt;
  for (auto get : {getArithLink, getTosaLink, getShapeLink})
    if (MaybeLink link = get(op)) {
      // Casts from integers are none of ours.
      bool isFloatCast =
          link->kind != LinkKind::Cast ||
          isa<FloatType>(getElementTypeOrSelf(link->operands[0]));
      return isFloatCast ? link : std::nullopt;
    }
  return std::nullopt;
}

MaybeLink hswish::raise::getLink(Value value) {
  return getLink(value.getDefiningOp());
}

static Operation *findRequantise(Value value, Operation *user, int depth) {
  MaybeLink link = getLink(user);
  if (link && link->kind == LinkKind::Requantise)
    return link->operands[0] == value ? user : nullptr;
  if (user->getNumResults() != 1 || depth == 0)
    return nullptr;
  for (Operation *next : user->getResult(0).getUsers())
    if (Operation *end = ::findRequantise(value, next, depth - 1))
      return end;
  return nullptr;
}

Operation *hswish::raise::findRequantise(Value value, Operation *user) {
  // The longest pair divides, rounds, adds, clamps, subtracts and multiplies.
  constexpr int kMaxDepth = 6;
  bool begins = isa<quant::QuantizeCastOp, arith::DivFOp>(user);
  return begins ? ::findRequantise(value, user, kMaxDepth) : nullptr;
}

OpOperand *hswish::raise::getBoundOperand(BlockArgument argument) {
  auto op =
      dyn_cast_or_null<linalg::LinalgOp>(argument.getOwner()->getParentOp());
  if (!op || op.getBlock() != argument.getOwner())
    return nullptr;
  return op.getMatchingOpOperand(argument);
}

bool hswish::raise::areSameConversion(const Link &a, const Link &b) {
  return !a.isArithmetic() && a.op->getName() == b.op->getName() &&
         a.operands == b.operands && a.quantiser == b.quantiser &&
         a.op->getResultTypes() == b.op->getResultTypes() &&
         a.op->getAttrDictionary() == b.op->getAttrDictionary();
}
