//===- Emulate.h - Models for another architecture --------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_COMPILER_EMULATE_H
#define HSWISH_COMPILER_EMULATE_H

#include "hswish/Codegen/ModelInterface.h"
#include "hswish/Runtime/Model.h"

namespace hswish {

/// The emulator of another architecture's Linux programs: the path of
/// qemu-ARCH. An error says why code for `target` cannot be run here.
llvm::Expected<std::string> findEmulator(TargetAttr target);

/// A model whose code, `object`, is linked into a program for its architecture,
/// which `emulator` starts for each run. `verification` is what the model's
/// info says of it.
llvm::Expected<std::unique_ptr<Model>>
emulateModel(llvm::MemoryBufferRef object, TargetAttr target,
             const ModelInterface &interface, llvm::StringRef verification,
             llvm::StringRef emulator);

} // namespace hswish

#endif // HSWISH_COMPILER_EMULATE_H
