//===- Inputs.h - Seeded numbers to try layers with -------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_COMPILER_VERIFY_INPUTS_H
#define HSWISH_LIB_COMPILER_VERIFY_INPUTS_H

#include "hswish/Reference/Numbers.h"

#include <random>

namespace hswish {

enum class InputKind {
  Normal,    ///< nearly normally distributed
  Extreme,   ///< among them zeros, kinks, and what is very large or small
  NotFinite, ///< a few NaNs and infinities among normal ones
};

llvm::StringRef getName(InputKind kind);

/// A tensor of such numbers. Integers that may be indices are 0 or 1, codes of
/// up to 16 bits anything.
NumberTensor makeInput(mlir::RankedTensorType type, InputKind kind,
                       std::mt19937_64 &generator);

} // namespace hswish

#endif // HSWISH_LIB_COMPILER_VERIFY_INPUTS_H
