//===- UseHugePages.cpp - Large constants into huge pages -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Codegen/ModelInterface.h"
#include "hswish/Codegen/Passes.h"
#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"

namespace hswish {
#define GEN_PASS_DEF_USEHUGEPAGESPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

namespace {
struct UseHugePagesPass : hswish::impl::UseHugePagesPassBase<UseHugePagesPass> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (!hasRuntimeCode(getTarget(module)))
      return;
    DataLayout layout(module);
    SmallVector<std::pair<LLVM::GlobalOp, int64_t>> constants;
    for (auto global : module.getOps<LLVM::GlobalOp>()) {
      // What is computed when it is loaded may still be written then.
      if (!global.getConstant() || !global.getValueOrNull())
        continue;
      int64_t size = layout.getTypeSize(global.getType());
      if (size >= threshold)
        constants.emplace_back(global, size);
    }
    if (!constants.empty())
      addConstructor(constants);
  }

  void addConstructor(ArrayRef<std::pair<LLVM::GlobalOp, int64_t>> constants) {
    ModuleOp module = getOperation();
    Location loc = module.getLoc();
    auto b = OpBuilder::atBlockEnd(module.getBody());
    Type ptr = LLVM::LLVMPointerType::get(&getContext());
    Type i64 = b.getI64Type();
    auto none = LLVM::LLVMVoidType::get(&getContext());
    auto use =
        LLVM::LLVMFuncOp::create(b, loc, "hswish_use_huge_pages",
                                 LLVM::LLVMFunctionType::get(none, {ptr, i64}));
    auto load = LLVM::LLVMFuncOp::create(b, loc, "load_constants",
                                         LLVM::LLVMFunctionType::get(none, {}),
                                         LLVM::Linkage::Internal);
    LLVM::GlobalCtorsOp::create(
        b, loc, b.getArrayAttr(FlatSymbolRefAttr::get(load)),
        b.getI32ArrayAttr({65535}),
        b.getArrayAttr(LLVM::ZeroAttr::get(&getContext())));

    b.setInsertionPointToStart(load.addEntryBlock(b));
    for (auto [global, size] : constants) {
      Value address = LLVM::AddressOfOp::create(b, loc, global);
      Value bytes = LLVM::ConstantOp::create(b, loc, i64, size);
      LLVM::CallOp::create(b, loc, use, ValueRange{address, bytes});
    }
    LLVM::ReturnOp::create(b, loc, ValueRange());
  }
};
} // namespace
