//===- Verify.h - Code beside a reference, layer by layer -------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_COMPILER_VERIFY_H
#define HSWISH_COMPILER_VERIFY_H

#include "hswish/Compiler/Compiler.h"

namespace hswish {

/// Compiles `module`, which is at `Stage::Fuse` and stays as it is, as
/// `options` say, runs it here or under qemu on seeded inputs, and compares
/// what each layer computes with a reference in f64 (hswish/Reference). Returns
/// the verdict for `hswish_model_info`, "verified: …"; fails with a diagnostic
/// at the layer where the two are further apart than rounding explains.
mlir::FailureOr<std::string> verify(mlir::ModuleOp module,
                                    const CompileOptions &options);

} // namespace hswish

#endif // HSWISH_COMPILER_VERIFY_H
