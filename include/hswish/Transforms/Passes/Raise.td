//===- Raise.td - Other people's spellings -*- tablegen -*---------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_TRANSFORMS_PASSES_RAISE_TD
#define HSWISH_TRANSFORMS_PASSES_RAISE_TD

include "mlir/Pass/PassBase.td"

def RaisePass : Pass<"hswish-raise"> {
  let summary = "find h-swish and its kin however they are spelt";
  let description = [{
    Replaces arithmetic that computes h-swish, h-sigmoid, ReLU6 or swish by the
    op: in `arith` and `math` on scalars (bodies of linalg ops, epilogues),
    vectors and tensors, across elementwise linalg ops, and in TOSA. A value is
    evaluated as a piecewise polynomial of another one, with exact fractions; it
    is an activation if that is the same function. So every order of operations
    is found, and what is off by a constant is not. docs/Raising.md has the
    details.

    Before:

    ```mlir
    %1 = arith.addf %x, %c3 : f32
    %2 = arith.maximumf %1, %c0 : f32
    %3 = arith.minimumf %2, %c6 : f32
    %4 = arith.mulf %x, %3 : f32
    %0 = arith.divf %4, %c6 : f32
    ```

    After:

    ```mlir
    %0 = hswish.hard_swish %x accuracy<torch> : f32
    ```
  }];
  let dependentDialects = [
    "::hswish::HSwishDialect", "::mlir::arith::ArithDialect",
    "::mlir::tensor::TensorDialect"
  ];
  let options = [
    Option<"accuracy", "accuracy", "::hswish::RaiseAccuracy",
           "::hswish::RaiseAccuracy::Preserve", "Accuracy of the raised ops",
           [{::llvm::cl::values(
             clEnumValN(::hswish::RaiseAccuracy::Preserve, "preserve",
                        "the one with the bits of the spelling, else default"),
             clEnumValN(::hswish::RaiseAccuracy::Fast, "fast", "fast"),
             clEnumValN(::hswish::RaiseAccuracy::Default, "default", "default"),
             clEnumValN(::hswish::RaiseAccuracy::Torch, "torch", "torch"),
             clEnumValN(::hswish::RaiseAccuracy::Onnx, "onnx", "onnx"),
             clEnumValN(::hswish::RaiseAccuracy::Exact, "exact", "exact"))}]>,
    Option<"keepNaN", "keep-nan", "bool", "false",
           "Refuse spellings that turn NaN into a number">,
    Option<"explain", "explain", "bool", "false",
           "Emit a remark for what looks like a spelling but is none">,
  ];
}

#endif // HSWISH_TRANSFORMS_PASSES_RAISE_TD
