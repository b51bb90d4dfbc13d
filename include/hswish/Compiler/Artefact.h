//===- Artefact.h - What the compiler writes -*- C++ -*--------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_COMPILER_ARTEFACT_H
#define HSWISH_COMPILER_ARTEFACT_H

#include "hswish/Codegen/ModelInterface.h"
#include "hswish/Compiler/Compiler.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace hswish {

/// What a compilation is wanted as.
enum class ArtefactKind {
  MLIR,
  Bytecode,
  LLVMIR,
  Assembly,
  Object,
  Archive,
  Shared,
  Executable,
  Header
};

/// The kind that a file of this name holds: by suffix; a program without one.
/// (A number is none: net-v1.2 is a program.)
llvm::Expected<ArtefactKind> getArtefactKind(llvm::StringRef path);

/// Whether it is MLIR, before there is any code.
bool isMLIR(ArtefactKind kind);

/// Whether a C header goes with it.
bool hasHeader(ArtefactKind kind);

/// The contents of an artefact of a module that `compileToLLVMDialect` made
/// (or, for MLIR, any module). Null with a diagnostic on failure. `path` is
/// where the artefact will be written.
std::unique_ptr<llvm::MemoryBuffer>
buildArtefact(mlir::ModuleOp module, const ModelInterface &interface,
              ArtefactKind kind, llvm::StringRef path,
              const CompileOptions &options);

/// The C header of a compiled model; it includes nothing of ours.
void writeHeader(const ModelInterface &interface, llvm::raw_ostream &stream);

/// The C source of a program that runs a model on .npy files.
std::string getMainSource(const ModelInterface &interface);

} // namespace hswish

#endif // HSWISH_COMPILER_ARTEFACT_H
