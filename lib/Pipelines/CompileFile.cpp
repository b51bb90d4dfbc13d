//===- CompileFile.cpp - From a file to a file ----------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Pipelines/CompileFile.h"

#include "hswish/Runtime/File.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace hswish;

std::string hswish::getHeaderPath(StringRef output, ArtefactKind kind) {
  if (!hasHeader(kind) || output == "-")
    return "";
  llvm::SmallString<128> path(output);
  llvm::sys::path::replace_extension(path, ".h");
  return path.str().str();
}

llvm::Error hswish::writeArtefact(const llvm::MemoryBuffer &artefact,
                                  StringRef output, ArtefactKind kind,
                                  const ModelInterface &interface,
                                  StringRef header) {
  if (!header.empty())
    if (llvm::Error error = writeFile(header, [&](llvm::raw_ostream &stream) {
          writeHeader(interface, stream);
        }))
      return error;
  bool executable =
      kind == ArtefactKind::Executable || kind == ArtefactKind::Shared;
  llvm::Error error = writeFile(
      output,
      [&](llvm::raw_ostream &stream) { stream << artefact.getBuffer(); },
      executable);
  if (error && !header.empty())
    (void)llvm::sys::fs::remove(header);
  return error;
}

LogicalResult hswish::compileFile(StringRef input, StringRef output,
                                  StringRef header,
                                  const CompileOptions &options,
                                  MLIRContext *context) {
  auto module = loadModel(input, options, context);
  ModelInterface interface;
  if (!module || failed(compile(*module, Stage::LLVM, options, &interface)))
    return failure();
  ArtefactKind kind = getArtefactKind(output);
  auto artefact = buildArtefact(*module, interface, kind, output, options);
  if (!artefact)
    return failure();
  if (llvm::Error error =
          writeArtefact(*artefact, output, kind, interface, header))
    return emitError(UnknownLoc::get(context),
                     llvm::toString(std::move(error)));
  return success();
}
