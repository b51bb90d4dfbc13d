//===- Object.cpp - From LLVM IR to object files --------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Target/Object.h"
#include "hswish/Target/Target.h"

#include "RuntimeCode.h"

#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/Analysis/CGSCCPassManager.h"
#include "llvm/Analysis/LoopAnalysisManager.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Passes/StandardInstrumentations.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

using namespace mlir;
using namespace hswish;

/// The attributes by which LLVM's passes know the machine, function by
/// function: its own in `source`, or that of everything else.
static void setTargetAttributes(llvm::Module &module, ModuleOp source,
                                TargetAttr common) {
  SymbolTable symbols(source);
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    Operation *op = symbols.lookup(function.getName());
    TargetAttr target = op ? getTarget(op) : common;
    if (!target.getCpu().empty())
      function.addFnAttr("target-cpu", target.getCpu());
    if (StringRef cpu = target.getCpuModel().scheduledFor; !cpu.empty())
      function.addFnAttr("tune-cpu", cpu);
    if (!target.getFeatures().empty())
      function.addFnAttr("target-features", target.getFeatures());
    // Some cores are tuned to prefer half of their width; kernels decide that.
    function.addFnAttr("prefer-vector-width",
                       std::to_string(target.getVectorBits()));
    function.addFnAttr(llvm::Attribute::NoUnwind);
  }
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine,
                     unsigned level) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  // Functions that are `optnone` would be optimised all the same.
  llvm::PassInstrumentationCallbacks callbacks;
  llvm::OptNoneInstrumentation optNone(/*DebugLogging=*/false);
  optNone.registerCallbacks(callbacks);
  llvm::PassBuilder builder(&machine, llvm::PipelineTuningOptions(),
                            std::nullopt, &callbacks);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  const llvm::OptimizationLevel levels[] = {
      llvm::OptimizationLevel::O0, llvm::OptimizationLevel::O1,
      llvm::OptimizationLevel::O2, llvm::OptimizationLevel::O3};
  if (level == 0)
    builder.buildO0DefaultPipeline(levels[0]).run(module, modules);
  else
    builder.buildPerModuleDefaultPipeline(levels[std::min(level, 3u)])
        .run(module, modules);
}

std::unique_ptr<llvm::Module>
hswish::translateToLLVMIR(ModuleOp module, TargetAttr target,
                          llvm::LLVMContext &context,
                          const OptimizationOptions &options) {
  DialectRegistry registry;
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  module.getContext()->appendDialectRegistry(registry);

  auto machine = createTargetMachine(target);
  if (!machine) {
    module.emitError() << llvm::toString(machine.takeError());
    return nullptr;
  }
  std::unique_ptr<llvm::Module> result =
      translateModuleToLLVMIR(module, context, "hswish");
  if (!result) {
    module.emitError("translation to LLVM IR failed");
    return nullptr;
  }
  result->setTargetTriple((*machine)->getTargetTriple());
  result->setDataLayout((*machine)->createDataLayout());
  if (llvm::Error error = linkRuntimeCode(*result)) {
    module.emitError() << llvm::toString(std::move(error));
    return nullptr;
  }
  setTargetAttributes(*result, module, target);
  optimize(*result, **machine, options.level);
  return result;
}

std::unique_ptr<llvm::MemoryBuffer>
hswish::emitMachineCode(llvm::Module &module, TargetAttr target, bool assembly,
                        Location loc) {
  auto machine = createTargetMachine(target);
  if (!machine) {
    emitError(loc) << llvm::toString(machine.takeError());
    return nullptr;
  }
  SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  if ((*machine)->addPassesToEmitFile(
          passes, stream, nullptr,
          assembly ? llvm::CodeGenFileType::AssemblyFile
                   : llvm::CodeGenFileType::ObjectFile)) {
    emitError(loc) << "LLVM cannot write "
                   << (assembly ? "assembly" : "objects") << " for "
                   << target.getTriple();
    return nullptr;
  }
  passes.run(module);
  return std::make_unique<llvm::SmallVectorMemoryBuffer>(
      std::move(bytes), "hswish.o", /*RequiresNullTerminator=*/false);
}
