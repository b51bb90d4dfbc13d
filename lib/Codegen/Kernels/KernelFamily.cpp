//===- KernelFamily.cpp - What holds for most families -------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelFamily.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace hswish;

ArrayRef<const KernelFamily *> hswish::getKernelFamilies() {
  static const KernelFamily *const families[] = {
#define HSWISH_KERNEL_FAMILY(NAME) &get##NAME##Family(),
#include "Families.def"
  };
  return families;
}

KernelFamily::~KernelFamily() = default;

StrategyAttr hswish::withOtherOrder(StrategyAttr strategy) {
  LoopOrder other = strategy.getOrder() == LoopOrder::RowsOuter
                        ? LoopOrder::ColumnsOuter
                        : LoopOrder::RowsOuter;
  return StrategyAttr::get(strategy.getContext(), strategy.getKernel(),
                           strategy.getVector(), strategy.getRows(),
                           strategy.getColumns(), strategy.getBlocks(),
                           strategy.getUnroll(), other);
}

Strategies KernelFamily::getVariants(StrategyAttr strategy) const {
  return {withOtherOrder(strategy)};
}

uint64_t KernelFamily::countAccumulators(StrategyAttr strategy) const {
  int64_t vectors = 1;
  for (int64_t width : strategy.getBlocks())
    vectors = std::max<int64_t>(vectors,
                                llvm::divideCeil(width, strategy.getVector()));
  uint64_t pixels = strategy.getRows() * strategy.getColumns();
  return llvm::SaturatingMultiply<uint64_t>(pixels, vectors);
}

KernelFamily::PackedLayout
KernelFamily::getPackedLayout(KernelOpInterface op,
                              StrategyAttr strategy) const {
  int64_t groups = 1;
  if (auto conv = dyn_cast<Conv2DOp>(op.getOperation()))
    groups = conv.getGroups();
  return {groups, llvm::to_vector(strategy.getBlocks())};
}

const KernelFamily *hswish::lookupKernelFamily(StringRef name) {
  for (const KernelFamily *family : getKernelFamilies())
    if (llvm::is_contained(family->getNames(), name))
      return family;
  return nullptr;
}

const KernelFamily *hswish::getKernelFamily(KernelOpInterface op) {
  StrategyAttr strategy = op.getStrategyAttr();
  return strategy ? lookupKernelFamily(strategy.getKernel()) : nullptr;
}
