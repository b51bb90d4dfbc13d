//===- Epilogue.cpp - Epilogues on registers ------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Epilogue.h"

#include "hswish/IR/ElementTypes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/Utils/MemRefUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace hswish;

FailureOr<EpilogueEmitter> EpilogueEmitter::create(TileBuilder &t,
                                                   EpilogueOpInterface op) {
  EpilogueEmitter epilogue(op);
  auto dstOp = cast<DestinationStyleOpInterface>(op.getOperation());
  SmallVector<Size> outputs = t.getSizes(dstOp.getDpsInits()[0]);
  for (auto [extra, map] :
       llvm::zip_equal(op.getExtras(), op.getEpilogueMapValues())) {
    SmallVector<Size> sizes = t.getSizes(extra);
    for (auto [expr, size] : llvm::zip_equal(map.getResults(), sizes))
      if (auto dim = dyn_cast<AffineDimExpr>(expr); dim && !size.isConstant())
        size = outputs[dim.getPosition()];
    FailureOr<FlatMemRef> flat = t.flatten(extra, sizes);
    if (failed(flat))
      return failure();
    flat->strides = t.getStridesByDims(*flat, map);
    epilogue.extras.push_back(std::move(*flat));
  }
  epilogue.peelBias();
  return epilogue;
}

void EpilogueEmitter::peelBias() {
  Block &block = op.getEpilogueBlock();
  BlockArgument acc = block.getArgument(0);
  if (!acc.hasOneUse())
    return;
  auto add = dyn_cast<arith::AddFOp>(*acc.user_begin());
  if (!add || add.getLhs() == add.getRhs())
    return;
  auto other = dyn_cast<BlockArgument>(add.getLhs() == acc ? add.getRhs()
                                                           : add.getLhs());
  if (!other || other.getOwner() != &block)
    return;
  // One value a channel: nothing else moves it.
  unsigned i = other.getArgNumber() - 1;
  ArrayRef<Size> strides = extras[i].strides;
  if (llvm::any_of(strides.drop_back(), [](const Size &s) { return s != 0; }))
    return;
  biasAdd = add;
  bias = i;
}

Value EpilogueEmitter::loadExtra(TileBuilder &t, unsigned i, Index at,
                                 int64_t width) {
  const Size &step = extras[i].strides.back();
  if (step == 0)
    return t.broadcast(t.load(extras[i], at), width);
  return t.loadVector(extras[i], at, width, step);
}

bool EpilogueEmitter::allowsOverlap() const {
  EpilogueOpInterface epilogue = op;
  auto dstOp = cast<DestinationStyleOpInterface>(epilogue.getOperation());
  Value result =
      memref::skipViewLikeOps(cast<MemrefValue>(dstOp.getDpsInits()[0]));
  return llvm::none_of(epilogue.getExtras(), [&](Value extra) {
    return memref::skipViewLikeOps(cast<MemrefValue>(extra)) == result;
  });
}

Value EpilogueEmitter::getInitial(TileBuilder &t, ArrayRef<Index> at,
                                  int64_t width) {
  if (biasAdd)
    return loadExtra(t, bias, at[bias], width);
  return t.splat(op.getEpilogueBlock().getArgument(0).getType(), width, 0.0);
}

Value hswish::vectorizeOp(TileBuilder &t, Operation &inner, IRMapping &mapping,
                          int64_t width) {
  OpBuilder &b = t.builder();
  auto type = VectorType::get(width, inner.getResult(0).getType());
  if (auto constant = dyn_cast<arith::ConstantOp>(inner))
    return arith::ConstantOp::create(
        b, t.getLoc(), DenseElementsAttr::get(type, constant.getValue()));
  for (Value operand : inner.getOperands()) {
    if (mapping.contains(operand))
      continue;
    Attribute value;
    if (matchPattern(operand, m_Constant(&value)))
      mapping.map(operand,
                  arith::ConstantOp::create(
                      b, t.getLoc(),
                      DenseElementsAttr::get(
                          VectorType::get(width, operand.getType()), value)));
    else
      mapping.map(operand, t.broadcast(operand, width));
  }
  if (OpTrait::hasElementwiseMappableTraits(&inner)) {
    Operation *clone = b.clone(inner, mapping);
    clone->getResult(0).setType(type);
    return clone->getResult(0);
  }
  SmallVector<Value> lanes;
  for (int64_t lane = 0; lane < width; ++lane) {
    IRMapping scalars;
    for (Value operand : inner.getOperands())
      scalars.map(operand, t.extract(mapping.lookup(operand), lane));
    lanes.push_back(b.clone(inner, scalars)->getResult(0));
  }
  return vector::FromElementsOp::create(b, t.getLoc(), type, lanes);
}

Value EpilogueEmitter::apply(TileBuilder &t, Value acc, ArrayRef<Index> at) {
  Block &block = op.getEpilogueBlock();
  int64_t width = cast<VectorType>(acc.getType()).getDimSize(0);
  IRMapping mapping;
  mapping.map(block.getArgument(0), acc);
  for (unsigned i = 0; i < extras.size(); ++i) {
    BlockArgument argument = block.getArgument(i + 1);
    bool used = llvm::any_of(argument.getUsers(),
                             [&](Operation *user) { return user != biasAdd; });
    if (used)
      mapping.map(argument, loadExtra(t, i, at[i], width));
  }
  for (Operation &inner : block.without_terminator()) {
    if (&inner == biasAdd)
      mapping.map(inner.getResult(0), acc);
    else
      mapping.map(inner.getResult(0), vectorizeOp(t, inner, mapping, width));
  }
  Value result = block.getTerminator()->getOperand(0);
  if (mapping.contains(result))
    return mapping.lookup(result);
  return t.broadcast(result, width);
}

std::optional<int64_t> hswish::getWidestType(Block &body) {
  int64_t widest = 8;
  auto take = [&](Type type) {
    if (!type.isIntOrFloat() || type.getIntOrFloatBitWidth() > 64)
      return false;
    widest = std::max<int64_t>(widest, type.getIntOrFloatBitWidth());
    return true;
  };
  for (BlockArgument argument : body.getArguments())
    if (!isWholeBytes(argument.getType()) || !take(argument.getType()))
      return std::nullopt;
  for (Operation &inner : body.without_terminator()) {
    if (inner.getNumResults() != 1 || inner.getNumRegions() != 0 ||
        !isPure(&inner) || !take(inner.getResult(0).getType()) ||
        !(OpTrait::hasElementwiseMappableTraits(&inner) ||
          inner.hasTrait<OpTrait::ConstantLike>()))
      return std::nullopt;
  }
  return widest;
}

FailureOr<SmallVector<FlatMemRef>>
hswish::flattenOperands(TileBuilder &t, linalg::LinalgOp op) {
  SmallVector<FlatMemRef> operands;
  for (OpOperand &operand : op->getOpOperands()) {
    FailureOr<FlatMemRef> flat = t.flatten(operand.get());
    if (failed(flat))
      return failure();
    flat->strides =
        t.getStridesByDims(*flat, op.getMatchingIndexingMap(&operand));
    operands.push_back(*flat);
  }
  return operands;
}

LoopDim hswish::getLoopDim(ArrayRef<FlatMemRef> operands, unsigned d,
                           Size size) {
  LoopDim dim{size, {}};
  for (const FlatMemRef &operand : operands)
    dim.steps.push_back(operand.strides[d]);
  return dim;
}
