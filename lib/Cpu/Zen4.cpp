//===- Zen4.cpp - AMD Zen 4 -----------------------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Measured on a virtual machine of a Zen 4 server in the autumn of 2026
// (docs/Performance.md; `hswish-run --profile` of MobileNetV3-Large).
//
//===----------------------------------------------------------------------===//

#include "hswish/Cpu/CpuModel.h"

using namespace hswish;

static constexpr llvm::StringLiteral kLLVMNames[] = {"znver4"};

constinit const CpuModel hswish::kZen4Cpu = {
    .name = "zen4",
    .llvmNames = kLLVMNames,
    .vectorBits = 512,
    .registers = 32,
    .l1 = 32 << 10,
    .l2 = 1 << 20,
    // A core complex shares 32 MB; a core of a server gets no more.
    .l3 = 32 << 20,
    // 24 channels of a pointwise layer reach 86 % of the peak in one block of
    // 16 and 8, and 95 % in two blocks: the narrow one takes half the time.
    .splits512 = true,
    .fmaByElement = false,
    .scheduledFor = "",
    .memory = kNearL3,
};
