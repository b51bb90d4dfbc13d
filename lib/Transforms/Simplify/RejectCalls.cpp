//===- RejectCalls.cpp - A compiled model is one function -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Transforms/Passes.h"

#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/SetVector.h"

namespace hswish {
#define GEN_PASS_DEF_REJECTCALLSPASS
#include "hswish/Transforms/Passes.h.inc"
} // namespace hswish

using namespace mlir;

/// The function that `call` names, null if it names none.
static FunctionOpInterface getCallee(CallOpInterface call,
                                     SymbolTableCollection &symbols) {
  return dyn_cast_if_present<FunctionOpInterface>(
      call.resolveCallableInTable(&symbols));
}

/// Whether `function` comes back to itself, however far around.
static bool isRecursive(FunctionOpInterface function,
                        SymbolTableCollection &symbols) {
  llvm::SetVector<Operation *> reached;
  auto reach = [&](Operation *from) {
    from->walk([&](CallOpInterface call) {
      if (FunctionOpInterface callee = getCallee(call, symbols))
        reached.insert(callee);
    });
  };
  reach(function);
  for (unsigned i = 0; i < reached.size(); ++i)
    reach(reached[i]);
  return reached.contains(function);
}

/// Why the inliner left a call.
static std::string explain(CallOpInterface call,
                           SymbolTableCollection &symbols) {
  if (!isa<SymbolRefAttr>(call.getCallableForCallee()))
    return "calls what is known only at run time";
  FunctionOpInterface callee = getCallee(call, symbols);
  if (!callee)
    return "calls what is no function of this file";
  std::string text = ("calls @" + callee.getName()).str();
  if (callee.isExternal())
    return text + ", of which the file has only a declaration";
  if (isRecursive(callee, symbols))
    return text + ", which is recursive";
  return text + ", which cannot be inlined here";
}

namespace {
struct RejectCallsPass : hswish::impl::RejectCallsPassBase<RejectCallsPass> {
  void runOnOperation() override {
    SymbolTableCollection symbols;
    WalkResult result = getOperation()->walk([&](CallOpInterface call) {
      call->emitError() << explain(call, symbols)
                        << ": a model is compiled as one function";
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
