//===- CompileFile.h - From a file to a file --------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_COMPILER_COMPILEFILE_H
#define HSWISH_COMPILER_COMPILEFILE_H

#include "hswish/Compiler/Artefact.h"

namespace hswish {

/// Where the C header of an artefact goes: beside it; empty if it has none.
std::string getHeaderPath(llvm::StringRef output, ArtefactKind kind);

/// The prefix of the symbols of what is written to `output`: its name without
/// folder and suffix, so that two files never share symbols. Empty for the
/// model's own name: of MLIR, which is still to be compiled, and of what is no
/// file.
std::string getDefaultName(llvm::StringRef output, ArtefactKind kind);

/// A file that is read or written, and what it is to the user.
struct UsedFile {
  llvm::StringRef path, role;
};

/// An error if one of `outputs` would overwrite another one or one of
/// `inputs`. Empty paths, "-", pipes and devices do not count.
llvm::Error checkOutputs(llvm::ArrayRef<UsedFile> outputs,
                         llvm::ArrayRef<UsedFile> inputs);

/// Writes an artefact, and the model's C header unless `header` is empty.
/// Either all of it appears or nothing.
llvm::Error writeArtefact(const llvm::MemoryBuffer &artefact,
                          llvm::StringRef output, ArtefactKind kind,
                          const ModelInterface &interface,
                          llvm::StringRef header);

/// Compiles the model `input` to the file `output`, whose suffix says what it
/// becomes, and writes its C header to `header` unless that is empty. Errors
/// are diagnostics of `context`.
mlir::LogicalResult compileFile(llvm::StringRef input, llvm::StringRef output,
                                llvm::StringRef header,
                                const CompileOptions &options,
                                mlir::MLIRContext *context);

} // namespace hswish

#endif // HSWISH_COMPILER_COMPILEFILE_H
