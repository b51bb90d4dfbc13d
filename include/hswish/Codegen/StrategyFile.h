//===- StrategyFile.h - Strategies that a user gives -*- C++ -*------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_CODEGEN_STRATEGYFILE_H
#define HSWISH_CODEGEN_STRATEGYFILE_H

#include "hswish/IR/HSwish.h"

#include "llvm/ADT/StringMap.h"

#include <string>

namespace hswish {

/// What a strategy depends on, as text: op, shapes, types, window. Layers of
/// one signature share a strategy, whatever their epilogues do.
std::string getLayerSignature(KernelOpInterface op);

/// Strategies by layer signature. A text file, one layer a line:
///
///     conv_2d 1x14x14x112xf32 by 1x1x112x672xf32 … = #hswish.strategy<…>
///
/// Empty lines and lines that start with "//" are skipped.
class StrategyFile {
public:
  struct Entry {
    StrategyAttr strategy;
    mlir::Location loc;
  };

  /// Reads `path`; on failure, a diagnostic says in which line it is.
  static mlir::FailureOr<StrategyFile> read(llvm::StringRef path,
                                            mlir::MLIRContext *context);

  /// What the file says about layers like `op`, or null.
  const Entry *lookup(KernelOpInterface op) const;

private:
  llvm::StringMap<Entry> entries;
};

} // namespace hswish

#endif // HSWISH_CODEGEN_STRATEGYFILE_H
