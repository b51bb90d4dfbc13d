//===- Dialect.cpp - The dialect, from MLIR's C API -----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish-c/Dialect.h"

#include "hswish/IR/HSwish.h"
#include "hswish/InitAll.h"

#include "mlir/CAPI/Registration.h"

MLIR_DEFINE_CAPI_DIALECT_REGISTRATION(HSwish, hswish, hswish::HSwishDialect)

void mlirHSwishRegisterAllPasses(void) { hswish::registerAllPasses(); }
