//===- Arithmetic.cpp - Elementwise arithmetic and comparisons ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Handlers.h"
#include "Elementwise.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

//===----------------------------------------------------------------------===//
// Operators of one and two operands: how they are made and how computed
//===----------------------------------------------------------------------===//

namespace {
struct Unary {
  StringLiteral op;
  Make makeFloat, makeInt;
  Eval1<double> evalFloat;
  Eval1<int64_t> evalInt;
  Make makeUnsigned = nullptr;
  Eval1<uint64_t> evalUnsigned = nullptr;
};
} // namespace

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

/// As `hswish-define-arithmetic` has it at run time.
static int64_t divide(int64_t a, int64_t b) {
  if (b == 0 || b == -1)
    return b == 0 ? 0 : wrap(-uint64_t(a));
  return a / b;
}

static int64_t power(int64_t base, int64_t exponent) {
  if (exponent < 0)
    return base == 1 || (base == -1 && exponent % 2 == 0) ? 1
           : base == -1                                   ? -1
                                                          : 0;
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
     [](double a, double b) { return a / b; }, divide, false,
     [](uint64_t a, uint64_t b) { return b == 0 ? 0 : a / b; }},
    {"Max", make<arith::MaximumFOp>, make<arith::MaxSIOp>, make<arith::MaxUIOp>,
     maximum, [](int64_t a, int64_t b) { return std::max(a, b); }, false,
     [](uint64_t a, uint64_t b) { return std::max(a, b); }},
    {"Min", make<arith::MinimumFOp>, make<arith::MinSIOp>, make<arith::MinUIOp>,
     minimum, [](int64_t a, int64_t b) { return std::min(a, b); }, false,
     [](uint64_t a, uint64_t b) { return std::min(a, b); }},
    {"Pow", make<math::PowFOp>, make<math::IPowIOp>, nullptr,
     [](double a, double b) { return std::pow(a, b); }, power},
    {"And", nullptr, nullptr, make<arith::AndIOp>, nullptr,
     [](int64_t a, int64_t b) { return a & b; }},
    {"Or", nullptr, nullptr, make<arith::OrIOp>, nullptr,
     [](int64_t a, int64_t b) { return a | b; }},
    {"Xor", nullptr, nullptr, make<arith::XOrIOp>, nullptr,
     [](int64_t a, int64_t b) { return a ^ b; }},
    {"Equal", compareFloat<arith::CmpFPredicate::OEQ>,
     compareInt<arith::CmpIPredicate::eq>, compareInt<arith::CmpIPredicate::eq>,
     [](double a, double b) { return double(a == b); },
     [](int64_t a, int64_t b) { return int64_t(a == b); }, true},
    {"Greater", compareFloat<arith::CmpFPredicate::OGT>,
     compareInt<arith::CmpIPredicate::sgt>,
     compareInt<arith::CmpIPredicate::ugt>,
     [](double a, double b) { return double(a > b); },
     [](int64_t a, int64_t b) { return int64_t(a > b); }, true,
     [](uint64_t a, uint64_t b) { return uint64_t(a > b); }},
    {"GreaterOrEqual", compareFloat<arith::CmpFPredicate::OGE>,
     compareInt<arith::CmpIPredicate::sge>,
     compareInt<arith::CmpIPredicate::uge>,
     [](double a, double b) { return double(a >= b); },
     [](int64_t a, int64_t b) { return int64_t(a >= b); }, true,
     [](uint64_t a, uint64_t b) { return uint64_t(a >= b); }},
    {"Less", compareFloat<arith::CmpFPredicate::OLT>,
     compareInt<arith::CmpIPredicate::slt>,
     compareInt<arith::CmpIPredicate::ult>,
     [](double a, double b) { return double(a < b); },
     [](int64_t a, int64_t b) { return int64_t(a < b); }, true,
     [](uint64_t a, uint64_t b) { return uint64_t(a < b); }},
    {"LessOrEqual", compareFloat<arith::CmpFPredicate::OLE>,
     compareInt<arith::CmpIPredicate::sle>,
     compareInt<arith::CmpIPredicate::ule>,
     [](double a, double b) { return double(a <= b); },
     [](int64_t a, int64_t b) { return int64_t(a <= b); }, true,
     [](uint64_t a, uint64_t b) { return uint64_t(a <= b); }},
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

static Value signOfUnsigned(Math m, ValueRange x) {
  return m.make<arith::MinUIOp>({x[0], m.num(x[0], 1)});
}

static Value itself(Math, ValueRange x) { return x[0]; }

static int64_t absOf(int64_t a) { return a < 0 ? wrap(-uint64_t(a)) : a; }

static const Unary unaries[] = {
    {"Abs", make<math::AbsFOp>, make<math::AbsIOp>, std::fabs, absOf, itself,
     [](uint64_t a) { return a; }},
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
     [](int64_t a) { return int64_t(a > 0) - int64_t(a < 0); }, signOfUnsigned,
     [](uint64_t a) { return uint64_t(a > 0); }},
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

const Binary &onnx_import::getBinary(StringRef name) {
  return findOp(binaries, name);
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
    else if (isUnsigned(a.type) && op.evalUnsigned)
      storeUnsigned(type, op.evalUnsigned(a.getInt(i), b.getInt(i)), to);
    else
      storeInt(type, op.evalInt(a.getInt(i), b.getInt(i)), to);
  }
  return result;
}

/// Booleans are no numbers, and numbers no truth values.
static bool takesBooleans(const Binary &op) {
  return !op.makeInt || op.op == "Equal";
}

FailureOr<Tensor> onnx_import::applyBinary(Node &node, const Binary &op,
                                           Tensor &lhs, Tensor &rhs) {
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
  bool isBool = lhs.type == DType::Bool;
  Make make = isFloat(lhs.type)                                ? op.makeFloat
              : isUnsigned(lhs.type) && (op.makeInt || isBool) ? op.makeUnsigned
                                                               : op.makeInt;
  if (!make || (isBool && !takesBooleans(op)))
    return node.emitError() << "elements of type " << getName(lhs.type)
                            << " are not supported here";
  if (node.canFold({&lhs, &rhs}, lhs.type, *shape))
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
  auto result = applyAll(node, getBinary(op));
  if (succeeded(result))
    node.set(0, *result);
  return result;
}

static LogicalResult importMean(Node &node) {
  auto sum = applyAll(node, getBinary("Add"));
  if (failed(sum))
    return failure();
  Tensor count = Tensor::fromFloats(sum->type, {}, double(node.getNumInputs()));
  auto mean = applyBinary(node, getBinary("Div"), *sum, count);
  if (succeeded(mean))
    node.set(0, *mean);
  return mean;
}

static LogicalResult importUnary(Node &node) {
  const Unary &op = findOp(unaries, node.getOp());
  const Tensor &x = node.in(0);
  bool isOfFloats = isFloat(x.type), isOfUnsigned = isUnsigned(x.type);
  Make make = isOfFloats     ? op.makeFloat
              : isOfUnsigned ? op.makeUnsigned
                             : op.makeInt;
  if (!make || x.type == DType::Bool)
    return failure(!node.requireFloat(0));
  if (!node.canFold({&x}, x.type, x.shape)) {
    node.set(0, make(Math{node}, node.value(0)));
    return success();
  }
  MutableArrayRef<char> data;
  Tensor result = Tensor::constant(x.type, x.shape, data);
  unsigned step = getByteSize(x.type);
  for (int64_t i = 0, e = x.size(); i < e; ++i)
    if (isOfFloats)
      storeFloat(x.type, op.evalFloat(x.getFloat(i)), data.data() + i * step);
    else if (isOfUnsigned)
      storeUnsigned(x.type, op.evalUnsigned(x.getInt(i)),
                    data.data() + i * step);
    else
      storeInt(x.type, op.evalInt(x.getInt(i)), data.data() + i * step);
  node.set(0, result);
  return success();
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
    {"Mul", 2, 2, "", importBinary},
    {"Neg", 1, 1, "", importUnary},
    {"Or", 2, 2, "", importBinary},
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
