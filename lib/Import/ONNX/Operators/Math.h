//===- Math.h - Short names for elementwise ops -----------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_IMPORT_ONNX_OPERATORS_MATH_H
#define HSWISH_LIB_IMPORT_ONNX_OPERATORS_MATH_H

#include "../Node.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace hswish::onnx_import {

/// Elementwise arithmetic on float tensors of one shape, so that formulas read
/// like formulas.
struct Math {
  using Value = mlir::Value;
  Node &node;

  template <typename Op>
  Value make(mlir::ValueRange operands) {
    return Op::create(node.b, node.loc, operands);
  }
  /// A tensor of `number` like `x`.
  Value num(Value x, double number) { return node.splat(x.getType(), number); }
  Value add(Value a, Value b) { return make<mlir::arith::AddFOp>({a, b}); }
  Value sub(Value a, Value b) { return make<mlir::arith::SubFOp>({a, b}); }
  Value mul(Value a, Value b) { return make<mlir::arith::MulFOp>({a, b}); }
  Value div(Value a, Value b) { return make<mlir::arith::DivFOp>({a, b}); }
  Value neg(Value a) { return make<mlir::arith::NegFOp>({a}); }
  Value abs(Value a) { return make<mlir::math::AbsFOp>({a}); }
  Value exp(Value a) { return make<mlir::math::ExpOp>({a}); }
  Value log(Value a) { return make<mlir::math::LogOp>({a}); }
  Value log1p(Value a) { return make<mlir::math::Log1pOp>({a}); }
  Value tanh(Value a) { return make<mlir::math::TanhOp>({a}); }
  Value erf(Value a) { return make<mlir::math::ErfOp>({a}); }
  Value sqrt(Value a) { return make<mlir::math::SqrtOp>({a}); }
  /// NaN in either operand gives NaN, as in ONNX Runtime. ONNX does not say
  /// which of two zeros is larger; neither do we, for the sake of fast clamps.
  Value max(Value a, Value b) {
    return mlir::arith::MaximumFOp::create(node.b, node.loc, a, b,
                                           mlir::arith::FastMathFlags::nsz);
  }
  Value min(Value a, Value b) {
    return mlir::arith::MinimumFOp::create(node.b, node.loc, a, b,
                                           mlir::arith::FastMathFlags::nsz);
  }
  /// Comparisons that are false on NaN.
  Value less(Value a, Value b) {
    return compare(mlir::arith::CmpFPredicate::OLT, a, b);
  }
  Value greater(Value a, Value b) {
    return compare(mlir::arith::CmpFPredicate::OGT, a, b);
  }
  Value compare(mlir::arith::CmpFPredicate predicate, Value a, Value b) {
    return mlir::arith::CmpFOp::create(node.b, node.loc, predicate, a, b);
  }
  Value select(Value condition, Value a, Value b) {
    return make<mlir::arith::SelectOp>({condition, a, b});
  }
  Value sigmoid(Value x) { return div(num(x, 1), add(num(x, 1), exp(neg(x)))); }
};

/// Converts to another type as Cast does.
Tensor cast(Node &node, Tensor &tensor, DType type);

/// The activations that com.microsoft.FusedConv names; reports another one.
mlir::FailureOr<mlir::Value> makeActivation(Node &node, llvm::StringRef name,
                                            llvm::ArrayRef<double> parameters,
                                            mlir::Value x);

} // namespace hswish::onnx_import

#endif // HSWISH_LIB_IMPORT_ONNX_OPERATORS_MATH_H
