//===- X86V2.cpp - x86-64-v2: SSE4.2, no AVX ------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The caches are those of most x86 cores since 2017 or larger; of the third
// level a core of a server gets no more. Nothing was measured on CPUs without
// AVX: kernels for this level were run on Zen 4 (decision 12 counts
// instructions).
//
//===----------------------------------------------------------------------===//

#include "hswish/Cpu/CpuModel.h"

using namespace hswish;

static constexpr llvm::StringLiteral kLLVMNames[] = {"x86-64-v2"};

constinit const CpuModel hswish::kX86V2Cpu = {
    .name = "x86-64-v2",
    .llvmNames = kLLVMNames,
    .vectorBits = 128,
    .registers = 16,
    .l1 = 32 << 10,
    .l2 = 512 << 10,
    .l3 = 32 << 20,
    .splits512 = false,
    .fmaByElement = false,
    .scheduledFor = "",
    .memory = kNearL3,
};
