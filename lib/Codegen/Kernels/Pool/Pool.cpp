//===- Pool.cpp - Pooling -------------------------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Vectors are channels; `unroll` vectors are reduced side by side, so that
// their additions overlap. The image is cut into an inside, where every window
// is whole, and up to eight parts around it, where windows are clamped.
//
//===----------------------------------------------------------------------===//

#include "../Cost.h"
#include "../KernelFamily.h"
#include "../TileBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace hswish;

/// Windows of more elements are loops.
static constexpr int64_t kUnrolledWindow = 9;
/// More additions one after the other would lose too much: longer ones are sums
/// of sums.
static constexpr int64_t kLongestChain = 1024;

namespace {

/// The steps of a window along one dimension that are inside the input, and how
/// many of them count for the average.
struct Bounds {
  bool whole;
  Value low, high, count; ///< of a window that is clamped
};

/// Outputs from `low` to `high` have windows of one kind.
struct Segment {
  Size low, high;
  bool whole;
};

class Pool {
public:
  explicit Pool(Pool2DOp op) : t(op), op(op), strategy(*op.getStrategy()) {}
  LogicalResult emit();

private:
  SmallVector<Segment> getSegments(int dim);
  Bounds getBounds(int dim, Index out, bool whole);
  Value clampedStep(int dim, Value origin, const Size &limit, bool upper);
  void emitPixel(Index n, Index y, Index x, const Bounds &rows,
                 const Bounds &columns);
  void emitWindow(Index inputAt, Index outputAt, ArrayRef<Piece> pieces,
                  const Bounds &rows, const Bounds &columns);
  SmallVector<Value> reduce(Index inputAt, ArrayRef<Piece> pieces,
                            ValueRange accs);
  SmallVector<Value> forWindow(int dim, const Bounds &bounds, ValueRange accs,
                               TileBuilder::ReductionBody body);
  SmallVector<Value> forRow(const Bounds &columns, ValueRange accs,
                            TileBuilder::ReductionBody body);
  Value getReciprocal(const Bounds &rows, const Bounds &columns);

  TileBuilder t;
  Pool2DOp op;
  StrategyAttr strategy;
  FlatMemRef input, output;
};

LogicalResult Pool::emit() {
  FailureOr<FlatMemRef> in = t.flatten(op.getInput()),
                        out = t.flatten(op.getInit());
  if (failed(in) || failed(out) || !t.getSize(op.getInit(), 3).isConstant())
    return failure();
  input = *in, output = *out;
  t.loop(0, t.getSize(op.getInit(), 0), 1, [&](Index n) {
    for (const Segment &rows : getSegments(0))
      t.loop(rows.low, rows.high, 1, [&](Index y) {
        Bounds rowBounds = getBounds(0, y, rows.whole);
        for (const Segment &columns : getSegments(1))
          t.loop(columns.low, columns.high, 1, [&](Index x) {
            emitPixel(n, y, x, rowBounds, getBounds(1, x, columns.whole));
          });
      });
  });
  return success();
}

/// Where windows stick out in front, are whole, and stick out behind.
SmallVector<Segment> Pool::getSegments(int dim) {
  Size size = t.getSize(op.getInput(), 1 + dim),
       outputs = t.getSize(op.getInit(), 1 + dim);
  int64_t stride = op.getStrides()[dim], pad = op.getPads()[dim];
  int64_t reach = (op.getKernel()[dim] - 1) * op.getDilations()[dim] + 1;
  Size first = t.minimum(outputs, llvm::divideCeil(pad, stride));
  // The first output whose window reaches too far.
  Size last = t.quotient(t.sum(size, pad - reach + stride), stride);
  last = t.maximum(first, t.minimum(outputs, last));
  SmallVector<Segment> segments;
  for (const Segment &segment :
       {Segment{0, first, false}, Segment{first, last, true},
        Segment{last, outputs, false}})
    if (!(segment.low == segment.high))
      segments.push_back(segment);
  return segments;
}

/// max(0, ceil((limit - origin) / dilation)), for the upper bound not more than
/// the kernel.
Value Pool::clampedStep(int dim, Value origin, const Size &limit, bool upper) {
  OpBuilder &b = t.builder();
  Location loc = t.getLoc();
  int64_t dilation = op.getDilations()[dim];
  Value step = arith::SubIOp::create(b, loc, t.materialize(limit), origin);
  if (dilation != 1)
    step = arith::CeilDivSIOp::create(b, loc, step, t.constantIndex(dilation));
  step = arith::MaxSIOp::create(b, loc, step, t.constantIndex(0));
  if (upper)
    step = arith::MinSIOp::create(b, loc, step,
                                  t.constantIndex(op.getKernel()[dim]));
  return step;
}

Bounds Pool::getBounds(int dim, Index out, bool whole) {
  if (whole)
    return {true, {}, {}, {}};
  OpBuilder &b = t.builder();
  Size size = t.getSize(op.getInput(), 1 + dim);
  ArrayRef<int64_t> pads = op.getPads();
  Value start = t.materialize(t.scale(out, op.getStrides()[dim]));
  Value origin =
      arith::SubIOp::create(b, t.getLoc(), start, t.constantIndex(pads[dim]));
  Bounds bounds{false,
                clampedStep(dim, origin, 0, false),
                clampedStep(dim, origin, size, true),
                {}};
  if (op.getKind() == PoolKind::AverageIncludePad)
    bounds.count = clampedStep(dim, origin, t.sum(size, pads[dim + 2]), true);
  else
    bounds.count =
        arith::SubIOp::create(b, t.getLoc(), bounds.high, bounds.low);
  return bounds;
}

/// All channels of one output pixel.
void Pool::emitPixel(Index n, Index y, Index x, const Bounds &rows,
                     const Bounds &columns) {
  int64_t channels = t.getSize(op.getInit(), 3).getConstant();
  int64_t vector = strategy.getVector(), block = vector * strategy.getUnroll();
  // Clamped windows begin outside of the input: a signed sum.
  auto indexOf = [&](const FlatMemRef &flat, Index y, Index x, Index c) {
    Index at = t.add(flat.origin, t.scale(n, flat.strides[0]));
    at = t.add(at, t.scale(y, flat.strides[1]));
    at = t.add(at, t.scale(x, flat.strides[2]));
    return t.add(at, t.scale(c, flat.strides[3]));
  };
  ArrayRef<int64_t> strides = op.getStrides(), pads = op.getPads();
  auto emitBlock = [&](Index c, int64_t width) {
    Index inputAt =
        indexOf(input, t.scale(y, strides[0]), t.scale(x, strides[1]), c);
    inputAt = t.add(inputAt, input.strides[1] * -pads[0]);
    inputAt = t.add(inputAt, input.strides[2] * -pads[1]);
    emitWindow(inputAt, indexOf(output, y, x, c),
               splitIntoPieces(width, vector), rows, columns);
  };
  int64_t whole = channels - channels % block;
  t.loop(0, whole, block, [&](Index c) { emitBlock(c, block); });
  if (whole < channels)
    emitBlock({Value(), whole}, channels - whole);
}

Value Pool::getReciprocal(const Bounds &rows, const Bounds &columns) {
  OpBuilder &b = t.builder();
  Location loc = t.getLoc();
  auto countOf = [&](int dim, const Bounds &bounds) {
    return bounds.whole ? t.constantIndex(op.getKernel()[dim]) : bounds.count;
  };
  auto constant = [&](double value) {
    return arith::ConstantOp::create(b, loc,
                                     b.getFloatAttr(output.element, value));
  };
  if (rows.whole && columns.whole)
    return constant(1.0 / (op.getKernel()[0] * op.getKernel()[1]));
  Value count =
      arith::MulIOp::create(b, loc, countOf(0, rows), countOf(1, columns));
  Value integer = arith::IndexCastOp::create(b, loc, b.getI64Type(), count);
  Value divisor = arith::SIToFPOp::create(b, loc, output.element, integer);
  return arith::DivFOp::create(b, loc, constant(1.0), divisor);
}

void Pool::emitWindow(Index inputAt, Index outputAt, ArrayRef<Piece> pieces,
                      const Bounds &rows, const Bounds &columns) {
  bool isMax = op.getKind() == PoolKind::Max;
  double initial = isMax ? -std::numeric_limits<double>::infinity() : 0.0;
  SmallVector<Value> accs;
  for (const Piece &piece : pieces)
    accs.push_back(t.splat(output.element, piece.width, initial));
  Size rowStep = input.strides[1] * op.getDilations()[0];
  Size columnStep = input.strides[2] * op.getDilations()[1];
  accs = forWindow(0, rows, accs, [&](Index ky, ValueRange accs) {
    Index rowAt = t.add(inputAt, t.scale(ky, rowStep));
    return forRow(columns, accs, [&](Index kx, ValueRange accs) {
      return reduce(t.add(rowAt, t.scale(kx, columnStep)), pieces, accs);
    });
  });
  Value reciprocal = isMax ? Value() : getReciprocal(rows, columns);
  for (auto [acc, piece] : llvm::zip_equal(accs, pieces)) {
    Value result = acc;
    if (!isMax)
      result = arith::MulFOp::create(t.builder(), t.getLoc(), result,
                                     t.broadcast(reciprocal, piece.width));
    t.storeVector(result, output,
                  t.add(outputAt, output.strides[3] * piece.offset),
                  output.strides[3]);
  }
}

SmallVector<Value> Pool::forWindow(int dim, const Bounds &bounds,
                                   ValueRange accs,
                                   TileBuilder::ReductionBody body) {
  if (!bounds.whole)
    return t.loop(bounds.low, bounds.high, t.constantIndex(1), accs, body);
  ArrayRef<int64_t> kernel = op.getKernel();
  if (kernel[0] * kernel[1] > kUnrolledWindow)
    return t.loop(0, kernel[dim], 1, accs, body);
  SmallVector<Value> current = llvm::to_vector(accs);
  for (int64_t k = 0; k < kernel[dim]; ++k)
    current = body({Value(), k}, current);
  return current;
}

/// A row of the window. The rows of a long average, and parts of long rows, are
/// added up each for itself.
SmallVector<Value> Pool::forRow(const Bounds &columns, ValueRange accs,
                                TileBuilder::ReductionBody body) {
  ArrayRef<int64_t> kernel = op.getKernel();
  if (op.getKind() == PoolKind::Max || kernel[0] * kernel[1] <= kLongestChain)
    return forWindow(1, columns, accs, body);
  SmallVector<Value> zeros;
  for (Value acc : accs)
    zeros.push_back(t.splat(output.element,
                            cast<VectorType>(acc.getType()).getDimSize(0), 0));
  auto add = [&](ValueRange sums, ValueRange more) {
    SmallVector<Value> next;
    for (auto [sum, part] : llvm::zip_equal(sums, more))
      next.push_back(arith::AddFOp::create(t.builder(), t.getLoc(), sum, part));
    return next;
  };
  if (!columns.whole)
    return add(accs, forWindow(1, columns, zeros, body));
  int64_t size = kernel[1], whole = size - size % kLongestChain;
  auto addPart = [&](ValueRange sums, Index from, int64_t count) {
    return add(sums, t.loop(0, count, 1, zeros, [&](Index x, ValueRange part) {
      return body(t.add(from, x), part);
    }));
  };
  SmallVector<Value> sums =
      t.loop(0, whole, kLongestChain, accs, [&](Index from, ValueRange sums) {
        return addPart(sums, from, kLongestChain);
      });
  return whole < size ? addPart(sums, {Value(), whole}, size - whole) : sums;
}

SmallVector<Value> Pool::reduce(Index inputAt, ArrayRef<Piece> pieces,
                                ValueRange accs) {
  OpBuilder &b = t.builder();
  SmallVector<Value> next;
  for (auto [acc, piece] : llvm::zip_equal(accs, pieces)) {
    Value value =
        t.loadVector(input, t.add(inputAt, input.strides[3] * piece.offset),
                     piece.width, input.strides[3]);
    // The sign of a zero is not worth an instruction.
    if (op.getKind() == PoolKind::Max)
      next.push_back(arith::MaximumFOp::create(b, t.getLoc(), acc, value,
                                               arith::FastMathFlags::nsz));
    else
      next.push_back(arith::AddFOp::create(b, t.getLoc(), acc, value));
  }
  return next;
}

} // namespace

static constexpr StringLiteral kNames[] = {"pool"};

namespace {
class PoolFamily : public KernelFamily {
public:
  ArrayRef<StringLiteral> getNames() const override { return kNames; }
  using KernelFamily::getNames;

  bool applies(KernelOpInterface op,
               const Machine & /*machine*/) const override {
    return isa<Pool2DOp>(op.getOperation());
  }

  Strategies getCandidates(KernelOpInterface op, const Machine &machine,
                           size_t count) const override {
    // Enough sums side by side to hide the latency of an addition.
    int64_t channels = op.getResultType().getDimSize(3);
    int64_t unroll = std::min<int64_t>(
        machine.fma ? kInFlight : kInFlight / 2,
        std::max<int64_t>(1, channels / machine.vector / machine.threads));
    Strategies strategies;
    for (; unroll > 0 && strategies.size() < count; unroll /= 2)
      strategies.push_back(StrategyAttr::get(
          op.getContext(), kNames[0], machine.vector, /*rows=*/1, /*columns=*/1,
          {}, unroll, LoopOrder::RowsOuter));
    return strategies;
  }

  /// There is one loop only.
  Strategies getVariants(StrategyAttr /*strategy*/) const override {
    return {};
  }

  uint64_t countAccumulators(StrategyAttr strategy) const override {
    return llvm::SaturatingMultiply<uint64_t>(
        KernelFamily::countAccumulators(strategy), strategy.getUnroll());
  }

  LogicalResult emit(Operation *op) const override {
    auto pool = dyn_cast<Pool2DOp>(op);
    return pool ? Pool(pool).emit() : failure();
  }
};
} // namespace

const KernelFamily &hswish::getPoolFamily() {
  static const PoolFamily family;
  return family;
}
