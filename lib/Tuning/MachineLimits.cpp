//===- MachineLimits.cpp - What this machine can do -----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Tuning/MachineLimits.h"

#include "hswish/Runtime/Model.h"
#include "hswish/Target/Target.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"

#include <chrono>

using namespace mlir;
using namespace hswish;

/// Turns of the loop on registers: about a millisecond.
static constexpr int64_t kTurns = 100000;
/// Floats that are read from memory: more than caches of servers hold for a
/// core.
static constexpr int64_t kStreamed = 32 << 20;
/// The best of so many runs counts.
static constexpr int kRuns = 8;

namespace {
/// A function on an array that keeps `count` sums in registers.
class KernelText {
public:
  KernelText(TargetAttr target, int64_t count)
      : vector(target.getVectorBits() / 32), count(count),
        type(llvm::formatv("vector<{0}xf32>", vector)), fma(target.hasFma()) {}

  std::string getPeak();
  std::string getStream();

  int64_t vector, count;

private:
  std::string build(int64_t size, int64_t turns, int64_t step, StringRef body);
  /// "PREFIX0, PREFIX1, …"
  std::string list(StringRef prefix, StringRef suffix = "") const;

  std::string type;
  bool fma;
};
} // namespace

std::string KernelText::list(StringRef prefix, StringRef suffix) const {
  std::string text;
  for (int64_t i = 0; i < count; ++i)
    text += llvm::formatv("{0}{1}{2}{3}", i ? ", " : "", prefix, i, suffix);
  return text;
}

/// for (i = 0; i < turns; i += step) sums = body(i, sums); return their sum.
std::string KernelText::build(int64_t size, int64_t turns, int64_t step,
                              StringRef body) {
  std::string types, total;
  for (int64_t i = 0; i < count; ++i)
    types += (i ? ", " : "") + type;
  for (int64_t i = 1; i < count; ++i)
    total += llvm::formatv("  %t{0} = arith.addf %t{1}, %r#{0} : {2}\n", i,
                           i - 1, type);
  return llvm::formatv(
      R"(func.func @limit(%x: tensor<{0}xf32>) -> tensor<1xf32> {{
  %c0 = arith.constant 0 : index
  %end = arith.constant {1} : index
  %step = arith.constant {2} : index
  %zero = arith.constant 0.0 : f32
  %m = bufferization.to_buffer %x read_only : tensor<{0}xf32> to memref<{0}xf32>
  %v = vector.load %m[%c0] : memref<{0}xf32>, {3}
  %r:{4} = scf.for %i = %c0 to %end step %step iter_args({5}) -> ({6}) {{
{7}    scf.yield {8} : {6}
  }
  %t0 = arith.addf %r#0, %v : {3}
{9}  %s = vector.reduction <add>, %t{10} : {3} into f32
  %y = tensor.from_elements %s : tensor<1xf32>
  return %y : tensor<1xf32>
}
)",
      size, turns, step, type, count, list("%a", " = %v"), types, body,
      list("%n"), total, count - 1);
}

std::string KernelText::getPeak() {
  std::string body;
  for (int64_t i = 0; i < count; ++i)
    body += fma ? llvm::formatv("    %n{0} = math.fma %a{0}, %v, %v : {1}\n", i,
                                type)
                      .str()
                : llvm::formatv("    %p{0} = arith.mulf %a{0}, %v : {1}\n"
                                "    %n{0} = arith.addf %p{0}, %v : {1}\n",
                                i, type)
                      .str();
  return build(vector, kTurns, 1, body);
}

std::string KernelText::getStream() {
  std::string body;
  for (int64_t i = 0; i < count; ++i)
    body += llvm::formatv(
        "    %o{0} = arith.constant {1} : index\n"
        "    %i{0} = arith.addi %i, %o{0} overflow<nsw, nuw> : index\n"
        "    %l{0} = vector.load %m[%i{0}] : memref<{2}xf32>, {3}\n"
        "    %n{0} = arith.addf %a{0}, %l{0} : {3}\n",
        i, i * vector, kStreamed, type);
  return build(kStreamed, kStreamed, vector * count, body);
}

static llvm::Expected<std::unique_ptr<Model>>
compileText(StringRef text, StringRef target, MLIRContext *context) {
  auto module = parseSourceString<ModuleOp>(text, context);
  CompileOptions options;
  options.target = target.str();
  if (!module || failed(compile(*module, Stage::LLVM, options)))
    return llvm::createStringError("cannot measure the machine");
  auto object = emitCode(*module, CodeKind::Object, options);
  if (!object)
    return llvm::createStringError("cannot measure the machine");
  return Model::link(std::move(object));
}

/// Seconds of the fastest of some runs on an array of `size` floats.
static llvm::Expected<double> measure(Model &model, size_t size) {
  // Halves: sums of products stay finite.
  std::vector<float> input(size, 0.5f);
  float output;
  double best = std::numeric_limits<double>::infinity();
  for (int run = 0; run < kRuns; ++run) {
    auto start = std::chrono::steady_clock::now();
    if (llvm::Error error = model.run({input.data()}, {&output}))
      return std::move(error);
    std::chrono::duration<double> seconds =
        std::chrono::steady_clock::now() - start;
    best = std::min(best, seconds.count());
  }
  return best;
}

llvm::Expected<MachineLimits> hswish::measureMachine(StringRef target,
                                                     MLIRContext *context) {
  FailureOr<TargetAttr> attr = lookupTarget(
      target, context, [&] { return emitError(UnknownLoc::get(context)); });
  if (failed(attr))
    return llvm::createStringError("cannot measure the machine");
  if (llvm::Error error = checkRunsHere(*attr))
    return std::move(error);
  // Two multiply-adds a cycle, each of which takes four.
  KernelText peak(*attr, 12), stream(*attr, 8);
  auto peakModel = compileText(peak.getPeak(), target, context);
  if (!peakModel)
    return peakModel.takeError();
  auto streamModel = compileText(stream.getStream(), target, context);
  if (!streamModel)
    return streamModel.takeError();
  auto peakSeconds = measure(**peakModel, peak.vector);
  if (!peakSeconds)
    return peakSeconds.takeError();
  auto streamSeconds = measure(**streamModel, kStreamed);
  if (!streamSeconds)
    return streamSeconds.takeError();
  return MachineLimits{2.0 * kTurns * peak.count * peak.vector / *peakSeconds,
                       sizeof(float) * kStreamed / *streamSeconds};
}
