//===- Artefact.cpp - What the compiler writes ----------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Compiler/Artefact.h"

#include "hswish/Target/Link.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace hswish;

llvm::Expected<ArtefactKind> hswish::getArtefactKind(StringRef path) {
  StringRef suffix = llvm::sys::path::extension(path);
  auto kind = llvm::StringSwitch<std::optional<ArtefactKind>>(suffix)
                  .Case(".mlir", ArtefactKind::MLIR)
                  .Case(".mlirbc", ArtefactKind::Bytecode)
                  .Case(".ll", ArtefactKind::LLVMIR)
                  .Case(".s", ArtefactKind::Assembly)
                  .Case(".o", ArtefactKind::Object)
                  .Case(".a", ArtefactKind::Archive)
                  .Case(".so", ArtefactKind::Shared)
                  .Case(".h", ArtefactKind::Header)
                  .Default(std::nullopt);
  if (kind)
    return *kind;
  if (llvm::all_of(suffix.drop_front(!suffix.empty()), llvm::isDigit))
    return ArtefactKind::Executable;
  return llvm::createStringError(
      "cannot write '" + path + "': nothing is known that is called " + suffix +
      ": expected .so, .o, .a, .s, .ll, .mlir, .mlirbc, .h, or a program "
      "without a suffix");
}

bool hswish::isMLIR(ArtefactKind kind) {
  return kind == ArtefactKind::MLIR || kind == ArtefactKind::Bytecode;
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
  if (kind == ArtefactKind::Bytecode) {
    if (failed(writeBytecodeToFile(module, stream))) {
      module.emitError("cannot be written as bytecode");
      return nullptr;
    }
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
