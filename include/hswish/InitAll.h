//===- InitAll.h - Registration of everything -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_INITALL_H
#define HSWISH_INITALL_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace hswish {

/// Registers the dialect and its external interfaces (bufferization, …).
void registerAllDialects(mlir::DialectRegistry &registry);

/// Registers every pass and named pipeline of the project.
void registerAllPasses();

} // namespace hswish

#endif // HSWISH_INITALL_H
