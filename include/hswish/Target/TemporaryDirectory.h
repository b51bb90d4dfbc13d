//===- TemporaryDirectory.h - Files that nobody else sees -------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_TARGET_TEMPORARYDIRECTORY_H
#define HSWISH_TARGET_TEMPORARYDIRECTORY_H

#include "hswish/Target/Link.h"

#include "llvm/ADT/SmallString.h"

namespace hswish {

/// A directory that disappears with everything in it: with the object, or when
/// a signal ends the process.
class TemporaryDirectory {
public:
  TemporaryDirectory() = default;
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory &) = delete;
  TemporaryDirectory &operator=(const TemporaryDirectory &) = delete;

  llvm::Error create();
  std::string file(llvm::StringRef name) const;
  llvm::Error write(llvm::StringRef name, llvm::StringRef contents) const;
  BufferOrError read(llvm::StringRef name) const;

private:
  llvm::SmallString<128> path;
};

} // namespace hswish

#endif // HSWISH_TARGET_TEMPORARYDIRECTORY_H
