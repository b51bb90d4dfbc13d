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

#endif // HSWISH_IR_HSWISHINTERFACES_TD
