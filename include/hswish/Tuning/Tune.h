//===- Tune.h - Strategies by measurement -*- C++ -*-----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_TUNING_TUNE_H
#define HSWISH_TUNING_TUNE_H

#include "hswish/Compiler/Compiler.h"

namespace hswish {

struct TuneOptions {
  /// So many strategies that the cost model likes best are tried.
  unsigned candidates = 8;
  /// Called before each layer is measured.
  std::function<void(size_t done, size_t total, llvm::StringRef layer)>
      progress;
};

/// Measures the best strategies of the cost model for each distinct layer of
/// `module`, on this machine, with hot caches and as many threads as `options`
/// say, and writes the fastest to the file `path` (see StrategyFile.h). A
/// candidate that computes anything else than the cost model's first choice is
/// left out. `module` stays as it is.
mlir::LogicalResult tune(mlir::ModuleOp module, llvm::StringRef path,
                         const CompileOptions &options,
                         const TuneOptions &tuneOptions);

} // namespace hswish

#endif // HSWISH_TUNING_TUNE_H
