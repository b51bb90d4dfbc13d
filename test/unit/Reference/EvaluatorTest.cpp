//===- EvaluatorTest.cpp - The reference, by hand -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Reference/Evaluator.h"

#include "hswish/Compiler/Compiler.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace mlir;
using namespace hswish;

namespace {

/// Evaluates a function of one result on tensors.
NumberTensor evaluate(MLIRContext *context, StringRef text,
                      ArrayRef<std::vector<double>> inputs) {
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, context);
  EXPECT_TRUE(module);
  auto function = *module->getOps<func::FuncOp>().begin();
  Evaluator evaluator;
  for (auto [argument, values] :
       llvm::zip_equal(function.getArguments(), inputs)) {
    NumberTensor tensor(cast<RankedTensorType>(argument.getType()));
    if (tensor.numbers.isFloat())
      tensor.numbers.values = values;
    else
      tensor.numbers.integers.assign(values.begin(), values.end());
    evaluator.set(argument, tensor);
  }
  Block &block = function.getBody().front();
  for (Operation &op : block.without_terminator())
    EXPECT_TRUE(succeeded(evaluator.evaluate(&op)))
        << op.getName().getStringRef().str();
  const NumberTensor *result =
      evaluator.lookup(block.getTerminator()->getOperand(0));
  EXPECT_NE(result, nullptr);
  return result ? *result : NumberTensor();
}

class EvaluatorTest : public ::testing::Test {
protected:
  std::unique_ptr<MLIRContext> context = createContext();
};

TEST_F(EvaluatorTest, Convolution) {
  // A window of 3 over 4 pixels with a border of one: its sums by hand.
  NumberTensor result = evaluate(context.get(), R"mlir(
    func.func @f(%x: tensor<1x1x4x1xf32>, %w: tensor<1x3x1x1xf32>)
        -> tensor<1x1x2x1xf32> {
      %i = tensor.empty() : tensor<1x1x2x1xf32>
      %r = hswish.conv_2d ins(%x, %w : tensor<1x1x4x1xf32>, tensor<1x3x1x1xf32>)
          outs(%i : tensor<1x1x2x1xf32>)
          attributes {pads = array<i64: 0, 1, 0, 0>,
                      strides = array<i64: 1, 2>} {
        ^bb0(%acc: f32):
          %0 = arith.negf %acc : f32
          hswish.yield %0 : f32
      } -> tensor<1x1x2x1xf32>
      return %r : tensor<1x1x2x1xf32>
    })mlir",
                                 {{1, 2, 3, 4}, {10, 20, -30}});
  EXPECT_EQ(result.numbers.values, (std::vector<double>{40, 40}));
  // (K + 1) u times the magnitudes 80 and 200.
  EXPECT_GE(result.numbers.errors[0], 4 * 80 * 0x1p-24);
  EXPECT_LE(result.numbers.errors[1], 4.001 * 200 * 0x1p-24);
}

TEST_F(EvaluatorTest, DepthwiseAndGroups) {
  NumberTensor result =
      evaluate(context.get(), R"mlir(
    func.func @f(%x: tensor<1x1x1x4xf32>, %w: tensor<1x1x2x4xf32>)
        -> tensor<1x1x1x4xf32> {
      %i = tensor.empty() : tensor<1x1x1x4xf32>
      %r = hswish.conv_2d ins(%x, %w : tensor<1x1x1x4xf32>, tensor<1x1x2x4xf32>)
          outs(%i : tensor<1x1x1x4xf32>) attributes {groups = 2} {
        ^bb0(%acc: f32):
          hswish.yield %acc : f32
      } -> tensor<1x1x1x4xf32>
      return %r : tensor<1x1x1x4xf32>
    })mlir",
               {{1, 2, 3, 4}, {1, 10, 100, 1000, 2, 20, 200, 2000}});
  EXPECT_EQ(result.numbers.values, (std::vector<double>{5, 50, 1100, 11000}));
}

TEST_F(EvaluatorTest, WhatIsNotFinite) {
  NumberTensor result = evaluate(context.get(), R"mlir(
    func.func @f(%x: tensor<2x2xf32>, %w: tensor<2x1xf32>) -> tensor<2x1xf32> {
      %i = tensor.empty() : tensor<2x1xf32>
      %r = hswish.matmul ins(%x, %w : tensor<2x2xf32>, tensor<2x1xf32>)
          outs(%i : tensor<2x1xf32>) {
        ^bb0(%acc: f32):
          hswish.yield %acc : f32
      } -> tensor<2x1xf32>
      return %r : tensor<2x1xf32>
    })mlir",
                                 {{kUnknown, -kUnknown, 3e38, 3e38}, {1, 1}});
  // inf - inf is NaN, for certain; what overflows may be anything.
  EXPECT_TRUE(std::isnan(result.numbers.values[0]));
  EXPECT_EQ(result.numbers.errors[0], 0);
  EXPECT_EQ(result.numbers.errors[1], kUnknown);
}

TEST_F(EvaluatorTest, ComparisonsThatRoundingDecides) {
  // 0.1 + 0.2 is so close to 0.3 that nobody knows which is larger.
  NumberTensor result = evaluate(context.get(), R"mlir(
    func.func @f(%x: tensor<2xf32>, %y: tensor<2xf32>, %z: tensor<2xf32>)
        -> tensor<2xi1> {
      %0 = arith.addf %x, %y : tensor<2xf32>
      %1 = arith.cmpf olt, %0, %z : tensor<2xf32>
      return %1 : tensor<2xi1>
    })mlir",
                                 {{0.1, 1}, {0.2, 1}, {0.3, 3}});
  EXPECT_EQ(result.numbers.errors, (std::vector<double>{1, 0}));
  EXPECT_EQ(result.numbers.integers[1], 1);
}

TEST_F(EvaluatorTest, IntegersWrap) {
  NumberTensor result = evaluate(context.get(), R"mlir(
    func.func @f(%x: tensor<2xi8>, %y: tensor<2xi8>) -> tensor<2xi8> {
      %0 = arith.addi %x, %y : tensor<2xi8>
      return %0 : tensor<2xi8>
    })mlir",
                                 {{127, -128}, {1, -1}});
  EXPECT_EQ(result.numbers.integers, (std::vector<int64_t>{-128, 127}));
}

TEST_F(EvaluatorTest, SumsOfAnyOrder) {
  // Magnitudes of 2e8 cancel: the bound is about them, not about the sum.
  NumberTensor result = evaluate(context.get(), R"mlir(
    func.func @f(%x: tensor<3xf32>, %i: tensor<f32>) -> tensor<f32> {
      %r = linalg.reduce { arith.addf } ins(%x : tensor<3xf32>)
          outs(%i : tensor<f32>) dimensions = [0]
      return %r : tensor<f32>
    })mlir",
                                 {{1e8, 1, -1e8}, {0}});
  EXPECT_EQ(result.numbers.values[0], 1);
  EXPECT_GE(result.numbers.errors[0], 1);
}

TEST_F(EvaluatorTest, AverageWithoutPadding) {
  NumberTensor result = evaluate(context.get(), R"mlir(
    func.func @f(%x: tensor<1x1x2x1xf32>) -> tensor<1x1x2x1xf32> {
      %i = tensor.empty() : tensor<1x1x2x1xf32>
      %r = hswish.pool_2d average ins(%x : tensor<1x1x2x1xf32>)
          outs(%i : tensor<1x1x2x1xf32>)
          {kernel = array<i64: 1, 3>, pads = array<i64: 0, 1, 0, 1>}
          -> tensor<1x1x2x1xf32>
      return %r : tensor<1x1x2x1xf32>
    })mlir",
                                 {{2, 4}});
  EXPECT_EQ(result.numbers.values, (std::vector<double>{3, 3}));
}

} // namespace
