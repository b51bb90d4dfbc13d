//===- HSwishInterfaces.td - Interfaces of the dialect ------*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_IR_HSWISHINTERFACES_TD
#define HSWISH_IR_HSWISHINTERFACES_TD

include "mlir/IR/OpBase.td"

def HSwish_EpilogueOpInterface : OpInterface<"EpilogueOpInterface"> {
  let description = [{
    A destination-style op that computes an accumulator for every element of its
    result and passes it through an epilogue: a scalar body over the accumulator
    and one element of each *extra* operand. `epilogue_maps` says which element:
    one affine map an extra, from the result's indices to the extra's, each
    result a dimension or the constant 0.
  }];
  let cppNamespace = "::hswish";
  let methods = [
    InterfaceMethod<"The extra operands of the epilogue.",
      "::mlir::OperandRange", "getExtras">,
    InterfaceMethod<"The extra operands, to be changed.",
      "::mlir::MutableOperandRange", "getExtrasMutable">,
    InterfaceMethod<"One map an extra, from result indices to its indices.",
      "::mlir::ArrayAttr", "getEpilogueMaps">,
    InterfaceMethod<"Sets the maps.",
      "void", "setEpilogueMapsAttr", (ins "::mlir::ArrayAttr":$maps)>,
    InterfaceMethod<"The body: (accumulator, extras…) -> result element.",
      "::mlir::Region &", "getEpilogue">,
  ];
  let extraSharedClassDeclaration = [{
    ::mlir::Block &getEpilogueBlock() { return $_op.getEpilogue().front(); }
    /// Whether the body yields the accumulator unchanged.
    bool hasIdentityEpilogue() {
      ::mlir::Block &block = $_op.getEpilogue().front();
      return block.getTerminator()->getOperand(0) == block.getArgument(0);
    }
    ::mlir::SmallVector<::mlir::AffineMap> getEpilogueMapValues() {
      return ::llvm::to_vector(
          $_op.getEpilogueMaps()
              .template getAsValueRange<::mlir::AffineMapAttr>());
    }
  }];
  let verify = [{ return ::hswish::detail::verifyEpilogue($_op); }];
  let verifyWithRegions = 1;
}

def HSwish_KernelOpInterface : OpInterface<"KernelOpInterface"> {
  let description = [{
    A destination-style op that a kernel of its own computes: one of the family
    that its strategy names. *Weights* are the operand that is a constant in
    inference and that `hswish-pack-weights` puts in the kernel's order.
  }];
  let cppNamespace = "::hswish";
  let methods = [
    InterfaceMethod<"How the op becomes code; null as long as nobody decided.",
      "::hswish::StrategyAttr", "getStrategyAttr">,
    InterfaceMethod<"Sets the strategy.",
      "void", "setStrategyAttr", (ins "::hswish::StrategyAttr":$strategy)>,
    InterfaceMethod<"The type of what the op computes.",
      "::mlir::ShapedType", "getResultType", (ins), "",
      [{ return ::mlir::cast<::mlir::ShapedType>($_op.getInit().getType()); }]>,
    InterfaceMethod<"The multiply-adds of one run, without the epilogue's.",
      "int64_t", "countMultiplyAdds">,
    InterfaceMethod<[{
        Prints what a strategy may depend on beside the shapes of input and
        result: the weights' shape and type, the window.
      }],
      "void", "printWindow", (ins "::llvm::raw_ostream &":$stream)>,
    InterfaceMethod<"The weights, or null if the op has none.",
      "::mlir::OpOperand *", "getWeights", (ins), "",
      [{ return nullptr; }]>,
    InterfaceMethod<[{
        The shape of the weights, packed or not: output channels last. Empty if
        there are none.
      }],
      "::llvm::SmallVector<int64_t>", "getWeightsShape", (ins), "",
      [{ return {}; }]>,
    InterfaceMethod<"Whether the weights are in the order of the kernel.",
      "bool", "isPacked", (ins), "", [{ return false; }]>,
    InterfaceMethod<"Makes `packed`, of one dimension, the weights.",
      "void", "setPackedWeights", (ins "::mlir::Value":$packed), "",
      [{ llvm_unreachable("the op has no weights"); }]>,
  ];
}

#endif // HSWISH_IR_HSWISHINTERFACES_TD
