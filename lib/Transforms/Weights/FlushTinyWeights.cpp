//===- FlushTinyWeights.cpp - Weights that are almost zero become zero ----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Weights.h"
#include "hswish/IR/HSwish.h"
#include "hswish/IR/Sizes.h"
#include "hswish/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

namespace hswish {
#define GEN_PASS_DEF_FLUSHTINYWEIGHTSPASS
#include "hswish/Transforms/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

/// Ten powers of two above the smallest normal number: gates and activations of
/// what is left make nothing subnormal, either.
static constexpr float kTiny = 0x1p-116F;

static bool isTiny(float x) { return x != 0 && std::fabs(x) < kTiny; }

static bool isFloats(DenseElementsAttr value) {
  return value && value.getElementType().isF32();
}

/// Returns how many elements of the constant have become zero.
static int64_t flush(OpOperand &operand, DenseElementsAttr value) {
  if (value.isSplat() && !isTiny(value.getSplatValue<float>()))
    return 0;
  SmallVector<float, 0> floats = getFloats(value);
  int64_t count = llvm::count_if(floats, isTiny);
  if (count == 0)
    return 0;
  for (float &x : floats)
    if (isTiny(x))
      x = 0;
  OpBuilder b(operand.getOwner());
  operand.set(arith::ConstantOp::create(
      b, operand.get().getLoc(),
      DenseElementsAttr::get(value.getType(), ArrayRef<float>(floats))));
  return count;
}

namespace {
struct FlushTinyWeightsPass
    : hswish::impl::FlushTinyWeightsPassBase<FlushTinyWeightsPass> {
  void runOnOperation() override {
    if (failed(verifySizes(getOperation())))
      return signalPassFailure();
    int64_t count = 0;
    getOperation()->walk([&](EpilogueOpInterface op) {
      DenseElementsAttr value;
      if (OpOperand *weights = getWeights(op, value))
        count += flush(*weights, value);
      for (OpOperand &extra : op.getExtrasMutable())
        if (DenseElementsAttr bias;
            matchPattern(extra.get(), m_Constant(&bias)) && isFloats(bias))
          count += flush(extra, bias);
    });
    if (count > 0)
      emitRemark(getOperation()->getLoc())
          << count << " weights below 1.2e-35 count as zero";
  }
};
} // namespace
