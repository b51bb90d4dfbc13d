//===- Compiler.cpp - From a model to machine code ------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Pipelines/Compiler.h"

#include "hswish/InitAll.h"
#include "hswish/Pipelines/Pipelines.h"
#include "hswish/Target/Object.h"
#include "hswish/Target/Target.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace hswish;

std::unique_ptr<MLIRContext> hswish::createContext() {
  DialectRegistry registry;
  mlir::registerAllDialects(registry);
  registerAllExtensions(registry);
  hswish::registerAllDialects(registry);
  auto context =
      std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
  return context;
}

static void report(const CompileOptions &options, StringRef stage) {
  if (options.progress)
    options.progress(stage);
}

OwningOpRef<ModuleOp> hswish::loadModel(StringRef path,
                                        const CompileOptions &options,
                                        MLIRContext *context) {
  report(options, "reading");
  Location loc = FileLineColLoc::get(context, path, 0, 0);
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer) {
    emitError(loc) << "cannot read the model: " << buffer.getError().message();
    return nullptr;
  }
  StringRef suffix = llvm::sys::path::extension(path);
  if (suffix != ".mlir" && suffix != ".mlirbc") {
    emitError(loc) << "not a model: expected a file called .onnx or .mlir";
    return nullptr;
  }
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  return parseSourceFile<ModuleOp>(sources, context);
}

/// Sets the target that the options name, or the host where nothing does.
static LogicalResult setTarget(ModuleOp module, const CompileOptions &options) {
  if (options.target.empty() && module->hasAttr(kTargetAttrName))
    return success();
  FailureOr<TargetAttr> target =
      lookupTarget(options.target.empty() ? "host" : options.target,
                   module.getContext(), [&] { return module.emitError(); });
  if (failed(target))
    return failure();
  module->setAttr(kTargetAttrName, *target);
  return success();
}

static LogicalResult setAccuracy(ModuleOp module, StringRef name) {
  if (name.empty())
    return success();
  std::optional<Accuracy> accuracy = symbolizeAccuracy(name);
  if (!accuracy)
    return module.emitError() << "unknown accuracy '" << name
                              << "': expected fast, default, torch or onnx";
  auto attr = AccuracyAttr::get(module.getContext(), *accuracy);
  module.walk([&](Operation *op) {
    if (isa<HardSwishOp, HardSigmoidOp, HardSwishGradOp, HardSigmoidGradOp>(op))
      op->setAttr("accuracy", attr);
  });
  return success();
}

LogicalResult hswish::compileToLLVMDialect(ModuleOp module,
                                           const CompileOptions &options) {
  if (failed(setTarget(module, options)) ||
      failed(setAccuracy(module, options.accuracy)))
    return failure();
  if (!options.name.empty())
    module->setAttr(kModelAttrName,
                    StringAttr::get(module.getContext(), options.name));
  report(options, "compiling");
  PassManager pm(module.getContext());
  PipelineOptions pipelineOptions;
  pipelineOptions.kernels = options.kernels;
  buildCompilePipeline(pm, pipelineOptions);
  if (options.configure && failed(options.configure(pm)))
    return failure();
  return pm.run(module);
}

std::unique_ptr<llvm::MemoryBuffer>
hswish::emitCode(ModuleOp module, CodeKind kind,
                 const CompileOptions &options) {
  TargetAttr target = getTarget(module);
  if (!target) {
    module.emitError("has no target");
    return nullptr;
  }
  report(options, "optimising");
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> llvmModule =
      translateToLLVMIR(module, target, context, {options.level});
  if (!llvmModule)
    return nullptr;
  if (kind == CodeKind::LLVMIR) {
    std::string text;
    llvm::raw_string_ostream(text) << *llvmModule;
    return llvm::MemoryBuffer::getMemBufferCopy(text, "hswish.ll");
  }
  report(options, "generating code");
  return emitMachineCode(*llvmModule, target, kind == CodeKind::Assembly,
                         module.getLoc());
}
