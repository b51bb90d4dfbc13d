//===- SelectStrategy.cpp - Strategies of structured ops ------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Codegen/Passes.h"
#include "hswish/Codegen/Strategy.h"
#include "hswish/Codegen/StrategyFile.h"
#include "hswish/IR/HSwish.h"
#include "hswish/IR/Sizes.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

namespace hswish {
#define GEN_PASS_DEF_SELECTSTRATEGYPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

/// Each block of output channels is written down.
static constexpr int64_t kMostChannels = 1 << 20;

/// Why `op` cannot have a kernel, or nothing.
static StringRef getObstacle(Operation *op) {
  for (Type type : op->getOperandTypes()) {
    auto shaped = dyn_cast<ShapedType>(type);
    if (shaped && !shaped.hasStaticShape())
      return "its shapes are not static";
    if (shaped && shaped.getNumElements() == 0)
      return "an operand has no elements";
  }
  Value init = cast<DestinationStyleOpInterface>(op).getDpsInits()[0];
  Type element = getElementTypeOrSelf(init);
  if (!element.isF32() && !element.isF64())
    return "its results are neither f32 nor f64";
  for (Value input : op->getOperands().take_front(2))
    if (getElementTypeOrSelf(input).getIntOrFloatBitWidth() >
        element.getIntOrFloatBitWidth())
      return "its operands are wider than its results";
  if (cast<ShapedType>(init.getType()).getShape().back() > kMostChannels)
    return "it has more than a million output channels";
  if (auto conv = dyn_cast<Conv2DOp>(op);
      conv && conv.hasPadding() && !conv.isDepthwise())
    return "its input is not padded yet";
  return {};
}

static Machine getMachine(Operation *op, int64_t threads) {
  Value init = cast<DestinationStyleOpInterface>(op).getDpsInits()[0];
  Machine machine = Machine::get(
      getTarget(op), getElementTypeOrSelf(init).getIntOrFloatBitWidth());
  machine.threads = threads;
  return machine;
}

static Strategies choose(Conv2DOp op, const Machine &machine, size_t count) {
  SmallVector<int64_t, 4> filter = op.getUnpackedFilterShape();
  ArrayRef<int64_t> shape = op.getInitType().getShape();
  if (isDepthwiseMultiple(op, machine))
    return chooseDepthwise(op.getContext(), machine,
                           {shape[1], shape[2], filter[0], filter[1],
                            op.getStrides()[0], op.getStrides()[1], shape[3],
                            op.hasPadding(),
                            filter[3] / static_cast<int64_t>(op.getGroups())},
                           count);
  ContractionShape contraction = {shape[0] * shape[1],
                                  shape[2],
                                  filter[0] * filter[1] * filter[2],
                                  filter[3] /
                                      static_cast<int64_t>(op.getGroups()),
                                  !isPointwise(op, machine),
                                  filter[2]};
  Strategies strategies =
      chooseContraction(op.getContext(), machine, contraction, count);
  // Weights that nobody can pack are not side by side.
  if (!matchPattern(op.getFilter(), m_Constant()))
    return strategies;
  if (StrategyAttr dot = chooseDot(op.getContext(), machine, contraction)) {
    strategies.insert(strategies.begin(), dot);
    strategies.truncate(count);
  }
  return strategies;
}

static Strategies choose(MatmulOp op, const Machine &machine, size_t count) {
  SmallVector<int64_t, 2> rhs = op.getUnpackedRhsShape();
  return chooseContraction(
      op.getContext(), machine,
      {1, op.getInitType().getDimSize(0), rhs[0], rhs[1], false}, count);
}

static Strategies choose(Pool2DOp op, const Machine &machine, size_t count) {
  ArrayRef<int64_t> shape = cast<ShapedType>(op.getInit().getType()).getShape();
  ArrayRef<int64_t> kernel = op.getKernel(), strides = op.getStrides();
  return choosePool(op.getContext(), machine,
                    {shape[1], shape[2], kernel[0], kernel[1], strides[0],
                     strides[1], shape[3]},
                    count);
}

Strategies hswish::chooseStrategies(Operation *op, size_t count,
                                    int64_t threads) {
  if (!getObstacle(op).empty())
    return {};
  return llvm::TypeSwitch<Operation *, Strategies>(op)
      .Case<Conv2DOp, MatmulOp, Pool2DOp>([&](auto structured) {
        return choose(structured, getMachine(op, threads), count);
      });
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
    WalkResult result = getOperation()->walk([&](Operation *op) {
      if (!isa<Conv2DOp, MatmulOp, Pool2DOp>(op) || op->hasAttr("strategy"))
        return WalkResult::advance();
      if (StringRef obstacle = getObstacle(op); !obstacle.empty()) {
        op->emitRemark("has no kernel: ") << obstacle;
        return WalkResult::advance();
      }
      FailureOr<StrategyAttr> strategy = select(op);
      if (failed(strategy))
        return WalkResult::interrupt();
      op->setAttr("strategy", *strategy);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }

private:
  /// What the file says, or else the cost model.
  FailureOr<StrategyAttr> select(Operation *op) {
    const StrategyFile::Entry *entry = file ? file->lookup(op) : nullptr;
    if (!entry)
      return chooseStrategies(op, 1, threads).front();
    if (failed(verifyStrategy(op, entry->strategy,
                              [&] { return emitError(entry->loc); })))
      return failure();
    return entry->strategy;
  }

  /// Shared by the copies of the pass that a pass manager makes.
  std::shared_ptr<StrategyFile> file;
};
} // namespace
