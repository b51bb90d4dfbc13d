/*===- hswish-c/Dialect.h - The dialect, from MLIR's C API --------*- C -*-===*\
|*                                                                            *|
|* Licensed under the Apache License v2.0 with LLVM Exceptions.               *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
|*===----------------------------------------------------------------------===*|
|*                                                                            *|
|* For compilers that drive MLIR by its C API: mlirGetDialectHandle__hswish__ *|
|* and the registration of our passes and pipelines.                          *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef HSWISH_C_DIALECT_H
#define HSWISH_C_DIALECT_H

#include "mlir-c/IR.h"

#ifdef __cplusplus
extern "C" {
#endif

MLIR_DECLARE_CAPI_DIALECT_REGISTRATION(HSwish, hswish);

/* Makes our passes and pipelines known by name to the process, as in
 * mlirParsePassPipeline. */
MLIR_CAPI_EXPORTED void mlirHSwishRegisterAllPasses(void);

#ifdef __cplusplus
}
#endif

#endif /* HSWISH_C_DIALECT_H */
