// RUN: hswish-opt %s --hswish-fold-into-filter --split-input-file | FileCheck %s

// Batch normalisation after a convolution with a bias:
// ((acc + b) * s + t) / 2 is acc * s/2 + (b * s + t)/2.

// CHECK-LABEL: func.func @batch_norm(
// CHECK-DAG:     %[[W:.*]] = arith.constant dense<{{\[\[\[\[}}1.000000e+00, 4.000000e+00], [3.000000e+00, 8.000000e+00]]]]> : tensor<1x1x2x2xf32>
// CHECK-DAG:     %[[B:.*]] = arith.constant dense<[1.050000e+01, 4.200000e+01]> : tensor<2xf32>
// CHECK:         hswish.conv_2d ins(%{{.*}}, %[[W]] : {{.*}}) epilogue(%[[B]] : tensor<2xf32>)
// CHECK:         ^bb0(%[[ACC:.*]]: f32, %[[BIAS:.*]]: f32):
// CHECK-NEXT:      %[[S:.*]] = arith.addf %[[ACC]], %[[BIAS]] : f32
// CHECK-NOT:       arith.mulf
// CHECK:           %[[H:.*]] = hswish.hard_swish %[[S]] : f32
// CHECK-NEXT:      hswish.yield %[[H]]
#c = affine_map<(n, h, w, c) -> (c)>
func.func @batch_norm(%x: tensor<1x8x8x2xf32>) -> tensor<1x8x8x2xf32> {
  %e = tensor.empty() : tensor<1x8x8x2xf32>
  %w = arith.constant dense<[[[[1.0, 2.0], [3.0, 4.0]]]]> : tensor<1x1x2x2xf32>
  %b = arith.constant dense<[0.5, 1.0]> : tensor<2xf32>
  %s = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  %t = arith.constant dense<[20.0, 80.0]> : tensor<2xf32>
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x8x8x2xf32>, tensor<1x1x2x2xf32>)
      epilogue(%b, %s, %t : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>)
      outs(%e : tensor<1x8x8x2xf32>) attributes {epilogue_maps = [#c, #c, #c]} {
  ^bb0(%acc: f32, %bias: f32, %scale: f32, %shift: f32):
    %two = arith.constant 2.0 : f32
    %1 = arith.addf %acc, %bias : f32
    %2 = arith.mulf %scale, %1 : f32
    %3 = arith.addf %2, %shift : f32
    %4 = arith.divf %3, %two : f32
    %5 = hswish.hard_swish %4 : f32
    hswish.yield %5 : f32
  } -> tensor<1x8x8x2xf32>
  return %0 : tensor<1x8x8x2xf32>
}

// -----

// A scale by input channel before a grouped convolution (with padding), and a
// shift before a matmul.

// CHECK-LABEL: func.func @before(
// CHECK-SAME:    %[[X:.*]]: tensor<1x8x8x2xf32>, %[[Y:.*]]: tensor<1x2xf32>
// CHECK-DAG:     %[[W:.*]] = arith.constant dense<{{\[\[\[\[}}6.000000e+00, 1.000000e+01]], {{\[\[}}1.200000e+01, 2.000000e+01]]]]> : tensor<1x2x1x2xf32>
// CHECK:         hswish.conv_2d ins(%[[X]], %[[W]] :
// CHECK:         %[[B:.*]] = arith.constant dense<[5.000000e+00, 8.000000e+00]> : tensor<2xf32>
// CHECK:         hswish.matmul ins(%[[Y]], %{{.*}} : {{.*}}) epilogue(%[[B]] : tensor<2xf32>)
// CHECK-NEXT:    ^bb0(%[[ACC:.*]]: f32, %[[BIAS:.*]]: f32):
// CHECK-NEXT:      arith.addf %[[ACC]], %[[BIAS]]
#c = affine_map<(n, h, w, c) -> (c)>
#id = affine_map<(n, h, w, c) -> (n, h, w, c)>
func.func @before(%x: tensor<1x8x8x2xf32>, %y: tensor<1x2xf32>) -> (tensor<1x8x8x2xf32>, tensor<1x2xf32>) {
  %e = tensor.empty() : tensor<1x8x8x2xf32>
  %f = tensor.empty() : tensor<1x2xf32>
  %s = arith.constant dense<[6.0, 5.0]> : tensor<2xf32>
  %w = arith.constant dense<[[[[1.0, 2.0]], [[2.0, 4.0]]]]> : tensor<1x2x1x2xf32>
  %0 = linalg.generic {indexing_maps = [#c, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%s : tensor<2xf32>) outs(%e : tensor<1x8x8x2xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x8x8x2xf32>
  %1 = arith.mulf %x, %0 : tensor<1x8x8x2xf32>
  %2 = hswish.conv_2d ins(%1, %w : tensor<1x8x8x2xf32>, tensor<1x2x1x2xf32>) outs(%e : tensor<1x8x8x2xf32>)
      attributes {groups = 2 : i64, pads = array<i64: 0, 0, 0, 1>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x8x8x2xf32>
  %t = arith.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  %m = arith.constant dense<[[1.0, 2.0], [2.0, 3.0]]> : tensor<2x2xf32>
  %3 = arith.addf %t, %y : tensor<1x2xf32>
  %4 = hswish.matmul ins(%3, %m : tensor<1x2xf32>, tensor<2x2xf32>) outs(%f : tensor<1x2xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x2xf32>
  return %2, %4 : tensor<1x8x8x2xf32>, tensor<1x2xf32>
}

// -----

// Not: a shift before padding, a scaled value that is used elsewhere, a scale by
// pixel, weights that are no constant, a bias alone.

// CHECK-LABEL: func.func @not(
// CHECK:         arith.addf %{{.*}} : tensor<1x8x8x2xf32>
// CHECK:         %[[M:.*]] = arith.mulf %{{.*}} : tensor<1x8x8x2xf32>
// CHECK:         hswish.conv_2d ins(%[[M]],
// CHECK:           arith.mulf %{{.*}} : f32
// CHECK:         hswish.conv_2d
// CHECK:           arith.mulf %{{.*}} : f32
#c = affine_map<(n, h, w, c) -> (c)>
#w = affine_map<(n, h, w, c) -> (w)>
func.func @not(%x: tensor<1x8x8x2xf32>, %f: tensor<3x3x1x2xf32>) -> (tensor<1x8x8x2xf32>, tensor<1x8x8x2xf32>, tensor<1x8x8x2xf32>) {
  %e = tensor.empty() : tensor<1x8x8x2xf32>
  %two = arith.constant dense<2.0> : tensor<1x8x8x2xf32>
  %k = arith.constant dense<3.0> : tensor<3x3x1x2xf32>
  %s = arith.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]> : tensor<8xf32>
  %0 = arith.addf %x, %two : tensor<1x8x8x2xf32>
  %1 = arith.mulf %0, %two : tensor<1x8x8x2xf32>
  %2 = hswish.conv_2d ins(%1, %k : tensor<1x8x8x2xf32>, tensor<3x3x1x2xf32>) epilogue(%s : tensor<8xf32>)
      outs(%e : tensor<1x8x8x2xf32>)
      attributes {groups = 2 : i64, pads = array<i64: 1, 1, 1, 1>, epilogue_maps = [#w]} {
  ^bb0(%acc: f32, %scale: f32):
    %5 = arith.mulf %acc, %scale : f32
    hswish.yield %5 : f32
  } -> tensor<1x8x8x2xf32>
  %3 = hswish.conv_2d ins(%x, %f : tensor<1x8x8x2xf32>, tensor<3x3x1x2xf32>) outs(%e : tensor<1x8x8x2xf32>)
      attributes {groups = 2 : i64, pads = array<i64: 1, 1, 1, 1>} {
  ^bb0(%acc: f32):
    %half = arith.constant 0.5 : f32
    %5 = arith.mulf %acc, %half : f32
    hswish.yield %5 : f32
  } -> tensor<1x8x8x2xf32>
  return %1, %2, %3 : tensor<1x8x8x2xf32>, tensor<1x8x8x2xf32>, tensor<1x8x8x2xf32>
}
