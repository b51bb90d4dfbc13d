//===- RaiseTest.cpp - Raising inside another compiler -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A compiler that knows none of our passes takes only the patterns, beside its
// own ones, or one of the functions below them.
//
//===----------------------------------------------------------------------===//

#include "hswish/Transforms/Raise.h"

#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace hswish;

namespace {

/// x * relu6(x + 3) / 6, spelt with the clamp that is given.
std::string getFunction(StringRef max, StringRef min, StringRef divisor) {
  return (R"(func.func @f(%x: f32, %y: f32) -> f32 {
    %c0 = arith.constant 0.0 : f32
    %c3 = arith.constant 3.0 : f32
    %c6 = arith.constant 6.0 : f32
    %d = arith.constant )" +
          divisor + R"( : f32
    %0 = arith.addf %x, %c3 : f32
    %1 = arith.)" +
          max + R"( %0, %c0 : f32
    %2 = arith.)" +
          min + R"( %1, %c6 : f32
    %3 = arith.mulf %x, %2 : f32
    %4 = arith.divf %3, %d : f32
    %5 = arith.addf %4, %y : f32
    %6 = arith.negf %5 : f32
    return %6 : f32
  })")
      .str();
}

/// A pattern of the other compiler: -(a + b) -> -a - b.
struct DistributeNegation : OpRewritePattern<arith::NegFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::NegFOp op,
                                PatternRewriter &rewriter) const override {
    auto sum = op.getOperand().getDefiningOp<arith::AddFOp>();
    if (!sum)
      return failure();
    Value negated = arith::NegFOp::create(rewriter, op.getLoc(), sum.getLhs());
    rewriter.replaceOpWithNewOp<arith::SubFOp>(op, negated, sum.getRhs());
    return success();
  }
};

class RaiseTest : public testing::Test {
protected:
  RaiseTest() {
    context
        .loadDialect<arith::ArithDialect, func::FuncDialect, HSwishDialect>();
  }

  void parse(StringRef text) {
    module = parseSourceString<ModuleOp>(text, &context);
    ASSERT_TRUE(module);
  }

  template <typename OpTy>
  SmallVector<OpTy> find() {
    SmallVector<OpTy> ops;
    module->walk([&](OpTy op) { ops.push_back(op); });
    return ops;
  }

  void applyPatterns(const RaiseOptions &options, bool topDown) {
    RewritePatternSet patterns(&context);
    patterns.add<DistributeNegation>(&context);
    populateRaisePatterns(patterns, options);
    GreedyRewriteConfig config;
    config.setUseTopDownTraversal(topDown);
    EXPECT_TRUE(
        succeeded(applyPatternsGreedily(*module, std::move(patterns), config)));
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

/// The parameter is the order in which the greedy driver takes the ops.
class RaisePatternTest : public RaiseTest,
                         public testing::WithParamInterface<bool> {};

TEST_P(RaisePatternTest, RaisesAmongOthers) {
  parse(getFunction("maximumf", "minimumf", "6.0"));
  applyPatterns({}, GetParam());
  auto swishes = find<HardSwishOp>();
  ASSERT_EQ(swishes.size(), 1u);
  EXPECT_EQ(swishes[0].getAccuracy(), Accuracy::Torch);
  EXPECT_TRUE(isa<BlockArgument>(swishes[0].getOperand()));
  // The links are dead and gone, and the other pattern has done its work.
  EXPECT_TRUE(find<arith::DivFOp>().empty());
  EXPECT_TRUE(find<arith::MulFOp>().empty());
  EXPECT_EQ(find<arith::SubFOp>().size(), 1u);
}

TEST_P(RaisePatternTest, ObeysOptions) {
  RaiseOptions options;
  options.accuracy = RaiseAccuracy::Fast;
  parse(getFunction("maxnumf", "minnumf", "6.0"));
  applyPatterns(options, GetParam());
  auto swishes = find<HardSwishOp>();
  ASSERT_EQ(swishes.size(), 1u);
  EXPECT_EQ(swishes[0].getAccuracy(), Accuracy::Fast);
}

TEST_P(RaisePatternTest, LeavesNearMisses) {
  parse(getFunction("maximumf", "minimumf", "5.0"));
  applyPatterns({}, GetParam());
  EXPECT_TRUE(find<HardSwishOp>().empty());
  EXPECT_TRUE(find<Relu6Op>().empty());
  EXPECT_EQ(find<arith::DivFOp>().size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Order, RaisePatternTest, testing::Bool());

TEST_F(RaiseTest, RaisesOneOp) {
  parse(getFunction("maximumf", "minimumf", "6.0"));
  IRRewriter rewriter(&context);
  arith::MulFOp product = find<arith::MulFOp>()[0];
  EXPECT_TRUE(failed(raiseActivation(rewriter, product)));
  EXPECT_TRUE(succeeded(raiseActivation(rewriter, find<arith::DivFOp>()[0])));
  EXPECT_EQ(find<HardSwishOp>().size(), 1u);
  // Links are left to whoever erases what is dead.
  EXPECT_EQ(find<arith::MulFOp>().size(), 1u);
}

TEST_F(RaiseTest, ExplainsMisses) {
  parse(getFunction("maximumf", "minimumf", "5.0"));
  raiseActivations(*module);
  SmallVector<std::string> reasons;
  explainMisses(*module, [&](Operation *op, StringRef reason) {
    EXPECT_TRUE(isa<arith::DivFOp>(op));
    reasons.push_back(reason.str());
  });
  ASSERT_EQ(reasons.size(), 1u);
  EXPECT_EQ(reasons[0], "like h-swish, but divides by 5, not 6");
}

TEST_F(RaiseTest, SaysNothingOfWhatWasRaised) {
  parse(getFunction("maximumf", "minimumf", "6.0"));
  raiseActivations(*module);
  explainMisses(*module, [&](Operation *, StringRef reason) {
    ADD_FAILURE() << reason.str();
  });
}

} // namespace
