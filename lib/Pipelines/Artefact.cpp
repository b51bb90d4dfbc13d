//===- Artefact.cpp - What the compiler writes ----------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Pipelines/Artefact.h"

#include "hswish/Target/Link.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace hswish;

ArtefactKind hswish::getArtefactKind(StringRef path) {
  return llvm::StringSwitch<ArtefactKind>(llvm::sys::path::extension(path))
      .Case(".mlir", ArtefactKind::MLIR)
      .Case(".ll", ArtefactKind::LLVMIR)
      .Case(".s", ArtefactKind::Assembly)
      .Case(".o", ArtefactKind::Object)
      .Case(".a", ArtefactKind::Archive)
      .Case(".so", ArtefactKind::Shared)
      .Case(".h", ArtefactKind::Header)
      .Default(ArtefactKind::Executable);
}

bool hswish::hasHeader(ArtefactKind kind) {
  return kind == ArtefactKind::Object || kind == ArtefactKind::Archive ||
         kind == ArtefactKind::Shared;
}

static std::unique_ptr<llvm::MemoryBuffer> toBuffer(std::string text) {
  return llvm::MemoryBuffer::getMemBufferCopy(text);
}

std::unique_ptr<llvm::MemoryBuffer>
hswish::buildArtefact(ModuleOp module, const ModelInterface &interface,
                      ArtefactKind kind, StringRef path,
                      const CompileOptions &options) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (kind == ArtefactKind::MLIR) {
    module.print(stream);
    stream << "\n";
    return toBuffer(text);
  }
  if (kind == ArtefactKind::Header) {
    writeHeader(interface, stream);
    return toBuffer(text);
  }
  if (kind == ArtefactKind::LLVMIR)
    return emitCode(module, CodeKind::LLVMIR, options);
  if (kind == ArtefactKind::Assembly)
    return emitCode(module, CodeKind::Assembly, options);

  std::unique_ptr<llvm::MemoryBuffer> object =
      emitCode(module, CodeKind::Object, options);
  if (!object || kind == ArtefactKind::Object)
    return object;
  if (options.progress)
    options.progress("linking");
  auto link = [&]() -> BufferOrError {
    if (kind == ArtefactKind::Archive)
      return makeArchive(*object);
    if (kind == ArtefactKind::Shared)
      return linkSharedLibrary(*object, getTarget(module),
                               llvm::sys::path::filename(path));
    return linkExecutable(*object, getTarget(module), getMainSource(interface));
  };
  BufferOrError result = link();
  if (result)
    return std::move(*result);
  module.emitError() << llvm::toString(result.takeError());
  return nullptr;
}
