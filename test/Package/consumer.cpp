//===- consumer.cpp - A foreign compiler that lowers h-swish --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Conversion/Passes.h"
#include "hswish/IR/HSwish.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

int main() {
  MLIRContext context;
  context.loadDialect<hswish::HSwishDialect, func::FuncDialect>();
  auto module = parseSourceString<ModuleOp>(R"(
    func.func @f(%x: vector<4xf32>) -> vector<4xf32> {
      %0 = hswish.hard_swish %x : vector<4xf32>
      return %0 : vector<4xf32>
    })",
                                            &context);
  PassManager manager(&context);
  manager.addPass(hswish::createConvertHSwishToArithPass());
  if (!module || failed(manager.run(*module)))
    return 1;
  module->print(llvm::outs());
  return 0;
}
