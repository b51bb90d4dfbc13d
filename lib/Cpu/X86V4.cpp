//===- X86V4.cpp - x86-64-v4: AVX-512 -------------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A compromise for Zen 4, Zen 5 and Intel's servers, of which nobody knows
// which one the code will run on: the smaller first and second level of the
// three, and the numbers of Zen 4. The rest is what decision 13 measured as the
// better one of two that do not know the machine.
//
//===----------------------------------------------------------------------===//

#include "hswish/Cpu/CpuModel.h"

using namespace hswish;

static constexpr llvm::StringLiteral kLLVMNames[] = {"x86-64-v4"};

constinit const CpuModel hswish::kX86V4Cpu = {
    .name = "x86-64-v4",
    .llvmNames = kLLVMNames,
    .vectorBits = 512,
    .registers = 32,
    .l1 = 32 << 10,
    .l2 = 1 << 20,
    .l3 = 32 << 20,
    .splits512 = true,
    .fmaByElement = false,
    .scheduledFor = "",
    .memory = kNearL3,
};
