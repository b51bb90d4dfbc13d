//===- FoldActivationScale.cpp - Scales of h-swish into weights -----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/HSwish.h"
#include "hswish/IR/Sizes.h"
#include "hswish/Transforms/Passes.h"

#include "Weights.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/MapVector.h"

namespace hswish {
#define GEN_PASS_DEF_FOLDACTIVATIONSCALEPASS
#include "hswish/Transforms/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

/// hard_swish(x) = kResultScale * unit_hard_swish(x / kKink)
static constexpr double kKink = 3.0, kResultScale = 1.5;

/// Whether `op` has constant weights of its own.
static bool hasOwnWeights(EpilogueOpInterface op) {
  DenseElementsAttr value;
  OpOperand *weights = getWeights(op, value);
  return weights && weights->get().hasOneUse() && !op->hasAttr("strategy");
}

//===----------------------------------------------------------------------===//
// Readers
//===----------------------------------------------------------------------===//

namespace {
/// Everything that reads a tensor, if all of it is linear in the tensor and can
/// take a factor.
class LinearReaders {
public:
  explicit LinearReaders(Value tensor) : complete(collect(tensor)) {}

  bool areAll() const { return complete; }
  /// Ops whose weights multiply the tensor.
  ArrayRef<EpilogueOpInterface> getWeighted() const { return weighted; }
  /// Elements of the tensor that an epilogue adds to something.
  ArrayRef<BlockArgument> getAdded() const { return added; }

private:
  bool collect(Value tensor) {
    return !tensor.use_empty() &&
           llvm::all_of(tensor.getUses(),
                        [&](OpOperand &use) { return collect(use); });
  }
  bool collect(OpOperand &use);
  bool collectEpilogue(EpilogueOpInterface op, OpOperand &use);

  SmallVector<EpilogueOpInterface> weighted;
  SmallVector<BlockArgument> added;
  bool complete;
};
} // namespace

/// Whether the body's result is a multiple of `element`.
static bool isMultipleOf(Value element) {
  return !element.use_empty() &&
         llvm::all_of(element.getUses(), [&](OpOperand &use) {
           Operation *user = use.getOwner();
           if (isa<linalg::YieldOp>(user))
             return true;
           bool takesFactor =
               isa<arith::NegFOp>(user) ||
               (isa<arith::MulFOp>(user) &&
                user->getOperand(0) != user->getOperand(1)) ||
               (isa<arith::DivFOp>(user) && use.getOperandNumber() == 0 &&
                user->getOperand(1) != element);
           // What depends on it twice, as x * f(x), is no multiple.
           return takesFactor && element.hasOneUse() &&
                  isMultipleOf(user->getResult(0));
         });
}

bool LinearReaders::collectEpilogue(EpilogueOpInterface op, OpOperand &use) {
  if (use.getOperandNumber() == 0) {
    weighted.push_back(op);
    return hasOwnWeights(op);
  }
  TargetAttr target = getTargetOrGeneric(op);
  for (auto [i, extra] : llvm::enumerate(op.getExtrasMutable())) {
    if (&extra != &use)
      continue;
    BlockArgument element = op.getEpilogueBlock().getArgument(i + 1);
    added.push_back(element);
    return target.hasFma() &&
           llvm::all_of(element.getUsers(), [](Operation *user) {
             return isa<arith::AddFOp>(user) &&
                    user->getOperand(0) != user->getOperand(1);
           });
  }
  return false;
}

bool LinearReaders::collect(OpOperand &use) {
  Operation *op = use.getOwner();
  if (auto epilogue = dyn_cast<EpilogueOpInterface>(op))
    return collectEpilogue(epilogue, use);
  if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
    BlockArgument element = generic.getMatchingBlockArgument(&use);
    return generic.isDpsInput(&use) && generic.getNumResults() == 1 &&
           generic.getNumParallelLoops() == generic.getNumLoops() &&
           isMultipleOf(element) && collect(generic.getResult(0));
  }
  if (auto pool = dyn_cast<Pool2DOp>(op))
    return &use == &pool.getInputMutable() && collect(pool->getResult(0));
  if (isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
    return collect(op->getResult(0));
  return false;
}

//===----------------------------------------------------------------------===//
// Rewriting
//===----------------------------------------------------------------------===//

namespace {
/// An activation that is the first thing after the accumulator and its bias.
struct Activated {
  Operation *op = nullptr;
  Channels bias = {0.0};
};
} // namespace

template <typename OpTy>
static std::optional<Activated> matchFast(EpilogueOpInterface op) {
  BlockArgument acc = op.getEpilogueBlock().getArgument(0);
  if (!acc.hasOneUse() || !hasOwnWeights(op))
    return std::nullopt;
  Activated activated;
  Operation *user = *acc.user_begin();
  if (isa<arith::AddFOp>(user) && user->hasOneUse()) {
    bool left = user->getOperand(0) == acc;
    std::optional<Channels> bias =
        getChannels(op, user->getOperand(left ? 1 : 0));
    if (!bias)
      return std::nullopt;
    activated.bias = *bias;
    user = *user->user_begin();
  }
  auto activation = dyn_cast<OpTy>(user);
  if (!activation || activation.getAccuracy() != Accuracy::Fast)
    return std::nullopt;
  activated.op = activation;
  return activated;
}

namespace {
struct FoldActivationScalePass
    : hswish::impl::FoldActivationScalePassBase<FoldActivationScalePass> {
  using Base::Base;

  void runOnOperation() override {
    if (failed(verifySizes(getOperation())))
      return signalPassFailure();
    OpBuilder b(&getContext());
    getOperation()->walk([&](EpilogueOpInterface op) {
      if (auto swish = matchFast<HardSwishOp>(op))
        foldHardSwish(b, op, *swish);
      else if (auto sigmoid = matchFast<HardSigmoidOp>(op))
        foldHardSigmoid(b, op, *sigmoid);
    });
    // All factors of an op at once: its weights are rounded once.
    for (auto [op, factor] : factors) {
      b.setInsertionPoint(op);
      scaleWeights(b, cast<EpilogueOpInterface>(op), {1.0}, {factor});
    }
    factors.clear();
  }

  /// The activation is applied to (acc + bias) * scale + shift; returns that,
  /// with the scale in the weights.
  Value foldOperand(OpBuilder &b, EpilogueOpInterface op,
                    const Activated &activated, double scale, double shift) {
    multiply(op, scale);
    BlockArgument acc = op.getEpilogueBlock().getArgument(0);
    Operation *add = activated.op->getOperand(0).getDefiningOp();
    Channels bias = combine(activated.bias, {1.0}, [&](double x, double) {
      return x * scale + shift;
    });
    b.setInsertionPoint(op);
    Value sum = acc;
    if (!isAll(bias, 0.0))
      sum = prependBias(b, op, bias);
    activated.op->setOperand(0, sum);
    if (add)
      add->erase();
    return sum;
  }

  void foldHardSwish(OpBuilder &b, EpilogueOpInterface op,
                     const Activated &activated) {
    auto activation = cast<HardSwishOp>(activated.op);
    if (!activation->hasOneUse() || !isa<YieldOp>(*activation->user_begin()))
      return;
    LinearReaders readers(op->getResult(0));
    if (!readers.areAll())
      return;
    Value u = foldOperand(b, op, activated, 1.0 / kKink, 0.0);
    b.setInsertionPoint(activation);
    activation.replaceAllUsesWith(
        UnitHardSwishOp::create(b, activation.getLoc(), u,
                                activation.getFastmath())
            .getResult());
    activation->erase();
    dropUnusedExtras(b, op);
    for (EpilogueOpInterface reader : readers.getWeighted())
      multiply(reader, kResultScale);
    for (BlockArgument element : readers.getAdded())
      scaleSummand(b, element);
  }

  /// acc + y -> fma(y', 1.5, acc)
  static void scaleSummand(OpBuilder &b, BlockArgument element) {
    for (Operation *user : llvm::to_vector(element.getUsers())) {
      auto add = cast<arith::AddFOp>(user);
      b.setInsertionPoint(add);
      Value other = add.getLhs() == element ? add.getRhs() : add.getLhs();
      Value scale = arith::ConstantOp::create(
          b, add.getLoc(), b.getFloatAttr(element.getType(), kResultScale));
      Value sum = math::FmaOp::create(b, add.getLoc(), element, scale, other,
                                      add.getFastmath());
      add.replaceAllUsesWith(sum);
      add.erase();
    }
  }

  void foldHardSigmoid(OpBuilder &b, EpilogueOpInterface op,
                       const Activated &activated) {
    auto activation = cast<HardSigmoidOp>(activated.op);
    Value line = foldOperand(b, op, activated, 1.0 / 6.0, 0.5);
    b.setInsertionPoint(activation);
    Location loc = activation.getLoc();
    auto constant = [&](double value) -> Value {
      return arith::ConstantOp::create(
          b, loc, b.getFloatAttr(activation.getType(), value));
    };
    // The sign of a zero is not worth an instruction.
    auto flags = activation.getFastmath() | arith::FastMathFlags::nsz;
    Value low = arith::MaximumFOp::create(b, loc, line, constant(0.0), flags);
    Value clamped =
        arith::MinimumFOp::create(b, loc, low, constant(1.0), flags);
    activation.replaceAllUsesWith(clamped);
    activation->erase();
    dropUnusedExtras(b, op);
  }

  void multiply(Operation *op, double factor) {
    factors.try_emplace(op, 1.0).first->second *= factor;
  }

  llvm::MapVector<Operation *, double> factors;
};
} // namespace
