//===- Compiler.cpp - The compiler, from C --------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish-c/Compiler.h"

#include "hswish/Compiler/CompileFile.h"
#include "hswish/Compiler/Diagnostics.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"

using namespace hswish;

static CompileOptions convert(const hswish_compile_options *options) {
  CompileOptions result;
  if (!options)
    return result;
  auto text = [](const char *value) { return std::string(value ? value : ""); };
  result.target = text(options->target);
  result.accuracy = text(options->accuracy);
  result.name = text(options->name);
  result.entry = text(options->entry);
  result.hugePages = !options->no_huge_pages;
  result.maxMemory =
      static_cast<int64_t>(std::min<size_t>(options->max_memory, INT64_MAX));
  if (options->num_threads != 0)
    result.threads = options->num_threads;
  result.verify = options->verify != 0;
  for (size_t i = 0; i < options->num_shapes; ++i)
    result.shapes.push_back(text(options->shapes[i]));
  return result;
}

int hswish_compile(const char *input, const char *output,
                   const hswish_compile_options *options,
                   hswish_message_callback callback, void *userData) {
  auto report = [&](const std::string &message) {
    if (callback)
      callback(message.c_str(), userData);
  };
  if (!input || !output) {
    report("no input or no output");
    return 1;
  }
  auto context = createContext();
  handleDiagnostics(context.get(), [&](mlir::DiagnosticSeverity severity,
                                       const std::string &message) {
    if (severity != mlir::DiagnosticSeverity::Remark)
      report(message);
  });
  llvm::Expected<ArtefactKind> kind = getArtefactKind(output);
  if (!kind) {
    report(llvm::toString(kind.takeError()));
    return 1;
  }
  std::string header = getHeaderPath(output, *kind);
  return failed(
      compileFile(input, output, header, convert(options), context.get()));
}

const char *hswish_version(void) { return HSWISH_VERSION; }
