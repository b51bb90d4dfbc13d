// What structured ops compute, by both roads, against NumPy.

// REQUIRES: numpy
// RUN: rm -rf %t && mkdir -p %t
// RUN: %python %S/Inputs/structured_ops.py make %t
// RUN: hswish-run %s --no-kernels --input x=%t/x.npy --output-dir %t/slow | FileCheck %s
// RUN: %python %S/Inputs/structured_ops.py check %t slow
// RUN: hswish-run %s %t/x.npy --output-dir %t/fast | FileCheck %s
// RUN: %python %S/Inputs/structured_ops.py check %t fast

// CHECK: conv: float32 1x7x6x8
// CHECK-NEXT: pooled: float32 1x3x3x8
// CHECK-NEXT: output2: float32 1x9x8x8

module attributes {hswish.model = "ops"} {
  func.func @ops(%x: tensor<1x7x6x8xf32> {hswish.name = "x"})
      -> (tensor<1x7x6x8xf32> {hswish.name = "conv"},
          tensor<1x3x3x8xf32> {hswish.name = "pooled"},
          tensor<1x9x8x8xf32>) {
    %w = arith.constant dense<0.125> : tensor<3x3x2x8xf32>
    %e = tensor.empty() : tensor<1x7x6x8xf32>
    %conv = hswish.conv_2d ins(%x, %w : tensor<1x7x6x8xf32>, tensor<3x3x2x8xf32>)
        epilogue(%x : tensor<1x7x6x8xf32>) outs(%e : tensor<1x7x6x8xf32>)
        attributes {pads = array<i64: 1, 1, 1, 1>, groups = 4 : i64,
          epilogue_maps = [affine_map<(n, h, w, c) -> (n, h, w, c)>]} {
    ^bb0(%acc: f32, %r: f32):
      %0 = hswish.hard_swish %acc : f32
      %1 = arith.addf %0, %r : f32
      hswish.yield %1 : f32
    } -> tensor<1x7x6x8xf32>
    %p = tensor.empty() : tensor<1x3x3x8xf32>
    %pooled = hswish.pool_2d max ins(%conv : tensor<1x7x6x8xf32>)
        outs(%p : tensor<1x3x3x8xf32>)
        {kernel = array<i64: 3, 2>, strides = array<i64: 2, 2>} -> tensor<1x3x3x8xf32>
    %b = tensor.empty() : tensor<1x9x8x8xf32>
    %border = hswish.fill_border outs(%b : tensor<1x9x8x8xf32>)
        {value = 2.0 : f32, pads = array<i64: 1, 1, 1, 1>} -> tensor<1x9x8x8xf32>
    %padded = tensor.insert_slice %conv into %border[0, 1, 1, 0] [1, 7, 6, 8] [1, 1, 1, 1]
        : tensor<1x7x6x8xf32> into tensor<1x9x8x8xf32>
    return %conv, %pooled, %padded
        : tensor<1x7x6x8xf32>, tensor<1x3x3x8xf32>, tensor<1x9x8x8xf32>
  }
}
