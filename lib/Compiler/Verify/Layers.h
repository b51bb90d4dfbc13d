//===- Layers.h - A model whose layers can be looked at ---------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_COMPILER_VERIFY_LAYERS_H
#define HSWISH_LIB_COMPILER_VERIFY_LAYERS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace hswish {

/// The function of a model on tensors; null with a diagnostic if there is not
/// one, of one block.
mlir::func::FuncOp getModelFunction(mlir::ModuleOp module);

/// The results of layers in the order of the function: what kernels compute, as
/// far as a caller can take it. A clone of the function has the same ones.
llvm::SmallVector<mlir::Value> getLayers(mlir::func::FuncOp function);

/// The model with the layers that `isOutput` says as further outputs.
mlir::OwningOpRef<mlir::ModuleOp> buildTapped(mlir::ModuleOp module,
                                              llvm::ArrayRef<bool> isOutput);

/// The model cut apart: each layer is an output, and whoever reads it reads a
/// further input instead. One layer computes nothing that another one sees.
mlir::OwningOpRef<mlir::ModuleOp> buildCut(mlir::ModuleOp module);

} // namespace hswish

#endif // HSWISH_LIB_COMPILER_VERIFY_LAYERS_H
