//===- ContractionFamily.cpp - Pointwise, direct, matmul, GEMV -----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"

#include "../Window.h"

using namespace mlir;
using namespace hswish;
using namespace hswish::contraction;

/// Kernels that read more channels of a pixel want them side by side.
static constexpr int64_t kMaxChannels = 3;

static constexpr StringLiteral kNames[] = {kPointwise, kGemv, kDirect};

/// Whether `op` is a matrix product for each of its groups. (By lanes, those of
/// several groups have no register left for where they are.)
static bool isPointwise(Conv2DOp op, const Machine &machine) {
  SmallVector<int64_t, 4> filter = op.getUnpackedFilterShape();
  return filter[0] == 1 && filter[1] == 1 &&
         (op.getGroups() == 1 || !machine.fmaByElement);
}

static ContractionShape getShape(KernelOpInterface op, const Machine &machine) {
  ArrayRef<int64_t> shape = op.getResultType().getShape();
  SmallVector<int64_t> weights = op.getWeightsShape();
  auto conv = dyn_cast<Conv2DOp>(op.getOperation());
  if (!conv)
    return {1, shape[0], weights[0], weights[1], /*isDirect=*/false};
  return {shape[0] * shape[1],
          shape[2],
          weights[0] * weights[1] * weights[2],
          weights[3] / static_cast<int64_t>(conv.getGroups()),
          !isPointwise(conv, machine),
          weights[2]};
}

namespace {
class ContractionFamily : public KernelFamily {
public:
  ArrayRef<StringLiteral> getNames() const override { return kNames; }

  bool applies(KernelOpInterface op, const Machine &machine) const override {
    auto conv = dyn_cast<Conv2DOp>(op.getOperation());
    return conv ? !isOneChannelAGroup(conv, machine)
                : isa<MatmulOp>(op.getOperation());
  }

  ArrayRef<StringLiteral> getNames(KernelOpInterface op,
                                   const Machine &machine) const override {
    auto conv = dyn_cast<Conv2DOp>(op.getOperation());
    ArrayRef names(kNames);
    return !conv || isPointwise(conv, machine) ? names.take_front(2)
                                               : names.take_back(1);
  }

  Strategies getCandidates(KernelOpInterface op, const Machine &machine,
                           size_t count) const override {
    return choose(op.getContext(), machine, getShape(op, machine), count);
  }

  int64_t getBlockedChannels(KernelOpInterface op) const override {
    auto conv = dyn_cast<Conv2DOp>(op.getOperation());
    return op.getWeightsShape().back() /
           (conv ? static_cast<int64_t>(conv.getGroups()) : 1);
  }

  bool takesNarrowWeights(StrategyAttr strategy) const override {
    return strategy.getKernel() == kGemv;
  }

  bool readsElements(Conv2DOp conv, const Machine &machine,
                     ArrayRef<int64_t> pads) const override {
    int64_t channels =
        cast<ShapedType>(conv.getInput().getType()).getDimSize(3);
    // Pixels at the border need registers.
    bool hasRegisters =
        machine.registers >= 32 || std::max(pads[1], pads[3]) <= 1;
    return conv.getStrategyAttr().getKernel() == kDirect &&
           channels <= kMaxChannels && machine.fma && !machine.fmaByElement &&
           hasRegisters;
  }

  LogicalResult emit(Operation *op) const override {
    if (auto conv = dyn_cast<Conv2DOp>(op))
      return contraction::emit(conv);
    if (auto matmul = dyn_cast<MatmulOp>(op))
      return contraction::emit(matmul);
    return failure();
  }
};
} // namespace

const KernelFamily &hswish::getContractionFamily() {
  static const ContractionFamily family;
  return family;
}
