//===- Comparison.h - What was computed beside what is right ----*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_COMPILER_VERIFY_COMPARISON_H
#define HSWISH_LIB_COMPILER_VERIFY_COMPARISON_H

#include "hswish/Reference/Numbers.h"

namespace hswish {

/// The element of a tensor that is furthest beyond its bound.
struct Difference {
  size_t element = 0;
  double got = 0, want = 0, bound = 0;

  /// "result [0, 1, 2, 3] is 1.5, but 1.25 by the reference, give or take 1e-6"
  std::string describe(llvm::ArrayRef<int64_t> shape) const;
};

/// The largest differences of a tensor, as parts of their bounds.
struct Comparison {
  double largest = 0;              ///< of those within the bound
  std::optional<Difference> worst; ///< beyond the bound

  /// `want` with its errors; `got` has none.
  Comparison(const NumberTensor &want, const NumberTensor &got);
};

} // namespace hswish

#endif // HSWISH_LIB_COMPILER_VERIFY_COMPARISON_H
