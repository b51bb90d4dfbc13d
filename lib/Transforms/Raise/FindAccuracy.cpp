//===- FindAccuracy.cpp - Which order of operations a value has ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The forms of hswish/IR/Forms.h, which the lowering expands and the folders
// evaluate, are here built a third time, as text. The spelling that was found
// is written as text too. Equal texts are equal operations in equal order with
// equal constants: equal bits. What changes no bit has one text: the order of
// the operands of a sum or product, and of the bounds of a clamp; the tighter
// one of two counts.
//
//===----------------------------------------------------------------------===//

#include "FindAccuracy.h"

#include "Constants.h"
#include "Links.h"

#include "hswish/IR/Forms.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace hswish;
using namespace hswish::raise;
using llvm::APFloat;

namespace {

/// An expression, maybe inside a clamp, or a number.
struct Text {
  std::string inner;
  std::optional<APFloat> low = {}, high = {}, number = {};

  std::string str() const {
    if (!low && !high)
      return inner;
    auto print = [](const std::optional<APFloat> &bound) {
      return bound
                 ? llvm::formatv("{0}", bound->bitcastToAPInt().getZExtValue())
                       .str()
                 : std::string();
    };
    return llvm::formatv("clamp({0},{1},{2})", inner, print(low), print(high));
  }
};

/// The arithmetic of Forms.h on text.
struct TextArithmetic {
  using Value = Text;
  const llvm::fltSemantics &semantics;

  APFloat round(APFloat c) const {
    bool losesInfo;
    c.convert(semantics, APFloat::rmNearestTiesToEven, &losesInfo);
    return c;
  }
  Text constant(const APFloat &c) const {
    APFloat number = round(c);
    Text text{llvm::formatv("#{0}", number.bitcastToAPInt().getZExtValue())};
    text.number = number;
    return text;
  }
  Text constant(double c) const { return constant(APFloat(c)); }

  Text call(StringRef name, std::initializer_list<Text> operands) const {
    std::string text = (name + "(").str();
    for (const Text &operand : operands)
      text += operand.str() + ",";
    return {text + ")"};
  }
  Text commuted(StringRef name, const Text &x, const Text &y) const {
    return x.str() < y.str() ? call(name, {x, y}) : call(name, {y, x});
  }
  Text add(const Text &x, const Text &y) const {
    return x.number && y.number ? constant(*x.number + *y.number)
                                : commuted("add", x, y);
  }
  Text mul(const Text &x, const Text &y) const {
    return x.number && y.number ? constant(*x.number * *y.number)
                                : commuted("mul", x, y);
  }
  Text div(const Text &x, const Text &y) const {
    return x.number && y.number ? constant(*x.number / *y.number)
                                : call("div", {x, y});
  }
  Text fma(const Text &x, const Text &y, const Text &z) const {
    return call("fma", {commuted("", x, y), z});
  }
  Text clampLow(const Text &x, const APFloat &c) const {
    APFloat bound = round(c);
    if (x.high && *x.high < bound)
      return {x.str(), bound, std::nullopt};
    return {x.inner, x.low ? maximum(*x.low, bound) : bound, x.high};
  }
  Text clampHigh(const Text &x, const APFloat &c) const {
    APFloat bound = round(c);
    if (x.low && bound < *x.low)
      return {x.str(), std::nullopt, bound};
    return {x.inner, x.low, x.high ? minimum(*x.high, bound) : bound};
  }
  Text clampLow(const Text &x, double c) const {
    return clampLow(x, APFloat(c));
  }
  Text clampHigh(const Text &x, double c) const {
    return clampHigh(x, APFloat(c));
  }
  Text clampSymmetric(const Text &x, double c) const {
    return clampHigh(clampLow(x, -c), c);
  }
  Text clampShifted(const Text &x, double c) const {
    return clampHigh(clampLow(add(x, constant(c)), 0.0), 2 * c);
  }
};

/// Writes a value as text over the variable.
class Writer {
public:
  Writer(Value variable, const llvm::DenseMap<Value, Value> &aliases,
         FloatType type)
      : variable(variable), aliases(aliases),
        semantics(type.getFloatSemantics()), arithmetic{getInner(type)} {}

  /// What values of `type` are computed in, in every mode.
  static const llvm::fltSemantics &getInner(FloatType type) {
    return type.getWidth() < 32 ? APFloat::IEEEsingle()
                                : type.getFloatSemantics();
  }

  /// Nothing for what no form has.
  std::optional<Text> write(Value value);

private:
  std::optional<Text> writeLink(const Link &link);
  std::optional<Text> writeActivation(Operation *op, const Text &x);
  std::optional<Text> writeExtremum(Value x, Value bound, bool isMax);
  std::optional<Text> writeSelect(const Link &link);

  Value variable;
  const llvm::DenseMap<Value, Value> &aliases;
  /// The type of the constants, which are widened before anything is computed.
  const llvm::fltSemantics &semantics;
  TextArithmetic arithmetic;
  /// A spelling that shares much could be exponentially long.
  int budget = 200;
};

} // namespace

std::optional<Text> Writer::write(Value value) {
  if (value == variable || aliases.lookup(value) == variable)
    return Text{"x"};
  if (std::optional<APFloat> constant = getSplat(value))
    return &constant->getSemantics() == &semantics
               ? std::optional(arithmetic.constant(*constant))
               : std::nullopt;
  if (--budget < 0)
    return std::nullopt;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    OpOperand *operand = getBoundOperand(argument);
    return operand ? write(operand->get()) : std::nullopt;
  }
  std::optional<Link> link = getLink(value);
  return link ? writeLink(*link) : std::nullopt;
}

std::optional<Text> Writer::writeLink(const Link &link) {
  using enum LinkKind;
  if (link.kind == View)
    return write(link.operands[0]);
  if (link.kind == Body)
    return write(
        cast<linalg::LinalgOp>(link.op).getBlock()->getTerminator()->getOperand(
            0));
  if (link.kind == Select)
    return writeSelect(link);
  if (link.kind == Max || link.kind == Min) {
    bool isMax = link.kind == Max;
    auto text = writeExtremum(link.operands[0], link.operands[1], isMax);
    return text ? text
                : writeExtremum(link.operands[1], link.operands[0], isMax);
  }
  if (!llvm::is_contained(
          {Add, Sub, Mul, Div, Reciprocal, Fma, Clamp, Activation}, link.kind))
    return std::nullopt;
  SmallVector<Text, 3> in;
  for (Value operand : link.operands) {
    std::optional<Text> text = write(operand);
    if (!text)
      return std::nullopt;
    in.push_back(*text);
  }
  switch (link.kind) {
  case Add:
    return arithmetic.add(in[0], in[1]);
  case Sub:
    // x - c is x + -c, rounding and all.
    if (auto subtrahend = getSplat(link.operands[1]))
      return arithmetic.add(in[0], arithmetic.constant(-*subtrahend));
    return std::nullopt;
  case Mul:
    return arithmetic.mul(in[0], in[1]);
  case Div:
    return arithmetic.div(in[0], in[1]);
  case Reciprocal:
    return arithmetic.div(arithmetic.constant(1.0), in[0]);
  case Fma:
    return arithmetic.fma(in[0], in[1], in[2]);
  case Activation:
    return writeActivation(link.op, in[0]);
  default:
    break;
  }
  bool areOperands = link.operands.size() == 3;
  auto low = areOperands ? getSplat(link.operands[1]) : link.low;
  auto high = areOperands ? getSplat(link.operands[2]) : link.high;
  if (!low || !high)
    return std::nullopt;
  Text text = in[0];
  if (getInfinity(*low) == 0)
    text = arithmetic.clampLow(text, *low);
  return getInfinity(*high) == 0 ? arithmetic.clampHigh(text, *high) : text;
}

std::optional<Text> Writer::writeActivation(Operation *op, const Text &x) {
  if (isa<Relu6Op>(op))
    return buildRelu6(arithmetic, x);
  auto sigmoid = dyn_cast<HardSigmoidOp>(op);
  Accuracy accuracy =
      sigmoid ? sigmoid.getAccuracy() : cast<HardSwishOp>(op).getAccuracy();
  if (accuracy == Accuracy::Exact) // computed in another type
    return std::nullopt;
  return sigmoid ? buildHardSigmoid(arithmetic, x, accuracy)
                 : buildHardSwish(arithmetic, x, accuracy);
}

std::optional<Text> Writer::writeExtremum(Value x, Value bound, bool isMax) {
  std::optional<APFloat> constant = getSplat(bound);
  if (!constant || constant->isNaN())
    return std::nullopt;
  std::optional<Text> text = write(x);
  if (!text || (getInfinity(*constant) != 0))
    return text;
  return isMax ? arithmetic.clampLow(*text, *constant)
               : arithmetic.clampHigh(*text, *constant);
}

/// a < b ? a : b and its kin.
std::optional<Text> Writer::writeSelect(const Link &link) {
  std::optional<Link> compare = getLink(link.operands[0]);
  if (!compare || compare->kind != LinkKind::Compare)
    return std::nullopt;
  using enum arith::CmpFPredicate;
  Value a = compare->operands[0], b = compare->operands[1];
  bool isLess = llvm::is_contained({OLT, OLE, ULT, ULE}, compare->predicate);
  bool isGreater = llvm::is_contained({OGT, OGE, UGT, UGE}, compare->predicate);
  bool keepsOrder =
      areEqual(link.operands[1], a) && areEqual(link.operands[2], b);
  bool swapsOrder =
      areEqual(link.operands[1], b) && areEqual(link.operands[2], a);
  if ((!isLess && !isGreater) || keepsOrder == swapsOrder)
    return std::nullopt;
  bool isMax = isLess == swapsOrder;
  auto text = writeExtremum(a, b, isMax);
  return text ? text : writeExtremum(b, a, isMax);
}

std::optional<Accuracy>
hswish::raise::findAccuracy(Value root, Value variable, Activation activation,
                            const llvm::DenseMap<Value, Value> &aliases) {
  auto type = cast<FloatType>(getElementTypeOrSelf(root));
  if (type != getElementTypeOrSelf(variable))
    return std::nullopt;
  std::optional<Text> text = Writer(variable, aliases, type).write(root);
  if (!text)
    return std::nullopt;
  TextArithmetic arithmetic{Writer::getInner(type)};
  for (Accuracy accuracy :
       {Accuracy::Default, Accuracy::Torch, Accuracy::Onnx, Accuracy::Fast}) {
    Text form = activation == Activation::HardSwish
                    ? buildHardSwish(arithmetic, Text{"x"}, accuracy)
                    : buildHardSigmoid(arithmetic, Text{"x"}, accuracy);
    if (form.str() == text->str())
      return accuracy;
  }
  return std::nullopt;
}
