//===- InterfaceBuilder.h - The C functions of a model -*- C++ -*----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_LLVM_INTERFACEBUILDER_H
#define HSWISH_LIB_CODEGEN_LLVM_INTERFACEBUILDER_H

#include "hswish/Codegen/ModelInterface.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace hswish {

/// Adds to `module` what the header declares: NAME_run, NAME_info and their
/// kin, as `model_info.h` describes them. `models` are the functions that
/// compute, the best variant first; with `interface.takesArrays()` they take
/// arrays of pointers.
void buildInterface(mlir::ModuleOp module,
                    llvm::ArrayRef<mlir::LLVM::LLVMFuncOp> models,
                    const ModelInterface &interface);

} // namespace hswish

#endif // HSWISH_LIB_CODEGEN_LLVM_INTERFACEBUILDER_H
