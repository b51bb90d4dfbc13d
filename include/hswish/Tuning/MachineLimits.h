//===- MachineLimits.h - What this machine can do -*- C++ -*---------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_TUNING_MACHINELIMITS_H
#define HSWISH_TUNING_MACHINELIMITS_H

#include "hswish/Compiler/Compiler.h"

namespace hswish {

/// The limits of one core, measured.
struct MachineLimits {
  double flops;     ///< f32 operations a second, two a multiply-add
  double bandwidth; ///< bytes a second that are read from memory
};

/// Measures them with kernels compiled for `target`: multiply-adds on registers
/// only, and sums over an array that no cache holds. Takes a fifth of a second.
llvm::Expected<MachineLimits> measureMachine(llvm::StringRef target,
                                             mlir::MLIRContext *context);

/// Measures this machine, for which `target` must be, and writes the record of
/// it as `lib/Cpu` has them: where it says how fast something is, by how much.
/// Takes about a second.
llvm::Expected<std::string> measureCpuModel(llvm::StringRef target,
                                            mlir::MLIRContext *context);

} // namespace hswish

#endif // HSWISH_TUNING_MACHINELIMITS_H
