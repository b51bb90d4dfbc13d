//===- VerifyStrategy.cpp - Whether a strategy suits a layer --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Codegen/VerifyStrategy.h"

#include "KernelFamily.h"

using namespace mlir;
using namespace hswish;

using EmitError = function_ref<InFlightDiagnostic()>;

/// The family of `strategy`, if it computes `op` with that kernel.
static const KernelFamily *findFamily(KernelOpInterface op,
                                      StrategyAttr strategy,
                                      const Machine &machine,
                                      EmitError emitError) {
  SmallVector<StringRef> possible;
  for (const KernelFamily *family : getKernelFamilies()) {
    if (!family->applies(op, machine))
      continue;
    llvm::append_range(possible, family->getNames(op, machine));
    if (llvm::is_contained(family->getNames(op, machine), strategy.getKernel()))
      return family;
  }
  InFlightDiagnostic error = emitError();
  error << "this layer cannot be a " << strategy.getKernel()
        << " kernel, only ";
  llvm::interleave(
      possible, [&](StringRef name) { error << name; },
      [&] { error << " or "; });
  return nullptr;
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
    return emitError() << "a " << strategy.getKernel()
                       << " kernel has no blocks";
  return emitError() << "blocks add up to " << sum
                     << " channels, but there are " << channels;
}

LogicalResult hswish::verifyStrategy(KernelOpInterface op,
                                     StrategyAttr strategy,
                                     EmitError emitError) {
  Machine machine = Machine::get(op);
  if (!getTarget(op)) { // Whatever it is, it has some.
    machine.vector = std::min(strategy.getVector(), kMostLanes);
    machine.registers = kMostAccumulators;
  }
  const KernelFamily *family = findFamily(op, strategy, machine, emitError);
  if (!family)
    return failure();
  if (strategy.getVector() > machine.vector)
    return emitError() << "vectors of " << strategy.getVector()
                       << " elements, but the target's have " << machine.vector;
  if (failed(verifyBlocks(strategy, family->getBlockedChannels(op), emitError)))
    return failure();
  if (strategy.getUnroll() > kMostSteps)
    return emitError() << "unrolls " << strategy.getUnroll()
                       << " steps: more than " << kMostSteps
                       << " are never faster";
  if (uint64_t accs = family->countAccumulators(strategy);
      accs > static_cast<uint64_t>(machine.registers))
    return emitError() << "a tile has " << accs
                       << " accumulators, but the target only "
                       << machine.registers << " registers";
  return success();
}
