//===- Passes.h - From structured ops to machine code -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_CODEGEN_PASSES_H
#define HSWISH_CODEGEN_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Pass/Pass.h"

namespace hswish {
#define GEN_PASS_DECL
#include "hswish/Codegen/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

#endif // HSWISH_CODEGEN_PASSES_H
