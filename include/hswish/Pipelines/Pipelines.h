//===- Pipelines.h - The compiler's named pipelines -*- C++ -*-------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_PIPELINES_PIPELINES_H
#define HSWISH_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace hswish {

struct PipelineOptions : mlir::PassPipelineOptions<PipelineOptions> {
  Option<bool> kernels{
      *this, "kernels",
      llvm::cl::desc("Use our own kernels; without them every structured op is "
                     "decomposed: slow, but a reference"),
      llvm::cl::init(true)};
  Option<bool> explain{
      *this, "explain",
      llvm::cl::desc("Remarks say why a spelling was not raised or something "
                     "was not fused"),
      llvm::cl::init(false)};
  Option<bool> profile{*this, "profile",
                       llvm::cl::desc("Take the time of each layer of a run"),
                       llvm::cl::init(false)};
  Option<bool> narrowWeights{
      *this, "narrow-weights",
      llvm::cl::desc("Store the weights of matrix-vector products as f16"),
      llvm::cl::init(false)};
  Option<bool> flushTinyWeights{
      *this, "flush-tiny-weights",
      llvm::cl::desc("Count weights below 1.2e-35 as zero"),
      llvm::cl::init(true)};
  Option<unsigned> threads{*this, "threads",
                           llvm::cl::desc("Threads that a run uses at most"),
                           llvm::cl::init(1)};
  Option<bool> hugePages{
      *this, "huge-pages",
      llvm::cl::desc("Have large constants in huge pages when the model is "
                     "loaded"),
      llvm::cl::init(true)};
  Option<std::string> strategies{
      *this, "strategies",
      llvm::cl::desc("A file of strategies that come before the cost model's"),
      llvm::cl::init("")};
};

/// `hswish-simplify`: an imported network in one layout, with its activations
/// raised and constants folded.
void buildSimplifyPipeline(mlir::OpPassManager &pm,
                           const PipelineOptions &options);

/// `hswish-fuse`: a simplified network as structured ops with epilogues.
void buildFusePipeline(mlir::OpPassManager &pm, const PipelineOptions &options);

/// `hswish-codegen`: from structured ops on tensors to loops on memory.
void buildCodegenPipeline(mlir::OpPassManager &pm,
                          const PipelineOptions &options);

/// `hswish-to-llvm`: from loops on memory to the llvm dialect, with the C
/// interface of a compiled model.
void buildToLLVMPipeline(mlir::OpPassManager &pm,
                         const PipelineOptions &options);

/// `hswish-compile`: the whole road, from an imported model to the llvm
/// dialect.
void buildCompilePipeline(mlir::OpPassManager &pm,
                          const PipelineOptions &options);

/// Makes the pipelines known by name.
void registerPipelines();

} // namespace hswish

#endif // HSWISH_PIPELINES_PIPELINES_H
