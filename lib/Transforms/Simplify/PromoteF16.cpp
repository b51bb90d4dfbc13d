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
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"

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

/// The constant of these halves, all or the one that they all are.
static DenseElementsAttr promote(ShapedType type, ArrayRef<char> halves) {
  bool isF16 = type.getElementType().isF16();
  SmallVector<float, 0> floats(halves.size() / sizeof(uint16_t));
  for (auto [i, f] : llvm::enumerate(floats)) {
    auto bits = llvm::support::endian::read<uint16_t, llvm::endianness::native>(
        halves.data() + i * sizeof(uint16_t));
    f = isF16 ? widenF16(bits)
              : llvm::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
  }
  return DenseElementsAttr::get(cast<ShapedType>(promote(type)),
                                ArrayRef<float>(floats));
}

static Attribute promote(Attribute attr) {
  if (auto type = dyn_cast<TypeAttr>(attr))
    return TypeAttr::get(promote(type.getValue()));
  if (auto dense = dyn_cast<DenseElementsAttr>(attr))
    return isHalf(dense.getType())
               ? promote(dense.getType(), dense.getRawData())
               : attr;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    ShapedType type = resource.getType();
    bool isWhole = blob && isHalf(type) &&
                   static_cast<int64_t>(blob->getData().size()) ==
                       type.getNumElements() * 2;
    return isWhole ? promote(type, blob->getData()) : attr;
  }
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

/// Whether `op` rounds to a half because the model says so. The body of a named
/// linalg op says nothing: it goes with the types of the operands.
static bool isRounding(Operation *op) {
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op->getParentOp());
  if (linalgOp && !isa<linalg::GenericOp, linalg::MapOp, linalg::ReduceOp>(
                      *op->getParentOp()))
    return false;
  return isa<arith::TruncFOp, arith::SIToFPOp, arith::UIToFPOp, tosa::CastOp>(
             op) &&
         isHalf(op->getResult(0).getType());
}

/// Widens the half that `op` makes.
static void promoteAfter(Operation *op) {
  OpBuilder b(op->getContext());
  b.setInsertionPointAfter(op);
  Value half = op->getResult(0);
  auto wide =
      arith::ExtFOp::create(b, op->getLoc(), promote(half.getType()), half);
  half.replaceAllUsesExcept(wide, wide);
}

/// Rounds what comes into `op`, and widens what it makes.
static void promoteAround(Operation *op) {
  OpBuilder b(op);
  Type half = op->getResult(0).getType();
  for (OpOperand &operand : op->getOpOperands())
    operand.set(arith::TruncFOp::create(b, op->getLoc(), half, operand.get()));
  promoteAfter(op);
}

static void promoteOp(Operation *op) {
  if (isExact(op)) {
    if (isHalf(op->getResult(0).getType()))
      promoteAround(op);
    return;
  }
  if (isRounding(op))
    return promoteAfter(op);
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
  // A conversion of a half to f32 has become one of f32 to itself.
  if (isa<arith::ExtFOp, arith::TruncFOp, tosa::CastOp>(op) &&
      op->getOperand(0).getType() == op->getResult(0).getType()) {
    op->getResult(0).replaceAllUsesWith(op->getOperand(0));
    op->erase();
  }
}

/// `value` as a half, as which it may be there already.
static Value round(OpBuilder &b, Location loc, Value value, Type type) {
  auto widened = value.getDefiningOp<arith::ExtFOp>();
  if (widened && widened.getIn().getType() == type)
    return widened.getIn();
  return arith::TruncFOp::create(b, loc, type, value);
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
        operand.set(round(b, op.getLoc(), operand.get(), type));
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
