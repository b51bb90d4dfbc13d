//===- X86V3.cpp - x86-64-v3: AVX2 and FMA --------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The caches are Zen 2's and Zen 3's; Intel's older desktop cores have a second
// level of 256 KB, newer ones of more.
// Tiles for 16 registers of 256 bits were chosen on Zen 4 restricted to AVX2
// (docs/Performance.md).
//
//===----------------------------------------------------------------------===//

#include "hswish/Cpu/CpuModel.h"

using namespace hswish;

static constexpr llvm::StringLiteral kLLVMNames[] = {"x86-64-v3", "znver2",
                                                     "znver3"};

constinit const CpuModel hswish::kX86V3Cpu = {
    .name = "x86-64-v3",
    .llvmNames = kLLVMNames,
    .vectorBits = 256,
    .registers = 16,
    .l1 = 32 << 10,
    .l2 = 512 << 10,
    .l3 = 32 << 20,
    .splits512 = false,
    .fmaByElement = false,
    .scheduledFor = "",
    .memory = kNearL3,
};
