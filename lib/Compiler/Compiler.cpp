//===- Compiler.cpp - From a model to machine code ------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Compiler/Compiler.h"

#include "UnknownDialect.h"
#include "hswish/Compiler/BindShapes.h"
#include "hswish/Compiler/Variants.h"
#include "hswish/Compiler/Verify.h"
#include "hswish/IR/MemoryLimit.h"
#include "hswish/InitAll.h"
#include "hswish/Pipelines/Pipelines.h"
#include "hswish/Runtime/model_info.h"
#include "hswish/Target/Object.h"
#include "hswish/Target/Target.h"

#include "mlir/IR/Verifier.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Path.h"

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

/// What the user says about inputs.
static FailureOr<ImportOptions> readImportOptions(const CompileOptions &options,
                                                  Location loc) {
  ImportOptions import;
  import.memoryLimit = options.maxMemory;
  import.findShapes = options.findShapes;
  for (const std::string &shape : options.shapes) {
    std::string error;
    if (failed(parseShapeOption(shape, import, error)))
      return emitError(loc) << "--shape: " << error;
  }
  return import;
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
  auto import = readImportOptions(options, loc);
  if (failed(import))
    return nullptr;
  StringRef suffix = llvm::sys::path::extension(path);
  if (suffix == ".onnx")
    return importOnnx((*buffer)->getMemBufferRef(), *import, context);
  if (suffix != ".mlir" && suffix != ".mlirbc") {
    emitError(loc) << "not a model: expected a file called .onnx or .mlir";
    return nullptr;
  }
  auto module = parseModel((*buffer)->getMemBufferRef(), context);
  if (!module || failed(bindShapes(*module, (*buffer)->getMemBufferRef(),
                                   options.entry, *import)))
    return nullptr;
  return module;
}

/// Makes the function that is compiled the only public one: `name`, or the one
/// that is public already.
static LogicalResult chooseEntry(ModuleOp module, StringRef name) {
  SmallVector<FunctionOpInterface> found;
  std::string names;
  for (auto function : module.getOps<FunctionOpInterface>()) {
    if (function.isExternal() || (name.empty() && !function.isPublic()))
      continue;
    names += ((names.empty() ? "@" : ", @") + function.getName()).str();
    if (name.empty() || function.getName() == name)
      found.push_back(function);
  }
  if (!name.empty() && found.empty())
    return module.emitError()
           << "there is no function @" << name << " to compile"
           << (names.empty() ? "" : ", only ") << names;
  if (found.size() > 1)
    return module.emitError() << "there are several public functions, " << names
                              << ": --entry=NAME says which one to compile";
  if (name.empty())
    return success();
  for (auto function : module.getOps<FunctionOpInterface>())
    function.setPrivate();
  found.front().setPublic();
  return success();
}

/// Sets the targets that the options name, or the host where nothing does.
static LogicalResult chooseTargets(ModuleOp module,
                                   const CompileOptions &options) {
  if (options.target.empty() && module->hasAttr(kTargetAttrName))
    return success();
  if (options.profile && splitTargets(options.target).size() > 1)
    return emitError(UnknownLoc::get(module.getContext()))
           << "profiling measures the code for one target, not for several";
  return setTargets(
      module, options.target.empty() ? "host" : options.target,
      [&] { return emitError(UnknownLoc::get(module.getContext())); });
}

static LogicalResult setAccuracy(ModuleOp module, StringRef name) {
  if (name.empty())
    return success();
  std::optional<Accuracy> accuracy = symbolizeAccuracy(name);
  if (!accuracy)
    return emitError(UnknownLoc::get(module.getContext()))
           << "unknown accuracy '" << name
           << "': expected fast, default, torch, onnx or exact";
  auto attr = AccuracyAttr::get(module.getContext(), *accuracy);
  // An accuracy that the type of an activation cannot have is an error there.
  WalkResult result = module.walk([&](Operation *op) {
    if (!isa<HardSwishOp, HardSigmoidOp, HardSwishGradOp, HardSigmoidGradOp>(
            op))
      return WalkResult::advance();
    op->setAttr("accuracy", attr);
    return WalkResult(verify(op));
  });
  return failure(result.wasInterrupted());
}

/// The prefix of symbols.
static void setName(ModuleOp module, const CompileOptions &options) {
  StringRef name = options.name.empty() ? options.defaultName : options.name;
  if (!name.empty())
    module->setAttr(kModelAttrName, StringAttr::get(module.getContext(), name));
}

/// Whether code for so many threads can be made.
static LogicalResult checkThreads(ModuleOp module, int64_t threads) {
  auto emitError = [&] {
    return mlir::emitError(UnknownLoc::get(module.getContext()));
  };
  if (threads < 1 || threads > HSWISH_MAX_THREADS)
    return emitError() << "cannot compile for " << threads
                       << " threads: expected 1 to " << HSWISH_MAX_THREADS;
  TargetAttr target = getTarget(module);
  if (threads > 1 && !hasRuntimeCode(target))
    return emitError() << "several threads are not available for "
                       << (target ? target.getTriple() : "an unknown target")
                       << ": only for Linux on x86-64 and AArch64";
  return success();
}

/// Runs one pipeline on `module`.
static LogicalResult run(ModuleOp module, const CompileOptions &options,
                         function_ref<void(OpPassManager &)> build) {
  PassManager pm(module.getContext());
  build(pm);
  if (options.configure && failed(options.configure(pm)))
    return failure();
  return pm.run(module);
}

static void convert(const CompileOptions &options, PipelineOptions &result) {
  result.kernels = options.kernels;
  result.profile = options.profile;
  result.hugePages = options.hugePages;
  result.strategies = options.strategies;
  result.threads = options.threads;
  result.narrowWeights = options.narrowWeights;
  result.flushTinyWeights = options.flushTinyWeights;
  result.explain = options.explain;
}

LogicalResult hswish::compile(ModuleOp module, Stage stage,
                              const CompileOptions &options,
                              ModelInterface *interface) {
  if (failed(chooseEntry(module, options.entry)) ||
      failed(chooseTargets(module, options)) ||
      failed(checkThreads(module, options.threads)) ||
      failed(setAccuracy(module, options.accuracy)))
    return failure();
  if (options.maxMemory)
    module->setAttr(
        kMemoryLimitAttrName,
        Builder(module.getContext()).getI64IntegerAttr(options.maxMemory));
  if (failed(verifyMemory(module)))
    return failure();
  setName(module, options);
  if (stage < Stage::Fuse)
    return success();
  PipelineOptions pipelineOptions;
  convert(options, pipelineOptions);
  report(options, "fusing");
  if (failed(run(module, options,
                 [&](OpPassManager &pm) {
                   buildSimplifyPipeline(pm, pipelineOptions);
                 })) ||
      failed(setAccuracy(module, options.accuracy)) || // of what was raised
      failed(run(module, options, [&](OpPassManager &pm) {
        buildFusePipeline(pm, pipelineOptions);
      })))
    return failure();
  return compileFused(module, stage, options, interface);
}

LogicalResult hswish::compileFused(ModuleOp module, Stage stage,
                                   const CompileOptions &options,
                                   ModelInterface *interface) {
  if (stage < Stage::Codegen)
    return success();
  if (options.verify) {
    report(options, "verifying");
    FailureOr<std::string> verdict = verify(module, options);
    if (failed(verdict))
      return failure();
    module->setAttr(kVerificationAttrName,
                    StringAttr::get(module.getContext(), *verdict));
  }
  PipelineOptions pipelineOptions;
  convert(options, pipelineOptions);
  report(options, "generating kernels");
  if (failed(run(module, options, [&](OpPassManager &pm) {
        buildCodegenPipeline(pm, pipelineOptions);
      })))
    return failure();
  if (interface) {
    FailureOr<ModelInterface> found = ModelInterface::get(module);
    if (failed(found))
      return failure();
    *interface = *found;
  }
  if (stage < Stage::LLVM)
    return success();
  report(options, "lowering");
  return run(module, options, [&](OpPassManager &pm) {
    buildToLLVMPipeline(pm, pipelineOptions);
  });
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
