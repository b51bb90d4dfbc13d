/* Our dialect and passes through MLIR's C API. */
#include "hswish-c/Dialect.h"
#include "mlir-c/Pass.h"

#include <stdio.h>

static void print(MlirStringRef part, void *unused) {
  (void)unused;
  printf("%.*s", (int)part.length, part.data);
}

int main(void) {
  MlirContext context = mlirContextCreate();
  MlirDialectHandle handle = mlirGetDialectHandle__hswish__();
  mlirDialectHandleRegisterDialect(handle, context);
  mlirDialectHandleLoadDialect(handle, context);
  mlirHSwishRegisterAllPasses();
  MlirModule module = mlirModuleCreateParse(
      context, mlirStringRefCreateFromCString(
                   "%x = arith.constant 1.0 : f32\n"
                   "%y = hswish.hard_swish %x accuracy<torch> : f32\n"));
  MlirPassManager pm = mlirPassManagerCreate(context);
  MlirLogicalResult parsed = mlirParsePassPipeline(
      mlirPassManagerGetAsOpPassManager(pm),
      mlirStringRefCreateFromCString("builtin.module(convert-hswish-to-arith)"),
      print, NULL);
  if (mlirModuleIsNull(module) || mlirLogicalResultIsFailure(parsed) ||
      mlirLogicalResultIsFailure(
          mlirPassManagerRunOnOp(pm, mlirModuleGetOperation(module))))
    return 1;
  mlirOperationPrint(mlirModuleGetOperation(module), print, NULL);
  mlirPassManagerDestroy(pm);
  mlirModuleDestroy(module);
  mlirContextDestroy(context);
  return 0;
}
