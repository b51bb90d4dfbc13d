// RUN: hswish-opt %s --hswish-flush-tiny-weights --verify-diagnostics | FileCheck %s

// expected-remark @below {{4 weights below 1.2e-35 count as zero}}
module {

// Subnormal numbers and what is near them; not what is merely small, nor what is
// not known.

// CHECK-LABEL: func.func @convolution
// CHECK-DAG:     arith.constant dense<{{\[\[\[\[}}1.000000e+00, 0.000000e+00], [9.99999993E-9, 0.000000e+00]]]]> : tensor<1x1x2x2xf32>
// CHECK-DAG:     arith.constant dense<[0.000000e+00, -2.000000e-35]> : tensor<2xf32>
func.func @convolution(%x: tensor<1x4x4x2xf32>, %init: tensor<1x4x4x2xf32>, %other: tensor<2xf32>) -> tensor<1x4x4x2xf32> {
  %w = arith.constant dense<[[[[1.0, 1.0e-44], [1.0e-8, -1.0e-38]]]]> : tensor<1x1x2x2xf32>
  %bias = arith.constant dense<[7.0e-41, -2.0e-35]> : tensor<2xf32>
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x4x4x2xf32>, tensor<1x1x2x2xf32>)
      epilogue(%bias, %other : tensor<2xf32>, tensor<2xf32>) outs(%init : tensor<1x4x4x2xf32>)
      attributes {epilogue_maps = [affine_map<(n, h, w, c) -> (c)>, affine_map<(n, h, w, c) -> (c)>]} {
  ^bb0(%acc: f32, %b: f32, %o: f32):
    %1 = arith.addf %acc, %b : f32
    %2 = arith.mulf %1, %o : f32
    hswish.yield %2 : f32
  } -> tensor<1x4x4x2xf32>
  return %0 : tensor<1x4x4x2xf32>
}

// CHECK-LABEL: func.func @matmul
// CHECK:         arith.constant dense<0.000000e+00> : tensor<1x1xf32>
func.func @matmul(%a: tensor<?x1xf32>, %init: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %b = arith.constant dense<1.0e-36> : tensor<1x1xf32>
  %0 = hswish.matmul ins(%a, %b : tensor<?x1xf32>, tensor<1x1xf32>) outs(%init : tensor<?x1xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}

// Whose weights are an operand.

// CHECK-LABEL: func.func @unknown
// CHECK:         hswish.matmul ins(%{{.*}}, %{{.*}} : tensor<?x8xf32>, tensor<8x8xf32>)
func.func @unknown(%a: tensor<?x8xf32>, %b: tensor<8x8xf32>, %init: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = hswish.matmul ins(%a, %b : tensor<?x8xf32>, tensor<8x8xf32>) outs(%init : tensor<?x8xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}
}
