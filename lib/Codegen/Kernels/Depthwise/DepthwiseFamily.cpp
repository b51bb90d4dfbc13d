//===- DepthwiseFamily.cpp - Depthwise convolution -----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Depthwise.h"

#include "../Window.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace hswish;
using namespace hswish::depthwise;

/// Borders up to this width have code of their own.
static constexpr int64_t kMaxClippedPad = 3;
/// Each tile of a row whose average is left is code of its own: not of more
/// than these.
static constexpr int64_t kMaxTiles = 4;

static constexpr StringLiteral kNames[] = {kDepthwise};

namespace {
class DepthwiseFamily : public KernelFamily {
public:
  ArrayRef<StringLiteral> getNames() const override { return kNames; }
  using KernelFamily::getNames;

  bool applies(KernelOpInterface op, const Machine &machine) const override {
    auto conv = dyn_cast<Conv2DOp>(op.getOperation());
    return conv && isOneChannelAGroup(conv, machine);
  }

  Strategies getCandidates(KernelOpInterface op, const Machine &machine,
                           size_t count) const override {
    auto conv = cast<Conv2DOp>(op.getOperation());
    SmallVector<int64_t> filter = op.getWeightsShape();
    ArrayRef<int64_t> shape = op.getResultType().getShape();
    return choose(op.getContext(), machine,
                  {shape[1], shape[2], filter[0], filter[1],
                   conv.getStrides()[0], conv.getStrides()[1], shape[3],
                   conv.hasPadding(),
                   filter[3] / static_cast<int64_t>(conv.getGroups())},
                  count);
  }

  /// The kernel reads rows from end to end.
  PackedLayout getPackedLayout(KernelOpInterface op,
                               StrategyAttr /*strategy*/) const override {
    return {1, {op.getWeightsShape().back()}};
  }

  /// Where others read the image, too, line buffers want it whole, with its
  /// border.
  bool clipsPadding(Conv2DOp conv) const override {
    return conv.isDepthwise() &&
           *llvm::max_element(conv.getPads()) <= kMaxClippedPad &&
           (conv.getInput().hasOneUse() ||
            !conv.getInput().getDefiningOp<DestinationStyleOpInterface>());
  }

  bool leavesAverages(Conv2DOp conv) const override {
    return conv.isDepthwise() &&
           conv.getInitType().getDimSize(2) <=
               kMaxTiles * conv.getStrategyAttr().getColumns();
  }

  /// A tile of several rows as one row of as many outputs, or of fewer if
  /// `width` is covered better.
  StrategyAttr retileForRow(StrategyAttr strategy,
                            int64_t width) const override {
    int64_t columns = strategy.getRows() * strategy.getColumns();
    for (int64_t c = columns; c > columns / 2; --c)
      if (llvm::alignTo(width, c) < llvm::alignTo(width, columns))
        columns = c;
    return StrategyAttr::get(strategy.getContext(), strategy.getKernel(),
                             strategy.getVector(), /*rows=*/1, columns,
                             strategy.getBlocks(), strategy.getUnroll(),
                             strategy.getOrder());
  }

  LogicalResult emit(Operation *op) const override {
    auto conv = dyn_cast<Conv2DOp>(op);
    return conv ? depthwise::emit(conv) : failure();
  }
};
} // namespace

const KernelFamily &hswish::getDepthwiseFamily() {
  static const DepthwiseFamily family;
  return family;
}
