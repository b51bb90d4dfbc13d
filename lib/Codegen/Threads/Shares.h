//===- Shares.h - A kernel's work, shared out among threads -*- C++ -*-----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The independent loops of a kernel (`scf.parallel`), in the order in which one
// thread would run them, are a line of work of a certain length. A thread does
// what starts in its part of the line: whole iterations, so that every element
// is computed by the same instructions as ever. Loops that are marked
// (`kSharedByAllAttrName`) are lines of their own, wherever they are: if all
// loops of a body are, every thread goes through the whole loop around them.
// Loops whose bounds are values known where the kernel begins count, too: then
// the length of the line is a value.
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_THREADS_SHARES_H
#define HSWISH_LIB_CODEGEN_THREADS_SHARES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace hswish {

/// About how many instructions on floats and memory `block` stands for.
int64_t estimateWork(mlir::Block &block);

/// Adds the arguments "number of the thread" and "number of threads" to
/// `kernel`, which then does only this thread's share; `threads` is how many
/// there are usually. Fails, and leaves the kernel as it is, if there is
/// nothing to share.
llvm::LogicalResult makeShares(mlir::func::FuncOp kernel, int64_t threads);

} // namespace hswish

#endif // HSWISH_LIB_CODEGEN_THREADS_SHARES_H
