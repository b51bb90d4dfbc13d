//===- KernelFamily.h - What is known of one kind of kernel -*- C++ -* ---===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Decision 25. Whatever knows how one kind of kernel works is an object of a
// class of its own, in a folder of its own; the table lists them. Passes ask
// the family of an op's strategy and do not know kernels by name.
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_KERNELS_KERNELFAMILY_H
#define HSWISH_LIB_CODEGEN_KERNELS_KERNELFAMILY_H

#include "Machine.h"

#include "hswish/IR/HSwish.h"

namespace hswish {

/// Strategies, the one with the least estimated time first.
using Strategies = llvm::SmallVector<StrategyAttr>;

/// One kind of kernel: the ops that it computes, how long they take, what it
/// wants of its operands, and its code. Families hold no state.
class KernelFamily {
public:
  virtual ~KernelFamily();

  //===--- Which ops, and how -------------------------------------------===//

  /// The kernels' names in `#hswish.strategy`; no other family has one of them.
  /// Empty if nothing is left to a strategy.
  virtual llvm::ArrayRef<llvm::StringLiteral> getNames() const { return {}; }

  /// Whether kernels of this family compute ops like `op` on `machine`. Asked
  /// before the weights are packed, and after.
  virtual bool applies(KernelOpInterface op, const Machine &machine) const {
    return false;
  }

  /// The names of those kernels that compute `op`, to which the family applies.
  virtual llvm::ArrayRef<llvm::StringLiteral>
  getNames(KernelOpInterface op, const Machine &machine) const {
    return getNames();
  }

  /// At most `count` strategies, the least estimated time first; none where
  /// another family's are sure to be faster.
  virtual Strategies getCandidates(KernelOpInterface op, const Machine &machine,
                                   size_t count) const {
    return {};
  }

  /// Strategies that the cost model cannot tell from `strategy`: `--tune` tries
  /// them.
  virtual Strategies getVariants(StrategyAttr strategy) const;

  /// Output channels that `blocks` of a strategy cover; 0 if it has none.
  virtual int64_t getBlockedChannels(KernelOpInterface op) const { return 0; }

  /// Accumulators that a tile keeps at a time.
  virtual uint64_t countAccumulators(StrategyAttr strategy) const;

  //===--- What a kernel is given ---------------------------------------===//

  /// In how many groups and, in each of them, in which blocks of output
  /// channels the kernel reads its weights: [group][block][step][channel].
  struct PackedLayout {
    int64_t groups;
    llvm::SmallVector<int64_t> blocks;
  };
  virtual PackedLayout getPackedLayout(KernelOpInterface op,
                                       StrategyAttr strategy) const;

  /// Whether weights may be f16 where the result is f32, without costing time.
  virtual bool takesNarrowWeights(StrategyAttr strategy) const { return false; }

  /// Whether the kernel leaves out what windows of `conv` read beyond the
  /// border, so that the image needs none in memory.
  virtual bool clipsPadding(Conv2DOp conv) const { return false; }

  /// Whether the kernel takes each element of its input by itself, so that its
  /// channels need not be side by side, and leaves out `pads`.
  virtual bool readsElements(Conv2DOp conv, const Machine &machine,
                             llvm::ArrayRef<int64_t> pads) const {
    return false;
  }

  /// Whether the kernel can leave the average of each row beside its result.
  virtual bool leavesAverages(Conv2DOp conv) const { return false; }

  /// The tile for one row of `width` outputs at a time.
  virtual StrategyAttr retileForRow(StrategyAttr strategy,
                                    int64_t width) const {
    return strategy;
  }

  //===--- Its code -----------------------------------------------------===//

  /// Builds before `op`, which is on memory, the loops that do its work; fails
  /// without having built anything that is used if this family cannot.
  virtual llvm::LogicalResult emit(mlir::Operation *op) const = 0;
};

#define HSWISH_KERNEL_FAMILY(NAME) const KernelFamily &get##NAME##Family();
#include "Families.def"

/// The table: all families. Of those that have candidates for an op, the first
/// leads.
llvm::ArrayRef<const KernelFamily *> getKernelFamilies();

/// The family of the kernel called `name`, or null.
const KernelFamily *lookupKernelFamily(llvm::StringRef name);

/// The family of the kernel that `op` has been given; null if it has none, or
/// one that nobody knows.
const KernelFamily *getKernelFamily(KernelOpInterface op);

/// The same strategy with another loop outside.
StrategyAttr withOtherOrder(StrategyAttr strategy);

} // namespace hswish

#endif // HSWISH_LIB_CODEGEN_KERNELS_KERNELFAMILY_H
