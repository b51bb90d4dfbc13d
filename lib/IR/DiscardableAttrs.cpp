//===- DiscardableAttrs.cpp - Where attributes may stand ------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/DiscardableAttrs.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace hswish;

namespace {
/// An attribute on an op, or on an argument or result of one.
struct Rule {
  StringLiteral name;
  bool (*isOfItsType)(Attribute);
  StringLiteral type;
  bool (*isOnItsPlace)(Operation *);
  StringLiteral place;
};
} // namespace

template <typename AttrTy>
static bool isA(Attribute attr) {
  return isa<AttrTy>(attr);
}

static bool isCount(Attribute attr) {
  auto count = dyn_cast<IntegerAttr>(attr);
  return count && count.getType().isSignlessInteger(64) && count.getInt() >= 0;
}

static bool isWorkspace(Attribute attr) {
  return isa<UnitAttr>(attr) || isCount(attr);
}

template <typename OpTy>
static bool isOn(Operation *op) {
  return isa<OpTy>(op);
}

static bool isAnywhere(Operation *) { return true; }

static constexpr StringLiteral kCount = "an i64 that is not negative";

static constexpr Rule kOpRules[] = {
    {kTargetAttrName, isA<TargetAttr>, "a #hswish.target", isAnywhere, ""},
    {kModelAttrName, isA<StringAttr>, "a string", isOn<ModuleOp>, "a module"},
    {kMemoryLimitAttrName, isCount, kCount, isOn<ModuleOp>, "a module"},
    {kVerificationAttrName, isA<StringAttr>, "a string", isOn<ModuleOp>,
     "a module"},
    {kVariantsAttrName, isA<ArrayAttr>, "an array", isOn<ModuleOp>, "a module"},
    {kVariantAttrName, isA<DictionaryAttr>, "a dictionary",
     isOn<FunctionOpInterface>, "a function"},
    {kLayerAttrName, isA<DictionaryAttr>, "a dictionary", isAnywhere, ""},
    {kTripsAttrName, isCount, kCount, isOn<scf::ForOp>, "an scf.for"},
    {kSharedByAllAttrName, isA<UnitAttr>, "a unit attribute",
     isOn<scf::ParallelOp>, "an scf.parallel"},
    {kBodyAttrName, isA<IntegerAttr>, "an integer", isAnywhere, ""},
};

static constexpr Rule kArgumentRules[] = {
    {kNameAttrName, isA<StringAttr>, "a string", isAnywhere, ""},
    {kTypeAttrName, isA<StringAttr>, "a string", isAnywhere, ""},
    {kTensorAttrName, isA<TypeAttr>, "a type", isAnywhere, ""},
    {kOutputAttrName, isA<UnitAttr>, "a unit attribute", isAnywhere, ""},
    {kWorkspaceAttrName, isWorkspace, "a unit attribute or a size in bytes",
     isAnywhere, ""},
    {kThreadAttrName, isA<UnitAttr>, "a unit attribute", isAnywhere, ""},
    {kThreadsAttrName, isCount, kCount, isAnywhere, ""},
};

static LogicalResult verifyAttr(Operation *op, NamedAttribute attr,
                                ArrayRef<Rule> rules, StringRef where) {
  const Rule *rule = llvm::find_if(rules, [&](const Rule &rule) {
    return rule.name == attr.getName().getValue();
  });
  if (rule == rules.end())
    return op->emitOpError()
           << "has an unknown attribute " << attr.getName() << where;
  if (!rule->isOfItsType(attr.getValue()))
    return op->emitOpError()
           << "attribute " << attr.getName() << " must be " << rule->type;
  if (!rule->isOnItsPlace(op))
    return op->emitOpError() << "attribute " << attr.getName()
                             << " may only be on " << rule->place;
  return success();
}

LogicalResult HSwishDialect::verifyOperationAttribute(Operation *op,
                                                      NamedAttribute attr) {
  return verifyAttr(op, attr, kOpRules, "");
}

LogicalResult HSwishDialect::verifyRegionArgAttribute(Operation *op, unsigned,
                                                      unsigned,
                                                      NamedAttribute attr) {
  return verifyAttr(op, attr, kArgumentRules, " on an argument");
}

LogicalResult HSwishDialect::verifyRegionResultAttribute(Operation *op,
                                                         unsigned, unsigned,
                                                         NamedAttribute attr) {
  return verifyAttr(op, attr, kArgumentRules, " on a result");
}
