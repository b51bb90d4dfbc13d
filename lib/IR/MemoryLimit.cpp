//===- MemoryLimit.cpp - How much memory a model may take -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/MemoryLimit.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

int64_t hswish::getMemoryLimit(Operation *op) {
  auto module =
      isa<ModuleOp>(op) ? cast<ModuleOp>(op) : op->getParentOfType<ModuleOp>();
  auto limit = module ? module->getAttrOfType<IntegerAttr>(kMemoryLimitAttrName)
                      : IntegerAttr();
  return limit ? limit.getInt() : kDefaultMemoryLimit;
}

int64_t hswish::getByteSize(Type type) {
  auto shaped = dyn_cast<ShapedType>(type);
  if (!shaped || !shaped.hasRank() || !shaped.hasStaticShape())
    return 0;
  Type element = shaped.getElementType();
  int64_t bytes = element.isIntOrFloat()
                      ? llvm::divideCeil(element.getIntOrFloatBitWidth(), 8)
                      : 8;
  // An empty tensor is empty, however large its other dimensions are.
  if (llvm::is_contained(shaped.getShape(), 0))
    return 0;
  for (int64_t size : shaped.getShape())
    if (llvm::MulOverflow(bytes, size, bytes))
      return INT64_MAX;
  return bytes;
}

std::string hswish::formatMemorySize(int64_t bytes) {
  if (bytes == INT64_MAX)
    return "more than 8 EB";
  if (bytes < 1000)
    return llvm::formatv("{0} bytes", bytes);
  double size = static_cast<double>(bytes);
  StringRef units = "kMGTPE";
  while (size >= 999.95 && !units.empty()) {
    size /= 1000;
    if (size < 999.95 || units.size() == 1)
      break;
    units = units.drop_front();
  }
  return llvm::formatv("{0:F1} {1}B", size, units.front());
}

std::optional<int64_t> hswish::parseMemorySize(StringRef text) {
  int64_t factor = 1;
  if (!text.empty()) {
    size_t unit = StringRef("KMGT").find(llvm::toUpper(text.back()));
    if (unit != StringRef::npos) {
      factor = int64_t(1024) << (10 * unit);
      text = text.drop_back();
    }
  }
  int64_t number, bytes;
  if (text.getAsInteger(10, number) || number < 1 ||
      llvm::MulOverflow(number, factor, bytes))
    return std::nullopt;
  return bytes;
}

std::string hswish::explainMemory(int64_t bytes, int64_t limit) {
  return llvm::formatv("takes {0}, more than the limit of {1} (--max-memory)",
                       formatMemorySize(bytes), formatMemorySize(limit));
}

LogicalResult hswish::verifyMemory(Operation *root) {
  int64_t limit = getMemoryLimit(root);
  auto verify = [&](Type type, Location loc) -> LogicalResult {
    int64_t bytes = getByteSize(type);
    if (bytes <= limit)
      return success();
    return emitError(loc) << "a tensor of type " << type << " "
                          << explainMemory(bytes, limit);
  };
  WalkResult result = root->walk<WalkOrder::PreOrder>([&](Operation *op) {
    for (Type type : op->getResultTypes())
      if (failed(verify(type, op->getLoc())))
        return WalkResult::interrupt();
    if (auto function = dyn_cast<FunctionOpInterface>(op))
      for (Type type : function.getArgumentTypes())
        if (failed(verify(type, op->getLoc())))
          return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}
