//===- NarrowWeights.cpp - Weights of matrix-vector products as f16 -------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Kernels/KernelFamily.h"
#include "hswish/Codegen/Passes.h"
#include "hswish/IR/HSwish.h"
#include "hswish/IR/Sizes.h"
#include "hswish/IR/TargetFeatures.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

namespace hswish {
#define GEN_PASS_DEF_NARROWWEIGHTSPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

/// `value` as f16; null if a finite number would become infinite.
static DenseElementsAttr narrow(DenseElementsAttr value) {
  Type f16 = Float16Type::get(value.getContext());
  SmallVector<APFloat, 0> halves;
  halves.reserve(value.getNumElements());
  for (APFloat weight : value.getValues<APFloat>()) {
    bool losesInfo, isFinite = weight.isFinite();
    weight.convert(APFloat::IEEEhalf(), APFloat::rmNearestTiesToEven,
                   &losesInfo);
    if (isFinite && !weight.isFinite())
      return nullptr;
    halves.push_back(weight);
  }
  return DenseElementsAttr::get(cast<ShapedType>(value.getType().clone(f16)),
                                halves);
}

namespace {
struct NarrowWeightsPass
    : hswish::impl::NarrowWeightsPassBase<NarrowWeightsPass> {
  void runOnOperation() override {
    if (failed(verifySizes(getOperation())))
      return signalPassFailure();
    getOperation()->walk([](KernelOpInterface op) {
      const KernelFamily *family = getKernelFamily(op);
      OpOperand *weights = op.getWeights();
      DenseElementsAttr value;
      if (!family || !family->takesNarrowWeights(op.getStrategyAttr()) ||
          !weights || !matchPattern(weights->get(), m_Constant(&value)) ||
          !value.getElementType().isF32())
        return;
      if (!hasHalfConversions(getTargetOrGeneric(op))) {
        op->emitRemark("weights stay f32: the target does not widen f16 by an "
                       "instruction");
        return;
      }
      DenseElementsAttr halves = narrow(value);
      if (!halves) {
        op->emitRemark("weights stay f32: they are beyond the range of f16");
        return;
      }
      OpBuilder b(op);
      weights->set(
          arith::ConstantOp::create(b, weights->get().getLoc(), halves));
    });
  }
};
} // namespace
