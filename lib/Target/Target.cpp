//===- Target.cpp - Machines to generate code for -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Target/Target.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

#include <mutex>
#include <unistd.h>

using namespace mlir;
using namespace hswish;

namespace {
/// A target as a user names it, before LLVM has been asked.
struct Spec {
  std::string triple, cpu, features;
  bool host = false;
};
} // namespace

static void initializeTargets() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
    llvm::InitializeAllAsmParsers();
  });
}

static Spec hostSpec() {
  Spec spec{llvm::sys::getProcessTriple(), llvm::sys::getHostCPUName().str(),
            "", true};
  // Sorted: the same machine gives the same attribute.
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  std::vector<std::string> names;
  for (auto &feature : features)
    names.push_back((feature.getValue() ? "+" : "-") + feature.getKey().str());
  llvm::sort(names, [](const std::string &a, const std::string &b) {
    return a.substr(1) < b.substr(1);
  });
  spec.features = llvm::join(names, ",");
  return spec;
}

/// TRIPLE[,cpu=…][,features=+a,-b]
static FailureOr<Spec>
parseTriple(StringRef text, function_ref<InFlightDiagnostic()> emitError) {
  SmallVector<StringRef> parts;
  text.split(parts, ',');
  Spec spec;
  spec.triple = llvm::Triple::normalize(parts[0]);
  SmallVector<StringRef> features;
  for (StringRef part : ArrayRef(parts).drop_front()) {
    if (part.consume_front("cpu=")) {
      spec.cpu = part.str();
      continue;
    }
    part.consume_front("features=");
    if (part.empty() || (part[0] != '+' && part[0] != '-'))
      return emitError() << "target '" << text << "': expected cpu=NAME or "
                         << "features=+NAME,-NAME, but found '" << part << "'",
             failure();
    features.push_back(part);
  }
  spec.features = llvm::join(features, ",");
  return spec;
}

static FailureOr<Spec> parseSpec(StringRef text,
                                 function_ref<InFlightDiagnostic()> emitError) {
  constexpr StringLiteral x86 = "x86_64-unknown-linux-gnu";
  if (text == "host")
    return hostSpec();
  if (text == "x86-64-v2" || text == "x86-64-v3" || text == "x86-64-v4")
    return Spec{x86.str(), text.str(), ""};
  if (text == "aarch64")
    return Spec{"aarch64-unknown-linux-gnu", "generic", "+neon"};
  StringRef arch = text.take_until([](char c) { return c == ','; });
  if (llvm::Triple(arch).getArch() == llvm::Triple::UnknownArch)
    return emitError() << "unknown target '" << text
                       << "': expected host, x86-64-v2, x86-64-v3, x86-64-v4, "
                          "aarch64 or TRIPLE[,cpu=NAME][,features=+NAME,-NAME]",
           failure();
  return parseTriple(text, emitError);
}

/// What LLVM knows of `spec`, after checking that it knows all of it.
static FailureOr<std::unique_ptr<llvm::MCSubtargetInfo>>
lookupSubtarget(const Spec &spec,
                function_ref<InFlightDiagnostic()> emitError) {
  llvm::Triple triple(spec.triple);
  std::string error;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return emitError() << "target '" << spec.triple << "': " << error,
           failure();
  if (!triple.isArch64Bit() || !triple.isLittleEndian())
    return emitError() << "target '" << spec.triple
                       << "': only 64-bit little-endian machines are supported",
           failure();

  std::unique_ptr<llvm::MCSubtargetInfo> info(
      target->createMCSubtargetInfo(triple, "", ""));
  if (!spec.cpu.empty() && !info->isCPUStringValid(spec.cpu))
    return emitError() << "unknown cpu '" << spec.cpu << "' for target '"
                       << spec.triple << "'",
           failure();
  SmallVector<StringRef> features;
  StringRef(spec.features).split(features, ',', -1, /*KeepEmpty=*/false);
  for (StringRef feature : features) {
    // What the host reports may be newer than what LLVM's tables know.
    auto known = [&](const llvm::SubtargetFeatureKV &entry) {
      return feature.drop_front() == entry.Key;
    };
    if (!spec.host && llvm::none_of(info->getAllProcessorFeatures(), known))
      return emitError() << "unknown feature '" << feature.drop_front()
                         << "' for target '" << spec.triple << "'",
             failure();
  }
  info.reset(target->createMCSubtargetInfo(triple, spec.cpu, spec.features));
  StringRef needed = triple.isX86()       ? "+64bit,+sse2"
                     : triple.isAArch64() ? "+neon"
                                          : "";
  if (!needed.empty() && !info->checkFeatures(needed))
    return emitError() << "target '" << spec.triple << "' with cpu '"
                       << spec.cpu << "' lacks " << needed
                       << ", without which no code can be generated",
           failure();
  return info;
}

/// What the kernels need of AVX-512 and of AVX2.
static constexpr StringLiteral kX86V4Features =
                                   "+avx512f,+avx512vl,+avx512dq,+avx512bw",
                               kX86V3Features = "+avx2,+fma";

/// Bits of the vectors that kernels use, and how many registers there are. A
/// machine with a part of the features of a level is treated as the next lower
/// one, whatever its record says.
static std::pair<int64_t, int64_t>
getVectors(const Spec &spec, const llvm::MCSubtargetInfo &info) {
  if (!llvm::Triple(spec.triple).isX86())
    return {128, 32};
  if (info.checkFeatures(kX86V4Features))
    return {512, 32};
  return {info.checkFeatures(kX86V3Features) ? 256 : 128, 16};
}

/// A data cache's size: the host's own, or what such machines usually have.
static int64_t cacheSize(bool host, int name, int64_t usual) {
  if (host)
    if (int64_t size = sysconf(name); size > 0)
      return size;
  return usual;
}

/// Whether this is one of Intel's servers: their cores have AVX-512 and a large
/// second level. Features tell, as hypervisors make up model numbers, by which
/// LLVM names CPUs (one called a Granite Rapids a Rocket Lake); SSE4a is AMD's
/// alone. Of x86-64-v4 nobody knows.
static bool isIntelServer(const Spec &spec, const llvm::MCSubtargetInfo &info) {
  constexpr int64_t usualL2 = 1 << 20;
  return llvm::Triple(spec.triple).isX86() && !spec.cpu.empty() &&
         !StringRef(spec.cpu).starts_with("x86-64") &&
         info.checkFeatures("+avx512f") && !info.checkFeatures("+sse4a") &&
         cacheSize(spec.host, _SC_LEVEL2_CACHE_SIZE, usualL2) >= usualL2;
}

/// The record of the machine: by LLVM's name, or by the level of instructions.
static const CpuModel &findCpuModel(const Spec &spec,
                                    const llvm::MCSubtargetInfo &info) {
  llvm::Triple triple(spec.triple);
  if (isIntelServer(spec, info))
    return kGraniteRapidsCpu;
  if (!triple.isX86() && !triple.isAArch64())
    return kGenericCpu;
  const CpuModel *named = lookupCpuModelByLLVMName(spec.cpu);
  if (named && named->fmaByElement == triple.isAArch64())
    return *named;
  if (triple.isAArch64())
    return kNeonCpu;
  if (info.checkFeatures(kX86V4Features))
    return kX86V4Cpu;
  return info.checkFeatures(kX86V3Features) ? kX86V3Cpu : kX86V2Cpu;
}

FailureOr<TargetAttr>
hswish::lookupTarget(StringRef text, MLIRContext *context,
                     function_ref<InFlightDiagnostic()> emitError) {
  initializeTargets();
  context->loadDialect<HSwishDialect>();
  FailureOr<Spec> spec = parseSpec(text, emitError);
  if (failed(spec))
    return failure();
  auto info = lookupSubtarget(*spec, emitError);
  if (failed(info))
    return failure();

  const CpuModel &model = findCpuModel(*spec, **info);
  auto [vectorBits, registers] = getVectors(*spec, **info);
  int64_t l1 = cacheSize(spec->host, _SC_LEVEL1_DCACHE_SIZE, model.l1);
  int64_t l2 = cacheSize(spec->host, _SC_LEVEL2_CACHE_SIZE, model.l2);
  // A machine reports what all of its cores share, or a virtual one even more;
  // one core gets a slice of it.
  int64_t l3 = std::min(model.l3,
                        cacheSize(spec->host, _SC_LEVEL3_CACHE_SIZE, model.l3));
  return TargetAttr::get(context, spec->triple, spec->cpu, spec->features,
                         vectorBits, registers, l1, l2, l3, model.name);
}

static llvm::Expected<const llvm::Target *>
getLLVMTarget(const llvm::Triple &triple) {
  initializeTargets();
  std::string error;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return llvm::createStringError(error);
  return target;
}

llvm::Expected<std::unique_ptr<llvm::MCSubtargetInfo>>
hswish::createSubtargetInfo(TargetAttr target) {
  llvm::Triple triple(target.getTriple());
  auto llvmTarget = getLLVMTarget(triple);
  if (!llvmTarget)
    return llvmTarget.takeError();
  return std::unique_ptr<llvm::MCSubtargetInfo>(
      (*llvmTarget)
          ->createMCSubtargetInfo(triple, target.getCpu(),
                                  target.getFeatures()));
}

llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
hswish::createTargetMachine(TargetAttr target, llvm::CodeGenOptLevel level) {
  llvm::Triple triple(target.getTriple());
  auto llvmTarget = getLLVMTarget(triple);
  if (!llvmTarget)
    return llvmTarget.takeError();
  llvm::TargetOptions options;
  // Fuses what the IR says may be fused (llvm.fmuladd), nothing else.
  options.AllowFPOpFusion = llvm::FPOpFusion::Standard;
  // Nobody calls the constructors in the older .ctors any more.
  options.UseInitArray = true;
  std::unique_ptr<llvm::TargetMachine> machine(
      (*llvmTarget)
          ->createTargetMachine(triple, target.getCpu(), target.getFeatures(),
                                options, llvm::Reloc::PIC_, std::nullopt,
                                level));
  if (!machine)
    return llvm::createStringError("LLVM cannot generate code for '%s'",
                                   triple.str().c_str());
  return machine;
}
