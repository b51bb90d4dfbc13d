//===- Pipelines.cpp - The compiler's named pipelines ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Pipelines/Pipelines.h"

#include "hswish/Codegen/Passes.h"
#include "hswish/Conversion/Passes.h"
#include "hswish/Transforms/Passes.h"

#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/TosaToArith/TosaToArith.h"
#include "mlir/Conversion/TosaToLinalg/TosaToLinalg.h"
#include "mlir/Conversion/TosaToTensor/TosaToTensor.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace hswish;

/// Between buffers, for threads: about seven rows of an image of 28x28x120, so
/// many as a Zen 4 core reads ahead.
static constexpr int64_t kGap = 128 << 10;

/// TOSA to arith, linalg and tensor; nothing where there is none.
static void addTosaPasses(OpPassManager &pm) {
  pm.addNestedPass<func::FuncOp>(tosa::createTosaToLinalgNamed());
  pm.addNestedPass<func::FuncOp>(tosa::createTosaToLinalg());
  TosaToArithPassOptions arith;
  arith.includeApplyRescale = true;
  pm.addNestedPass<func::FuncOp>(createTosaToArithPass(arith));
  pm.addNestedPass<func::FuncOp>(createTosaToTensorPass());
}

/// A model is one function, whose constants are its own.
static void addInliningPasses(OpPassManager &pm) {
  // Nothing is simplified before it was raised.
  pm.addPass(createInlinerPass({}, /*defaultPipelineBuilder=*/nullptr));
  pm.addPass(createSymbolDCEPass());
  pm.addPass(createRejectCallsPass());
  pm.addPass(createFoldGlobalsPass());
}

void hswish::buildSimplifyPipeline(OpPassManager &pm,
                                   const PipelineOptions &options) {
  addInliningPasses(pm);
  RaisePassOptions raise;
  raise.explain = options.explain;
  // Before all else: in TOSA a clamp still is one op, and a sixth is recognised
  // in the type that it was rounded to, before constants of half precision are
  // widened.
  pm.addPass(createRaisePass(raise));
  pm.addPass(createFuseQuantizersPass({options.explain}));
  // Before TOSA is lowered: then a conversion to a half still is the model's.
  pm.addNestedPass<func::FuncOp>(createPromoteF16Pass());
  addTosaPasses(pm);
  pm.addPass(createDropEmptyTensorsPass());
  pm.addPass(createConvertLinalgToHSwishPass());
  pm.addPass(createPropagateLayoutPass());
  pm.addPass(createCanonicalizerPass());
  // A spelling whose sixth is in the weights of one user and spelt out for
  // another has become the same op twice.
  pm.addPass(createMergeEqualOpsPass());
  pm.addPass(createFoldIntoFilterPass());
}

void hswish::buildFusePipeline(OpPassManager &pm,
                               const PipelineOptions &options) {
  FuseEpiloguePassOptions epilogue;
  epilogue.explain = options.explain;
  pm.addPass(createFuseEpiloguePass(epilogue));
  pm.addPass(createFoldIntoFilterPass());
  pm.addPass(createFuseElementwisePass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createMergeEqualOpsPass());
  pm.addPass(createFoldActivationScalePass());
  if (options.flushTinyWeights)
    pm.addPass(createFlushTinyWeightsPass());
  pm.addPass(createSplitPoolsPass());
  pm.addPass(createMaterializePaddingPass());
}

void hswish::buildCodegenPipeline(OpPassManager &pm,
                                  const PipelineOptions &options) {
  pm.addPass(createRejectCallsPass());
  pm.addPass(createRejectForeignOpsPass());
  pm.addPass(createSpecializeForTargetsPass());
  pm.addPass(createResultsToOutputsPass());
  if (options.kernels) {
    // Threads have images of their own.
    if (options.threads <= 1)
      pm.addPass(createSplitBatchPass());
    pm.addPass(createSelectStrategyPass(
        {options.strategies, static_cast<int64_t>(options.threads)}));
    if (options.narrowWeights)
      pm.addPass(createNarrowWeightsPass());
    pm.addPass(createPackWeightsPass());
  }
  pm.addPass(createLowerLeftoversPass({/*all=*/!options.kernels}));
  // No CSE here: two layers would share a padded image and copy it.
  pm.addPass(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createPlaceResultsPass());
  pm.addPass(createBufferizePass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createLowerCopiesPass());
  pm.addPass(createReadInPlacePass());
  if (options.profile)
    pm.addPass(createAnnotateLayersPass());
  FuseStripsPassOptions strips;
  strips.parts = options.threads;
  pm.addPass(createFuseStripsPass(strips));
  // Threads share rows: only a whole one has one average.
  if (options.threads <= 1)
    pm.addPass(createFuseAveragesPass());
  pm.addPass(createOutlineKernelsPass());
  pm.addPass(createGatherConstantsPass());
  PlanMemoryPassOptions memory;
  if (options.threads > 1)
    memory.gap = kGap;
  pm.addPass(createPlanMemoryPass(memory));
  if (options.profile)
    pm.addPass(createInstrumentKernelsPass());
  pm.addPass(createConvertHSwishToSCFPass());
  pm.addPass(createVectorizeLinalgPass());
  pm.addNestedPass<func::FuncOp>(createConvertLinalgToParallelLoopsPass());
  if (options.threads > 1)
    pm.addPass(createDistributeToThreadsPass({options.threads}));
  // What a tile has on the stack is there for all tiles.
  pm.addNestedPass<func::FuncOp>(bufferization::createBufferLoopHoistingPass());
  pm.addPass(createPrefetchWeightsPass());
  // While clamps still are operations, which say that a float fits an integer.
  pm.addPass(createDefineArithmeticPass());
  pm.addPass(createConvertHSwishToArithPass());
  pm.addPass(createApproximateMathPass());
  pm.addPass(createExpandHalvesPass());
}

void hswish::buildToLLVMPipeline(OpPassManager &pm,
                                 const PipelineOptions &options) {
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createConvertToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createEmitInterfacePass());
  if (options.hugePages)
    pm.addPass(createUseHugePagesPass());
}

void hswish::buildCompilePipeline(OpPassManager &pm,
                                  const PipelineOptions &options) {
  buildSimplifyPipeline(pm, options);
  buildFusePipeline(pm, options);
  buildCodegenPipeline(pm, options);
  buildToLLVMPipeline(pm, options);
}

void hswish::registerPipelines() {
  PassPipelineRegistration<PipelineOptions>(
      "hswish-simplify", "One layout, raised activations, folded constants",
      buildSimplifyPipeline);
  PassPipelineRegistration<PipelineOptions>(
      "hswish-fuse", "Structured ops with everything elementwise in epilogues",
      buildFusePipeline);
  PassPipelineRegistration<PipelineOptions>(
      "hswish-codegen", "From structured ops on tensors to loops on memory",
      buildCodegenPipeline);
  PassPipelineRegistration<PipelineOptions>(
      "hswish-to-llvm",
      "From loops on memory to the llvm dialect, with the C interface",
      buildToLLVMPipeline);
  PassPipelineRegistration<PipelineOptions>(
      "hswish-compile", "From an imported model to the llvm dialect",
      buildCompilePipeline);
}
