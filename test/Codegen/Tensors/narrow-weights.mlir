// RUN: hswish-opt %s -hswish-narrow-weights -split-input-file -verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @gemv
module attributes {hswish.target = #hswish.target<triple = "x86_64-linux-gnu", vector_bits = 512,
                                                  registers = 32, l1 = 32768, l2 = 524288>} {
func.func @gemv(%x: tensor<1x2xf32>, %m: tensor<7x2xf32>, %e: tensor<1x2xf32>, %f: tensor<7x2xf32>)
    -> (tensor<1x2xf32>, tensor<7x2xf32>, tensor<1x2xf32>) {
  // CHECK-DAG: %[[W:.*]] = arith.constant dense<{{\[}}[1.000000e+00, 9.997550e-02], [3.000000e+00, 4.000000e+00]]> : tensor<2x2xf16>
  %w = arith.constant dense<[[1.0, 0.1], [3.0, 4.0]]> : tensor<2x2xf32>
  // CHECK-DAG: %[[LARGE:.*]] = arith.constant dense<1.000000e+05> : tensor<2x2xf32>
  %large = arith.constant dense<1.0e5> : tensor<2x2xf32>
  // CHECK: hswish.matmul ins(%{{.*}}, %[[W]] : tensor<1x2xf32>, tensor<2x2xf16>)
  %0 = hswish.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%e : tensor<1x2xf32>)
      attributes {strategy = #hswish.strategy<kernel = gemv, vector = 2, rows = 1, columns = 1, unroll = 1, order = rows, blocks = [2]>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x2xf32>
  // Other kernels read a weight many times.
  // CHECK: hswish.matmul ins({{.*}} : tensor<7x2xf32>, tensor<2x2xf32>)
  %1 = hswish.matmul ins(%m, %w : tensor<7x2xf32>, tensor<2x2xf32>) outs(%f : tensor<7x2xf32>)
      attributes {strategy = #hswish.strategy<kernel = pointwise, vector = 2, rows = 1, columns = 1, unroll = 1, order = rows, blocks = [2]>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<7x2xf32>
  // CHECK: hswish.matmul ins(%{{.*}}, %[[LARGE]] : tensor<1x2xf32>, tensor<2x2xf32>)
  // expected-remark @below {{weights stay f32: they are beyond the range of f16}}
  %2 = hswish.matmul ins(%x, %large : tensor<1x2xf32>, tensor<2x2xf32>) outs(%e : tensor<1x2xf32>)
      attributes {strategy = #hswish.strategy<kernel = gemv, vector = 2, rows = 1, columns = 1, unroll = 1, order = rows, blocks = [2]>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x2xf32>
  return %0, %1, %2 : tensor<1x2xf32>, tensor<7x2xf32>, tensor<1x2xf32>
}
}

// -----

// x86 without F16C would call a library for each weight.
module attributes {hswish.target = #hswish.target<triple = "x86_64-linux-gnu", vector_bits = 128,
                                                  registers = 16, l1 = 32768, l2 = 524288>} {
func.func @sse(%x: tensor<1x2xf32>, %e: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  // expected-remark @below {{weights stay f32: the target does not widen f16 by an instruction}}
  %0 = hswish.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x2xf32>) outs(%e : tensor<1x2xf32>)
      attributes {strategy = #hswish.strategy<kernel = gemv, vector = 2, rows = 1, columns = 1, unroll = 1, order = rows, blocks = [2]>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}
}
