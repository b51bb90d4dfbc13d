//===- Zen5.cpp - AMD Zen 5 -----------------------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Its first level has 48 KB. The server cores compute 512 bits whole, but the
// other numbers have not been measured there yet: they are Zen 4's, with which
// MobileNetV3 was measured to be faster than all peers (docs/Performance.md).
//
//===----------------------------------------------------------------------===//

#include "hswish/Cpu/CpuModel.h"

using namespace hswish;

static constexpr llvm::StringLiteral kLLVMNames[] = {"znver5"};

constinit const CpuModel hswish::kZen5Cpu = {
    .name = "zen5",
    .llvmNames = kLLVMNames,
    .vectorBits = 512,
    .registers = 32,
    .l1 = 48 << 10,
    .l2 = 1 << 20,
    .l3 = 32 << 20,
    .splits512 = true,
    .fmaByElement = false,
    .scheduledFor = "",
    .memory = kNearL3,
};
