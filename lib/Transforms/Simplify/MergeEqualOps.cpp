//===- MergeEqualOps.cpp - What is computed twice, once -------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/DiscardableAttrs.h"
#include "hswish/Transforms/Passes.h"

#include "mlir/IR/Dominance.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/CSE.h"

namespace hswish {
#define GEN_PASS_DEF_MERGEEQUALOPSPASS
#include "hswish/Transforms/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

/// On ops while they are compared: a number made of what is in their regions.

/// Values inside are numbered. Of those outside only constants count: others
/// may turn out to be equal.
static llvm::hash_code hashBody(Operation *op) {
  llvm::DenseMap<Value, unsigned> numbers;
  auto hashOperand = [&](Value value) -> llvm::hash_code {
    if (auto number = numbers.find(value); number != numbers.end())
      return llvm::hash_value(number->second);
    Attribute constant;
    if (matchPattern(value, m_Constant(&constant)))
      return hash_value(constant);
    return llvm::hash_code{};
  };
  llvm::hash_code hash{};
  for (Region &region : op->getRegions())
    for (Block &block : region) {
      for (Value argument : block.getArguments())
        numbers.try_emplace(argument, numbers.size());
      for (Operation &nested : block) {
        hash = llvm::hash_combine(hash,
                                  OperationEquivalence::computeHash(
                                      &nested, hashOperand,
                                      OperationEquivalence::ignoreHashValue,
                                      OperationEquivalence::IgnoreLocations),
                                  hashBody(&nested));
        for (Value result : nested.getResults())
          numbers.try_emplace(result, numbers.size());
      }
    }
  return hash;
}

namespace {
struct MergeEqualOpsPass
    : hswish::impl::MergeEqualOpsPassBase<MergeEqualOpsPass> {
  void runOnOperation() override {
    Builder b(&getContext());
    getOperation()->walk([&](Operation *op) {
      if (op->getNumRegions() != 0 && op != getOperation() &&
          !isa<FunctionOpInterface, SymbolOpInterface>(op)) {
        auto hash = static_cast<int64_t>(static_cast<size_t>(hashBody(op)));
        op->setDiscardableAttr(kBodyAttrName, b.getI64IntegerAttr(hash));
      }
    });
    IRRewriter rewriter(&getContext());
    DominanceInfo dominance(getOperation());
    eliminateCommonSubExpressions(rewriter, dominance, getOperation());
    getOperation()->walk(
        [](Operation *op) { op->removeDiscardableAttr(kBodyAttrName); });
  }
};
} // namespace
