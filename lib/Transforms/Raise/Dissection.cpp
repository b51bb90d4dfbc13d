//===- Dissection.cpp - What looks like a spelling ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Dissection.h"

#include "Constants.h"
#include "Evaluator.h"
#include "FindSpelling.h"

#include "llvm/Support/Format.h"

using namespace mlir;
using namespace hswish;
using namespace hswish::raise;
using llvm::APFloat;

namespace {

/// Takes a clamp, what comes before it and what comes after it apart.
class Dissection {
public:
  std::optional<Candidate> run(Operation *op);

private:
  void takeClamp(Value value);
  void takeLine(Value value);
  void takeUsers(Value value);
  bool takeUser(Operation *user, Value value);
  void takeScale(const Number &number, bool isDiv);
  Value takeScales(Value factor);
  void takeBound(const Number &bound, bool isMax);

  Candidate c;
};

} // namespace

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

/// The shortest decimal that is read as the same float.
static std::string print(const APFloat &value) {
  for (int digits : {3, 6, 9, 17}) {
    SmallString<24> text;
    value.toString(text, digits, /*FormatMaxPadding=*/3, /*TruncateZero=*/true);
    if (APFloat(value.getSemantics(), text).bitwiseIsEqual(value))
      return text.str().str();
  }
  return "?";
}

/// A computed number, to six digits.
static Number makeNumber(const Rational &value) {
  std::string text = "?";
  if (value.isValid()) {
    text.clear();
    llvm::raw_string_ostream(text) << llvm::format("%.6g", value.toDouble());
  }
  return {value, text};
}

/// The constant that a value is, also if it is computed from others.
static std::optional<Number> getNumber(Value value) {
  if (std::optional<APFloat> splat = getSplat(value)) {
    if (splat->isNaN())
      return Number{Rational::invalid(), "NaN"};
    return Number{snap(*splat), print(*splat)};
  }
  if (!isConstant(value))
    return std::nullopt;
  llvm::DenseMap<Value, Value> aliases;
  Evaluator evaluator({}, aliases);
  const State &state = evaluator.evaluate(value);
  if (state.kind != State::Number || state.infinity != 0)
    return std::nullopt;
  return makeNumber(*state.function.getConstant());
}

static Number getNumber(const APFloat &value) {
  return {snap(value), print(value)};
}

/// The value before casts, views and quantisation.
static Value skipConversions(Value value) {
  std::optional<Link> link = getLink(value);
  while (link && !link->isArithmetic()) {
    value = link->operands[0];
    link = getLink(value);
  }
  return value;
}

/// A link of two operands, one of which is constant: the other and the number.
/// Only the second operand's constant counts if `isOrdered`.
static std::optional<std::pair<Value, Number>> splitConstant(const Link &link,
                                                             bool isOrdered) {
  for (unsigned i : {1, 0})
    if (std::optional<Number> number = getNumber(link.operands[i]);
        number && (i == 1 || !isOrdered))
      return std::pair(link.operands[1 - i], *number);
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Dissection
//===----------------------------------------------------------------------===//

static bool isClampLink(const std::optional<Link> &link) {
  return link && (link->kind == LinkKind::Max || link->kind == LinkKind::Min ||
                  link->kind == LinkKind::Clamp || isa<Relu6Op>(link->op));
}

/// `a < b ? a : b` and its kin as a link of a minimum or maximum.
static std::optional<Link> getClampLink(Operation *op) {
  std::optional<Link> link = getLink(op);
  if (!link || link->kind != LinkKind::Select)
    return isClampLink(link) ? link : std::nullopt;
  std::optional<Link> compare = getLink(link->operands[0]);
  if (!compare || compare->kind != LinkKind::Compare)
    return std::nullopt;
  using enum arith::CmpFPredicate;
  bool isLess = llvm::is_contained({OLT, OLE, ULT, ULE}, compare->predicate);
  bool isGreater = llvm::is_contained({OGT, OGE, UGT, UGE}, compare->predicate);
  bool keeps = compare->operands[0] == link->operands[1] &&
               compare->operands[1] == link->operands[2];
  bool swaps = compare->operands[0] == link->operands[2] &&
               compare->operands[1] == link->operands[1];
  if ((!isLess && !isGreater) || keeps == swaps)
    return std::nullopt;
  Link extremum{isLess == swaps ? LinkKind::Max : LinkKind::Min, op};
  extremum.operands = {compare->operands[0], compare->operands[1]};
  return extremum;
}

static std::optional<Link> getClampLink(Value value) {
  Operation *op = value.getDefiningOp();
  return op ? getClampLink(op) : std::nullopt;
}

void Dissection::takeBound(const Number &bound, bool isMax) {
  if (bound.text == "NaN")
    c.obstacle = "a bound is NaN";
  std::optional<Number> &mine = isMax ? c.low : c.high;
  if (!mine && bound.value.isValid()) // Others are as good as infinite.
    mine = bound;
}

/// Takes the bounds, the outer ones first.
void Dissection::takeClamp(Value value) {
  while (std::optional<Link> link = getClampLink(value)) {
    if (link->kind == LinkKind::Clamp) {
      bool areOperands = link->operands.size() == 3;
      for (unsigned i : {1, 2}) {
        const auto &attribute = i == 1 ? link->low : link->high;
        if (std::optional<Number> bound =
                areOperands ? getNumber(link->operands[i])
                : attribute ? std::optional(getNumber(*attribute))
                            : std::nullopt)
          takeBound(*bound, i == 1);
      }
      value = link->operands[0];
    } else if (link->kind == LinkKind::Activation) {
      c.low = {0, "0"};
      c.high = {6, "6"};
      value = link->operands[0];
    } else {
      auto split = splitConstant(*link, /*isOrdered=*/false);
      if (!split) {
        if (llvm::any_of(link->operands, isNonSplatConstant))
          c.obstacle = "a bound is no splat";
        break;
      }
      takeBound(split->second, link->kind == LinkKind::Max);
      value = split->first;
    }
    value = skipConversions(value);
  }
  c.line = value;
}

/// The other operand of a sum or product with a constant, and that constant; a
/// constant that is no splat has no value.
static std::optional<std::pair<Value, Number>> splitLine(const Link &link) {
  bool isOrdered = link.kind == LinkKind::Sub || link.kind == LinkKind::Div;
  if (auto split = splitConstant(link, isOrdered))
    return split;
  for (unsigned i : {1, 0})
    if (isNonSplatConstant(link.operands[i]))
      return std::pair(link.operands[1 - i], Number{Rational::invalid(), "?"});
  return std::nullopt;
}

/// slope * x + offset, or what there is of it.
void Dissection::takeLine(Value value) {
  using enum LinkKind;
  std::optional<Number> slope, offset;
  while (std::optional<Link> link = getLink(value)) {
    bool isSum = link->kind == Add || link->kind == Sub;
    if (link->kind == Fma && !slope && !offset) {
      slope = getNumber(link->operands[1]);
      offset = getNumber(link->operands[2]);
      value = skipConversions(link->operands[0]);
      break;
    }
    if (isSum ? offset.has_value()
              : slope || (link->kind != Mul && link->kind != Div))
      break;
    auto split = splitLine(*link);
    if (!split)
      break;
    auto [x, number] = *split;
    if (!number.value.isValid())
      c.obstacle = "a constant is no splat";
    if (link->kind == Sub)
      number = makeNumber(-number.value);
    if (link->kind == Div)
      number = {Rational(1) / number.value, "1/" + number.text};
    if (isSum)
      offset = slope ? makeNumber(number.value * slope->value) : number;
    else
      slope = number;
    value = skipConversions(x);
  }
  c.slope = slope.value_or(Number{1, "1"});
  c.offset = offset.value_or(Number{0, "0"});
  c.x = value;
}

void Dissection::takeScale(const Number &number, bool isDiv) {
  (isDiv ? c.divisors : c.multipliers).push_back(number);
  c.scale = isDiv ? c.scale / number.value : c.scale * number.value;
}

/// Takes the constants that the other factor is multiplied or divided by.
Value Dissection::takeScales(Value factor) {
  while (factor != c.x) {
    std::optional<Link> link = getLink(factor);
    bool isDiv = link && link->kind == LinkKind::Div;
    if (!isDiv && (!link || link->kind != LinkKind::Mul))
      break;
    auto split = splitConstant(*link, /*isOrdered=*/isDiv);
    if (!split)
      break;
    takeScale(split->second, isDiv);
    factor = skipConversions(split->first);
  }
  return factor;
}

/// One multiplication or division after the clamp.
bool Dissection::takeUser(Operation *user, Value value) {
  std::optional<Link> link = getLink(user);
  if (!link)
    return false;
  if (!link->isArithmetic())
    return link->kind != LinkKind::Body;
  bool isDiv = link->kind == LinkKind::Div;
  if (link->kind == LinkKind::Reciprocal ||
      (isDiv && link->operands[1] == value)) {
    c.obstacle = "it is the divisor";
    return true;
  }
  if (!isDiv && link->kind != LinkKind::Mul)
    return false;
  Value other = link->operands[link->operands[0] == value ? 1 : 0];
  std::optional<Number> number = getNumber(other);
  if (number) {
    takeScale(*number, isDiv);
  } else if (isNonSplatConstant(other)) {
    c.obstacle = "a factor is no splat";
  } else {
    Value factor = isDiv ? value : skipConversions(other);
    // A second factor belongs to what uses the activation.
    if (!c.others.empty() && factor != c.x)
      return false;
    c.others.push_back(takeScales(factor));
  }
  return true;
}

void Dissection::takeUsers(Value value) {
  constexpr int kMaxUsers = 10;
  for (int i = 0; i < kMaxUsers; ++i) {
    Operation *next = nullptr;
    for (Operation *user : value.getUsers()) {
      next = findRequantise(value, user);
      if (!next && takeUser(user, value))
        next = user;
      if (next)
        break;
    }
    if (!next)
      return;
    value = next->getResult(0);
    if (getLink(next)->isArithmetic())
      c.root = next;
  }
}

std::optional<Candidate> Dissection::run(Operation *op) {
  // The last link of the clamp only.
  if (!getClampLink(op) || llvm::any_of(op->getUsers(), [&](Operation *user) {
        std::optional<Link> link = getClampLink(user);
        return link && skipConversions(link->operands[0]) == op->getResult(0);
      }))
    return std::nullopt;
  c.root = op;
  c.clamp = op->getResult(0);
  takeClamp(c.clamp);
  takeLine(c.line);
  takeUsers(c.clamp);
  return std::move(c);
}

std::optional<Candidate> hswish::raise::dissect(Operation *op) {
  return Dissection().run(op);
}
