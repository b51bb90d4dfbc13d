//===- VerifyStrategy.h - Whether a strategy suits a layer -*- C++ -*------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_CODEGEN_VERIFYSTRATEGY_H
#define HSWISH_CODEGEN_VERIFYSTRATEGY_H

#include "hswish/IR/HSwish.h"

namespace hswish {

/// Checks that `op` can be computed as `strategy` says; an error at `op` and,
/// through `emitError`, where the strategy stands.
mlir::LogicalResult
verifyStrategy(KernelOpInterface op, StrategyAttr strategy,
               llvm::function_ref<mlir::InFlightDiagnostic()> emitError);

} // namespace hswish

#endif // HSWISH_CODEGEN_VERIFYSTRATEGY_H
