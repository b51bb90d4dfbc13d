//===- Requirements.cpp - What code asks of a CPU -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Target/Target.h"

#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/TargetParser/Triple.h"

using namespace hswish;

namespace {
/// The bit by which a CPU, and the bits by which the system, say that they have
/// a feature. Words are as lib/Runtime/select_variant.c reads them.
struct Requirement {
  const char *feature; ///< LLVM's name
  uint8_t word, bit;
  uint32_t state = 0;
};
} // namespace

// Registers that the system must save: bits of XCR0.
static constexpr uint32_t kYmm = 0x6, kZmm = 0xe6, kManyRegisters = 0x80000;

// Features that generated code may use. What LLVM calls a feature, too, and is
// not here: how fast something is, and what only intrinsics or a system use.
static constexpr Requirement kX86[] = {
    // cpuid 1: ecx, edx
    {"sse3", 0, 0},
    {"pclmul", 0, 1},
    {"ssse3", 0, 9},
    {"fma", 0, 12},
    {"cx16", 0, 13},
    {"sse4.1", 0, 19},
    {"sse4.2", 0, 20},
    {"movbe", 0, 22},
    {"popcnt", 0, 23},
    {"avx", 0, 28, kYmm},
    {"f16c", 0, 29},
    {"cmov", 1, 15},
    {"sse2", 1, 26},
    // cpuid 7.0: ebx, ecx, edx
    {"bmi", 2, 3},
    {"avx2", 2, 5},
    {"bmi2", 2, 8},
    {"avx512f", 2, 16, kZmm},
    {"avx512dq", 2, 17},
    {"adx", 2, 19},
    {"avx512ifma", 2, 21},
    {"avx512cd", 2, 28},
    {"avx512bw", 2, 30},
    {"avx512vl", 2, 31},
    {"avx512vbmi", 3, 1},
    {"avx512vbmi2", 3, 6},
    {"gfni", 3, 8},
    {"vpclmulqdq", 3, 10},
    {"avx512vnni", 3, 11},
    {"avx512bitalg", 3, 12},
    {"avx512vpopcntdq", 3, 14},
    {"avx512fp16", 4, 23},
    // cpuid 7.1: eax, edx
    {"avxvnni", 5, 4},
    {"avx512bf16", 5, 5},
    {"cmpccxadd", 5, 7},
    {"avxifma", 5, 23},
    {"avxvnniint8", 6, 4},
    {"avxneconvert", 6, 5},
    {"avxvnniint16", 6, 10},
    {"avx10.1", 6, 19},
    {"egpr", 6, 21, kManyRegisters},
    // cpuid 0x80000001: ecx, edx
    {"sahf", 7, 0},
    {"lzcnt", 7, 5},
    {"sse4a", 7, 6},
    {"prfchw", 7, 8},
    {"xop", 7, 11},
    {"fma4", 7, 16},
    {"tbm", 7, 21},
};
static constexpr unsigned kXcr0 = 9;

// Bits of the auxiliary vector's AT_HWCAP and AT_HWCAP2 on Linux.
static constexpr Requirement kAArch64[] = {
    {"neon", 0, 1},       {"crc", 0, 7},      {"lse", 0, 8},
    {"fullfp16", 0, 10},  {"rdm", 0, 12},     {"jsconv", 0, 13},
    {"complxnum", 0, 14}, {"rcpc", 0, 15},    {"dotprod", 0, 20},
    {"sve", 0, 22},       {"fp16fml", 0, 23}, {"flagm", 0, 27},
    {"sve2", 2, 1},       {"fptoint", 2, 8},  {"i8mm", 2, 13},
    {"bf16", 2, 14},      {"mops", 3, 11},
};

static llvm::ArrayRef<Requirement> getTable(TargetAttr target) {
  if (target.isX86())
    return kX86;
  if (target.isAArch64())
    return kAArch64;
  return {};
}

static bool has(const llvm::MCSubtargetInfo &info, const Requirement &entry) {
  return info.checkFeatures("+" + std::string(entry.feature));
}

llvm::Expected<CpuRequirements> hswish::getRequirements(TargetAttr target) {
  auto info = createSubtargetInfo(target);
  if (!info)
    return info.takeError();
  CpuRequirements needs = {};
  for (const Requirement &entry : getTable(target)) {
    if (!has(**info, entry))
      continue;
    needs[entry.word] |= 1u << entry.bit;
    if (target.isX86())
      needs[kXcr0] |= entry.state;
  }
  return needs;
}

llvm::Error hswish::checkRunsHere(TargetAttr target) {
  auto host = lookupTarget("host", target.getContext(), [&] {
    return mlir::emitError(mlir::UnknownLoc::get(target.getContext()));
  });
  if (failed(host))
    return llvm::createStringError("this machine is unknown");
  llvm::Triple triple(target.getTriple()), here(host->getTriple());
  if (triple.getArch() != here.getArch() || triple.getOS() != here.getOS())
    return llvm::createStringError("code for " + triple.str() +
                                   " does not run on this machine, which is " +
                                   here.str());
  auto needs = createSubtargetInfo(target), have = createSubtargetInfo(*host);
  if (!needs)
    return needs.takeError();
  if (!have)
    return have.takeError();
  std::string missing;
  for (const Requirement &entry : getTable(target))
    if (has(**needs, entry) && !has(**have, entry))
      missing += std::string(missing.empty() ? "" : ", ") + entry.feature;
  if (missing.empty())
    return llvm::Error::success();
  return llvm::createStringError("code for " + target.getCpu() +
                                 " does not run on this CPU, which lacks " +
                                 missing);
}
