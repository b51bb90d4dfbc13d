//===- LoadLibrary.h - Shared libraries as they are now ---------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_RUNTIME_LOADLIBRARY_H
#define HSWISH_LIB_RUNTIME_LOADLIBRARY_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace hswish {

/// Loads the shared library that is at `path` now, whatever was loaded from
/// there before. Processes and loads of the same file share its pages. To be
/// closed with dlclose.
llvm::Expected<void *> loadLibrary(llvm::StringRef path);

} // namespace hswish

#endif // HSWISH_LIB_RUNTIME_LOADLIBRARY_H
