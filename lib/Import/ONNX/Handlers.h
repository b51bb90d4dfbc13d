//===- Handlers.h - The table of operators ----------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_IMPORT_ONNX_HANDLERS_H
#define HSWISH_LIB_IMPORT_ONNX_HANDLERS_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/StringRef.h"

namespace hswish::onnx_import {

class Node;

/// How an operator is imported.
struct Handler {
  llvm::StringLiteral op;
  /// Numbers of inputs.
  unsigned minInputs, maxInputs;
  /// Names of all attributes that it understands, separated by blanks.
  llvm::StringLiteral attributes;
  mlir::LogicalResult (*import)(Node &node);
  /// "" or "com.microsoft".
  llvm::StringLiteral domain = "";
};

inline constexpr unsigned kAnyNumber = ~0u;

/// The handler of an operator, or null.
const Handler *findHandler(llvm::StringRef domain, llvm::StringRef op);

/// The tables, one a file.
llvm::ArrayRef<Handler> getArithmeticHandlers();
llvm::ArrayRef<Handler> getActivationHandlers();
llvm::ArrayRef<Handler> getCastHandlers();
llvm::ArrayRef<Handler> getConstantHandlers();
llvm::ArrayRef<Handler> getConvolutionHandlers();
llvm::ArrayRef<Handler> getLogicHandlers();
llvm::ArrayRef<Handler> getMatmulHandlers();
llvm::ArrayRef<Handler> getNormalizationHandlers();
llvm::ArrayRef<Handler> getPadHandlers();
llvm::ArrayRef<Handler> getPoolingHandlers();
llvm::ArrayRef<Handler> getPowerHandlers();
llvm::ArrayRef<Handler> getQuantizationHandlers();
llvm::ArrayRef<Handler> getReductionHandlers();
llvm::ArrayRef<Handler> getResizeHandlers();
llvm::ArrayRef<Handler> getShapeHandlers();
llvm::ArrayRef<Handler> getSliceHandlers();

} // namespace hswish::onnx_import

#endif // HSWISH_LIB_IMPORT_ONNX_HANDLERS_H
