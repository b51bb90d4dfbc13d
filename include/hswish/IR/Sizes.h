//===- Sizes.h - Sizes that arithmetic may be done on -----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_IR_SIZES_H
#define HSWISH_IR_SIZES_H

#include "hswish/IR/ElementTypes.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"

namespace hswish {

/// Bytes that no tensor or memref may take or reach over: half of what a
/// process can address on x86-64 and AArch64. Below, neither sums nor products
/// of sizes and strides overflow.
inline constexpr int64_t kMostBytes = int64_t(1) << 46;
/// Bytes that no constant may take: code reaches what is at most so far away.
inline constexpr int64_t kMostConstantBytes = int64_t(1) << 31;
/// Bytes that no vector may take: thousands of registers.
inline constexpr int64_t kMostVectorBytes = 1 << 20;

/// Bytes that a shaped type reaches over, dynamic dimensions and those of size
/// 0 counted as 1; nothing from `kMostBytes` on.
std::optional<int64_t> getReach(mlir::ShapedType type);

/// Emits an error for the first value in `root` that is larger than any
/// machine's memory, vector that no registers and constant that no library
/// could hold.
mlir::LogicalResult verifySizes(mlir::Operation *root);

} // namespace hswish

#endif // HSWISH_IR_SIZES_H
