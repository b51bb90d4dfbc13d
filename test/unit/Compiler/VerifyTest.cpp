//===- VerifyTest.cpp - Wrong code is found, and named --------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A fault is put into the code generator's road: what a pass left is changed
// before the next pass sees it, in every model that a verification compiles.
//
//===----------------------------------------------------------------------===//

#include "hswish/Compiler/Compiler.h"
#include "hswish/Compiler/Diagnostics.h"
#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassInstrumentation.h"

#include "gtest/gtest.h"

#include <random>

using namespace mlir;
using namespace hswish;

namespace {

#if defined(__x86_64__)
constexpr const char *kTarget = "x86-64-v2";
#else
constexpr const char *kTarget = "host";
#endif

/// expand -> depthwise -> project, on an image that is computed in strips, then
/// the average and a classifier. Ten channels are no multiple of any vector.
constexpr const char *kNet = R"mlir(
#c = affine_map<(n, h, w, c) -> (c)>
#n = affine_map<(m, n) -> (n)>
func.func @net(%x: tensor<1x56x56x16xf32>) -> tensor<1x10xf32> {
  %w0 = arith.constant dense<0.0> : tensor<1x1x16x64xf32>
  %w1 = arith.constant dense<0.0> : tensor<3x3x1x64xf32>
  %w2 = arith.constant dense<0.0> : tensor<1x1x64x10xf32>
  %w3 = arith.constant dense<0.0> : tensor<3x3x10x10xf32>
  %w4 = arith.constant dense<0.0> : tensor<10x10xf32>
  %b0 = arith.constant dense<0.0> : tensor<64xf32>
  %b2 = arith.constant dense<0.0> : tensor<10xf32>
  %i0 = tensor.empty() : tensor<1x56x56x64xf32>
  %0 = hswish.conv_2d
      ins(%x, %w0 : tensor<1x56x56x16xf32>, tensor<1x1x16x64xf32>)
      epilogue(%b0 : tensor<64xf32>) outs(%i0 : tensor<1x56x56x64xf32>)
      attributes {epilogue_maps = [#c]} {
    ^bb0(%acc: f32, %b: f32):
      %s = arith.addf %acc, %b : f32
      %h = hswish.hard_swish %s : f32
      hswish.yield %h : f32
  } -> tensor<1x56x56x64xf32> loc(fused<"Conv">["expand"("net.onnx":0:0)])
  %i1 = tensor.empty() : tensor<1x56x56x64xf32>
  %1 = hswish.conv_2d
      ins(%0, %w1 : tensor<1x56x56x64xf32>, tensor<3x3x1x64xf32>)
      outs(%i1 : tensor<1x56x56x64xf32>)
      attributes {pads = array<i64: 1, 1, 1, 1>, groups = 64} {
    ^bb0(%acc: f32):
      %h = hswish.hard_swish %acc : f32
      hswish.yield %h : f32
  } -> tensor<1x56x56x64xf32> loc(fused<"Conv">["depthwise"("net.onnx":0:0)])
  %i2 = tensor.empty() : tensor<1x56x56x10xf32>
  %2 = hswish.conv_2d
      ins(%1, %w2 : tensor<1x56x56x64xf32>, tensor<1x1x64x10xf32>)
      epilogue(%b2 : tensor<10xf32>) outs(%i2 : tensor<1x56x56x10xf32>)
      attributes {epilogue_maps = [#c]} {
    ^bb0(%acc: f32, %b: f32):
      %s = arith.addf %acc, %b : f32
      hswish.yield %s : f32
  } -> tensor<1x56x56x10xf32> loc(fused<"Conv">["project"("net.onnx":0:0)])
  %i3 = tensor.empty() : tensor<1x28x28x10xf32>
  %3 = hswish.conv_2d
      ins(%2, %w3 : tensor<1x56x56x10xf32>, tensor<3x3x10x10xf32>)
      outs(%i3 : tensor<1x28x28x10xf32>)
      attributes {pads = array<i64: 1, 1, 0, 0>, strides = array<i64: 2, 2>} {
    ^bb0(%acc: f32):
      hswish.yield %acc : f32
  } -> tensor<1x28x28x10xf32> loc(fused<"Conv">["reduce"("net.onnx":0:0)])
  %i4 = tensor.empty() : tensor<1x1x1x10xf32>
  %4 = hswish.pool_2d average ins(%3 : tensor<1x28x28x10xf32>)
      outs(%i4 : tensor<1x1x1x10xf32>)
      {kernel = array<i64: 28, 28>} -> tensor<1x1x1x10xf32>
      loc(fused<"GlobalAveragePool">["pool"("net.onnx":0:0)])
  %f = tensor.collapse_shape %4 [[0, 1, 2], [3]]
      : tensor<1x1x1x10xf32> into tensor<1x10xf32>
  %i5 = tensor.empty() : tensor<1x10xf32>
  %5 = hswish.matmul ins(%f, %w4 : tensor<1x10xf32>, tensor<10x10xf32>)
      outs(%i5 : tensor<1x10xf32>) {
    ^bb0(%acc: f32):
      hswish.yield %acc : f32
  } -> tensor<1x10xf32> loc(fused<"Gemm">["classify"("net.onnx":0:0)])
  return %5 : tensor<1x10xf32>
}
)mlir";

using Change = std::function<void(Operation *)>;

/// Changes what a pass left.
struct Fault : PassInstrumentation {
  Fault(std::string after, Change change)
      : after(std::move(after)), change(std::move(change)) {}

  void runAfterPass(Pass *pass, Operation *op) override {
    if (pass->getArgument() == after)
      change(op);
  }

  std::string after;
  Change change;
};

struct Outcome {
  bool passed;
  std::string verdict, message;
};

class VerifyTest : public ::testing::Test {
protected:
  VerifyTest() : context(createContext()) {
    handleDiagnostics(context.get(), [this](DiagnosticSeverity severity,
                                            const std::string &text) {
      if (severity == DiagnosticSeverity::Error)
        message += text + "\n";
    });
    module = parseSourceString<ModuleOp>(kNet, context.get());
    fillConstants();
  }

  /// Seeded numbers in place of the zeros.
  void fillConstants() {
    std::minstd_rand generator;
    module->walk([&](arith::ConstantOp op) {
      auto type = dyn_cast<RankedTensorType>(op.getType());
      if (!type)
        return;
      SmallVector<float, 0> numbers;
      for (int64_t i = 0; i < type.getNumElements(); ++i)
        numbers.push_back(generator() / 4294967296.0 - 0.2);
      op.setValueAttr(DenseElementsAttr::get(type, ArrayRef(numbers)));
    });
  }

  Outcome verify(const std::string &after = "", Change change = {}) {
    CompileOptions options;
    options.target = kTarget;
    options.verify = true;
    bool changed = false;
    options.configure = [&](PassManager &pm) {
      if (change)
        pm.addInstrumentation(std::make_unique<Fault>(
            after, [&](Operation *op) { change(op), changed = true; }));
      return success();
    };
    bool passed = succeeded(compile(*module, Stage::LLVM, options));
    EXPECT_EQ(changed, static_cast<bool>(change)) << after;
    auto verdict = (*module)->getAttrOfType<StringAttr>("hswish.verification");
    return {passed, verdict ? verdict.str() : "", message};
  }

  /// Demands that the fault is found, and in that layer.
  void expectFound(const std::string &after, Change change,
                   const std::string &layer) {
    Outcome outcome = verify(after, change);
    EXPECT_FALSE(outcome.passed);
    EXPECT_EQ(outcome.verdict, "");
    EXPECT_NE(outcome.message.find("net.onnx: node '" + layer + "'"),
              std::string::npos)
        << outcome.message;
    EXPECT_NE(outcome.message.find("by the reference"), std::string::npos)
        << outcome.message;
  }

  std::unique_ptr<MLIRContext> context;
  OwningOpRef<ModuleOp> module;
  std::string message;
};

/// Calls `change` with each convolution, or matmul, of this name.
Change inLayer(const std::string &name, Change change) {
  return [=](Operation *module) {
    module->walk([&](Operation *op) {
      if (!isa<Conv2DOp, MatmulOp, Pool2DOp>(op))
        return;
      std::string text;
      llvm::raw_string_ostream(text) << op->getLoc();
      if (text.find("\"" + name + "\"") != std::string::npos)
        change(op);
    });
  };
}

/// Changes element `index` of a constant operand; from the end if negative.
Change changeConstant(unsigned operand, int64_t index) {
  return [=](Operation *op) {
    DenseElementsAttr value;
    ASSERT_TRUE(matchPattern(op->getOperand(operand), m_Constant(&value)));
    SmallVector<float, 0> numbers(value.getValues<float>());
    numbers[index < 0 ? numbers.size() + index : index] += 0.125;
    OpBuilder b(op);
    op->setOperand(operand, arith::ConstantOp::create(
                                b, op->getLoc(),
                                DenseElementsAttr::get(value.getType(),
                                                       ArrayRef(numbers))));
  };
}

constexpr const char *kPacked = "hswish-pack-weights";

TEST_F(VerifyTest, RightCodePasses) {
  Outcome outcome = verify();
  EXPECT_TRUE(outcome.passed) << outcome.message;
  EXPECT_EQ(outcome.verdict.find("verified: "), 0u) << outcome.verdict;
  EXPECT_NE(outcome.verdict.find("(6 layers, largest difference "),
            std::string::npos)
      << outcome.verdict;
}

TEST_F(VerifyTest, WrongWeight) {
  expectFound(kPacked, inLayer("depthwise", changeConstant(1, 100)),
              "depthwise");
}

TEST_F(VerifyTest, WrongWeightOfAMatmul) {
  expectFound(kPacked, inLayer("classify", changeConstant(1, 7)), "classify");
}

TEST_F(VerifyTest, WrongTailOfChannels) {
  // The bias of the last channel, which is not in a whole vector.
  expectFound(kPacked, inLayer("project", changeConstant(2, -1)), "project");
}

TEST_F(VerifyTest, WrongTapsAtABorder) {
  // The window is a row too far down.
  expectFound(
      kPacked,
      inLayer("depthwise",
              [](Operation *op) { cast<Conv2DOp>(op).setPads({0, 1, 2, 1}); }),
      "depthwise");
}

TEST_F(VerifyTest, WrongBorder) {
  expectFound(
      "hswish-results-to-outputs",
      [](Operation *module) {
        module->walk([](FillBorderOp op) {
          op.setValueAttr(FloatAttr::get(op.getValue().getType(), 1));
        });
      },
      "reduce");
}

TEST_F(VerifyTest, WrongOrderOfAnEpilogue) {
  // h-swish before the bias.
  expectFound(kPacked,
              inLayer("expand",
                      [](Operation *op) {
                        Block &body = op->getRegion(0).front();
                        auto add = cast<arith::AddFOp>(body.front());
                        Operation *swish = add->getNextNode();
                        swish->moveBefore(add);
                        swish->setOperand(0, body.getArgument(0));
                        add.getLhsMutable().assign(swish->getResult(0));
                        body.getTerminator()->setOperand(0, add.getResult());
                      }),
              "expand");
}

TEST_F(VerifyTest, LostEpilogue) {
  expectFound(kPacked,
              inLayer("depthwise",
                      [](Operation *op) {
                        Block &body = op->getRegion(0).front();
                        body.getTerminator()->setOperand(0,
                                                         body.getArgument(0));
                      }),
              "depthwise");
}

TEST_F(VerifyTest, WrongWindowOfAPool) {
  expectFound(kPacked,
              inLayer("pool",
                      [](Operation *op) {
                        auto pool = cast<Pool2DOp>(op);
                        if (pool.getKernel()[1] == 28)
                          pool.setKernel({pool.getKernel()[0], 27});
                      }),
              "pool");
}

TEST_F(VerifyTest, WrongRowsOfAStrip) {
  // Bands do not move on: only the model as a whole has any.
  Outcome outcome = verify("hswish-fuse-strips", [](Operation *module) {
    module->walk([](linalg::GenericOp copy) {
      if (copy->getParentOfType<scf::ForOp>())
        copy.erase();
    });
  });
  EXPECT_FALSE(outcome.passed);
  EXPECT_NE(
      outcome.message.find("in the whole, together with node 'expand' (Conv)"),
      std::string::npos)
      << outcome.message;
}

} // namespace
