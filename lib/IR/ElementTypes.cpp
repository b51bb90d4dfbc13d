//===- ElementTypes.cpp - How elements lie in memory ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/ElementTypes.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace hswish;

bool hswish::isWholeBytes(Type element) {
  if (!element.isIntOrFloat())
    return false;
  unsigned bits = element.getIntOrFloatBitWidth();
  return bits == 8 || bits == 16 || bits == 32 || bits == 64;
}

int64_t hswish::getElementBytes(Type element) {
  if (auto complex = dyn_cast<ComplexType>(element))
    return 2 * getElementBytes(complex.getElementType());
  if (auto vector = dyn_cast<VectorType>(element))
    return llvm::PowerOf2Ceil(vector.getNumElements() *
                              getElementBytes(vector.getElementType()));
  // An index or a pointer.
  if (!element.isIntOrFloat())
    return 8;
  // What LLVM aligns them to on x86-64 and AArch64: their size, up to 16.
  uint64_t bytes = llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
  return bytes <= 16 ? llvm::PowerOf2Ceil(bytes) : llvm::alignTo(bytes, 16);
}

int64_t hswish::getStoredBytes(ShapedType type) {
  return type.getNumElements() * getElementBytes(type.getElementType());
}
