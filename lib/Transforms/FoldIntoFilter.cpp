//===- FoldIntoFilter.cpp - Scales and shifts into filters and biases -*- C++
//-*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/HSwish.h"
#include "hswish/Transforms/Passes.h"

#include "ScalarBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

namespace hswish {
#define GEN_PASS_DEF_FOLDINTOFILTERPASS
#include "hswish/Transforms/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

//===----------------------------------------------------------------------===//
// Constants by channel
//===----------------------------------------------------------------------===//

/// One number a channel, or one for all.
using Channels = SmallVector<double>;

static double at(const Channels &channels, int64_t i) {
  return channels.size() == 1 ? channels[0] : channels[i];
}

static bool isAll(const Channels &channels, double value) {
  return llvm::all_of(channels, [&](double c) { return c == value; });
}

static bool areFinite(const Channels &channels) {
  return llvm::all_of(channels, [](double c) { return std::isfinite(c); });
}

template <typename Function>
static Channels combine(const Channels &a, const Channels &b, Function f) {
  Channels result;
  for (size_t i = 0, e = std::max(a.size(), b.size()); i < e; ++i)
    result.push_back(f(at(a, i), at(b, i)));
  return result;
}

/// The numbers of a constant that depends on the last dimension only.
static std::optional<Channels> getChannels(const ElementSource &source) {
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

//===----------------------------------------------------------------------===//
// Convolutions and matmuls alike
//===----------------------------------------------------------------------===//

/// The operand of a structured op that holds constant weights; its last
/// dimension is that of the output channels. Null if there is none to change.
static OpOperand *getWeights(EpilogueOpInterface op, DenseElementsAttr &value) {
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

static int64_t getGroups(EpilogueOpInterface op) {
  auto conv = dyn_cast<Conv2DOp>(op.getOperation());
  return conv ? conv.getGroups() : 1;
}

/// Calls `f(weight, input channel, output channel)` for each weight.
template <typename Function>
static void forEachWeight(EpilogueOpInterface op, ArrayRef<int64_t> shape,
                          Function f) {
  int64_t outputs = shape.back(), inputs = shape[shape.size() - 2];
  int64_t taps = ShapedType::getNumElements(shape) / (outputs * inputs);
  int64_t perGroup = outputs / getGroups(op);
  int64_t index = 0;
  for (int64_t tap = 0; tap < taps; ++tap)
    for (int64_t c = 0; c < inputs; ++c)
      for (int64_t o = 0; o < outputs; ++o)
        f(index++, o / perGroup * inputs + c, o);
}

static SmallVector<float, 0> getFloats(DenseElementsAttr value) {
  if (value.isSplat())
    return SmallVector<float, 0>(value.getNumElements(),
                                 value.getSplatValue<float>());
  auto data = reinterpret_cast<const float *>(value.getRawData().data());
  return SmallVector<float, 0>(data, data + value.getNumElements());
}

/// weight *= in[input channel] * out[output channel]
static void scaleWeights(OpBuilder &b, EpilogueOpInterface op,
                         const Channels &in, const Channels &out) {
  DenseElementsAttr value;
  OpOperand *weights = getWeights(op, value);
  SmallVector<float, 0> floats = getFloats(value);
  forEachWeight(op, value.getType().getShape(),
                [&](int64_t i, int64_t c, int64_t o) {
                  floats[i] *= static_cast<float>(at(in, c) * at(out, o));
                });
  weights->set(arith::ConstantOp::create(
      b, weights->get().getLoc(),
      DenseElementsAttr::get(value.getType(), ArrayRef<float>(floats))));
}

/// A new first step of the epilogue: adds one number a channel to the
/// accumulator, which `users` then use instead.
static Value prependBias(OpBuilder &b, EpilogueOpInterface op,
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

/// Drops operands of the epilogue that it does not use any more.
static void dropUnusedExtras(OpBuilder &b, EpilogueOpInterface op) {
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

//===----------------------------------------------------------------------===//
// After a convolution: the first steps of its epilogue
//===----------------------------------------------------------------------===//

namespace {
/// Steps of an epilogue that multiply and add constants:
/// `result` = scale * accumulator + shift.
struct AffineChain {
  Value result;
  SmallVector<Operation *> steps;
  Channels scale = {1.0}, shift = {0.0};

  AffineChain(EpilogueOpInterface op) : op(op) {
    result = op.getEpilogueBlock().getArgument(0);
    while (result.hasOneUse() && take(*result.user_begin()))
      ;
  }

  /// Whether it is worth rewriting: it is not just a bias.
  bool isFoldable() const {
    bool isBias = steps.size() == 1 && isAll(scale, 1.0) && !isAll(shift, 0.0);
    return !steps.empty() && !isBias && areFinite(scale) && areFinite(shift);
  }

private:
  std::optional<Channels> getConstant(Value element) {
    FloatAttr scalar;
    if (matchPattern(element, m_Constant(&scalar)))
      return Channels{scalar.getValueAsDouble()};
    auto arg = dyn_cast<BlockArgument>(element);
    if (!arg || arg.getOwner() != &op.getEpilogueBlock() ||
        arg.getArgNumber() == 0)
      return std::nullopt;
    unsigned extra = arg.getArgNumber() - 1;
    return getChannels(
        {op.getExtras()[extra], op.getEpilogueMapValues()[extra]});
  }

  void multiply(const Channels &by) {
    scale = combine(scale, by, std::multiplies<double>());
    shift = combine(shift, by, std::multiplies<double>());
  }

  bool take(Operation *step) {
    Channels minusOne = {-1.0};
    if (isa<arith::NegFOp>(step)) {
      multiply(minusOne);
    } else if (isa<arith::MulFOp, arith::AddFOp, arith::SubFOp, arith::DivFOp>(
                   step)) {
      bool left = step->getOperand(0) == result;
      std::optional<Channels> c = getConstant(step->getOperand(left ? 1 : 0));
      if (!c || (isa<arith::DivFOp>(step) && !left))
        return false;
      if (isa<arith::MulFOp>(step))
        multiply(*c);
      else if (isa<arith::DivFOp>(step))
        multiply(combine({1.0}, *c, std::divides<double>()));
      else if (isa<arith::AddFOp>(step))
        shift = combine(shift, *c, std::plus<double>());
      else if (left)
        shift = combine(shift, *c, std::minus<double>());
      else {
        multiply(minusOne);
        shift = combine(shift, *c, std::plus<double>());
      }
    } else {
      return false;
    }
    steps.push_back(step);
    result = step->getResult(0);
    return true;
  }

  EpilogueOpInterface op;
};
} // namespace

static void foldEpilogue(OpBuilder &b, EpilogueOpInterface op) {
  DenseElementsAttr value;
  if (op->hasAttr("strategy") || !getWeights(op, value))
    return;
  AffineChain chain(op);
  if (!chain.isFoldable())
    return;
  b.setInsertionPoint(op);
  if (!isAll(chain.scale, 1.0))
    scaleWeights(b, op, {1.0}, chain.scale);
  Value start = op.getEpilogueBlock().getArgument(0);
  Operation *first = chain.steps.front();
  if (!isAll(chain.shift, 0.0))
    start = prependBias(b, op, chain.shift);
  chain.result.replaceAllUsesExcept(start, first);
  for (Operation *step : llvm::reverse(chain.steps))
    step->erase();
  dropUnusedExtras(b, op);
}

//===----------------------------------------------------------------------===//
// Before a convolution: a scaled or shifted input
//===----------------------------------------------------------------------===//

/// The operand through which `op` reads an image or matrix to multiply.
static OpOperand &getInput(EpilogueOpInterface op) {
  return op->getOpOperand(0);
}

/// The ops that `value` is the linear input of, if that is all that uses it and
/// their weights can be changed.
static SmallVector<EpilogueOpInterface> getLinearUsers(Value value,
                                                       bool withPadding) {
  SmallVector<EpilogueOpInterface> users;
  for (OpOperand &use : value.getUses()) {
    auto op = dyn_cast<EpilogueOpInterface>(use.getOwner());
    DenseElementsAttr weights;
    if (!op || &use != &getInput(op) || !getWeights(op, weights))
      return {};
    auto conv = dyn_cast<Conv2DOp>(op.getOperation());
    if (!withPadding && conv && conv.hasPadding())
      return {};
    users.push_back(op);
  }
  return users;
}

/// What adding `shift` to the input adds to the output channels.
static Channels getShiftOfOutput(EpilogueOpInterface op,
                                 const Channels &shift) {
  DenseElementsAttr value;
  getWeights(op, value);
  Channels sums(value.getType().getShape().back(), 0.0);
  SmallVector<float, 0> floats = getFloats(value);
  forEachWeight(op, value.getType().getShape(),
                [&](int64_t i, int64_t c, int64_t o) {
                  sums[o] += floats[i] * at(shift, c);
                });
  return sums;
}

static void addToAccumulator(OpBuilder &b, EpilogueOpInterface op,
                             const Channels &bias) {
  Value accumulator = op.getEpilogueBlock().getArgument(0);
  Value sum = prependBias(b, op, bias);
  accumulator.replaceAllUsesExcept(sum, sum.getDefiningOp());
}

/// conv(x * s) -> conv'(x); conv(x + t) -> conv(x) + sum(t)
static bool foldInput(OpBuilder &b, Operation *op) {
  if (!isa<arith::MulFOp, arith::DivFOp, arith::AddFOp, arith::SubFOp>(op))
    return false;
  std::optional<ScalarBody> body = ScalarBody::match(op);
  if (!body || op->use_empty())
    return false;
  bool scales = isa<arith::MulFOp, arith::DivFOp>(op);
  b.setInsertionPoint(op);
  for (int side = 0; side < 2; ++side) {
    // Only products and sums commute.
    if (side == 0 && isa<arith::DivFOp, arith::SubFOp>(op))
      continue;
    std::optional<Channels> c =
        getChannels(simplify(b, body->getSources()[side]));
    if (!c)
      continue;
    if (isa<arith::DivFOp>(op))
      c = combine({1.0}, *c, std::divides<double>());
    if (isa<arith::SubFOp>(op))
      c = combine({0.0}, *c, std::minus<double>());
    SmallVector<EpilogueOpInterface> users =
        getLinearUsers(op->getResult(0), /*withPadding=*/scales);
    if (!areFinite(*c) || users.empty())
      return false;
    for (EpilogueOpInterface user : users) {
      b.setInsertionPoint(user);
      if (scales)
        scaleWeights(b, user, *c, {1.0});
      else
        addToAccumulator(b, user, getShiftOfOutput(user, *c));
      getInput(user).set(op->getOperand(1 - side));
    }
    op->erase();
    return true;
  }
  return false;
}

namespace {
struct FoldIntoFilterPass
    : hswish::impl::FoldIntoFilterPassBase<FoldIntoFilterPass> {
  using Base::Base;

  void runOnOperation() override {
    OpBuilder b(&getContext());
    // The last one first: what is before it may then be folded, too.
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (isa<EpilogueOpInterface>(op) ||
          isa<arith::MulFOp, arith::DivFOp, arith::AddFOp, arith::SubFOp>(op))
        ops.push_back(op);
    });
    SmallVector<EpilogueOpInterface> structured;
    for (Operation *op : llvm::reverse(ops)) {
      if (auto epilogue = dyn_cast<EpilogueOpInterface>(op))
        structured.push_back(epilogue);
      else
        foldInput(b, op);
    }
    for (EpilogueOpInterface op : structured)
      foldEpilogue(b, op);
  }
};
} // namespace
