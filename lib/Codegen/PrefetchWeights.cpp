//===- PrefetchWeights.cpp - Coming weights are fetched meanwhile ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reduction.h"
#include "hswish/Codegen/ModelInterface.h"
#include "hswish/Codegen/Passes.h"
#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
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
constexpr int64_t kCacheLine = 64;
/// Of constants: less than this is not worth a plan. Between others, so much is
/// fetched with them.
constexpr int64_t kMinBytes = 4096, kMaxGap = 16384;
/// A kernel that uses its own weights less often waits for them itself.
constexpr int64_t kMinUses = 8;
/// What a step of a reduction fetches at most: so many lines, and about what
/// one core can read from memory meanwhile.
constexpr int64_t kMaxLines = 3, kBytesPer512Bits = 8;

/// Constants reach the kernels in two streams.
enum Stream : unsigned {
  /// What is needed soon, into the second level.
  kNear,
  /// What fills the second level by itself, through it into the third, where
  /// whatever leaves the second goes.
  kFar,
};
constexpr unsigned kNumStreams = 2;
/// As a constant of `memref.prefetch`.
constexpr std::array<int32_t, kNumStreams> kLocality = {2, 1};
/// In sizes of the second level: what is fetched longer ahead is no longer in
/// the caches when it is needed.
constexpr std::array<int64_t, kNumStreams> kHorizon = {2, 8};
/// Of the second level, what a convolution finds there of its own weights when
/// it starts.
constexpr int64_t kLeadShare = 4;

/// Bytes of a global, from `lower` to before `upper`.
struct Range {
  int64_t lower = 0, upper = 0;

  int64_t size() const { return upper - lower; }
  void include(Range other) {
    lower = size() == 0 ? other.lower : std::min(lower, other.lower);
    upper = std::max(upper, other.upper);
  }
};

/// What a call fetches: `step` bytes from `start` on, and as many more in each
/// step of its reduction. Each thread starts `stride` after the one before.
struct Fetch {
  int64_t start = 0, step = 0, stride = 0;
};

/// A call of a kernel.
struct Call {
  func::CallOp op;
  Range weights;
  std::array<Fetch, kNumStreams> fetches;
};

/// The weights of a stream in the order of their use: a position among them is
/// a place in the constants.
class Track {
public:
  /// Returns the position of `range`.
  int64_t append(Range range, int64_t stride);
  int64_t getEnd() const { return end; }
  /// Where `position` is for the first thread, how far that is from where it is
  /// for the next one, and up to which position the constants go on there.
  std::tuple<int64_t, int64_t, int64_t> locate(int64_t position) const;

private:
  struct Piece {
    int64_t position;
    Range range;
    int64_t stride;
  };
  SmallVector<Piece> pieces;
  int64_t end = 0;
};

int64_t Track::append(Range range, int64_t stride) {
  if (!pieces.empty()) {
    auto &[position, last, lastStride] = pieces.back();
    int64_t gap = range.lower - last.upper;
    if (gap >= 0 && gap < kMaxGap && stride == 0 && lastStride == 0) {
      last.upper = range.upper;
      end = position + last.size();
      return end - range.size();
    }
  }
  pieces.push_back({end, range, stride});
  end += range.size();
  return pieces.back().position;
}

std::tuple<int64_t, int64_t, int64_t> Track::locate(int64_t position) const {
  for (const Piece &piece : pieces)
    if (int64_t offset = position - piece.position; offset < piece.range.size())
      return {piece.range.lower + offset, piece.stride,
              piece.position + piece.range.size()};
  return {0, 0, position};
}

/// The model's function and its kernels.
class Plan {
public:
  /// For a second level of `l2` bytes.
  Plan(func::FuncOp function, SymbolTable &symbols, int64_t l2);

  /// Says what each call fetches.
  void make();
  Value getThread() const { return thread; }
  memref::GlobalOp getConstants() const { return constants; }
  MutableArrayRef<Call> getCalls() { return calls; }
  llvm::MapVector<func::FuncOp, Reduction> &getKernels() { return kernels; }

private:
  void addWeights(Call &call, Value operand, SymbolTable &symbols);
  void planStream(Stream stream);
  const Reduction &getReduction(Call &call);
  /// How many bytes a call may fetch in each step beside what it does already.
  int64_t getMaxStep(Call &call);
  bool isIn(Stream stream, const Call &call) const {
    int64_t size = call.weights.size();
    return size > 0 && stream == (size > l2 ? kFar : kNear);
  }

  int64_t l2;
  Value thread; ///< The number of the one that runs; null if there is only one.
  int64_t threads = 1;
  memref::GlobalOp constants;
  SmallVector<Call> calls;
  llvm::MapVector<func::FuncOp, Reduction> kernels;
};

Plan::Plan(func::FuncOp function, SymbolTable &symbols, int64_t l2) : l2(l2) {
  for (BlockArgument argument : function.getArguments()) {
    unsigned i = argument.getArgNumber();
    if (function.getArgAttr(i, kThreadAttrName))
      thread = argument;
    if (auto count =
            function.getArgAttrOfType<IntegerAttr>(i, kThreadsAttrName))
      threads = count.getInt();
  }
  function.walk([&](func::CallOp op) {
    auto kernel = symbols.lookup<func::FuncOp>(op.getCallee());
    if (!kernel || kernel.isExternal())
      return;
    Call call{op, {}, {}};
    for (Value operand : op.getOperands())
      addWeights(call, operand, symbols);
    calls.push_back(call);
    if (!kernels.contains(kernel))
      kernels[kernel] = findReduction(kernel);
  });
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
  if (bytes >= kMinBytes)
    call.weights.include({offset.getInt(), offset.getInt() + bytes});
}

const Reduction &Plan::getReduction(Call &call) {
  auto kernel = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
      call.op, call.op.getCalleeAttr());
  return kernels.find(kernel)->second;
}

int64_t Plan::getMaxStep(Call &call) {
  const Reduction &reduction = getReduction(call);
  if (reduction.getBits() / 8 < kMinUses * call.weights.size())
    return 0;
  int64_t step = std::min(kMaxLines * kCacheLine,
                          reduction.bitsPerIteration / 512 * kBytesPer512Bits);
  for (Fetch fetch : call.fetches)
    step -= fetch.step;
  return step;
}

/// A stream is a position in its weights that moves forward. Before each call
/// it has to have passed what is needed at once: all that a product reads, the
/// first part of what a convolution does, and what later calls cannot catch up.
void Plan::planStream(Stream stream) {
  Track track;
  // Of each call: where its weights are, up to where it needs them at once,
  // and how much it can fetch.
  SmallVector<Range> own(calls.size());
  SmallVector<int64_t> urgent(calls.size(), 0), capacity(calls.size(), 0);
  for (auto [i, call] : llvm::enumerate(calls)) {
    capacity[i] = getMaxStep(call) * getReduction(call).iterations;
    if (!isIn(stream, call))
      continue;
    // The third level is everyone's: each thread fetches a part for it.
    int64_t stride =
        stream == kFar && threads > 1 ? call.weights.size() / threads : 0;
    int64_t size = stride ? stride : call.weights.size();
    int64_t lower = call.weights.lower;
    own[i].lower = track.append({lower, lower + size}, stride);
    own[i].upper = own[i].lower + size;
    urgent[i] = capacity[i] > 0 ? own[i].lower + std::min(size, l2 / kLeadShare)
                                : own[i].upper;
  }
  // Where the stream has to be before each call.
  SmallVector<int64_t> needed(calls.size() + 1, 0);
  for (size_t i = calls.size(); i-- > 0;) {
    if (own[i].size() > 0 && capacity[i] > 0)
      needed[i + 1] = std::max(needed[i + 1], own[i].upper);
    needed[i] = std::max<int64_t>(needed[i + 1] - capacity[i], urgent[i]);
    if (own[i].size() > 0)
      needed[i] = std::min(needed[i], own[i].lower + kHorizon[stream] * l2);
  }
  int64_t position = 0;
  for (auto [i, call] : llvm::enumerate(calls)) {
    position = std::max(position, urgent[i]);
    auto [start, stride, end] = track.locate(position);
    int64_t bytes = std::min(needed[i + 1], end) - position;
    if (capacity[i] <= 0 || bytes <= 0)
      continue;
    int64_t iterations = getReduction(call).iterations;
    int64_t behind =
        constants.getType().getNumElements() - start - stride * (threads - 1);
    int64_t step = std::min<int64_t>(
        {getMaxStep(call), behind / iterations,
         static_cast<int64_t>(llvm::divideCeil(bytes, iterations))});
    call.fetches[stream] = {start, step, stride};
    position += std::min(step * iterations, end - position);
  }
}

void Plan::make() {
  for (Stream stream : {kNear, kFar})
    planStream(stream);
}

struct PrefetchWeightsPass
    : hswish::impl::PrefetchWeightsPassBase<PrefetchWeightsPass> {
  using Base::Base;

  void runOnOperation() override;
  void addStream(Plan &plan, SymbolTable &symbols, Stream stream);
  void addPrefetch(func::FuncOp kernel, Reduction &reduction,
                   memref::GlobalOp constants, Stream stream, int64_t maxStep);
  void addArguments(func::CallOp call, Fetch fetch, Value thread);
};

void PrefetchWeightsPass::runOnOperation() {
  ModuleOp module = getOperation();
  SymbolTable symbols(module);
  for (auto function : llvm::to_vector(module.getOps<func::FuncOp>())) {
    TargetAttr target = getTarget(function);
    if (!function.isPublic() || function.isExternal() || !target)
      continue;
    Plan plan(function, symbols, target.getL2());
    memref::GlobalOp constants = plan.getConstants();
    if (!constants || constants.getType().getNumElements() <= target.getL2())
      continue;
    plan.make();
    for (Stream stream : {kNear, kFar})
      addStream(plan, symbols, stream);
  }
}

/// One stream into the kernels that fetch some of it.
void PrefetchWeightsPass::addStream(Plan &plan, SymbolTable &symbols,
                                    Stream stream) {
  // The largest step of all calls of a kernel.
  llvm::DenseMap<Operation *, int64_t> fetching;
  for (Call &call : plan.getCalls())
    if (int64_t step = call.fetches[stream].step; step > 0) {
      int64_t &most = fetching[symbols.lookup(call.op.getCallee())];
      most = std::max(most, step);
    }
  for (auto &[kernel, reduction] : plan.getKernels())
    if (int64_t step = fetching.lookup(kernel))
      addPrefetch(kernel, reduction, plan.getConstants(), stream, step);
  for (Call &call : plan.getCalls())
    if (fetching.contains(symbols.lookup(call.op.getCallee())))
      addArguments(call.op, call.fetches[stream], plan.getThread());
}

void PrefetchWeightsPass::addPrefetch(func::FuncOp kernel, Reduction &reduction,
                                      memref::GlobalOp constants, Stream stream,
                                      int64_t maxStep) {
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
  b.setInsertionPoint(reduction.loop);
  Value at = reduction.advance(b, start, step);
  auto next = [&](OpBuilder &b, Location loc, ArrayRef<BlockArgument> args) {
    return SmallVector<Value>{
        arith::AddIOp::create(b, loc, args.front(), step)};
  };
  auto loop = cast<scf::ForOp>(*reduction.loop.replaceWithAdditionalYields(
      b, at, /*replaceInitOperandUsesInLoop=*/false, next));
  b.setInsertionPointToStart(loop.getBody());
  Value line = loop.getRegionIterArgs().back();
  for (int64_t fetched = 0; fetched < maxStep; fetched += kCacheLine) {
    if (fetched > 0)
      line = arith::AddIOp::create(
          b, loc, line, arith::ConstantIndexOp::create(b, loc, kCacheLine));
    memref::PrefetchOp::create(b, loc, bytes, line, /*isWrite=*/false,
                               kLocality[stream], /*isDataCache=*/true);
  }
  // The loop is another one now, and the innermost of those around its body.
  reduction.loop = loop;
  reduction.around.front().iv = loop.getInductionVar();
}

void PrefetchWeightsPass::addArguments(func::CallOp call, Fetch fetch,
                                       Value thread) {
  OpBuilder b(call);
  Location loc = call.getLoc();
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  Value start = constant(fetch.start);
  if (fetch.stride != 0) {
    Value offset =
        arith::MulIOp::create(b, loc, thread, constant(fetch.stride));
    start = arith::AddIOp::create(b, loc, start, offset);
  }
  SmallVector<Value> operands(call.getOperands());
  operands.append({start, constant(fetch.step)});
  call->setOperands(operands);
}
} // namespace
