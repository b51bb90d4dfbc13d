//===- PackWeights.cpp - Weights in the order of their kernels ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Kernels/KernelFamily.h"
#include "hswish/Codegen/Passes.h"
#include "hswish/IR/ElementTypes.h"
#include "hswish/IR/HSwish.h"
#include "hswish/IR/Sizes.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"

namespace hswish {
#define GEN_PASS_DEF_PACKWEIGHTSPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

namespace {
/// Weights as a matrix: one row for each step of the reduction, one column for
/// each output channel, the channels of a group side by side.
struct WeightMatrix {
  int64_t rows, columns, groups;
};
} // namespace

/// The bytes of a constant that is not a splat, or nothing.
static ArrayRef<char> getBytes(Attribute value) {
  if (auto dense = dyn_cast<DenseElementsAttr>(value))
    return dense.isSplat() ? ArrayRef<char>() : dense.getRawData();
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value))
    if (AsmResourceBlob *blob = resource.getRawHandle().getBlob())
      return blob->getData();
  return {};
}

/// [group][block][row][width of the block].
static DenseElementsAttr pack(ElementsAttr value, WeightMatrix matrix,
                              ArrayRef<int64_t> blocks) {
  Type element = value.getElementType();
  auto type = RankedTensorType::get({matrix.rows * matrix.columns}, element);
  if (auto splat = dyn_cast<SplatElementsAttr>(value))
    return splat.resizeSplat(type);
  ArrayRef<char> bytes = getBytes(value);
  size_t size = getElementBytes(element);
  if (!isWholeBytes(element) ||
      bytes.size() != matrix.rows * matrix.columns * size)
    return {};
  std::vector<char> packed(bytes.size());
  char *to = packed.data();
  int64_t groupColumns = matrix.columns / matrix.groups;
  for (int64_t group = 0; group < matrix.groups; ++group) {
    int64_t column = group * groupColumns;
    for (int64_t width : blocks) {
      for (int64_t row = 0; row < matrix.rows; ++row) {
        const char *from =
            bytes.data() + (row * matrix.columns + column) * size;
        to = std::copy_n(from, width * size, to);
      }
      column += width;
    }
  }
  return DenseElementsAttr::getFromRawBuffer(type, packed);
}

/// The packed constant that `weights` becomes, or null if it is none.
static Value packConstant(Operation *op, Value weights, WeightMatrix matrix,
                          ArrayRef<int64_t> blocks) {
  Attribute value;
  if (!isa<RankedTensorType>(weights.getType()) ||
      !matchPattern(weights, m_Constant(&value)))
    return {};
  auto elements = dyn_cast<ElementsAttr>(value);
  int64_t sum = 0;
  for (int64_t width : blocks)
    sum += width;
  if (!elements || sum != matrix.columns / matrix.groups)
    return {};
  DenseElementsAttr packed = pack(elements, matrix, blocks);
  if (!packed)
    return {};
  OpBuilder b(op);
  return arith::ConstantOp::create(b, weights.getLoc(), packed);
}

static void packWeights(KernelOpInterface op) {
  OpOperand *weights = op.getWeights();
  const KernelFamily *family = getKernelFamily(op);
  if (!weights || !family || op.isPacked())
    return;
  auto [groups, blocks] = family->getPackedLayout(op, op.getStrategyAttr());
  SmallVector<int64_t> shape = op.getWeightsShape();
  int64_t columns = shape.pop_back_val();
  WeightMatrix matrix{llvm::product_of(shape), columns, groups};
  if (Value packed = packConstant(op, weights->get(), matrix, blocks))
    op.setPackedWeights(packed);
}

namespace {
struct PackWeightsPass : hswish::impl::PackWeightsPassBase<PackWeightsPass> {
  void runOnOperation() override {
    if (failed(verifySizes(getOperation())))
      return signalPassFailure();
    getOperation()->walk(packWeights);
  }
};
} // namespace
