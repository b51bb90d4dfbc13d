//===- ElementTypes.h - How elements lie in memory --------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_IR_ELEMENTTYPES_H
#define HSWISH_IR_ELEMENTTYPES_H

#include "mlir/IR/BuiltinTypeInterfaces.h"
#include "mlir/IR/Types.h"

namespace hswish {

/// Whether elements of this type are as far apart in memory as in a vector and
/// in the raw data of a constant, so that one may be copied to the other: 8,
/// 16, 32 or 64 bits. A boolean is a byte in memory and a bit in a vector, an
/// i24 four bytes in memory and three elsewhere.
bool isWholeBytes(mlir::Type element);

/// Bytes from one element of this type to the next one in memory; at least, for
/// one that is no number.
int64_t getElementBytes(mlir::Type element);

/// Bytes of a dense tensor or memref of static shape in memory.
int64_t getStoredBytes(mlir::ShapedType type);

} // namespace hswish

#endif // HSWISH_IR_ELEMENTTYPES_H
