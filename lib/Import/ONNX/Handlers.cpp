//===- Handlers.cpp - The table of operators ----------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Handlers.h"

#include "llvm/ADT/StringMap.h"

using namespace hswish;
using namespace hswish::onnx_import;

static llvm::StringMap<const Handler *> makeIndex() {
  llvm::StringMap<const Handler *> index;
  for (llvm::ArrayRef<Handler> table :
       {getArithmeticHandlers(), getActivationHandlers(), getCastHandlers(),
        getConstantHandlers(), getConvolutionHandlers(), getLogicHandlers(),
        getMatmulHandlers(), getNormalizationHandlers(), getPadHandlers(),
        getPoolingHandlers(), getPowerHandlers(), getQuantizationHandlers(),
        getReductionHandlers(), getResizeHandlers(), getShapeHandlers(),
        getSliceHandlers()})
    for (const Handler &handler : table)
      index[(handler.domain + ":" + handler.op).str()] = &handler;
  return index;
}

const Handler *onnx_import::findHandler(llvm::StringRef domain,
                                        llvm::StringRef op) {
  static const llvm::StringMap<const Handler *> index = makeIndex();
  if (domain == "ai.onnx")
    domain = "";
  return index.lookup((domain + ":" + op).str());
}
