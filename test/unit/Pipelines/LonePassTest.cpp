//===- LonePassTest.cpp - Each pass works alone -----------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// hswish-opt loads every dialect, so a pass that forgets one in its
// dependentDialects works there and aborts inside another compiler. Here every
// registered pass of ours meets every input below in a context that has loaded
// what the input uses and nothing else.
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/HSwish.h"
#include "hswish/InitAll.h"
#include "mlir/InitAllDialects.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace mlir;
using llvm::StringRef;

namespace {

/// What the passes run on.
struct Input {
  const char *name;
  StringRef text;
  /// Passes that refuse it, with an error.
  llvm::SmallVector<StringRef> refusedBy;
};

const Input kInputs[] = {
    {"Empty", "module {}", {"hswish-emit-interface"}},
    {"NothingToDo",
     R"(
      func.func private @declared(f32) -> f32
      func.func @empty() { return }
      func.func private @arithmetic(%x: f32, %y: f32) -> f32 {
        %0 = arith.subf %x, %y : f32
        %1 = call @declared(%0) : (f32) -> f32
        return %1 : f32
      }
      func.func private @dynamic(%m: memref<?xf32>, %i: index) -> f32 {
        %0 = memref.load %m[%i] : memref<?xf32>
        return %0 : f32
      })",
     {"hswish-emit-interface", "hswish-reject-calls"}},
    {"Spelling",
     R"(
      func.func @spelt(%x: tensor<4x?xf32>) -> tensor<4x?xf32> {
        %c0 = arith.constant 1 : index
        %d = tensor.dim %x, %c0 : tensor<4x?xf32>
        %e = tensor.empty(%d) : tensor<4x?xf32>
        %0 = linalg.generic {
            indexing_maps = [affine_map<(m, n) -> (m, n)>,
                             affine_map<(m, n) -> (m, n)>],
            iterator_types = ["parallel", "parallel"]}
            ins(%x : tensor<4x?xf32>) outs(%e : tensor<4x?xf32>) {
        ^bb0(%in: f32, %out: f32):
          %zero = arith.constant 0.0 : f32
          %three = arith.constant 3.0 : f32
          %six = arith.constant 6.0 : f32
          %1 = arith.addf %in, %three : f32
          %2 = arith.maximumf %1, %zero : f32
          %3 = arith.minimumf %2, %six : f32
          %4 = arith.mulf %in, %3 : f32
          %5 = arith.divf %4, %six : f32
          linalg.yield %5 : f32
        } -> tensor<4x?xf32>
        return %0 : tensor<4x?xf32>
      })",
     {"hswish-emit-interface", "hswish-results-to-outputs"}},
    {"Activations",
     R"(
      module attributes {hswish.target = #hswish.target<
          triple = "x86_64-unknown-linux-gnu", cpu = "x86-64-v3",
          vector_bits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {
        func.func private @scalar(%x: f16, %v: vector<8xf32>)
            -> (f16, vector<8xf32>) {
          %0 = hswish.hard_swish %x : f16
          %1 = hswish.hard_sigmoid %v accuracy<torch> : vector<8xf32>
          %2 = hswish.relu6 %1 : vector<8xf32>
          return %0, %2 : f16, vector<8xf32>
        }
        func.func @tensor(%t: tensor<2x8xf32>) -> tensor<2x8xf32> {
          %0 = hswish.swish %t : tensor<2x8xf32>
          %1 = hswish.hard_swish_grad %0, %t : tensor<2x8xf32>
          return %1 : tensor<2x8xf32>
        }
      })",
     {"hswish-bufferize", "hswish-emit-interface"}},
    {"Halves",
     R"(
      func.func @halves(%x: tensor<2x8xf16>) -> tensor<2x8xf16> {
        %c = arith.constant dense<0.5> : tensor<2x8xf16>
        %0 = arith.mulf %x, %c : tensor<2x8xf16>
        %1 = hswish.hard_swish %0 : tensor<2x8xf16>
        return %1 : tensor<2x8xf16>
      })",
     {"hswish-bufferize", "hswish-emit-interface"}},
    {"Network",
     R"(
      func.func @network(%x: tensor<1x3x9x9xf32>, %w: tensor<8x3x3x3xf32>)
          -> tensor<1x4x4x8xf32> {
        %zero = arith.constant 0.0 : f32
        %scale = arith.constant dense<2.0> : tensor<1x8x4x4xf32>
        %e = tensor.empty() : tensor<1x8x4x4xf32>
        %0 = linalg.fill ins(%zero : f32) outs(%e : tensor<1x8x4x4xf32>)
            -> tensor<1x8x4x4xf32>
        %1 = linalg.conv_2d_nchw_fchw {strides = dense<2> : tensor<2xi64>}
            ins(%x, %w : tensor<1x3x9x9xf32>, tensor<8x3x3x3xf32>)
            outs(%0 : tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
        %2 = arith.mulf %1, %scale : tensor<1x8x4x4xf32>
        %3 = math.exp %2 : tensor<1x8x4x4xf32>
        %n = tensor.empty() : tensor<1x4x4x8xf32>
        %4 = linalg.transpose ins(%3 : tensor<1x8x4x4xf32>)
            outs(%n : tensor<1x4x4x8xf32>) permutation = [0, 2, 3, 1]
        return %4 : tensor<1x4x4x8xf32>
      })",
     {"hswish-bufferize", "hswish-emit-interface"}},
    {"Structured",
     R"(
      module attributes {hswish.target = #hswish.target<
          triple = "aarch64-unknown-linux-gnu", cpu = "generic",
          vector_bits = 128, registers = 32, l1 = 32768, l2 = 1048576>} {
        func.func @structured(%x: tensor<1x8x8x16xf32>, %b: tensor<16xf32>)
            -> tensor<1x8x8x16xf32> {
          %w1 = arith.constant dense<0.25> : tensor<1x1x16x16xf32>
          %w2 = arith.constant dense<0.25> : tensor<3x3x1x16xf32>
          %e = tensor.empty() : tensor<1x8x8x16xf32>
          %0 = hswish.conv_2d
              ins(%x, %w1 : tensor<1x8x8x16xf32>, tensor<1x1x16x16xf32>)
              epilogue(%b : tensor<16xf32>) outs(%e : tensor<1x8x8x16xf32>)
              attributes {epilogue_maps = [affine_map<(n, h, w, c) -> (c)>]} {
          ^bb0(%acc: f32, %bias: f32):
            %1 = "arith.addf"(%acc, %bias) : (f32, f32) -> f32
            %2 = hswish.hard_swish %1 : f32
            hswish.yield %2 : f32
          } -> tensor<1x8x8x16xf32>
          %3 = hswish.conv_2d
              ins(%0, %w2 : tensor<1x8x8x16xf32>, tensor<3x3x1x16xf32>)
              outs(%e : tensor<1x8x8x16xf32>)
              attributes {groups = 16 : i64, pads = array<i64: 1, 1, 1, 1>} {
          ^bb0(%acc: f32):
            hswish.yield %acc : f32
          } -> tensor<1x8x8x16xf32>
          return %3 : tensor<1x8x8x16xf32>
        }
      })",
     {"hswish-emit-interface"}},
    {"Memory",
     R"(
      memref.global "private" constant @w : memref<64x16xf32> = dense<1.0>
      func.func @memory(%x: memref<1x64xf32>, %y: memref<1x16xf32>) {
        %w = memref.get_global @w : memref<64x16xf32>
        %a = memref.alloc() : memref<1x16xf32>
        hswish.matmul ins(%x, %w : memref<1x64xf32>, memref<64x16xf32>)
            outs(%a : memref<1x16xf32>)
            attributes {strategy = #hswish.strategy<kernel = gemv, vector = 4,
                rows = 1, columns = 1, unroll = 1, order = rows,
                blocks = [16]>} {
        ^bb0(%acc: f32):
          %0 = hswish.hard_swish %acc : f32
          hswish.yield %0 : f32
        }
        memref.copy %a, %y : memref<1x16xf32> to memref<1x16xf32>
        memref.dealloc %a : memref<1x16xf32>
        return
      })",
     {"hswish-emit-interface", "hswish-results-to-outputs"}},
};

/// Every registered pass. The registry tells their names to nobody but the
/// reader of its help.
std::vector<const PassInfo *> getPasses() {
  hswish::registerAllPasses();
  llvm::outs().flush();
  testing::internal::CaptureStdout();
  printRegisteredPasses();
  llvm::outs().flush();
  std::string help = testing::internal::GetCapturedStdout();
  std::vector<const PassInfo *> passes;
  for (StringRef line : llvm::split(help, '\n')) {
    StringRef name = line.ltrim(" -").split(' ').first.rtrim('-');
    if (const PassInfo *pass = PassInfo::lookup(name))
      passes.push_back(pass);
  }
  return passes;
}

/// Runs a pass in a context that can load every dialect but has not.
void expectRuns(const Input &input, const PassRegistryEntry &pass) {
  SCOPED_TRACE(pass.getPassArgument().str() + " on " + input.name);
  DialectRegistry registry;
  mlir::registerAllDialects(registry);
  hswish::registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  std::string errors;
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
      errors += diagnostic.str() + "\n";
  });
  auto module = parseSourceString<ModuleOp>(input.text, &context);
  ASSERT_TRUE(module) << errors;
  auto manager =
      PassManager::on<ModuleOp>(&context, OpPassManager::Nesting::Implicit);
  ASSERT_TRUE(succeeded(pass.addToPipeline(
      manager, "", [](const Twine &) { return failure(); })));
  bool isRefused = llvm::is_contained(input.refusedBy, pass.getPassArgument());
  EXPECT_EQ(failed(manager.run(*module)), isRefused) << errors;
  EXPECT_EQ(errors.empty(), !isRefused) << errors;
}

class LonePassTest : public testing::TestWithParam<Input> {};

TEST_P(LonePassTest, Runs) {
  std::vector<const PassInfo *> passes = getPasses();
  EXPECT_GE(passes.size(), 20u);
  for (const PassInfo *pass : passes)
    expectRuns(GetParam(), *pass);
}

// The whole road brings all its dialects along, too.
TEST(LonePipelineTest, Runs) {
  hswish::registerAllPasses();
  for (const Input &input : kInputs)
    if (StringRef("Halves Network Structured").contains(input.name))
      expectRuns(input, *PassPipelineInfo::lookup("hswish-compile"));
}

INSTANTIATE_TEST_SUITE_P(Inputs, LonePassTest, testing::ValuesIn(kInputs),
                         [](const testing::TestParamInfo<Input> &info) {
                           return std::string(info.param.name);
                         });

} // namespace
