//===- Structured.cpp - Convolution, matmul and pooling in f64 ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rules.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace hswish;

/// Points that an epilogue is computed for at a time.
static constexpr int64_t kChunk = 4096;
/// What rounding a weight to f16 changes, and more than a subnormal one is off
/// by, as a part of any weight that counts.
static constexpr double kHalfUnit = 0x1p-11;

/// The image with `pads` of zeros around it: [top, left, bottom, right].
static NumberTensor padImage(const NumberTensor &image,
                             ArrayRef<int64_t> pads) {
  NumberTensor padded(RankedTensorType::get(
      {image.shape[0], image.shape[1] + pads[0] + pads[2],
       image.shape[2] + pads[1] + pads[3], image.shape[3]},
      image.numbers.type));
  SmallVector<int64_t> strides = padded.getStrides();
  int64_t row = image.shape[2] * image.shape[3], from = 0;
  forEachIndex(ArrayRef(image.shape).take_front(2), [&](ArrayRef<int64_t> at) {
    int64_t to = at[0] * strides[0] + (at[1] + pads[0]) * strides[1] +
                 pads[1] * strides[2];
    padded.numbers.copy(to, image.numbers, from, row);
    from += row;
  });
  return padded;
}

/// (n, h, w, g, f, kh, kw, c)
static Contraction getContraction(Conv2DOp op, const NumberTensor &image,
                                  const NumberTensor &result) {
  SmallVector<int64_t, 4> filter = op.getUnpackedFilterShape();
  SmallVector<int64_t> in = image.getStrides(), out = result.getStrides();
  int64_t groups = op.getGroups(), perGroup = filter[3] / groups;
  ArrayRef<int64_t> strides = op.getStrides(), dilations = op.getDilations();
  Contraction c;
  c.parallel = {result.shape[0], result.shape[1], result.shape[2], groups,
                perGroup};
  c.reduction = {filter[0], filter[1], filter[2]};
  c.lhs = {in[0], in[1] * strides[0],   in[2] * strides[1],   filter[2],
           0,     in[1] * dilations[0], in[2] * dilations[1], 1};
  c.rhs = {0,
           0,
           0,
           perGroup,
           1,
           filter[1] * filter[2] * filter[3],
           filter[2] * filter[3],
           filter[3]};
  c.out = {out[0], out[1], out[2], perGroup, 1, 0, 0, 0};
  return c;
}

/// The extra that the epilogue first adds to the sum, if it does: code may
/// start with it, and add the products to that.
static std::optional<unsigned> findBias(EpilogueOpInterface op) {
  Block &body = op.getEpilogueBlock();
  BlockArgument sum = body.getArgument(0);
  for (Operation *user : sum.getUsers())
    for (Value operand : user->getOperands())
      if (auto argument = dyn_cast<BlockArgument>(operand);
          argument && argument != sum && isa<arith::AddFOp>(user))
        return argument.getArgNumber();
  return std::nullopt;
}

/// What elements from `start` on of a result with these `strides` read of an
/// extra, which moves on by `steps`.
static void copyExtra(Numbers &argument, const NumberTensor &extra,
                      ArrayRef<int64_t> steps, ArrayRef<int64_t> strides,
                      int64_t start) {
  int64_t row = strides.size() > 1 ? strides[strides.size() - 2] : INT64_MAX;
  for (int64_t i = 0, e = argument.size(); i < e;) {
    int64_t rest = start + i, offset = 0;
    for (auto [step, stride] : llvm::zip_equal(steps, strides))
      offset += rest / stride * step, rest %= stride;
    int64_t column = (start + i) % row;
    for (; i < e && column < row; ++i, ++column, offset += steps.back())
      argument.copy(i, extra.numbers, offset);
  }
}

/// The epilogue of each element of `sums`, each of `length` products.
static LogicalResult applyEpilogue(EpilogueOpInterface op, NumberTensor &sums,
                                   int64_t length, const Evaluator &evaluator) {
  if (op.hasIdentityEpilogue())
    return success();
  SmallVector<const NumberTensor *> extras;
  SmallVector<SmallVector<int64_t>> steps; // of each extra in each dimension
  for (auto [extra, map] :
       llvm::zip_equal(op.getExtras(), op.getEpilogueMapValues())) {
    extras.push_back(evaluator.lookup(extra));
    if (!extras.back())
      return failure();
    steps.emplace_back(sums.shape.size(), 0);
    SmallVector<int64_t> strides = extras.back()->getStrides();
    for (auto [expr, stride] : llvm::zip_equal(map.getResults(), strides))
      if (auto dim = dyn_cast<AffineDimExpr>(expr))
        steps.back()[dim.getPosition()] += stride;
  }
  std::optional<unsigned> bias = findBias(op);
  double unit = Rounding::get(sums.numbers.type).unit;
  Body body(op.getEpilogueBlock(), evaluator);
  Value yielded = op.getEpilogueBlock().getTerminator()->getOperand(0);
  SmallVector<int64_t> strides = sums.getStrides();
  int64_t size = sums.numbers.size();
  NumberTensor result;
  result.shape = sums.shape;
  result.numbers = Numbers(yielded.getType(), size);
  for (int64_t start = 0; start < size; start += kChunk) {
    int64_t count = std::min(kChunk, size - start);
    SmallVector<Numbers> arguments = {Numbers(sums.numbers.type, count)};
    for (const NumberTensor *extra : extras)
      arguments.emplace_back(extra->numbers.type, count);
    arguments[0].copy(0, sums.numbers, start, count);
    for (auto [argument, extra, step] : llvm::zip_equal(
             MutableArrayRef(arguments).drop_front(), extras, steps))
      copyExtra(argument, *extra, step, strides, start);
    if (bias)
      for (int64_t i = 0; i < count; ++i)
        arguments[0].errors[i] +=
            length * unit * std::abs(arguments[*bias].values[i]);
    if (failed(body.evaluate(arguments, {}, count)))
      return failure();
    const Numbers *values = body.lookup(yielded);
    if (!values)
      return failure();
    result.numbers.copy(start, *values, 0, count);
  }
  sums = std::move(result);
  return success();
}

static FailureOr<NumberTensor> evaluate(Conv2DOp op, const Evaluator &evaluator,
                                        double relative) {
  const NumberTensor *input = evaluator.lookup(op.getInput());
  const NumberTensor *filter = evaluator.lookup(op.getFilter());
  if (!input || !filter || op.isPacked())
    return failure();
  NumberTensor padded;
  if (op.hasPadding()) {
    padded = padImage(*input, op.getPads());
    input = &padded;
  }
  NumberTensor sums(cast<RankedTensorType>(op.getInitType()));
  Contraction c = getContraction(op, *input, sums);
  c.run(input->numbers, filter->numbers, sums.numbers,
        Rounding::get(sums.numbers.type), relative);
  int64_t length = c.reduction[0] * c.reduction[1] * c.reduction[2];
  if (failed(applyEpilogue(op, sums, length, evaluator)))
    return failure();
  return sums;
}

static FailureOr<NumberTensor> evaluate(MatmulOp op, const Evaluator &evaluator,
                                        double relative) {
  const NumberTensor *lhs = evaluator.lookup(op.getLhs());
  const NumberTensor *rhs = evaluator.lookup(op.getRhs());
  if (!lhs || !rhs || op.isPacked())
    return failure();
  NumberTensor sums(cast<RankedTensorType>(op.getInitType()));
  int64_t n = rhs->shape[1], k = rhs->shape[0];
  Contraction c;
  c.parallel = {lhs->shape[0], n};
  c.reduction = {k};
  c.lhs = {k, 0, 1}, c.rhs = {0, 1, n}, c.out = {n, 1, 0};
  c.run(lhs->numbers, rhs->numbers, sums.numbers,
        Rounding::get(sums.numbers.type), relative);
  if (failed(applyEpilogue(op, sums, k, evaluator)))
    return failure();
  return sums;
}

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

namespace {
/// The sum or the maximum of a window.
struct Window {
  double value, magnitude = 0, error = 0;
  int64_t count = 0; ///< that an average divides by

  void add(double x, double e) {
    value += x, magnitude += std::abs(x), error += e;
  }
  void maximize(double x, double e) {
    value = std::isnan(x) || std::isnan(value) ? x + value : std::max(x, value);
    error = std::max(error, e);
  }
};
} // namespace

static void finishAverage(Window &window, int64_t length,
                          const Rounding &rounding) {
  window.value /= window.count;
  window.magnitude /= window.count;
  window.error = window.error / window.count +
                 (length + 2) * rounding.unit * window.magnitude +
                 (length + 2) * rounding.least;
}

static FailureOr<NumberTensor> evaluate(Pool2DOp op,
                                        const Evaluator &evaluator) {
  const NumberTensor *input = evaluator.lookup(op.getInput());
  if (!input)
    return failure();
  NumberTensor result(cast<RankedTensorType>(op.getInit().getType()));
  Rounding rounding = Rounding::get(result.numbers.type);
  SmallVector<int64_t> strides = input->getStrides();
  ArrayRef<int64_t> pads = op.getPads(), kernel = op.getKernel();
  bool isMax = op.getKind() == PoolKind::Max;
  bool includesPad = op.getKind() == PoolKind::AverageIncludePad;
  int64_t to = 0, length = kernel[0] * kernel[1];
  auto isInside = [&](int64_t i, int d, bool pad) {
    return i >= -(pad ? pads[d] : 0) &&
           i < input->shape[1 + d] + (pad ? pads[d + 2] : 0);
  };
  forEachIndex(result.shape, [&](ArrayRef<int64_t> at) {
    Window window{isMax ? -kUnknown : 0};
    forEachIndex(kernel, [&](ArrayRef<int64_t> k) {
      int64_t y =
          at[1] * op.getStrides()[0] + k[0] * op.getDilations()[0] - pads[0];
      int64_t x =
          at[2] * op.getStrides()[1] + k[1] * op.getDilations()[1] - pads[1];
      window.count +=
          isInside(y, 0, includesPad) && isInside(x, 1, includesPad);
      if (!isInside(y, 0, false) || !isInside(x, 1, false))
        return;
      int64_t from =
          at[0] * strides[0] + y * strides[1] + x * strides[2] + at[3];
      double value = input->numbers.values[from];
      double error = input->numbers.errors[from];
      isMax ? window.maximize(value, error) : window.add(value, error);
    });
    if (!isMax)
      finishAverage(window, length, rounding);
    bool isFinite = std::isfinite(window.value);
    if (std::isnan(window.error) && !isFinite)
      window.error = 0; // Exact numbers, of which one is not finite.
    if (isFinite && window.magnitude * length > rounding.most)
      window.error = kUnknown;
    if (!isFinite && !isMax)
      window.error = input->numbers.isExact() ? 0 : kUnknown;
    result.numbers.values[to] = window.value;
    result.numbers.errors[to++] = window.error;
  });
  return result;
}

FailureOr<NumberTensor> hswish::evaluateStructured(Operation *op,
                                                   const Evaluator &evaluator,
                                                   bool narrowWeights) {
  double relative = narrowWeights ? kHalfUnit : 0;
  return llvm::TypeSwitch<Operation *, FailureOr<NumberTensor>>(op)
      .Case<Conv2DOp, MatmulOp>(
          [&](auto op) { return evaluate(op, evaluator, relative); })
      .Case([&](Pool2DOp op) { return evaluate(op, evaluator); })
      .Default([](Operation *) { return failure(); });
}
