//===- TargetFeatures.cpp - What an x86 can do ----------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/TargetFeatures.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/X86TargetParser.h"

using namespace mlir;
using namespace hswish;

bool hswish::hasX86Feature(TargetAttr target, StringRef name) {
  SmallVector<StringRef> features;
  llvm::StringMap<bool> has;
  if (llvm::X86::parseArchX86(target.getCpu()) != llvm::X86::CK_None)
    llvm::X86::getFeaturesForCPU(target.getCpu(), features);
  for (StringRef feature : features) {
    has[feature] = true;
    llvm::X86::updateImpliedFeatures(feature, true, has);
  }
  features.clear();
  target.getFeatures().split(features, ',', -1, /*KeepEmpty=*/false);
  for (StringRef feature : features) {
    bool isOn = feature.front() == '+';
    has[feature.drop_front()] = isOn;
    llvm::X86::updateImpliedFeatures(feature.drop_front(), isOn, has);
  }
  return has.lookup(name);
}

bool hswish::hasVpermi2b(TargetAttr target) {
  return target.isX86() && target.getVectorBits() >= 512 &&
         hasX86Feature(target, "avx512vbmi");
}

bool hswish::hasHalfConversions(TargetAttr target) {
  if (target.isX86())
    return target.getVectorBits() >= 256 || hasX86Feature(target, "f16c");
  return !target.isGeneric();
}
