//===- Trips.h - How often loops run ----------------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_KERNELS_TRIPS_H
#define HSWISH_LIB_CODEGEN_KERNELS_TRIPS_H

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace hswish {

/// Of an `scf.for` whose bounds are not constants: about how often it runs.
inline constexpr llvm::StringLiteral kTripsAttrName = "hswish.trips";

/// Of a parallel loop: each thread is to do its part of it wherever it is, also
/// inside of loops that could be shared themselves.
inline constexpr llvm::StringLiteral kSharedByAllAttrName = "hswish.shared";

/// What constant bounds say.
std::optional<int64_t> countTrips(mlir::OpFoldResult low,
                                  mlir::OpFoldResult high,
                                  mlir::OpFoldResult step);

/// What the bounds or the attribute say.
std::optional<int64_t> countTrips(mlir::scf::ForOp loop);

void setTrips(mlir::scf::ForOp loop, int64_t trips);

} // namespace hswish

#endif // HSWISH_LIB_CODEGEN_KERNELS_TRIPS_H
