//===- TransposeSinker.cpp - Transposes from before ops to after them -*- C++
//-*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TransposeSinker.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace hswish;

static linalg::TransposeOp getTranspose(Value value) {
  return value.getDefiningOp<linalg::TransposeOp>();
}

static RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// An elementwise op on tensors of one shape.
static bool isElementwise(Operation *op) {
  if (!OpTrait::hasElementwiseMappableTraits(op) || op->getNumResults() != 1)
    return false;
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  return type && llvm::all_of(op->getOperandTypes(), [&](Type operand) {
           auto other = dyn_cast<RankedTensorType>(operand);
           return other && other.getShape() == type.getShape();
         });
}

void TransposeSinker::replace(Operation *op, Value value,
                              ArrayRef<int64_t> perm) {
  if (isIdentity(perm)) {
    rewriter.replaceOp(op, value);
    return;
  }
  Location loc = op->getLoc();
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, loc, value);
  Value empty = tensor::EmptyOp::create(rewriter, loc, permute(sizes, perm),
                                        getElementTypeOrSelf(value));
  auto transpose =
      linalg::TransposeOp::create(rewriter, loc, value, empty, perm);
  rewriter.replaceOp(op, transpose->getResults());
}

std::optional<Permutation> TransposeSinker::choose(ValueRange operands) {
  std::optional<Permutation> perm;
  for (Value operand : operands)
    if (auto transpose = getTranspose(operand); transpose && !perm)
      perm = Permutation(transpose.getPermutation());
  if (!perm)
    return std::nullopt;
  Permutation inverse = invert(*perm);
  int64_t saved = 0, added = 0;
  for (Value operand : operands) {
    if (getTranspose(operand) && permuter.isFree(operand, inverse))
      ++saved;
    else if (!permuter.isFree(operand, inverse))
      ++added;
  }
  return added <= saved ? perm : std::nullopt;
}

Value TransposeSinker::cloneElementwise(Operation *op,
                                        ArrayRef<Value> operands) {
  auto type = getTensorType(op->getResult(0));
  Type result = RankedTensorType::get(getTensorType(operands[0]).getShape(),
                                      type.getElementType());
  Operation *copy =
      Operation::create(op->getLoc(), op->getName(), result, operands,
                        op->getDiscardableAttrDictionary(),
                        op->getPropertiesStorage(), BlockRange(), 0);
  rewriter.insert(copy);
  return copy->getResult(0);
}

LogicalResult TransposeSinker::sinkElementwise(Operation *op) {
  std::optional<Permutation> perm = choose(op->getOperands());
  if (!perm)
    return failure();
  Permutation inverse = invert(*perm);
  auto operands = llvm::map_to_vector(op->getOperands(), [&](Value operand) {
    return permuter.get(operand, inverse);
  });
  replace(op, cloneElementwise(op, operands), *perm);
  return success();
}

/// transpose(transpose(x)) -> transpose(x) or x
LogicalResult TransposeSinker::sinkCompose(linalg::TransposeOp op) {
  auto inner = getTranspose(op.getInput());
  if (inner) {
    replace(op, inner.getInput(),
            permute(inner.getPermutation(), op.getPermutation()));
    return success();
  }
  if (!permuter.isFree(op.getInput(), op.getPermutation()))
    return failure();
  rewriter.replaceOp(op, permuter.get(op.getInput(), op.getPermutation()));
  return success();
}

/// A transpose that a generic op reads is a matter of its indexing maps. One of
/// the rank of the result is also taken to be what the result should be.
LogicalResult TransposeSinker::sinkGeneric(linalg::GenericOp op) {
  if (!isReorientable(op))
    return failure();
  auto type = getTensorType(op.getResult(0));
  SmallVector<Value> sources(op.getInputs());
  op->walk([&](tensor::ExtractOp extract) {
    sources.push_back(extract.getTensor());
  });
  std::optional<Permutation> perm;
  bool any = false;
  for (Value source : sources) {
    auto transpose = getTranspose(source);
    any |= transpose != nullptr;
    if (transpose && !perm && getTensorType(source).getRank() == type.getRank())
      perm = Permutation(transpose.getPermutation());
  }
  if (!any)
    return failure();
  if (!perm)
    perm = llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  replace(op, permuter.reorient(op, invert(*perm)), *perm);
  return success();
}

LogicalResult TransposeSinker::sinkReduce(linalg::ReduceOp op) {
  if (op.getNumDpsInputs() != 1)
    return failure();
  auto transpose = getTranspose(op.getInputs()[0]);
  if (!transpose)
    return failure();
  ArrayRef<int64_t> perm = transpose.getPermutation();
  SmallVector<int64_t> reduced, kept;
  for (auto [i, p] : llvm::enumerate(perm))
    (llvm::is_contained(op.getDimensions(), i) ? reduced : kept).push_back(p);
  // What is left comes in the order of the operand: `kept` ranks it.
  SmallVector<int64_t> sorted(kept);
  llvm::sort(sorted);
  llvm::sort(reduced);
  Permutation result = llvm::map_to_vector(kept, [&](int64_t d) -> int64_t {
    return llvm::lower_bound(sorted, d) - sorted.begin();
  });
  Value init = permuter.get(op.getInits()[0], invert(result));
  auto copy = linalg::ReduceOp::create(rewriter, op.getLoc(), init.getType(),
                                       transpose.getInput(), init, reduced);
  rewriter.cloneRegionBefore(op.getRegion(), copy.getRegion(),
                             copy.getRegion().begin());
  replace(op, copy->getResult(0), result);
  return success();
}

LogicalResult TransposeSinker::sinkSoftmax(linalg::SoftmaxOp op) {
  auto transpose = getTranspose(op.getInput());
  if (!transpose || op->getNumResults() != 1)
    return failure();
  ArrayRef<int64_t> perm = transpose.getPermutation();
  Value init = permuter.get(op.getOutput(), invert(perm));
  auto copy = linalg::SoftmaxOp::create(
      rewriter, op.getLoc(), TypeRange(init.getType()), transpose.getInput(),
      init, static_cast<uint64_t>(perm[op.getDimension()]));
  replace(op, copy->getResult(0), perm);
  return success();
}

Value TransposeSinker::padPermuted(tensor::PadOp op, Value source,
                                   ArrayRef<int64_t> perm) {
  return tensor::PadOp::create(
      rewriter, op.getLoc(), permute(op.getResultType(), perm), source,
      permute(op.getMixedLowPad(), perm), permute(op.getMixedHighPad(), perm),
      op.getConstantPaddingValue(), op.getNofold());
}

LogicalResult TransposeSinker::sinkPad(tensor::PadOp op) {
  auto transpose = getTranspose(op.getSource());
  if (!transpose || !op.getConstantPaddingValue())
    return failure();
  ArrayRef<int64_t> perm = transpose.getPermutation();
  replace(op, padPermuted(op, transpose.getInput(), invert(perm)), perm);
  return success();
}

LogicalResult TransposeSinker::sinkConcat(tensor::ConcatOp op) {
  std::optional<Permutation> perm = choose(op.getInputs());
  if (!perm)
    return failure();
  Permutation inverse = invert(*perm);
  auto inputs = llvm::map_to_vector(op.getInputs(), [&](Value input) {
    return permuter.get(input, inverse);
  });
  auto copy = tensor::ConcatOp::create(
      rewriter, op.getLoc(), permute(op.getResultType(), inverse),
      static_cast<uint64_t>((*perm)[op.getDim()]), inputs);
  replace(op, copy, *perm);
  return success();
}

LogicalResult TransposeSinker::sinkExtractSlice(tensor::ExtractSliceOp op) {
  auto transpose = getTranspose(op.getSource());
  if (!transpose || op.getType().getRank() != op.getSourceType().getRank())
    return failure();
  ArrayRef<int64_t> perm = transpose.getPermutation();
  Permutation inverse = invert(perm);
  auto copy = tensor::ExtractSliceOp::create(
      rewriter, op.getLoc(), permute(op.getType(), inverse),
      transpose.getInput(), permute(op.getMixedOffsets(), inverse),
      permute(op.getMixedSizes(), inverse),
      permute(op.getMixedStrides(), inverse));
  replace(op, copy, perm);
  return success();
}

LogicalResult TransposeSinker::sinkInsertSlice(tensor::InsertSliceOp op) {
  if (op.getSourceType().getRank() != op.getDestType().getRank())
    return failure();
  std::optional<Permutation> perm = choose({op.getSource(), op.getDest()});
  if (!perm)
    return failure();
  Permutation inverse = invert(*perm);
  auto copy = tensor::InsertSliceOp::create(
      rewriter, op.getLoc(), permuter.get(op.getSource(), inverse),
      permuter.get(op.getDest(), inverse),
      permute(op.getMixedOffsets(), inverse),
      permute(op.getMixedSizes(), inverse),
      permute(op.getMixedStrides(), inverse));
  replace(op, copy, *perm);
  return success();
}

/// expand(transpose(x)) -> transpose(expand(x)), group by group
LogicalResult TransposeSinker::sinkExpand(tensor::ExpandShapeOp op) {
  auto transpose = getTranspose(op.getSrc());
  if (!transpose || !op.getResultType().hasStaticShape())
    return failure();
  SmallVector<ReassociationIndices> groups = op.getReassociationIndices();
  ArrayRef<int64_t> shape = op.getResultType().getShape();
  SmallVector<ReassociationIndices> newGroups;
  SmallVector<int64_t> newShape;
  Permutation perm(shape.size());
  for (int64_t dim : invert(transpose.getPermutation())) {
    ReassociationIndices &group = newGroups.emplace_back();
    for (int64_t old : groups[dim]) {
      perm[old] = newShape.size();
      group.push_back(newShape.size());
      newShape.push_back(shape[old]);
    }
  }
  auto copy = tensor::ExpandShapeOp::create(rewriter, op.getLoc(),
                                            op.getResultType().clone(newShape),
                                            transpose.getInput(), newGroups);
  replace(op, copy, perm);
  return success();
}

/// collapse(transpose(x)) -> transpose(collapse(transpose(x))): what is
/// collapsed together is brought together first, as near to where it is as
/// possible; what is left over goes on.
LogicalResult TransposeSinker::sinkCollapse(tensor::CollapseShapeOp op) {
  auto transpose = getTranspose(op.getSrc());
  if (!transpose || !op.getSrcType().hasStaticShape())
    return failure();
  Value source = transpose.getInput();
  ArrayRef<int64_t> perm = transpose.getPermutation();
  if (movesOnlyUnits(getTensorType(source).getShape(), perm)) {
    rewriter.replaceOp(
        op, createReshape(rewriter, op.getLoc(), source, op.getResultType()));
    return success();
  }
  // Groups in the order in which their first non-unit dimension comes in x.
  SmallVector<ReassociationIndices> groups = op.getReassociationIndices();
  ArrayRef<int64_t> shape = op.getSrcType().getShape();
  auto position = [&](int64_t group) {
    for (int64_t dim : groups[group])
      if (shape[dim] != 1)
        return perm[dim];
    return perm[groups[group][0]];
  };
  SmallVector<int64_t> order =
      llvm::to_vector(llvm::seq<int64_t>(0, groups.size()));
  llvm::sort(order,
             [&](int64_t a, int64_t b) { return position(a) < position(b); });
  if (isIdentity(order))
    return failure();
  SmallVector<ReassociationIndices> newGroups;
  Permutation inner;
  for (int64_t group : order) {
    ReassociationIndices &newGroup = newGroups.emplace_back();
    for (int64_t dim : groups[group]) {
      newGroup.push_back(inner.size());
      inner.push_back(perm[dim]);
    }
  }
  Value gathered = permuter.get(source, inner);
  auto copy = tensor::CollapseShapeOp::create(
      rewriter, op.getLoc(), permute(op.getResultType(), order), gathered,
      newGroups);
  replace(op, copy, invert(order));
  return success();
}

LogicalResult TransposeSinker::sink(Operation *op) {
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (linalgOp && !linalgOp.hasPureTensorSemantics())
    return failure();
  rewriter.setInsertionPoint(op);
  if (isElementwise(op))
    return sinkElementwise(op);
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](linalg::TransposeOp op) { return sinkCompose(op); })
      .Case([&](linalg::GenericOp op) { return sinkGeneric(op); })
      .Case([&](linalg::ReduceOp op) { return sinkReduce(op); })
      .Case([&](linalg::SoftmaxOp op) { return sinkSoftmax(op); })
      .Case([&](tensor::PadOp op) { return sinkPad(op); })
      .Case([&](tensor::ConcatOp op) { return sinkConcat(op); })
      .Case([&](tensor::ExtractSliceOp op) { return sinkExtractSlice(op); })
      .Case([&](tensor::InsertSliceOp op) { return sinkInsertSlice(op); })
      .Case([&](tensor::ExpandShapeOp op) { return sinkExpand(op); })
      .Case([&](tensor::CollapseShapeOp op) { return sinkCollapse(op); })
      .Default(failure());
}

LogicalResult TransposeSinker::hoist(linalg::TransposeOp transpose) {
  Operation *producer = transpose.getInput().getDefiningOp();
  if (!producer || !transpose.getInput().hasOneUse())
    return failure();
  ArrayRef<int64_t> perm = transpose.getPermutation();
  rewriter.setInsertionPoint(producer);
  Value result;
  if (auto pad = dyn_cast<tensor::PadOp>(producer)) {
    if (!pad.getConstantPaddingValue())
      return failure();
    result = padPermuted(pad, permuter.get(pad.getSource(), perm), perm);
  } else if (isElementwise(producer)) {
    if (llvm::count_if(producer->getOperands(), [&](Value operand) {
          return !permuter.isFree(operand, perm);
        }) > 1)
      return failure();
    auto operands =
        llvm::map_to_vector(producer->getOperands(), [&](Value operand) {
          return permuter.get(operand, perm);
        });
    result = cloneElementwise(producer, operands);
  } else if (auto generic = dyn_cast<linalg::GenericOp>(producer);
             generic && isReorientable(generic)) {
    result = permuter.reorient(generic, perm);
  } else {
    return failure();
  }
  rewriter.replaceOp(transpose, result);
  return success();
}
