//===- Tensors.td - Strategies, weights, leftovers -*- tablegen -*---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_CODEGEN_PASSES_TENSORS_TD
#define HSWISH_CODEGEN_PASSES_TENSORS_TD

include "mlir/Pass/PassBase.td"

def SpecializeForTargetsPass
    : Pass<"hswish-specialize-for-targets", "::mlir::ModuleOp"> {
  let summary = "make a copy of the model for each of its targets";
  let description = [{
    The one public function of a module with `hswish.variants` becomes one for
    each of them, with a `hswish.target` of its own, which later passes find
    before the module's. Constants are shared as long as they stay the same. A
    module without `hswish.variants` is left alone. `hswish-emit-interface` makes
    the functions one again, which chooses when the library is loaded.

    Before:

    ```mlir
    module attributes {hswish.target = #common, hswish.variants = [
        {name = "x86-64-v4", needs = array<i32: …>, target = #v4},
        {name = "x86-64-v3", needs = array<i32: …>, target = #v3} ]} {
      func.func @net(%x: tensor<4xf32>) -> tensor<4xf32>
    ```

    After:

    ```mlir
    module attributes {hswish.model = "net", hswish.target = #common} {
      func.func @net_x86_64_v4(%x: tensor<4xf32>) -> tensor<4xf32>
          attributes {hswish.target = #v4, hswish.variant = {…}}
      func.func @net_x86_64_v3(%x: tensor<4xf32>) -> tensor<4xf32>
          attributes {hswish.target = #v3, hswish.variant = {…}}
    ```
  }];
}

def ResultsToOutputsPass
    : Pass<"hswish-results-to-outputs", "::mlir::ModuleOp"> {
  let summary = "turn results of public functions into memory of the caller";
  let description = [{
    A result of a public function becomes a memref argument that the function
    writes. Arguments keep their name (`hswish.name`) and get their type
    (`hswish.tensor`), from which `hswish-emit-interface` makes the C interface;
    outputs are marked `hswish.output`. Input tensors are marked read-only.

    Before:

    ```mlir
    func.func @net(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = …
      return %0 : tensor<4xf32>
    }
    ```

    After:

    ```mlir
    func.func @net(%x: tensor<4xf32> {…}, %out: memref<4xf32> {hswish.output, …}) {
      %0 = …
      bufferization.materialize_in_destination %0 in restrict writable %out
      return
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::bufferization::BufferizationDialect",
    "::mlir::memref::MemRefDialect", "::mlir::tensor::TensorDialect"
  ];
}

def SplitBatchPass : Pass<"hswish-split-batch"> {
  let summary = "compute the first layers of a batch one image at a time";
  let description = [{
    The first layers of a network have large images and few weights: computed
    for all images of a batch at once, each layer reads from memory what the one
    before has written. This pass computes them for one image after the other,
    as a network without a batch would. What is behind them computes all images
    at once, which reads its weights once.

    Where to stop, it decides by counting what comes from beyond the second level:
    of the layers before that place, their weights, for each image again unless
    half of the second level holds all of them; of the layers behind it, their
    weights once, and what each reads and writes of all images if the second level
    does not hold that. Batches of more than `max-images` are left alone: code is
    made for each image.

    Before:

    ```mlir
    %1 = hswish.conv_2d ins(%x, %f1 : tensor<2x56x56x96xf32>, …) outs(%0 : …)
    %3 = hswish.conv_2d ins(%1, %f2 : tensor<2x56x56x96xf32>, …) outs(%2 : …)
    ```

    After:

    ```mlir
    %x0 = tensor.extract_slice %x[0, 0, 0, 0] [1, 56, 56, 96] [1, 1, 1, 1]
    %a1 = hswish.conv_2d ins(%x0, %f1 : tensor<1x56x56x96xf32>, …) outs(%a0 : …)
    %b0 = tensor.extract_slice %b[0, 0, 0, 0] [1, 28, 28, 24] [1, 1, 1, 1]
    %b1 = hswish.conv_2d ins(%a1, %f2 : tensor<1x56x56x96xf32>, …) outs(%b0 : …)
    %b2 = tensor.insert_slice %b1 into %b[0, 0, 0, 0] [1, 28, 28, 24] [1, 1, 1, 1]
    %x1 = tensor.extract_slice %x[1, 0, 0, 0] [1, 56, 56, 96] [1, 1, 1, 1]
    …
    ```
  }];
  let dependentDialects = [
    "::hswish::HSwishDialect", "::mlir::tensor::TensorDialect"
  ];
  let options = [
    Option<"maxImages", "max-images", "int64_t", "32",
           "The largest batch that is split">,
  ];
}

def SelectStrategyPass : Pass<"hswish-select-strategy"> {
  let summary = "decide which kernel each structured op becomes";
  let description = [{
    Gives every structured op of static shape its `strategy`: the kernel family
    and its register tile, for the enclosing `hswish.target` (128-bit vectors and
    16 registers without one). A tile has `rows` x `n` accumulators, `n` vectors
    of weights and a broadcast value in registers; of all that fit, the one with
    the least estimated time for the op's shape wins (`Strategy.h`). An op that
    has a strategy keeps it, and the file `strategies` (see `StrategyFile.h`) comes
    before the estimate: lines like

    ```
    conv_2d 1x14x14x112xf32 by 1x1x112x672xf32 strides 1x1 dilations 1x1 groups 1 to 1x14x14x672xf32 = #hswish.strategy<kernel = pointwise, …>
    ```

    A strategy that does not suit its layer is an error.

    Convolutions with padding get none, unless they are depthwise: pad their input
    first. Neither do ops with results other than f32 and f64. A remark says so.

    Before:

    ```mlir
    hswish.matmul ins(%a, %b : tensor<196x112xf32>, tensor<112x672xf32>) …
    ```

    After, for AVX-512:

    ```mlir
    hswish.matmul ins(%a, %b : tensor<196x112xf32>, tensor<112x672xf32>) …
        attributes {strategy = #hswish.strategy<kernel = pointwise, vector = 16,
          rows = 14, columns = 1, blocks = [32, 32, …], unroll = 1, order = rows>}
    ```
  }];
  let options = [
    Option<"strategies", "strategies", "std::string", "",
           "A file of strategies, by layer, that come before the estimate">,
    Option<"threads", "threads", "int64_t", "1",
           "Threads that will share the tiles of an op">,
  ];
}

def NarrowWeightsPass : Pass<"hswish-narrow-weights"> {
  let summary = "store the weights of matrix-vector products as f16";
  let description = [{
    A product with one row reads each weight once: it is as slow as memory. As
    f16 the weights are half as long; they are widened as they are loaded, and
    sums stay f32. The weights are rounded, so this is only done when asked for.
    Weights beyond the range of f16, and those of targets that widen f16 by a
    library call (x86 without F16C), stay.

    Before:

    ```mlir
    %w = arith.constant dense<…> : tensor<960x1280xf32>
    %0 = hswish.matmul ins(%x, %w : tensor<1x960xf32>, tensor<960x1280xf32>) …
        attributes {strategy = #hswish.strategy<kernel = gemv, …>}
    ```

    After:

    ```mlir
    %w = arith.constant dense<…> : tensor<960x1280xf16>
    %0 = hswish.matmul ins(%x, %w : tensor<1x960xf32>, tensor<960x1280xf16>) …
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def PackWeightsPass : Pass<"hswish-pack-weights"> {
  let summary = "bring constant weights into the order in which kernels read";
  let description = [{
    A constant filter or right-hand side of an op with a strategy becomes
    one-dimensional, and `filter_shape` or `rhs_shape` holds its shape:
    [group][block][KH][KW][C][width] for pointwise and direct convolutions,
    matmul and GEMV, [KH][KW][C] for depthwise convolutions. Others stay; kernels
    read them as they are.

    Before:

    ```mlir
    %w = arith.constant dense<…> : tensor<16x24xf32>
    %0 = hswish.matmul ins(%a, %w : tensor<7x16xf32>, tensor<16x24xf32>) …
        attributes {strategy = #hswish.strategy<… blocks = [16, 8], …>}
    ```

    After:

    ```mlir
    %w = arith.constant dense<…> : tensor<384xf32>
    %0 = hswish.matmul ins(%a, %w : tensor<7x16xf32>, tensor<384xf32>) …
        attributes {rhs_shape = array<i64: 16, 24>, strategy = …}
    ```
  }];
}

def LowerLeftoversPass : Pass<"hswish-lower-leftovers"> {
  let summary = "write what no kernel covers with linalg";
  let description = [{
    Structured ops without a `strategy` (with `all`: every one) and other
    aggregated ops such as `linalg.softmax` are decomposed, elementwise ops on
    tensors become `linalg.generic`.

    Before:

    ```mlir
    %0 = hswish.hard_swish %x : tensor<4xf32>
    ```

    After:

    ```mlir
    %0 = linalg.generic … ins(%x : tensor<4xf32>) outs(%empty : tensor<4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %1 = hswish.hard_swish %in : f32
      linalg.yield %1 : f32
    } -> tensor<4xf32>
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"
  ];
  let options = [
    Option<"all", "all", "bool", "false",
           "Decompose structured ops that have a strategy, too: the slow road, "
           "which kernels are tested against">,
  ];
}

def MaterializePaddingPass : Pass<"hswish-materialize-padding"> {
  let summary = "put the padding of convolutions into memory";
  let description = [{
    An image that convolutions pad becomes part of a larger one with a border of
    zeros (`hswish.fill_border`); the op that makes the image writes it inside
    the border. So these kernels have no code for borders, and nothing is copied.
    Convolutions of one image share one padded image, with the most padding that any of them
    asks for; who else reads the image reads the inside.

    Pooling keeps its `pads`, and so do depthwise convolutions whose image nobody else
    reads: their kernels leave out the taps that meet nothing. (Borders wider than
    three pixels would need much code.) So do images of dynamic size.

    Before:

    ```mlir
    %0 = hswish.conv_2d … outs(%empty : tensor<1x8x8x4xf32>)
    %1 = hswish.conv_2d ins(%0, %w : …) … {pads = array<i64: 1, 1, 1, 1>}
    ```

    After:

    ```mlir
    %b = hswish.fill_border outs(%empty : tensor<1x10x10x4xf32>)
        {value = 0.0 : f32, pads = array<i64: 1, 1, 1, 1>} -> tensor<1x10x10x4xf32>
    %s = tensor.extract_slice %b[0, 1, 1, 0] [1, 8, 8, 4] [1, 1, 1, 1]
    %0 = hswish.conv_2d … outs(%s : tensor<1x8x8x4xf32>)
    %p = tensor.insert_slice %0 into %b[0, 1, 1, 0] [1, 8, 8, 4] [1, 1, 1, 1]
    %1 = hswish.conv_2d ins(%p, %w : …) …
    ```
  }];
  let dependentDialects = [
    "::hswish::HSwishDialect", "::mlir::tensor::TensorDialect"
  ];
}

#endif // HSWISH_CODEGEN_PASSES_TENSORS_TD
