//===- AnnotateLayers.cpp - Counts of layers before they are cut ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Codegen/Layer.h"
#include "hswish/Codegen/Passes.h"
#include "hswish/Codegen/StrategyFile.h"
#include "hswish/IR/ElementTypes.h"
#include "hswish/IR/HSwish.h"
#include "hswish/IR/Sizes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace hswish {
#define GEN_PASS_DEF_ANNOTATELAYERSPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

/// The name that the importer gave: that of the ONNX node.
static std::string getName(Location loc) {
  std::string name;
  loc->walk([&](Location part) {
    auto named = dyn_cast<NameLoc>(part);
    if (!named)
      return WalkResult::advance();
    name = named.getName().str();
    return WalkResult::interrupt();
  });
  return name;
}

/// Bytes of all operands, each read or written once; of a border only what it
/// covers.
static int64_t countBytes(Operation *op) {
  if (auto fill = dyn_cast<FillBorderOp>(op)) {
    auto type = cast<ShapedType>(fill.getInit().getType());
    ArrayRef<int64_t> shape = type.getShape(), pads = fill.getPads();
    int64_t inside = shape[0] * (shape[1] - pads[0] - pads[2]) *
                     (shape[2] - pads[1] - pads[3]) * shape[3];
    return (type.getNumElements() - inside) *
           getElementBytes(type.getElementType());
  }
  int64_t bytes = 0;
  for (Type type : op->getOperandTypes())
    if (auto memref = dyn_cast<MemRefType>(type);
        memref && memref.hasStaticShape())
      bytes += getStoredBytes(memref);
  return bytes;
}

Layer Layer::get(Operation *op) {
  Layer layer;
  layer.name = getName(op->getLoc());
  layer.kernel = op->getName().stripDialect().str();
  auto kernelOp = dyn_cast<KernelOpInterface>(op);
  StrategyAttr strategy = kernelOp ? kernelOp.getStrategyAttr() : nullptr;
  if (strategy)
    layer.kernel = strategy.getKernel().str();
  if (auto counts = op->getAttrOfType<DictionaryAttr>(kLayerAttrName)) {
    layer.signature = counts.getAs<StringAttr>("signature").str();
    layer.multiplyAdds = counts.getAs<IntegerAttr>("multiply_adds").getInt();
    layer.bytes = counts.getAs<IntegerAttr>("bytes").getInt();
    return layer;
  }
  layer.multiplyAdds = kernelOp ? kernelOp.countMultiplyAdds() : 0;
  layer.bytes = countBytes(op);
  if (strategy)
    layer.signature = getLayerSignature(kernelOp);
  return layer;
}

DictionaryAttr Layer::getCounts(MLIRContext *context) const {
  Builder b(context);
  return b.getDictionaryAttr(
      {b.getNamedAttr("signature", b.getStringAttr(signature)),
       b.getNamedAttr("multiply_adds", b.getI64IntegerAttr(multiplyAdds)),
       b.getNamedAttr("bytes", b.getI64IntegerAttr(bytes))});
}

void Layer::append(const Layer &other) {
  auto join = [](std::string &text, StringRef more, StringRef separator) {
    if (!text.empty() && !more.empty())
      text += separator;
    text += more;
  };
  join(name, other.name, "+");
  join(kernel, other.kernel, "+");
  join(signature, other.signature, "; ");
  multiplyAdds += other.multiplyAdds;
  bytes += other.bytes;
}

namespace {
struct AnnotateLayersPass
    : hswish::impl::AnnotateLayersPassBase<AnnotateLayersPass> {
  void runOnOperation() override {
    if (failed(verifySizes(getOperation())))
      return signalPassFailure();
    getOperation()->walk([&](Operation *op) {
      if (isa<KernelOpInterface, linalg::LinalgOp>(op))
        op->setAttr(kLayerAttrName, Layer::get(op).getCounts(&getContext()));
    });
  }
};
} // namespace
