//===- BindShapes.h - Sizes for dynamic dimensions of a module --*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_COMPILER_BINDSHAPES_H
#define HSWISH_COMPILER_BINDSHAPES_H

#include "hswish/Import/ONNX.h"

namespace hswish {

/// Gives the arguments of the function `entry`, or of the public one, the
/// shapes that the user names, and all that follows from them. An argument goes
/// by its `hswish.name` or, without one, by its name in the module's `text` or
/// "input" and its number.
mlir::LogicalResult bindShapes(mlir::ModuleOp module,
                               llvm::MemoryBufferRef text,
                               llvm::StringRef entry,
                               const ImportOptions &options);

} // namespace hswish

#endif // HSWISH_COMPILER_BINDSHAPES_H
