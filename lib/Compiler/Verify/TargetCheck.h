//===- TargetCheck.h - All layers of a model for one target -----*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_COMPILER_VERIFY_TARGETCHECK_H
#define HSWISH_LIB_COMPILER_VERIFY_TARGETCHECK_H

#include "Comparison.h"
#include "Inputs.h"
#include "Layers.h"
#include "Runner.h"

#include "hswish/Reference/Evaluator.h"

#include <set>

namespace hswish {

/// Models are compiled from the same layers and with the same options:
///
/// - *cut*: all layers are outputs, and inputs with numbers that a model's
///   layers would hardly see.
/// - *tapped*: all layers are outputs, too. On the model's inputs, each layer
///   is compared with the reference computed from what the layers before it
///   gave: it has its own bound, and nothing adds up. Where memory can be
///   shared, this is the cut one whose inputs are the memory of its outputs.
/// - *whole*: as it is written. Its outputs must have the bits of the tapped
///   one's; if not, layers are tapped and untapped to find the smallest region
///   that computes something else as a whole, and that must keep the bound
///   that the reference has for the region.
class TargetCheck {
public:
  TargetCheck(mlir::ModuleOp module, TargetAttr target, const Runner &runner,
              const CompileOptions &options);

  mlir::LogicalResult run();
  /// "64 layers, largest difference 0.12 of the bound, seed 0"
  std::string describe() const;

private:
  /// What one run left: all outputs of the model, and layers.
  struct Observed {
    std::vector<Bytes> outputs;
    std::vector<std::optional<Bytes>> layers;
  };
  using Inputs = std::vector<Bytes>;

  std::unique_ptr<Program> compile(mlir::ModuleOp tapped);
  mlir::FailureOr<Observed> execute(Program &program, const Inputs &inputs,
                                    llvm::ArrayRef<bool> isTapped);
  mlir::FailureOr<Observed> observe(llvm::ArrayRef<bool> isTapped);
  Inputs makeInputs(InputKind kind);

  mlir::LogicalResult checkTapped(mlir::FailureOr<Observed> observed);
  mlir::LogicalResult checkLayers();
  mlir::LogicalResult checkWhole();
  mlir::LogicalResult compare(const Inputs &inputs, const Observed &observed,
                              llvm::ArrayRef<Bytes> replaced,
                              llvm::StringRef how);
  mlir::LogicalResult compare(mlir::Value value, const NumberTensor &want,
                              const Bytes &got, llvm::StringRef how);
  mlir::FailureOr<bool> differs(llvm::ArrayRef<bool> isTapped);
  mlir::FailureOr<std::pair<size_t, size_t>>
  bisect(llvm::ArrayRef<bool> isTapped);
  std::string describeRegion(size_t from, size_t to);

  mlir::OwningOpRef<mlir::ModuleOp> module;
  TargetAttr target;
  Runner runner;
  CompileOptions options;
  mlir::func::FuncOp function;
  llvm::SmallVector<mlir::Value> layers;
  llvm::DenseMap<mlir::Value, size_t> numbers; ///< of layers
  Inputs inputs;
  Observed tapped;
  double largest = 0;
  llvm::DenseSet<mlir::Value> unchecked; ///< layers without a reference
  std::set<std::string> unknown;         ///< the ops that are the reason
};

} // namespace hswish

#endif // HSWISH_LIB_COMPILER_VERIFY_TARGETCHECK_H
