//===- hswish-run.cpp - Runs a model on .npy files ------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Pipelines/Compiler.h"
#include "hswish/Runtime/Model.h"

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"

#include <cmath>
#include <random>

using namespace hswish;
using llvm::StringRef;
namespace cl = llvm::cl;

static cl::OptionCategory category("hswish-run options");
static cl::opt<std::string> modelPath(cl::Positional, cl::Required,
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
    shapes("shape", cl::value_desc("NAME=1x3x224x224"),
           cl::desc("Bind the dynamic dimensions of an input"),
           cl::cat(category));
static cl::opt<std::string> target("target", cl::init("host"),
                                   cl::desc("The machine to compile for"),
                                   cl::cat(category));
static cl::opt<std::string> accuracy("accuracy",
                                     cl::desc("fast, default, torch or onnx"),
                                     cl::cat(category));
static cl::opt<bool>
    noKernels("no-kernels",
              cl::desc("Decompose every structured op: slow, a reference"),
              cl::cat(category));
static cl::opt<bool> verbose("verbose",
                             cl::desc("Say what is being done, and remarks"),
                             cl::cat(category));
static cl::opt<unsigned> seed("seed", cl::init(0),
                              cl::desc("Seed of random inputs"),
                              cl::cat(category));

static llvm::ExitOnError exitOnError("hswish-run: error: ");

/// Puts [NAME=]FILE arguments in the order of `tensors`.
static std::vector<std::string>
assign(llvm::ArrayRef<std::string> arguments,
       llvm::ArrayRef<hswish_tensor_info> tensors, StringRef kind) {
  std::vector<std::string> files(tensors.size());
  size_t next = 0;
  for (StringRef argument : arguments) {
    size_t index = tensors.size();
    StringRef file = argument;
    for (auto [i, tensor] : llvm::enumerate(tensors)) {
      StringRef rest = argument;
      if (rest.consume_front(tensor.name) && rest.consume_front("=")) {
        index = i;
        file = rest;
      }
    }
    if (index == tensors.size() && argument.contains('=') &&
        !llvm::sys::fs::exists(argument)) {
      std::string names;
      for (const hswish_tensor_info &tensor : tensors)
        names += std::string(names.empty() ? "" : ", ") + tensor.name;
      exitOnError(llvm::createStringError(
          "the model has no " + kind + " '" +
          argument.take_until([](char c) { return c == '='; }) +
          "'; it has: " + names));
    }
    if (index == tensors.size())
      index = next++;
    if (index >= tensors.size())
      exitOnError(llvm::createStringError(
          "the model has only " + llvm::Twine(tensors.size()) + " " + kind +
          "s, nothing to do with '" + argument + "'"));
    if (!files[index].empty())
      exitOnError(llvm::createStringError(kind + " '" + tensors[index].name +
                                          "' is given twice"));
    files[index] = file.str();
  }
  return files;
}

static Array makeRandom(const hswish_tensor_info &info,
                        std::mt19937 &generator) {
  Array array(static_cast<hswish_dtype>(info.dtype), getShape(info));
  auto fill = [&]<typename T>(T *data) {
    for (int64_t i = 0, e = array.getNumElements(); i < e; ++i)
      data[i] = static_cast<T>(generator() / 2147483648.0 - 1.0);
  };
  // Other types start at zero: any number could be an invalid index.
  if (array.dtype == HSWISH_FLOAT32)
    fill(reinterpret_cast<float *>(array.bytes.data()));
  else if (array.dtype == HSWISH_FLOAT64)
    fill(reinterpret_cast<double *>(array.bytes.data()));
  return array;
}

static std::vector<Array> readInputs(const Model &model) {
  std::vector<std::string> arguments(inputFiles.begin(), inputFiles.end());
  llvm::append_range(arguments, moreInputs);
  std::vector<std::string> files =
      assign(arguments, model.getInputs(), "input");
  std::mt19937 generator(seed);
  std::vector<Array> inputs;
  for (auto [info, file] : llvm::zip_equal(model.getInputs(), files)) {
    if (file.empty()) {
      if (!arguments.empty())
        exitOnError(llvm::createStringError("input '" + StringRef(info.name) +
                                            "' is missing"));
      inputs.push_back(makeRandom(info, generator));
      continue;
    }
    Array array = exitOnError(readNpy(file));
    auto dtype = static_cast<hswish_dtype>(info.dtype);
    if (array.dtype != dtype || getShape(info) != llvm::ArrayRef(array.shape))
      exitOnError(llvm::createStringError(
          file + ": input '" + info.name + "' is " + getDTypeName(dtype) + " " +
          formatShape(getShape(info)) + ", but the file holds " +
          getDTypeName(array.dtype) + " " + formatShape(array.shape)));
    inputs.push_back(std::move(array));
  }
  return inputs;
}

static std::unique_ptr<Model> loadAnyModel() {
  StringRef suffix = llvm::sys::path::extension(modelPath);
  if (suffix == ".so")
    return exitOnError(Model::load(modelPath));
  CompileOptions options;
  options.target = target;
  options.accuracy = accuracy;
  options.kernels = !noKernels;
  if (verbose)
    options.progress = [](StringRef stage) {
      llvm::errs() << "hswish-run: " << stage << "\n";
    };
  options.shapes.assign(shapes.begin(), shapes.end());
  std::unique_ptr<mlir::MLIRContext> context = createContext();
  printDiagnostics(context.get(), "hswish-run", verbose);
  auto module = loadModel(modelPath, options, context.get());
  if (!module || failed(compile(*module, Stage::LLVM, options)))
    exit(1);
  auto object = emitCode(*module, CodeKind::Object, options);
  if (!object)
    exit(1);
  return exitOnError(Model::link(std::move(object)));
}

static void summarize(const hswish_tensor_info &info, const Array &array) {
  double low = INFINITY, high = -INFINITY, sum = 0;
  int64_t bad = 0, count = array.getNumElements();
  for (int64_t i = 0; i < count; ++i) {
    double value = array.get(i);
    if (!std::isfinite(value)) {
      ++bad;
      continue;
    }
    low = std::min(low, value);
    high = std::max(high, value);
    sum += value;
  }
  llvm::outs() << info.name << ": " << getDTypeName(array.dtype) << " "
               << formatShape(array.shape);
  if (count > bad)
    llvm::outs() << llvm::format(", min %g, max %g, mean %g", low, high,
                                 sum / (count - bad));
  if (bad)
    llvm::outs() << ", " << bad << " not finite";
  llvm::outs() << "\n";
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::SetVersionPrinter([](llvm::raw_ostream &stream) {
    stream << "hswish-run " HSWISH_VERSION "\n";
  });
  cl::ParseCommandLineOptions(
      argc, argv, "Runs a model on NumPy files and says what comes out.\n");

  std::unique_ptr<Model> model = loadAnyModel();
  std::vector<std::string> files =
      assign(outputFiles, model->getOutputs(), "output");
  std::vector<Array> inputs = readInputs(*model), outputs;
  for (const hswish_tensor_info &info : model->getOutputs())
    outputs.emplace_back(static_cast<hswish_dtype>(info.dtype), getShape(info));

  std::vector<const void *> in;
  std::vector<void *> out;
  for (const Array &array : inputs)
    in.push_back(array.bytes.data());
  for (Array &array : outputs)
    out.push_back(array.bytes.data());
  exitOnError(model->run(in, out));

  if (!outputDir.empty())
    if (std::error_code code = llvm::sys::fs::create_directories(outputDir))
      exitOnError(llvm::createStringError(code, "cannot write '" + outputDir +
                                                    "': " + code.message()));
  for (auto [i, array] : llvm::enumerate(outputs)) {
    summarize(model->getOutputs()[i], array);
    if (!files[i].empty())
      exitOnError(writeNpy(files[i], array));
    if (!outputDir.empty())
      exitOnError(
          writeNpy(outputDir + "/" + std::to_string(i) + ".npy", array));
  }
  return 0;
}
