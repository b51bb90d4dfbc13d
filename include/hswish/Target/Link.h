//===- Link.h - From object files to libraries -*- C++ -*------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_TARGET_LINK_H
#define HSWISH_TARGET_LINK_H

#include "hswish/IR/HSwish.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>

namespace hswish {

using BufferOrError = llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>;

/// A shared library of one object. It needs no toolchain of the target: lld
/// links in this process, one library after the other and in the caller's
/// thread, and of libc and libm only the names are needed.
BufferOrError linkSharedLibrary(llvm::MemoryBufferRef object, TargetAttr target,
                                llvm::StringRef soname);

/// A program of one object and one C file, made by the target's C compiler
/// ($CC, cc, or TRIPLE-gcc when cross-compiling). A static one needs no
/// libraries where it runs.
BufferOrError linkExecutable(llvm::MemoryBufferRef object, TargetAttr target,
                             llvm::StringRef mainSource, bool isStatic = false);

/// A static library of one object.
BufferOrError makeArchive(llvm::MemoryBufferRef object);

} // namespace hswish

#endif // HSWISH_TARGET_LINK_H
