//===- Passes.td - From structured ops to machine code -*- tablegen -*-----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_CODEGEN_PASSES_TD
#define HSWISH_CODEGEN_PASSES_TD

// One file for each step of the road, in its order.
include "hswish/Codegen/Passes/Tensors.td"
include "hswish/Codegen/Passes/Memory.td"
include "hswish/Codegen/Passes/Models.td"
include "hswish/Codegen/Passes/Kernels.td"
include "hswish/Codegen/Passes/LLVM.td"

#endif // HSWISH_CODEGEN_PASSES_TD
