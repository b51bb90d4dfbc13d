//===- RuntimeCode.h - C code that models are linked with -*- C++ -*-------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_TARGET_RUNTIMECODE_H
#define HSWISH_LIB_TARGET_RUNTIMECODE_H

#include "llvm/Support/Error.h"

namespace llvm {
class Module;
} // namespace llvm

namespace hswish {

/// Gives `module` the functions of lib/Runtime that it declares, each only seen
/// inside. A module that declares none stays as it is.
llvm::Error linkRuntimeCode(llvm::Module &module);

} // namespace hswish

#endif // HSWISH_LIB_TARGET_RUNTIMECODE_H
