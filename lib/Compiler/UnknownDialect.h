//===- UnknownDialect.h - Files in dialects of other compilers --*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_COMPILER_UNKNOWNDIALECT_H
#define HSWISH_LIB_COMPILER_UNKNOWNDIALECT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/MemoryBufferRef.h"

namespace hswish {

/// Parses MLIR as text or bytecode. An error about a dialect that we don't have
/// becomes one that names the first op of such a dialect, and the command that
/// makes our input of it. Null with a diagnostic on failure.
mlir::OwningOpRef<mlir::ModuleOp> parseModel(llvm::MemoryBufferRef buffer,
                                             mlir::MLIRContext *context);

} // namespace hswish

#endif // HSWISH_LIB_COMPILER_UNKNOWNDIALECT_H
