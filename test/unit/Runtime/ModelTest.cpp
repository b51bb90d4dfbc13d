//===- ModelTest.cpp - Where a model's memory lies ------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Runtime/Model.h"
#include "hswish/Compiler/Compiler.h"

#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <fstream>
#include <sys/mman.h>

using namespace hswish;

namespace {

// Four megabytes of weights.
constexpr llvm::StringLiteral kNetwork = R"(
  func.func @net(%x: tensor<1x1024xf32>) -> tensor<1x1024xf32> {
    %w = arith.constant dense<0.5> : tensor<1024x1024xf32>
    %e = tensor.empty() : tensor<1x1024xf32>
    %0 = hswish.matmul ins(%x, %w : tensor<1x1024xf32>, tensor<1024x1024xf32>)
        outs(%e : tensor<1x1024xf32>) {
    ^bb0(%sum: f32):
      hswish.yield %sum : f32
    } -> tensor<1x1024xf32>
    return %0 : tensor<1x1024xf32>
  })";

/// The kilobytes of this process that are in huge pages.
int64_t getHugeKilobytes() {
  std::ifstream file("/proc/self/smaps_rollup");
  std::string word;
  while (file >> word)
    if (word == "AnonHugePages:") {
      int64_t kilobytes = 0;
      file >> kilobytes;
      return kilobytes;
    }
  return 0;
}

/// Whether the system has any to give.
bool hasHugePages() {
  auto workspace = Workspace::create(1);
  if (!workspace)
    return false;
  int64_t before = getHugeKilobytes();
  *static_cast<char *>((*workspace)->getData()) = 1;
  return getHugeKilobytes() > before;
}

TEST(ModelTest, JITPutsConstantsIntoHugePages) {
  if (!hasHugePages())
    GTEST_SKIP() << "no huge pages on this system";
  std::unique_ptr<mlir::MLIRContext> context = createContext();
  auto module =
      mlir::parseSourceString<mlir::ModuleOp>(kNetwork, context.get());
  ASSERT_TRUE(module);
  CompileOptions options;
  options.hugePages = false; // by a constructor: nothing calls it
  ASSERT_TRUE(succeeded(compile(*module, Stage::LLVM, options)));
  auto object = emitCode(*module, CodeKind::Object, options);
  ASSERT_TRUE(object);
  int64_t before = getHugeKilobytes();
  auto model = Model::link(std::move(object));
  ASSERT_TRUE(static_cast<bool>(model));
  // The first and the last page may be shared with something else.
  EXPECT_GE(getHugeKilobytes() - before, 2048);

  std::vector<float> x(1024, 2), y(1024);
  const void *input = x.data();
  void *output = y.data();
  ASSERT_FALSE((*model)->run(input, output));
  EXPECT_EQ(y, std::vector<float>(1024, 1024));
}

} // namespace
