//===- GraniteRapids.cpp - Intel's servers with AVX-512 -------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Skylake-SP to Granite Rapids. Measured on one core of a Granite Rapids
// virtual machine in the autumn of 2026 (decision 13): 30 GB/s from the third
// level whatever the access pattern, 15 GB/s from memory.
//
//===----------------------------------------------------------------------===//

#include "hswish/Cpu/CpuModel.h"

using namespace hswish;

static constexpr llvm::StringLiteral kLLVMNames[] = {
    "skylake-avx512", "cascadelake",   "cooperlake",   "icelake-server",
    "sapphirerapids", "emeraldrapids", "graniterapids"};

constinit const CpuModel hswish::kGraniteRapidsCpu = {
    .name = "granite-rapids",
    .llvmNames = kLLVMNames,
    .vectorBits = 512,
    .registers = 32,
    .l1 = 48 << 10,
    // Since Sapphire Rapids; the ones before have 1 MB or 1.25 MB.
    .l2 = 2 << 20,
    .l3 = 32 << 20,
    // 64 > 24 channels at 56x56 reach 70 % of the peak in one block and 51 % in
    // two: eight channels take as long as sixteen.
    .splits512 = false,
    .fmaByElement = false,
    .scheduledFor = "",
    .memory = kFarL3,
};
