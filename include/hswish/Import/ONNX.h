//===- ONNX.h - From ONNX files to MLIR -------------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_IMPORT_ONNX_H
#define HSWISH_IMPORT_ONNX_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBufferRef.h"

#include <functional>

namespace hswish {

/// A shape for an input, and who says so, for messages.
struct GivenShape {
  llvm::SmallVector<int64_t> shape;
  std::string origin;
};
using GivenShapes = llvm::StringMap<GivenShape>;

/// Finds shapes of inputs, given the names of all, in the model's order.
using ShapeFinder =
    std::function<llvm::Expected<GivenShapes>(llvm::ArrayRef<std::string>)>;

/// What the user may say about an import.
struct ImportOptions {
  /// Shapes of graph inputs by name, for files that leave dimensions open.
  llvm::StringMap<llvm::SmallVector<int64_t>> shapes;
  /// Bytes that the model may take, see `IR/MemoryLimit.h`; 0: the default.
  int64_t memoryLimit = 0;
  /// Asked where a dimension is open and `shapes` is silent about its input.
  ShapeFinder findShapes;
  /// The name of the function; if empty it is made from the file's name.
  std::string name;
};

/// Adds "NAME=1x3x224x224" to `options.shapes`. On failure `error` says why.
mlir::LogicalResult parseShapeOption(llvm::StringRef text,
                                     ImportOptions &options,
                                     std::string &error);

/// Reads an ONNX file. Null after an error, which has been emitted as a
/// diagnostic with the file's name.
mlir::OwningOpRef<mlir::ModuleOp> importOnnx(llvm::StringRef path,
                                             const ImportOptions &options,
                                             mlir::MLIRContext *context);

/// Imports an ONNX model from memory; the identifier of `buffer` is the path of
/// its file, in whose folder external data is looked for.
mlir::OwningOpRef<mlir::ModuleOp> importOnnx(llvm::MemoryBufferRef buffer,
                                             const ImportOptions &options,
                                             mlir::MLIRContext *context);

/// Loads the dialects that imported models use.
void registerOnnxImportDialects(mlir::DialectRegistry &registry);

} // namespace hswish

#endif // HSWISH_IMPORT_ONNX_H
