//===- Numbers.h - Numbers with what each may be off by ---------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The reference computes in f64, and beside each number how far code that
// rounds to the number's own type may be from it: a running error analysis
// (Wilkinson 1963). An error of 0 means that the number is exact, an infinite
// one that nothing is known of what code computes: a sum that overflows in
// f32, a comparison of two numbers that rounding may have put in either order.
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_REFERENCE_NUMBERS_H
#define HSWISH_REFERENCE_NUMBERS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"

#include <limits>
#include <vector>

namespace hswish {

inline constexpr double kUnknown = std::numeric_limits<double>::infinity();

/// How numbers of a type are rounded.
struct Rounding {
  double unit = 0;  ///< half the distance of 1 to the next number
  double least = 0; ///< the least positive number
  double most = std::numeric_limits<double>::max();

  /// The rounding of `element`; integers are not rounded.
  static Rounding get(mlir::Type element);
};

/// Numbers of one type: `values` of floats or `integers` (sign-extended, but
/// i1: 0 or 1), and `errors` of either.
struct Numbers {
  mlir::Type type;
  std::vector<double> values, errors;
  std::vector<int64_t> integers;

  Numbers() = default;
  /// Exact zeros.
  Numbers(mlir::Type type, size_t size);

  size_t size() const { return errors.size(); }
  bool isFloat() const { return mlir::isa<mlir::FloatType>(type); }
  bool isExact() const;
  /// A float or an integer.
  double get(size_t i) const {
    return isFloat() ? values[i] : static_cast<double>(integers[i]);
  }
  void setAll(const mlir::Attribute &scalar);
  /// Takes element `j` of `from`, of the same type.
  void copy(size_t i, const Numbers &from, size_t j) {
    errors[i] = from.errors[j];
    if (isFloat())
      values[i] = from.values[j];
    else
      integers[i] = from.integers[j];
  }
  /// Takes `count` elements of `from` from `j` on.
  void copy(size_t i, const Numbers &from, size_t j, size_t count);
};

/// A tensor in C order.
struct NumberTensor {
  llvm::SmallVector<int64_t> shape;
  Numbers numbers;

  NumberTensor() = default;
  /// Zeros. The shape must be static.
  explicit NumberTensor(mlir::RankedTensorType type);
  llvm::SmallVector<int64_t> getStrides() const;

  /// The values of a constant; nothing if its elements cannot be read.
  static std::optional<NumberTensor> get(mlir::ElementsAttr attr);
  /// What is in memory, exactly: booleans are bytes.
  static NumberTensor read(mlir::RankedTensorType type, const char *bytes);
  /// The bytes for memory, rounded to the type.
  std::vector<char> write() const;
};

/// `value` rounded to `element`, ties to even; infinite where it is too large.
double roundTo(mlir::Type element, double value);

/// `value` as an integer of this type, sign-extended; i1: 0 or 1.
int64_t wrapTo(mlir::Type element, int64_t value);

} // namespace hswish

#endif // HSWISH_REFERENCE_NUMBERS_H
