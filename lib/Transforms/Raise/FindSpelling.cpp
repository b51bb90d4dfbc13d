//===- FindSpelling.cpp - Finding spellings ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FindSpelling.h"

#include "Constants.h"
#include "Evaluator.h"
#include "FindAccuracy.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"

using namespace mlir;
using namespace hswish;
using namespace hswish::raise;

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

static bool isConstantTree(Value value, int depth) {
  if (getSplat(value))
    return true;
  std::optional<Link> link = getLink(value);
  return link && depth > 0 && !link->operands.empty() &&
         llvm::all_of(link->operands, [&](Value operand) {
           return isConstantTree(operand, depth - 1);
         });
}

bool hswish::raise::isConstant(Value value) {
  constexpr int kMaxDepth = 3;
  return isConstantTree(value, kMaxDepth);
}

namespace {
/// Values between the root and the leaves, in the order of their block.
class Frontier {
public:
  Frontier(Block *block, Slice &slice) : block(block), slice(slice) {}

  size_t size() const { return values.size(); }
  bool empty() const { return values.empty(); }

  void insert(Value value) {
    if (llvm::is_contained(values, value) || isConstant(value))
      return;
    std::optional<Link> link = getLink(value);
    if (link && !link->isArithmetic())
      for (Value other : values)
        if (std::optional<Link> same = getLink(other);
            same && areSameConversion(*link, *same))
          return unite(value, other);
    values.push_back(value);
  }

  /// Takes out the value that is computed last.
  Value pop() {
    auto *last = values.begin();
    for (auto *it = values.begin(); it != values.end(); ++it)
      if (isAfter(*it, *last))
        last = it;
    Value value = *last;
    values.erase(last);
    return value;
  }

private:
  bool isAfter(Value a, Value b) const {
    Operation *p = getOp(a), *q = getOp(b);
    return p && (!q || q->isBeforeInBlock(p));
  }
  /// The defining op, if it is in the block.
  Operation *getOp(Value value) const {
    Operation *op = value.getDefiningOp();
    return op && op->getBlock() == block ? op : nullptr;
  }
  /// Makes the one that is computed first stand for both.
  void unite(Value value, Value other) {
    bool isLater = isAfter(value, other);
    slice.aliases[isLater ? value : other] = isLater ? other : value;
    if (!isLater)
      *llvm::find(values, other) = value;
  }

  Block *block;
  Slice &slice;
  SmallVector<Value, 8> values;
};
} // namespace

Slice hswish::raise::getSlice(Operation *root) {
  // The longest spelling, and that with conversions between all its links. Long
  // chains of arithmetic cost the square of these for each of their ops.
  constexpr unsigned kMaxArithmetic = 20, kMaxLinks = 2 * kMaxArithmetic;
  Slice slice;
  Frontier frontier(root->getBlock(), slice);
  slice.links.push_back(*getLink(root));
  for (Value operand : slice.links[0].operands)
    frontier.insert(operand);
  unsigned arithmetic = 0;
  while (!frontier.empty() && slice.links.size() < kMaxLinks &&
         arithmetic < kMaxArithmetic) {
    bool isOnly = frontier.size() == 1;
    Value value = frontier.pop();
    if (isOnly) {
      slice.variables.push_back(value);
      slice.distances.push_back(slice.links.size());
    }
    Operation *op = value.getDefiningOp();
    std::optional<Link> link =
        op && op->getBlock() == root->getBlock() ? getLink(op) : std::nullopt;
    if (!link)
      break; // No other value of the frontier leads to this one.
    for (Value operand : link->operands)
      frontier.insert(operand);
    arithmetic += link->isArithmetic();
    slice.links.push_back(std::move(*link));
  }
  return slice;
}

//===----------------------------------------------------------------------===//
// Spellings
//===----------------------------------------------------------------------===//

/// The flags that all links have.
static arith::FastMathFlags intersectFastMath(ArrayRef<Link> links) {
  using arith::FastMathFlags;
  std::optional<FastMathFlags> flags;
  for (const Link &link : links) {
    if (!link.isArithmetic() || link.kind == LinkKind::Select ||
        link.kind == LinkKind::And || link.kind == LinkKind::Or ||
        link.kind == LinkKind::Not)
      continue;
    auto op = dyn_cast<arith::ArithFastMathInterface>(link.op);
    FastMathFlags own = op && op.getFastMathFlagsAttr()
                            ? op.getFastMathFlagsAttr().getValue()
                            : FastMathFlags::none;
    flags = flags ? *flags & own : own;
  }
  return flags.value_or(FastMathFlags::none);
}

bool hswish::raise::isScaledByUser(Value value, Value variable) {
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    std::optional<Link> link = getLink(user);
    if (Operation *pair = findRequantise(value, user))
      return isScaledByUser(pair->getResult(0), variable);
    if (link && !link->isArithmetic())
      return isScaledByUser(user->getResult(0), variable);
    if (!link)
      return false;
    if (link->kind == LinkKind::Reciprocal)
      return true;
    return (link->kind == LinkKind::Div || link->kind == LinkKind::Mul) &&
           llvm::any_of(link->operands, [&](Value operand) {
             return operand == variable || isConstant(operand);
           });
  });
}

/// Whether `relu6` is a part of something that is refused. No such part is
/// raised: neither relu6(x + 3), nor relu6(x + c) that is scaled or multiplied
/// by x.
static bool isPartOfMiss(Value relu6, Value operand) {
  std::optional<Link> link = getLink(operand);
  while (link && !link->isArithmetic() && link->kind != LinkKind::Body)
    link = getLink(link->operands[0]);
  if (!link || (link->kind != LinkKind::Add && link->kind != LinkKind::Sub))
    return false;
  return llvm::any_of(link->operands, [&](Value value) {
    return isConstant(value) ||
           (!isNonSplatConstant(value) && isScaledByUser(relu6, value));
  });
}

/// The views between variable and root, if they can be applied to the result.
static std::optional<SmallVector<Operation *, 2>>
getViews(const Slice &slice, const State &state, Value root, Value variable,
         Evaluator &evaluator) {
  SmallVector<Operation *, 2> views;
  if (state.view.empty())
    return views;
  // One way from the root to the variable: all have the same layout.
  for (Value value = root; value != variable;) {
    std::optional<Link> link = getLink(value);
    if (!link || link->kind == LinkKind::Body)
      return std::nullopt;
    if (link->kind == LinkKind::View)
      views.push_back(link->op);
    auto *next = llvm::find_if(link->operands, [&](Value operand) {
      return !evaluator.evaluate(operand).isConstant;
    });
    value = *next;
    if (slice.aliases.lookup(value) == variable)
      value = variable;
  }
  std::reverse(views.begin(), views.end());
  return views;
}

/// A root that is nothing but an op of ours, or the body of a linalg op in
/// which the spelling is complete.
static bool isTrivial(const Slice &slice, unsigned distance) {
  auto links = ArrayRef(slice.links).take_front(distance);
  unsigned arithmetic =
      llvm::count_if(links, [](const Link &l) { return l.isArithmetic(); });
  return arithmetic == 1 && (links[0].kind == LinkKind::Activation ||
                             links[0].kind == LinkKind::Body);
}

/// The ceiling, unless a quantiser keeps x below it.
static std::optional<Rational>
getReachable(const std::optional<Rational> &ceiling, Value variable,
             int factor) {
  std::optional<Link> link = getLink(variable);
  bool isBelow = ceiling && link && link->kind == LinkKind::Requantise &&
                 link->quantiser.rangeHigh() * factor <= ceiling->toDouble();
  return isBelow ? std::nullopt : ceiling;
}

static std::optional<Spelling> findSwish(const Link &root) {
  Value x = matchSwish(root);
  if (!x)
    return std::nullopt;
  Spelling spelling{Activation::Swish};
  spelling.variable = x;
  // Everything between, to be erased where nothing else uses it.
  SmallVector<Link, 8> links{root};
  for (unsigned i = 0; i < links.size(); ++i)
    for (Value operand : Link(links[i]).op->getOperands()) {
      Operation *op = operand.getDefiningOp();
      if (operand == x || !op || !spelling.links.insert(op).second)
        continue;
      if (std::optional<Link> link = getLink(op))
        links.push_back(*link);
      else if (isa<math::ExpOp, tosa::ExpOp, tosa::SigmoidOp>(op))
        links.push_back({LinkKind::Activation, op, {}});
    }
  spelling.fastmath = intersectFastMath(links);
  spelling.links.insert(root.op);
  return spelling;
}

std::optional<Spelling> hswish::raise::findSpelling(Operation *root,
                                                    bool keepsNaN) {
  std::optional<Link> link = getLink(root);
  if (!link || !link->isArithmetic() || link->kind == LinkKind::Activation ||
      !isa<FloatType>(getElementTypeOrSelf(root->getResult(0))))
    return std::nullopt;
  if (std::optional<Spelling> swish = findSwish(*link))
    return swish;
  Value result = root->getResult(0);
  Slice slice = getSlice(root);
  for (auto [variable, distance] :
       llvm::zip(slice.variables, slice.distances)) {
    if (isTrivial(slice, distance))
      continue;
    Evaluator evaluator(variable, slice.aliases);
    const State &state = evaluator.evaluate(result);
    if (state.kind != State::Number || !state.reason.empty())
      continue;
    std::optional<ActivationMatch> match = matchActivation(state.function);
    if (!match || !isTolerable(*match, state.slack) ||
        (keepsNaN && state.function.atNaN))
      continue;
    if ((match->activation == Activation::Relu6 &&
         isPartOfMiss(result, variable)) ||
        (match->factor != 1 && isScaledByUser(result, variable)))
      return std::nullopt;
    auto views = getViews(slice, state, result, variable, evaluator);
    if (!views)
      continue;
    Spelling spelling{match->activation, match->factor,
                      getReachable(match->ceiling, variable, match->factor),
                      variable};
    auto links = ArrayRef(slice.links).take_front(distance);
    spelling.fastmath = intersectFastMath(links);
    spelling.views = std::move(*views);
    for (const Link &l : links)
      spelling.links.insert(l.op);
    if (match->factor == 1 && match->activation != Activation::Relu6)
      if (auto accuracy =
              findAccuracy(result, variable, match->activation, slice.aliases))
        spelling.accuracy = *accuracy;
    return spelling;
  }
  return std::nullopt;
}
