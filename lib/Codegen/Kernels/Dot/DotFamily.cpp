//===- DotFamily.cpp - Convolution to few channels -----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Dot.h"

#include "../Cost.h"
#include "../KernelFamily.h"
#include "../Window.h"

#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace hswish;

static constexpr StringLiteral kNames[] = {"dot"};

/// Output channels of a group.
static int64_t countChannels(Conv2DOp op) {
  return op.getUnpackedFilterShape()[3] / static_cast<int64_t>(op.getGroups());
}

/// Accumulators, one pixel and the weights of all channels; adding the lanes of
/// a tile takes a quarter of the registers.
static bool fits(const Machine &machine, int64_t rows, int64_t channels) {
  int64_t product = machine.fma ? 0 : 2;
  return rows * channels + channels + 1 + product <=
         machine.registers - machine.registers / 4;
}

/// Whether additions of lanes and products take less time than vectors of
/// output channels would, for each pixel.
static bool isFaster(Conv2DOp op, const Machine &machine) {
  SmallVector<int64_t, 4> filter = op.getUnpackedFilterShape();
  int64_t channels = countChannels(op);
  int64_t steps = filter[0] * filter[1] * filter[2];
  return channels * (steps / machine.vector + kVectorCost) <
         steps * countVectors(machine, channels);
}

namespace {
class DotFamily : public KernelFamily {
public:
  ArrayRef<StringLiteral> getNames() const override { return kNames; }
  using KernelFamily::getNames;

  /// Vectors are steps of the reduction within a tap.
  bool applies(KernelOpInterface op, const Machine &machine) const override {
    auto conv = dyn_cast<Conv2DOp>(op.getOperation());
    return conv && !isOneChannelAGroup(conv, machine) &&
           conv.getUnpackedFilterShape()[2] % machine.vector == 0 &&
           fits(machine, 1, countChannels(conv));
  }

  Strategies getCandidates(KernelOpInterface op, const Machine &machine,
                           size_t /*count*/) const override {
    auto conv = cast<Conv2DOp>(op.getOperation());
    // Weights that nobody can pack are not side by side.
    if (!isFaster(conv, machine) ||
        !matchPattern(conv.getFilter(), m_Constant()))
      return {};
    int64_t channels = countChannels(conv);
    int64_t rowLength = op.getResultType().getDimSize(2);
    // As many pixels as fit, of those that cover a row without computing twice.
    int64_t best = 1;
    for (int64_t rows = 1; rows <= std::min(rowLength, machine.registers);
         ++rows)
      if (fits(machine, rows, channels) &&
          llvm::alignTo(rowLength, rows) <= llvm::alignTo(rowLength, best))
        best = rows;
    return {StrategyAttr::get(op.getContext(), kNames[0], machine.vector, best,
                              /*columns=*/1, {channels}, /*unroll=*/1,
                              LoopOrder::RowsOuter)};
  }

  int64_t getBlockedChannels(KernelOpInterface op) const override {
    return countChannels(cast<Conv2DOp>(op.getOperation()));
  }

  uint64_t countAccumulators(StrategyAttr strategy) const override {
    return strategy.getRows() * strategy.getBlocks().front();
  }

  /// The kernel reads columns.
  PackedLayout getPackedLayout(KernelOpInterface op,
                               StrategyAttr /*strategy*/) const override {
    auto conv = cast<Conv2DOp>(op.getOperation());
    return {static_cast<int64_t>(conv.getGroups()),
            SmallVector<int64_t>(countChannels(conv), 1)};
  }

  LogicalResult emit(Operation *op) const override {
    auto conv = dyn_cast<Conv2DOp>(op);
    return conv ? dot::emit(conv) : failure();
  }
};
} // namespace

const KernelFamily &hswish::getDotFamily() {
  static const DotFamily family;
  return family;
}
