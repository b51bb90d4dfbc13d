//===- RuntimeCode.cpp - C code that models are linked with ---------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RuntimeCode.h"

#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/Module.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Transforms/IPO/Internalize.h"

using namespace hswish;
using llvm::createStringError;
using llvm::StringRef;

namespace {
/// One C file, as LLVM IR for both architectures, and the function by which it
/// is known.
struct RuntimeFile {
  StringRef function, x86, aarch64;
};
} // namespace

static const RuntimeFile kFiles[] = {
    {
        "hswish_use_huge_pages",
#include "hswish/Runtime/huge_pages.x86_64.inc"
        ,
#include "hswish/Runtime/huge_pages.aarch64.inc"
    },
    {
        "hswish_select_variant",
#include "hswish/Runtime/select_variant.x86_64.inc"
        ,
#include "hswish/Runtime/select_variant.aarch64.inc"
    },
    {
        "hswish_run_threads",
#include "hswish/Runtime/threads.x86_64.inc"
        ,
#include "hswish/Runtime/threads.aarch64.inc"
    },
};

static llvm::Error linkFile(llvm::Module &module, const RuntimeFile &file) {
  const llvm::Triple &triple = module.getTargetTriple();
  if (!triple.isOSLinux() || !(triple.isX86_64() || triple.isAArch64()))
    return createStringError(file.function + " is not available for " +
                             triple.str() + ": only for Linux on x86-64 and " +
                             "AArch64");
  llvm::SMDiagnostic diagnostic;
  StringRef text = triple.isX86_64() ? file.x86 : file.aarch64;
  auto code = llvm::parseAssemblyString(text, diagnostic, module.getContext());
  if (!code)
    return createStringError(diagnostic.getMessage());
  code->setTargetTriple(triple);
  code->setDataLayout(module.getDataLayout());
  // Every function gets the attributes of the model's target.
  for (llvm::Function &function : *code)
    if (!function.isIntrinsic())
      function.setAttributes({});
  bool failed = llvm::Linker::linkModules(
      module, std::move(code), llvm::Linker::Flags::None,
      [](llvm::Module &merged, const llvm::StringSet<> &linked) {
        llvm::internalizeModule(merged, [&](const llvm::GlobalValue &value) {
          return !value.hasName() || !linked.contains(value.getName());
        });
      });
  return failed ? createStringError("cannot link " + file.function)
                : llvm::Error::success();
}

llvm::Error hswish::linkRuntimeCode(llvm::Module &module) {
  for (const RuntimeFile &file : kFiles) {
    llvm::Function *function = module.getFunction(file.function);
    if (!function || !function->isDeclaration())
      continue;
    if (llvm::Error error = linkFile(module, file))
      return error;
  }
  return llvm::Error::success();
}
