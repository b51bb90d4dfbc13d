//===- Compiler.h - From a model to machine code -*- C++ -*----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_COMPILER_COMPILER_H
#define HSWISH_COMPILER_COMPILER_H

#include "hswish/Codegen/ModelInterface.h"
#include "hswish/IR/HSwish.h"
#include "hswish/Import/ONNX.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/MemoryBuffer.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hswish {

/// What a user says about a compilation.
struct CompileOptions {
  /// As in `lookupTarget`, or several of them with commas between. A module
  /// that already has a target keeps it if this is empty.
  std::string target;
  /// Overrides the `accuracy` of every activation if not empty.
  std::string accuracy;
  /// The prefix of the exported symbols; empty: `defaultName`.
  std::string name;
  /// The prefix if `name` is empty; empty: the model's name.
  std::string defaultName;
  /// The function that is compiled; empty: the only public one.
  std::string entry;
  /// NAME=1x3x224x224, for the importer.
  std::vector<std::string> shapes;
  /// Bytes that the model may take with its constants, its workspace, its
  /// inputs and its outputs; 0: what the module says, or the default of
  /// `IR/MemoryLimit.h`.
  int64_t maxMemory = 0;
  /// Asked for shapes of inputs that `shapes` leaves open.
  ShapeFinder findShapes;
  /// Our own kernels; without them everything is decomposed.
  bool kernels = true;
  /// Remarks say why a spelling was not raised or something was not fused.
  bool explain = false;
  /// The library can say how long each layer of its last run took.
  bool profile = false;
  /// What code computes is compared with a reference, layer by layer, before
  /// there is any (Verify.h).
  bool verify = false;
  /// A file of strategies that come before the cost model's.
  std::string strategies;
  /// Weights of matrix-vector products are stored as f16.
  bool narrowWeights = false;
  /// Weights below 1.2e-35 count as zero.
  bool flushTinyWeights = true;
  /// That a run uses at most; 1: only the caller's, and no code for others.
  int64_t threads = 1;
  /// Large constants in huge pages, by a copy that a constructor makes. Code
  /// for the JIT needs none: it is in huge pages anyway, and nothing calls its
  /// constructors.
  bool hugePages = true;
  /// LLVM's optimisation level.
  unsigned level = 2;
  /// Called on the pass manager before it runs: timing, printing, ….
  std::function<mlir::LogicalResult(mlir::PassManager &)> configure;
  /// Called as each stage starts.
  std::function<void(llvm::StringRef)> progress;
};

/// Reads a model: .onnx, .mlir or .mlirbc. Null with a diagnostic on failure.
mlir::OwningOpRef<mlir::ModuleOp> loadModel(llvm::StringRef path,
                                            const CompileOptions &options,
                                            mlir::MLIRContext *context);

/// How far a compilation goes.
enum class Stage { Import, Fuse, Codegen, LLVM };

/// Compiles `module` up to the end of `stage`, in place. `interface`, if not
/// null, gets what the model takes and gives, from `Stage::Codegen` on.
mlir::LogicalResult compile(mlir::ModuleOp module, Stage stage,
                            const CompileOptions &options,
                            ModelInterface *interface = nullptr);

/// The same from `Stage::Fuse` on, for a module that is there already.
mlir::LogicalResult compileFused(mlir::ModuleOp module, Stage stage,
                                 const CompileOptions &options,
                                 ModelInterface *interface = nullptr);

/// What code is wanted as.
enum class CodeKind { LLVMIR, Assembly, Object };

/// Code for a module that `compile` brought to `Stage::LLVM`. Null with a
/// diagnostic on failure.
std::unique_ptr<llvm::MemoryBuffer>
emitCode(mlir::ModuleOp module, CodeKind kind, const CompileOptions &options);

/// A context that has everything a compilation needs.
std::unique_ptr<mlir::MLIRContext> createContext();

} // namespace hswish

#endif // HSWISH_COMPILER_COMPILER_H
