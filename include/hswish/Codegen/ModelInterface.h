//===- ModelInterface.h - Inputs and outputs of a compiled model -*- C++
//-*----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_CODEGEN_MODELINTERFACE_H
#define HSWISH_CODEGEN_MODELINTERFACE_H

#include "hswish/IR/HSwish.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

#include <string>
#include <vector>

namespace hswish {

/// Attributes of a model's function and its arguments.
inline constexpr llvm::StringLiteral kModelAttrName = "hswish.model";
inline constexpr llvm::StringLiteral kNameAttrName = "hswish.name";
inline constexpr llvm::StringLiteral kTensorAttrName = "hswish.tensor";
inline constexpr llvm::StringLiteral kOutputAttrName = "hswish.output";
inline constexpr llvm::StringLiteral kWorkspaceAttrName = "hswish.workspace";
/// Which of how many threads runs the function. The value of the latter is for
/// how many it was compiled.
inline constexpr llvm::StringLiteral kThreadAttrName = "hswish.thread";
inline constexpr llvm::StringLiteral kThreadsAttrName = "hswish.threads";
/// Of a module: what its verification found.
inline constexpr llvm::StringLiteral kVerificationAttrName =
    "hswish.verification";

/// What the verification of `module` found; "not verified" without one.
llvm::StringRef getVerification(mlir::ModuleOp module);

/// The attribute of a module that is compiled for several targets: an array of
/// dictionaries, the best target first, of its `name`, its `target` and what it
/// `needs` of a CPU (see getRequirements). A function that is compiled for one
/// of them has its dictionary as `hswish.variant`.
inline constexpr llvm::StringLiteral kVariantsAttrName = "hswish.variants";
inline constexpr llvm::StringLiteral kVariantAttrName = "hswish.variant";

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
