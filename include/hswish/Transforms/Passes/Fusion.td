//===- Fusion.td - Many small ops to few large ones -*- tablegen -*------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_TRANSFORMS_PASSES_FUSION_TD
#define HSWISH_TRANSFORMS_PASSES_FUSION_TD

include "mlir/Pass/PassBase.td"

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

#endif // HSWISH_TRANSFORMS_PASSES_FUSION_TD
