//===- EvaluateTest.cpp - Accuracy of the activations -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/Evaluate.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <random>

using namespace hswish;
using llvm::APFloat;

namespace {

/// h-swish in long double: for an f32 the product and the quotient carry enough
/// bits for an error of a thousandth of a ULP.
long double referenceHardSwish(long double x) {
  if (x <= -3.0L)
    return 0.0L;
  return x >= 3.0L ? x : x * (x + 3.0L) / 6.0L;
}

float hardSwish(float x, Accuracy accuracy) {
  return evaluateHardSwish(APFloat(x), accuracy).convertToFloat();
}

/// The distance from `y` to `exact` in units of the last place of an f32.
double ulpError(float y, long double exact) {
  int exponent = std::max(-126, std::ilogb(static_cast<double>(exact)));
  return static_cast<double>(std::fabs(y - exact) /
                             std::ldexp(1.0L, exponent - 23));
}

/// Seeded inputs of [-3, 3], some of them crowding at the kinks and at 0.
std::vector<float> interestingInputs() {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-3.0f, 3.0f);
  std::vector<float> inputs;
  std::generate_n(std::back_inserter(inputs), 20000,
                  [&] { return uniform(random); });
  for (float centre : {-3.0f, 3.0f, 0.0f}) {
    float below = centre, above = centre;
    for (int i = 0; i < 1000; ++i) {
      inputs.push_back(below = std::nextafter(below, -10.0f));
      inputs.push_back(above = std::nextafter(above, 10.0f));
    }
  }
  return inputs;
}

TEST(EvaluateTest, DefaultStaysWithinTwoAndAHalfUlp) {
  for (float x : interestingInputs())
    if (long double exact = referenceHardSwish(x); exact != 0.0L)
      EXPECT_LE(ulpError(hardSwish(x, Accuracy::Default), exact), 2.5) << x;
}

TEST(EvaluateTest, FastStaysWithinAMillionth) {
  for (float x : interestingInputs())
    EXPECT_NEAR(hardSwish(x, Accuracy::Fast), referenceHardSwish(x),
                1e-6 * std::max(1.0f, std::fabs(x)));
}

TEST(EvaluateTest, TorchAndOnnxKeepTheirOrder) {
  for (float x : interestingInputs()) {
    float relu6 = std::min(std::max(x + 3.0f, 0.0f), 6.0f);
    volatile float product = x * relu6, scaled = x * (1.0f / 6.0f);
    float line = std::min(std::max(scaled + 0.5f, 0.0f), 1.0f);
    EXPECT_EQ(hardSwish(x, Accuracy::Torch), product / 6.0f) << x;
    EXPECT_EQ(hardSwish(x, Accuracy::Onnx), x * line) << x;
  }
}

TEST(EvaluateTest, IdentityAboveThreeAndNoOverflow) {
  float inputs[] = {3.0f, 3.1f, 7.77f, 1e10f, 1e38f, 3.4e38f, INFINITY};
  for (Accuracy accuracy : {Accuracy::Default, Accuracy::Onnx, Accuracy::Fast})
    for (float x : inputs)
      EXPECT_EQ(hardSwish(x, accuracy), x);
}

TEST(EvaluateTest, EdgesOfTheFloats) {
  for (Accuracy accuracy :
       {Accuracy::Default, Accuracy::Onnx, Accuracy::Fast, Accuracy::Torch}) {
    EXPECT_TRUE(std::isnan(hardSwish(NAN, accuracy)));
    EXPECT_TRUE(std::isnan(hardSwish(-INFINITY, accuracy)));
    for (float x : {-3.0f, -5.0f, -3.4e38f}) {
      EXPECT_EQ(hardSwish(x, accuracy), 0.0f);
      EXPECT_TRUE(std::signbit(hardSwish(x, accuracy)));
    }
    EXPECT_TRUE(std::signbit(hardSwish(-0.0f, accuracy)));
  }
}

/// Every f16 and bf16 input: computed in f32, so half a ULP and a trifle.
class NarrowTest : public testing::TestWithParam<const llvm::fltSemantics *> {};

TEST_P(NarrowTest, IsRoundedOnce) {
  for (unsigned bits = 0; bits < 65536; ++bits) {
    APFloat x(*GetParam(), llvm::APInt(16, bits));
    if (!x.isFinite())
      continue;
    bool inexact;
    APFloat wide = x;
    wide.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven, &inexact);
    APFloat expected = evaluateHardSwish(wide, Accuracy::Default);
    expected.convert(*GetParam(), APFloat::rmNearestTiesToEven, &inexact);
    EXPECT_TRUE(
        evaluateHardSwish(x, Accuracy::Default).bitwiseIsEqual(expected))
        << bits;
  }
}

INSTANTIATE_TEST_SUITE_P(Types, NarrowTest,
                         testing::Values(&APFloat::IEEEhalf(),
                                         &APFloat::BFloat()));

TEST(EvaluateTest, GradientAtTheKinks) {
  auto gradient = [](float x, Kink kink) {
    return evaluateHardSwishGrad(APFloat(x), APFloat(1.0f), kink,
                                 Accuracy::Default)
        .convertToFloat();
  };
  EXPECT_EQ(gradient(-3.0f, Kink::Outer), 0.0f);
  EXPECT_EQ(gradient(3.0f, Kink::Outer), 1.0f);
  EXPECT_NEAR(gradient(-3.0f, Kink::Inner), -0.5f, 1e-6f);
  EXPECT_NEAR(gradient(3.0f, Kink::Inner), 1.5f, 1e-6f);
  EXPECT_EQ(gradient(-3.0f, Kink::Average), -0.25f);
  EXPECT_EQ(gradient(3.0f, Kink::Average), 1.25f);
}

} // namespace
