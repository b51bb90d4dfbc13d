//===- SpecializeForTargets.cpp - A function for each target --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Codegen/ModelInterface.h"
#include "hswish/Codegen/Passes.h"
#include "hswish/IR/HSwish.h"

namespace hswish {
#define GEN_PASS_DEF_SPECIALIZEFORTARGETSPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

namespace {
struct SpecializeForTargetsPass
    : hswish::impl::SpecializeForTargetsPassBase<SpecializeForTargetsPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto variants = module->getAttrOfType<ArrayAttr>(kVariantsAttrName);
    if (!variants)
      return;
    SmallVector<FunctionOpInterface> functions =
        ModelInterface::getFunctions(module);
    if (functions.size() != 1)
      return signalPassFailure();
    FunctionOpInterface function = functions.front();
    if (!module->hasAttr(kModelAttrName))
      module->setAttr(kModelAttrName, function.getNameAttr());
    SymbolTable symbols(module);
    for (auto variant : variants.getAsRange<DictionaryAttr>())
      if (failed(specialize(function, variant, symbols)))
        return signalPassFailure();
    symbols.erase(function);
    module->removeAttr(kVariantsAttrName);
  }

  LogicalResult specialize(FunctionOpInterface function, DictionaryAttr variant,
                           SymbolTable &symbols) {
    auto name = variant.getAs<StringAttr>("name");
    auto target = variant.getAs<TargetAttr>("target");
    if (!name || !target)
      return function.emitError()
             << kVariantsAttrName << ": a variant needs a name and a target";
    FunctionOpInterface clone = function.clone();
    clone.setName(
        toIdentifier((function.getName() + "_" + name.getValue()).str()));
    clone->setAttr(kTargetAttrName, target);
    clone->setAttr(kVariantAttrName, variant);
    symbols.insert(clone, function->getIterator());
    return success();
  }
};
} // namespace
