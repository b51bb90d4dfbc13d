//===- File.h - Files that appear as a whole -*- C++ -*--------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_RUNTIME_FILE_H
#define HSWISH_RUNTIME_FILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace hswish {

/// Writes a file under a temporary name and renames it when it is complete: on
/// errors, whatever was at `path` stays. Pipes and devices are written
/// directly, "-" is the standard output.
llvm::Error writeFile(llvm::StringRef path,
                      llvm::function_ref<void(llvm::raw_ostream &)> write,
                      bool executable = false);

} // namespace hswish

#endif // HSWISH_RUNTIME_FILE_H
