//===- ScalarBody.cpp - Elementwise ops seen one element at a time -*- C++
//-*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScalarBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace hswish;

bool hswish::isBroadcastMap(AffineMap map) {
  return map.getNumSymbols() == 0 &&
         llvm::all_of(map.getResults(), [](AffineExpr expr) {
           if (auto constant = dyn_cast<AffineConstantExpr>(expr))
             return constant.getValue() == 0;
           return isa<AffineDimExpr>(expr);
         });
}

/// Why a linalg.generic does not compute element by element, or nothing.
static StringRef getObstacle(linalg::GenericOp op) {
  if (op.getNumResults() != 1 || !op.hasPureTensorSemantics())
    return "it has more than one result";
  if (op.getNumParallelLoops() != op.getNumLoops())
    return "it reduces";
  if (!op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity())
    return "it writes its result in another order";
  if (op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)))
    return "it reads its destination";
  for (OpOperand *input : op.getDpsInputOperands()) {
    if (!isBroadcastMap(op.getMatchingIndexingMap(input)))
      return "it reads an operand out of order";
    if (!isa<RankedTensorType>(input->get().getType()))
      return "it reads a scalar";
  }
  for (Operation &inner : op.getBody()->without_terminator()) {
    if (!isPure(&inner) || inner.getNumRegions() != 0 ||
        isa<linalg::IndexOp, tensor::ExtractOp>(inner))
      return "its body is not elementwise";
    for (Value operand : inner.getOperands())
      if (operand.getParentRegion() != &op.getRegion() &&
          !matchPattern(operand, m_Constant()))
        return "its body uses values from outside";
  }
  if (op.getBody()->getTerminator()->getOperand(0).getParentRegion() !=
      &op.getRegion())
    return "its body uses values from outside";
  return "";
}

std::optional<ScalarBody> ScalarBody::match(Operation *op,
                                            std::string *reason) {
  auto refuse = [&](StringRef why) -> std::optional<ScalarBody> {
    if (reason)
      *reason = why;
    return std::nullopt;
  };
  ScalarBody body;
  body.op = op;
  if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
    if (StringRef obstacle = getObstacle(generic); !obstacle.empty())
      return refuse(obstacle);
    for (OpOperand *input : generic.getDpsInputOperands())
      body.sources.push_back(
          {input->get(), generic.getMatchingIndexingMap(input)});
    return body;
  }
  if (!OpTrait::hasElementwiseMappableTraits(op) || op->getNumResults() != 1 ||
      op->getNumRegions() != 0 || !isPure(op))
    return refuse("it is not elementwise");
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type)
    return refuse("it is not elementwise on tensors");
  for (Value operand : op->getOperands()) {
    auto other = dyn_cast<RankedTensorType>(operand.getType());
    if (!other || other.getShape() != type.getShape())
      return refuse("its operands have different shapes");
    body.sources.push_back({operand, AffineMap::getMultiDimIdentityMap(
                                         type.getRank(), op->getContext())});
  }
  return body;
}

Value ScalarBody::inlineAt(OpBuilder &b, Location loc,
                           ArrayRef<Value> elements) const {
  if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
    Block &block = *generic.getBody();
    IRMapping mapping;
    mapping.map(block.getArguments().drop_back(), elements);
    for (Operation &inner : block.without_terminator()) {
      // Canonicalisation moves constants out.
      for (Value operand : inner.getOperands())
        if (operand.getParentBlock() != &block && !mapping.contains(operand))
          mapping.map(operand, b.clone(*operand.getDefiningOp())->getResult(0));
      b.clone(inner, mapping);
    }
    return mapping.lookup(block.getTerminator()->getOperand(0));
  }
  Type type = getElementTypeOrSelf(op->getResult(0));
  Operation *scalar = Operation::create(
      loc, op->getName(), type, elements, op->getDiscardableAttrDictionary(),
      op->getPropertiesStorage(), BlockRange(), 0);
  b.insert(scalar);
  return scalar->getResult(0);
}

TypedAttr hswish::getSplat(const ElementSource &source) {
  DenseElementsAttr constant;
  if (matchPattern(source.tensor, m_Constant(&constant)) && constant.isSplat())
    return constant.getSplatValue<TypedAttr>();
  TypedAttr scalar;
  if (auto fill = source.tensor.getDefiningOp<linalg::FillOp>())
    if (matchPattern(fill.getInputs()[0], m_Constant(&scalar)))
      return scalar;
  return nullptr;
}

/// The operand of a generic that only repeats it.
static std::optional<ElementSource> lookThrough(linalg::GenericOp op,
                                                AffineMap map) {
  auto yielded =
      dyn_cast<BlockArgument>(op.getBody()->getTerminator()->getOperand(0));
  if (!yielded || !getObstacle(op).empty() ||
      yielded.getArgNumber() >= op.getNumDpsInputs())
    return std::nullopt;
  OpOperand *input = op.getDpsInputOperand(yielded.getArgNumber());
  return ElementSource{input->get(),
                       op.getMatchingIndexingMap(input).compose(map)};
}

/// The operand of an expand_shape that only adds dimensions of size 1.
static std::optional<ElementSource> lookThrough(tensor::ExpandShapeOp op,
                                                AffineMap map) {
  SmallVector<AffineExpr> results;
  for (ReassociationIndices &group : op.getReassociationIndices()) {
    SmallVector<int64_t> sized;
    for (int64_t dim : group)
      if (op.getResultType().getDimSize(dim) != 1)
        sized.push_back(dim);
    if (sized.size() > 1)
      return std::nullopt;
    results.push_back(sized.empty() ? getAffineConstantExpr(0, op.getContext())
                                    : map.getResult(sized[0]));
  }
  return ElementSource{op.getSrc(), AffineMap::get(map.getNumDims(), 0, results,
                                                   op.getContext())};
}

ElementSource hswish::simplify(OpBuilder &b, ElementSource source) {
  while (Operation *op = source.tensor.getDefiningOp()) {
    std::optional<ElementSource> next;
    if (auto generic = dyn_cast<linalg::GenericOp>(op))
      next = lookThrough(generic, source.map);
    else if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
      next = lookThrough(expand, source.map);
    if (!next)
      break;
    source = *next;
  }
  // A constant of shape [1, 1, 1, C] is one of shape [C].
  DenseElementsAttr constant;
  auto type = cast<RankedTensorType>(source.tensor.getType());
  if (!matchPattern(source.tensor, m_Constant(&constant)) ||
      !llvm::is_contained(type.getShape(), 1))
    return source;
  SmallVector<int64_t> shape;
  SmallVector<AffineExpr> results;
  for (auto [size, expr] : llvm::zip(type.getShape(), source.map.getResults()))
    if (size != 1) {
      shape.push_back(size);
      results.push_back(expr);
    }
  auto small = constant.reshape(type.clone(shape));
  source.tensor = arith::ConstantOp::create(b, source.tensor.getLoc(), small);
  source.map = AffineMap::get(source.map.getNumDims(), 0, results,
                              source.map.getContext());
  return source;
}
