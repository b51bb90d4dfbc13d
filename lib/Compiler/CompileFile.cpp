//===- CompileFile.cpp - From a file to a file ----------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Compiler/CompileFile.h"

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

/// Whether `path` is that of a file, or of none yet.
static bool isFile(StringRef path) {
  if (path.empty() || path == "-")
    return false;
  llvm::sys::fs::file_status status;
  return llvm::sys::fs::status(path, status) ||
         status.type() == llvm::sys::fs::file_type::regular_file;
}

std::string hswish::getDefaultName(StringRef output, ArtefactKind kind) {
  if (isMLIR(kind) || !isFile(output))
    return "";
  return llvm::sys::path::stem(output).str();
}

/// Whether two paths are of one file, which need not be there yet.
static bool isSameFile(StringRef a, StringRef b) {
  bool same = false;
  if (!llvm::sys::fs::equivalent(a, b, same) && same)
    return true;
  // The folders are there, or nothing can be written.
  auto resolve = [](StringRef path) {
    SmallString<128> folder(path), resolved;
    (void)llvm::sys::fs::make_absolute(folder);
    std::string name = llvm::sys::path::filename(folder).str();
    llvm::sys::path::remove_filename(folder);
    if (llvm::sys::fs::real_path(folder, resolved))
      resolved = folder;
    llvm::sys::path::append(resolved, name);
    return resolved;
  };
  return resolve(a) == resolve(b);
}

llvm::Error hswish::checkOutputs(ArrayRef<UsedFile> outputs,
                                 ArrayRef<UsedFile> inputs) {
  auto check = [](const UsedFile &a, const UsedFile &b) -> llvm::Error {
    if (!isFile(a.path) || !isFile(b.path) || !isSameFile(a.path, b.path))
      return llvm::Error::success();
    return llvm::createStringError("'" + a.path + "' would be both the " +
                                   b.role + " and the " + a.role +
                                   ": nothing was written");
  };
  for (auto [i, output] : llvm::enumerate(outputs)) {
    for (const UsedFile &input : inputs)
      if (llvm::Error error = check(output, input))
        return error;
    for (const UsedFile &other : outputs.take_front(i))
      if (llvm::Error error = check(output, other))
        return error;
  }
  return llvm::Error::success();
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
  auto fail = [&](llvm::Error error) {
    return emitError(UnknownLoc::get(context),
                     llvm::toString(std::move(error)));
  };
  auto kind = getArtefactKind(output);
  if (!kind)
    return fail(kind.takeError());
  if (llvm::Error error =
          checkOutputs({{output, "output"}, {header, "C header"}},
                       {{input, "model"}, {options.strategies, "strategies"}}))
    return fail(std::move(error));
  CompileOptions named = options;
  named.defaultName = getDefaultName(output, *kind);
  auto module = loadModel(input, named, context);
  ModelInterface interface;
  Stage last = isMLIR(*kind) ? Stage::Fuse : Stage::LLVM;
  if (!module || failed(compile(*module, last, named, &interface)))
    return failure();
  auto artefact = buildArtefact(*module, interface, *kind, output, named);
  if (!artefact)
    return failure();
  if (llvm::Error error =
          writeArtefact(*artefact, output, *kind, interface, header))
    return fail(std::move(error));
  return success();
}
