//===- CodeBuilder.cpp - Globals and functions of C -----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeBuilder.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace hswish;

CodeBuilder::CodeBuilder(ModuleOp module, StringRef prefix)
    : module(module), prefix(prefix), loc(module.getLoc()),
      b(module.getBodyRegion()),
      ptr(LLVM::LLVMPointerType::get(b.getContext())), i32(b.getI32Type()),
      i64(b.getI64Type()), none(LLVM::LLVMVoidType::get(b.getContext())) {
  b.setInsertionPointToEnd(module.getBody());
}

Value CodeBuilder::constant(Type type, int64_t value) {
  return LLVM::ConstantOp::create(b, loc, type, b.getIntegerAttr(type, value));
}

LLVM::GlobalOp CodeBuilder::buildGlobal(const Twine &name, Type type,
                                        function_ref<Value()> build) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(module.getBody());
  auto global = LLVM::GlobalOp::create(b, loc, type, /*isConstant=*/true,
                                       LLVM::Linkage::Internal,
                                       prefix + "_" + name.str(), Attribute());
  b.createBlock(&global.getInitializerRegion());
  LLVM::ReturnOp::create(b, loc, build());
  return global;
}

Value CodeBuilder::addressOf(LLVM::GlobalOp global) {
  return LLVM::AddressOfOp::create(b, loc, global);
}

LLVM::GlobalOp CodeBuilder::buildString(const Twine &name, StringRef text) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(module.getBody());
  auto type = LLVM::LLVMArrayType::get(b.getI8Type(), text.size() + 1);
  return LLVM::GlobalOp::create(
      b, loc, type, /*isConstant=*/true, LLVM::Linkage::Internal,
      prefix + "_" + name.str(), b.getStringAttr(text + Twine('\0')));
}

Value CodeBuilder::insert(Value aggregate, ArrayRef<Value> fields) {
  for (auto [i, field] : llvm::enumerate(fields))
    aggregate = LLVM::InsertValueOp::create(b, loc, aggregate, field, i);
  return aggregate;
}

LLVM::LLVMFuncOp CodeBuilder::startFunction(const Twine &name, Type result,
                                            ArrayRef<Type> arguments,
                                            LLVM::Linkage linkage) {
  b.setInsertionPointToEnd(module.getBody());
  auto func = LLVM::LLVMFuncOp::create(
      b, loc, name.str(), LLVM::LLVMFunctionType::get(result, arguments),
      linkage);
  func.addEntryBlock(b);
  b.setInsertionPointToStart(&func.getBody().front());
  return func;
}

void CodeBuilder::loadPointers(Value array, size_t count,
                               SmallVectorImpl<Value> &result) {
  for (size_t i = 0; i < count; ++i) {
    Value slot = LLVM::GEPOp::create(
        b, loc, ptr, ptr, array, ArrayRef<LLVM::GEPArg>{static_cast<int>(i)});
    result.push_back(LLVM::LoadOp::create(b, loc, ptr, slot));
  }
}

void CodeBuilder::returnIf(LLVM::LLVMFuncOp func, Value condition, int status) {
  Block *stop = func.addBlock(), *next = func.addBlock();
  LLVM::CondBrOp::create(b, loc, condition, stop, next);
  b.setInsertionPointToStart(stop);
  LLVM::ReturnOp::create(b, loc, constant(i32, status));
  b.setInsertionPointToStart(next);
}

Value CodeBuilder::isNull(Value pointer) {
  return LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::eq, pointer,
                              LLVM::ZeroOp::create(b, loc, ptr));
}
