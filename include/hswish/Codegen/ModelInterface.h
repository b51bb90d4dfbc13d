//===- ModelInterface.h - Inputs and outputs of a model -*- C++ -*--------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_CODEGEN_MODELINTERFACE_H
#define HSWISH_CODEGEN_MODELINTERFACE_H

#include "hswish/IR/DiscardableAttrs.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

#include <string>
#include <vector>

namespace hswish {

/// What the verification of `module` found; "not verified" without one.
llvm::StringRef getVerification(mlir::ModuleOp module);

/// What a compiled model takes and gives: read from the argument attributes
/// that `hswish-results-to-outputs` and `hswish-plan-memory` leave.
struct ModelInterface {
  struct Tensor {
    std::string name;
    mlir::RankedTensorType type;

    int64_t getNumBytes() const;
    /// The `hswish_dtype` of the elements, 0 if there is none.
    int getDType() const;
    /// The type of one element in C, "void" if C has none.
    llvm::StringRef getCType() const;
  };

  /// The prefix of the symbols, a C identifier.
  std::string name;
  std::vector<Tensor> inputs, outputs;
  int64_t workspaceSize = 0;
  bool hasWorkspace = false;
  /// That a run uses at most.
  int64_t threads = 1;

  /// Whether NAME_run takes arrays of pointers, one of inputs and one of
  /// outputs, and not each pointer by itself: C promises no more than 127
  /// parameters.
  bool takesArrays() const { return inputs.size() + outputs.size() > 126; }
  /// How many pointers NAME_run takes, with the one to the workspace.
  size_t countPointers() const {
    return takesArrays() ? 3 : inputs.size() + outputs.size() + 1;
  }

  /// The one public function of `module`, or one for each of its variants, the
  /// best one first; nothing but a diagnostic if it is not so.
  static llvm::SmallVector<mlir::FunctionOpInterface>
  getFunctions(mlir::ModuleOp module);
  /// The interface of the public functions of `module`, or failure with a
  /// diagnostic.
  static mlir::FailureOr<ModelInterface> get(mlir::ModuleOp module);
};

/// Whether the C files of lib/Runtime that become part of a model are made for
/// this machine.
bool hasRuntimeCode(TargetAttr target);

/// `name` as a C identifier: others than ASCII letters and digits become
/// underscores, and bytes of other scripts two digits each.
std::string toIdentifier(llvm::StringRef name);

} // namespace hswish

#endif // HSWISH_CODEGEN_MODELINTERFACE_H
