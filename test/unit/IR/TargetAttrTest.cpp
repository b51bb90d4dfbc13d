//===- TargetAttrTest.cpp - Target facts are found and answered -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/HSwish.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace hswish;

namespace {

constexpr llvm::StringLiteral kModule = R"(
  module attributes {hswish.target = #hswish.target<
      triple = "x86_64-unknown-linux-gnu", cpu = "x86-64-v3",
      vector_bits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {
    module {}
  })";

TEST(TargetAttrTest, IsFoundFromInside) {
  MLIRContext context;
  context.loadDialect<HSwishDialect>();
  auto module = parseSourceString<ModuleOp>(kModule, &context);
  ASSERT_TRUE(module);
  TargetAttr target = getTarget(&*module->getBody()->begin());
  ASSERT_TRUE(target);
  EXPECT_TRUE(target.isX86());
  EXPECT_TRUE(target.hasFma());
  EXPECT_EQ(target.getVectorBits(), 256);
}

TEST(TargetAttrTest, IsNullWithoutOne) {
  MLIRContext context;
  context.loadDialect<HSwishDialect>();
  auto module = parseSourceString<ModuleOp>("module {}", &context);
  EXPECT_FALSE(getTarget(*module));
}

TEST(TargetAttrTest, AnswersQueriesByName) {
  MLIRContext context;
  context.loadDialect<HSwishDialect>();
  auto module = parseSourceString<ModuleOp>(kModule, &context);
  TargetAttr target = getTarget(*module);
  auto answer = target.query(StringAttr::get(&context, "vector_bits"));
  ASSERT_TRUE(succeeded(answer));
  EXPECT_EQ(cast<IntegerAttr>(*answer).getInt(), 256);
  EXPECT_TRUE(failed(target.query(StringAttr::get(&context, "colour"))));
}

} // namespace
