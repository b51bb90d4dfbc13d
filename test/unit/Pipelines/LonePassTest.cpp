//===- LonePassTest.cpp - Each pass brings its dialects along -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// hswish-opt registers every dialect, so a pass that forgets one in its
// dependentDialects works there and aborts inside another compiler. Here only
// what the input uses is known.
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/HSwish.h"
#include "hswish/InitAll.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "gtest/gtest.h"

using namespace mlir;

namespace {

constexpr llvm::StringLiteral kActivations = R"(
  module attributes {hswish.target = #hswish.target<
      triple = "x86_64-unknown-linux-gnu", cpu = "x86-64-v3",
      vector_bits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {
    func.func @activations(%x: f16, %v: vector<8xf32>, %t: tensor<2x8xf32>)
        -> (f16, vector<8xf32>, tensor<2x8xf32>) {
      %0 = hswish.hard_swish %x : f16
      %1 = hswish.hard_sigmoid %v accuracy<torch> : vector<8xf32>
      %2 = hswish.relu6 %1 : vector<8xf32>
      %3 = hswish.swish %t : tensor<2x8xf32>
      %4 = hswish.hard_swish_grad %3, %t : tensor<2x8xf32>
      return %0, %2, %4 : f16, vector<8xf32>, tensor<2x8xf32>
    }
  })";

constexpr llvm::StringLiteral kStructured = R"(
  module attributes {hswish.target = #hswish.target<
      triple = "x86_64-unknown-linux-gnu", cpu = "x86-64-v3",
      vector_bits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {
    func.func @structured(%x: tensor<1x8x8x16xf32>, %w: tensor<1x1x16x16xf32>,
                          %b: tensor<16xf32>, %init: tensor<1x8x8x16xf32>)
        -> tensor<1x8x8x16xf32> {
      %0 = hswish.conv_2d
          ins(%x, %w : tensor<1x8x8x16xf32>, tensor<1x1x16x16xf32>)
          epilogue(%b : tensor<16xf32>) outs(%init : tensor<1x8x8x16xf32>)
          attributes {epilogue_maps = [affine_map<(n, h, w, c) -> (c)>]} {
      ^bb0(%acc: f32, %bias: f32):
        %1 = "arith.addf"(%acc, %bias) : (f32, f32) -> f32
        %2 = hswish.hard_swish %1 : f32
        hswish.yield %2 : f32
      } -> tensor<1x8x8x16xf32>
      return %0 : tensor<1x8x8x16xf32>
    }
  })";

/// Runs `pipeline` on `text` in a context that knows only our dialect and func.
void expectRuns(llvm::StringRef text, llvm::StringRef pipeline) {
  hswish::registerAllPasses();
  DialectRegistry registry;
  hswish::registerAllDialects(registry);
  registry.insert<func::FuncDialect>();
  MLIRContext context(registry);
  context.loadDialect<func::FuncDialect, hswish::HSwishDialect>();
  auto module = parseSourceString<ModuleOp>(text, &context);
  ASSERT_TRUE(module);
  PassManager manager(&context);
  ASSERT_TRUE(succeeded(parsePassPipeline(pipeline, manager)));
  EXPECT_TRUE(succeeded(manager.run(*module))) << pipeline.str();
}

/// The parameter is a pipeline's text.
class ActivationPassTest : public testing::TestWithParam<const char *> {};
class StructuredPassTest : public testing::TestWithParam<const char *> {};

TEST_P(ActivationPassTest, LoadsItsDialects) {
  expectRuns(kActivations, GetParam());
}
TEST_P(StructuredPassTest, LoadsItsDialects) {
  expectRuns(kStructured, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Passes, ActivationPassTest,
                         testing::Values("convert-hswish-to-arith",
                                         "func.func(convert-hswish-to-arith)",
                                         "hswish-lower-leftovers"));

INSTANTIATE_TEST_SUITE_P(
    Passes, StructuredPassTest,
    testing::Values("convert-hswish-to-arith", "hswish-lower-leftovers",
                    "hswish-results-to-outputs", "hswish-bufferize",
                    "hswish-lower-leftovers,hswish-bufferize",
                    "hswish-bufferize,hswish-outline-kernels",
                    "hswish-bufferize,hswish-plan-memory",
                    "hswish-gather-constants"));

} // namespace
