//===- Elementwise.cpp - Elementwise ops on memory ------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Vectors run along the innermost dimension after collapsing. No element is
// computed twice unless the result is memory of its own, so that an operand may
// be overwritten.
//
//===----------------------------------------------------------------------===//

#include "../Epilogue.h"
#include "../KernelFamily.h"

#include "hswish/IR/ElementTypes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Utils/MemRefUtils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace hswish;

/// Vectors a step; more would not hide more latency.
static constexpr int64_t kVectors = 4;
/// Vectors of a loop that LLVM may unroll.
static constexpr int64_t kMaxUnrolled = 64;
/// How far ahead the lines of a result are fetched, in bytes.
static constexpr int64_t kAhead = 512;
/// Elements between two fences of stores past the caches.
static constexpr int64_t kStreamed = 1 << 16;

namespace {

/// One index for each operand that is memory.
using Position = SmallVector<Index>;

class Elementwise {
public:
  explicit Elementwise(linalg::GenericOp op)
      : t(op), op(op), target(getTargetOrGeneric(op)) {}

  LogicalResult emit();

private:
  LogicalResult flattenStatic();
  LogicalResult flattenDynamic();
  void emitStatic(unsigned dim, const Position &at);
  bool keepsTooMany(int64_t size);
  void emitRange(const Position &at, int64_t low, int64_t high);
  bool overwritesInput();
  bool fetchesResult();
  bool isStreamed();
  void emitStreamed(const Position &at);
  void emitDynamic();

  Position advance(const Position &at, Index by, unsigned dim);
  /// The body on `width` elements from `at` on; with a mask, on some of them.
  void emitVector(const Position &at, int64_t width, Value mask = {},
                  bool streamed = false);
  Value load(unsigned i, Index at, int64_t width, Value mask);

  TileBuilder t;
  linalg::GenericOp op;
  TargetAttr target;
  SmallVector<FlatMemRef> operands; ///< the last one is the result
  SmallVector<LoopDim> dims;
  int64_t lanes = 1;
};

LogicalResult Elementwise::flattenStatic() {
  auto flat = flattenOperands(t, op);
  if (failed(flat))
    return failure();
  operands = *flat;
  SmallVector<LoopDim> all;
  for (auto [d, size] : llvm::enumerate(op.getStaticLoopRanges()))
    all.push_back(getLoopDim(operands, d, size));
  dims = collapseDims(all);
  return success(
      llvm::all_of(dims.back().steps,
                   [](const Size &step) { return step == 0 || step == 1; }) &&
      (dims.back().steps.back() == 1 || dims.back().size == 1));
}

/// Memory in one piece, read and written in the same order.
LogicalResult Elementwise::flattenDynamic() {
  OpBuilder &b = t.builder();
  for (OpOperand &operand : op->getOpOperands()) {
    auto type = cast<MemRefType>(operand.get().getType());
    if (!type.getLayout().isIdentity() || type.getRank() == 0 ||
        !op.getMatchingIndexingMap(&operand).isIdentity())
      return failure();
  }
  for (OpOperand &operand : op->getOpOperands()) {
    auto type = cast<MemRefType>(operand.get().getType());
    Value flat = operand.get();
    if (type.getRank() > 1)
      flat = memref::CollapseShapeOp::create(
          b, t.getLoc(), flat,
          ArrayRef<ReassociationIndices>{
              llvm::to_vector<2>(llvm::seq<int64_t>(type.getRank()))});
    operands.push_back({flat, {}, {1}, type.getElementType()});
  }
  return success();
}

LogicalResult Elementwise::emit() {
  std::optional<int64_t> widest = getWidestType(*op.getBody());
  if (!widest)
    return failure();
  lanes = target.getVectorBits() / *widest;
  bool isStatic =
      llvm::none_of(op.getStaticLoopRanges(), ShapedType::isDynamic);
  if (failed(isStatic ? flattenStatic() : flattenDynamic()))
    return failure();
  if (!isStatic) {
    emitDynamic();
    return success();
  }
  Position origin;
  for (const FlatMemRef &operand : operands)
    origin.push_back(operand.origin);
  emitStatic(0, origin);
  return success();
}

Position Elementwise::advance(const Position &at, Index by, unsigned dim) {
  Position next;
  for (auto [index, step] : llvm::zip_equal(at, dims[dim].steps))
    next.push_back(t.add(index, t.scale(by, step)));
  return next;
}

void Elementwise::emitStatic(unsigned dim, const Position &at) {
  if (dim + 1 < dims.size()) {
    t.loop(0, dims[dim].size, 1,
           [&](Index i) { emitStatic(dim + 1, advance(at, i, dim)); });
    return;
  }
  if (isStreamed())
    emitStreamed(at);
  else
    emitRange(at, 0, dims[dim].size.getConstant());
}

/// Whether LLVM, if it unrolled a loop of `size` elements, would keep an
/// operand that the loop around it reads again and again on the stack: more
/// vectors than there are registers. (Much longer loops it does not unroll.)
bool Elementwise::keepsTooMany(int64_t size) {
  if (dims.size() < 2)
    return false;
  const LoopDim &outer = dims[dims.size() - 2], &inner = dims.back();
  bool isKept =
      llvm::any_of(llvm::zip_equal(outer.steps, inner.steps), [](auto steps) {
        return std::get<0>(steps) == 0 && std::get<1>(steps) != 0;
      });
  int64_t vectors = size / lanes,
          registers = Machine::get(target, 32).registers;
  return isKept && vectors > registers - 2 * kVectors &&
         vectors <= kMaxUnrolled;
}

/// From `low` to `high` of the innermost dimension.
void Elementwise::emitRange(const Position &at, int64_t low, int64_t high) {
  bool isFetched = fetchesResult();
  auto emitPieces = [&](Index i, int64_t width) {
    const FlatMemRef &result = operands.back();
    int64_t bytes = getElementBytes(result.element);
    for (int64_t line = 0; isFetched && line < width * bytes; line += 64)
      t.prefetch(result, t.add(at.back(), t.add(i, (kAhead + line) / bytes)),
                 /*isWrite=*/true);
    for (const Piece &piece : splitIntoPieces(width, lanes))
      emitVector(advance(at, t.add(i, piece.offset), dims.size() - 1),
                 piece.width);
  };
  bool isRolled = keepsTooMany(high - low);
  int64_t step = lanes * kVectors * (isRolled ? 2 : 1);
  int64_t whole = low + (high - low) / step * step;
  if (isRolled)
    t.rolledLoop(low, whole, step, ValueRange(), [&](Index i, ValueRange) {
      emitPieces(i, step);
      return SmallVector<Value>();
    });
  else
    t.loop(low, whole, step, [&](Index i) { emitPieces(i, step); });
  if (whole < high)
    emitPieces({Value(), whole}, high - whole);
}

//===----------------------------------------------------------------------===//
// Past the caches
//===----------------------------------------------------------------------===//

/// Whether the result is memory that an input has been read from.
bool Elementwise::overwritesInput() {
  Value buffer =
      memref::skipViewLikeOps(cast<MemrefValue>(op.getDpsInits()[0]));
  return llvm::any_of(op.getDpsInputs(), [&](Value input) {
    return memref::skipViewLikeOps(cast<MemrefValue>(input)) == buffer;
  });
}

/// Whether stores would wait for lines of the result that are not in the first
/// level. On Intel's servers the loop is 5 to 7 % faster then, as fast as a
/// copy.
bool Elementwise::fetchesResult() {
  int64_t bytes =
      dims.back().size.getConstant() * getElementBytes(operands.back().element);
  return target.getCpuModel().memory.fetchesResults && dims.size() == 1 &&
         bytes > target.getL1() && !overwritesInput();
}

/// Whether a result is better written past the caches: it does not fit there,
/// and none of it has just been read.
bool Elementwise::isStreamed() {
  if (!target.isX86() || target.getL3() == 0 || dims.size() != 1)
    return false;
  int64_t bytes = 0, size = dims[0].size.getConstant();
  for (auto [operand, step] : llvm::zip_equal(operands, dims[0].steps))
    bytes += step.getConstant() * getElementBytes(operand.element) * size;
  return bytes > target.getL3() && size > 2 * kStreamed && !overwritesInput();
}

/// Stores past the caches want whole lines: the first vector is written as
/// usual, the others from the next line on.
void Elementwise::emitStreamed(const Position &at) {
  OpBuilder &b = t.builder();
  Location loc = t.getLoc();
  const FlatMemRef &result = operands.back();
  int64_t bytes = getElementBytes(result.element);
  int64_t line = lanes * bytes, size = dims[0].size.getConstant();
  emitRange(at, 0, lanes);
  Value start =
      memref::ExtractAlignedPointerAsIndexOp::create(b, loc, result.memref);
  Value bytesAt = arith::MulIOp::create(b, loc, t.materialize(at.back()),
                                        t.constantIndex(bytes));
  start = arith::AddIOp::create(b, loc, start, bytesAt);
  Value missing = arith::SubIOp::create(b, loc, t.constantIndex(0), start);
  missing = arith::AndIOp::create(b, loc, missing, t.constantIndex(line - 1));
  Index first = {
      arith::DivUIOp::create(b, loc, missing, t.constantIndex(bytes))};

  int64_t streamed = (size - lanes) / kStreamed * kStreamed;
  int64_t step = lanes * kVectors;
  t.loop(0, streamed, kStreamed, [&](Index block) {
    Index from = t.add(first, block);
    t.loop(0, kStreamed, step, ValueRange(),
           [&](Index i, ValueRange) -> SmallVector<Value> {
             for (int64_t v = 0; v < kVectors; ++v)
               emitVector(advance(at, t.add(t.add(from, i), v * lanes), 0),
                          lanes, {}, /*streamed=*/true);
             return {};
           });
    // Who is told of the result must see it.
    LLVM::CallIntrinsicOp::create(
        b, loc, b.getStringAttr("llvm.x86.sse.sfence"), ValueRange());
  });
  emitRange(at, streamed, size);
}

//===----------------------------------------------------------------------===//
// Dynamic sizes
//===----------------------------------------------------------------------===//

void Elementwise::emitDynamic() {
  OpBuilder &b = t.builder();
  Location loc = t.getLoc();
  Value size = memref::DimOp::create(b, loc, operands.back().memref, 0);
  auto wholeSteps = [&](int64_t step) -> Value {
    Value rest = arith::RemUIOp::create(b, loc, size, t.constantIndex(step));
    return arith::SubIOp::create(b, loc, size, rest);
  };
  auto emitLoop = [&](Value low, Value high, int64_t vectors) {
    auto loop =
        scf::ForOp::create(b, loc, low, high, t.constantIndex(vectors * lanes));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    for (int64_t v = 0; v < vectors; ++v)
      emitVector(Position(operands.size(), {loop.getInductionVar(), v * lanes}),
                 lanes);
  };
  Value many = wholeSteps(lanes * kVectors), whole = wholeSteps(lanes);
  emitLoop(t.constantIndex(0), many, kVectors);
  emitLoop(many, whole, 1);
  Value isRest =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, whole, size);
  auto ifOp = scf::IfOp::create(b, loc, isRest, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(ifOp.thenBlock());
  Value rest = arith::SubIOp::create(b, loc, size, whole);
  Value mask = vector::CreateMaskOp::create(
      b, loc, VectorType::get(lanes, b.getI1Type()), rest);
  emitVector(Position(operands.size(), {whole}), lanes, mask);
}

//===----------------------------------------------------------------------===//
// The body
//===----------------------------------------------------------------------===//

Value Elementwise::load(unsigned i, Index at, int64_t width, Value mask) {
  const FlatMemRef &operand = operands[i];
  if (!dims.empty() && dims.back().steps[i] == 0)
    return t.broadcast(t.load(operand, at), width);
  if (!mask)
    return t.loadVector(operand, at, width);
  OpBuilder &b = t.builder();
  auto type = VectorType::get(width, operand.element);
  Value zero = arith::ConstantOp::create(b, t.getLoc(), b.getZeroAttr(type));
  return vector::MaskedLoadOp::create(b, t.getLoc(), type, operand.memref,
                                      t.materialize(at), mask, zero);
}

void Elementwise::emitVector(const Position &at, int64_t width, Value mask,
                             bool streamed) {
  OpBuilder &b = t.builder();
  Location loc = t.getLoc();
  Block &block = *op.getBody();
  IRMapping mapping;
  for (auto [i, argument] : llvm::enumerate(block.getArguments()))
    if (!argument.use_empty())
      mapping.map(argument, load(i, at[i], width, mask));
  for (Operation &inner : block.without_terminator())
    mapping.map(inner.getResult(0), vectorizeOp(t, inner, mapping, width));
  Value result = block.getTerminator()->getOperand(0);
  Value vector = mapping.contains(result) ? mapping.lookup(result)
                                          : t.broadcast(result, width);
  const FlatMemRef &to = operands.back();
  Value index = t.materialize(at.back());
  if (mask)
    vector::MaskedStoreOp::create(b, loc, to.memref, index, mask, vector);
  else if (streamed)
    vector::StoreOp::create(
        b, loc, vector, to.memref, index, /*nontemporal=*/true,
        llvm::MaybeAlign(lanes * getElementBytes(to.element)));
  else
    t.storeVector(vector, to, at.back());
}

} // namespace

static LogicalResult emitElementwise(linalg::GenericOp op) {
  auto isDimOrZero = [](AffineMap map) {
    return llvm::all_of(map.getResults(), [](AffineExpr expr) {
      auto constant = dyn_cast<AffineConstantExpr>(expr);
      return isa<AffineDimExpr>(expr) || (constant && constant.getValue() == 0);
    });
  };
  if (!op.hasPureBufferSemantics() || op.getNumDpsInits() != 1 ||
      op.getNumParallelLoops() != op.getNumLoops() || op.getNumLoops() == 0 ||
      !llvm::all_of(op->getOperandTypes(), llvm::IsaPred<MemRefType>) ||
      !llvm::all_of(op.getIndexingMapsArray(), isDimOrZero) ||
      !op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isIdentity())
    return failure();
  return Elementwise(op).emit();
}

namespace {
class ElementwiseFamily : public KernelFamily {
public:
  LogicalResult emit(Operation *op) const override {
    auto generic = dyn_cast<linalg::GenericOp>(op);
    return generic ? emitElementwise(generic) : failure();
  }
};
} // namespace

const KernelFamily &hswish::getElementwiseFamily() {
  static const ElementwiseFamily family;
  return family;
}
