//===- FetchPlan.cpp - Which call fetches which weights -------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FetchPlan.h"
#include "hswish/Codegen/ModelInterface.h"
#include "hswish/IR/ElementTypes.h"
#include "hswish/IR/HSwish.h"

#include "mlir/IR/Matchers.h"
#include "llvm/Support/DebugLog.h"

#define DEBUG_TYPE "hswish-prefetch-weights"

using namespace mlir;
using namespace hswish;

/// Constants of fewer bytes are not worth a plan; a gap of fewer bytes between
/// two of them is fetched with them.
constexpr int64_t kMinBytes = 4096, kMaxGap = 16384;
/// A kernel that uses its own weights less often waits for them itself.
constexpr int64_t kMinUses = 8;
/// What a step of a reduction fetches at most.
constexpr int64_t kMaxLines = 3;

FetchLimits FetchLimits::get(TargetAttr target) {
  const PrefetchModel &model = target.getCpuModel().memory.prefetch;
  int64_t l2 = target.getL2();
  return {model.bytesPer512Bits,
          {model.nearHorizon.of(l2), model.farHorizon.of(l2)},
          model.lead.of(l2),
          {model.nearLocality, model.farLocality}};
}

namespace {
/// The weights of a stream in the order of their use: a position among them is
/// a place in the constants.
class Track {
public:
  /// Returns the position of `range`.
  int64_t append(ByteRange range, int64_t stride);
  int64_t getEnd() const { return end; }
  /// Where `position` is for the first thread, how far that is from where it is
  /// for the next one, and up to which position the constants go on there.
  std::tuple<int64_t, int64_t, int64_t> locate(int64_t position) const;

private:
  struct Piece {
    int64_t position;
    ByteRange range;
    int64_t stride;
  };
  SmallVector<Piece> pieces;
  int64_t end = 0;
};
} // namespace

int64_t Track::append(ByteRange range, int64_t stride) {
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

FetchPlan::FetchPlan(func::FuncOp function, SymbolTable &symbols,
                     TargetAttr target)
    : l2(target.getL2()), limits(FetchLimits::get(target)) {
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

void FetchPlan::addWeights(Call &call, Value operand, SymbolTable &symbols) {
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
  int64_t bytes = getStoredBytes(view.getType());
  if (bytes >= kMinBytes)
    call.weights.include({offset.getInt(), offset.getInt() + bytes});
}

const Reduction &FetchPlan::getReduction(Call &call) {
  auto kernel = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
      call.op, call.op.getCalleeAttr());
  return kernels.find(kernel)->second;
}

int64_t FetchPlan::getMaxStep(Call &call) {
  const Reduction &reduction = getReduction(call);
  if (reduction.getBits() / 8 < kMinUses * call.weights.size())
    return 0;
  int64_t step =
      std::min(kMaxLines * kCacheLine,
               reduction.bitsPerIteration / 512 * limits.bytesPer512Bits);
  for (Fetch fetch : call.fetches)
    step -= fetch.step;
  return step;
}

/// A stream is a position in its weights that moves forward. Before each call
/// it has to have passed what is needed at once: all that a product reads, the
/// first part of what a convolution does, and what later calls cannot catch up.
void FetchPlan::planStream(Stream stream) {
  Track track;
  // For each call, where its weights are, up to where it needs them at once,
  // and how many bytes it can fetch.
  SmallVector<ByteRange> own(calls.size());
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
    urgent[i] = capacity[i] > 0 ? own[i].lower + std::min(size, limits.lead)
                                : own[i].upper;
  }
  // Where the stream has to be before each call.
  SmallVector<int64_t> needed(calls.size() + 1, 0);
  for (size_t i = calls.size(); i-- > 0;) {
    if (own[i].size() > 0 && capacity[i] > 0)
      needed[i + 1] = std::max(needed[i + 1], own[i].upper);
    needed[i] = std::max<int64_t>(needed[i + 1] - capacity[i], urgent[i]);
    if (own[i].size() > 0)
      needed[i] = std::min(needed[i], own[i].lower + limits.horizon[stream]);
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
    LDBG() << call.op.getCallee() << " fetches " << step << " bytes in each of "
           << iterations << " steps of its reduction, "
           << (stream == kNear ? "near" : "far") << ", from byte " << start
           << " of the constants on";
    position += std::min(step * iterations, end - position);
  }
}

void FetchPlan::make() {
  for (Stream stream : {kNear, kFar})
    planStream(stream);
}
