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

#include "mlir/Dialect/Arith/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/Transforms/FuncBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Linalg/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/MemRef/Transforms/AllocationOpInterfaceImpl.h"
#include "mlir/Dialect/SCF/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Vector/Transforms/BufferizableOpInterfaceImpl.h"

void hswish::registerAllDialects(mlir::DialectRegistry &registry) {
  registry.insert<HSwishDialect>();
  registerBufferizableOpInterfaceExternalModels(registry);
  // What hswish-bufferize meets beside our own ops.
  mlir::arith::registerBufferizableOpInterfaceExternalModels(registry);
  mlir::bufferization::func_ext::registerBufferizableOpInterfaceExternalModels(
      registry);
  mlir::linalg::registerBufferizableOpInterfaceExternalModels(registry);
  mlir::memref::registerAllocationOpInterfaceExternalModels(registry);
  mlir::scf::registerBufferizableOpInterfaceExternalModels(registry);
  mlir::tensor::registerBufferizableOpInterfaceExternalModels(registry);
  mlir::vector::registerBufferizableOpInterfaceExternalModels(registry);
}

void hswish::registerAllPasses() {
  registerHSwishConversionPasses();
  registerHSwishTransformsPasses();
  registerHSwishCodegenPasses();
  registerPipelines();
}
