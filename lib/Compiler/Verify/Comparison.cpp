//===- Comparison.cpp - What was computed beside what is right ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Comparison.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace mlir;
using namespace hswish;

std::string Difference::describe(ArrayRef<int64_t> shape) const {
  std::string text;
  llvm::raw_string_ostream stream(text);
  SmallVector<int64_t> index(shape.size());
  size_t rest = element;
  for (size_t d = shape.size(); d-- > 0; rest /= shape[d])
    index[d] = rest % shape[d];
  stream << "result [";
  llvm::interleaveComma(index, stream);
  stream << llvm::format("] is %.9g, but %.9g by the reference", got, want);
  if (bound > 0)
    stream << llvm::format(", give or take %.2g", bound);
  return text;
}

Comparison::Comparison(const NumberTensor &want, const NumberTensor &got) {
  double most = 1;
  for (size_t i = 0, e = want.numbers.size(); i < e; ++i) {
    double bound = want.numbers.errors[i];
    if (!(bound < kUnknown))
      continue;
    double x = got.numbers.get(i), y = want.numbers.get(i);
    if (x == y || (std::isnan(x) && std::isnan(y)))
      continue;
    double part = std::abs(x - y) / bound;
    if (part <= 1) {
      largest = std::max(largest, part);
      continue;
    }
    // NaN, or a difference where there should be none, is worst of all.
    part = std::isnan(part) ? kUnknown : part;
    if (!worst || part > most) {
      most = part;
      worst = Difference{i, x, y, bound};
    }
  }
}
