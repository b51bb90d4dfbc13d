//===- ResultsToOutputs.cpp - Results become memory of the caller ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Codegen/ModelInterface.h"
#include "hswish/Codegen/Passes.h"
#include "hswish/IR/MemoryLimit.h"
#include "hswish/IR/Sizes.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace hswish {
#define GEN_PASS_DEF_RESULTSTOOUTPUTSPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

/// Whether every argument and result is a tensor of static shape.
static LogicalResult verifySignature(func::FuncOp func) {
  if (!func.getBody().hasOneBlock())
    return func.emitError() << "@" << func.getName()
                            << " has branches between blocks; scf's ops have "
                               "none";
  auto check = [&](Type type, StringRef what, unsigned i) -> LogicalResult {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor)
      return func.emitError() << what << " " << i << " of @" << func.getName()
                              << " is not a ranked tensor but " << type;
    if (!tensor.hasStaticShape())
      return func.emitError()
             << what << " " << i << " of @" << func.getName() << " has type "
             << type << ": dynamic dimensions must be bound before code is "
             << "generated (--shape NAME=1x3x224x224)";
    return success();
  };
  for (auto [i, type] : llvm::enumerate(func.getArgumentTypes()))
    if (failed(check(type, "input", i)))
      return failure();
  for (auto [i, type] : llvm::enumerate(func.getResultTypes()))
    if (failed(check(type, "output", i)))
      return failure();
  return success();
}

/// The name that the model gives an input or output, or one made up.
static StringAttr getName(Attribute given, StringRef kind, unsigned i,
                          MLIRContext *context) {
  auto name = dyn_cast_if_present<StringAttr>(given);
  return name ? name : StringAttr::get(context, kind + Twine(i));
}

/// What the caller sees of `type`: arith knows only signless integers, so the
/// importer notes ("ui8") which ones are unsigned.
static TypeAttr getInterfaceType(Type type, Attribute note) {
  auto tensor = cast<RankedTensorType>(type);
  auto text = dyn_cast_if_present<StringAttr>(note);
  auto integer = dyn_cast<IntegerType>(tensor.getElementType());
  if (text && integer && text.getValue().starts_with("ui"))
    type = tensor.clone(IntegerType::get(type.getContext(), integer.getWidth(),
                                         IntegerType::Unsigned));
  return TypeAttr::get(type);
}

/// A memref with a size of 0 has no strides that a pointer could stand for,
/// unless it has but one dimension.
static RankedTensorType getBorderType(RankedTensorType type) {
  return type.getNumElements() == 0
             ? RankedTensorType::get(0, type.getElementType())
             : type;
}

static void convertArguments(func::FuncOp func) {
  Builder b(func.getContext());
  auto builder = OpBuilder::atBlockBegin(&func.getBody().front());
  SmallVector<Type> types;
  // All at once: each list of attributes lives as long as the context.
  SmallVector<DictionaryAttr> allAttrs;
  for (BlockArgument argument : func.getArguments()) {
    unsigned i = argument.getArgNumber();
    NamedAttrList attrs(func.getArgAttrDict(i));
    attrs.set(kNameAttrName,
              getName(attrs.get(kNameAttrName), "input", i, func.getContext()));
    attrs.set(kTensorAttrName,
              getInterfaceType(argument.getType(), attrs.erase(kTypeAttrName)));
    // The caller keeps what it passed in.
    attrs.set(bufferization::BufferizationDialect::kWritableAttrName,
              b.getBoolAttr(false));
    allAttrs.push_back(attrs.getDictionary(func.getContext()));
    auto type = cast<RankedTensorType>(argument.getType());
    types.push_back(getBorderType(type));
    if (types.back() == type)
      continue;
    argument.replaceAllUsesWith(tensor::EmptyOp::create(
        builder, func.getLoc(), type.getShape(), type.getElementType()));
    argument.setType(types.back());
  }
  func.setFunctionType(b.getFunctionType(types, func.getResultTypes()));
  func.setAllArgAttrs(allAttrs);
}

static void convertResults(func::FuncOp func) {
  MLIRContext *context = func.getContext();
  Builder b(context);
  auto returnOp = cast<func::ReturnOp>(func.getBody().front().getTerminator());
  OpBuilder builder(returnOp);
  unsigned numResults = func.getNumResults(),
           numInputs = func.getNumArguments();
  SmallVector<Type> types;
  SmallVector<DictionaryAttr> allAttrs;
  for (unsigned i = 0; i < numResults; ++i) {
    auto type = cast<RankedTensorType>(func.getResultTypes()[i]);
    NamedAttribute attrs[] = {
        b.getNamedAttr(kNameAttrName,
                       getName(func.getResultAttr(i, kNameAttrName), "output",
                               i, context)),
        b.getNamedAttr(kOutputAttrName, b.getUnitAttr()),
        b.getNamedAttr(
            kTensorAttrName,
            getInterfaceType(type, func.getResultAttr(i, kTypeAttrName)))};
    RankedTensorType border = getBorderType(type);
    types.push_back(
        MemRefType::get(border.getShape(), border.getElementType()));
    allAttrs.push_back(b.getDictionaryAttr(attrs));
  }
  SmallVector<unsigned> indices(numResults, numInputs);
  SmallVector<Location> locs(numResults, func.getLoc());
  (void)func.insertArguments(indices, types, allAttrs, locs);
  for (unsigned i = 0; i < numResults; ++i) {
    if (cast<RankedTensorType>(func.getResultTypes()[i]).getNumElements() == 0)
      continue;
    auto store = bufferization::MaterializeInDestinationOp::create(
        builder, returnOp.getLoc(), returnOp.getOperand(i),
        func.getArgument(numInputs + i));
    store.setRestrict(true);
    store.setWritable(true);
  }
  returnOp.getOperandsMutable().clear();
  llvm::BitVector all(numResults, true);
  (void)func.eraseResults(all);
}

namespace {
struct ResultsToOutputsPass
    : hswish::impl::ResultsToOutputsPassBase<ResultsToOutputsPass> {
  void runOnOperation() override {
    // What comes after this computes with sizes of tensors.
    if (failed(verifySizes(getOperation())) ||
        failed(verifyMemory(getOperation())))
      return signalPassFailure();
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      if (func.isPrivate() || func.isDeclaration())
        continue;
      if (failed(verifySignature(func)))
        return signalPassFailure();
      convertArguments(func);
      convertResults(func);
    }
  }
};
} // namespace
