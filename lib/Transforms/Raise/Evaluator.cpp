//===- Evaluator.cpp - A value as a function of another ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluator.h"

#include "Activations.h"
#include "Constants.h"
#include "Slack.h"

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace hswish;
using namespace hswish::raise;

State State::unknown(Operation *op, std::string reason) {
  State state;
  state.reason = std::move(reason);
  state.stoppedAt = op;
  return state;
}

const State &Evaluator::evaluate(Value value) {
  if (auto it = states.find(value); it != states.end())
    return *it->second;
  // Recursion ends: values only refer to earlier ones.
  auto state = std::make_unique<State>(compute(value));
  return *(states[value] = std::move(state));
}

State Evaluator::compute(Value value) {
  if (variable && (value == variable || aliases.lookup(value) == variable)) {
    State state;
    state.kind = State::Number;
    state.function = Function::identity();
    return state;
  }
  if (std::optional<llvm::APFloat> constant = getSplat(value)) {
    State state;
    state.isConstant = true;
    state.infinity = getInfinity(*constant);
    Rational number = snap(*constant);
    if (state.infinity == 0 && !number.isValid())
      return State::unknown(value.getDefiningOp(),
                            constant->isNaN() ? "a constant is NaN"
                                              : "a constant is out of range");
    state.kind = State::Number;
    state.function = Function::constant(state.infinity ? 0 : number);
    return state;
  }
  if (auto argument = dyn_cast<BlockArgument>(value))
    return computeBoundArgument(argument);
  if (std::optional<Link> link = getLink(value))
    return computeLink(*link);
  if (isNonSplatConstant(value))
    return State::unknown(value.getDefiningOp(), "a constant is no splat");
  return State::unknown(value.getDefiningOp(), "it depends on another value");
}

State Evaluator::computeLink(const Link &link) {
  switch (link.kind) {
  case LinkKind::View:
    return computeView(link);
  case LinkKind::Cast:
    return computeCast(link);
  case LinkKind::Requantise:
    return computeRequantise(link);
  case LinkKind::Body:
    return computeBody(link);
  default:
    return computeArithmetic(link);
  }
}

//===----------------------------------------------------------------------===//
// Conversions
//===----------------------------------------------------------------------===//

/// Appends a step and restores the normal form: no two steps of a kind in a
/// row, none that does nothing.
static void appendStep(SmallVectorImpl<ViewStep> &view, ViewStep step,
                       ArrayRef<int64_t> variableShape) {
  ArrayRef<int64_t> before =
      view.empty() ? variableShape : ArrayRef<int64_t>(view.back().shape);
  if (step.permutation.empty()) {
    if (!view.empty() && view.back().permutation.empty()) {
      view.pop_back();
      before =
          view.empty() ? variableShape : ArrayRef<int64_t>(view.back().shape);
    }
    if (before != ArrayRef<int64_t>(step.shape))
      view.push_back(std::move(step));
    return;
  }
  if (!view.empty() && !view.back().permutation.empty()) {
    for (int64_t &dim : step.permutation)
      dim = view.back().permutation[dim];
    view.pop_back();
  }
  if (!isIdentityPermutation(step.permutation))
    view.push_back(std::move(step));
}

/// The permutation that a transpose makes: result dimension i is operand
/// dimension p[i].
static std::optional<SmallVector<int64_t, 4>> getPermutation(Operation *op) {
  if (auto transpose = dyn_cast<linalg::TransposeOp>(op))
    return llvm::to_vector<4>(transpose.getPermutation());
  if (auto transpose = dyn_cast<vector::TransposeOp>(op))
    return llvm::to_vector<4>(transpose.getPermutation());
  if (auto transpose = dyn_cast<tosa::TransposeOp>(op))
    return SmallVector<int64_t, 4>(transpose.getPerms());
  return std::nullopt;
}

static ArrayRef<int64_t> getShape(Value value) {
  auto type = dyn_cast<ShapedType>(value.getType());
  return type && type.hasRank() ? type.getShape() : ArrayRef<int64_t>();
}

State Evaluator::computeView(const Link &link) {
  State state = evaluate(link.operands[0]);
  if (state.kind == State::Unknown || state.isConstant ||
      isa<tosa::IdentityOp, tensor::CastOp>(link.op))
    return state;
  Value result = link.op->getResult(0);
  ViewStep step;
  step.shape.assign(getShape(result).begin(), getShape(result).end());
  if (auto permutation = getPermutation(link.op))
    step.permutation.assign(permutation->begin(), permutation->end());
  else if (!cast<ShapedType>(result.getType()).hasStaticShape() ||
           !cast<ShapedType>(link.operands[0].getType()).hasStaticShape())
    return State::unknown(link.op, "a reshape has dynamic dimensions");
  appendStep(state.view, std::move(step), getShape(variable));
  return state;
}

static unsigned getWidth(Value value) {
  return getElementTypeOrSelf(value).getIntOrFloatBitWidth();
}

State Evaluator::computeCast(const Link &link) {
  State state = evaluate(link.operands[0]);
  if (state.kind == State::Number && !state.isConstant)
    state.narrowest =
        std::min(state.narrowest, getWidth(link.op->getResult(0)));
  return state;
}

State Evaluator::computeRequantise(const Link &link) {
  State state = evaluate(link.operands[0]);
  if (state.kind != State::Number || !state.isConstant)
    return requantise(link, std::move(state));
  std::optional<llvm::APFloat> constant = getSplat(link.operands[0]);
  if (!constant)
    return State::unknown(link.op, "a computed constant is quantised");
  Rational number = snap(link.quantiser.apply(*constant));
  if (!number.isValid())
    return State::unknown(link.op, "a constant is out of range");
  state.infinity = 0;
  state.function = Function::constant(number);
  return state;
}

State Evaluator::computeBody(const Link &link) {
  Operation *yield =
      cast<linalg::LinalgOp>(link.op).getBlock()->getTerminator();
  return evaluate(yield->getOperand(0));
}

State Evaluator::computeBoundArgument(BlockArgument argument) {
  OpOperand *operand = getBoundOperand(argument);
  if (!operand)
    return State::unknown(nullptr, "it depends on another value");
  State state = evaluate(operand->get());
  if (state.kind == State::Unknown || state.isConstant)
    return state;
  auto op = cast<linalg::LinalgOp>(operand->getOwner());
  AffineMap map = op.getMatchingIndexingMap(operand);
  if (!map.isPermutation() ||
      getShape(op->getResult(0)).size() != getShape(operand->get()).size())
    return State::unknown(op, "a broadcast changes the shape");
  if (!map.isIdentity()) {
    ViewStep step;
    step.shape.assign(getShape(op->getResult(0)).begin(),
                      getShape(op->getResult(0)).end());
    for (unsigned result = 0; result < map.getNumResults(); ++result)
      step.permutation.push_back(
          *map.getResultPosition(getAffineDimExpr(result, map.getContext())));
    appendStep(state.view, std::move(step), getShape(variable));
  }
  return state;
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

/// Bits that there are of the variable: those before it was widened.
static unsigned getPrecision(Value variable) {
  if (auto widened = variable.getDefiningOp<arith::ExtFOp>())
    return getWidth(widened.getIn());
  return UINT_MAX;
}

/// Why the operands cannot be combined element by element, or nothing.
/// `precision` is the variable's.
static std::string getMismatch(const Link &link, ArrayRef<const State *> states,
                               unsigned precision) {
  const State *first = nullptr;
  unsigned narrowest = UINT_MAX, dependent = 0, width = 0;
  for (auto [operand, state] : llvm::zip(link.operands, states)) {
    if (state->isConstant)
      continue;
    if (getShape(operand) != getShape(link.op->getResult(0)) ||
        isa<UnrankedTensorType>(operand.getType()))
      return "a broadcast changes the shape";
    if (first && first->view != state->view)
      return "layouts differ";
    first = state;
    if (state->kind != State::Number)
      continue;
    ++dependent;
    width = getWidth(operand);
    narrowest = std::min(narrowest, state->narrowest);
  }
  if (dependent > 1 && narrowest < std::min(width, precision))
    return llvm::formatv("one path is computed in {0} bits, another in {1}",
                         narrowest, width);
  return "";
}

/// Which of the four relations of two floats a predicate accepts.
static std::array<bool, 4> getRelations(arith::CmpFPredicate predicate) {
  using enum arith::CmpFPredicate;
  auto isOneOf = [&](std::initializer_list<arith::CmpFPredicate> predicates) {
    return llvm::is_contained(predicates, predicate);
  };
  bool less = isOneOf({AlwaysTrue, ORD, OLT, ULT, OLE, ULE, ONE, UNE});
  bool equal = isOneOf({AlwaysTrue, ORD, OLE, ULE, OGE, UGE, OEQ, UEQ});
  bool greater = isOneOf({AlwaysTrue, ORD, OGT, UGT, OGE, UGE, ONE, UNE});
  bool unordered = isOneOf({AlwaysTrue, UNO, ULT, ULE, UGT, UGE, UEQ, UNE});
  return {less, equal, greater, unordered};
}

/// `a predicate b`; one of them may be infinite.
static std::optional<Condition> computeCompare(arith::CmpFPredicate predicate,
                                               const State &a, const State &b) {
  auto [less, equal, greater, unordered] = getRelations(predicate);
  if (a.infinity == 0 && b.infinity == 0)
    return compare(a.function, b.function, less, equal, greater, unordered);
  if (a.infinity == b.infinity)
    return std::nullopt;
  Condition result;
  result.pieces.push_back(a.infinity < b.infinity ? less : greater);
  result.atNaN = unordered;
  return result;
}

/// One of two operands, of which one may be infinite if it is never chosen.
static std::optional<Function> computeSelect(const Condition &condition,
                                             const State &a, const State &b) {
  if (a.infinity == 0 && b.infinity == 0)
    return select(condition, a.function, b.function);
  if (!condition.breaks.empty())
    return std::nullopt;
  const State &chosen = condition.pieces[0] ? a : b;
  if (chosen.infinity != 0)
    return std::nullopt;
  // NaN may still choose the bound, which is as good as a number.
  Function result = chosen.function;
  if (condition.atNaN != condition.pieces[0])
    result.atNaN = 0;
  return result;
}

std::optional<Function> Evaluator::clamp(const Link &link, const State &x,
                                         const State *low, const State *high) {
  std::optional<Function> result = x.function;
  for (auto [bound, isMax] : {std::pair(low, true), std::pair(high, false)}) {
    if (!bound || !result)
      continue;
    if (bound->infinity != 0) {
      // max(x, -inf) is x, max(x, inf) is no function of x.
      if ((bound->infinity < 0) != isMax)
        return std::nullopt;
      continue;
    }
    result = extremum(*result, bound->function, isMax, link.propagatesNaN);
  }
  return result;
}

/// A bound that is an attribute.
static std::optional<State>
getBound(const std::optional<llvm::APFloat> &value) {
  if (!value || value->isNaN())
    return std::nullopt;
  State state;
  state.kind = State::Number;
  state.isConstant = true;
  state.infinity = getInfinity(*value);
  Rational bound = snap(*value);
  if (state.infinity == 0 && !bound.isValid())
    return std::nullopt;
  state.function = Function::constant(state.infinity ? 0 : bound);
  return state;
}

State Evaluator::computeArithmetic(const Link &link) {
  using enum LinkKind;
  SmallVector<const State *, 3> in;
  State result;
  result.isConstant = true;
  for (Value operand : link.operands) {
    in.push_back(&evaluate(operand));
    const State &state = *in.back();
    if (state.kind == State::Unknown)
      return state;
    if (state.isConstant)
      continue;
    result.isConstant = false;
    result.view = state.view;
    result.narrowest = std::min(result.narrowest, state.narrowest);
    if (!state.reason.empty())
      result.reason = state.reason;
  }
  unsigned precision = variable ? getPrecision(variable) : UINT_MAX;
  if (auto mismatch = getMismatch(link, in, precision); !mismatch.empty())
    return State::unknown(link.op, mismatch);

  // Conditions and numbers where they belong.
  for (auto [i, state] : llvm::enumerate(in)) {
    bool isTruth = llvm::is_contained({And, Or, Not}, link.kind) ||
                   (link.kind == Select && i == 0);
    if (state->kind != (isTruth ? State::Truth : State::Number))
      return State::unknown(link.op, "a condition is selected");
  }
  bool hasInfinity =
      llvm::any_of(in, [](const State *s) { return s->infinity != 0; });
  if (hasInfinity &&
      !llvm::is_contained({Max, Min, Clamp, Compare, Select}, link.kind))
    return State::unknown(link.op, "a constant is infinite");
  auto f = [&](unsigned i) -> const Function & { return in[i]->function; };

  std::optional<Function> function;
  std::optional<Condition> condition;
  switch (link.kind) {
  case Add:
    function = add(f(0), f(1));
    break;
  case Sub:
    function = sub(f(0), f(1));
    break;
  case Mul:
    function = mul(f(0), f(1));
    break;
  case Div:
    function = div(f(0), f(1));
    break;
  case Negate:
    function = sub(Function::constant(0), f(0));
    break;
  case Reciprocal:
    function = div(Function::constant(1), f(0));
    break;
  case Fma:
    if (std::optional<Function> product = mul(f(0), f(1)))
      function = add(*product, f(2));
    break;
  case Max:
  case Min: {
    unsigned bound = in[0]->infinity != 0 ? 0 : 1;
    const State *other = in[bound];
    if (in[1 - bound]->infinity != 0)
      return State::unknown(link.op, "a constant is infinite");
    function = clamp(link, *in[1 - bound], link.kind == Max ? other : nullptr,
                     link.kind == Min ? other : nullptr);
    break;
  }
  case Clamp: {
    std::optional<State> low = getBound(link.low), high = getBound(link.high);
    bool areOperands = link.operands.size() == 3;
    const State *l = areOperands ? in[1] : low ? &*low : nullptr;
    const State *h = areOperands ? in[2] : high ? &*high : nullptr;
    if (l && h)
      function = clamp(link, *in[0], l, h);
    break;
  }
  case Compare:
    condition = computeCompare(link.predicate, *in[0], *in[1]);
    break;
  case Select:
    function = computeSelect(in[0]->condition, *in[1], *in[2]);
    break;
  case And:
    condition = combine(in[0]->condition, in[1]->condition,
                        [](bool a, bool b) { return a && b; });
    break;
  case Or:
    condition = combine(in[0]->condition, in[1]->condition,
                        [](bool a, bool b) { return a || b; });
    break;
  case Not:
    condition = combine(in[0]->condition, in[0]->condition,
                        [](bool a, bool) { return !a; });
    break;
  case Activation:
    function = applyActivation(link.op, f(0));
    break;
  case View:
  case Cast:
  case Requantise:
  case Body:
    llvm_unreachable("no arithmetic");
  }
  if (!function && !condition)
    return State::unknown(link.op, "no piecewise polynomial comes out");
  result.kind = condition ? State::Truth : State::Number;
  if (condition)
    result.condition = std::move(*condition);
  else
    result.function = std::move(*function);
  if (llvm::any_of(in, [](const State *s) { return s->isRounded(); })) {
    std::optional<Function> slack = computeSlack(link, in);
    if (!slack)
      return State::unknown(link.op, "a rounded value decides");
    result.slack = std::move(*slack);
  }
  if (!result.isConstant && result.kind == State::Number)
    result.narrowest =
        std::min(result.narrowest, getWidth(link.op->getResult(0)));
  return result;
}
