//===- Variants.h - Several targets in one library -*- C++ -*--------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_COMPILER_VARIANTS_H
#define HSWISH_COMPILER_VARIANTS_H

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace hswish {

/// The targets of a list: "x86-64-v3,x86-64-v4". Commas inside a target, before
/// cpu=, features=, + and -, do not count.
llvm::SmallVector<std::string> splitTargets(llvm::StringRef list);

/// Marks `module` as to be compiled for all targets of `list`: one becomes its
/// `hswish.target`; several become its `hswish.variants`, the best one first,
/// and its target is what they have in common, for the code that chooses.
mlir::LogicalResult
setTargets(mlir::ModuleOp module, llvm::StringRef list,
           llvm::function_ref<mlir::InFlightDiagnostic()> emitError);

} // namespace hswish

#endif // HSWISH_COMPILER_VARIANTS_H
