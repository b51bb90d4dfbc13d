//===- SumOrder.cpp - The one order of sums along rows --------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SumOrder.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace hswish;

/// Levels of pairs where the length is a value: rows of up to 2^40 elements.
static constexpr int64_t kMaxLevels = 30;

static bool isDimOrZero(AffineExpr expr) {
  auto constant = dyn_cast<AffineConstantExpr>(expr);
  return isa<AffineDimExpr>(expr) || (constant && constant.getValue() == 0);
}

FailureOr<RowReduction> RowReduction::match(linalg::LinalgOp op) {
  if (!isa<linalg::GenericOp, linalg::ReduceOp>(*op) ||
      !op.hasPureBufferSemantics() || op.getNumDpsInits() != 1 ||
      op.getNumReductionLoops() == 0 ||
      op.getNumReductionLoops() + op.getNumParallelLoops() !=
          op.getNumLoops() ||
      !llvm::all_of(op->getOperandTypes(), llvm::IsaPred<MemRefType>))
    return failure();
  for (AffineMap map : op.getIndexingMapsArray())
    if (!llvm::all_of(map.getResults(), isDimOrZero))
      return failure();
  SmallVector<Operation *> combiners;
  RowReduction result;
  result.mapped = matchReduction(op.getRegionOutputArgs(), 0, combiners);
  if (!result.mapped || combiners.size() != 1)
    return failure();
  result.combiner = combiners.front();
  if (!isa<arith::AddFOp, arith::MulFOp>(result.combiner))
    return failure();
  auto type = dyn_cast<FloatType>(result.combiner->getResult(0).getType());
  if (!type)
    return failure();
  result.sumType =
      type.getWidth() < 32 ? Float32Type::get(type.getContext()) : type;
  bool isSum = isa<arith::AddFOp>(result.combiner);
  result.neutral = FloatAttr::get(result.sumType, isSum ? -0.0 : 1.0);
  return result;
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

Value RowReduction::combine(TileBuilder &t, Value x, Value y) const {
  if (!x || !y)
    return x ? x : y;
  OpBuilder &b = t.builder();
  IRMapping mapping;
  bool isFirst = combiner->getOperand(0) != mapped;
  mapping.map(combiner->getOperand(isFirst ? 0 : 1), x);
  mapping.map(mapped, y);
  Operation *sum = b.clone(*combiner, mapping);
  sum->getResult(0).setType(x.getType());
  // The order is promised: LLVM may not choose another one.
  if (auto fast = dyn_cast<arith::ArithFastMathInterface>(sum)) {
    using Flags = arith::FastMathFlags;
    Flags flags = fast.getFastMathFlagsAttr().getValue() &
                  (Flags::nnan | Flags::ninf | Flags::nsz);
    sum->setAttr(fast.getFastMathAttrName(),
                 arith::FastMathFlagsAttr::get(b.getContext(), flags));
  }
  return sum->getResult(0);
}

RowReduction::Values RowReduction::combine(TileBuilder &t, ValueRange xs,
                                           ValueRange ys) const {
  Values sums;
  for (auto [x, y] : llvm::zip_equal(xs, ys))
    sums.push_back(combine(t, x, y));
  return sums;
}

Value RowReduction::getNeutral(TileBuilder &t, Type type) const {
  TypedAttr value = neutral;
  if (auto vector = dyn_cast<VectorType>(type))
    value = DenseElementsAttr::get(vector, Attribute(neutral));
  return arith::ConstantOp::create(t.builder(), t.getLoc(), value);
}

//===----------------------------------------------------------------------===//
// The order
//===----------------------------------------------------------------------===//

Value RowReduction::addHalves(TileBuilder &t, Values values) const {
  while (values.size() > 1) {
    size_t half = values.size() / 2;
    for (size_t i = 0; i < half; ++i)
      values[i] = combine(t, values[i], values[i + half]);
    values.truncate(half);
  }
  return values.front();
}

Value RowReduction::addPartials(TileBuilder &t, Values partials) const {
  Value sum = addHalves(t, std::move(partials));
  int64_t width = cast<VectorType>(sum.getType()).getDimSize(0);
  for (int64_t half = width / 2; half > 0; half /= 2) {
    auto take = [&](int64_t from) -> Value {
      auto lanes = llvm::to_vector(llvm::seq<int64_t>(from, from + half));
      return vector::ShuffleOp::create(t.builder(), t.getLoc(), sum, sum,
                                       lanes);
    };
    Value low = take(0), high = take(half);
    sum = combine(t, low, high);
  }
  return sum;
}

/// Whether bit `level` of a number is set.
static Value isBitSet(TileBuilder &t, Index number, int64_t level) {
  OpBuilder &b = t.builder();
  Location loc = t.getLoc();
  Value bit = arith::AndIOp::create(b, loc, t.materialize(number),
                                    t.constantIndex(int64_t(1) << level));
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, bit,
                               t.constantIndex(0));
}

/// Level l holds the sum of 2^l blocks where bit l of the number of blocks so
/// far is set: a new block is added to levels as one is to a binary number.
RowReduction::Values RowReduction::pushBlock(TileBuilder &t, Index number,
                                             Values sums,
                                             ValueRange levels) const {
  OpBuilder &b = t.builder();
  Location loc = t.getLoc();
  size_t width = sums.size();
  Values next;
  Value carries =
      arith::ConstantOp::create(b, loc, b.getBoolAttr(true)).getResult();
  for (size_t level = 0; level * width < levels.size(); ++level) {
    ValueRange held = levels.slice(level * width, width);
    Value isHeld = isBitSet(t, number, level);
    Value merges = arith::AndIOp::create(b, loc, carries, isHeld);
    Value isPlace = arith::XOrIOp::create(b, loc, carries, merges);
    for (auto [sum, old] : llvm::zip_equal(sums, held))
      next.push_back(arith::SelectOp::create(b, loc, isPlace, sum, old));
    // Above its place a sum is not looked at.
    sums = combine(t, held, sums);
    carries = merges;
  }
  return next;
}

RowReduction::Values RowReduction::addLevels(TileBuilder &t, int64_t blocks,
                                             ValueRange levels,
                                             Values sums) const {
  size_t width = sums.size();
  for (size_t level = 0; level * width < levels.size(); ++level)
    if (blocks >> level & 1)
      sums = combine(t, levels.slice(level * width, width), sums);
  return sums;
}

RowReduction::Values
RowReduction::addBlocks(TileBuilder &t, Index length, TypeRange types,
                        llvm::function_ref<Values(Index, Index)> block) const {
  OpBuilder &b = t.builder();
  Location loc = t.getLoc();
  bool isConstant = !length.base;
  if (isConstant && length.offset <= kBlock)
    return block({Value(), 0}, length);
  int64_t levels = kMaxLevels, whole = length.offset / kBlock;
  Value blocks;
  if (isConstant) {
    levels = llvm::Log2_64(whole) + 1;
    blocks = t.constantIndex(whole);
  } else {
    blocks = arith::DivUIOp::create(b, loc, t.materialize(length),
                                    t.constantIndex(kBlock));
  }
  Values inits;
  for (int64_t level = 0; level < levels; ++level)
    for (Type type : types)
      inits.push_back(getNeutral(t, type));
  Values held = t.loop(t.constantIndex(0), blocks, t.constantIndex(1), inits,
                       [&](Index i, ValueRange levels) {
                         Values sums =
                             block(t.scale(i, kBlock), {Value(), kBlock});
                         return pushBlock(t, i, std::move(sums), levels);
                       });

  // The rest, then the levels from the last blocks to the first ones.
  Values sums(types.size());
  Index rest = {Value(), length.offset % kBlock},
        start = {Value(), whole * kBlock};
  if (!isConstant) {
    start = t.scale({blocks}, kBlock);
    rest = {arith::SubIOp::create(b, loc, t.materialize(length),
                                  t.materialize(start))};
  }
  if (!isConstant || rest.offset != 0)
    sums = block(start, rest);
  if (isConstant)
    return addLevels(t, whole, held, sums);
  for (int64_t level = 0; level < levels; ++level) {
    ValueRange high =
        ValueRange(held).slice(level * types.size(), types.size());
    Value isHeld = isBitSet(t, {blocks}, level);
    for (auto [sum, more] : llvm::zip_equal(sums, high))
      sum = arith::SelectOp::create(b, loc, isHeld, combine(t, more, sum), sum);
  }
  return sums;
}
