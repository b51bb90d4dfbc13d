//===- Bufferize.cpp - Tensors become memory ------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InPlaceAnalysis.h"

#include "hswish/Codegen/Passes.h"
#include "hswish/IR/HSwish.h"
#include "hswish/IR/Sizes.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotModuleBufferize.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace hswish {
#define GEN_PASS_DEF_BUFFERIZEPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

/// A memory of its own for each layer: two that share one would be computed in
/// the same place, which says that they depend on each other. Planning memory
/// lets them share.
static void separateDestinations(ModuleOp module) {
  module.walk([](DestinationStyleOpInterface op) {
    if (!isa<HSwishDialect>(op->getDialect()))
      return;
    for (OpOperand &init : op.getDpsInitsMutable()) {
      auto empty = init.get().getDefiningOp<tensor::EmptyOp>();
      if (empty && !empty->hasOneUse())
        init.set(OpBuilder(op).clone(*empty)->getResult(0));
    }
  });
}

/// Whether `op` is the last one to read `value`, which belongs to a layer: then
/// nobody misses it.
static bool isLastReader(Operation *op, Value value) {
  Operation *producer = value.getDefiningOp();
  return producer && isa<HSwishDialect>(producer->getDialect()) &&
         producer->getBlock() == op->getBlock() &&
         llvm::all_of(value.getUses(), [&](OpOperand &use) {
           auto user = dyn_cast<DestinationStyleOpInterface>(use.getOwner());
           return user && user.isDpsInput(&use) &&
                  (user == op || (user->getBlock() == op->getBlock() &&
                                  user->isBeforeInBlock(op)));
         });
}

/// Elementwise ops write where they read: what they change is in the cache.
static void workInPlace(ModuleOp module) {
  module.walk([](linalg::GenericOp op) {
    if (op.getNumDpsInits() != 1 ||
        op.getNumParallelLoops() != op.getNumLoops())
      return;
    OpOperand *init = op.getDpsInitOperand(0);
    if (!init->get().getDefiningOp<tensor::EmptyOp>())
      return;
    for (OpOperand *input : op.getDpsInputOperands())
      if (input->get().getType() == init->get().getType() &&
          op.getMatchingIndexingMap(input) == op.getMatchingIndexingMap(init) &&
          isLastReader(op, input->get())) {
        init->set(input->get());
        return;
      }
  });
}

/// Removes what the analysis was told of arguments, for all at once: upstream
/// makes a list of the attributes of all arguments for each of them.
static void removeNotes(func::FuncOp function) {
  using bufferization::BufferizationDialect;
  SmallVector<DictionaryAttr> all;
  for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i) {
    NamedAttrList attrs(function.getArgAttrDict(i));
    attrs.erase(BufferizationDialect::kWritableAttrName);
    all.push_back(attrs.getDictionary(function.getContext()));
  }
  function.setAllArgAttrs(all);
}

/// Copies what would be overwritten before it is read, and gives the rest
/// memory.
static LogicalResult
bufferize(ModuleOp module,
          const bufferization::OneShotBufferizationOptions &options) {
  bufferization::BufferizationState state;
  auto functions = module.getOps<func::FuncOp>();
  if (!llvm::all_of(functions, isStraightLine))
    return bufferization::runOneShotModuleBufferize(module, options, state);
  bufferization::OneShotAnalysisState analysis(module, options);
  for (func::FuncOp function : functions)
    if (!function.isExternal())
      analyzeStraightLine(function, analysis);
  if (failed(bufferization::insertTensorCopies(module, analysis, state)))
    return failure();
  for (func::FuncOp function : functions)
    removeNotes(function);
  return bufferization::bufferizeModuleOp(module, options, state);
}

namespace {
struct BufferizePass : hswish::impl::BufferizePassBase<BufferizePass> {
  void runOnOperation() override {
    if (failed(verifySizes(getOperation())))
      return signalPassFailure();
    bufferization::OneShotBufferizationOptions options;
    options.bufferizeFunctionBoundaries = true;
    options.setFunctionBoundaryTypeConversion(
        bufferization::LayoutMapOption::IdentityLayoutMap);
    options.allowReturnAllocsFromLoops = true;
    options.bufferAlignment = 64;
    separateDestinations(getOperation());
    workInPlace(getOperation());
    if (failed(bufferize(getOperation(), options)))
      return signalPassFailure();
    bufferization::removeBufferizationAttributesInModule(getOperation());
  }
};
} // namespace
