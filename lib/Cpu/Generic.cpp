//===- Generic.cpp - A CPU of which nothing is known ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// For IR without `hswish.target`: what any CPU of the last ten years has, so
// that passes and their tests need no target.
//
//===----------------------------------------------------------------------===//

#include "hswish/Cpu/CpuModel.h"

using namespace hswish;

constinit const CpuModel hswish::kGenericCpu = {
    .name = "generic",
    .llvmNames = {},
    .vectorBits = 128,
    .registers = 16,
    .l1 = 32 << 10,
    .l2 = 512 << 10,
    .l3 = 0,
    .splits512 = false,
    .fmaByElement = false,
    .scheduledFor = "",
    .memory = kNearL3,
};
