//===- Slack.cpp - What quantisers round ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Slack.h"

#include "Constants.h"

#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace hswish;
using namespace hswish::raise;

using MaybeFunction = std::optional<Function>;

static MaybeFunction addBounds(const MaybeFunction &f, const MaybeFunction &g) {
  return f && g ? add(*f, *g) : std::nullopt;
}

/// f * g, of magnitudes if one of them is a bound.
static MaybeFunction scale(const Function &f, const Function &bound) {
  MaybeFunction negative = sub(Function::constant(0), f);
  MaybeFunction magnitude =
      negative ? extremum(f, *negative, /*isMax=*/true, /*propagatesNaN=*/true)
               : std::nullopt;
  return magnitude ? mul(*magnitude, bound) : std::nullopt;
}

//===----------------------------------------------------------------------===//
// The pair
//===----------------------------------------------------------------------===//

/// Ends and steps are taken as multiples of this part of one, and an error of
/// one such multiple is a part of the bound.
static constexpr double kParts = 1 << 20;

/// An end of the range. Converters round scales, so an end that is half a step
/// or less from what a clamp has is taken for that; any other is moved outwards
/// by as much. In both cases the pair is half a step at most from a clamp to
/// it.
static Rational getEnd(double end, double outward) {
  for (int wanted : {0, 1, 6})
    if (std::abs(end - wanted) <= std::abs(outward))
      return wanted;
  return {std::llround((end + outward) * kParts), int64_t(kParts)};
}

State hswish::raise::requantise(const Link &link, State state) {
  if (state.kind != State::Number)
    return state;
  const Quantiser &q = link.quantiser;
  double half = q.step / 2, rangeLow = q.rangeLow(), rangeHigh = q.rangeHigh();
  auto [low, high] = state.function.getRange(-3, 3);
  if (!low.isValid() || !high.isValid())
    return State::unknown(link.op, "a range is not representable");
  if (std::max({half, std::abs(rangeLow), std::abs(rangeHigh)}) > kParts)
    return State::unknown(link.op, "a quantised range is too wide");
  // What truncates is kept to be explained.
  if (rangeLow > low.toDouble() + half || rangeHigh < high.toDouble() - half)
    state.reason =
        llvm::formatv("a quantised range of {0:F3} to {1:F3} "
                      "truncates {2:F3} to {3:F3}",
                      rangeLow, rangeHigh, low.toDouble(), high.toDouble());
  Function lowEnd = Function::constant(getEnd(rangeLow, -half));
  Function highEnd = Function::constant(getEnd(rangeHigh, half));
  MaybeFunction clamped =
      extremum(state.function, lowEnd, /*isMax=*/true, /*propagatesNaN=*/false);
  if (clamped)
    clamped = extremum(*clamped, highEnd, /*isMax=*/false,
                       /*propagatesNaN=*/true);
  MaybeFunction slack =
      add(state.slack,
          Function::constant(Rational(int64_t(std::ceil(half * kParts)) + 1,
                                      int64_t(kParts))));
  if (!clamped || !slack)
    return State::unknown(link.op, "no piecewise polynomial comes out");
  state.function = std::move(*clamped);
  state.slack = std::move(*slack);
  return state;
}

//===----------------------------------------------------------------------===//
// What follows
//===----------------------------------------------------------------------===//

/// The slack of a product is |f| e + |g| d + d e, where d and e are those of f
/// and g.
static MaybeFunction multiply(const State &f, const State &g) {
  return addBounds(
      addBounds(scale(f.function, g.slack), scale(g.function, f.slack)),
      mul(f.slack, g.slack));
}

static MaybeFunction addAll(ArrayRef<const State *> states) {
  MaybeFunction sum = Function::constant(0);
  for (const State *state : states)
    sum = addBounds(sum, state->slack);
  return sum;
}

/// `a < b ? a : b` and its kin: one of the two, whichever is chosen wrongly is
/// as close.
static bool isExtremum(const Link &select) {
  std::optional<Link> compare = getLink(select.operands[0]);
  if (!compare || compare->kind != LinkKind::Compare)
    return false;
  Value a = compare->operands[0], b = compare->operands[1];
  Value p = select.operands[1], q = select.operands[2];
  return (areEqual(a, p) && areEqual(b, q)) ||
         (areEqual(a, q) && areEqual(b, p));
}

MaybeFunction hswish::raise::computeSlack(const Link &link,
                                          ArrayRef<const State *> operands) {
  using enum LinkKind;
  switch (link.kind) {
  case Mul:
    return multiply(*operands[0], *operands[1]);
  case Div:
  case Reciprocal: {
    // Divisors are constants, which are exact.
    auto inverse = div(Function::constant(1), operands.back()->function);
    return inverse && link.kind == Div ? scale(*inverse, operands[0]->slack)
                                       : std::nullopt;
  }
  case Fma:
    return addBounds(multiply(*operands[0], *operands[1]), operands[2]->slack);
  case Select:
    if (operands[0]->isRounded() && !isExtremum(link))
      return std::nullopt;
    return addAll(operands.drop_front());
  case Activation:
    // No slope is above 3/2.
    return scale(Function::constant(Rational(3, 2)), operands[0]->slack);
  default:
    // No sum, clamp or condition makes more of it.
    return addAll(operands);
  }
}
