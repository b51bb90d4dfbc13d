//===- EmitInterface.cpp - The C functions of a compiled model ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InterfaceBuilder.h"
#include "hswish/Codegen/Passes.h"
#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"

namespace hswish {
#define GEN_PASS_DEF_EMITINTERFACEPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

namespace {
/// LLVM does not know our attributes.
void stripAttributes(FunctionOpInterface func) {
  auto strip = [&](ArrayRef<NamedAttribute> attrs) {
    SmallVector<NamedAttribute> kept;
    for (NamedAttribute attr : attrs)
      if (attr.getNameDialect() !=
          func.getContext()->getLoadedDialect("hswish"))
        kept.push_back(attr);
    return kept;
  };
  SmallVector<DictionaryAttr> all;
  for (unsigned i = 0, e = func.getNumArguments(); i < e; ++i)
    all.push_back(
        DictionaryAttr::get(func.getContext(), strip(func.getArgAttrs(i))));
  func.setAllArgAttrs(all);
}

/// Functions that call so many kernels, as ops of the llvm dialect. Networks
/// have up to a tenth of that.
constexpr size_t kManyOps = 1 << 15;

/// What only calls kernels gains little from LLVM's passes, some of which take
/// the square of its size.
void leaveUnoptimized(LLVM::LLVMFuncOp func) {
  size_t count = 0;
  for (Block &block : func.getBody())
    count += block.getOperations().size();
  if (count < kManyOps)
    return;
  Builder b(func.getContext());
  func->setAttr("passthrough", b.getStrArrayAttr({"noinline", "optnone"}));
}

/// Lets calls take pointers themselves, which the conversion took out of
/// descriptors that it had made of them.
void dissolveDescriptors(LLVM::LLVMFuncOp model) {
  OpBuilder b(model.getContext());
  SmallVector<Operation *> made;
  model.walk([&](Operation *op) {
    SmallVector<Value> found;
    if (isa<LLVM::InsertValueOp>(op))
      made.push_back(op);
    if (isa<LLVM::ExtractValueOp>(op) && succeeded(b.tryFold(op, found))) {
      op->replaceAllUsesWith(found);
      op->erase();
    }
  });
  for (Operation *op : llvm::reverse(made))
    if (op->use_empty())
      op->erase();
}

/// Lets `model`, which takes a pointer for each tensor, take two arrays of
/// them: of the inputs and of the outputs. Each pointer is loaded where it is
/// needed: thousands of arguments would be a stack full of them, whose
/// registers LLVM allocates in the square of their number.
void takeArrays(LLVM::LLVMFuncOp model, const ModelInterface &interface) {
  Type ptr = LLVM::LLVMPointerType::get(model.getContext());
  size_t numInputs = interface.inputs.size(),
         numTensors = numInputs + interface.outputs.size();
  Block &entry = model.getBody().front();
  Location loc = model.getLoc();
  Value inputs = entry.insertArgument(0u, ptr, loc),
        outputs = entry.insertArgument(1u, ptr, loc);
  for (size_t i = 0; i < numTensors; ++i) {
    BlockArgument tensor = entry.getArgument(2 + i);
    bool isInput = i < numInputs;
    auto slot = static_cast<int32_t>(isInput ? i : i - numInputs);
    for (OpOperand &use : llvm::make_early_inc_range(tensor.getUses())) {
      OpBuilder b(use.getOwner());
      Value address =
          LLVM::GEPOp::create(b, loc, ptr, ptr, isInput ? inputs : outputs,
                              ArrayRef<LLVM::GEPArg>{slot});
      use.set(LLVM::LoadOp::create(b, loc, ptr, address));
    }
  }
  entry.eraseArguments(2, numTensors);
  auto type = model.getFunctionType();
  model.setFunctionType(LLVM::LLVMFunctionType::get(
      type.getReturnType(), llvm::to_vector(entry.getArgumentTypes())));
  model.removeArgAttrsAttr();
}

struct EmitInterfacePass
    : hswish::impl::EmitInterfacePassBase<EmitInterfacePass> {
  void runOnOperation() override {
    FailureOr<ModelInterface> interface = ModelInterface::get(getOperation());
    if (failed(interface))
      return signalPassFailure();
    SmallVector<LLVM::LLVMFuncOp> models;
    for (FunctionOpInterface func :
         ModelInterface::getFunctions(getOperation())) {
      auto model = dyn_cast<LLVM::LLVMFuncOp>(*func);
      if (!model) {
        getOperation().emitError("expected functions of the llvm dialect");
        return signalPassFailure();
      }
      models.push_back(model);
    }
    for (LLVM::LLVMFuncOp model : models)
      if (failed(hide(model, interface->name)))
        return signalPassFailure();
    for (LLVM::LLVMFuncOp model : models) {
      if (interface->takesArrays()) {
        dissolveDescriptors(model);
        takeArrays(model, *interface);
      }
      leaveUnoptimized(model);
    }
    buildInterface(getOperation(), models, *interface);
  }

  /// Only what the header declares is seen from outside.
  LogicalResult hide(LLVM::LLVMFuncOp model, StringRef prefix) {
    stripAttributes(model);
    std::string name = (prefix + "_main").str();
    if (auto variant = model->getAttrOfType<DictionaryAttr>(kVariantAttrName))
      name += "_" + toIdentifier(variant.getAs<StringAttr>("name").getValue());
    SymbolTable symbols(getOperation());
    model.setLinkage(LLVM::Linkage::Internal);
    return symbols.rename(model, name);
  }
};
} // namespace
