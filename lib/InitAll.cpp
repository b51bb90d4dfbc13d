//===- InitAll.cpp - Registration of everything ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/InitAll.h"

#include "hswish/Codegen/BufferizableOpInterfaceImpl.h"
#include "hswish/Codegen/Passes.h"
#include "hswish/Conversion/Passes.h"
#include "hswish/IR/HSwish.h"
#include "hswish/Pipelines/Pipelines.h"
#include "hswish/Transforms/Passes.h"

void hswish::registerAllDialects(mlir::DialectRegistry &registry) {
  registry.insert<HSwishDialect>();
  registerBufferizableOpInterfaceExternalModels(registry);
}

void hswish::registerAllPasses() {
  registerHSwishConversionPasses();
  registerHSwishTransformsPasses();
  registerHSwishCodegenPasses();
  registerPipelines();
}
