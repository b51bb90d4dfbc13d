//===- TargetAttrTest.cpp - Target facts are found and answered -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/HSwish.h"
#include "hswish/Target/Target.h"
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

TEST(TargetAttrTest, GenericIsWhatIsAssumedWithoutOne) {
  MLIRContext context;
  context.loadDialect<HSwishDialect>();
  auto module = parseSourceString<ModuleOp>("module {}", &context);
  TargetAttr target = getTargetOrGeneric(*module);
  EXPECT_TRUE(target.isGeneric());
  EXPECT_TRUE(target.hasFma());
  EXPECT_FALSE(target.isX86() || target.isAArch64());
  EXPECT_EQ(target.getVectorBits(), 128);
  EXPECT_EQ(target.getCpuModel().name, "generic");
}

TEST(TargetAttrTest, RecordsAgreeWithWhatLLVMSays) {
  MLIRContext context;
  context.loadDialect<HSwishDialect>();
  for (const CpuModel *model : getCpuModels()) {
    EXPECT_EQ(lookupCpuModel(model->name), model);
    for (llvm::StringRef cpu : model->llvmNames) {
      EXPECT_EQ(lookupCpuModelByLLVMName(cpu), model) << cpu.str();
      std::string spec = model->fmaByElement ? "aarch64-unknown-linux-gnu"
                                             : "x86_64-unknown-linux-gnu";
      auto target = lookupTarget(spec + ",cpu=" + cpu.str(), &context, [&] {
        return emitError(UnknownLoc::get(&context));
      });
      ASSERT_TRUE(succeeded(target)) << cpu.str();
      EXPECT_EQ(&target->getCpuModel(), model) << cpu.str();
      EXPECT_EQ(target->getVectorBits(), model->vectorBits) << cpu.str();
      EXPECT_EQ(target->getRegisters(), model->registers) << cpu.str();
      EXPECT_EQ(target->getL2(), model->l2) << cpu.str();
    }
  }
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
