//===- Contraction.cpp - Sums of products in f64 --------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A sum of K products that are rounded in any order, with fma or without, is
// off by at most (K + 1) u times the sum of their magnitudes (Higham, Accuracy
// and Stability of Numerical Algorithms, 3.1), so that is added up beside it.
//
//===----------------------------------------------------------------------===//

#include "Rules.h"

#include <cmath>

using namespace mlir;
using namespace hswish;

void hswish::forEachIndex(ArrayRef<int64_t> sizes,
                          function_ref<void(ArrayRef<int64_t>)> visit) {
  if (llvm::is_contained(sizes, 0))
    return;
  SmallVector<int64_t> index(sizes.size(), 0);
  while (true) {
    visit(index);
    size_t d = sizes.size();
    while (d > 0 && ++index[d - 1] == sizes[d - 1])
      index[--d] = 0;
    if (d == 0)
      return;
  }
}

namespace {
/// A row of results: the last dimension.
struct Row {
  std::vector<double> sums, magnitudes, errors;

  explicit Row(int64_t size) : sums(size), magnitudes(size), errors(size) {}
  void clear() {
    llvm::fill(sums, 0);
    llvm::fill(magnitudes, 0);
    llvm::fill(errors, 0);
  }
};

/// Numbers at a distance from each other.
struct Strided {
  const double *values, *errors;
  int64_t stride;
};

template <bool isExact, bool isSplat, bool isDense>
void addProducts(Row &row, Strided left, Strided right) {
  double *__restrict sums = row.sums.data();
  double *__restrict magnitudes = row.magnitudes.data();
  double *__restrict errors = row.errors.data();
  int64_t step = isDense ? 1 : right.stride;
  for (int64_t i = 0, e = row.sums.size(); i < e; ++i) {
    int64_t l = isSplat ? 0 : i * left.stride, r = i * step;
    double product = left.values[l] * right.values[r];
    sums[i] += product;
    magnitudes[i] += std::abs(product);
    if constexpr (!isExact)
      errors[i] += std::abs(left.values[l]) * right.errors[r] +
                   std::abs(right.values[r]) * left.errors[l] +
                   left.errors[l] * right.errors[r];
  }
}

using AddProducts = void (*)(Row &, Strided, Strided);

AddProducts choose(bool isExact, int64_t leftStride, int64_t rightStride) {
  if (!isExact)
    return addProducts<false, false, false>;
  if (leftStride == 0 && rightStride == 1)
    return addProducts<true, true, true>;
  if (rightStride == 1)
    return addProducts<true, false, true>;
  return addProducts<true, false, false>;
}

int64_t dot(ArrayRef<int64_t> index, ArrayRef<int64_t> strides) {
  int64_t offset = 0;
  for (auto [i, stride] : llvm::zip_equal(index, strides))
    offset += i * stride;
  return offset;
}

/// The dimensions of more than one element, the longest row last.
Contraction dropUnits(const Contraction &all) {
  Contraction kept = all;
  kept.parallel.clear(), kept.reduction.clear();
  kept.lhs.clear(), kept.rhs.clear(), kept.out.clear();
  size_t numParallel = all.parallel.size();
  for (size_t d = 0; d < numParallel + all.reduction.size(); ++d) {
    bool isParallel = d < numParallel;
    int64_t size =
        isParallel ? all.parallel[d] : all.reduction[d - numParallel];
    if (size == 1)
      continue;
    (isParallel ? kept.parallel : kept.reduction).push_back(size);
    kept.lhs.push_back(all.lhs[d]);
    kept.rhs.push_back(all.rhs[d]);
    kept.out.push_back(all.out[d]);
  }
  if (!kept.parallel.empty())
    return kept;
  kept.parallel = {1};
  kept.lhs.insert(kept.lhs.begin(), 0);
  kept.rhs.insert(kept.rhs.begin(), 0);
  kept.out.insert(kept.out.begin(), 0);
  return kept;
}
} // namespace

void Contraction::run(const Numbers &left, const Numbers &right,
                      Numbers &result, const Rounding &rounding,
                      double relative) const {
  Contraction c = dropUnits(*this);
  size_t last = c.parallel.size() - 1;
  int64_t length = 1;
  for (int64_t size : c.reduction)
    length *= size;
  AddProducts add =
      choose(left.isExact() && right.isExact(), c.lhs[last], c.rhs[last]);
  ArrayRef<int64_t> outer = ArrayRef(c.parallel).drop_back();
  ArrayRef<int64_t> lhs(c.lhs), rhs(c.rhs), out(c.out);
  Row row(c.parallel[last]);
  forEachIndex(outer, [&](ArrayRef<int64_t> at) {
    row.clear();
    int64_t l = c.lhsStart + dot(at, lhs.take_front(last));
    int64_t r = c.rhsStart + dot(at, rhs.take_front(last));
    forEachIndex(c.reduction, [&](ArrayRef<int64_t> k) {
      int64_t x = l + dot(k, lhs.drop_front(last + 1));
      int64_t y = r + dot(k, rhs.drop_front(last + 1));
      add(row, {&left.values[x], &left.errors[x], lhs[last]},
          {&right.values[y], &right.errors[y], rhs[last]});
    });
    int64_t o = c.outStart + dot(at, out.take_front(last));
    for (int64_t i = 0; i < c.parallel[last]; ++i, o += out[last]) {
      double magnitude = row.magnitudes[i] + std::abs(result.values[o]);
      double value = (result.values[o] += row.sums[i]);
      double error = result.errors[o] + row.errors[i] +
                     ((length + 1) * rounding.unit + relative) * magnitude +
                     length * rounding.least;
      if (!std::isfinite(value))
        error = result.errors[o] + row.errors[i] == 0 ? 0 : kUnknown;
      else if (!(magnitude + error <= rounding.most))
        error = kUnknown;
      result.errors[o] = error;
    }
  });
}
