//===- Powers.cpp - Powers and remainders ---------------------------------===//
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
// Powers
//===----------------------------------------------------------------------===//

/// An exponent as i64. One beyond that loses its top bit, whose power of an odd
/// base is 1, but stays too large for an even one.
static Tensor castExponent(Node &node, Tensor &exponent) {
  if (exponent.type != DType::UI64)
    return cast(node, exponent, DType::I64);
  if (exponent.isConstant()) {
    SmallVector<int64_t> values = exponent.getInts();
    for (int64_t &value : values)
      if (value < 0)
        value = (value & INT64_MAX) | int64_t(1) << 62;
    return Tensor::fromInts(DType::I64, exponent.shape, values);
  }
  Math m{node};
  Value x = exponent.value, one = m.num(x, 1);
  Value low = m.make<arith::ShRUIOp>({m.make<arith::ShLIOp>({x, one}), one});
  Value top = m.make<arith::ShLIOp>(
      {m.make<arith::ShRUIOp>({x, m.num(x, 63)}), m.num(x, 62)});
  return Tensor::runtime(DType::I64, exponent.shape,
                         m.make<arith::OrIOp>({low, top}));
}

/// The type in which a power of numbers of these types is computed.
static DType getPowerType(const Tensor &base, const Tensor &exponent) {
  if (isFloat(base.type)) {
    bool isWhole = !isFloat(exponent.type) && getByteSize(exponent.type) > 2;
    bool isSmall = exponent.isConstant() &&
                   llvm::all_of(exponent.getFloats(), [](double e) {
                     return std::fabs(e) < (1 << 24);
                   });
    // Whether an exponent is odd is in bits that f32 may lack.
    return isWhole && !isSmall ? DType::F64 : base.type;
  }
  if (isUnsigned(base.type))
    return base.type; // refused
  if (isFloat(exponent.type))
    return DType::F64;
  return base.type == exponent.type ? base.type : DType::I64;
}

static LogicalResult importPow(Node &node) {
  DType type = getPowerType(node.in(0), node.in(1));
  Tensor base = cast(node, node.in(0), type);
  Tensor exponent = type == DType::I64 ? castExponent(node, node.in(1))
                                       : cast(node, node.in(1), type);
  // ONNX Runtime multiplies for squares and cubes.
  if (exponent.isConstant() && exponent.size() == 1 && isFloat(base.type) &&
      type == node.in(0).type && !base.isConstant() &&
      exponent.rank() <= base.rank()) {
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
  auto result = applyBinary(node, getBinary("Pow"), base, exponent);
  if (succeeded(result))
    node.set(0, cast(node, *result, node.in(0).type));
  return result;
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
  static constexpr auto remainder = [](uint64_t a, uint64_t b) {
    return b == 0 ? 0 : a % b;
  };
  static const Binary floorMod = {"Mod",
                                  nullptr,
                                  makeFloorRemainder,
                                  make<arith::RemUIOp>,
                                  nullptr,
                                  floorRemainder,
                                  false,
                                  remainder};
  static const Binary truncMod = {
      "Mod",
      make<arith::RemFOp>,
      make<arith::RemSIOp>,
      make<arith::RemUIOp>,
      floatRemainder,
      [](int64_t a, int64_t b) { return b == 0 || b == -1 ? 0 : a % b; },
      false,
      remainder};
  auto result = applyBinary(node, node.getInt("fmod", 0) ? truncMod : floorMod,
                            node.in(0), node.in(1));
  if (succeeded(result))
    node.set(0, *result);
  return result;
}

static const Handler handlers[] = {
    {"Mod", 2, 2, "fmod", importMod},
    {"Pow", 2, 2, "", importPow},
};

ArrayRef<Handler> onnx_import::getPowerHandlers() { return handlers; }
