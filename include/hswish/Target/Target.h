//===- Target.h - Machines to generate code for -*- C++ -*-----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_TARGET_TARGET_H
#define HSWISH_TARGET_TARGET_H

#include "hswish/IR/HSwish.h"
#include "llvm/Support/CodeGen.h"
#include "llvm/Support/Error.h"

#include <array>
#include <memory>

namespace llvm {
class MCSubtargetInfo;
class TargetMachine;
} // namespace llvm

namespace hswish {

/// The target that `spec` names:
///
///   host                              this machine, with all it has
///   x86-64-v2 | x86-64-v3 | x86-64-v4 a level of the x86-64 psABI, Linux
///   aarch64                           Armv8-A with NEON, Linux
///   TRIPLE[,cpu=CPU][,features=+A,-B] anything LLVM generates code for
///
/// Unknown names are errors (LLVM itself only warns of a wrong cpu or feature).
mlir::FailureOr<TargetAttr>
lookupTarget(llvm::StringRef spec, mlir::MLIRContext *context,
             llvm::function_ref<mlir::InFlightDiagnostic()> emitError);

/// What LLVM knows of `target`.
llvm::Expected<std::unique_ptr<llvm::MCSubtargetInfo>>
createSubtargetInfo(TargetAttr target);

/// What code for a target asks of a CPU: words of bits, as
/// lib/Runtime/select_variant.c finds them on the machine that it runs on.
using CpuRequirements = std::array<uint32_t, 10>;
llvm::Expected<CpuRequirements> getRequirements(TargetAttr target);

/// Success if this machine can run code for `target`, or an error that says why
/// not.
llvm::Error checkRunsHere(TargetAttr target);

/// LLVM's code generator for `target`: position independent, and fusing a
/// multiplication and an addition only where the IR says so.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>> createTargetMachine(
    TargetAttr target,
    llvm::CodeGenOptLevel level = llvm::CodeGenOptLevel::Default);

} // namespace hswish

#endif // HSWISH_TARGET_TARGET_H
