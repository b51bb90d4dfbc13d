//===- FindSpelling.h - Finding spellings -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_TRANSFORMS_RAISE_FINDSPELLING_H
#define HSWISH_LIB_TRANSFORMS_RAISE_FINDSPELLING_H

#include "Activations.h"
#include "Links.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace hswish::raise {

/// The links before a root, as far as one looks.
struct Slice {
  /// Values that all ways from the root to something not constant pass
  /// through, the nearest first.
  llvm::SmallVector<mlir::Value, 8> variables;
  /// How many links lie between the root and each of the variables.
  llvm::SmallVector<unsigned, 8> distances;
  /// Duplicates of conversions, to the first one.
  llvm::DenseMap<mlir::Value, mlir::Value> aliases;
  /// The root and the links before it, users first.
  llvm::SmallVector<Link, 16> links;
};

/// Walks back from `root`, over a bounded number of links of its block.
Slice getSlice(mlir::Operation *root);

/// Whether the value is a splat constant, or computed from such.
bool isConstant(mlir::Value value);

/// An activation that was found.
struct Spelling {
  Activation activation;
  int factor = 1;
  /// What the result is limited to, if not nothing.
  std::optional<Rational> ceiling = {};
  mlir::Value variable = {};
  Accuracy accuracy = Accuracy::Default;
  mlir::arith::FastMathFlags fastmath = mlir::arith::FastMathFlags::none;
  /// Views between the variable and the root, nearest to the variable first.
  llvm::SmallVector<mlir::Operation *, 2> views = {};
  /// All links of the spelling.
  llvm::SmallPtrSet<mlir::Operation *, 16> links = {};
};

/// The activation that `root` is the last link of.
std::optional<Spelling> findSpelling(mlir::Operation *root, bool keepsNaN);

/// x * sigmoid(x) and x / (1 + exp(-x)): gives x.
mlir::Value matchSwish(const Link &root);

/// Whether a user multiplies or divides by a constant or by `variable`: then
/// x * relu6(x + 3) is a part of something else, such as
/// x * relu6(x + 3) / 5.
bool isScaledByUser(mlir::Value value, mlir::Value variable);

} // namespace hswish::raise

#endif // HSWISH_LIB_TRANSFORMS_RAISE_FINDSPELLING_H
