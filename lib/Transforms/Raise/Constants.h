//===- Constants.h - What a constant of a spelling means -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_TRANSFORMS_RAISE_CONSTANTS_H
#define HSWISH_LIB_TRANSFORMS_RAISE_CONSTANTS_H

#include "Piecewise.h"

#include "mlir/IR/Attributes.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/APFloat.h"

namespace hswish::raise {

/// The one float that all elements of this attribute are, if they are.
std::optional<llvm::APFloat> getSplat(mlir::Attribute attr);

/// The one float that this value is in all its elements: a scalar or splat
/// constant of any dialect, filled, broadcast or reshaped.
std::optional<llvm::APFloat> getSplat(mlir::Value value);

/// Whether both are one value, or constants of equal bits.
bool areEqual(mlir::Value a, mlir::Value b);

/// Whether the value is a constant, but of different elements.
bool isNonSplatConstant(mlir::Value value);

/// The number that was meant: a third, a sixth or a twelfth for each of its
/// roundings (see docs/Raising.md), otherwise the constant itself. Invalid for
/// what no fraction of 64-bit integers is.
Rational snap(const llvm::APFloat &constant);

/// 1 or -1 for an infinity and for a bound as wide as the type, such as
/// FLT_MAX; 0 for others.
int getInfinity(const llvm::APFloat &constant);

} // namespace hswish::raise

#endif // HSWISH_LIB_TRANSFORMS_RAISE_CONSTANTS_H
