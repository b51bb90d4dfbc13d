//===- Passes.td - Transformations of the hswish dialect -*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_TRANSFORMS_PASSES_TD
#define HSWISH_TRANSFORMS_PASSES_TD

// One file for each room of lib/Transforms.
include "hswish/Transforms/Passes/Simplify.td"
include "hswish/Transforms/Passes/Raise.td"
include "hswish/Transforms/Passes/Layout.td"
include "hswish/Transforms/Passes/Fusion.td"
include "hswish/Transforms/Passes/Weights.td"

#endif // HSWISH_TRANSFORMS_PASSES_TD
