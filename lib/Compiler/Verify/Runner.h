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

/// Code of a model, to be run any number of times.
class Program {
public:
  virtual ~Program();

  /// The outputs. If there are fewer inputs than the model has, the others are
  /// the memory of its last outputs, where `Runner::sharesMemory`: it runs
  /// until it reads there what it writes.
  virtual llvm::Expected<std::vector<Bytes>>
  run(llvm::ArrayRef<Bytes> inputs) = 0;
};

/// How code for a target can be run on this machine.
class Runner {
public:
  /// Nothing if it cannot.
  static std::optional<Runner> find(TargetAttr target);

  /// "qemu-aarch64", or empty: by the CPU itself.
  llvm::StringRef getEmulator() const { return emulator; }

  /// Whether an input may be the memory of an output.
  bool sharesMemory() const { return emulator.empty(); }

  /// Compiles `module`, which is at `Stage::Fuse`. Null with a diagnostic if
  /// that fails.
  std::unique_ptr<Program> compile(mlir::ModuleOp module,
                                   const CompileOptions &options) const;

private:
  std::string emulator, program; ///< its name, and where it is
};

} // namespace hswish

#endif // HSWISH_LIB_COMPILER_VERIFY_RUNNER_H
