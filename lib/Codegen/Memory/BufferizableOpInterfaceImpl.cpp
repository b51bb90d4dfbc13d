//===- BufferizableOpInterfaceImpl.cpp - Bufferization of structured ops
//---===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Codegen/BufferizableOpInterfaceImpl.h"

#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace hswish;

namespace {
/// All structured ops write their destination; only `fill_border` keeps a part
/// of it.
template <typename OpTy>
struct StructuredOpModel
    : DstBufferizableOpInterfaceExternalModel<StructuredOpModel<OpTy>, OpTy> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const AnalysisState & /*state*/) const {
    return std::is_same_v<OpTy, FillBorderOp> ||
           !cast<DestinationStyleOpInterface>(op).isDpsInit(&operand);
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    auto dstOp = cast<DestinationStyleOpInterface>(op);
    if (dstOp.hasPureBufferSemantics())
      return success();
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      FailureOr<Value> buffer = getBuffer(rewriter, operand, options, state);
      if (failed(buffer))
        return failure();
      operands.push_back(*buffer);
    }
    SmallVector<Value> results;
    for (OpOperand &init : dstOp.getDpsInitsMutable())
      results.push_back(operands[init.getOperandNumber()]);
    rewriter.setInsertionPoint(op);
    clone(rewriter, op, /*newResultTypes=*/TypeRange(), operands);
    replaceOpWithBufferizedValues(rewriter, op, results);
    return success();
  }
};
} // namespace

void hswish::registerBufferizableOpInterfaceExternalModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, HSwishDialect *) {
    Conv2DOp::attachInterface<StructuredOpModel<Conv2DOp>>(*context);
    MatmulOp::attachInterface<StructuredOpModel<MatmulOp>>(*context);
    Pool2DOp::attachInterface<StructuredOpModel<Pool2DOp>>(*context);
    FillBorderOp::attachInterface<StructuredOpModel<FillBorderOp>>(*context);
    // What bufferization creates.
    context->loadDialect<memref::MemRefDialect>();
  });
}
