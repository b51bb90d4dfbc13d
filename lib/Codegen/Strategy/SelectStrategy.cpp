//===- SelectStrategy.cpp - Strategies of structured ops ------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Kernels/KernelFamily.h"
#include "hswish/Codegen/Passes.h"
#include "hswish/Codegen/Strategy.h"
#include "hswish/Codegen/StrategyFile.h"
#include "hswish/Codegen/VerifyStrategy.h"
#include "hswish/IR/HSwish.h"
#include "hswish/IR/Sizes.h"

#include "llvm/Support/DebugLog.h"

#define DEBUG_TYPE "hswish-select-strategy"

namespace hswish {
#define GEN_PASS_DEF_SELECTSTRATEGYPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

/// Each block of output channels is written down.
static constexpr int64_t kMostChannels = 1 << 20;

/// Why `op` cannot have a kernel, or nothing.
static StringRef getObstacle(KernelOpInterface op) {
  for (Type type : op->getOperandTypes()) {
    auto shaped = dyn_cast<ShapedType>(type);
    if (shaped && !shaped.hasStaticShape())
      return "its shapes are not static";
    if (shaped && shaped.getNumElements() == 0)
      return "an operand has no elements";
  }
  Type element = op.getResultType().getElementType();
  if (!element.isF32() && !element.isF64())
    return "its results are neither f32 nor f64";
  for (Value input : op->getOperands().take_front(2))
    if (getElementTypeOrSelf(input).getIntOrFloatBitWidth() >
        element.getIntOrFloatBitWidth())
      return "its operands are wider than its results";
  if (op.getResultType().getShape().back() > kMostChannels)
    return "it has more than a million output channels";
  if (auto conv = dyn_cast<Conv2DOp>(op.getOperation());
      conv && conv.hasPadding() && !conv.isDepthwise())
    return "its input is not padded yet";
  return {};
}

Strategies hswish::chooseStrategies(KernelOpInterface op, size_t count,
                                    int64_t threads) {
  Strategies strategies;
  if (!getObstacle(op).empty())
    return strategies;
  Machine machine = Machine::get(op);
  machine.threads = threads;
  for (const KernelFamily *family : getKernelFamilies())
    if (family->applies(op, machine))
      llvm::append_range(strategies, family->getCandidates(op, machine, count));
  strategies.truncate(std::min(strategies.size(), count));
  return strategies;
}

Strategies hswish::getStrategiesToTry(KernelOpInterface op, size_t count,
                                      int64_t threads) {
  Strategies strategies;
  for (StrategyAttr strategy : chooseStrategies(op, count, threads)) {
    strategies.push_back(strategy);
    llvm::append_range(
        strategies,
        lookupKernelFamily(strategy.getKernel())->getVariants(strategy));
  }
  strategies.truncate(std::min(strategies.size(), count));
  return strategies;
}

namespace {
struct SelectStrategyPass
    : hswish::impl::SelectStrategyPassBase<SelectStrategyPass> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    if (strategies.empty())
      return success();
    FailureOr<StrategyFile> read = StrategyFile::read(strategies, context);
    if (failed(read))
      return failure();
    file = std::make_shared<StrategyFile>(std::move(*read));
    return success();
  }

  void runOnOperation() override {
    if (failed(verifySizes(getOperation())))
      return signalPassFailure();
    WalkResult result = getOperation()->walk([&](KernelOpInterface op) {
      if (op.getStrategyAttr())
        return WalkResult::advance();
      if (StringRef obstacle = getObstacle(op); !obstacle.empty()) {
        op->emitRemark("has no kernel: ") << obstacle;
        return WalkResult::advance();
      }
      FailureOr<StrategyAttr> strategy = select(op);
      if (failed(strategy))
        return WalkResult::interrupt();
      op.setStrategyAttr(*strategy);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }

private:
  /// What the file says, or else the cost model.
  FailureOr<StrategyAttr> select(KernelOpInterface op) {
    const StrategyFile::Entry *entry = file ? file->lookup(op) : nullptr;
    LDBG() << getLayerSignature(op);
    if (!entry) {
      size_t count = 1;
      LLVM_DEBUG(count = 5); // Each is printed with its cost.
      StrategyAttr best = chooseStrategies(op, count, threads).front();
      LDBG() << "chosen: " << best;
      return best;
    }
    LDBG() << "from the file: " << entry->strategy;
    if (failed(verifyStrategy(op, entry->strategy,
                              [&] { return emitError(entry->loc); })))
      return failure();
    return entry->strategy;
  }

  /// Shared by the copies of the pass that a pass manager makes.
  std::shared_ptr<StrategyFile> file;
};
} // namespace
