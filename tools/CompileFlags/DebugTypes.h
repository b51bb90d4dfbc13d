//===- DebugTypes.h - What developers want to read -*- C++ -*--------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_TOOLS_COMPILEFLAGS_DEBUGTYPES_H
#define HSWISH_TOOLS_COMPILEFLAGS_DEBUGTYPES_H

namespace hswish {

/// Adds the option `--hswish-debug=PASS,…`: in builds with assertions the debug
/// output (LDBG) of those passes of ours is printed, in others it is an error.
/// LLVM's own `--debug-only` exists only where LLVM was built with assertions.
void registerDebugTypes();

} // namespace hswish

#endif // HSWISH_TOOLS_COMPILEFLAGS_DEBUGTYPES_H
