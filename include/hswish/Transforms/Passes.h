//===- Passes.h - Transformations of the hswish dialect -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_TRANSFORMS_PASSES_H
#define HSWISH_TRANSFORMS_PASSES_H

#include "hswish/Transforms/Raise.h"
#include "mlir/Pass/Pass.h"

namespace hswish {
#define GEN_PASS_DECL
#include "hswish/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "hswish/Transforms/Passes.h.inc"
} // namespace hswish

#endif // HSWISH_TRANSFORMS_PASSES_H
