//===- Layout.td - Channels last -*- tablegen -*-------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_TRANSFORMS_PASSES_LAYOUT_TD
#define HSWISH_TRANSFORMS_PASSES_LAYOUT_TD

include "mlir/Pass/PassBase.td"

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

#endif // HSWISH_TRANSFORMS_PASSES_LAYOUT_TD
