//===- Dissection.h - What looks like a spelling -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_TRANSFORMS_RAISE_DISSECTION_H
#define HSWISH_LIB_TRANSFORMS_RAISE_DISSECTION_H

#include "Piecewise.h"

#include "mlir/IR/Operation.h"
#include "llvm/ADT/SmallVector.h"
#include <string>

namespace hswish::raise {

/// A constant of a candidate: what it means, and as it is written.
struct Number {
  Rational value;
  std::string text;
};

/// scale * others * clamp(slope * x + offset, low, high).
struct Candidate {
  mlir::Operation *root = nullptr;
  mlir::Value clamp, line, x;
  std::optional<Number> low, high, slope, offset;
  /// The product of the constants that the clamp is multiplied by, divided by
  /// those that divide it, and of its other factors' constants.
  Rational scale = 1;
  llvm::SmallVector<Number, 2> multipliers, divisors;
  llvm::SmallVector<mlir::Value, 2> others;
  /// What alone rules it out.
  std::string obstacle;
};

/// Takes the clamp whose last link is `op`, what comes before it and what comes
/// after it apart; nothing if there is none.
std::optional<Candidate> dissect(mlir::Operation *op);

} // namespace hswish::raise

#endif // HSWISH_LIB_TRANSFORMS_RAISE_DISSECTION_H
