//===- HSwishDialect.cpp - The hswish dialect ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/HSwish.h"
#include "hswish/IR/Sizes.h"
#include "hswish/IR/TargetFeatures.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Transforms/InliningUtils.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;
using namespace hswish;

#include "hswish/IR/HSwishDialect.cpp.inc"
#include "hswish/IR/HSwishEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "hswish/IR/HSwishAttrs.cpp.inc"

namespace {
/// Every op may be wherever it is called for; an epilogue has room for one
/// block.
struct HSwishInlinerInterface : DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;

  bool isLegalToInline(Operation *, Region *, bool, IRMapping &) const final {
    return true;
  }
  bool isLegalToInline(Region *, Region *src, bool, IRMapping &) const final {
    return src->hasOneBlock();
  }
};
} // namespace

void HSwishDialect::initialize() {
  addInterfaces<HSwishInlinerInterface>();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "hswish/IR/HSwishAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "hswish/IR/HSwishOps.cpp.inc"
      >();
}

Operation *HSwishDialect::materializeConstant(OpBuilder &b, Attribute value,
                                              Type type, Location loc) {
  return arith::ConstantOp::materialize(b, value, type, loc);
}

//===----------------------------------------------------------------------===//
// StrategyAttr
//===----------------------------------------------------------------------===//

LogicalResult StrategyAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   StringRef /*kernel*/, int64_t vector,
                                   int64_t rows, int64_t columns,
                                   ArrayRef<int64_t> blocks, int64_t unroll,
                                   LoopOrder /*order*/) {
  if (vector < 1 || !llvm::isPowerOf2_64(vector))
    return emitError() << "vector must be a power of two, but is " << vector;
  if (rows < 1 || columns < 1 || unroll < 1)
    return emitError() << "rows, columns and unroll must be positive";
  if (llvm::any_of(blocks, [](int64_t width) { return width < 1; }))
    return emitError() << "blocks must be positive";
  if (std::max({vector, rows, columns, unroll}) > INT32_MAX ||
      llvm::any_of(blocks, [](int64_t width) { return width > INT32_MAX; }))
    return emitError() << "no number of a strategy may be above " << INT32_MAX;
  return success();
}
