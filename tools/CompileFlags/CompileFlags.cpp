//===- CompileFlags.cpp - Options of tools that compile -------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompileFlags.h"

#include "hswish/Compiler/Diagnostics.h"
#include "hswish/IR/MemoryLimit.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

using namespace hswish;
using llvm::StringRef;
namespace cl = llvm::cl;

/// LLVM has options for tools that are not these, with names that users expect
/// of ours.
static StringRef takeName(StringRef name) {
  if (cl::Option *option = cl::getRegisteredOptions().lookup(name))
    option->removeArgument();
  return name;
}

CompileFlags::CompileFlags(StringRef tool, cl::OptionCategory &category)
    : targets("target", cl::value_desc("TARGET[,TARGET,...]"),
              cl::cat(category),
              cl::desc("host, x86-64-v2, x86-64-v3, x86-64-v4, aarch64 or "
                       "TRIPLE[,cpu=NAME][,features=+NAME,-NAME] (default: "
                       "host); of several, the best is chosen when the model "
                       "is loaded")),
      accuracy("accuracy", cl::cat(category),
               cl::desc("Of activations: fast, default, torch, onnx or exact")),
      strategies("strategies", cl::value_desc("FILE"), cl::cat(category),
                 cl::desc("Strategies of layers, before the cost model's")),
      entry("entry", cl::value_desc("NAME"), cl::cat(category),
            cl::desc("The function to compile, of a .mlir file that has "
                     "several public ones")),
      shapes("shape", cl::value_desc("NAME=1x3x224x224"), cl::cat(category),
             cl::desc("Bind the dynamic dimensions of an input")),
      weights("weights", cl::init(Weights::F32), cl::cat(category),
              cl::desc("How weights of matrix-vector products are stored"),
              cl::values(clEnumValN(Weights::F32, "f32", "as they are"),
                         clEnumValN(Weights::F16, "f16",
                                    "rounded: half as much to read"))),
      keepTinyWeights("keep-tiny-weights", cl::cat(category),
                      cl::desc("Do not count weights below 1.2e-35 as zero")),
      threads(takeName("threads"), cl::init(1), cl::value_desc("N"),
              cl::cat(category),
              cl::desc("That a run uses at most (default: 1)")),
      maxMemory("max-memory", cl::value_desc("SIZE"), cl::cat(category),
                cl::desc("That a model may take with constants, workspace, "
                         "inputs and outputs, as 800M or 4G (default: 2G)")),
      level("O", cl::Prefix, cl::init(2), cl::cat(category),
            cl::desc("LLVM's optimisation level, 0 to 3 (default: 2)")),
      noKernels("no-kernels", cl::cat(category),
                cl::desc("Decompose every structured op: slow, a reference")),
      verify("verify", cl::cat(category),
             cl::desc("Run what was compiled here, or under qemu, and compare "
                      "each layer with a reference")),
      explain("explain", cl::cat(category),
              cl::desc("Say why what looks like an activation was not raised, "
                       "and what was not fused or has no kernel")),
      verbose("verbose", cl::cat(category),
              cl::desc("Say what is being done, and remarks")),
      tool(tool) {}

void CompileFlags::setVersionPrinter() const {
  cl::SetVersionPrinter([tool = tool](llvm::raw_ostream &stream) {
    stream << tool << " " HSWISH_VERSION "\n";
  });
}

llvm::Expected<CompileOptions> CompileFlags::getOptions() {
  if (level > 3)
    return llvm::createStringError("-O" + llvm::Twine(level) +
                                   ": expected 0 to 3");
  CompileOptions options;
  if (!maxMemory.empty()) {
    std::optional<int64_t> size = parseMemorySize(maxMemory);
    if (!size)
      return llvm::createStringError("--max-memory=" + maxMemory +
                                     ": expected a size like 800M or 4G");
    options.maxMemory = *size;
  }
  options.target = targets.empty() ? "host" : llvm::join(targets, ",");
  options.accuracy = accuracy;
  options.strategies = strategies;
  options.entry = entry;
  options.shapes.assign(shapes.begin(), shapes.end());
  options.threads = threads;
  options.level = level;
  options.kernels = !noKernels;
  options.narrowWeights = weights == Weights::F16;
  options.flushTinyWeights = !keepTinyWeights;
  options.verify = verify;
  options.explain = explain;
  if (verbose)
    options.progress = [tool = tool](StringRef stage) {
      llvm::errs() << tool << ": " << stage << "\n";
    };
  else
    options.progress = [this](StringRef stage) { showProgress(stage); };
  return options;
}

std::string CompileFlags::getMachine() const {
  return targets.size() == 1 ? targets.front() : "host";
}

std::unique_ptr<mlir::MLIRContext> CompileFlags::createContext() {
  std::unique_ptr<mlir::MLIRContext> context = hswish::createContext();
  printDiagnostics(context.get(), tool, verbose || explain);
  // The newest handler is asked first; it leaves all to the other.
  context->getDiagEngine().registerHandler([this](mlir::Diagnostic &) {
    clearProgress();
    return mlir::failure();
  });
  return context;
}

void CompileFlags::showProgress(const llvm::Twine &what) {
  if (!llvm::sys::Process::StandardErrIsDisplayed())
    return;
  clearProgress();
  llvm::errs() << tool << ": " << what << " …";
  isShown = true;
}

void CompileFlags::clearProgress() {
  if (isShown)
    llvm::errs() << "\r\033[K";
  isShown = false;
}
