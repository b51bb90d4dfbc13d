//===- Object.h - From LLVM IR to object files -*- C++ -*------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_TARGET_OBJECT_H
#define HSWISH_TARGET_OBJECT_H

#include "hswish/IR/HSwish.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>

namespace llvm {
class LLVMContext;
class Module;
} // namespace llvm

namespace hswish {

/// How much LLVM works on the code.
struct OptimizationOptions {
  /// 0 to 3, as in -O0 to -O3.
  unsigned level = 2;
};

/// Translates a module of the `llvm` dialect to LLVM IR for `target` and
/// optimises it. Null with a diagnostic if that fails.
std::unique_ptr<llvm::Module>
translateToLLVMIR(mlir::ModuleOp module, TargetAttr target,
                  llvm::LLVMContext &context,
                  const OptimizationOptions &options = {});

/// Machine code of `module`: an ELF object, or assembly text. Null with a
/// diagnostic at `loc` if LLVM refuses.
std::unique_ptr<llvm::MemoryBuffer> emitMachineCode(llvm::Module &module,
                                                    TargetAttr target,
                                                    bool assembly,
                                                    mlir::Location loc);

} // namespace hswish

#endif // HSWISH_TARGET_OBJECT_H
