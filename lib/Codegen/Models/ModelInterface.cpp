//===- ModelInterface.cpp - Inputs and outputs of a compiled model --------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Codegen/ModelInterface.h"

#include "hswish/IR/ElementTypes.h"
#include "hswish/IR/Sizes.h"
#include "hswish/Runtime/model_info.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;
using namespace hswish;

bool hswish::hasRuntimeCode(TargetAttr target) {
  if (!target)
    return false;
  llvm::Triple triple(target.getTriple());
  return triple.isOSLinux() && (triple.isX86_64() || triple.isAArch64());
}

std::string hswish::toIdentifier(StringRef name) {
  std::string result;
  for (char c : name) {
    if (llvm::isASCII(c))
      result += llvm::isAlnum(c) ? c : '_';
    else // Words in other scripts differ in more than their length.
      result += llvm::utohexstr(static_cast<uint8_t>(c), /*LowerCase=*/true);
  }
  if (result.empty() || llvm::isDigit(result[0]))
    result.insert(0, "m");
  return result;
}

int64_t ModelInterface::Tensor::getNumBytes() const {
  return getStoredBytes(type);
}

int ModelInterface::Tensor::getDType() const {
  Type element = type.getElementType();
  if (element.isF32())
    return HSWISH_FLOAT32;
  if (element.isF64())
    return HSWISH_FLOAT64;
  if (element.isF16())
    return HSWISH_FLOAT16;
  if (element.isBF16())
    return HSWISH_BFLOAT16;
  auto integer = dyn_cast<IntegerType>(element);
  if (!integer)
    return 0;
  switch (integer.getWidth()) {
  case 64:
    return integer.isUnsigned() ? HSWISH_UINT64 : HSWISH_INT64;
  case 32:
    return integer.isUnsigned() ? HSWISH_UINT32 : HSWISH_INT32;
  case 16:
    return integer.isUnsigned() ? HSWISH_UINT16 : HSWISH_INT16;
  case 8:
    return integer.isUnsigned() ? HSWISH_UINT8 : HSWISH_INT8;
  case 1:
    return HSWISH_BOOL;
  default:
    return 0;
  }
}

StringRef ModelInterface::Tensor::getCType() const {
  switch (getDType()) {
  case HSWISH_FLOAT32:
    return "float";
  case HSWISH_FLOAT64:
    return "double";
  case HSWISH_INT64:
    return "int64_t";
  case HSWISH_INT32:
    return "int32_t";
  case HSWISH_INT16:
    return "int16_t";
  case HSWISH_INT8:
    return "int8_t";
  case HSWISH_UINT8:
  case HSWISH_BOOL:
    return "uint8_t";
  case HSWISH_UINT64:
    return "uint64_t";
  case HSWISH_UINT32:
    return "uint32_t";
  case HSWISH_UINT16:
  case HSWISH_FLOAT16:
  case HSWISH_BFLOAT16:
    return "uint16_t";
  default:
    return "void";
  }
}

SmallVector<FunctionOpInterface> ModelInterface::getFunctions(ModuleOp module) {
  SmallVector<FunctionOpInterface> found;
  for (auto func : module.getOps<FunctionOpInterface>()) {
    if (func.isExternal() || func.isPrivate())
      continue;
    if (auto llvmFunc = dyn_cast<LLVM::LLVMFuncOp>(func.getOperation());
        llvmFunc && llvmFunc.getLinkage() != LLVM::Linkage::External)
      continue;
    if (!found.empty() && !(func->hasAttr(kVariantAttrName) &&
                            found.front()->hasAttr(kVariantAttrName))) {
      module.emitError() << "a model has one public function, but there are @"
                         << found.front().getName() << " and @"
                         << func.getName();
      return {};
    }
    found.push_back(func);
  }
  if (found.empty())
    module.emitError("no public function to compile");
  return found;
}

/// The interface of one function, without a name.
static FailureOr<ModelInterface> getOne(FunctionOpInterface func) {
  ModelInterface result;
  for (unsigned i = 0, e = func.getNumArguments(); i < e; ++i) {
    if (Attribute workspace = func.getArgAttr(i, kWorkspaceAttrName)) {
      // Its type says how large it is, until that becomes a pointer.
      if (auto memref = dyn_cast<MemRefType>(func.getArgumentTypes()[i]))
        result.workspaceSize = memref.getNumElements();
      else if (auto size = dyn_cast<IntegerAttr>(workspace))
        result.workspaceSize = size.getInt();
      result.hasWorkspace = true;
      continue;
    }
    if (func.getArgAttr(i, kThreadAttrName))
      continue;
    if (auto threads =
            func.getArgAttrOfType<IntegerAttr>(i, kThreadsAttrName)) {
      result.threads = threads.getInt();
      continue;
    }
    auto name = func.getArgAttrOfType<StringAttr>(i, kNameAttrName);
    auto type = func.getArgAttrOfType<TypeAttr>(i, kTensorAttrName);
    if (!name || !type)
      return func.emitError()
             << "argument " << i << " has no " << kNameAttrName << " and "
             << kTensorAttrName << ": run hswish-results-to-outputs first";
    auto shape = dyn_cast<RankedTensorType>(type.getValue());
    if (!shape || !shape.hasStaticShape() || !getReach(shape))
      return func.emitError()
             << "'" << name.getValue() << "' is a " << type.getValue()
             << ", which has no size that a caller could know";
    ModelInterface::Tensor tensor{name.str(), shape};
    if (!tensor.getDType())
      return func.emitError()
             << "'" << tensor.name << "' has elements of type "
             << tensor.type.getElementType() << ", which no caller could pass";
    bool isOutput = func.getArgAttr(i, kOutputAttrName) != nullptr;
    (isOutput ? result.outputs : result.inputs).push_back(tensor);
  }
  return result;
}

/// Checks that a variant says its name, and what it needs of a CPU in as many
/// words as `first` does.
static LogicalResult verifyVariant(FunctionOpInterface func,
                                   FunctionOpInterface first) {
  auto needsOf = [](FunctionOpInterface func) {
    auto variant = func->getAttrOfType<DictionaryAttr>(kVariantAttrName);
    return variant && variant.getAs<StringAttr>("name")
               ? variant.getAs<DenseI32ArrayAttr>("needs")
               : DenseI32ArrayAttr();
  };
  if (!func->hasAttr(kVariantAttrName))
    return success();
  auto needs = needsOf(func), ofFirst = needsOf(first);
  if (!needs || !ofFirst || needs.empty() || needs.size() != ofFirst.size())
    return func.emitError() << kVariantAttrName
                            << " must hold a name and what the variant needs, "
                               "in as many words as the others";
  return success();
}

FailureOr<ModelInterface> ModelInterface::get(ModuleOp module) {
  SmallVector<FunctionOpInterface> functions = getFunctions(module);
  if (functions.empty())
    return failure();
  ModelInterface result;
  for (FunctionOpInterface func : functions) {
    FailureOr<ModelInterface> one = getOne(func);
    if (failed(one) || failed(verifyVariant(func, functions.front())))
      return failure();
    // Variants differ in the memory that they need, in nothing else.
    one->workspaceSize = std::max(one->workspaceSize, result.workspaceSize);
    result = *one;
  }
  result.name = toIdentifier(functions.front().getName());
  if (auto name = module->getAttrOfType<StringAttr>(kModelAttrName))
    result.name = toIdentifier(name.getValue());
  // hswish_get_model_info() is every model's.
  if (result.name == "hswish_get_model")
    result.name += "_";
  return result;
}

StringRef hswish::getVerification(ModuleOp module) {
  auto verdict = module->getAttrOfType<StringAttr>(kVerificationAttrName);
  return verdict ? verdict.getValue() : "not verified";
}
