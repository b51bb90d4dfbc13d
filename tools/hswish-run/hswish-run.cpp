//===- hswish-run.cpp - Runs a model on .npy files ------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompileFlags/CompileFlags.h"
#include "CompileFlags/InitTool.h"
#include "CompileFlags/KnownOptions.h"
#include "Data.h"
#include "Profile.h"

#include "hswish/Compiler/CompileFile.h"
#include "hswish/Compiler/Compiler.h"
#include "hswish/Compiler/Diagnostics.h"
#include "hswish/Compiler/Emulate.h"
#include "hswish/Runtime/File.h"
#include "hswish/Runtime/Model.h"
#include "hswish/Target/Target.h"

#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <chrono>
#include <cmath>

using namespace hswish;
using llvm::StringRef;
namespace cl = llvm::cl;

static cl::OptionCategory category("hswish-run options");
static CompileFlags flags("hswish-run", category);
static cl::opt<std::string> modelPath(cl::Positional,
                                      cl::desc("MODEL (.onnx, .mlir, .so)"),
                                      cl::cat(category));
static cl::list<std::string>
    moreInputs(cl::Positional, cl::desc("[FILE.npy …]"), cl::cat(category));
static cl::list<std::string> inputFiles(
    "input", cl::value_desc("[NAME=]FILE.npy"),
    cl::desc("An input, by name or in the model's order; random without any"),
    cl::cat(category));
static cl::list<std::string>
    outputFiles("output", cl::value_desc("[NAME=]FILE.npy"),
                cl::desc("Where to write an output, by name or in order"),
                cl::cat(category));
static cl::opt<std::string>
    outputDir("output-dir", cl::value_desc("DIR"),
              cl::desc("Write all outputs: DIR/0.npy, DIR/1.npy, …"),
              cl::cat(category));
static cl::list<std::string>
    compareFiles("compare", cl::value_desc("[NAME=]FILE.npy"),
                 cl::desc("What an output should be, by name or in order"),
                 cl::cat(category));
static cl::opt<double>
    tolerance("tolerance", cl::init(1e-4),
              cl::desc("Largest difference that --compare lets pass, as a part "
                       "of the output's range (default: 1e-4)"),
              cl::cat(category));
static cl::opt<std::string>
    benchmarkOption("benchmark", cl::ValueOptional, cl::value_desc("N"),
                    cl::desc("Run N times (default: 100) and say how long it "
                             "takes"),
                    cl::cat(category));
static cl::opt<std::string> profileOption(
    "profile", cl::ValueOptional, cl::value_desc("N"),
    cl::desc("Run N times (default: 100) and say how long each "
             "layer takes; a .so must be compiled with --profile"),
    cl::cat(category));
static cl::opt<std::string>
    profileFile("profile-html", cl::value_desc("FILE"),
                cl::desc("The same as a picture: a page, or .svg alone"),
                cl::cat(category));
static cl::opt<bool>
    measureOption("measure-machine",
                  cl::desc("Without MODEL: measure what one core can do and "
                           "print it as a record of a CPU"),
                  cl::cat(category));
static cl::opt<bool> json("json", cl::desc("Print the summary as JSON"),
                          cl::cat(category));
static cl::opt<unsigned> seed("seed", cl::init(0),
                              cl::desc("Seed of random inputs"),
                              cl::cat(category));

static llvm::ExitOnError exitOnError("hswish-run: error: ");

/// The emulator that code for `target` needs, or nothing.
static std::string chooseEmulator(TargetAttr target) {
  llvm::Error reason = checkRunsHere(target);
  if (!reason)
    return "";
  llvm::consumeError(std::move(reason));
  std::string emulator = exitOnError(findEmulator(target));
  const cl::Option *const timed[] = {&benchmarkOption, &profileOption,
                                     &profileFile};
  for (const cl::Option *option : timed)
    if (option->getNumOccurrences())
      exitOnError(llvm::createStringError(
          "--" + option->ArgStr + ": times under " + emulator +
          " would say nothing about " + target.getTriple()));
  return emulator;
}

static std::unique_ptr<Model>
compileModel(const std::vector<std::string> &arguments) {
  CompileOptions options = exitOnError(flags.getOptions());
  options.profile = profileOption.getNumOccurrences() || !profileFile.empty();
  options.hugePages = false;
  options.findShapes = [&](llvm::ArrayRef<std::string> names) {
    return readInputShapes(arguments, names);
  };
  std::unique_ptr<mlir::MLIRContext> context = flags.createContext();
  auto module = loadModel(modelPath, options, context.get());
  if (!module || failed(compile(*module, Stage::Import, options)))
    exit(1);
  std::string emulator = chooseEmulator(getTarget(*module));
  ModelInterface interface;
  if (failed(compile(*module, Stage::LLVM, options, &interface)))
    exit(1);
  auto object = emitCode(*module, CodeKind::Object, options);
  flags.clearProgress();
  if (!object)
    exit(1);
  if (!emulator.empty())
    return exitOnError(emulateModel(*object, getTarget(*module), interface,
                                    getVerification(*module), emulator));
  std::unique_ptr<Model> model = exitOnError(Model::link(std::move(object)));
  exitOnError(model->checkWish());
  return model;
}

static std::unique_ptr<Model>
loadAnyModel(const std::vector<std::string> &arguments) {
  if (llvm::sys::path::extension(modelPath) == ".so")
    return exitOnError(Model::load(modelPath));
  return compileModel(arguments);
}

/// Whether each of the files that will be written is one of its own.
static void checkFiles(llvm::ArrayRef<std::string> outputs) {
  std::vector<std::string> paths;
  std::vector<UsedFile> files;
  if (!outputDir.empty())
    for (size_t i = 0; i < outputs.size(); ++i)
      paths.push_back(outputDir + "/" + std::to_string(i) + ".npy");
  for (const std::string &path : paths)
    files.push_back({path, "file of --output-dir"});
  for (const std::string &path : outputs)
    files.push_back({path, "file of an output"});
  files.push_back({profileFile, "picture"});
  exitOnError(checkOutputs(files, {{modelPath, "model"}}));
}

/// How often --benchmark or --profile runs the model, 0 for not at all.
static unsigned getRuns(const cl::opt<std::string> &option) {
  if (!option.getNumOccurrences())
    return 0;
  unsigned runs = 100;
  if (!option.empty() &&
      (StringRef(option).getAsInteger(10, runs) || runs == 0))
    exitOnError(llvm::createStringError("--" + option.ArgStr + "=" + option +
                                        ": expected a positive number"));
  return runs;
}

/// Between two runs; seldom enough for the others not to be disturbed.
static void showRuns(unsigned done, unsigned runs) {
  using std::chrono::steady_clock;
  static steady_clock::time_point shown = steady_clock::now();
  if (steady_clock::now() - shown < std::chrono::milliseconds(200))
    return;
  flags.showProgress("running " + llvm::Twine(done) + "/" + llvm::Twine(runs));
  shown = steady_clock::now();
}

static MachineLimits measureLimits() {
  std::unique_ptr<mlir::MLIRContext> context = flags.createContext();
  flags.showProgress("measuring the machine");
  auto limits = measureMachine(flags.getMachine(), context.get());
  flags.clearProgress();
  return exitOnError(std::move(limits));
}

/// --measure-machine
static void printLimits() {
  MachineLimits limits = measureLimits();
  if (json) {
    llvm::outs() << llvm::formatv("{0:2}", llvm::json::Value(toJSON(limits)))
                 << "\n";
    return;
  }
  llvm::outs() << llvm::format("one core: %.1f GFLOP/s (f32 multiply-adds), "
                               "%.1f GB/s from memory\n",
                               limits.flops * 1e-9, limits.bandwidth * 1e-9);
  std::unique_ptr<mlir::MLIRContext> context = flags.createContext();
  flags.showProgress("measuring caches");
  auto record = measureCpuModel(flags.getMachine(), context.get());
  flags.clearProgress();
  llvm::outs() << "\nAs a record (lib/Cpu, docs/HowTo.md):\n\n"
               << exitOnError(std::move(record));
}

/// --profile and --profile-html
static std::optional<Profile> makeProfile(Model &model,
                                          llvm::ArrayRef<const void *> inputs,
                                          llvm::ArrayRef<void *> outputs) {
  unsigned runs = getRuns(profileOption);
  if (!runs && profileFile.empty())
    return std::nullopt;
  auto made = profile(model, inputs, outputs, runs ? runs : 100,
                      measureLimits(), showRuns);
  flags.clearProgress();
  Profile result = exitOnError(std::move(made));
  if (!profileFile.empty())
    exitOnError(writeFile(profileFile, [&](llvm::raw_ostream &stream) {
      bool picture = StringRef(profileFile).ends_with(".svg");
      (picture ? writeSVG : writeHTML)(result, model.getInfo().name, stream);
    }));
  return result;
}

/// What is known of one output after the run.
struct Result {
  const hswish_tensor_info &info;
  const Array &array;
  Summary summary;
  std::optional<double> error;
};

static void print(const Result &result) {
  const Summary &summary = result.summary;
  llvm::outs() << result.info.name << ": " << getDTypeName(result.array.dtype)
               << " " << formatShape(result.array.shape);
  if (std::isfinite(summary.mean))
    llvm::outs() << llvm::format(", min %g, max %g, mean %g", summary.low,
                                 summary.high, summary.mean);
  if (summary.notFinite)
    llvm::outs() << ", " << summary.notFinite << " not finite";
  if (result.error)
    llvm::outs() << llvm::format(", error %.3g of the range", *result.error);
  llvm::outs() << "\n";
}

/// JSON knows neither NaN nor infinities.
static llvm::json::Value toJSON(double value) {
  return std::isfinite(value) ? llvm::json::Value(value)
                              : llvm::json::Value(nullptr);
}

static void printJSON(const Model &model, llvm::ArrayRef<Result> results,
                      const std::optional<Timing> &timing,
                      const std::optional<Profile> &profile) {
  llvm::json::Array outputs;
  for (const Result &result : results) {
    llvm::json::Object output{{"name", llvm::json::fixUTF8(result.info.name)},
                              {"type", getDTypeName(result.array.dtype)},
                              {"shape", llvm::json::Array(result.array.shape)},
                              {"min", toJSON(result.summary.low)},
                              {"max", toJSON(result.summary.high)},
                              {"mean", toJSON(result.summary.mean)},
                              {"not_finite", result.summary.notFinite}};
    if (result.error)
      output["error"] = toJSON(*result.error);
    outputs.push_back(std::move(output));
  }
  llvm::json::Object object{
      {"model", model.getInfo().name},
      {"target", model.getInfo().target},
      {"verification", model.getVerification()},
      {"workspace_size", static_cast<int64_t>(model.getInfo().workspace_size)},
      {"outputs", std::move(outputs)}};
  if (timing)
    object["benchmark"] = llvm::json::Object{{"runs", timing->runs},
                                             {"min_ms", timing->min},
                                             {"median_ms", timing->median},
                                             {"p90_ms", timing->p90}};
  if (profile)
    object["profile"] = toJSON(*profile);
  llvm::outs() << llvm::formatv("{0:2}", llvm::json::Value(std::move(object)))
               << "\n";
}

/// Compares outputs with --compare files.
static void compareAll(std::vector<Result> &results, Tensors tensors) {
  auto files =
      exitOnError(assignFiles(compareFiles, getNames(tensors), "output"));
  for (auto [result, file] : llvm::zip_equal(results, files)) {
    if (file.empty())
      continue;
    Array want = exitOnError(readNpy(file, result.array.dtype));
    if (want.shape != result.array.shape)
      exitOnError(llvm::createStringError(
          file + ": output '" + result.info.name + "' is " +
          formatShape(result.array.shape) + ", but the file holds " +
          formatShape(want.shape)));
    result.error = getError(result.array, want);
  }
}

static void writeOutputs(llvm::ArrayRef<Array> outputs,
                         llvm::ArrayRef<std::string> files) {
  if (!outputDir.empty())
    if (std::error_code code = llvm::sys::fs::create_directories(outputDir))
      exitOnError(llvm::createStringError(code, "cannot write '" + outputDir +
                                                    "': " + code.message()));
  for (auto [i, array] : llvm::enumerate(outputs)) {
    if (!files[i].empty())
      exitOnError(writeNpy(files[i], array));
    if (!outputDir.empty())
      exitOnError(
          writeNpy(outputDir + "/" + std::to_string(i) + ".npy", array));
  }
}

int main(int argc, char **argv) {
  InitTool init(argc, argv);
  cl::HideUnrelatedOptions(category);
  flags.setVersionPrinter();
  refuseUnknownOptions("hswish-run", argc, argv);
  cl::ParseCommandLineOptions(
      argc, argv, "Runs a model on NumPy files and says what comes out.\n");

  if (measureOption) {
    printLimits();
    return 0;
  }
  if (modelPath.empty())
    exitOnError(llvm::createStringError("no model: see --help"));
  std::vector<std::string> arguments(inputFiles.begin(), inputFiles.end());
  llvm::append_range(arguments, moreInputs);
  std::unique_ptr<Model> model = loadAnyModel(arguments);
  auto files = exitOnError(
      assignFiles(outputFiles, getNames(model->getOutputs()), "output"));
  checkFiles(files);
  std::vector<Array> inputs = exitOnError(
                         readInputs(arguments, model->getInputs(), seed)),
                     outputs;
  for (const hswish_tensor_info &info : model->getOutputs())
    outputs.emplace_back(static_cast<hswish_dtype>(info.dtype), getShape(info));
  auto in = llvm::map_to_vector(inputs, [](const Array &array) {
    return static_cast<const void *>(array.bytes.data());
  });
  auto out = llvm::map_to_vector(outputs, [](Array &array) {
    return static_cast<void *>(array.bytes.data());
  });
  flags.showProgress("running");
  llvm::Error error = model->run(in, out);
  flags.clearProgress();
  exitOnError(std::move(error));

  std::vector<Result> results;
  for (auto [info, array] : llvm::zip_equal(model->getOutputs(), outputs))
    results.push_back({info, array, Summary(array), std::nullopt});
  compareAll(results, model->getOutputs());
  writeOutputs(outputs, files);
  std::optional<Timing> timing;
  if (unsigned runs = getRuns(benchmarkOption)) {
    auto times = benchmark(*model, in, out, runs, showRuns);
    flags.clearProgress();
    timing = exitOnError(std::move(times));
  }
  std::optional<Profile> profile = makeProfile(*model, in, out);

  if (json)
    printJSON(*model, results, timing, profile);
  else
    llvm::for_each(results, print);
  if (timing && !json)
    llvm::outs() << llvm::format("%u runs: min %.3f ms, median %.3f ms, "
                                 "p90 %.3f ms\n",
                                 timing->runs, timing->min, timing->median,
                                 timing->p90);
  if (profile && !json)
    printTable(*profile, llvm::outs());
  bool failed = llvm::any_of(results, [](const Result &result) {
    return result.error && !(*result.error <= tolerance);
  });
  if (failed)
    llvm::errs() << "hswish-run: error: the difference is larger than "
                 << llvm::format("%g", tolerance.getValue()) << "\n";
  return failed;
}
