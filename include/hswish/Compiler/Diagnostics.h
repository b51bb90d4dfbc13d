//===- Diagnostics.h - Diagnostics as text ----------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_COMPILER_DIAGNOSTICS_H
#define HSWISH_COMPILER_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"

#include <functional>
#include <string>

namespace hswish {

/// Passes diagnostics of `context` on as text, "file: message", or, of what
/// became of a node of an ONNX file, "file: node 'name' (Op): message"; notes
/// follow what they belong to.
void handleDiagnostics(
    mlir::MLIRContext *context,
    std::function<void(mlir::DiagnosticSeverity, const std::string &)> handle);

/// Prints diagnostics of `context` as "tool: error: file: message", and remarks
/// only if they are wanted.
void printDiagnostics(mlir::MLIRContext *context, llvm::StringRef tool,
                      bool remarks);

} // namespace hswish

#endif // HSWISH_COMPILER_DIAGNOSTICS_H
