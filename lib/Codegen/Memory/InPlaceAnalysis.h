//===- InPlaceAnalysis.h - Who may write where others read ------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Bufferization asks of every tensor operand that is written whether it may be
// written where it is. Upstream's analysis compares all reads of a buffer with
// all its writes, for each operand anew: the cube of the number of ops that
// share a buffer. In straight-line code, in which every op runs once, it is
// enough to know the last read of each buffer.
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_MEMORY_INPLACEANALYSIS_H
#define HSWISH_LIB_CODEGEN_MEMORY_INPLACEANALYSIS_H

#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace hswish {

/// Whether tensors of `function` are made and used in one block: nothing
/// returns or passes them, no loop carries them.
bool isStraightLine(mlir::FunctionOpInterface function);

/// Decides for all tensor operands of a straight-line function, in `state`, in
/// time linear in the number of uses.
void analyzeStraightLine(mlir::FunctionOpInterface function,
                         mlir::bufferization::OneShotAnalysisState &state);

} // namespace hswish

#endif // HSWISH_LIB_CODEGEN_MEMORY_INPLACEANALYSIS_H
