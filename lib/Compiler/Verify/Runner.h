//===- Runner.h - Running code here or under qemu ---------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_COMPILER_VERIFY_RUNNER_H
#define HSWISH_LIB_COMPILER_VERIFY_RUNNER_H

#include "hswish/Compiler/Compiler.h"

namespace hswish {

using Bytes = std::vector<char>;

/// How code for a target can be run on this machine.
class Runner {
public:
  /// Nothing if it cannot.
  static std::optional<Runner> find(TargetAttr target);

  /// "qemu-aarch64", or empty: by the CPU itself.
  llvm::StringRef getEmulator() const { return emulator; }

  /// Compiles `module`, which is at `Stage::Fuse`, and runs it once with each
  /// of `inputs`. Fails with a diagnostic.
  mlir::FailureOr<std::vector<std::vector<Bytes>>>
  run(mlir::ModuleOp module, const CompileOptions &options,
      llvm::ArrayRef<std::vector<Bytes>> inputs) const;

private:
  std::string emulator, program; ///< its name, and where it is
};

} // namespace hswish

#endif // HSWISH_LIB_COMPILER_VERIFY_RUNNER_H
