//===- Weights.cpp - Constant weights and biases of structured ops --------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Weights.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace hswish;

//===----------------------------------------------------------------------===//
// Constants by channel
//===----------------------------------------------------------------------===//

bool hswish::isAll(const Channels &channels, double value) {
  return llvm::all_of(channels, [&](double c) { return c == value; });
}

bool hswish::areFinite(const Channels &channels) {
  return llvm::all_of(channels, [](double c) { return std::isfinite(c); });
}

std::optional<Channels> hswish::getChannels(const ElementSource &source) {
  if (auto splat = dyn_cast_if_present<FloatAttr>(getSplat(source)))
    return Channels{splat.getValueAsDouble()};
  DenseElementsAttr constant;
  if (!matchPattern(source.tensor, m_Constant(&constant)) ||
      constant.getType().getRank() != 1 || source.map.getNumResults() != 1 ||
      !constant.getElementType().isF32())
    return std::nullopt;
  auto dim = dyn_cast<AffineDimExpr>(source.map.getResult(0));
  if (!dim || dim.getPosition() + 1 != source.map.getNumDims())
    return std::nullopt;
  return Channels(constant.getValues<float>());
}

std::optional<Channels> hswish::getChannels(EpilogueOpInterface op,
                                            Value element) {
  FloatAttr scalar;
  if (matchPattern(element, m_Constant(&scalar)))
    return Channels{scalar.getValueAsDouble()};
  auto arg = dyn_cast<BlockArgument>(element);
  if (!arg || arg.getOwner() != &op.getEpilogueBlock() ||
      arg.getArgNumber() == 0)
    return std::nullopt;
  unsigned extra = arg.getArgNumber() - 1;
  return getChannels({op.getExtras()[extra], op.getEpilogueMapValues()[extra]});
}

//===----------------------------------------------------------------------===//
// Convolutions and matmuls alike
//===----------------------------------------------------------------------===//

OpOperand *hswish::getWeights(EpilogueOpInterface op,
                              DenseElementsAttr &value) {
  OpOperand *weights = nullptr;
  if (auto conv = dyn_cast<Conv2DOp>(op.getOperation()))
    weights = conv.isPacked() ? nullptr : &conv.getFilterMutable();
  else if (auto matmul = dyn_cast<MatmulOp>(op.getOperation()))
    weights = matmul.isPacked() ? nullptr : &matmul.getRhsMutable();
  if (!weights || !matchPattern(weights->get(), m_Constant(&value)) ||
      !value.getElementType().isF32() ||
      !getElementTypeOrSelf(op->getResult(0)).isF32())
    return nullptr;
  return weights;
}

int64_t hswish::getGroups(EpilogueOpInterface op) {
  auto conv = dyn_cast<Conv2DOp>(op.getOperation());
  return conv ? conv.getGroups() : 1;
}

SmallVector<float, 0> hswish::getFloats(DenseElementsAttr value) {
  if (value.isSplat())
    return SmallVector<float, 0>(value.getNumElements(),
                                 value.getSplatValue<float>());
  const auto *data = reinterpret_cast<const float *>(value.getRawData().data());
  return SmallVector<float, 0>(data, data + value.getNumElements());
}

void hswish::scaleWeights(OpBuilder &b, EpilogueOpInterface op,
                          const Channels &in, const Channels &out) {
  DenseElementsAttr value;
  OpOperand *weights = getWeights(op, value);
  SmallVector<float, 0> floats = getFloats(value);
  forEachWeight(
      op, value.getType().getShape(), [&](int64_t i, int64_t c, int64_t o) {
        floats[i] = static_cast<float>(floats[i] * (at(in, c) * at(out, o)));
      });
  weights->set(arith::ConstantOp::create(
      b, weights->get().getLoc(),
      DenseElementsAttr::get(value.getType(), ArrayRef<float>(floats))));
}

Value hswish::prependBias(OpBuilder &b, EpilogueOpInterface op,
                          const Channels &bias) {
  Block &block = op.getEpilogueBlock();
  Location loc = op->getLoc();
  OpBuilder inside = OpBuilder::atBlockBegin(&block);
  Value number;
  if (bias.size() == 1) {
    number = arith::ConstantOp::create(inside, loc, b.getF32FloatAttr(bias[0]));
  } else {
    SmallVector<float> floats(bias.begin(), bias.end());
    auto type = RankedTensorType::get(bias.size(), b.getF32Type());
    Value constant = arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(type, ArrayRef<float>(floats)));
    unsigned rank = cast<ShapedType>(op->getResult(0).getType()).getRank();
    SmallVector<Attribute> maps = llvm::to_vector(op.getEpilogueMaps());
    maps.push_back(AffineMapAttr::get(
        AffineMap::get(rank, 0, b.getAffineDimExpr(rank - 1))));
    op.setEpilogueMapsAttr(b.getArrayAttr(maps));
    op.getExtrasMutable().append(constant);
    number = block.addArgument(b.getF32Type(), loc);
  }
  return arith::AddFOp::create(inside, loc, block.getArgument(0), number);
}

void hswish::dropUnusedExtras(OpBuilder &b, EpilogueOpInterface op) {
  Block &block = op.getEpilogueBlock();
  SmallVector<Attribute> maps = llvm::to_vector(op.getEpilogueMaps());
  for (int64_t i = static_cast<int64_t>(maps.size()) - 1; i >= 0; --i) {
    if (!block.getArgument(i + 1).use_empty())
      continue;
    block.eraseArgument(i + 1);
    op.getExtrasMutable().erase(i);
    maps.erase(maps.begin() + i);
  }
  op.setEpilogueMapsAttr(b.getArrayAttr(maps));
}
