//===- hswish-translate.cpp - Translations from and to other formats ----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompileFlags/KnownOptions.h"

#include "hswish/Import/ONNX.h"

#include "mlir/InitAllTranslations.h"
#include "mlir/Support/LogicalResult.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;

static llvm::cl::list<std::string>
    shapes("shape",
           llvm::cl::desc("The shape of an input of an ONNX model whose "
                          "dimensions are open (may be repeated)"),
           llvm::cl::value_desc("NAME=1x3x224x224"));

static OwningOpRef<Operation *> importOnnx(llvm::SourceMgr &sources,
                                           MLIRContext *context) {
  hswish::ImportOptions options;
  for (const std::string &shape : shapes) {
    std::string error;
    if (failed(hswish::parseShapeOption(shape, options, error))) {
      emitError(UnknownLoc::get(context)) << "--shape: " << error;
      return nullptr;
    }
  }
  const llvm::MemoryBuffer *buffer =
      sources.getMemoryBuffer(sources.getMainFileID());
  return hswish::importOnnx(buffer->getMemBufferRef(), options, context);
}

int main(int argc, char **argv) {
  registerAllTranslations();
  TranslateToMLIRRegistration onnx("import-onnx", "import an ONNX model",
                                   importOnnx,
                                   hswish::registerOnnxImportDialects);
  llvm::cl::AddExtraVersionPrinter([](llvm::raw_ostream &os) {
    os << "hswish version " HSWISH_VERSION "\n";
  });
  hswish::refuseUnknownOptions("hswish-translate", argc, argv);
  return failed(mlirTranslateMain(argc, argv, "hswish translation driver"));
}
