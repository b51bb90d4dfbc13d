//===- FindAccuracy.h - Which order of operations a value has -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_TRANSFORMS_RAISE_FINDACCURACY_H
#define HSWISH_LIB_TRANSFORMS_RAISE_FINDACCURACY_H

#include "Activations.h"

#include "hswish/IR/HSwish.h"

#include "llvm/ADT/DenseMap.h"

namespace hswish::raise {

/// The accuracy in which `activation` of `variable` has the same bits as
/// `root`, for all inputs that are not NaN; nothing if there is none.
/// `aliases` maps duplicates of conversions to the first of them.
std::optional<Accuracy>
findAccuracy(mlir::Value root, mlir::Value variable, Activation activation,
             const llvm::DenseMap<mlir::Value, mlir::Value> &aliases);

} // namespace hswish::raise

#endif // HSWISH_LIB_TRANSFORMS_RAISE_FINDACCURACY_H
