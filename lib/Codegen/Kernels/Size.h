//===- Size.h - Sizes that are constants or values --------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Numbers of pixels, strides and steps: constants where a shape is known, and
// otherwise products of values that are known where the kernel begins. Products
// are kept as such, so that it can be seen without any code that a row's stride
// is its width times the stride of a pixel. Sums need code: `TileBuilder`.
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_KERNELS_SIZE_H
#define HSWISH_LIB_CODEGEN_KERNELS_SIZE_H

#include "mlir/IR/Value.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace hswish {

/// `factor` times the product of `values`.
class Size {
public:
  Size(int64_t constant) : factor(constant) {}
  Size(mlir::Value value) : factor(1), values({value}) {}

  bool isConstant() const { return values.empty(); }
  int64_t getConstant() const {
    assert(isConstant() && "only known at run time");
    return factor;
  }
  /// What is multiplied, in the order in which it came.
  int64_t getFactor() const { return factor; }
  llvm::ArrayRef<mlir::Value> getValues() const { return values; }

  Size withoutFactor() const {
    Size size = *this;
    size.factor = 1;
    return size;
  }

  /// Whether both are known to be the same.
  friend bool operator==(const Size &x, const Size &y) {
    return x.factor == y.factor && x.hasSameValues(y);
  }
  bool hasSameValues(const Size &other) const {
    return values.size() == other.values.size() &&
           std::is_permutation(values.begin(), values.end(),
                               other.values.begin());
  }

  friend Size operator*(Size x, const Size &y) {
    x.factor *= y.factor;
    x.values.append(y.values);
    if (x.factor == 0)
      x.values.clear();
    return x;
  }
  Size &operator*=(const Size &other) { return *this = *this * other; }

private:
  int64_t factor;
  llvm::SmallVector<mlir::Value, 2> values;
};

} // namespace hswish

#endif // HSWISH_LIB_CODEGEN_KERNELS_SIZE_H
