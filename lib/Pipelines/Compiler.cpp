//===- Compiler.cpp - From a model to machine code ------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Pipelines/Compiler.h"

#include "hswish/Import/ONNX.h"
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

/// FILE:LINE:COLUMN of `loc`, without what is not known.
static std::string describe(Location loc) {
  std::string text;
  loc->walk([&](Location part) {
    auto file = dyn_cast<FileLineColLoc>(part);
    if (!file)
      return WalkResult::advance();
    text = file.getFilename().str();
    if (file.getLine())
      text += ":" + std::to_string(file.getLine()) + ":" +
              std::to_string(file.getColumn());
    return WalkResult::interrupt();
  });
  return text.empty() ? text : text + ": ";
}

static StringRef describe(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Error:
    return "error";
  case DiagnosticSeverity::Warning:
    return "warning";
  case DiagnosticSeverity::Note:
    return "note";
  case DiagnosticSeverity::Remark:
    return "remark";
  }
  llvm_unreachable("unknown severity");
}

void hswish::handleDiagnostics(
    MLIRContext *context,
    std::function<void(DiagnosticSeverity, const std::string &)> handle) {
  context->printOpOnDiagnostic(false);
  context->getDiagEngine().registerHandler(
      [handle = std::move(handle)](Diagnostic &diagnostic) {
        auto pass = [&](Diagnostic &part) {
          handle(part.getSeverity(), describe(part.getLocation()) + part.str());
        };
        pass(diagnostic);
        for (Diagnostic &note : diagnostic.getNotes())
          pass(note);
      });
}

void hswish::printDiagnostics(MLIRContext *context, StringRef tool,
                              bool remarks) {
  // Notes belong to what comes before them.
  bool quiet = false;
  handleDiagnostics(context, [tool = tool.str(), remarks,
                              quiet](DiagnosticSeverity severity,
                                     const std::string &message) mutable {
    if (severity != DiagnosticSeverity::Note)
      quiet = severity == DiagnosticSeverity::Remark && !remarks;
    if (!quiet)
      llvm::errs() << tool << ": " << describe(severity) << ": " << message
                   << "\n";
  });
}

static void report(const CompileOptions &options, StringRef stage) {
  if (options.progress)
    options.progress(stage);
}

/// Imports an ONNX file, with the shapes that the user gave.
static OwningOpRef<ModuleOp> importModel(llvm::MemoryBufferRef buffer,
                                         const CompileOptions &options,
                                         MLIRContext *context) {
  ImportOptions import;
  for (const std::string &shape : options.shapes) {
    std::string error;
    if (failed(parseShapeOption(shape, import, error))) {
      emitError(
          FileLineColLoc::get(context, buffer.getBufferIdentifier(), 0, 0))
          << "--shape: " << error;
      return nullptr;
    }
  }
  return importOnnx(buffer, import, context);
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
  if (suffix == ".onnx")
    return importModel((*buffer)->getMemBufferRef(), options, context);
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
  FailureOr<TargetAttr> target = lookupTarget(
      options.target.empty() ? "host" : options.target, module.getContext(),
      [&] { return emitError(UnknownLoc::get(module.getContext())); });
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
    return emitError(UnknownLoc::get(module.getContext()))
           << "unknown accuracy '" << name
           << "': expected fast, default, torch or onnx";
  auto attr = AccuracyAttr::get(module.getContext(), *accuracy);
  module.walk([&](Operation *op) {
    if (isa<HardSwishOp, HardSigmoidOp, HardSwishGradOp, HardSigmoidGradOp>(op))
      op->setAttr("accuracy", attr);
  });
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

LogicalResult hswish::compile(ModuleOp module, Stage stage,
                              const CompileOptions &options,
                              ModelInterface *interface) {
  if (failed(setTarget(module, options)) ||
      failed(setAccuracy(module, options.accuracy)))
    return failure();
  if (!options.name.empty())
    module->setAttr(kModelAttrName,
                    StringAttr::get(module.getContext(), options.name));
  if (stage < Stage::Fuse)
    return success();
  report(options, "fusing");
  if (failed(run(module, options,
                 [](OpPassManager &pm) {
                   buildSimplifyPipeline(pm);
                   buildFusePipeline(pm);
                 })) ||
      failed(setAccuracy(module, options.accuracy))) // of what was raised
    return failure();
  if (stage < Stage::Codegen)
    return success();

  PipelineOptions pipelineOptions;
  pipelineOptions.kernels = options.kernels;
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
  return run(module, options, buildToLLVMPipeline);
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
