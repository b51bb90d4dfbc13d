//===- Dot.h - Convolution to few channels -*- C++ -* --------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_KERNELS_DOT_DOT_H
#define HSWISH_LIB_CODEGEN_KERNELS_DOT_DOT_H

#include "hswish/IR/HSwish.h"

namespace hswish::dot {

/// Builds the loops that compute `op` before it; fails if the layout of an
/// operand is not static.
llvm::LogicalResult emit(Conv2DOp op);

} // namespace hswish::dot

#endif // HSWISH_LIB_CODEGEN_KERNELS_DOT_DOT_H
