//===- Layers.cpp - A model whose layers can be looked at -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layers.h"

#include "hswish/Codegen/ModelInterface.h"
#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace hswish;

func::FuncOp hswish::getModelFunction(ModuleOp module) {
  SmallVector<FunctionOpInterface> functions =
      ModelInterface::getFunctions(module);
  if (functions.empty())
    return {};
  auto function = dyn_cast<func::FuncOp>(*functions.front());
  if (function && functions.size() == 1 && function.getBody().hasOneBlock())
    return function;
  module.emitError("only a model of one function with one block can be "
                   "verified");
  return {};
}

/// What kernels compute; not what only says where something is.
static bool isComputed(Operation *op) {
  if (op->hasTrait<OpTrait::ConstantLike>() ||
      isa<tensor::TensorDialect>(op->getDialect()) ||
      isa<FillBorderOp, linalg::FillOp>(op))
    return false;
  // The average of rows is taken by the kernel that makes them: one layer with
  // the average of what it leaves.
  auto isPool = [](Operation *user) { return isa<Pool2DOp>(user); };
  return !isa<Pool2DOp>(op) || !op->hasOneUse() ||
         llvm::none_of(op->getUsers(), isPool);
}

static bool canBeOutput(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape() && type.getNumElements() > 0 &&
         ModelInterface::Tensor{"", type}.getDType() != 0;
}

SmallVector<Value> hswish::getLayers(func::FuncOp function) {
  SmallVector<Value> layers;
  for (Operation &op : function.getBody().front())
    if (isComputed(&op))
      llvm::copy_if(op.getResults(), std::back_inserter(layers), canBeOutput);
  return layers;
}

static func::ReturnOp getReturn(func::FuncOp function) {
  return cast<func::ReturnOp>(function.getBody().front().getTerminator());
}

static void addOutput(func::FuncOp function, Value value) {
  func::ReturnOp returnOp = getReturn(function);
  (void)function.insertResult(function.getNumResults(), value.getType(), {});
  returnOp.getOperandsMutable().append(value);
}

OwningOpRef<ModuleOp> hswish::buildTapped(ModuleOp module,
                                          ArrayRef<bool> isOutput) {
  OwningOpRef<ModuleOp> clone = module.clone();
  func::FuncOp function = getModelFunction(*clone);
  for (auto [layer, is] : llvm::zip_equal(getLayers(function), isOutput))
    if (is)
      addOutput(function, layer);
  return clone;
}

OwningOpRef<ModuleOp> hswish::buildCut(ModuleOp module) {
  OwningOpRef<ModuleOp> clone = module.clone();
  func::FuncOp function = getModelFunction(*clone);
  for (Value layer : getLayers(function)) {
    unsigned index = function.getNumArguments();
    (void)function.insertArgument(index, layer.getType(), {}, layer.getLoc());
    layer.replaceUsesWithIf(function.getArgument(index), [](OpOperand &use) {
      return !isa<func::ReturnOp>(use.getOwner());
    });
    addOutput(function, layer);
  }
  return clone;
}
