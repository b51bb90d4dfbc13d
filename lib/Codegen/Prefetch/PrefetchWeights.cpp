//===- PrefetchWeights.cpp - Coming weights are fetched meanwhile ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FetchPlan.h"
#include "hswish/Codegen/Passes.h"
#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace hswish {
#define GEN_PASS_DEF_PREFETCHWEIGHTSPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

namespace {
struct PrefetchWeightsPass
    : hswish::impl::PrefetchWeightsPassBase<PrefetchWeightsPass> {
  using Base::Base;

  void runOnOperation() override;
  void addStream(FetchPlan &plan, SymbolTable &symbols, Stream stream);
  void addPrefetch(func::FuncOp kernel, Reduction &reduction,
                   memref::GlobalOp constants, int32_t locality,
                   int64_t maxStep);
  void addArguments(func::CallOp call, Fetch fetch, Value thread);
};

void PrefetchWeightsPass::runOnOperation() {
  ModuleOp module = getOperation();
  SymbolTable symbols(module);
  for (auto function : llvm::to_vector(module.getOps<func::FuncOp>())) {
    TargetAttr target = getTarget(function);
    if (!function.isPublic() || function.isExternal() || !target)
      continue;
    FetchPlan plan(function, symbols, target);
    memref::GlobalOp constants = plan.getConstants();
    if (!constants || constants.getType().getNumElements() <= target.getL2())
      continue;
    plan.make();
    for (Stream stream : {kNear, kFar})
      addStream(plan, symbols, stream);
  }
}

/// One stream into the kernels that fetch some of it.
void PrefetchWeightsPass::addStream(FetchPlan &plan, SymbolTable &symbols,
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
      addPrefetch(kernel, reduction, plan.getConstants(),
                  plan.getLocality(stream), step);
  for (Call &call : plan.getCalls())
    if (fetching.contains(symbols.lookup(call.op.getCallee())))
      addArguments(call.op, call.fetches[stream], plan.getThread());
}

void PrefetchWeightsPass::addPrefetch(func::FuncOp kernel, Reduction &reduction,
                                      memref::GlobalOp constants,
                                      int32_t locality, int64_t maxStep) {
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
    memref::PrefetchOp::create(b, loc, bytes, line, /*isWrite=*/false, locality,
                               /*isDataCache=*/true);
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
