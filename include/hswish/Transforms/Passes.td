//===- Passes.td - Transformations of the hswish dialect -*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_TRANSFORMS_PASSES_TD
#define HSWISH_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

#endif // HSWISH_TRANSFORMS_PASSES_TD
