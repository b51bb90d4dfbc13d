//===- CodeBuilder.h - Globals and functions of C -*- C++ -*---------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_LLVM_CODEBUILDER_H
#define HSWISH_LIB_CODEGEN_LLVM_CODEBUILDER_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"

namespace hswish {

/// Builds, at the end of a module, what a C compiler would make of small
/// functions and tables of constants.
class CodeBuilder {
public:
  /// All globals are called `prefix` and an underscore first.
  CodeBuilder(mlir::ModuleOp module, llvm::StringRef prefix);

protected:
  mlir::Value constant(mlir::Type type, int64_t value);
  mlir::Value addressOf(mlir::LLVM::GlobalOp global);
  mlir::Value insert(mlir::Value aggregate, llvm::ArrayRef<mlir::Value> fields);
  mlir::Value isNull(mlir::Value pointer);
  /// Appends array[0], …, array[count - 1].
  void loadPointers(mlir::Value array, size_t count,
                    llvm::SmallVectorImpl<mlir::Value> &result);
  /// if (condition) return status;
  void returnIf(mlir::LLVM::LLVMFuncOp func, mlir::Value condition, int status);

  /// A constant whose value `build` computes with the builder inside it.
  mlir::LLVM::GlobalOp buildGlobal(const llvm::Twine &name, mlir::Type type,
                                   llvm::function_ref<mlir::Value()> build);
  mlir::LLVM::GlobalOp buildString(const llvm::Twine &name,
                                   llvm::StringRef text);
  mlir::LLVM::LLVMFuncOp
  startFunction(const llvm::Twine &name, mlir::Type result,
                llvm::ArrayRef<mlir::Type> arguments,
                mlir::LLVM::Linkage linkage = mlir::LLVM::Linkage::External);

  mlir::ModuleOp module;
  std::string prefix;
  mlir::Location loc;
  mlir::OpBuilder b;
  mlir::Type ptr, i32, i64, none;
};

} // namespace hswish

#endif // HSWISH_LIB_CODEGEN_LLVM_CODEBUILDER_H
