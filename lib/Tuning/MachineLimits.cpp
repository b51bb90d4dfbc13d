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
#include <cmath>

using namespace mlir;
using namespace hswish;

/// Turns of the loop on registers: about a millisecond.
static constexpr int64_t kTurns = 100000;
/// Floats that are read from memory: more than caches of servers hold for a
/// core.
static constexpr int64_t kStreamed = 32 << 20;
/// Sums in registers. A machine starts two multiply-adds a cycle, each of which
/// takes four.
static constexpr int64_t kPeakSums = 12, kStreamSums = 8;
/// The best of so many runs counts.
static constexpr int kRuns = 8;

namespace {
/// A function on an array that keeps `count` sums in registers of `bits` bits.
class KernelText {
public:
  KernelText(TargetAttr target, int64_t bits, int64_t count)
      : vector(bits / 32), count(count),
        type(llvm::formatv("vector<{0}xf32>", vector)), fma(target.hasFma()) {}

  std::string getPeak();
  /// Reads `size` floats `repeats` times.
  std::string getStream(int64_t size, int64_t repeats);

  int64_t vector, count;

private:
  struct Loop {
    int64_t repeats, turns, step;
  };
  std::string build(int64_t size, Loop loop, StringRef body);
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

/// for (r = 0; r < repeats; ++r)
///   for (i = 0; i < turns; i += step) sums = body(i, sums);
/// return their sum.
std::string KernelText::build(int64_t size, Loop loop, StringRef body) {
  std::string types, total;
  for (int64_t i = 0; i < count; ++i)
    types += (i ? ", " : "") + type;
  for (int64_t i = 1; i < count; ++i)
    total += llvm::formatv("  %t{0} = arith.addf %t{1}, %r#{0} : {2}\n", i,
                           i - 1, type);
  std::string inner;
  for (int64_t i = 0; i < count; ++i)
    inner += llvm::formatv("{0}%q#{1}", i ? ", " : "", i);
  std::string carried;
  for (int64_t i = 0; i < count; ++i)
    carried += llvm::formatv("{0}%a{1} = %b{1}", i ? ", " : "", i);
  return llvm::formatv(
      R"(func.func @limit(%x: tensor<{0}xf32>) -> tensor<1xf32> {{
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %repeats = arith.constant {12} : index
  %end = arith.constant {1} : index
  %step = arith.constant {2} : index
  %zero = arith.constant 0.0 : f32
  %m = bufferization.to_buffer %x read_only : tensor<{0}xf32> to memref<{0}xf32>
  %v = vector.load %m[%c0] : memref<{0}xf32>, {3}
  %r:{4} = scf.for %j = %c0 to %repeats step %c1 iter_args({5}) -> ({6}) {{
    %q:{4} = scf.for %i = %c0 to %end step %step iter_args({11}) -> ({6}) {{
{7}      scf.yield {8} : {6}
    }
    scf.yield {13} : {6}
  }
  %t0 = arith.addf %r#0, %v : {3}
{9}  %s = vector.reduction <add>, %t{10} : {3} into f32
  %y = tensor.from_elements %s : tensor<1xf32>
  return %y : tensor<1xf32>
}
)",
      size, loop.turns, loop.step, type, count, list("%b", " = %v"), types,
      body, list("%n"), total, count - 1, carried, loop.repeats, inner);
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
  return build(vector, {1, kTurns, 1}, body);
}

std::string KernelText::getStream(int64_t size, int64_t repeats) {
  std::string body;
  for (int64_t i = 0; i < count; ++i)
    body += llvm::formatv(
        "    %o{0} = arith.constant {1} : index\n"
        "    %i{0} = arith.addi %i, %o{0} overflow<nsw, nuw> : index\n"
        "    %l{0} = vector.load %m[%i{0}] : memref<{2}xf32>, {3}\n"
        "    %n{0} = arith.addf %a{0}, %l{0} : {3}\n",
        i, i * vector, size, type);
  return build(size, {repeats, size, vector * count}, body);
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

namespace {
/// Measures with kernels for one target.
class Meter {
public:
  static llvm::Expected<Meter> create(StringRef target, MLIRContext *context);

  /// f32 operations a second on vectors of `bits` bits.
  llvm::Expected<double> getFlops(int64_t bits);
  /// Bytes a second that are read from `floats` floats, again and again.
  llvm::Expected<double> getBandwidth(int64_t floats);

  TargetAttr attr;

private:
  Meter(StringRef target, MLIRContext *context, TargetAttr attr)
      : attr(attr), target(target), context(context) {}
  llvm::Expected<double> getSeconds(StringRef text, int64_t size);

  StringRef target;
  MLIRContext *context;
};
} // namespace

llvm::Expected<Meter> Meter::create(StringRef target, MLIRContext *context) {
  FailureOr<TargetAttr> attr = lookupTarget(
      target, context, [&] { return emitError(UnknownLoc::get(context)); });
  if (failed(attr))
    return llvm::createStringError("cannot measure the machine");
  if (llvm::Error error = checkRunsHere(*attr))
    return std::move(error);
  return Meter(target, context, *attr);
}

llvm::Expected<double> Meter::getSeconds(StringRef text, int64_t size) {
  auto model = compileText(text, target, context);
  if (!model)
    return model.takeError();
  return measure(**model, size);
}

llvm::Expected<double> Meter::getFlops(int64_t bits) {
  KernelText text(attr, bits, kPeakSums);
  auto seconds = getSeconds(text.getPeak(), text.vector);
  if (!seconds)
    return seconds.takeError();
  return 2.0 * kTurns * text.count * text.vector / *seconds;
}

llvm::Expected<double> Meter::getBandwidth(int64_t floats) {
  KernelText text(attr, attr.getVectorBits(), kStreamSums);
  floats -= floats % (text.vector * text.count);
  int64_t repeats = std::max<int64_t>(1, kStreamed / 4 / floats);
  auto seconds = getSeconds(text.getStream(floats, repeats), floats);
  if (!seconds)
    return seconds.takeError();
  return sizeof(float) * floats * repeats / *seconds;
}

llvm::Expected<MachineLimits> hswish::measureMachine(StringRef target,
                                                     MLIRContext *context) {
  auto meter = Meter::create(target, context);
  if (!meter)
    return meter.takeError();
  auto flops = meter->getFlops(meter->attr.getVectorBits());
  if (!flops)
    return flops.takeError();
  auto bandwidth = meter->getBandwidth(kStreamed);
  if (!bandwidth)
    return bandwidth.takeError();
  return MachineLimits{*flops, *bandwidth};
}

/// Where reading from the third level gains less than this over reading from
/// memory, it is far. (Granite Rapids: twice; Zen 4: three times and more.)
static constexpr double kFar = 2.5;

llvm::Expected<std::string> hswish::measureCpuModel(StringRef target,
                                                    MLIRContext *context) {
  auto meter = Meter::create(target, context);
  if (!meter)
    return meter.takeError();
  TargetAttr attr = meter->attr;
  const CpuModel &known = attr.getCpuModel();
  int64_t bits = attr.getVectorBits(),
          l3 = std::max(attr.getL3(), attr.getL2());
  double rates[6];
  int64_t floats[] = {attr.getL1() / 8, attr.getL2() / 8,
                      std::max(l3 / 16, attr.getL2() / 2), kStreamed};
  for (auto [i, size] : llvm::enumerate(floats)) {
    auto rate = meter->getBandwidth(size);
    if (!rate)
      return rate.takeError();
    rates[i] = *rate * 1e-9;
  }
  for (int i : {4, 5}) {
    auto rate =
        meter->getFlops(i == 4 ? bits : std::max<int64_t>(128, bits / 2));
    if (!rate)
      return rate.takeError();
    rates[i] = *rate * 1e-9;
  }
  bool isSplit = bits == 512 && rates[4] < 1.5 * rates[5];
  bool isFar = attr.getL3() > 0 && rates[2] < kFar * rates[3];
  return llvm::formatv(
      R"(// {0}, measured by `hswish-run --measure-machine`.
static constexpr llvm::StringLiteral kLLVMNames[] = {{"{0}"};

constinit const CpuModel hswish::kMineCpu = {{
    .name = "mine",
    .llvmNames = kLLVMNames,
    .vectorBits = {1},
    .registers = {2},
    // Read at {3:f0} GB/s.
    .l1 = {4} << 10,
    // Read at {5:f0} GB/s.
    .l2 = {6} << 10,
    // Read at {7:f0} GB/s; memory is at {8:f0} GB/s.
    .l3 = {9} << 20,
    // {10:f0} GFLOP/s on whole vectors, {11:f0} on half ones.
    .splits512 = {12},
    .fmaByElement = {13},
    .scheduledFor = "",
    .memory = {14},
};
)",
      attr.getCpu(), bits, attr.getRegisters(), rates[0], attr.getL1() >> 10,
      rates[1], attr.getL2() >> 10, rates[2], rates[3], attr.getL3() >> 20,
      rates[4], rates[5], isSplit, known.fmaByElement,
      isFar ? "kFarL3" : "kNearL3");
}
