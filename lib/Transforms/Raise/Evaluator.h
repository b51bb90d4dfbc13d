//===- Evaluator.h - A value as a function of another -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_TRANSFORMS_RAISE_EVALUATOR_H
#define HSWISH_LIB_TRANSFORMS_RAISE_EVALUATOR_H

#include "Links.h"
#include "Piecewise.h"

#include "llvm/ADT/DenseMap.h"
#include <string>

namespace hswish::raise {

/// A change of layout: a permutation, or (if `permutation` is empty) a
/// reshape.
struct ViewStep {
  llvm::SmallVector<int64_t, 4> permutation, shape;
  bool operator==(const ViewStep &other) const {
    return permutation == other.permutation && shape == other.shape;
  }
};

/// What is known of a value: how its elements depend on those of the variable.
struct State {
  enum Kind { Unknown, Number, Truth };
  Kind kind = Unknown;
  Function function;   ///< What a number is, as a function of x.
  Condition condition; ///< Where a truth holds.
  /// The sign of a constant that is too wide for a bound. It has no function.
  int infinity = 0;
  bool isConstant = false; ///< The variable does not enter.
  /// How far quantisers may carry a number from the function, by rounding. Of a
  /// truth: not 0 if it may be the other one.
  Function slack = Function::constant(0);
  /// The layout changes between the variable and this value, in normal form.
  llvm::SmallVector<ViewStep, 2> view = {};
  /// Width of the narrowest type on the way from the variable (excluded).
  unsigned narrowest = UINT_MAX;
  /// What stopped the evaluation, if the value is unknown; else why it is none
  /// of our activations, whatever it looks like.
  std::string reason = {};
  mlir::Operation *stoppedAt = nullptr;

  static State unknown(mlir::Operation *op, std::string reason);

  bool isRounded() const { return slack.getConstant() != Rational(0); }
};

/// Evaluates values as functions of `variable`.
class Evaluator {
public:
  /// `aliases` maps duplicates of conversions to the first of them.
  Evaluator(mlir::Value variable,
            const llvm::DenseMap<mlir::Value, mlir::Value> &aliases)
      : variable(variable), aliases(aliases) {}

  const State &evaluate(mlir::Value value);

private:
  State compute(mlir::Value value);
  State computeLink(const Link &link);
  State computeView(const Link &link);
  State computeCast(const Link &link);
  State computeRequantise(const Link &link);
  State computeBody(const Link &link);
  State computeBoundArgument(mlir::BlockArgument argument);
  State computeArithmetic(const Link &link);
  /// min(max(x, low), high) or one of the two.
  std::optional<Function> clamp(const Link &link, const State &x,
                                const State *low, const State *high);

  mlir::Value variable;
  const llvm::DenseMap<mlir::Value, mlir::Value> &aliases;
  llvm::DenseMap<mlir::Value, std::unique_ptr<State>> states;
};

} // namespace hswish::raise

#endif // HSWISH_LIB_TRANSFORMS_RAISE_EVALUATOR_H
