//===- Arithmetic.cpp - Elementwise arithmetic and comparisons ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Handlers.h"
#include "Math.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

//===----------------------------------------------------------------------===//
// Operators of one and two operands: how they are made and how computed
//===----------------------------------------------------------------------===//

namespace {
template <typename Number>
using Eval2 = Number (*)(Number, Number);
template <typename Number>
using Eval1 = Number (*)(Number);
using Make = Value (*)(Math, ValueRange);

struct Binary {
  StringLiteral op;
  Make makeFloat, makeInt, makeUnsigned;
  Eval2<double> evalFloat;
  Eval2<int64_t> evalInt;
  bool isPredicate = false;
};

struct Unary {
  StringLiteral op;
  Make makeFloat, makeInt;
  Eval1<double> evalFloat;
  Eval1<int64_t> evalInt;
};
} // namespace

template <typename Op>
static Value make(Math m, ValueRange operands) {
  return m.make<Op>(operands);
}

template <arith::CmpFPredicate predicate>
static Value compareFloat(Math m, ValueRange operands) {
  return m.compare(predicate, operands[0], operands[1]);
}

template <arith::CmpIPredicate predicate>
static Value compareInt(Math m, ValueRange operands) {
  return arith::CmpIOp::create(m.node.b, m.node.loc, predicate, operands[0],
                               operands[1]);
}

/// Wraps around like the machine, where C++ has undefined behaviour.
static int64_t wrap(uint64_t value) { return static_cast<int64_t>(value); }

static int64_t divide(int64_t a, int64_t b) {
  if (b == 0 || (b == -1 && a == INT64_MIN))
    return b == 0 ? 0 : a;
  return a / b;
}

static int64_t power(int64_t base, int64_t exponent) {
  uint64_t result = 1, factor = base;
  for (; exponent > 0; exponent >>= 1, factor *= factor)
    if (exponent & 1)
      result *= factor;
  return wrap(result);
}

/// NaN in either operand gives NaN.
static double maximum(double a, double b) {
  return std::isnan(a) || a > b ? a : b;
}
static double minimum(double a, double b) {
  return std::isnan(a) || a < b ? a : b;
}

/// Through f64, as ONNX Runtime has it.
static Value makeIntPower(Math m, ValueRange operands) {
  auto type = mlir::cast<RankedTensorType>(operands[0].getType());
  Type wide = type.clone(m.node.b.getF64Type());
  auto widen = [&](Value x) -> Value {
    return arith::SIToFPOp::create(m.node.b, m.node.loc, wide, x);
  };
  Value power = m.make<math::PowFOp>({widen(operands[0]), widen(operands[1])});
  return arith::FPToSIOp::create(m.node.b, m.node.loc, type, power);
}

static const Binary binaries[] = {
    {"Add", make<arith::AddFOp>, make<arith::AddIOp>, make<arith::AddIOp>,
     [](double a, double b) { return a + b; },
     [](int64_t a, int64_t b) { return wrap(uint64_t(a) + uint64_t(b)); }},
    {"Sub", make<arith::SubFOp>, make<arith::SubIOp>, make<arith::SubIOp>,
     [](double a, double b) { return a - b; },
     [](int64_t a, int64_t b) { return wrap(uint64_t(a) - uint64_t(b)); }},
    {"Mul", make<arith::MulFOp>, make<arith::MulIOp>, make<arith::MulIOp>,
     [](double a, double b) { return a * b; },
     [](int64_t a, int64_t b) { return wrap(uint64_t(a) * uint64_t(b)); }},
    {"Div", make<arith::DivFOp>, make<arith::DivSIOp>, make<arith::DivUIOp>,
     [](double a, double b) { return a / b; }, divide},
    {"Max", make<arith::MaximumFOp>, make<arith::MaxSIOp>, make<arith::MaxUIOp>,
     maximum, [](int64_t a, int64_t b) { return std::max(a, b); }},
    {"Min", make<arith::MinimumFOp>, make<arith::MinSIOp>, make<arith::MinUIOp>,
     minimum, [](int64_t a, int64_t b) { return std::min(a, b); }},
    {"Pow", make<math::PowFOp>, makeIntPower, nullptr,
     [](double a, double b) { return std::pow(a, b); }, power},
    {"And", nullptr, make<arith::AndIOp>, make<arith::AndIOp>, nullptr,
     [](int64_t a, int64_t b) { return a & b; }},
    {"Or", nullptr, make<arith::OrIOp>, make<arith::OrIOp>, nullptr,
     [](int64_t a, int64_t b) { return a | b; }},
    {"Xor", nullptr, make<arith::XOrIOp>, make<arith::XOrIOp>, nullptr,
     [](int64_t a, int64_t b) { return a ^ b; }},
    {"Equal", compareFloat<arith::CmpFPredicate::OEQ>,
     compareInt<arith::CmpIPredicate::eq>, compareInt<arith::CmpIPredicate::eq>,
     [](double a, double b) { return double(a == b); },
     [](int64_t a, int64_t b) { return int64_t(a == b); }, true},
    {"Greater", compareFloat<arith::CmpFPredicate::OGT>,
     compareInt<arith::CmpIPredicate::sgt>,
     compareInt<arith::CmpIPredicate::ugt>,
     [](double a, double b) { return double(a > b); },
     [](int64_t a, int64_t b) { return int64_t(a > b); }, true},
    {"GreaterOrEqual", compareFloat<arith::CmpFPredicate::OGE>,
     compareInt<arith::CmpIPredicate::sge>,
     compareInt<arith::CmpIPredicate::uge>,
     [](double a, double b) { return double(a >= b); },
     [](int64_t a, int64_t b) { return int64_t(a >= b); }, true},
    {"Less", compareFloat<arith::CmpFPredicate::OLT>,
     compareInt<arith::CmpIPredicate::slt>,
     compareInt<arith::CmpIPredicate::ult>,
     [](double a, double b) { return double(a < b); },
     [](int64_t a, int64_t b) { return int64_t(a < b); }, true},
    {"LessOrEqual", compareFloat<arith::CmpFPredicate::OLE>,
     compareInt<arith::CmpIPredicate::sle>,
     compareInt<arith::CmpIPredicate::ule>,
     [](double a, double b) { return double(a <= b); },
     [](int64_t a, int64_t b) { return int64_t(a <= b); }, true},
};

static Value reciprocal(Math m, ValueRange x) {
  return m.div(m.num(x[0], 1), x[0]);
}

static Value signOf(Math m, ValueRange x) {
  Value zero = m.num(x[0], 0);
  Value one = m.num(x[0], 1), minusOne = m.num(x[0], -1);
  Value positive = m.select(m.greater(x[0], zero), one, x[0]);
  return m.select(m.less(x[0], zero), minusOne, positive);
}

static Value negateInt(Math m, ValueRange x) {
  Value zero = m.num(x[0], 0);
  return m.make<arith::SubIOp>({zero, x[0]});
}

static Value signOfInt(Math m, ValueRange x) {
  Value one = m.num(x[0], 1), minusOne = m.num(x[0], -1);
  Value capped = m.make<arith::MinSIOp>({x[0], one});
  return m.make<arith::MaxSIOp>({capped, minusOne});
}

static int64_t absOf(int64_t a) { return a < 0 ? wrap(-uint64_t(a)) : a; }

static const Unary unaries[] = {
    {"Abs", make<math::AbsFOp>, make<math::AbsIOp>, std::fabs, absOf},
    {"Acos", make<math::AcosOp>, nullptr, std::acos, nullptr},
    {"Acosh", make<math::AcoshOp>, nullptr, std::acosh, nullptr},
    {"Asin", make<math::AsinOp>, nullptr, std::asin, nullptr},
    {"Asinh", make<math::AsinhOp>, nullptr, std::asinh, nullptr},
    {"Atan", make<math::AtanOp>, nullptr, std::atan, nullptr},
    {"Atanh", make<math::AtanhOp>, nullptr, std::atanh, nullptr},
    {"Ceil", make<math::CeilOp>, nullptr, std::ceil, nullptr},
    {"Cos", make<math::CosOp>, nullptr, std::cos, nullptr},
    {"Cosh", make<math::CoshOp>, nullptr, std::cosh, nullptr},
    {"Erf", make<math::ErfOp>, nullptr, std::erf, nullptr},
    {"Exp", make<math::ExpOp>, nullptr, std::exp, nullptr},
    {"Floor", make<math::FloorOp>, nullptr, std::floor, nullptr},
    {"Log", make<math::LogOp>, nullptr, std::log, nullptr},
    {"Neg", make<arith::NegFOp>, negateInt, [](double a) { return -a; },
     [](int64_t a) { return wrap(-uint64_t(a)); }},
    {"Reciprocal", reciprocal, nullptr, [](double a) { return 1 / a; },
     nullptr},
    {"Round", make<math::RoundEvenOp>, nullptr, std::nearbyint, nullptr},
    {"Sign", signOf, signOfInt,
     [](double a) { return a > 0   ? 1
                           : a < 0 ? -1
                                   : a; },
     [](int64_t a) { return int64_t(a > 0) - int64_t(a < 0); }},
    {"Sin", make<math::SinOp>, nullptr, std::sin, nullptr},
    {"Sinh", make<math::SinhOp>, nullptr, std::sinh, nullptr},
    {"Sqrt", make<math::SqrtOp>, nullptr, std::sqrt, nullptr},
    {"Tan", make<math::TanOp>, nullptr, std::tan, nullptr},
    {"Tanh", make<math::TanhOp>, nullptr, std::tanh, nullptr},
};

template <typename Table>
static const auto &findOp(const Table &table, StringRef op) {
  return *llvm::find_if(table, [&](const auto &e) { return e.op == op; });
}

//===----------------------------------------------------------------------===//
// Application
//===----------------------------------------------------------------------===//

static Tensor foldBinary(const Binary &op, const Tensor &lhs, const Tensor &rhs,
                         ArrayRef<int64_t> shape) {
  Tensor a = broadcastConstant(lhs, shape), b = broadcastConstant(rhs, shape);
  DType type = op.isPredicate ? DType::Bool : a.type;
  MutableArrayRef<char> data;
  Tensor result = Tensor::constant(type, shape, data);
  char *to = data.data();
  for (int64_t i = 0, e = result.size(); i < e; ++i, to += getByteSize(type)) {
    if (isFloat(a.type))
      storeFloat(type, op.evalFloat(a.getFloat(i), b.getFloat(i)), to);
    else
      storeInt(type, op.evalInt(a.getInt(i), b.getInt(i)), to);
  }
  return result;
}

static FailureOr<Tensor> applyBinary(Node &node, const Binary &op, Tensor &lhs,
                                     Tensor &rhs) {
  if (lhs.type != rhs.type)
    return node.emitError() << "operands of the types " << getName(lhs.type)
                            << " and " << getName(rhs.type);
  auto shape = broadcastShapes(lhs.shape, rhs.shape);
  if (!shape)
    return node.emitError()
           << "shapes " << toString(lhs.shape) << " and " << toString(rhs.shape)
           << " cannot be broadcast to each other";
  if (!node.checkShape(*shape))
    return failure();
  Make make = isFloat(lhs.type)      ? op.makeFloat
              : isUnsigned(lhs.type) ? op.makeUnsigned
                                     : op.makeInt;
  if (!make)
    return node.emitError() << "elements of type " << getName(lhs.type)
                            << " are not supported here";
  if (canFold({&lhs, &rhs}, *shape))
    return foldBinary(op, lhs, rhs, *shape);
  Tensor a = broadcast(node, lhs, *shape), b = broadcast(node, rhs, *shape);
  Value result = make(Math{node}, {node.materialize(a), node.materialize(b)});
  return Tensor::runtime(op.isPredicate ? DType::Bool : a.type, *shape, result);
}

/// All inputs combined by `op`, left to right.
static FailureOr<Tensor> applyAll(Node &node, const Binary &op) {
  Tensor result = node.in(0);
  for (unsigned i = 1; i < node.getNumInputs(); ++i) {
    if (!node.hasInput(i))
      return node.emitError() << "input " << i << " is missing";
    auto next = applyBinary(node, op, result, node.in(i));
    if (failed(next))
      return failure();
    result = *next;
  }
  return result;
}

static LogicalResult importBinary(Node &node) {
  StringRef op = node.getOp() == "Sum" ? "Add" : node.getOp();
  auto result = applyAll(node, findOp(binaries, op));
  if (succeeded(result))
    node.set(0, *result);
  return result;
}

static LogicalResult importMean(Node &node) {
  auto sum = applyAll(node, findOp(binaries, "Add"));
  if (failed(sum))
    return failure();
  Tensor count = Tensor::fromFloats(sum->type, {}, double(node.getNumInputs()));
  auto mean = applyBinary(node, findOp(binaries, "Div"), *sum, count);
  if (succeeded(mean))
    node.set(0, *mean);
  return mean;
}

static LogicalResult importPow(Node &node) {
  Tensor &base = node.in(0);
  Tensor exponent = cast(node, node.in(1), base.type);
  // ONNX Runtime multiplies for squares and cubes.
  if (exponent.isConstant() && exponent.size() == 1 && isFloat(base.type) &&
      !base.isConstant() && exponent.rank() <= base.rank()) {
    Math m{node};
    Value x = node.value(0);
    double number = exponent.getFloat(0);
    if (number == 2 || number == 3) {
      Value square = m.mul(x, x);
      node.set(0, number == 2 ? square : m.mul(square, x));
      return success();
    }
    if (number == 0.5) {
      node.set(0, m.sqrt(x));
      return success();
    }
  }
  auto result = applyBinary(node, findOp(binaries, "Pow"), base, exponent);
  if (succeeded(result))
    node.set(0, *result);
  return result;
}

static LogicalResult importUnary(Node &node) {
  const Unary &op = findOp(unaries, node.getOp());
  const Tensor &x = node.in(0);
  bool isOfFloats = isFloat(x.type);
  if (!isOfFloats && (!op.makeInt || x.type == DType::Bool))
    return failure(!node.requireFloat(0));
  if (!canFold({&x}, x.shape)) {
    Make make = isOfFloats ? op.makeFloat : op.makeInt;
    node.set(0, make(Math{node}, node.value(0)));
    return success();
  }
  MutableArrayRef<char> data;
  Tensor result = Tensor::constant(x.type, x.shape, data);
  unsigned step = getByteSize(x.type);
  for (int64_t i = 0, e = x.size(); i < e; ++i)
    if (isOfFloats)
      storeFloat(x.type, op.evalFloat(x.getFloat(i)), data.data() + i * step);
    else
      storeInt(x.type, op.evalInt(x.getInt(i)), data.data() + i * step);
  node.set(0, result);
  return success();
}

//===----------------------------------------------------------------------===//
// Remainders
//===----------------------------------------------------------------------===//

static double floatRemainder(double a, double b) { return std::fmod(a, b); }

/// The remainder with the sign of the divisor.
static int64_t floorRemainder(int64_t a, int64_t b) {
  if (b == 0 || b == -1)
    return 0;
  int64_t r = a % b;
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

static Value makeFloorRemainder(Math m, ValueRange x) {
  Value zero = m.num(x[0], 0);
  Value r = m.make<arith::RemSIOp>(x);
  auto compare = [&](arith::CmpIPredicate predicate, Value a) -> Value {
    return arith::CmpIOp::create(m.node.b, m.node.loc, predicate, a, zero);
  };
  Value differs =
      m.make<arith::XOrIOp>({compare(arith::CmpIPredicate::slt, r),
                             compare(arith::CmpIPredicate::slt, x[1])});
  Value wrong =
      m.make<arith::AndIOp>({compare(arith::CmpIPredicate::ne, r), differs});
  return m.select(wrong, m.make<arith::AddIOp>({r, x[1]}), r);
}

static LogicalResult importMod(Node &node) {
  static const Binary floorMod = {
      "Mod",   nullptr,       makeFloorRemainder, make<arith::RemUIOp>,
      nullptr, floorRemainder};
  static const Binary truncMod = {
      "Mod",
      make<arith::RemFOp>,
      make<arith::RemSIOp>,
      make<arith::RemUIOp>,
      floatRemainder,
      [](int64_t a, int64_t b) { return b == 0 || b == -1 ? 0 : a % b; }};
  auto result = applyBinary(node, node.getInt("fmod", 0) ? truncMod : floorMod,
                            node.in(0), node.in(1));
  if (succeeded(result))
    node.set(0, *result);
  return result;
}

static const Handler handlers[] = {
    {"Abs", 1, 1, "", importUnary},
    {"Acos", 1, 1, "", importUnary},
    {"Acosh", 1, 1, "", importUnary},
    {"Add", 2, 2, "", importBinary},
    {"And", 2, 2, "", importBinary},
    {"Asin", 1, 1, "", importUnary},
    {"Asinh", 1, 1, "", importUnary},
    {"Atan", 1, 1, "", importUnary},
    {"Atanh", 1, 1, "", importUnary},
    {"Ceil", 1, 1, "", importUnary},
    {"Cos", 1, 1, "", importUnary},
    {"Cosh", 1, 1, "", importUnary},
    {"Div", 2, 2, "", importBinary},
    {"Equal", 2, 2, "", importBinary},
    {"Erf", 1, 1, "", importUnary},
    {"Exp", 1, 1, "", importUnary},
    {"Floor", 1, 1, "", importUnary},
    {"Greater", 2, 2, "", importBinary},
    {"GreaterOrEqual", 2, 2, "", importBinary},
    {"Less", 2, 2, "", importBinary},
    {"LessOrEqual", 2, 2, "", importBinary},
    {"Log", 1, 1, "", importUnary},
    {"Max", 1, kAnyNumber, "", importBinary},
    {"Mean", 1, kAnyNumber, "", importMean},
    {"Min", 1, kAnyNumber, "", importBinary},
    {"Mod", 2, 2, "fmod", importMod},
    {"Mul", 2, 2, "", importBinary},
    {"Neg", 1, 1, "", importUnary},
    {"Or", 2, 2, "", importBinary},
    {"Pow", 2, 2, "", importPow},
    {"Reciprocal", 1, 1, "", importUnary},
    {"Round", 1, 1, "", importUnary},
    {"Sign", 1, 1, "", importUnary},
    {"Sin", 1, 1, "", importUnary},
    {"Sinh", 1, 1, "", importUnary},
    {"Sqrt", 1, 1, "", importUnary},
    {"Sub", 2, 2, "", importBinary},
    {"Sum", 1, kAnyNumber, "", importBinary},
    {"Tan", 1, 1, "", importUnary},
    {"Tanh", 1, 1, "", importUnary},
    {"Xor", 2, 2, "", importBinary},
};

ArrayRef<Handler> onnx_import::getArithmeticHandlers() { return handlers; }
