//===- CompileFlags.h - Options of tools that compile -----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_TOOLS_COMPILEFLAGS_COMPILEFLAGS_H
#define HSWISH_TOOLS_COMPILEFLAGS_COMPILEFLAGS_H

#include "hswish/Compiler/Compiler.h"

#include "llvm/Support/CommandLine.h"

namespace hswish {

/// The options that say how a model is compiled, for every tool that does it,
/// and what is to be seen meanwhile. An object is a static variable of the
/// tool.
class CompileFlags {
public:
  /// How weights of matrix-vector products are stored.
  enum class Weights { F32, F16 };

  CompileFlags(llvm::StringRef tool, llvm::cl::OptionCategory &category);

  /// Prints the tool's name and version when asked to.
  void setVersionPrinter() const;
  /// What the command line says; reports what is wrong with it.
  llvm::Expected<CompileOptions> getOptions();
  /// The machine whose limits a profile is held against: of several targets,
  /// the one that this machine has.
  std::string getMachine() const;
  /// A context that prints diagnostics as the command line says.
  std::unique_ptr<mlir::MLIRContext> createContext();
  /// Shows on a terminal what is being done, in the place of what was before.
  void showProgress(const llvm::Twine &what);
  /// Takes it off the terminal.
  void clearProgress();

  llvm::cl::list<std::string> targets;
  llvm::cl::opt<std::string> accuracy, strategies, entry;
  llvm::cl::list<std::string> shapes;
  llvm::cl::opt<Weights> weights;
  llvm::cl::opt<bool> keepTinyWeights;
  llvm::cl::opt<int> threads;
  llvm::cl::opt<std::string> maxMemory;
  llvm::cl::opt<unsigned> level;
  llvm::cl::opt<bool> noKernels, verify, explain, verbose;

private:
  std::string tool;
  /// Whether the terminal shows what is being done.
  bool isShown = false;
};

} // namespace hswish

#endif // HSWISH_TOOLS_COMPILEFLAGS_COMPILEFLAGS_H
