//===- Links.h - The ops that spellings are made of -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// arith, math, TOSA, linalg and our own ops say the same things in different
// words; a `Link` is what they say. Everything that looks at spellings looks at
// links.
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_TRANSFORMS_RAISE_LINKS_H
#define HSWISH_LIB_TRANSFORMS_RAISE_LINKS_H

#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/APFloat.h"
#include <optional>

namespace hswish::raise {

enum class LinkKind {
  Add,
  Sub,
  Mul,
  Div,
  Negate,
  Reciprocal,
  Fma,   ///< a * b + c
  Max,   ///< maximum of two
  Min,   ///< minimum of two
  Clamp, ///< min(max(x, low), high); bounds are operands 1, 2 or attributes
  Compare,
  Select,
  And,
  Or,
  Not,
  View,       ///< The same elements in another layout.
  Cast,       ///< Another float type.
  Requantise, ///< To a quantised type and back.
  Body,       ///< An elementwise linalg op: what its body does.
  Activation, ///< relu6, hard_sigmoid or hard_swish.
};

/// (clamp(roundeven(x / step) + zero, low, high) - zero) * step.
struct Quantiser {
  double step = 0, zero = 0, low = 0, high = 0;

  /// The ends of what is representable.
  double rangeLow() const { return (low - zero) * step; }
  double rangeHigh() const { return (high - zero) * step; }
  /// Whether the step is a positive number and the others are whole numbers in
  /// order, as those of a quantiser are.
  bool isValid() const;
  /// What the pair makes of a constant, in the arithmetic of its type.
  llvm::APFloat apply(const llvm::APFloat &x) const;
  bool operator==(const Quantiser &) const = default;
};

struct Link {
  LinkKind kind;
  mlir::Operation *op;
  llvm::SmallVector<mlir::Value, 3> operands = {};
  /// Whether NaN in one operand of Max, Min or Clamp gives NaN.
  bool propagatesNaN = true;
  /// What a Compare asks.
  mlir::arith::CmpFPredicate predicate =
      mlir::arith::CmpFPredicate::AlwaysFalse;
  /// The bounds of a Clamp, if they are attributes.
  std::optional<llvm::APFloat> low = {}, high = {};
  /// The quantiser of a Requantise.
  Quantiser quantiser = {};

  bool isArithmetic() const {
    return kind != LinkKind::View && kind != LinkKind::Cast &&
           kind != LinkKind::Requantise;
  }
};

/// What `op` says, if it is a link: one result of a supported float type (i1
/// for conditions).
std::optional<Link> getLink(mlir::Operation *op);
std::optional<Link> getLink(mlir::Value value);

/// The end of the pair that `user` begins, if it quantises `value` and back.
mlir::Operation *findRequantise(mlir::Value value, mlir::Operation *user);

/// The value in the enclosing linalg op's operands that this argument of its
/// body is an element of.
mlir::OpOperand *getBoundOperand(mlir::BlockArgument argument);

/// Whether the two links are casts or views (or requantise) that do the same to
/// the same value.
bool areSameConversion(const Link &a, const Link &b);

} // namespace hswish::raise

#endif // HSWISH_LIB_TRANSFORMS_RAISE_LINKS_H
