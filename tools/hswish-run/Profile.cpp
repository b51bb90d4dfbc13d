//===- Profile.cpp - Where the time of a run goes -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Profile.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/Support/Format.h"

#include <algorithm>

using namespace hswish;
using llvm::StringRef;

static constexpr unsigned kWarmUpRuns = 5;
/// The characters of the kernels' column: strips have several kernels.
static constexpr unsigned kKernelWidth = 20;

int64_t Profile::getMultiplyAdds() const {
  int64_t sum = 0;
  for (const LayerTime &layer : layers)
    sum += layer.multiplyAdds;
  return sum;
}

std::vector<LayerTime> Profile::getKernels() const {
  llvm::MapVector<StringRef, LayerTime> sums;
  for (const LayerTime &layer : layers) {
    LayerTime &sum = sums.try_emplace(layer.kernel, LayerTime{"", layer.kernel})
                         .first->second;
    sum.multiplyAdds += layer.multiplyAdds;
    sum.bytes += layer.bytes;
    sum.seconds += layer.seconds;
    sum.share += layer.share;
  }
  std::vector<LayerTime> result;
  for (auto &[kernel, sum] : sums)
    result.push_back(sum);
  llvm::sort(result, [](const LayerTime &a, const LayerTime &b) {
    return a.seconds > b.seconds;
  });
  return result;
}

llvm::Expected<Profile>
hswish::profile(Model &model, llvm::ArrayRef<const void *> inputs,
                llvm::ArrayRef<void *> outputs, unsigned runs,
                const MachineLimits &limits, RunObserver observe) {
  const hswish_profile *times = model.getProfile();
  if (!times)
    return llvm::createStringError(
        "the model was compiled without --profile: there are no times of its "
        "layers");
  llvm::ArrayRef<hswish_layer_info> infos(times->layers, times->num_layers);
  std::vector<std::vector<int64_t>> samples(infos.size());
  for (unsigned run = 0; run < kWarmUpRuns + runs; ++run) {
    observe(run, kWarmUpRuns + runs);
    if (llvm::Error error = model.run(inputs, outputs))
      return std::move(error);
    for (size_t i = 0; run >= kWarmUpRuns && i < infos.size(); ++i)
      samples[i].push_back(times->stamps[i + 1] - times->stamps[i]);
  }

  Profile result;
  result.runs = runs;
  result.limits = limits;
  for (auto [info, sample] : llvm::zip_equal(infos, samples)) {
    auto middle = sample.begin() + sample.size() / 2;
    std::nth_element(sample.begin(), middle, sample.end());
    // A clock that stood still, rather than a division by zero.
    double seconds = std::max<int64_t>(*middle, 1) * 1e-9;
    result.layers.push_back({info.name, info.kernel, info.signature,
                             info.multiply_adds, info.bytes, seconds, 0});
    result.seconds += seconds;
  }
  for (LayerTime &layer : result.layers)
    layer.share = layer.seconds / result.seconds;
  return result;
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

/// A number that means nothing for layers without multiply-adds.
static void printIf(llvm::raw_ostream &stream, bool wanted, const char *format,
                    unsigned width, double value) {
  if (wanted)
    stream << llvm::format(format, value);
  else
    stream.indent(width);
}

static void printRow(llvm::raw_ostream &stream, StringRef name,
                     StringRef kernel, double seconds, double share,
                     int64_t multiplyAdds, double bandwidth,
                     const MachineLimits &limits, unsigned width) {
  double flops = 2.0 * multiplyAdds / seconds;
  stream << llvm::left_justify(name, width) << "  "
         << llvm::left_justify(kernel, kKernelWidth)
         << llvm::format(" %9.1f %6.1f %%", seconds * 1e6, share * 100);
  printIf(stream, multiplyAdds > 0, " %9.1f", 10, flops * 1e-9);
  printIf(stream, multiplyAdds > 0, " %7.1f %%", 10,
          flops / limits.flops * 100);
  printIf(stream, bandwidth > 0, " %8.1f", 9, bandwidth * 1e-9);
  stream << "\n";
}

void hswish::printTable(const Profile &profile, llvm::raw_ostream &stream) {
  size_t width = 5;
  for (const LayerTime &layer : profile.layers)
    width = std::max(width, std::min<size_t>(layer.name.size(), 40));
  stream << llvm::format("one core: %.1f GFLOP/s, %.1f GB/s from memory "
                         "(measured); medians of %u runs\n",
                         profile.limits.flops * 1e-9,
                         profile.limits.bandwidth * 1e-9, profile.runs)
         << llvm::left_justify("layer", width)
         << "  kernel                      µs    share   GFLOP/s   of peak     "
            "GB/s\n";
  for (const LayerTime &layer : profile.layers)
    printRow(stream, layer.name, layer.kernel, layer.seconds, layer.share,
             layer.multiplyAdds, layer.getBandwidth(), profile.limits, width);
  for (const LayerTime &sum : profile.getKernels())
    printRow(stream, "all", sum.kernel, sum.seconds, sum.share,
             sum.multiplyAdds, sum.getBandwidth(), profile.limits, width);
  printRow(stream, "sum", "", profile.seconds, 1, profile.getMultiplyAdds(),
           /*bandwidth=*/0, profile.limits, width);
}

llvm::json::Object hswish::toJSON(const MachineLimits &limits) {
  return llvm::json::Object{{"gflops", limits.flops * 1e-9},
                            {"gigabytes_per_second", limits.bandwidth * 1e-9}};
}

llvm::json::Object hswish::toJSON(const Profile &profile) {
  llvm::json::Array layers;
  for (const LayerTime &layer : profile.layers) {
    llvm::json::Object object{
        {"name", llvm::json::fixUTF8(layer.name)}, {"kernel", layer.kernel},
        {"microseconds", layer.seconds * 1e6},     {"share", layer.share},
        {"multiply_adds", layer.multiplyAdds},     {"bytes", layer.bytes}};
    if (!layer.signature.empty())
      object["signature"] = layer.signature;
    if (layer.multiplyAdds > 0) {
      object["gflops"] = layer.getFlops() * 1e-9;
      object["of_peak"] = layer.getFlops() / profile.limits.flops;
    }
    layers.push_back(std::move(object));
  }
  return llvm::json::Object{{"runs", profile.runs},
                            {"microseconds", profile.seconds * 1e6},
                            {"machine", toJSON(profile.limits)},
                            {"layers", std::move(layers)}};
}
