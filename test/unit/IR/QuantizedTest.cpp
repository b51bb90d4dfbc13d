//===- QuantizedTest.cpp - Rounding of quantised activations -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/Quantized.h"
#include "hswish/IR/HSwish.h"
#include "gtest/gtest.h"

#include <cmath>
#include <limits>
#include <random>

using namespace hswish;

namespace {

QuantizedActivation makeSwish(unsigned width, float si, int64_t zi, float so,
                              int64_t zo, Semantics semantics) {
  bool isHardSwish = true, isUnsigned = false;
  return {isHardSwish, width, isUnsigned, si, zi, so, zo, semantics};
}

/// Scales of 5 bits leave no rounding in long double but that of the quotient,
/// which has room for a tie.
TEST(QuantizedTest, ExactIsTheNearestCodeWithTiesToEven) {
  std::mt19937 random(1);
  int ties = 0;
  for (int i = 0; i < 200; ++i) {
    float si = std::ldexp(1.0f + float(random() % 32), -9);
    float so = std::ldexp(1.0f + float(random() % 32), -9);
    auto zi = int64_t(random() % 256) - 128, zo = int64_t(random() % 256) - 128;
    auto a = makeSwish(8, si, zi, so, zo, Semantics::Exact);
    for (int64_t code = -128; code < 128; ++code) {
      long double x = (long double)si * (long double)(code - zi);
      long double gate = std::fmin(std::fmax(x + 3, 0.0L), 6.0L);
      long double steps = x * gate / (6 * (long double)so);
      ties += std::fabs(steps - std::floor(steps)) == 0.5L ? 1 : 0;
      long double y = std::nearbyint(steps) + (long double)zo;
      EXPECT_EQ(evaluate(a, code), std::fmin(std::fmax(y, -128.0L), 127.0L))
          << si << " " << zi << " " << so << " " << zo << " " << code;
    }
  }
  EXPECT_GT(ties, 500);
}

TEST(QuantizedTest, ExactTakesTheWholeRangeOfFloats) {
  float least = std::numeric_limits<float>::denorm_min();
  float most = std::numeric_limits<float>::max();
  auto at = [](float si, float so, int64_t code) {
    return evaluate(makeSwish(16, si, 0, so, 0, Semantics::Exact), code);
  };
  EXPECT_EQ(at(most, least, 1), 32767);
  EXPECT_EQ(at(most, least, -1), 0);
  EXPECT_EQ(at(least, most, 32767), 0);
  EXPECT_EQ(at(most, most, -32768), 0);
  EXPECT_EQ(at(most, most, 12345), 12345);
  // Next to zero h-swish is x / 2: that is just above a tie from the right, and
  // just above from the left, too.
  EXPECT_EQ(at(least, least, 1), 1);
  EXPECT_EQ(at(least, least, -1), 0);
  EXPECT_EQ(at(least, least, -3), -1);
  EXPECT_EQ(at(least, least, 5), 3);
}

TEST(QuantizedTest, TheTableIsInTheOrderOfBits) {
  auto a = makeSwish(8, 0.05f, 3, 0.05f, 0, Semantics::Tflite);
  auto table = makeTable(a);
  ASSERT_EQ(table.size(), 256u);
  for (int64_t code = -128; code < 128; ++code)
    EXPECT_EQ(table[code & 255].getSExtValue(), evaluate(a, code));
}

} // namespace
