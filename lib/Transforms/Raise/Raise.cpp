//===- Raise.cpp - Spellings of h-swish to ops ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A root is not compared with a list of spellings. It is evaluated as a
// function of each value that all ways to it pass through, exactly; if that
// function is an activation, the root is one, however it is spelt.
//
//===----------------------------------------------------------------------===//

#include "hswish/Transforms/Raise.h"

#include "FindSpelling.h"

#include "hswish/IR/Broadcast.h"
#include "hswish/IR/HSwish.h"
#include "hswish/IR/NodeLocation.h"
#include "hswish/Transforms/Passes.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"

namespace hswish {
#define GEN_PASS_DEF_RAISEPASS
#include "hswish/Transforms/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;
using namespace hswish::raise;

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

static Accuracy chooseAccuracy(RaiseAccuracy wanted, Accuracy found) {
  switch (wanted) {
  case RaiseAccuracy::Preserve:
    return found;
  case RaiseAccuracy::Fast:
    return Accuracy::Fast;
  case RaiseAccuracy::Default:
    return Accuracy::Default;
  case RaiseAccuracy::Torch:
    return Accuracy::Torch;
  case RaiseAccuracy::Onnx:
    return Accuracy::Onnx;
  case RaiseAccuracy::Exact:
    return Accuracy::Exact;
  }
  llvm_unreachable("unknown accuracy");
}

/// The category is what --remarks-filter selects.
static constexpr auto kRemark =
    remark::RemarkOpts::name("activation").category("hswish-raise");

static StringRef getName(Activation kind) {
  switch (kind) {
  case Activation::HardSwish:
    return HardSwishOp::getOperationName();
  case Activation::HardSigmoid:
    return HardSigmoidOp::getOperationName();
  case Activation::Relu6:
    return Relu6Op::getOperationName();
  case Activation::Swish:
    return SwishOp::getOperationName();
  }
  llvm_unreachable("unknown activation");
}

static Value createActivation(OpBuilder &b, Location loc, Activation kind,
                              Value x, Accuracy accuracy,
                              arith::FastMathFlags flags) {
  switch (kind) {
  case Activation::HardSwish:
    return HardSwishOp::create(b, loc, x, accuracy, flags);
  case Activation::HardSigmoid:
    return HardSigmoidOp::create(b, loc, x, accuracy, flags);
  case Activation::Relu6:
    return Relu6Op::create(b, loc, x, flags);
  case Activation::Swish:
    return SwishOp::create(b, loc, x, flags);
  }
  llvm_unreachable("unknown activation");
}

/// The same shape with another element type.
static Type withElementOf(Type type, Type other) {
  Type element = getElementTypeOrSelf(other);
  auto shaped = dyn_cast<ShapedType>(type);
  return shaped ? Type(shaped.clone(element)) : element;
}

static unsigned getWidth(Type type) {
  return getElementTypeOrSelf(type).getIntOrFloatBitWidth();
}

/// Whether the raised op's result can be brought to the root's type.
static bool canBuild(const Spelling &spelling, Type type) {
  Type x = spelling.variable.getType();
  bool hasCast = getElementTypeOrSelf(x) != getElementTypeOrSelf(type);
  if (hasCast && getWidth(x) == getWidth(type))
    return false; // Between f16 and bf16 no cast is wide enough.
  if (isa<UnrankedTensorType>(type))
    return !hasCast && spelling.factor == 1 && !spelling.ceiling && x == type;
  return spelling.views.empty() ? withElementOf(x, type) == type
                                : !hasCast && !isa<UnrankedTensorType>(x);
}

static Value build(OpBuilder &b, Location loc, const Spelling &spelling,
                   Type type, RaiseAccuracy accuracy) {
  Value x = spelling.variable;
  // Computed in the wider of the two types.
  if (getWidth(x.getType()) < getWidth(type))
    x = arith::ExtFOp::create(b, loc, withElementOf(x.getType(), type), x);
  Value y = createActivation(b, loc, spelling.activation, x,
                             chooseAccuracy(accuracy, spelling.accuracy),
                             spelling.fastmath);
  if (spelling.factor != 1)
    y = arith::MulFOp::create(
        b, loc, y, createSplat(b, loc, spelling.factor, y), spelling.fastmath);
  if (spelling.ceiling)
    y = arith::MinimumFOp::create(
        b, loc, y, createSplat(b, loc, spelling.ceiling->toDouble(), y),
        spelling.fastmath);
  for (Operation *view : spelling.views) {
    Operation *copy = b.clone(*view);
    copy->setOperand(0, y);
    y = copy->getResult(0);
  }
  if (getWidth(y.getType()) > getWidth(type))
    y = arith::TruncFOp::create(b, loc, type, y);
  return y;
}

//===----------------------------------------------------------------------===//
// Drivers
//===----------------------------------------------------------------------===//

/// Replaces `op` if it is the last link of a spelling; gives the spelling.
static std::optional<Spelling> raiseOne(RewriterBase &rewriter, Operation *op,
                                        const RaiseOptions &options) {
  std::optional<Spelling> spelling = findSpelling(op, options.keepNaN);
  if (!spelling || !canBuild(*spelling, op->getResult(0).getType()))
    return std::nullopt;
  rewriter.setInsertionPoint(op);
  Value result = build(rewriter, op->getLoc(), *spelling,
                       op->getResult(0).getType(), options.accuracy);
  remark::passed(op->getLoc(), kRemark)
      << remark::reason("{0}", getName(spelling->activation));
  rewriter.replaceAllUsesWith(op->getResult(0), result);
  return spelling;
}

namespace {
/// Walks all blocks from the last op to the first.
class RaiseWalk {
public:
  RaiseWalk(MLIRContext *context, const RaiseOptions &options)
      : rewriter(context), options(options) {}

  void visit(Operation *op) {
    for (Region &region : op->getRegions())
      for (Block &block : llvm::reverse(region))
        for (Operation &nested :
             llvm::make_early_inc_range(llvm::reverse(block)))
          visit(&nested);
    // Links of what was raised come after their users: all of them are gone.
    if (unused.erase(op) && isOpTriviallyDead(op)) {
      erase(op);
      return;
    }
    if (std::optional<Spelling> spelling = raiseOne(rewriter, op, options)) {
      unused.insert_range(spelling->links);
      unused.erase(op);
      erase(op);
    }
  }

private:
  /// Erases an op; constants and the like before it may follow.
  void erase(Operation *op) {
    for (Value operand : op->getOperands())
      if (Operation *before = operand.getDefiningOp();
          before && before->getBlock() == op->getBlock())
        unused.insert(before);
    rewriter.eraseOp(op);
  }

  IRRewriter rewriter;
  const RaiseOptions &options;
  DenseSet<Operation *> unused;
};

struct RaiseAnyActivation : RewritePattern {
  RaiseOptions options;

  RaiseAnyActivation(MLIRContext *context, const RaiseOptions &options)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context),
        options(options) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    return raiseActivation(rewriter, op, options);
  }
};

struct RaisePass : hswish::impl::RaisePassBase<RaisePass> {
  using Base::Base;

  void runOnOperation() override {
    raiseActivations(getOperation(), {accuracy, keepNaN});
    if (!explain && !getContext().getRemarkEngine())
      return;
    explainMisses(getOperation(), [&](Operation *op, StringRef reason) {
      remark::missed(op->getLoc(), kRemark) << remark::reason("{0}", reason);
      if (explain)
        op->emitRemark(describeNode(op->getLoc())) << reason;
    });
  }
};
} // namespace

void hswish::raiseActivations(Operation *root, const RaiseOptions &options) {
  RaiseWalk(root->getContext(), options).visit(root);
}

LogicalResult hswish::raiseActivation(RewriterBase &rewriter, Operation *op,
                                      const RaiseOptions &options) {
  if (!raiseOne(rewriter, op, options))
    return failure();
  rewriter.eraseOp(op);
  return success();
}

void hswish::populateRaisePatterns(RewritePatternSet &patterns,
                                   const RaiseOptions &options) {
  patterns.add<RaiseAnyActivation>(patterns.getContext(), options);
}
