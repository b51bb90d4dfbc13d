//===- NeoverseN1.cpp - Arm Neoverse N1 -----------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The caches are those of Arm's technical reference manual; the other numbers
// are those of any Armv8-A. Nothing was measured on such a CPU.
//
//===----------------------------------------------------------------------===//

#include "hswish/Cpu/CpuModel.h"

using namespace hswish;

static constexpr llvm::StringLiteral kLLVMNames[] = {"neoverse-n1"};

constinit const CpuModel hswish::kNeoverseN1Cpu = {
    .name = "neoverse-n1",
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
