//===- hswish-opt.cpp - The pass driver ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompileFlags/DebugTypes.h"
#include "CompileFlags/KnownOptions.h"

#include "hswish/InitAll.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

int main(int argc, char **argv) {
  llvm::cl::AddExtraVersionPrinter([](llvm::raw_ostream &stream) {
    stream << "hswish version " HSWISH_VERSION "\n";
  });
  mlir::registerAllPasses();
  hswish::registerAllPasses();
  hswish::registerDebugTypes();
  hswish::refuseUnknownOptions("hswish-opt", argc, argv,
                               [](llvm::StringRef name) {
                                 return mlir::PassInfo::lookup(name) ||
                                        mlir::PassPipelineInfo::lookup(name);
                               });

  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  hswish::registerAllDialects(registry);
  return mlir::asMainReturnCode(mlir::MlirOptMain(
      argc, argv, "hswish pass driver, version " HSWISH_VERSION "\n",
      registry));
}
