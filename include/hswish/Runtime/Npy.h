//===- Npy.h - NumPy's .npy files -*- C++ -*-------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_RUNTIME_NPY_H
#define HSWISH_RUNTIME_NPY_H

#include "hswish/Runtime/model_info.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace hswish {

/// A dense array in C order.
struct Array {
  hswish_dtype dtype = HSWISH_FLOAT32;
  std::vector<int64_t> shape;
  std::vector<char> bytes;

  Array() = default;
  /// All zeros.
  Array(hswish_dtype dtype, llvm::ArrayRef<int64_t> shape);

  int64_t getNumElements() const;
  /// Element `i`, whatever its type.
  double get(int64_t i) const;
};

/// Bytes of one element.
size_t getElementSize(hswish_dtype dtype);
/// What NumPy calls the type: "float32", …
llvm::StringRef getDTypeName(hswish_dtype dtype);
/// "1x3x224x224", "scalar" for rank 0.
std::string formatShape(llvm::ArrayRef<int64_t> shape);

/// Reads a .npy file. Fortran order, other byte orders and structured types are
/// errors. `expected` says which of two types that NumPy writes alike it is:
/// bfloat16 and uint16.
llvm::Expected<Array> readNpy(llvm::StringRef path,
                              hswish_dtype expected = HSWISH_FLOAT32);

/// Writes a .npy file, as a whole or not at all.
llvm::Error writeNpy(llvm::StringRef path, const Array &array);

} // namespace hswish

#endif // HSWISH_RUNTIME_NPY_H
