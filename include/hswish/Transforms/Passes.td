//===- Passes.td - Transformations of the hswish dialect -*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_TRANSFORMS_PASSES_TD
#define HSWISH_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// One function
//===----------------------------------------------------------------------===//

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

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

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

def FuseQuantizersPass : Pass<"hswish-fuse-quantizers"> {
  let summary = "activations between quantisers to quantised activations";
  let description = [{
    An h-swish or h-sigmoid in f32 whose operand is dequantised from codes of 8 bits
    and whose result is quantised to codes of the same type becomes an `exact`
    quantised activation, if that gives what the ops in floats compute: all codes
    are tried. Codes that are floats between quantisers become integers only where
    the target has `vpermi2b`; elsewhere a table is slower. What stays as it is is
    named by `explain`.

    Before (zero points of 0):

    ```mlir
    %0 = arith.sitofp %codes : tensor<8xi8> to tensor<8xf32>
    %1 = arith.mulf %0, %input_scale : tensor<8xf32>
    %2 = hswish.hard_swish %1 accuracy<onnx> : tensor<8xf32>
    %3 = arith.divf %2, %output_scale : tensor<8xf32>
    %4 = math.roundeven %3 : tensor<8xf32>
    %5 = arith.maxnumf %4, %low : tensor<8xf32>
    %6 = arith.minnumf %5, %high : tensor<8xf32>
    ```

    After:

    ```mlir
    %0 = hswish.quantized_hard_swish %codes from<5.0e-02:0> to<3.0e-02:0> : tensor<8xi8>
    %6 = arith.sitofp %0 : tensor<8xi8> to tensor<8xf32>
    ```
  }];
  let dependentDialects = [
    "::hswish::HSwishDialect", "::mlir::arith::ArithDialect"
  ];
  let options = [
    Option<"explain", "explain", "bool", "false",
           "Emit a remark for what stays in floats">,
  ];
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

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

def PropagateLayoutPass : Pass<"hswish-propagate-layout"> {
  let summary = "make a network NHWC throughout";
  let description = [{
    Networks come as NCHW, with a transpose before and after each convolution and
    pooling. One walk over each function moves every transpose down through what
    works as well in another order (elementwise ops, `linalg.generic`, reductions,
    softmax, padding, slices, concatenations, reshapes) until it meets its inverse.
    Constants are permuted at compile time, broadcasts and
    `linalg.generic`s by their maps. A second walk moves what met nothing up
    again, so that it is done once, on the function's input. A transpose that
    only moves dimensions of size 1 becomes a reshape.

    Before:

    ```mlir
    %1 = linalg.transpose ins(%conv : tensor<1x8x8x16xf32>)
        outs(%e1 : tensor<1x16x8x8xf32>) permutation = [0, 3, 1, 2]
    %2 = hswish.hard_swish %1 : tensor<1x16x8x8xf32>
    %3 = linalg.transpose ins(%2 : tensor<1x16x8x8xf32>)
        outs(%e3 : tensor<1x8x8x16xf32>) permutation = [0, 2, 3, 1]
    ```

    After:

    ```mlir
    %3 = hswish.hard_swish %conv : tensor<1x8x8x16xf32>
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

//===----------------------------------------------------------------------===//
// Fusion
//===----------------------------------------------------------------------===//

def FuseEpiloguePass
    : Pass<"hswish-fuse-epilogue"> {
  let summary = "absorb elementwise ops into the convolution before them";
  let description = [{
    The elementwise ops (on tensors or as `linalg.generic`) that follow an
    `hswish.conv_2d` or `hswish.matmul` go into its epilogue: as many of them as
    have one result together, so that nothing is computed twice. What else they
    read becomes an operand of the epilogue, by its map where it was broadcast.
    Where two such ops are added, the later one adds the other's result.

    Before:

    ```mlir
    %0 = hswish.conv_2d ins(%x, %w : …) outs(%e : …) { … }
    %1 = arith.addf %0, %bias : tensor<1x8x8x16xf32>
    %2 = hswish.hard_swish %1 : tensor<1x8x8x16xf32>
    ```

    After:

    ```mlir
    %2 = hswish.conv_2d ins(%x, %w : …) epilogue(%bias_c : tensor<16xf32>)
        outs(%e : …) attributes {epilogue_maps = [affine_map<(n, h, w, c) -> (c)>]} {
    ^bb0(%acc: f32, %b: f32):
      %3 = arith.addf %acc, %b : f32
      %4 = hswish.hard_swish %3 : f32
      hswish.yield %4 : f32
    }
    ```
  }];
  let dependentDialects = [
    "::hswish::HSwishDialect", "::mlir::arith::ArithDialect"
  ];
  let options = [
    Option<"explain", "explain", "bool", "false",
           "Remark on elementwise ops that could not be absorbed">,
  ];
}

def FuseElementwisePass
    : Pass<"hswish-fuse-elementwise"> {
  let summary = "fuse what is left of elementwise ops into each other";
  let description = [{
    Elementwise ops on tensors become `linalg.generic` and are fused, a producer
    with one user into that user, a broadcast into all of its users. A user may be
    a sum of static size (of `x * x`). No body becomes longer than 64 operations.

    Before (the gate of a squeeze-and-excite block):

    ```mlir
    %1 = linalg.generic … ins(%gate : tensor<1x1x1x16xf32>) … -> tensor<1x8x8x16xf32>
    %2 = arith.mulf %x, %1 : tensor<1x8x8x16xf32>
    ```

    After:

    ```mlir
    %2 = linalg.generic {indexing_maps = [(n, h, w, c) -> (n, h, w, c),
        (n, h, w, c) -> (n, 0, 0, c), (n, h, w, c) -> (n, h, w, c)], …}
        ins(%x, %gate : tensor<1x8x8x16xf32>, tensor<1x1x1x16xf32>) … {
      arith.mulf …
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

def FoldIntoFilterPass : Pass<"hswish-fold-into-filter"> {
  let summary = "fold constant scales and shifts into filters and biases";
  let description = [{
    What multiplies or adds constants (one for all, or one a channel) next to a
    convolution or matmul with constant weights goes into these: batch
    normalisation after it, as the first steps of its epilogue; scales before it, as
    elementwise ops on its input; shifts before it where it has no padding. What
    is left is one bias. The products are rounded to f32 once, biases are added up
    in double.

    Before:

    ```mlir
    ^bb0(%acc: f32, %scale: f32, %shift: f32):
      %0 = arith.mulf %acc, %scale : f32
      %1 = arith.addf %0, %shift : f32
    ```

    After:

    ```mlir
    ^bb0(%acc: f32, %bias: f32):
      %1 = arith.addf %acc, %bias : f32
    ```
  }];
  let dependentDialects = [
    "::hswish::HSwishDialect", "::mlir::arith::ArithDialect"
  ];
}

def FlushTinyWeightsPass : Pass<"hswish-flush-tiny-weights"> {
  let summary = "count weights that are almost zero as zero";
  let description = [{
    Training with weight decay leaves channels that do nothing: their weights and
    biases, and so their activations, shrink until they are subnormal numbers. A
    multiplication with one of these takes Intel's cores 160 cycles instead of
    half a one (of PP-OCRv3's detector, a fifth of the time). Constant filters,
    matrices and operands of epilogues in f32 that are below 2^-116 (1.2e-35)
    become zero: a sum changes by less than 1.2e-35 of the activations' sum. It is
    ten powers of two above the subnormal numbers, so that gates and h-swish do not
    lead there from what is left. A remark says how many there were. What
    activations compute, and how, stays: no mode of the processor is changed.

    Before:

    ```mlir
    %bias = arith.constant dense<[0.5, 7.0e-41]> : tensor<2xf32>
    ```

    After:

    ```mlir
    %bias = arith.constant dense<[0.5, 0.0]> : tensor<2xf32>
    ```
  }];
  let dependentDialects = [
    "::hswish::HSwishDialect", "::mlir::arith::ArithDialect"
  ];
}

def FoldActivationScalePass : Pass<"hswish-fold-activation-scale"> {
  let summary = "fold the scales of fast h-swish into the weights around it";
  let description = [{
    With u = x / 3, `hard_swish(x) = 1.5 * u * (1 + clamp(u, -1, 1))`. Where an
    epilogue yields a `hard_swish accuracy<fast>` of the accumulator and a bias,
    the third goes into its own weights and bias, and the 1.5 into the weights of
    those who read the result: through pooling, reshapes, and
    products with other values (the gate of squeeze-and-excite); where it is added
    (a residual) the sum becomes `fma(y, 1.5, sum)`. What is left is
    `hswish.unit_hard_swish`: as many instructions as ReLU6. A
    `hard_sigmoid accuracy<fast>` becomes a clamp to [0, 1]; it needs nothing of
    its readers.

    The `hard_swish` stays if anything reads its result that is not linear in
    it or whose weights are not constant or used elsewhere, or if it is a result
    of the function. Weights are rounded once. To be run after
    `hswish-fold-into-filter`.

    Before:

    ```mlir
    %1 = hswish.conv_2d ins(%x, %w1 : …) epilogue(%b : …) … {
    ^bb0(%acc: f32, %bias: f32):
      %sum = arith.addf %acc, %bias : f32
      %y = hswish.hard_swish %sum accuracy<fast> : f32
      hswish.yield %y : f32
    }
    %2 = hswish.conv_2d ins(%1, %w2 : …) …
    ```

    After, `%w1` and `%b` being a third and `%w2` 1.5 times what they were:

    ```mlir
    %1 = hswish.conv_2d ins(%x, %w1 : …) epilogue(%b : …) … {
    ^bb0(%acc: f32, %bias: f32):
      %sum = arith.addf %acc, %bias : f32
      %y = hswish.unit_hard_swish %sum : f32
      hswish.yield %y : f32
    }
    %2 = hswish.conv_2d ins(%1, %w2 : …) …
    ```
  }];
  let dependentDialects = [
    "::hswish::HSwishDialect", "::mlir::arith::ArithDialect",
    "::mlir::math::MathDialect"
  ];
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

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

def SplitPoolsPass : Pass<"hswish-split-pools"> {
  let summary = "average large images row by row";
  let description = [{
    The average of a whole image becomes the average of the averages of its
    rows. So several threads can take the sums of the rows that each of them has
    made, which are in its caches, and change them in place afterwards. The order
    of additions does not depend on how many threads there are.

    Before:

    ```mlir
    %0 = hswish.pool_2d average ins(%x : tensor<1x28x28x120xf32>)
        outs(%init : tensor<1x1x1x120xf32>) {kernel = array<i64: 28, 28>} -> …
    ```

    After:

    ```mlir
    %r = hswish.pool_2d average ins(%x : tensor<1x28x28x120xf32>)
        outs(%empty : tensor<1x28x1x120xf32>) {kernel = array<i64: 1, 28>} -> …
    %0 = hswish.pool_2d average ins(%r : tensor<1x28x1x120xf32>)
        outs(%init : tensor<1x1x1x120xf32>) {kernel = array<i64: 28, 1>} -> …
    ```
  }];
  let dependentDialects = [
    "::hswish::HSwishDialect", "::mlir::tensor::TensorDialect"
  ];
}

//===----------------------------------------------------------------------===//
// Common subexpressions
//===----------------------------------------------------------------------===//

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

#endif // HSWISH_TRANSFORMS_PASSES_TD

