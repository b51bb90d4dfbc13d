//===- PrefetchWeights.cpp - Coming weights are fetched meanwhile ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Codegen/Passes.h"
#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/MapVector.h"

namespace hswish {
#define GEN_PASS_DEF_PREFETCHWEIGHTSPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

namespace {
/// Of constants: less than this is not worth a plan.
constexpr int64_t kMinBytes = 4096;
constexpr int64_t kCacheLine = 64;
/// A kernel that uses its own weights less often waits for them itself.
constexpr int64_t kMinUses = 8;
/// Constants reach the kernels in two streams.
enum Stream : unsigned {
  /// What is needed soon, into the second level.
  kNear,
  /// What fills most of the second level by itself, through it into the third,
  /// where whatever leaves the second goes.
  kFar,
};
constexpr unsigned kNumStreams = 2;
/// In sizes of the second level: constants that are fetched longer ahead are no
/// longer in the caches when they are needed.
constexpr std::array<int64_t, kNumStreams> kHorizon = {2, 4};
/// As a constant of `memref.prefetch`.
constexpr std::array<int32_t, kNumStreams> kLocality = {2, 1};
/// About what one core can read from memory meanwhile.
constexpr int64_t kBytesPer512Bits = 8;

/// A loop around a reduction, from `lower` on.
struct Trips {
  Value iv;
  int64_t lower, step, count;
};

/// The reduction of a kernel in which most of its multiply-adds are.
struct Reduction {
  scf::ForOp loop;
  /// The loops around it, the innermost first, and it itself.
  SmallVector<Trips> around;
  int64_t iterations = 0, bitsPerIteration = 0;

  int64_t getBits() const { return iterations * bitsPerIteration; }
  /// How many bytes each step may fetch.
  int64_t getMaxStep() const {
    return std::min(kCacheLine, bitsPerIteration / 512 * kBytesPer512Bits);
  }
};

/// Bytes of a global, from `lower` to before `upper`.
struct Range {
  int64_t lower, upper;
};

/// What a call fetches: a cache line at `start`, and `step` further in each
/// step of its reduction.
struct Fetch {
  int64_t start = 0, step = 0;
};

/// A call of a kernel.
struct Call {
  func::CallOp op;
  SmallVector<Range> weights;
  int64_t weightBytes = 0;
  std::array<Fetch, kNumStreams> fetches;
};

/// A bound of a loop: a constant, or what limits a value (`Limit` is the
/// minimum or the maximum with a constant).
template <typename Limit>
std::optional<int64_t> getBound(Value value) {
  IntegerAttr bound;
  auto limit = value.getDefiningOp<Limit>();
  if (matchPattern(limit ? limit.getRhs() : value, m_Constant(&bound)))
    return bound.getInt();
  return std::nullopt;
}

/// Puts the trips of a loop into `result`.
LogicalResult addTrips(Value iv, Value lower, Value upper, Value step,
                       SmallVectorImpl<Trips> &result) {
  auto from = getBound<arith::MaxSIOp>(lower);
  auto to = getBound<arith::MinSIOp>(upper);
  IntegerAttr by;
  if (!from || !to || *to <= *from || !matchPattern(step, m_Constant(&by)))
    return failure();
  int64_t count = llvm::divideCeil(*to - *from, by.getInt());
  result.push_back({iv, *from, by.getInt(), count});
  return success();
}

/// The trips of all loops around `op`, the innermost first, or nothing if one
/// of them is not known. A loop whose bounds are limits of others (the rows of
/// an image, strip by strip) counts as the outermost.
FailureOr<SmallVector<Trips>> getTripsAround(Operation *op) {
  SmallVector<Trips> result;
  for (; !isa<func::FuncOp>(op); op = op->getParentOp()) {
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      if (failed(addTrips(loop.getInductionVar(), loop.getLowerBound(),
                          loop.getUpperBound(), loop.getStep(), result)))
        return failure();
      if (loop.getLowerBound().getDefiningOp<arith::MaxSIOp>())
        break;
    } else if (auto loop = dyn_cast<scf::ParallelOp>(op)) {
      for (unsigned i = loop.getNumLoops(); i-- > 0;)
        if (failed(addTrips(loop.getInductionVars()[i], loop.getLowerBound()[i],
                            loop.getUpperBound()[i], loop.getStep()[i],
                            result)))
          return failure();
    } else {
      return failure();
    }
  }
  return result;
}

/// How many bits of multiply-adds a loop's body has that are its own.
int64_t countBits(scf::ForOp loop) {
  int64_t bits = 0;
  for (Operation &op : *loop.getBody()) {
    auto type = isa<math::FmaOp, arith::AddFOp>(op)
                    ? dyn_cast<VectorType>(op.getResult(0).getType())
                    : nullptr;
    if (type && !type.isScalable())
      bits += type.getNumElements() * type.getElementTypeBitWidth();
  }
  return bits;
}

Reduction findReduction(func::FuncOp kernel) {
  Reduction best;
  kernel.walk([&](scf::ForOp loop) {
    if (loop.getInitArgs().empty())
      return;
    auto around = getTripsAround(loop);
    if (failed(around))
      return;
    Reduction found{loop, *around, 1, countBits(loop)};
    for (const Trips &trips : found.around)
      found.iterations *= trips.count;
    if (found.getMaxStep() > 0 && found.getBits() > best.getBits())
      best = found;
  });
  return best;
}

/// The model's function and its kernels.
class Plan {
public:
  Plan(func::FuncOp function, SymbolTable &symbols);

  /// Says what each call fetches, for a second level of `l2` bytes.
  void make(int64_t l2);
  memref::GlobalOp getConstants() const { return constants; }
  MutableArrayRef<Call> getCalls() { return calls; }
  llvm::MapVector<func::FuncOp, Reduction> &getKernels() { return kernels; }

private:
  void addWeights(Call &call, Value operand, SymbolTable &symbols);

  memref::GlobalOp constants;
  SmallVector<Call> calls;
  llvm::MapVector<func::FuncOp, Reduction> kernels;
};

Plan::Plan(func::FuncOp function, SymbolTable &symbols) {
  for (auto op : function.getOps<func::CallOp>()) {
    auto kernel = symbols.lookup<func::FuncOp>(op.getCallee());
    if (!kernel || kernel.isExternal())
      continue;
    Call call{op, {}, 0, {}};
    for (Value operand : op.getOperands())
      addWeights(call, operand, symbols);
    calls.push_back(call);
    if (!kernels.contains(kernel))
      kernels[kernel] = findReduction(kernel);
  }
}

void Plan::addWeights(Call &call, Value operand, SymbolTable &symbols) {
  auto view = operand.getDefiningOp<memref::ViewOp>();
  auto get =
      view ? view.getSource().getDefiningOp<memref::GetGlobalOp>() : nullptr;
  IntegerAttr offset;
  if (!get || !view.getType().hasStaticShape() ||
      !matchPattern(view.getByteShift(), m_Constant(&offset)))
    return;
  auto global = symbols.lookup<memref::GlobalOp>(get.getName());
  if (constants && constants != global)
    return;
  constants = global;
  int64_t bytes = view.getType().getNumElements() *
                  view.getType().getElementTypeBitWidth() / 8;
  call.weights.push_back({offset.getInt(), offset.getInt() + bytes});
  call.weightBytes += bytes;
}

/// Drops what is further away than the horizon from what is needed next.
void forget(SmallVectorImpl<Range> &wanted, int64_t horizon) {
  if (wanted.empty())
    return;
  int64_t end = wanted.back().lower + horizon;
  llvm::erase_if(wanted, [&](Range &range) { return range.lower >= end; });
  for (Range &range : wanted)
    range.upper = std::min(range.upper, end);
}

/// Lets a reduction fetch the last of what is asked for, up to `maxStep` bytes
/// in each step.
Fetch fetch(SmallVectorImpl<Range> &wanted, const Reduction &reduction,
            int64_t maxStep) {
  if (wanted.empty() || reduction.iterations == 0 || maxStep <= 0)
    return {};
  // What lies beside it is wanted at about the same time.
  Range &last = wanted.front();
  while (wanted.size() > 1 && wanted[1].upper <= last.lower &&
         wanted[1].upper + kMinBytes > last.lower) {
    last.lower = wanted[1].lower;
    wanted.erase(wanted.begin() + 1);
  }
  Fetch result;
  result.step = std::min({maxStep, last.upper / reduction.iterations,
                          static_cast<int64_t>(llvm::divideCeil(
                              last.upper - last.lower, reduction.iterations))});
  result.start = last.upper - result.step * reduction.iterations;
  last.upper = result.start;
  if (last.upper <= last.lower)
    wanted.erase(wanted.begin());
  return result;
}

void Plan::make(int64_t l2) {
  // From the last to the first that is needed.
  std::array<SmallVector<Range>, kNumStreams> wanted;
  for (Call &call : llvm::reverse(calls)) {
    auto kernel = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
        call.op, call.op.getCalleeAttr());
    const Reduction &reduction = kernels.find(kernel)->second;
    bool reuses = reduction.getBits() / 8 >= kMinUses * call.weightBytes;
    int64_t maxStep = reuses ? reduction.getMaxStep() : 0;
    for (Stream stream : {kNear, kFar}) {
      forget(wanted[stream], kHorizon[stream] * l2);
      call.fetches[stream] = fetch(wanted[stream], reduction, maxStep);
      maxStep -= call.fetches[stream].step;
    }
    for (Range range : call.weights)
      if (range.upper - range.lower >= kMinBytes)
        wanted[range.upper - range.lower > l2 ? kFar : kNear].push_back(range);
  }
}

struct PrefetchWeightsPass
    : hswish::impl::PrefetchWeightsPassBase<PrefetchWeightsPass> {
  using Base::Base;

  void runOnOperation() override;
  void addStream(Plan &plan, SymbolTable &symbols, Stream stream);
  void addPrefetch(func::FuncOp kernel, Reduction &reduction,
                   memref::GlobalOp constants, Stream stream);
  void addArguments(func::CallOp call, Fetch fetch);
};

void PrefetchWeightsPass::runOnOperation() {
  ModuleOp module = getOperation();
  SymbolTable symbols(module);
  for (auto function : llvm::to_vector(module.getOps<func::FuncOp>())) {
    TargetAttr target = getTarget(function);
    if (!function.isPublic() || function.isExternal() || !target)
      continue;
    Plan plan(function, symbols);
    memref::GlobalOp constants = plan.getConstants();
    if (!constants || constants.getType().getNumElements() <= target.getL2())
      continue;
    plan.make(target.getL2());
    for (Stream stream : {kNear, kFar})
      addStream(plan, symbols, stream);
  }
}

/// One stream into the kernels that fetch some of it.
void PrefetchWeightsPass::addStream(Plan &plan, SymbolTable &symbols,
                                    Stream stream) {
  llvm::SmallPtrSet<Operation *, 16> fetching;
  for (Call &call : plan.getCalls())
    if (call.fetches[stream].step > 0)
      fetching.insert(symbols.lookup(call.op.getCallee()));
  for (auto &[kernel, reduction] : plan.getKernels())
    if (fetching.contains(kernel))
      addPrefetch(kernel, reduction, plan.getConstants(), stream);
  for (Call &call : plan.getCalls())
    if (fetching.contains(symbols.lookup(call.op.getCallee())))
      addArguments(call.op, call.fetches[stream]);
}

void PrefetchWeightsPass::addPrefetch(func::FuncOp kernel, Reduction &reduction,
                                      memref::GlobalOp constants,
                                      Stream stream) {
  Location loc = kernel.getLoc();
  Type index = IndexType::get(&getContext());
  unsigned position = kernel.getNumArguments();
  for (unsigned i = 0; i < 2; ++i)
    (void)kernel.insertArgument(position + i, index, {}, loc);
  Value start = kernel.getArgument(position),
        step = kernel.getArgument(position + 1);

  IRRewriter b(&getContext());
  b.setInsertionPointToStart(&kernel.front());
  Value bytes = memref::GetGlobalOp::create(b, loc, constants.getType(),
                                            constants.getSymName());
  // How many steps there were before this reduction.
  b.setInsertionPoint(reduction.loop);
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  int64_t inner = 1;
  Value at = start;
  for (const Trips &trips : reduction.around) {
    if (trips.iv != reduction.loop.getInductionVar()) {
      Value trip =
          arith::SubIOp::create(b, loc, trips.iv, constant(trips.lower));
      trip = arith::DivUIOp::create(b, loc, trip, constant(trips.step));
      Value steps = arith::MulIOp::create(b, loc, trip, constant(inner));
      at = arith::AddIOp::create(b, loc, at,
                                 arith::MulIOp::create(b, loc, steps, step));
    }
    inner *= trips.count;
  }
  auto next = [&](OpBuilder &b, Location loc, ArrayRef<BlockArgument> args) {
    return SmallVector<Value>{
        arith::AddIOp::create(b, loc, args.front(), step)};
  };
  auto loop = cast<scf::ForOp>(*reduction.loop.replaceWithAdditionalYields(
      b, at, /*replaceInitOperandUsesInLoop=*/false, next));
  b.setInsertionPointToStart(loop.getBody());
  memref::PrefetchOp::create(b, loc, bytes, loop.getRegionIterArgs().back(),
                             /*isWrite=*/false, kLocality[stream],
                             /*isDataCache=*/true);
  // The loop is another one now, and the innermost of those around its body.
  reduction.loop = loop;
  reduction.around.front().iv = loop.getInductionVar();
}

void PrefetchWeightsPass::addArguments(func::CallOp call, Fetch fetch) {
  OpBuilder b(call);
  SmallVector<Value> operands(call.getOperands());
  for (int64_t value : {fetch.start, fetch.step})
    operands.push_back(arith::ConstantIndexOp::create(b, call.getLoc(), value));
  call->setOperands(operands);
}
} // namespace
