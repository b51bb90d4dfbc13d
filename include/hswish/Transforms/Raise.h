//===- Raise.h - Spellings of h-swish to ops -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_TRANSFORMS_RAISE_H
#define HSWISH_TRANSFORMS_RAISE_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mlir {
class Location;
class Operation;
class RewritePatternSet;
class RewriterBase;
} // namespace mlir

namespace hswish {

/// Which accuracy the raised op gets.
enum class RaiseAccuracy {
  Preserve, ///< The one with the bits of the spelling, else default.
  Fast,
  Default,
  Torch,
  Onnx,
  Exact,
};

struct RaiseOptions {
  RaiseAccuracy accuracy = RaiseAccuracy::Preserve;
  /// Refuse a spelling that makes a number of NaN.
  bool keepNaN = false;
};

/// Raises every spelling below `root` in one linear walk, users before
/// operands; dead links are erased. This is what the pass does.
void raiseActivations(mlir::Operation *root, const RaiseOptions &options = {});

/// Raises the spelling whose last link is `op`, if there is one. The links
/// before it are left alone; unused ones can be erased.
mlir::LogicalResult raiseActivation(mlir::RewriterBase &rewriter,
                                    mlir::Operation *op,
                                    const RaiseOptions &options = {});

/// The same as a pattern for a greedy driver, to run among patterns of others.
void populateRaisePatterns(mlir::RewritePatternSet &patterns,
                           const RaiseOptions &options = {});

/// Calls `report` for each op below `root` that ends what looks like a spelling
/// but is none, with what is wrong: "like h-swish, but divides by 5, not 6". To
/// be run after raising.
void explainMisses(
    mlir::Operation *root,
    llvm::function_ref<void(mlir::Operation *, llvm::StringRef)> report);

} // namespace hswish

#endif // HSWISH_TRANSFORMS_RAISE_H
