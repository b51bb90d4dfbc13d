//===- TargetAttr.cpp - The machine that code is for ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/HSwish.h"
#include "hswish/IR/Sizes.h"
#include "hswish/IR/TargetFeatures.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;
using namespace hswish;

/// No machine has more: SVE's vectors have at most 2,048 bits.
static constexpr int64_t kMostVectorBits = 65536, kMostRegisters = 1024;

TargetAttr hswish::getTarget(Operation *op) {
  for (; op; op = op->getParentOp())
    if (auto target = op->getAttrOfType<TargetAttr>(kTargetAttrName))
      return target;
  return nullptr;
}

TargetAttr hswish::getTargetOrGeneric(Operation *op) {
  TargetAttr target = getTarget(op);
  return target ? target : TargetAttr::getGeneric(op->getContext());
}

TargetAttr TargetAttr::getGeneric(MLIRContext *context) {
  const CpuModel &model = kGenericCpu;
  return get(context, /*triple=*/"", /*cpu=*/"", /*features=*/"",
             model.vectorBits, model.registers, model.l1, model.l2, model.l3,
             model.name);
}

LogicalResult TargetAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 StringRef triple, StringRef /*cpu*/,
                                 StringRef /*features*/, int64_t vectorBits,
                                 int64_t registers, int64_t l1, int64_t l2,
                                 int64_t l3, StringRef model) {
  if (!triple.empty() &&
      llvm::Triple(triple).getArch() == llvm::Triple::UnknownArch)
    return emitError() << "unknown architecture in target triple '" << triple
                       << "'";
  if (!model.empty() && !lookupCpuModel(model)) {
    InFlightDiagnostic error = emitError();
    error << "unknown CPU model '" << model << "': expected ";
    llvm::interleaveComma(getCpuModels(), error,
                          [&](const CpuModel *known) { error << known->name; });
    return error;
  }
  if (vectorBits < 128 || vectorBits > kMostVectorBits ||
      !llvm::isPowerOf2_64(vectorBits))
    return emitError() << "vector_bits must be a power of two from 128 to "
                       << kMostVectorBits << ", but is " << vectorBits;
  if (registers < 8 || registers > kMostRegisters)
    return emitError() << "registers must be from 8 to " << kMostRegisters
                       << ", but is " << registers;
  if (l1 <= 0 || l2 <= 0 || l3 < 0)
    return emitError() << "cache sizes must be positive";
  if (std::max({l1, l2, l3}) >= kMostBytes)
    return emitError() << "cache sizes must be less than " << kMostBytes;
  return success();
}

bool TargetAttr::isX86() const { return llvm::Triple(getTriple()).isX86(); }

bool TargetAttr::isAArch64() const {
  return llvm::Triple(getTriple()).isAArch64();
}

bool TargetAttr::hasFma() const {
  // On x86 the wide registers and FMA came together (x86-64-v3).
  return isGeneric() || isAArch64() || getVectorBits() >= 256 ||
         (isX86() && hasX86Feature(*this, "fma"));
}

const CpuModel &TargetAttr::getCpuModel() const {
  if (const CpuModel *model = lookupCpuModel(getModel()))
    return *model;
  if (isAArch64())
    return kNeonCpu;
  if (!isX86())
    return kGenericCpu;
  return getVectorBits() >= 512   ? kX86V4Cpu
         : getVectorBits() >= 256 ? kX86V3Cpu
                                  : kX86V2Cpu;
}

bool TargetAttr::hasRange() const {
  // 512-bit vectors mean AVX512DQ, too: see lookupTarget.
  return isX86() && getVectorBits() >= 512 &&
         !getFeatures().contains("-avx512dq");
}

FailureOr<Attribute> TargetAttr::query(DataLayoutEntryKey key) const {
  auto name = dyn_cast<StringAttr>(key);
  if (!name)
    return failure();
  Builder b(getContext());
  auto integer = [&](int64_t value) -> Attribute {
    return b.getI64IntegerAttr(value);
  };
  auto result = llvm::StringSwitch<Attribute>(name.getValue())
                    .Case("triple", b.getStringAttr(getTriple()))
                    .Case("cpu", b.getStringAttr(getCpu()))
                    .Case("features", b.getStringAttr(getFeatures()))
                    .Case("vector_bits", integer(getVectorBits()))
                    .Case("registers", integer(getRegisters()))
                    .Case("l1", integer(getL1()))
                    .Case("l2", integer(getL2()))
                    .Case("l3", integer(getL3()))
                    .Case("model", b.getStringAttr(getModel()))
                    .Default(nullptr);
  if (!result)
    return failure();
  return result;
}
