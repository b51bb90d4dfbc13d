//===- NeoverseV1.cpp - Arm Neoverse V1 -----------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The caches are those of Arm's technical reference manual. Kernels use NEON,
// of which this core has four pipes of 128 bits, and not its SVE of 256 bits.
// Nothing was measured on such a CPU.
//
//===----------------------------------------------------------------------===//

#include "hswish/Cpu/CpuModel.h"

using namespace hswish;

static constexpr llvm::StringLiteral kLLVMNames[] = {"neoverse-v1",
                                                     "neoverse-512tvb"};

constinit const CpuModel hswish::kNeoverseV1Cpu = {
    .name = "neoverse-v1",
    .llvmNames = kLLVMNames,
    .vectorBits = 128,
    .registers = 32,
    .l1 = 64 << 10,
    .l2 = 1 << 20,
    .l3 = 0,
    .splits512 = false,
    .fmaByElement = true,
    .scheduledFor = "",
    .memory = kNearL3,
};
