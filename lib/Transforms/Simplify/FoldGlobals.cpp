//===- FoldGlobals.cpp - Globals that never change are constants ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace hswish {
#define GEN_PASS_DEF_FOLDGLOBALSPASS
#include "hswish/Transforms/Passes.h.inc"
} // namespace hswish

using namespace mlir;

/// The value of a global as a constant of `type`, null with an error on `load`
/// if the file does not hold it.
static Value materialize(OpBuilder &b, Operation *load, Type type,
                         ml_program::GlobalOp global) {
  auto value = dyn_cast_if_present<TypedAttr>(global.getValueAttr());
  Value constant;
  if (value && arith::ConstantOp::isBuildableWith(value, value.getType()))
    constant = arith::ConstantOp::create(b, load->getLoc(), value);
  if (constant && constant.getType() == type)
    return constant;
  if (constant && tensor::CastOp::areCastCompatible(constant.getType(), type))
    return tensor::CastOp::create(b, load->getLoc(), type, constant);
  load->emitError() << "reads @" << global.getSymName()
                    << ", whose value is not in the file";
  return {};
}

/// Makes a load a constant. Stores, and what orders itself among them, are for
/// globals that change.
static LogicalResult fold(Operation *op, SymbolTableCollection &symbols) {
  auto name = op->getAttrOfType<SymbolRefAttr>("global");
  auto global = symbols.lookupNearestSymbolFrom<ml_program::GlobalOp>(op, name);
  if (!global)
    return op->emitError() << "there is no global " << name;
  if (global.getIsMutable())
    return op->emitError()
           << "uses @" << global.getSymName()
           << ", which is mutable: a compiled model keeps nothing from one "
              "run to the next";
  if (!isa<ml_program::GlobalLoadOp, ml_program::GlobalLoadConstOp>(op))
    return success();
  OpBuilder b(op);
  Value constant = materialize(b, op, op->getResult(0).getType(), global);
  if (!constant)
    return failure();
  op->getResult(0).replaceAllUsesWith(constant);
  op->erase();
  return success();
}

namespace {
struct FoldGlobalsPass : hswish::impl::FoldGlobalsPassBase<FoldGlobalsPass> {
  void runOnOperation() override {
    SymbolTableCollection symbols;
    WalkResult result = getOperation()->walk([&](Operation *op) {
      if (isa<ml_program::GlobalLoadOp, ml_program::GlobalLoadConstOp,
              ml_program::GlobalLoadGraphOp, ml_program::GlobalStoreOp,
              ml_program::GlobalStoreGraphOp>(op))
        return WalkResult(fold(op, symbols));
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return signalPassFailure();
    for (auto global : llvm::make_early_inc_range(
             getOperation().getOps<ml_program::GlobalOp>()))
      if (SymbolTable::symbolKnownUseEmpty(global, getOperation()))
        global.erase();
  }
};
} // namespace
