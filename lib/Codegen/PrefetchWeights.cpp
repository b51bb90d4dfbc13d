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

/// How many bytes each step may fetch.
int64_t getMaxStep(const Reduction &reduction) {
  return std::min(kCacheLine,
                  reduction.bitsPerIteration / 512 * kBytesPer512Bits);
}

/// Bytes of a global, from `lower` to before `upper`; for each thread those
/// that are `stride` after the ones of the thread before.
struct Range {
  int64_t lower, upper, stride;
};

/// What a call fetches: a cache line at `start`, and `step` further in each
/// step of its reduction. Each thread starts `stride` after the one before.
struct Fetch {
  int64_t start = 0, step = 0, stride = 0;
};

/// A call of a kernel.
struct Call {
  func::CallOp op;
  SmallVector<Range> weights;
  int64_t weightBytes = 0;
  std::array<Fetch, kNumStreams> fetches;
};

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
    Call call{op, {}, 0, {}};
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
  call.weights.push_back({offset.getInt(), offset.getInt() + bytes, 0});
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
  while (wanted.size() > 1 && wanted[1].stride == last.stride &&
         wanted[1].upper <= last.lower &&
         wanted[1].upper + kMinBytes > last.lower) {
    last.lower = wanted[1].lower;
    wanted.erase(wanted.begin() + 1);
  }
  Fetch result;
  result.step = std::min({maxStep, last.upper / reduction.iterations,
                          static_cast<int64_t>(llvm::divideCeil(
                              last.upper - last.lower, reduction.iterations))});
  result.start = last.upper - result.step * reduction.iterations;
  result.stride = last.stride;
  last.upper = result.start;
  if (last.upper <= last.lower)
    wanted.erase(wanted.begin());
  return result;
}

void Plan::make() {
  // From the last to the first that is needed.
  std::array<SmallVector<Range>, kNumStreams> wanted;
  for (Call &call : llvm::reverse(calls)) {
    auto kernel = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
        call.op, call.op.getCalleeAttr());
    const Reduction &reduction = kernels.find(kernel)->second;
    bool reuses = reduction.getBits() / 8 >= kMinUses * call.weightBytes;
    int64_t maxStep = reuses ? getMaxStep(reduction) : 0;
    for (Stream stream : {kNear, kFar}) {
      forget(wanted[stream], kHorizon[stream] * l2);
      call.fetches[stream] = fetch(wanted[stream], reduction, maxStep);
      maxStep -= call.fetches[stream].step;
    }
    for (Range range : call.weights) {
      int64_t bytes = range.upper - range.lower;
      // The third level is everyone's: each thread fetches a part for it.
      if (bytes > l2 && threads > 1) {
        range.stride = bytes / threads;
        range.upper = range.lower + range.stride;
      }
      if (bytes >= kMinBytes)
        wanted[bytes > l2 ? kFar : kNear].push_back(range);
    }
  }
}

struct PrefetchWeightsPass
    : hswish::impl::PrefetchWeightsPassBase<PrefetchWeightsPass> {
  using Base::Base;

  void runOnOperation() override;
  void addStream(Plan &plan, SymbolTable &symbols, Stream stream);
  void addPrefetch(func::FuncOp kernel, Reduction &reduction,
                   memref::GlobalOp constants, Stream stream);
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
  llvm::SmallPtrSet<Operation *, 16> fetching;
  for (Call &call : plan.getCalls())
    if (call.fetches[stream].step > 0)
      fetching.insert(symbols.lookup(call.op.getCallee()));
  for (auto &[kernel, reduction] : plan.getKernels())
    if (fetching.contains(kernel))
      addPrefetch(kernel, reduction, plan.getConstants(), stream);
  for (Call &call : plan.getCalls())
    if (fetching.contains(symbols.lookup(call.op.getCallee())))
      addArguments(call.op, call.fetches[stream], plan.getThread());
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
  b.setInsertionPoint(reduction.loop);
  Value at = reduction.advance(b, start, step);
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
