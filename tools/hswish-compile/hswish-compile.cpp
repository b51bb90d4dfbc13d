//===- hswish-compile.cpp - The ahead-of-time compiler --------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompileFlags/CompileFlags.h"
#include "CompileFlags/DebugTypes.h"
#include "CompileFlags/InitTool.h"
#include "CompileFlags/KnownOptions.h"

#include "hswish/Compiler/CompileFile.h"
#include "hswish/Compiler/Compiler.h"
#include "hswish/Compiler/Diagnostics.h"
#include "hswish/Runtime/File.h"
#include "hswish/Tuning/Tune.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"

#include <chrono>

using namespace hswish;
using llvm::StringRef;
namespace cl = llvm::cl;

static cl::OptionCategory category("hswish-compile options");
static cl::opt<std::string> modelPath(cl::Positional, cl::Required,
                                      cl::desc("MODEL (.onnx, .mlir)"),
                                      cl::cat(category));
static cl::opt<std::string>
    outputPath("o", cl::Required, cl::value_desc("FILE"),
               cl::desc("Output; its suffix says what: .so .o .a .s .ll .mlir "
                        ".mlirbc .h, or a program without one; - for standard "
                        "output"),
               cl::cat(category));
static CompileFlags flags("hswish-compile", category);
static cl::opt<ArtefactKind> emitKind(
    "emit", cl::desc("What to write, whatever the suffix"),
    cl::values(clEnumValN(ArtefactKind::MLIR, "mlir", "MLIR after --stage"),
               clEnumValN(ArtefactKind::Bytecode, "mlirbc",
                          "the same as bytecode"),
               clEnumValN(ArtefactKind::LLVMIR, "llvm", "optimised LLVM IR"),
               clEnumValN(ArtefactKind::Assembly, "asm", "assembly"),
               clEnumValN(ArtefactKind::Object, "obj", "an object file"),
               clEnumValN(ArtefactKind::Archive, "archive", "a static library"),
               clEnumValN(ArtefactKind::Shared, "shared", "a shared library"),
               clEnumValN(ArtefactKind::Executable, "exe",
                          "a program that runs the model on .npy files"),
               clEnumValN(ArtefactKind::Header, "header", "the C header only")),
    cl::cat(category));
static cl::opt<Stage> stage(
    "stage", cl::init(Stage::Fuse), cl::desc("Where --emit=mlir stops:"),
    cl::values(clEnumValN(Stage::Import, "import", "the model as imported"),
               clEnumValN(Stage::Fuse, "fuse",
                          "structured ops with epilogues "
                          "(the default)"),
               clEnumValN(Stage::Codegen, "codegen", "loops on memory"),
               clEnumValN(Stage::LLVM, "llvm", "the llvm dialect")),
    cl::cat(category));
static cl::opt<std::string>
    headerPath("header", cl::value_desc("FILE"),
               cl::desc("Where to write the C header (default: beside the "
                        "library)"),
               cl::cat(category));
static cl::opt<bool> noHeader("no-header", cl::desc("Write no C header"),
                              cl::cat(category));
static cl::opt<std::string>
    name("name",
         cl::desc("Prefix of the C functions (default: the output's "
                  "file name)"),
         cl::cat(category));
static cl::opt<std::string>
    tuneFile("tune", cl::value_desc("FILE"),
             cl::desc("Measure the best strategies of each layer on this "
                      "machine, write them to FILE, and compile with them"),
             cl::cat(category));
enum class HugePages { Auto, Never };
static cl::opt<HugePages> hugePages(
    "huge-pages", cl::init(HugePages::Auto),
    cl::desc("Where constants lie when the model is loaded:"),
    cl::values(clEnumValN(HugePages::Auto, "auto",
                          "in a private copy in huge pages, if they are 2 MB "
                          "or more and the system has any (the default)"),
               clEnumValN(HugePages::Never, "never",
                          "in the file's pages, which processes share")),
    cl::cat(category));
static cl::opt<bool>
    profile("profile",
            cl::desc("Take the time of each layer, for hswish-run --profile"),
            cl::cat(category));
static cl::opt<bool> json("json", cl::desc("Print what was made as JSON"),
                          cl::cat(category));

static int fail(const llvm::Twine &message) {
  flags.clearProgress();
  llvm::errs() << "hswish-compile: error: " << message << "\n";
  return 1;
}

static llvm::json::Array
toJSON(llvm::ArrayRef<ModelInterface::Tensor> tensors) {
  llvm::json::Array result;
  for (const ModelInterface::Tensor &tensor : tensors) {
    std::string type;
    llvm::raw_string_ostream(type) << tensor.type.getElementType();
    llvm::json::Object object{
        {"name", llvm::json::fixUTF8(tensor.name)},
        {"type", type},
        {"shape", llvm::json::Array(tensor.type.getShape())}};
    result.push_back(std::move(object));
  }
  return result;
}

static void printJSON(const ModelInterface &interface, StringRef output,
                      StringRef header, StringRef triple,
                      StringRef verification, size_t size, double seconds) {
  llvm::json::Object result{{"output", output},
                            {"bytes", static_cast<int64_t>(size)},
                            {"name", interface.name},
                            {"target", triple},
                            {"verification", verification},
                            {"workspace_size", interface.workspaceSize},
                            {"inputs", toJSON(interface.inputs)},
                            {"outputs", toJSON(interface.outputs)},
                            {"seconds", seconds}};
  if (!header.empty())
    result["header"] = header;
  llvm::outs() << llvm::formatv("{0:2}", llvm::json::Value(std::move(result)))
               << "\n";
}

/// What the output is to be.
static llvm::Expected<ArtefactKind> chooseKind() {
  if (emitKind.getNumOccurrences())
    return emitKind.getValue();
  return getArtefactKind(outputPath);
}

/// Whether no file would be overwritten that is still of use.
static llvm::Error checkFiles(StringRef header) {
  return checkOutputs(
      {{outputPath, "output"},
       {header, "C header"},
       {tuneFile, "file of strategies"}},
      {{modelPath, "model"}, {flags.strategies, "file of strategies"}});
}

/// The shared options, and what only this tool has.
static llvm::Expected<CompileOptions> makeOptions(ArtefactKind kind) {
  if (!tuneFile.empty() && (!flags.strategies.empty() || flags.noKernels))
    return llvm::createStringError(
        "--tune goes neither with --strategies nor with --no-kernels");
  llvm::Expected<CompileOptions> options = flags.getOptions();
  if (!options)
    return options.takeError();
  options->name = name.empty() ? "" : toIdentifier(name);
  options->defaultName = getDefaultName(outputPath, kind);
  options->profile = profile;
  options->hugePages = hugePages == HugePages::Auto;
  options->configure = [](mlir::PassManager &pm) {
    return mlir::applyPassManagerCLOptions(pm);
  };
  return options;
}

/// [######------] 17/45: layer
static void drawProgress(size_t done, size_t total, StringRef layer) {
  if (!llvm::sys::Process::StandardErrIsDisplayed())
    return;
  constexpr size_t width = 30;
  size_t filled = total ? width * done / total : width;
  llvm::errs() << "\r\033[K";
  if (done < total)
    llvm::errs() << "tuning [" << std::string(filled, '#')
                 << std::string(width - filled, '-') << "] " << done << "/"
                 << total << " " << layer.take_front(60);
}

/// Where the C header goes, empty for nowhere.
static llvm::Expected<std::string> chooseHeader(ArtefactKind kind) {
  if (headerPath.empty())
    return noHeader ? "" : getHeaderPath(outputPath, kind);
  if (noHeader)
    return llvm::createStringError("--header does not go with --no-header");
  if (isMLIR(kind))
    return llvm::createStringError(
        "--header: MLIR has none, only what is compiled from it");
  return headerPath.getValue();
}

int main(int argc, char **argv) {
  InitTool init(argc, argv);
  mlir::registerPassManagerCLOptions();
  cl::HideUnrelatedOptions(category);
  flags.setVersionPrinter();
  registerDebugTypes();
  refuseUnknownOptions("hswish-compile", argc, argv);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Compiles a model to a library, a program, or a stage on the way.\n");
  auto start = std::chrono::steady_clock::now();

  // lld resets all options when it is done: nothing may look at them later.
  std::string output = outputPath;
  bool wantJSON = json;
  llvm::Expected<ArtefactKind> chosen = chooseKind();
  if (!chosen)
    return fail(llvm::toString(chosen.takeError()));
  ArtefactKind kind = *chosen;
  llvm::Expected<std::string> chosenHeader = chooseHeader(kind);
  if (!chosenHeader)
    return fail(llvm::toString(chosenHeader.takeError()));
  std::string header = *chosenHeader;
  if (llvm::Error error = checkFiles(header))
    return fail(llvm::toString(std::move(error)));
  llvm::Expected<CompileOptions> made = makeOptions(kind);
  if (!made)
    return fail(llvm::toString(made.takeError()));
  CompileOptions options = std::move(*made);
  std::unique_ptr<mlir::MLIRContext> context = flags.createContext();
  auto module = loadModel(modelPath, options, context.get());
  if (!tuneFile.empty()) {
    TuneOptions tuneOptions;
    tuneOptions.progress = drawProgress;
    if (!module || failed(tune(*module, tuneFile, options, tuneOptions)))
      return 1;
    options.strategies = tuneFile;
  }
  Stage last = isMLIR(kind) ? stage.getValue() : Stage::LLVM;
  ModelInterface interface;
  if (!module || failed(compile(*module, last, options, &interface)))
    return 1;
  auto artefact = buildArtefact(*module, interface, kind, output, options);
  flags.clearProgress();
  if (!artefact)
    return 1;
  if (llvm::Error error =
          writeArtefact(*artefact, output, kind, interface, header))
    return fail(llvm::toString(std::move(error)));
  std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - start;
  if (wantJSON)
    printJSON(interface, output, header, getTarget(*module).getTriple(),
              getVerification(*module), artefact->getBufferSize(),
              seconds.count());
  return 0;
}
