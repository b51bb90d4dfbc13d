//===- Simplify.td - Spellings, types and leftovers put in order -*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_TRANSFORMS_PASSES_SIMPLIFY_TD
#define HSWISH_TRANSFORMS_PASSES_SIMPLIFY_TD

include "mlir/Pass/PassBase.td"

def FoldGlobalsPass : Pass<"hswish-fold-globals", "::mlir::ModuleOp"> {
  let summary = "globals that never change are constants";
  let description = [{
    A load of an `ml_program.global` that is not mutable becomes its value, and
    globals that nobody uses are dropped. Use of a mutable one is an error: a
    compiled model keeps nothing from one run to the next.

    Before:

    ```mlir
    ml_program.global private @w(dense<2.0> : tensor<8xf32>) : tensor<8xf32>
    func.func @net() -> tensor<8xf32> {
      %0 = ml_program.global_load_const @w : tensor<8xf32>
    ```

    After:

    ```mlir
    func.func @net() -> tensor<8xf32> {
      %0 = arith.constant dense<2.0> : tensor<8xf32>
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::ml_program::MLProgramDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

def RejectCallsPass : Pass<"hswish-reject-calls", "::mlir::ModuleOp"> {
  let summary = "an error for each module that calls what was not inlined";
  let description = [{
    A model is compiled as one function, whose results are memory of its caller.
    Upstream's inliner comes first; what it leaves has no such memory: a recursive
    function, one of which there is only a declaration, one that is known only
    at run time. The first such call is an error.

    For example

    ```mlir
    func.func private @elsewhere(tensor<8xf32>) -> tensor<8xf32>
    func.func @net(%x: tensor<8xf32>) -> tensor<8xf32> {
      %0 = call @elsewhere(%x) : (tensor<8xf32>) -> tensor<8xf32>
    ```

    is refused: `calls @elsewhere, of which the file has only a declaration`.
  }];
}

def RejectForeignOpsPass : Pass<"hswish-reject-foreign-ops"> {
  let summary = "an error for what nothing makes code of";
  let description = [{
    Code is made of the ops of `hswish`, `linalg`, `tensor`, `arith`, `math`, and
    what these are lowered to. An op of another dialect (of TOSA, one that has no
    form in linalg) is an error that names it, before something that meets it
    later fails with less to say. Dead ones don't count.

    For example

    ```mlir
    %0 = tosa.while_loop (%i = %x) : (tensor<i32>) -> tensor<i32> {
    ```

    is refused if no pass has made another loop of it: `nothing makes code of
    'tosa.while_loop'`.
  }];
}

def DropEmptyTensorsPass : Pass<"hswish-drop-empty-tensors"> {
  let summary = "compute nothing for tensors without elements";
  let description = [{
    A tensor with a dimension of size 0 (an empty batch, a list of no boxes) is
    replaced by a `tensor.empty`, whatever would have computed it. What pads,
    concatenates or inserts an empty tensor goes on without it. So no kernel and
    no view has to care about sizes of 0.

    Before:

    ```mlir
    %0 = hswish.hard_swish %x : tensor<0x4xf32>
    %1 = tensor.concat dim(0) %0, %y
        : (tensor<0x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
    ```

    After:

    ```mlir
    %1 = tensor.concat dim(0) %y : (tensor<2x4xf32>) -> tensor<2x4xf32>
    ```
  }];
  let dependentDialects = ["::mlir::tensor::TensorDialect"];
}

def PromoteF16Pass : Pass<"hswish-promote-f16", "::mlir::func::FuncOp"> {
  let summary = "compute networks of half precision in f32";
  let description = [{
    Everything in a function that is f16 or bf16 becomes f32 (but activations with
    `accuracy<exact>`, which promise the nearest half): tensors, constants,
    bodies. Its arguments are widened, its results rounded, once each. Conversions
    to a half that the model asks for (`arith.truncf`, `sitofp`, `uitofp`,
    `tosa.cast`) still round; those of a half to f32 disappear. A function that
    calls or branches with halves, or looks at their bits, stays as it is.

    Before:

    ```mlir
    func.func @f(%x: tensor<4xf16>) -> tensor<4xf16> {
      %0 = hswish.hard_swish %x : tensor<4xf16>
      return %0 : tensor<4xf16>
    }
    ```

    After:

    ```mlir
    func.func @f(%x: tensor<4xf16>) -> tensor<4xf16> {
      %0 = arith.extf %x : tensor<4xf16> to tensor<4xf32>
      %1 = hswish.hard_swish %0 : tensor<4xf32>
      %2 = arith.truncf %1 : tensor<4xf32> to tensor<4xf16>
      return %2 : tensor<4xf16>
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def MergeEqualOpsPass : Pass<"hswish-merge-equal-ops"> {
  let summary = "compute once what is computed twice";
  let description = [{
    Upstream's common subexpression elimination, with a hash that knows regions:
    of a thousand elementwise ops on one tensor that differ in their bodies alone,
    upstream's compares each with all others.

    Before:

    ```mlir
    %0 = linalg.generic … ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) { … }
    %1 = linalg.generic … ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) { … }
    %2 = arith.addf %0, %1 : tensor<4xf32>
    ```

    After:

    ```mlir
    %0 = linalg.generic … ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) { … }
    %2 = arith.addf %0, %0 : tensor<4xf32>
    ```
  }];
}

#endif // HSWISH_TRANSFORMS_PASSES_SIMPLIFY_TD
