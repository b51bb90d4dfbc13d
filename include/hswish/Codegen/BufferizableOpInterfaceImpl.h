//===- BufferizableOpInterfaceImpl.h - Bufferization of structured ops -*- C++
//-*----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_CODEGEN_BUFFERIZABLEOPINTERFACEIMPL_H
#define HSWISH_CODEGEN_BUFFERIZABLEOPINTERFACEIMPL_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace hswish {

/// Lets one-shot bufferization turn structured ops on tensors into the same
/// ops on memrefs.
void registerBufferizableOpInterfaceExternalModels(
    mlir::DialectRegistry &registry);

} // namespace hswish

#endif // HSWISH_CODEGEN_BUFFERIZABLEOPINTERFACEIMPL_H
