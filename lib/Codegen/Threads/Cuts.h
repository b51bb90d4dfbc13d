//===- Cuts.h - What threads can share of a kernel -------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_THREADS_CUTS_H
#define HSWISH_LIB_CODEGEN_THREADS_CUTS_H

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace hswish {

/// A loop that is cut, or a run of other ops that is done as a whole.
struct Item {
  mlir::scf::ParallelOp loop;
  llvm::SmallVector<mlir::Operation *> run;
  /// How often the loop runs, if that is known, and what is cut inside.
  std::optional<int64_t> iterations = 1;
  std::vector<Item> inner;
  /// The work of one iteration of which nothing is cut, or of the run.
  int64_t work = 1;
  /// Whether all threads run this loop, and share the loops inside.
  bool isEveryones = false;
  /// Whether it is a line of its own.
  bool isLine = false;

  /// Whether it has a part of the line around it.
  bool hasLength() const { return !isEveryones && !isLine; }
};

/// What can be cut of `block`, in order; nothing if that is not possible. How
/// often a loop runs may be a value that is known where `kernel` starts.
std::vector<Item> planCuts(mlir::Block &block, mlir::Block &kernel,
                           int64_t threads);

/// The first op that is not free of effects, or the terminator.
mlir::Operation *getStart(mlir::Block &kernel);

} // namespace hswish

#endif // HSWISH_LIB_CODEGEN_THREADS_CUTS_H
