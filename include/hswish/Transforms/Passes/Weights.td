//===- Weights.td - Arithmetic on constants of layers -*- tablegen -*----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_TRANSFORMS_PASSES_WEIGHTS_TD
#define HSWISH_TRANSFORMS_PASSES_WEIGHTS_TD

include "mlir/Pass/PassBase.td"

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

#endif // HSWISH_TRANSFORMS_PASSES_WEIGHTS_TD
