//===- Explain.cpp - Why something is no spelling ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What was raised is gone. What is left and has a clamp of a line, scaled or
// multiplied, is taken apart into the constants that a spelling has: those that
// differ are the reason. Of anything else it is said where its values differ.
//
//===----------------------------------------------------------------------===//

#include "hswish/Transforms/Raise.h"

#include "Activations.h"
#include "Dissection.h"
#include "Evaluator.h"
#include "FindSpelling.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace hswish;
using namespace hswish::raise;

//===----------------------------------------------------------------------===//
// Reasons
//===----------------------------------------------------------------------===//

static bool isNear(const std::optional<Number> &n, double low, double high) {
  return n && n->value.isValid() && n->value.toDouble() >= low &&
         n->value.toDouble() <= high;
}

static bool is(const std::optional<Number> &n, const Rational &value) {
  return n && n->value == value;
}

/// What one would expect, by what is closest.
struct Expectation {
  bool isSigmoid; ///< clamp(x/6 + 1/2, 0, 1), not relu6(x + 3) / 6.
  bool isLikely;
};

static Expectation getExpectation(const Candidate &c) {
  bool isProduct = llvm::is_contained(c.others, c.x);
  Number scale{c.scale, ""};
  // A slope of one is the shifted form's.
  if (is(c.slope, 1)) {
    int score = isNear(c.offset, 2, 4) + is(c.low, 0) + is(c.high, 6) +
                isNear(scale, 0.12, 0.22) + isProduct;
    bool hasOffset = c.offset && !c.offset->value.isZero();
    return {false,
            score >= 3 && hasOffset && c.root != c.clamp.getDefiningOp()};
  }
  int score = isNear(c.slope, 0.1, 0.3) + isNear(c.offset, 0.3, 0.7) +
              is(c.low, 0) + is(c.high, 1) + isProduct;
  return {true, score >= 3 && isNear(c.slope, 0.1, 0.3)};
}

/// What is wrong with the constants.
static void explainConstants(const Candidate &c, bool isSigmoid,
                             SmallVectorImpl<std::string> &reasons) {
  auto bound = [&](const char *name, const std::optional<Number> &found,
                   int wanted) {
    if (!found)
      reasons.push_back(llvm::formatv("there is no {0} bound", name));
    else if (!is(found, wanted))
      reasons.push_back(
          llvm::formatv("{0} bound {1} is not {2}", name, found->text, wanted));
  };
  if (isSigmoid && !is(c.slope, Rational(1, 6)))
    reasons.push_back(llvm::formatv("slope {0} is not 1/6", c.slope->text));
  if (isSigmoid && !is(c.offset, Rational(1, 2)))
    reasons.push_back(llvm::formatv("offset {0} is not 1/2", c.offset->text));
  if (!isSigmoid && !is(c.offset, 3))
    reasons.push_back(llvm::formatv("adds {0}, not 3", c.offset->text));
  if (c.low && c.high && c.high->value < c.low->value) {
    reasons.push_back("the bounds are swapped");
  } else {
    bound("lower", c.low, 0);
    bound("upper", c.high, isSigmoid ? 1 : 6);
  }
  Rational wanted = isSigmoid ? Rational(1) : Rational(1, 6);
  bool isPlainMultiple = isSigmoid || c.scale == Rational(1);
  if (c.scale == wanted)
    return;
  if (c.divisors.size() == 1 && c.multipliers.empty())
    reasons.push_back(llvm::formatv("divides by {0}{1}", c.divisors[0].text,
                                    isSigmoid ? "" : ", not 6"));
  else if (c.multipliers.size() == 1 && c.divisors.empty())
    reasons.push_back(llvm::formatv("factor {0} is not {1}",
                                    c.multipliers[0].text,
                                    isSigmoid ? "1" : "1/6"));
  else if (!isPlainMultiple)
    reasons.push_back("the constant factors do not make 1/6");
}

static constexpr const char *kTooCoarse =
    "its quantisers round by more than a 32nd";

/// What stopped the evaluation of the whole, if that says something.
static std::string explainEvaluation(const Candidate &c) {
  Slice slice = getSlice(c.root);
  std::string reason;
  for (Value variable : slice.variables) {
    Evaluator evaluator(variable, slice.aliases);
    const State &state = evaluator.evaluate(c.root->getResult(0));
    if (state.kind == State::Number && state.reason.empty()) {
      if (std::optional<ActivationMatch> match =
              matchActivation(state.function))
        return !isTolerable(*match, state.slack) ? kTooCoarse
               : state.function.atNaN ? "NaN gives a number"
                                      : "its result has another type or layout";
      continue;
    }
    // The others are said better by the constants.
    if (!StringRef(state.reason).contains("another value") &&
        !StringRef(state.reason).contains("comes out") &&
        (reason.empty() || variable == c.x))
      reason = state.reason;
  }
  return reason;
}

static std::string explain(const Candidate &c, bool isSigmoid) {
  SmallVector<std::string, 2> reasons;
  if (!c.obstacle.empty())
    return c.obstacle;
  if (std::string reason = explainEvaluation(c); !reason.empty())
    return reason;
  explainConstants(c, isSigmoid, reasons);
  if (c.others.size() > 1)
    reasons.push_back("there is more than one other factor");
  else if (c.others.size() == 1 && c.others[0] != c.x)
    reasons.push_back("the other factor is not what is clamped");
  return llvm::join(reasons, ", ");
}

/// relu6 of integers has no quotient that h-swish could be.
static bool isIntegerRelu6(Operation *op) {
  auto min = dyn_cast<arith::MinSIOp>(op);
  APInt bound;
  auto isBound = [&](Value value, int64_t wanted) {
    return matchPattern(value, m_ConstantInt(&bound)) && bound == wanted;
  };
  if (!min || !isBound(min.getRhs(), 6))
    return false;
  auto max = min.getLhs().getDefiningOp<arith::MaxSIOp>();
  if (!max || !isBound(max.getRhs(), 0))
    return false;
  auto add = max.getLhs().getDefiningOp<arith::AddIOp>();
  return add && isBound(add.getRhs(), 3);
}

//===----------------------------------------------------------------------===//
// By meaning
//===----------------------------------------------------------------------===//

/// Compares a function that has a parabola with h-swish, from -6 to 6: where
/// they differ most, if they are close at half of the points.
static std::optional<std::string> compareWithHardSwish(const Function &f) {
  auto isParabola = [](const Polynomial &p) { return p.degree() == 2; };
  if (llvm::none_of(f.pieces, isParabola))
    return std::nullopt;
  static const Function wanted =
      *apply(Activation::HardSwish, Function::identity());
  std::string worst;
  double largest = 0;
  int close = 0, points = 0;
  for (int i = -12; i <= 12; ++i, ++points) {
    Rational x(i, 2), found = f.valueAt(x), meant = wanted.valueAt(x);
    if (!found.isValid())
      return std::nullopt;
    double value = found.toDouble(), difference = value - meant.toDouble();
    difference = std::abs(difference);
    close += difference <= 0.05 + 0.25 * std::abs(meant.toDouble());
    if (difference <= largest)
      continue;
    largest = difference;
    worst = llvm::formatv("{0:F1} becomes {1:F3}, not {2:F3}", x.toDouble(),
                          value, meant.toDouble());
  }
  return 2 * close > points ? std::optional(worst) : std::nullopt;
}

namespace {
/// Finds what no clamp gives away: branches, sums of clamps, saturation.
class MeaningWalk {
public:
  using Report = llvm::function_ref<void(Operation *, std::string)>;

  /// What has been explained is no part of anything else.
  MeaningWalk(DenseSet<Operation *> explained, Report report)
      : explained(std::move(explained)), report(report) {}

  /// The last link before those that lead to it.
  void visit(Operation *op) {
    for (Region &region : op->getRegions())
      for (Block &block : llvm::reverse(region))
        for (Operation &nested : llvm::reverse(block))
          visit(&nested);
    explain(op);
  }

private:
  void explain(Operation *op) {
    std::optional<Link> link = getLink(op);
    if (!link || !link->isArithmetic() || link->kind == LinkKind::Activation ||
        !isa<FloatType>(getElementTypeOrSelf(op->getResult(0))) ||
        explained.contains(op))
      return;
    Slice slice = getSlice(op);
    for (auto [variable, distance] :
         llvm::zip(slice.variables, slice.distances)) {
      auto links = ArrayRef(slice.links).take_front(distance);
      // What has been raised is done with, and so is a limit on it.
      if (llvm::any_of(links, [&](const Link &l) {
            return explained.contains(l.op) || isa<HardSwishOp>(l.op);
          }))
        return;
      Evaluator evaluator(variable, slice.aliases);
      const State &state = evaluator.evaluate(op->getResult(0));
      if (state.kind != State::Number || state.isConstant ||
          state.infinity != 0 || !mayClamp(links))
        continue;
      auto reason = compareWithHardSwish(state.function);
      if (!reason)
        continue;
      for (const Link &l : links)
        explained.insert(l.op);
      if (!state.reason.empty())
        reason = state.reason;
      else if (reason->empty()) // The same function, but for its rounding.
        reason = kTooCoarse;
      return report(op, "like h-swish, but " + *reason);
    }
  }

  /// A mere parabola is no activation.
  static bool mayClamp(ArrayRef<Link> links) {
    using enum LinkKind;
    return llvm::any_of(links, [](const Link &link) {
      return llvm::is_contained({Max, Min, Clamp, Select, Requantise},
                                link.kind);
    });
  }

  DenseSet<Operation *> explained;
  Report report;
};
} // namespace

void hswish::explainMisses(
    Operation *root, llvm::function_ref<void(Operation *, StringRef)> report) {
  DenseSet<Operation *> explained;
  root->walk([&](Operation *op) {
    if (isIntegerRelu6(op))
      return report(op, "like h-swish, but its elements are integers");
    std::optional<Candidate> candidate = dissect(op);
    if (!candidate)
      return;
    Expectation expectation = getExpectation(*candidate);
    if (!expectation.isLikely)
      return;
    std::string reason = explain(*candidate, expectation.isSigmoid);
    if (reason.empty())
      return;
    explained.insert(candidate->root);
    report(candidate->root,
           llvm::formatv("like {0}, but {1}",
                         candidate->others.empty() ? "h-sigmoid" : "h-swish",
                         reason)
               .str());
  });
  MeaningWalk(std::move(explained), report).visit(root);
}
