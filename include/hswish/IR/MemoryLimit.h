//===- MemoryLimit.h - How much memory a model may take ---------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A file of a few hundred bytes can ask for tensors of any size. What a model
// may take, with its constants, its workspace, its inputs and its outputs, is
// an attribute of the module, so that all passes know it.
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_IR_MEMORYLIMIT_H
#define HSWISH_IR_MEMORYLIMIT_H

#include "hswish/IR/DiscardableAttrs.h"

#include "mlir/IR/BuiltinOps.h"

namespace hswish {

/// The limit in bytes of a module without `hswish.memory_limit`.
inline constexpr int64_t kDefaultMemoryLimit = int64_t(2) << 30;
/// Code reaches constants by offsets of 31 bits; a part of these is for itself.
inline constexpr int64_t kMaxConstants = (int64_t(2) << 30) - (64 << 20);

/// The limit that holds for `op`.
int64_t getMemoryLimit(mlir::Operation *op);

/// The bytes of a tensor, vector or memref of static shape; INT64_MAX if they
/// are more, 0 for all other types.
int64_t getByteSize(mlir::Type type);

/// "12 bytes", "3.4 MB", "more than 8 EB".
std::string formatMemorySize(int64_t bytes);

/// Reads "800M", "2G", "100000": bytes, or multiples of 1,024. Nothing if the
/// text is no positive size.
std::optional<int64_t> parseMemorySize(llvm::StringRef text);

/// "takes N, more than the limit of M (--max-memory)".
std::string explainMemory(int64_t bytes, int64_t limit);

/// Reports the first tensor or memref below `op` that alone is above the limit.
mlir::LogicalResult verifyMemory(mlir::Operation *op);

} // namespace hswish

#endif // HSWISH_IR_MEMORYLIMIT_H
