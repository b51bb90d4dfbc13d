//===- Linalg.cpp - Structured loops in f64 -------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rules.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>

using namespace mlir;
using namespace hswish;

/// Points of the result that a body is computed for at a time.
static constexpr size_t kChunk = 4096;

/// Where an operand is read: a start, and a step for each loop; nothing if the
/// map is not linear.
static std::optional<std::pair<int64_t, SmallVector<int64_t>>>
getLinearForm(AffineMap map, ArrayRef<int64_t> strides) {
  SmallVector<int64_t> zeros(map.getNumDims(), 0);
  auto at = [&](ArrayRef<int64_t> point) {
    int64_t offset = 0;
    for (auto [index, stride] : llvm::zip_equal(map.compose(point), strides))
      offset += index * stride;
    return offset;
  };
  bool isLinear = true;
  for (AffineExpr expr : map.getResults())
    expr.walk([&](AffineExpr part) {
      isLinear &= part.getKind() != AffineExprKind::Mod &&
                  part.getKind() != AffineExprKind::FloorDiv &&
                  part.getKind() != AffineExprKind::CeilDiv;
    });
  if (!isLinear)
    return std::nullopt;
  int64_t start = at(zeros);
  SmallVector<int64_t> steps;
  for (unsigned d = 0; d < map.getNumDims(); ++d) {
    zeros[d] = 1;
    steps.push_back(at(zeros) - start);
    zeros[d] = 0;
  }
  return std::make_pair(start, steps);
}

namespace {
/// One linalg op, a chunk of the points of its result at a time.
class Loops {
public:
  Loops(linalg::LinalgOp op, const Evaluator &evaluator)
      : op(op), evaluator(evaluator), body(*op.getBlock(), evaluator),
        sizes(op.getStaticLoopRanges()) {}

  FailureOr<SmallVector<NumberTensor>> run();

private:
  LogicalResult prepare();
  bool runAsContraction();
  LogicalResult runChunk();
  LogicalResult addPoints();
  void collect(size_t operand, Numbers &numbers) const;
  int64_t getOffset(size_t operand, size_t point) const;
  Value getSummand(unsigned result);

  linalg::LinalgOp op;
  const Evaluator &evaluator;
  Body body;
  SmallVector<int64_t> sizes;
  SmallVector<unsigned> parallel, reduction;
  SmallVector<const NumberTensor *> operands; // inputs, then results
  SmallVector<AffineMap> maps;
  SmallVector<SmallVector<int64_t>> strides;
  SmallVector<std::optional<std::pair<int64_t, SmallVector<int64_t>>>> forms;
  SmallVector<NumberTensor> results;
  /// The loops' indices at each point of the chunk.
  SmallVector<std::vector<int64_t>> indices;
  size_t count = 0;
  /// The results of the chunk so far, and the magnitudes of those that are
  /// sums.
  SmallVector<Numbers> sums;
  SmallVector<std::vector<double>> magnitudes;
};
} // namespace

/// What the body adds to the result; null if it does something else.
Value Loops::getSummand(unsigned result) {
  Block &block = *op.getBlock();
  BlockArgument out = block.getArgument(op.getNumDpsInputs() + result);
  auto add =
      block.getTerminator()->getOperand(result).getDefiningOp<arith::AddFOp>();
  if (!add || !out.hasOneUse() || reduction.empty())
    return {};
  if (add.getLhs() == out)
    return add.getRhs();
  return add.getRhs() == out ? add.getLhs() : Value();
}

LogicalResult Loops::prepare() {
  if (llvm::any_of(sizes, ShapedType::isDynamic))
    return failure();
  for (auto [d, kind] : llvm::enumerate(op.getIteratorTypesArray()))
    (kind == utils::IteratorType::parallel ? parallel : reduction).push_back(d);
  for (OpOperand *init : llvm::map_to_vector(op.getDpsInitsMutable(),
                                             [](OpOperand &o) { return &o; })) {
    const NumberTensor *tensor = evaluator.lookup(init->get());
    if (!tensor)
      return failure();
    results.push_back(*tensor);
  }
  for (OpOperand &operand : op->getOpOperands()) {
    Value value = operand.get();
    const NumberTensor *tensor =
        op.isDpsInit(&operand)
            ? &results[operand.getOperandNumber() - op.getNumDpsInputs()]
            : evaluator.lookup(value);
    if (!isa<RankedTensorType>(value.getType()))
      tensor = nullptr; // A scalar: a constant from outside.
    else if (!tensor)
      return failure();
    AffineMap map = op.getMatchingIndexingMap(&operand);
    operands.push_back(tensor);
    maps.push_back(map);
    strides.push_back(tensor ? tensor->getStrides() : SmallVector<int64_t>());
    forms.push_back(getLinearForm(map, strides.back()));
  }
  return success();
}

int64_t Loops::getOffset(size_t operand, size_t point) const {
  int64_t offset = 0;
  if (forms[operand]) {
    offset = forms[operand]->first;
    for (auto [d, step] : llvm::enumerate(forms[operand]->second))
      offset += indices[d][point] * step;
    return offset;
  }
  SmallVector<int64_t> at;
  for (const std::vector<int64_t> &index : indices)
    at.push_back(index[point]);
  for (auto [index, stride] :
       llvm::zip_equal(maps[operand].compose(at), strides[operand]))
    offset += index * stride;
  return offset;
}

void Loops::collect(size_t operand, Numbers &numbers) const {
  if (!operands[operand]) {
    Attribute value;
    if (matchPattern(op->getOperand(operand), m_Constant(&value)))
      numbers.setAll(value);
    else
      llvm::fill(numbers.errors, kUnknown);
    return;
  }
  for (size_t i = 0; i < count; ++i)
    numbers.copy(i, operands[operand]->numbers, getOffset(operand, i));
}

/// The body at the points of the chunk, for one index of the sums.
LogicalResult Loops::addPoints() {
  SmallVector<Numbers> arguments;
  for (unsigned i = 0, e = op.getNumDpsInputs(); i < e; ++i) {
    arguments.emplace_back(getElementTypeOrSelf(op->getOperand(i)), count);
    collect(i, arguments.back());
  }
  for (auto [i, sum] : llvm::enumerate(sums)) {
    bool isSum = getSummand(i) != nullptr;
    arguments.push_back(isSum ? Numbers(sum.type, count) : sum);
  }
  if (failed(body.evaluate(arguments, indices, count)))
    return failure();
  for (unsigned r = 0; r < sums.size(); ++r) {
    Value summand = getSummand(r);
    const Numbers *part = body.lookup(
        summand ? summand : op.getBlock()->getTerminator()->getOperand(r));
    if (!part)
      return failure();
    if (!summand) {
      sums[r] = *part;
      continue;
    }
    for (size_t i = 0; i < count; ++i) {
      sums[r].values[i] += part->values[i];
      sums[r].errors[i] += part->errors[i];
      magnitudes[r][i] += std::abs(part->values[i]);
    }
  }
  return success();
}

/// All sums of the points of the chunk.
LogicalResult Loops::runChunk() {
  sums.clear(), magnitudes.clear();
  for (unsigned r = 0; r < results.size(); ++r) {
    sums.emplace_back(results[r].numbers.type, count);
    magnitudes.emplace_back(count, 0.0);
    size_t operand = op.getNumDpsInputs() + r;
    for (unsigned d : reduction)
      llvm::fill(indices[d], 0);
    collect(operand, sums.back());
    if (getSummand(r))
      for (size_t i = 0; i < count; ++i)
        magnitudes[r][i] = std::abs(sums[r].values[i]);
  }
  SmallVector<int64_t> lengths;
  int64_t length = 1;
  for (unsigned d : reduction)
    lengths.push_back(sizes[d]), length *= sizes[d];
  LogicalResult status = success();
  forEachIndex(lengths, [&](ArrayRef<int64_t> at) {
    for (auto [d, index] : llvm::zip_equal(reduction, at))
      llvm::fill(indices[d], index);
    if (succeeded(status))
      status = addPoints();
  });
  if (failed(status))
    return failure();
  for (unsigned r = 0; r < results.size(); ++r) {
    Rounding rounding = Rounding::get(sums[r].type);
    for (size_t i = 0; i < count; ++i) {
      double magnitude = magnitudes[r][i];
      double &error = sums[r].errors[i];
      if (getSummand(r)) {
        bool isExact = error == 0;
        error += (length + 1) * rounding.unit * magnitude;
        if (!std::isfinite(sums[r].values[i]))
          error = isExact ? 0 : kUnknown;
        else if (!(magnitude + error <= rounding.most))
          error = kUnknown;
      }
      size_t operand = op.getNumDpsInputs() + r;
      for (unsigned d : reduction)
        indices[d][i] = 0;
      results[r].numbers.copy(getOffset(operand, i), sums[r], i);
    }
  }
  return success();
}

/// Sums of products have a road of their own: there may be many of them.
bool Loops::runAsContraction() {
  Block &block = *op.getBlock();
  Value summand = op.getNumDpsInputs() == 2 && results.size() == 1
                      ? getSummand(0)
                      : Value();
  auto product =
      summand ? summand.getDefiningOp<arith::MulFOp>() : arith::MulFOp();
  auto isInput = [&](Value value, unsigned i) {
    if (auto extend = value.getDefiningOp<arith::ExtFOp>())
      value = extend.getIn();
    return value == block.getArgument(i);
  };
  if (!product || !isInput(product.getLhs(), 0) ||
      !isInput(product.getRhs(), 1) || !operands[0] || !operands[1] ||
      !llvm::all_of(forms, [](auto &form) { return form.has_value(); }))
    return false;
  Contraction c;
  for (unsigned d : parallel)
    c.parallel.push_back(sizes[d]);
  for (unsigned d : reduction)
    c.reduction.push_back(sizes[d]);
  for (auto [i, steps] :
       {std::pair(0, &c.lhs), std::pair(1, &c.rhs), std::pair(2, &c.out)})
    for (unsigned d : llvm::concat<unsigned>(parallel, reduction))
      steps->push_back(forms[i]->second[d]);
  c.lhsStart = forms[0]->first, c.rhsStart = forms[1]->first;
  c.outStart = forms[2]->first;
  c.run(operands[0]->numbers, operands[1]->numbers, results[0].numbers,
        Rounding::get(results[0].numbers.type), /*relative=*/0);
  return true;
}

FailureOr<SmallVector<NumberTensor>> Loops::run() {
  if (failed(prepare()))
    return failure();
  if (runAsContraction())
    return std::move(results);
  SmallVector<int64_t> outer;
  for (unsigned d : parallel)
    outer.push_back(sizes[d]);
  LogicalResult status = success();
  auto flush = [&] {
    for (std::vector<int64_t> &index : indices)
      index.resize(count);
    if (count > 0 && succeeded(status))
      status = runChunk();
    count = 0;
  };
  indices.assign(sizes.size(), std::vector<int64_t>(kChunk));
  forEachIndex(outer, [&](ArrayRef<int64_t> at) {
    for (std::vector<int64_t> &index : indices)
      index.resize(kChunk);
    for (auto [d, index] : llvm::zip_equal(parallel, at))
      indices[d][count] = index;
    if (++count == kChunk)
      flush();
  });
  flush();
  if (failed(status))
    return failure();
  return std::move(results);
}

FailureOr<SmallVector<NumberTensor>>
hswish::evaluateLinalg(linalg::LinalgOp op, const Evaluator &evaluator) {
  return Loops(op, evaluator).run();
}
