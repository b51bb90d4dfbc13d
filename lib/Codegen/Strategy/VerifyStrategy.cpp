//===- VerifyStrategy.cpp - Whether a strategy suits a layer --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Codegen/Strategy.h"
#include "hswish/Codegen/StrategyFile.h"

using namespace mlir;
using namespace hswish;

namespace {
using EmitError = function_ref<InFlightDiagnostic()>;

/// What an op leaves to its strategy.
struct Layer {
  SmallVector<Kernel> kernels;
  int64_t channels; ///< that blocks cover; 0 for kernels without blocks
};
} // namespace

static Layer getLayer(Operation *op, const Machine &machine) {
  if (auto matmul = dyn_cast<MatmulOp>(op))
    return {{Kernel::Pointwise, Kernel::Gemv}, matmul.getUnpackedRhsShape()[1]};
  auto conv = dyn_cast<Conv2DOp>(op);
  if (!conv)
    return {{Kernel::Pool}, 0};
  if (isDepthwiseMultiple(conv, machine))
    return {{Kernel::Depthwise}, 0};
  SmallVector<int64_t, 4> filter = conv.getUnpackedFilterShape();
  int64_t channels = filter[3] / static_cast<int64_t>(conv.getGroups());
  Layer layer = {{Kernel::Direct}, channels};
  if (isPointwise(conv, machine))
    layer.kernels = {Kernel::Pointwise, Kernel::Gemv};
  ContractionShape shape = {1, 1, 1, channels, true, filter[2]};
  if (canBeDot(machine, shape))
    layer.kernels.push_back(Kernel::Dot);
  return layer;
}

/// Where no target says what a machine has: of a vector, and of a tile.
static constexpr int64_t kMostLanes = 64, kMostAccumulators = 128;
/// Steps of a reduction at a time.
static constexpr int64_t kMostSteps = 64;

static LogicalResult verifyBlocks(StrategyAttr strategy, int64_t channels,
                                  EmitError emitError) {
  int64_t sum = 0;
  for (int64_t width : strategy.getBlocks())
    sum += width;
  if (sum == channels)
    return success();
  if (channels == 0)
    return emitError() << "a " << stringifyKernel(strategy.getKernel())
                       << " kernel has no blocks";
  return emitError() << "blocks add up to " << sum
                     << " channels, but there are " << channels;
}

/// Accumulators that a tile keeps at a time.
static uint64_t countAccumulators(StrategyAttr strategy) {
  uint64_t rows = strategy.getRows(), columns = strategy.getColumns();
  if (strategy.getKernel() == Kernel::Dot)
    return rows * strategy.getBlocks().front();
  int64_t vectors = 1;
  for (int64_t width : strategy.getBlocks())
    vectors = std::max<int64_t>(vectors,
                                llvm::divideCeil(width, strategy.getVector()));
  uint64_t tile = llvm::SaturatingMultiply<uint64_t>(rows * columns, vectors);
  return strategy.getKernel() == Kernel::Pool
             ? llvm::SaturatingMultiply<uint64_t>(tile, strategy.getUnroll())
             : tile;
}

LogicalResult hswish::verifyStrategy(Operation *op, StrategyAttr strategy,
                                     EmitError emitError) {
  Value init = cast<DestinationStyleOpInterface>(op).getDpsInits()[0];
  Machine machine = Machine::get(
      getTarget(op), getElementTypeOrSelf(init).getIntOrFloatBitWidth());
  if (!getTarget(op)) { // Whatever it is, it has some.
    machine.vector = std::min(strategy.getVector(), kMostLanes);
    machine.registers = kMostAccumulators;
  }
  Layer layer = getLayer(op, machine);
  if (!llvm::is_contained(layer.kernels, strategy.getKernel())) {
    InFlightDiagnostic error = emitError();
    error << "this layer cannot be a " << stringifyKernel(strategy.getKernel())
          << " kernel, only ";
    llvm::interleave(
        layer.kernels, [&](Kernel kernel) { error << stringifyKernel(kernel); },
        [&] { error << " or "; });
    return error;
  }
  if (strategy.getVector() > machine.vector)
    return emitError() << "vectors of " << strategy.getVector()
                       << " elements, but the target's have " << machine.vector;
  if (failed(verifyBlocks(strategy, layer.channels, emitError)))
    return failure();
  if (strategy.getUnroll() > kMostSteps)
    return emitError() << "unrolls " << strategy.getUnroll()
                       << " steps: more than " << kMostSteps
                       << " are never faster";
  if (uint64_t accs = countAccumulators(strategy);
      accs > static_cast<uint64_t>(machine.registers))
    return emitError() << "a tile has " << accs
                       << " accumulators, but the target only "
                       << machine.registers << " registers";
  return success();
}
