//===- Tune.cpp - Strategies by measurement -------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Tuning/Tune.h"

#include "hswish/Codegen/Strategy.h"
#include "hswish/Codegen/StrategyFile.h"
#include "hswish/Codegen/VerifyStrategy.h"
#include "hswish/Runtime/File.h"
#include "hswish/Runtime/Model.h"
#include "hswish/Target/Target.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/Format.h"
#include "llvm/TargetParser/Triple.h"

#include <chrono>
#include <cmath>
#include <random>
#include <thread>

using namespace mlir;
using namespace hswish;

/// Seconds of measuring that each layer gets, and rounds in that time at least.
static constexpr double kSeconds = 0.15;
static constexpr int kRounds = 5;
/// A turn takes so many seconds or one run.
static constexpr double kTurn = 5e-4;
/// What is not faster by this factor is noise: the cost model keeps its choice.
static constexpr double kMargin = 0.98;
/// Threads of a candidate are awake for a while after its turn, in the way of
/// those of the next one: both pause.
static constexpr std::chrono::milliseconds kPause(1);
/// By this part of their range results of one layer may differ: sums are added
/// in another order.
static constexpr double kTolerance = 1e-5;

namespace {
/// A strategy that is tried, compiled and with memory of its own.
struct Candidate {
  StrategyAttr strategy;
  std::unique_ptr<Model> model;
  std::vector<std::unique_ptr<Workspace>> buffers;
  std::vector<const void *> inputs;
  std::vector<void *> outputs;
  std::vector<double> seconds;

  llvm::Error run() const { return model->run(inputs, outputs); }
  int getNumThreads() const {
    return std::max(model->getInfo().num_threads, 1);
  }
  double getMedian();
};

/// What is known of a layer when it has been measured.
struct Tuned {
  StrategyAttr strategy;
  double seconds, modelSeconds; ///< of it, and of the cost model's choice
  size_t numCandidates;
  int numThreads; ///< of each run, at most
};
} // namespace

double Candidate::getMedian() {
  auto middle = seconds.begin() + seconds.size() / 2;
  std::nth_element(seconds.begin(), middle, seconds.end());
  return *middle;
}

//===----------------------------------------------------------------------===//
// One layer as a model
//===----------------------------------------------------------------------===//

/// A model that consists of `op`: constants stay, other operands are inputs.
static OwningOpRef<ModuleOp> buildLayer(KernelOpInterface op,
                                        StrategyAttr strategy) {
  Location loc = op->getLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  (*module)->setAttr(kTargetAttrName, getTarget(op));
  OpBuilder b(module->getBodyRegion());
  Value init =
      cast<DestinationStyleOpInterface>(op.getOperation()).getDpsInits()[0];
  // Epilogues use constants from outside.
  llvm::SetVector<Value> used(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), used);
  used.remove(init);
  SmallVector<Value> inputs, constants;
  for (Value value : used)
    (matchPattern(value, m_Constant()) ? constants : inputs).push_back(value);
  auto func = func::FuncOp::create(
      b, loc, "layer",
      b.getFunctionType(ValueRange(inputs).getTypes(), op->getResultTypes()));
  b.setInsertionPointToStart(func.addEntryBlock());
  IRMapping mapping;
  mapping.map(inputs, func.getArguments());
  auto type = cast<RankedTensorType>(init.getType());
  mapping.map(init, tensor::EmptyOp::create(b, loc, type.getShape(),
                                            type.getElementType()));
  for (Value constant : constants)
    mapping.map(constant, b.clone(*constant.getDefiningOp())->getResult(0));
  Operation *clone = b.clone(*op, mapping);
  cast<KernelOpInterface>(clone).setStrategyAttr(strategy);
  func::ReturnOp::create(b, loc, clone->getResults());
  return module;
}

/// Memory for a tensor, on pages of its own; seeded numbers if `fill`.
static llvm::Expected<std::unique_ptr<Workspace>>
allocate(const hswish_tensor_info &info, bool fill) {
  auto memory = Workspace::create(info.bytes);
  if (!memory || !fill)
    return memory;
  std::minstd_rand generator;
  auto next = [&] { return generator() / 1073741824.0 - 1; };
  if (info.dtype == HSWISH_FLOAT32)
    std::generate_n(static_cast<float *>((*memory)->getData()),
                    info.bytes / sizeof(float), next);
  else if (info.dtype == HSWISH_FLOAT64)
    std::generate_n(static_cast<double *>((*memory)->getData()),
                    info.bytes / sizeof(double), next);
  return memory;
}

static llvm::Expected<Candidate> prepare(KernelOpInterface op,
                                         StrategyAttr strategy,
                                         const CompileOptions &modelOptions) {
  CompileOptions options;
  options.level = modelOptions.level;
  options.threads = modelOptions.threads;
  OwningOpRef<ModuleOp> module = buildLayer(op, strategy);
  if (failed(compile(*module, Stage::LLVM, options)))
    return llvm::createStringError("a candidate does not compile");
  auto object = emitCode(*module, CodeKind::Object, options);
  if (!object)
    return llvm::createStringError("a candidate does not compile");
  auto model = Model::link(std::move(object));
  if (!model)
    return model.takeError();
  Candidate candidate;
  candidate.strategy = strategy;
  candidate.model = std::move(*model);
  auto add = [&](const hswish_tensor_info &info, bool fill) -> llvm::Error {
    auto memory = allocate(info, fill);
    if (!memory)
      return memory.takeError();
    candidate.buffers.push_back(std::move(*memory));
    return llvm::Error::success();
  };
  for (const hswish_tensor_info &info : candidate.model->getInputs()) {
    if (llvm::Error error = add(info, /*fill=*/true))
      return std::move(error);
    candidate.inputs.push_back(candidate.buffers.back()->getData());
  }
  for (const hswish_tensor_info &info : candidate.model->getOutputs()) {
    if (llvm::Error error = add(info, /*fill=*/false))
      return std::move(error);
    candidate.outputs.push_back(candidate.buffers.back()->getData());
  }
  return candidate;
}

//===----------------------------------------------------------------------===//
// Measuring
//===----------------------------------------------------------------------===//

template <typename T>
static bool areClose(const void *a, const void *b, size_t bytes) {
  llvm::ArrayRef<T> x(static_cast<const T *>(a), bytes / sizeof(T));
  llvm::ArrayRef<T> y(static_cast<const T *>(b), bytes / sizeof(T));
  double largest = 0, difference = 0;
  for (auto [i, j] : llvm::zip_equal(x, y)) {
    largest = std::max<double>(largest, std::abs(i));
    difference = std::max<double>(difference, std::abs(i - j));
  }
  return difference <= kTolerance * largest;
}

/// Whether two candidates have computed the same.
static bool agree(const Candidate &a, const Candidate &b) {
  const hswish_tensor_info &info = a.model->getOutputs()[0];
  return info.dtype == HSWISH_FLOAT64
             ? areClose<double>(a.outputs[0], b.outputs[0], info.bytes)
             : areClose<float>(a.outputs[0], b.outputs[0], info.bytes);
}

/// Seconds of one of `runs` runs in a row.
static llvm::Expected<double> time(Candidate &candidate, int64_t runs) {
  auto start = std::chrono::steady_clock::now();
  for (int64_t i = 0; i < runs; ++i)
    if (llvm::Error error = candidate.run())
      return std::move(error);
  std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - start;
  return seconds.count() / runs;
}

/// Takes turns until the time is over.
static llvm::Error measure(llvm::MutableArrayRef<Candidate> candidates) {
  auto start = std::chrono::steady_clock::now();
  std::chrono::duration<double> elapsed{0};
  for (int round = 0; round < kRounds || elapsed.count() < kSeconds; ++round) {
    for (Candidate &candidate : candidates) {
      if (candidate.getNumThreads() > 1)
        std::this_thread::sleep_for(kPause);
      // The first run of a turn finds the caches of another candidate.
      auto first = time(candidate, 1);
      if (!first)
        return first.takeError();
      int64_t runs = std::max<int64_t>(1, kTurn / std::max(*first, 1e-8));
      auto seconds = time(candidate, std::min<int64_t>(runs, 1000));
      if (!seconds)
        return seconds.takeError();
      candidate.seconds.push_back(*seconds);
    }
    elapsed = std::chrono::steady_clock::now() - start;
  }
  return llvm::Error::success();
}

/// The fastest of the candidates for `op` that compute what the first does.
static llvm::Expected<Tuned> tuneLayer(KernelOpInterface op,
                                       Strategies strategies,
                                       const CompileOptions &options) {
  std::vector<Candidate> candidates;
  for (StrategyAttr strategy : strategies) {
    auto verified =
        verifyStrategy(op, strategy, [&] { return op->emitError(); });
    if (failed(verified))
      return llvm::createStringError("the cost model chose what cannot be");
    auto candidate = prepare(op, strategy, options);
    if (!candidate)
      return candidate.takeError();
    if (llvm::Error error = candidate->run())
      return std::move(error);
    if (candidates.empty() || agree(candidates.front(), *candidate))
      candidates.push_back(std::move(*candidate));
    else
      op->emitWarning("is computed differently by ") << strategy;
  }
  if (llvm::Error error = measure(candidates))
    return std::move(error);
  double modelSeconds = candidates.front().getMedian();
  Tuned best{candidates.front().strategy, modelSeconds, modelSeconds,
             candidates.size(), candidates.front().getNumThreads()};
  for (Candidate &candidate : candidates)
    if (double seconds = candidate.getMedian();
        seconds < kMargin * modelSeconds && seconds < best.seconds)
      best.strategy = candidate.strategy, best.seconds = seconds;
  return best;
}

//===----------------------------------------------------------------------===//
// All layers
//===----------------------------------------------------------------------===//

static LogicalResult checkMachine(ModuleOp module) {
  if (llvm::Error error = checkRunsHere(getTarget(module)))
    return emitError(UnknownLoc::get(module.getContext()))
           << "tuning measures on this machine: "
           << llvm::toString(std::move(error));
  return success();
}

static void print(llvm::raw_ostream &stream, StringRef layer,
                  const Tuned &tuned) {
  stream << llvm::format("// %.2f µs", tuned.seconds * 1e6);
  if (tuned.numThreads > 1)
    stream << " with " << tuned.numThreads << " threads";
  stream << ", fastest of " << tuned.numCandidates;
  if (tuned.seconds < tuned.modelSeconds)
    stream << llvm::format("; the cost model's choice: %.2f µs",
                           tuned.modelSeconds * 1e6);
  stream << "\n" << layer << " = " << tuned.strategy << "\n";
}

LogicalResult hswish::tune(ModuleOp module, StringRef path,
                           const CompileOptions &options,
                           const TuneOptions &tuneOptions) {
  OwningOpRef<ModuleOp> copy = module.clone();
  if (failed(compile(*copy, Stage::Fuse, options)) ||
      failed(checkMachine(*copy)))
    return failure();
  llvm::MapVector<StringAttr, KernelOpInterface> layers;
  copy->walk([&](KernelOpInterface op) {
    if (!op.getStrategyAttr() && !chooseStrategies(op, 1).empty())
      layers.try_emplace(
          StringAttr::get(op->getContext(), getLayerSignature(op)), op);
  });
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << "// Strategies measured by hswish " HSWISH_VERSION " for "
         << getTarget(*copy).getTriple() << "/" << getTarget(*copy).getCpu()
         << "\n";
  for (auto [done, layer] : llvm::enumerate(layers)) {
    if (tuneOptions.progress)
      tuneOptions.progress(done, layers.size(), layer.first);
    auto tuned =
        tuneLayer(layer.second,
                  getStrategiesToTry(layer.second, tuneOptions.candidates,
                                     options.threads),
                  options);
    if (!tuned)
      return layer.second->emitError(llvm::toString(tuned.takeError()));
    print(stream, layer.first, *tuned);
  }
  if (tuneOptions.progress)
    tuneOptions.progress(layers.size(), layers.size(), "");
  llvm::Error error =
      writeFile(path, [&](llvm::raw_ostream &file) { file << text; });
  if (error)
    return emitError(UnknownLoc::get(module.getContext()),
                     llvm::toString(std::move(error)));
  return success();
}
