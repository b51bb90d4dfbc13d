//===- Trips.h - How often loops run ----------------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_KERNELS_TRIPS_H
#define HSWISH_LIB_CODEGEN_KERNELS_TRIPS_H

#include "hswish/IR/DiscardableAttrs.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace hswish {

/// What constant bounds say.
std::optional<int64_t> countTrips(mlir::OpFoldResult low,
                                  mlir::OpFoldResult high,
                                  mlir::OpFoldResult step);

/// What the bounds or the attribute say.
std::optional<int64_t> countTrips(mlir::scf::ForOp loop);

void setTrips(mlir::scf::ForOp loop, int64_t trips);

} // namespace hswish

#endif // HSWISH_LIB_CODEGEN_KERNELS_TRIPS_H
