//===- Neon.cpp - Armv8-A with NEON ---------------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The caches of common server and phone cores. Instructions were counted under
// qemu and their throughput by llvm-mca (decision 12): nothing was measured on
// such a CPU.
//
//===----------------------------------------------------------------------===//

#include "hswish/Cpu/CpuModel.h"

using namespace hswish;

static constexpr llvm::StringLiteral kLLVMNames[] = {"generic"};

constinit const CpuModel hswish::kNeonCpu = {
    .name = "neon",
    .llvmNames = kLLVMNames,
    .vectorBits = 128,
    .registers = 32,
    .l1 = 64 << 10,
    .l2 = 512 << 10,
    .l3 = 0,
    .splits512 = false,
    .fmaByElement = true,
    // For a generic AArch64 LLVM schedules as if it could not reorder anything,
    // and loads ahead until registers run out.
    .scheduledFor = "neoverse-n2",
    .memory = kNearL3,
};
