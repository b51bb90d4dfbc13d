//===- Data.cpp - What goes into a model and comes out --------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Data.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

#include <chrono>
#include <cmath>
#include <random>

using namespace hswish;
using llvm::createStringError;
using llvm::StringRef;

std::vector<std::string> hswish::getNames(Tensors tensors) {
  std::vector<std::string> names;
  for (const hswish_tensor_info &tensor : tensors)
    names.push_back(tensor.name);
  return names;
}

llvm::Expected<std::vector<std::string>>
hswish::assignFiles(llvm::ArrayRef<std::string> arguments,
                    llvm::ArrayRef<std::string> names, StringRef kind) {
  std::vector<std::string> files(names.size());
  size_t next = 0;
  for (StringRef argument : arguments) {
    size_t index = names.size();
    StringRef file = argument;
    for (auto [i, name] : llvm::enumerate(names)) {
      StringRef rest = argument;
      if (rest.consume_front(name) && rest.consume_front("=")) {
        index = i;
        file = rest;
      }
    }
    // A name nobody knows, or a file with an equals sign in its name?
    if (index == names.size() && argument.contains('=') &&
        !llvm::sys::fs::exists(argument))
      return createStringError(
          "the model has no " + kind + " '" +
          argument.take_until([](char c) { return c == '='; }) +
          "'; it has: " + llvm::join(names, ", "));
    if (index == names.size())
      index = next++;
    if (index >= names.size())
      return createStringError("the model has only " +
                               llvm::Twine(names.size()) + " " + kind +
                               "s, nothing to do with '" + argument + "'");
    if (!files[index].empty())
      return createStringError(kind + " '" + names[index] + "' is given twice");
    files[index] = file.str();
  }
  return files;
}

llvm::Expected<GivenShapes>
hswish::readInputShapes(llvm::ArrayRef<std::string> arguments,
                        llvm::ArrayRef<std::string> names) {
  auto files = assignFiles(arguments, names, "input");
  if (!files)
    return files.takeError();
  GivenShapes shapes;
  for (auto [name, file] : llvm::zip_equal(names, *files)) {
    if (file.empty())
      continue;
    llvm::Expected<Array> array = readNpy(file);
    if (!array)
      return array.takeError();
    shapes[name] = {
        llvm::SmallVector<int64_t>(array->shape.begin(), array->shape.end()),
        "'" + file + "' of shape " + formatShape(array->shape) +
            " for input '" + name + "'"};
  }
  return shapes;
}

static Array makeRandom(const hswish_tensor_info &info,
                        std::mt19937 &generator) {
  Array array(static_cast<hswish_dtype>(info.dtype), getShape(info));
  auto fill = [&]<typename T>(T *data) {
    for (int64_t i = 0, e = array.getNumElements(); i < e; ++i)
      data[i] = static_cast<T>(generator() / 2147483648.0 - 1.0);
  };
  // Other types stay zero: any number could be an invalid index.
  if (array.dtype == HSWISH_FLOAT32)
    fill(reinterpret_cast<float *>(array.bytes.data()));
  else if (array.dtype == HSWISH_FLOAT64)
    fill(reinterpret_cast<double *>(array.bytes.data()));
  return array;
}

llvm::Expected<std::vector<Array>>
hswish::readInputs(llvm::ArrayRef<std::string> arguments, Tensors tensors,
                   unsigned seed) {
  auto files = assignFiles(arguments, getNames(tensors), "input");
  if (!files)
    return files.takeError();
  std::mt19937 generator(seed);
  std::vector<Array> inputs;
  for (auto [info, file] : llvm::zip_equal(tensors, *files)) {
    if (file.empty()) {
      if (!arguments.empty())
        return createStringError("input '" + StringRef(info.name) +
                                 "' is missing");
      inputs.push_back(makeRandom(info, generator));
      continue;
    }
    auto dtype = static_cast<hswish_dtype>(info.dtype);
    llvm::Expected<Array> array = readNpy(file, dtype);
    if (!array)
      return array.takeError();
    if (array->dtype != dtype || getShape(info) != llvm::ArrayRef(array->shape))
      return createStringError(
          file + ": input '" + info.name + "' is " + getDTypeName(dtype) + " " +
          formatShape(getShape(info)) + ", but the file holds " +
          getDTypeName(array->dtype) + " " + formatShape(array->shape));
    inputs.push_back(std::move(*array));
  }
  return inputs;
}

Summary::Summary(const Array &array) {
  double sum = 0;
  int64_t count = array.getNumElements();
  low = INFINITY;
  high = -INFINITY;
  for (int64_t i = 0; i < count; ++i) {
    double value = array.get(i);
    if (!std::isfinite(value)) {
      ++notFinite;
      continue;
    }
    low = std::min(low, value);
    high = std::max(high, value);
    sum += value;
  }
  mean = sum / (count - notFinite);
}

double hswish::getError(const Array &got, const Array &want) {
  double worst = 0;
  for (int64_t i = 0, e = want.getNumElements(); i < e; ++i) {
    double a = got.get(i), b = want.get(i);
    if (a == b || (std::isnan(a) && std::isnan(b)))
      continue;
    double error = std::abs(a - b);
    worst = std::isnan(error) ? INFINITY : std::max(worst, error);
  }
  Summary summary(want);
  double range = summary.high - summary.low;
  return range > 0 ? worst / range : worst;
}

llvm::Expected<Timing> hswish::benchmark(Model &model,
                                         llvm::ArrayRef<const void *> inputs,
                                         llvm::ArrayRef<void *> outputs,
                                         unsigned runs, RunObserver observe) {
  std::vector<double> times;
  unsigned warmUp = std::max(3u, runs / 10);
  for (unsigned i = 0; i < warmUp + runs; ++i) {
    observe(i, warmUp + runs);
    auto start = std::chrono::steady_clock::now();
    if (llvm::Error error = model.run(inputs, outputs))
      return std::move(error);
    std::chrono::duration<double, std::milli> time =
        std::chrono::steady_clock::now() - start;
    if (i >= warmUp)
      times.push_back(time.count());
  }
  llvm::sort(times);
  return Timing{runs, times.front(), times[runs / 2], times[runs * 9 / 10]};
}
