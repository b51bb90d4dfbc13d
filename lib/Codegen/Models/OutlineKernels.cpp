//===- OutlineKernels.cpp - Structured ops into functions ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Codegen/Passes.h"
#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"

namespace hswish {
#define GEN_PASS_DEF_OUTLINEKERNELSPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

namespace {

/// On memory: an op on tensors has results. Loops are strips of several ops.
bool isKernel(Operation *op) {
  return isa<KernelOpInterface, FillBorderOp, linalg::LinalgOp, memref::CopyOp,
             scf::ForOp, scf::ParallelOp>(op) &&
         op->getNumResults() == 0;
}

/// Whether a memref can be a bare pointer.
bool isContiguous(Value value) {
  auto type = dyn_cast<MemRefType>(value.getType());
  return type && type.hasStaticShape() && type.getLayout().isIdentity();
}

/// What a kernel needs from outside: arguments to pass, and ops to make again
/// inside (views and constants), in order.
struct Captures {
  llvm::SetVector<Value> arguments;
  llvm::SetVector<Operation *> recreated;

  LogicalResult add(Value value);
};

/// Follows a value back to a contiguous buffer, a constant or a scalar. Two
/// views of one buffer come from one argument, so that arguments don't alias.
LogicalResult Captures::add(Value value) {
  Operation *def = value.getDefiningOp();
  if (def && def->hasTrait<OpTrait::ConstantLike>()) {
    recreated.insert(def);
    return success();
  }
  if (!isa<MemRefType>(value.getType())) {
    arguments.insert(value);
    return success();
  }
  // Views into the workspace or the constants are buffers of their own.
  auto view = dyn_cast_or_null<ViewLikeOpInterface>(def);
  if (view && !isa<memref::ViewOp>(def)) {
    for (Value operand : def->getOperands())
      if (failed(add(operand)))
        return failure();
    recreated.insert(def);
    return success();
  }
  if (!isContiguous(value))
    return failure();
  arguments.insert(value);
  return success();
}

struct OutlineKernelsPass
    : hswish::impl::OutlineKernelsPassBase<OutlineKernelsPass> {
  using Base::Base;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    llvm::StringMap<func::FuncOp> kernels;
    SmallVector<Operation *> worklist;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (function.isPublic() && !function.isExternal())
        for (Operation &op : function.getOps())
          if (isKernel(&op))
            worklist.push_back(&op);
    for (Operation *op : worklist)
      outline(op, symbols, kernels);
  }

  void outline(Operation *op, SymbolTable &symbols,
               llvm::StringMap<func::FuncOp> &kernels);
  func::FuncOp buildKernel(Operation *op, const Captures &captures);
};

/// A free-standing function that holds a copy of `op`.
func::FuncOp OutlineKernelsPass::buildKernel(Operation *op,
                                             const Captures &captures) {
  OpBuilder b(&getContext());
  Location loc = op->getLoc();
  ValueRange arguments(captures.arguments.getArrayRef());
  auto kernel = func::FuncOp::create(
      loc, "kernel", b.getFunctionType(arguments.getTypes(), {}));
  kernel.setPrivate();
  // Inlining would lose what the arguments promise.
  kernel->setAttr("llvm.linkage", LLVM::LinkageAttr::get(
                                      &getContext(), LLVM::Linkage::Internal));
  kernel->setAttr("passthrough", b.getStrArrayAttr({"noinline"}));
  if (Attribute target =
          op->getParentOfType<func::FuncOp>()->getAttr(kTargetAttrName))
    kernel->setAttr(kTargetAttrName, target);
  Block *body = kernel.addEntryBlock();
  IRMapping mapping;
  mapping.map(arguments, body->getArguments());
  b.setInsertionPointToEnd(body);
  for (Operation *view : captures.recreated)
    b.clone(*view, mapping);
  b.clone(*op, mapping);
  func::ReturnOp::create(b, loc);
  for (BlockArgument argument : body->getArguments())
    if (isa<MemRefType>(argument.getType()))
      kernel.setArgAttr(argument.getArgNumber(),
                        LLVM::LLVMDialect::getNoAliasAttrName(),
                        b.getUnitAttr());
  return kernel;
}

void OutlineKernelsPass::outline(Operation *op, SymbolTable &symbols,
                                 llvm::StringMap<func::FuncOp> &kernels) {
  Captures captures;
  llvm::SetVector<Value> used;
  used.insert(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), used);
  for (Value value : used)
    if (failed(captures.add(value)))
      return;

  // Kernels are the same if their text is: it has no locations.
  func::FuncOp kernel = buildKernel(op, captures);
  std::string text;
  llvm::raw_string_ostream stream(text);
  kernel->print(stream, OpPrintingFlags().useLocalScope().printGenericOpForm());
  auto [entry, isNew] = kernels.try_emplace(text, kernel);
  if (isNew) {
    // The name says whose kernel it is and what it does.
    std::string name =
        (op->getParentOfType<func::FuncOp>().getName() + "_" +
         op->getName().stripDialect() + "_" + Twine(kernels.size() - 1))
            .str();
    llvm::replace(name, '.', '_');
    kernel.setName(name);
    symbols.insert(kernel);
  } else {
    kernel.erase();
  }
  OpBuilder b(op);
  func::CallOp::create(b, op->getLoc(), entry->second,
                       captures.arguments.getArrayRef());
  op->erase();
}

} // namespace
