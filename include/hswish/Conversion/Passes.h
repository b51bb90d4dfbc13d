//===- Passes.h - Conversions from and to the hswish dialect -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_CONVERSION_PASSES_H
#define HSWISH_CONVERSION_PASSES_H

#include "hswish/Conversion/HSwishToArith/HSwishToArith.h"
#include "mlir/Pass/Pass.h"

namespace hswish {
#define GEN_PASS_DECL
#include "hswish/Conversion/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "hswish/Conversion/Passes.h.inc"
} // namespace hswish

#endif // HSWISH_CONVERSION_PASSES_H
