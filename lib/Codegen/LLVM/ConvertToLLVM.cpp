//===- ConvertToLLVM.cpp - Everything to the llvm dialect -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Codegen/ModelInterface.h"
#include "hswish/Codegen/Passes.h"
#include "hswish/IR/Sizes.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MathToLibm/MathToLibm.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace hswish {
#define GEN_PASS_DEF_CONVERTTOLLVMPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

static constexpr StringLiteral kLoopAnnotationAttrName = "llvm.loop_annotation";

namespace {
struct ConvertToLLVMPass
    : hswish::impl::ConvertToLLVMPassBase<ConvertToLLVMPass> {
  void runOnOperation() override {
    if (failed(verifySizes(getOperation())))
      return signalPassFailure();
    MLIRContext *context = &getContext();
    recordWorkspace();
    expandBFloat16();
    LowerToLLVMOptions options(context);
    options.useBarePtrCallConv = true;
    options.overrideIndexBitwidth(64);
    LLVMTypeConverter converter(context, options);

    RewritePatternSet patterns(context);
    SymbolTableCollection symbols;
    populateFuncToLLVMConversionPatterns(converter, patterns, &symbols);
    populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns,
                                                   &symbols);
    populateVectorToLLVMConversionPatterns(converter, patterns);
    arith::populateCeilFloorDivExpandOpsPatterns(patterns);
    arith::populateArithToLLVMConversionPatterns(converter, patterns);
    // LLVM's intrinsics where there are any, which may be one instruction.
    populateMathToLLVMConversionPatterns(converter, patterns,
                                         /*approximateLog1p=*/false,
                                         /*benefit=*/2);
    populateMathToLibmConversionPatterns(patterns, /*benefit=*/1);
    cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
    index::populateIndexToLLVMConversionPatterns(converter, patterns);
    ub::populateUBToLLVMConversionPatterns(converter, patterns);

    LLVMConversionTarget target(*context);
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      return signalPassFailure();
    annotateLoops();
  }

  /// What `scf` loops say to LLVM's loop passes arrives here as a discardable
  /// attribute, which the translation to LLVM IR would drop.
  void annotateLoops() {
    getOperation()->walk([](LLVM::BrOp br) {
      if (auto annotation = br->getAttrOfType<LLVM::LoopAnnotationAttr>(
              kLoopAnnotationAttrName)) {
        br->removeAttr(kLoopAnnotationAttrName);
        br.setLoopAnnotationAttr(annotation);
      }
    });
  }

  /// Conversions to bf16 by integer arithmetic: x86's instruction for it takes
  /// and gives zero for denormals, whatever MXCSR says.
  void expandBFloat16() {
    RewritePatternSet patterns(&getContext());
    arith::populateExpandBFloat16Patterns(patterns);
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }

  /// The size of the workspace is in its type, which becomes a pointer: keeps
  /// it in the argument's attribute.
  void recordWorkspace() {
    for (auto func : getOperation().getOps<func::FuncOp>())
      for (auto [i, type] : llvm::enumerate(func.getArgumentTypes()))
        if (auto memref = dyn_cast<MemRefType>(type);
            memref && func.getArgAttr(i, kWorkspaceAttrName))
          func.setArgAttr(i, kWorkspaceAttrName,
                          IntegerAttr::get(IntegerType::get(&getContext(), 64),
                                           memref.getNumElements()));
  }
};
} // namespace
