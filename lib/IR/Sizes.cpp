//===- Sizes.cpp - Sizes that arithmetic may be done on -------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/Sizes.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/OpDefinition.h"
#include "llvm/Support/CheckedArithmetic.h"

using namespace mlir;
using namespace hswish;

/// Elements that a memref's strides reach over.
static std::optional<int64_t> getStridedReach(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(type.getStridesAndOffset(strides, offset)))
    return 1;
  std::optional<int64_t> reach = 1;
  auto add = [&](int64_t size, int64_t stride) {
    if (ShapedType::isDynamic(size) || ShapedType::isDynamic(stride) || !reach)
      return;
    std::optional<int64_t> part =
        stride == INT64_MIN ? std::nullopt
                            : llvm::checkedMul(size, std::abs(stride));
    reach = part ? llvm::checkedAdd(*reach, *part) : std::nullopt;
  };
  add(1, offset);
  for (auto [size, stride] : llvm::zip_equal(type.getShape(), strides))
    add(size, stride);
  return reach;
}

std::optional<int64_t> hswish::getReach(ShapedType type) {
  if (!type.hasRank())
    return 0;
  std::optional<int64_t> elements = 1;
  for (int64_t size : type.getShape())
    if (elements && !ShapedType::isDynamic(size) && size != 0)
      elements = llvm::checkedMul(*elements, size);
  if (auto memref = dyn_cast<MemRefType>(type);
      memref && elements && !memref.getLayout().isIdentity()) {
    std::optional<int64_t> strided = getStridedReach(memref);
    elements =
        strided ? std::optional(std::max(*elements, *strided)) : std::nullopt;
  }
  if (elements)
    elements =
        llvm::checkedMul(*elements, getElementBytes(type.getElementType()));
  return elements && *elements < kMostBytes ? elements : std::nullopt;
}

/// The most bytes that a value of `op` may take.
static int64_t getLimit(Operation *op, ShapedType type) {
  if (isa<VectorType>(type))
    return kMostVectorBytes;
  bool isConstant =
      op->hasTrait<OpTrait::ConstantLike>() || isa<memref::GlobalOp>(op);
  return isConstant ? kMostConstantBytes : kMostBytes;
}

static LogicalResult verifySize(Operation *op, Type type) {
  auto shaped = dyn_cast<ShapedType>(type);
  if (!shaped)
    return success();
  std::optional<int64_t> reach = getReach(shaped);
  int64_t limit = getLimit(op, shaped);
  if (reach && *reach <= limit)
    return success();
  return op->emitError() << "has a value of type " << type
                         << ", which takes more than the " << limit
                         << " bytes that it may";
}

LogicalResult hswish::verifySizes(Operation *root) {
  WalkResult result = root->walk<WalkOrder::PreOrder>([&](Operation *op) {
    auto isWrong = [&](Type type) { return failed(verifySize(op, type)); };
    for (Region &region : op->getRegions())
      for (Block &block : region)
        if (llvm::any_of(block.getArgumentTypes(), isWrong))
          return WalkResult::interrupt();
    if (llvm::any_of(op->getResultTypes(), isWrong))
      return WalkResult::interrupt();
    auto global = dyn_cast<memref::GlobalOp>(op);
    return global && isWrong(global.getType()) ? WalkResult::interrupt()
                                               : WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}
