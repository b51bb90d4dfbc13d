//===- HSwish.h - The hswish dialect ----------------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_IR_HSWISH_H
#define HSWISH_IR_HSWISH_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/TilingInterface.h"
#include "mlir/Interfaces/VectorInterfaces.h"

namespace hswish {
// AggregatedOpInterface declares its method with these names unqualified.
using mlir::FailureOr;
using mlir::OpBuilder;
using mlir::SmallVector;
using mlir::Value;
} // namespace hswish

namespace hswish::detail {
/// Checks the extras, maps and body of an epilogue against the op's result.
mlir::LogicalResult verifyEpilogue(mlir::Operation *op);
} // namespace hswish::detail

#include "hswish/Cpu/CpuModel.h"

#include "hswish/IR/HSwishEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "hswish/IR/HSwishAttrs.h.inc"

#include "hswish/IR/HSwishDialect.h.inc"

#include "hswish/IR/HSwishInterfaces.h.inc"

namespace hswish {
struct QuantizedActivation; // Quantized.h
} // namespace hswish

#define GET_OP_CLASSES
#include "hswish/IR/HSwishOps.h.inc"

namespace hswish {
/// The name of the module attribute that holds the target.
inline constexpr llvm::StringLiteral kTargetAttrName =
    HSwishDialect::TargetAttrHelper::getNameStr();

/// The target of the code that `op` is part of: the attribute of the closest
/// enclosing op that has one, or null.
TargetAttr getTarget(mlir::Operation *op);

/// The same; the generic target if there is none. The dialect must be loaded.
TargetAttr getTargetOrGeneric(mlir::Operation *op);
} // namespace hswish

#endif // HSWISH_IR_HSWISH_H
