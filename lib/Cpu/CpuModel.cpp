//===- CpuModel.cpp - The records of CPUs ---------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Cpu/CpuModel.h"

#include "llvm/ADT/STLExtras.h"

using namespace hswish;

llvm::ArrayRef<const CpuModel *> hswish::getCpuModels() {
  static constexpr const CpuModel *models[] = {
#define HSWISH_CPU_MODEL(NAME) &k##NAME##Cpu,
#include "hswish/Cpu/CpuModels.def"
  };
  return models;
}

/// The first record that `is` accepts, or null.
static const CpuModel *find(llvm::function_ref<bool(const CpuModel *)> is) {
  const auto *it = llvm::find_if(getCpuModels(), is);
  return it == getCpuModels().end() ? nullptr : *it;
}

const CpuModel *hswish::lookupCpuModel(llvm::StringRef name) {
  return find([&](const CpuModel *model) { return model->name == name; });
}

const CpuModel *hswish::lookupCpuModelByLLVMName(llvm::StringRef cpu) {
  return find([&](const CpuModel *model) {
    return llvm::is_contained(model->llvmNames, cpu);
  });
}
