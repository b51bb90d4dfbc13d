//===- PromoteF16.cpp - Half-precision networks computed in f32 -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/HSwish.h"
#include "hswish/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "llvm/ADT/bit.h"

namespace hswish {
#define GEN_PASS_DEF_PROMOTEF16PASS
#include "hswish/Transforms/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

static bool isHalf(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isF16() || element.isBF16();
}

/// f32, or a tensor or vector of it, for f16 or bf16.
static Type promote(Type type) {
  if (!isHalf(type))
    return type;
  Type f32 = Float32Type::get(type.getContext());
  auto shaped = dyn_cast<ShapedType>(type);
  return shaped ? Type(shaped.clone(f32)) : f32;
}

/// The f32 of the same value as the f16 with these bits.
static float widenF16(uint16_t bits) {
  uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
  uint32_t magnitude = bits & 0x7fff;
  // Moves the exponent by multiplication, which handles subnormals; infinity
  // and NaN keep all bits of the exponent.
  float value = llvm::bit_cast<float>(magnitude << 13) * 0x1p112f;
  if (magnitude >= 0x7c00)
    value = llvm::bit_cast<float>(0x7f800000u | magnitude << 13);
  return llvm::bit_cast<float>(llvm::bit_cast<uint32_t>(value) | sign);
}

static DenseElementsAttr promote(DenseElementsAttr value) {
  auto type = cast<ShapedType>(promote(value.getType()));
  bool isF16 = value.getElementType().isF16();
  const auto *bits =
      reinterpret_cast<const uint16_t *>(value.getRawData().data());
  SmallVector<float, 0> floats(value.isSplat() ? 1 : value.getNumElements());
  for (auto [i, f] : llvm::enumerate(floats))
    f = isF16 ? widenF16(bits[i])
              : llvm::bit_cast<float>(static_cast<uint32_t>(bits[i]) << 16);
  return DenseElementsAttr::get(type, ArrayRef<float>(floats));
}

static Attribute promote(Attribute attr) {
  if (auto dense = dyn_cast<DenseElementsAttr>(attr))
    return isHalf(dense.getType()) ? promote(dense) : attr;
  auto number = dyn_cast<FloatAttr>(attr);
  if (!number || !isHalf(number.getType()))
    return attr;
  return FloatAttr::get(promote(number.getType()), number.getValueAsDouble());
}

/// Whether some op depends on how a half is stored, or on tensors of any rank,
/// which arith does not convert.
static Operation *findObstacle(func::FuncOp function) {
  Operation *obstacle = nullptr;
  function.walk([&](Operation *op) {
    auto half = [](Type type) { return isHalf(type); };
    bool mentions = llvm::any_of(op->getOperandTypes(), half) ||
                    llvm::any_of(op->getResultTypes(), half);
    bool isUnranked =
        llvm::any_of(op->getOperandTypes(),
                     llvm::IsaPred<UnrankedTensorType>) ||
        llvm::any_of(op->getResultTypes(), llvm::IsaPred<UnrankedTensorType>);
    if (!mentions ||
        (!isUnranked &&
         !isa<CallOpInterface, arith::BitcastOp, BranchOpInterface>(op)))
      return WalkResult::advance();
    obstacle = op;
    return WalkResult::interrupt();
  });
  return obstacle;
}

/// Whether `op` promises the nearest half: of its own operands, which then have
/// to be halves, too.
static bool isExact(Operation *op) {
  auto accuracy = op->getAttrOfType<AccuracyAttr>("accuracy");
  return accuracy && accuracy.getValue() == Accuracy::Exact;
}

/// Rounds what comes into `op`, and widens what it makes.
static void promoteAround(Operation *op) {
  OpBuilder b(op);
  Type half = op->getResult(0).getType();
  for (OpOperand &operand : op->getOpOperands())
    operand.set(arith::TruncFOp::create(b, op->getLoc(), half, operand.get()));
  b.setInsertionPointAfter(op);
  auto wide =
      arith::ExtFOp::create(b, op->getLoc(), promote(half), op->getResult(0));
  op->getResult(0).replaceAllUsesExcept(wide, wide);
}

static void promoteOp(Operation *op) {
  if (isExact(op)) {
    if (isHalf(op->getResult(0).getType()))
      promoteAround(op);
    return;
  }
  for (NamedAttribute attr : llvm::to_vector(op->getAttrs()))
    if (Attribute promoted = promote(attr.getValue());
        promoted != attr.getValue())
      op->setAttr(attr.getName(), promoted);
  for (Region &region : op->getRegions())
    for (Block &block : region)
      for (BlockArgument arg : block.getArguments())
        arg.setType(promote(arg.getType()));
  for (Value result : op->getResults())
    result.setType(promote(result.getType()));
  // A conversion between a half and f32 has become one of f32 to itself.
  if (isa<arith::ExtFOp, arith::TruncFOp>(op) &&
      op->getOperand(0).getType() == op->getResult(0).getType()) {
    op->getResult(0).replaceAllUsesWith(op->getOperand(0));
    op->erase();
  }
}

static void promoteFunction(func::FuncOp function) {
  SmallVector<Operation *> ops;
  function.getBody().walk<WalkOrder::PreOrder>(
      [&](Operation *op) { ops.push_back(op); });
  OpBuilder b = OpBuilder::atBlockBegin(&function.getBody().front());
  for (BlockArgument arg : function.getArguments()) {
    if (!isHalf(arg.getType()) || arg.use_empty())
      continue;
    auto widened =
        arith::ExtFOp::create(b, arg.getLoc(), promote(arg.getType()), arg);
    arg.replaceAllUsesExcept(widened, widened);
  }
  for (Operation *op : ops)
    if (!isa<func::ReturnOp>(op) || op->getParentOp() != function)
      promoteOp(op);
  function.walk([&](func::ReturnOp op) {
    b.setInsertionPoint(op);
    for (auto [operand, type] :
         llvm::zip(op->getOpOperands(), function.getResultTypes()))
      if (operand.get().getType() != type)
        operand.set(
            arith::TruncFOp::create(b, op.getLoc(), type, operand.get()));
  });
}

namespace {
struct PromoteF16Pass : hswish::impl::PromoteF16PassBase<PromoteF16Pass> {
  using Base::Base;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    bool any = false;
    function.walk([&](Operation *op) {
      any |= llvm::any_of(op->getOperandTypes(), isHalf) ||
             llvm::any_of(op->getResultTypes(), isHalf);
    });
    if (!any)
      return;
    if (Operation *obstacle = findObstacle(function)) {
      obstacle->emitRemark("keeps this function in half precision");
      return;
    }
    promoteFunction(function);
  }
};
} // namespace
