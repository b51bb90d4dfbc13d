// RUN: hswish-opt %s -hswish-pack-weights -split-input-file | FileCheck %s

// Two blocks, of two channels and of one: each holds its rows one after the other.
// CHECK-LABEL: func.func @matmul
// CHECK: %[[W:.*]] = arith.constant dense<[1.000000e+00, 2.000000e+00, 4.000000e+00, 5.000000e+00, 3.000000e+00, 6.000000e+00]> : tensor<6xf32>
// CHECK: hswish.matmul ins(%{{.*}}, %[[W]] : tensor<5x2xf32>, tensor<6xf32>)
// CHECK-SAME: rhs_shape = array<i64: 2, 3>
func.func @matmul(%a: tensor<5x2xf32>, %init: tensor<5x3xf32>) -> tensor<5x3xf32> {
  %w = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  %0 = hswish.matmul ins(%a, %w : tensor<5x2xf32>, tensor<2x3xf32>)
      outs(%init : tensor<5x3xf32>)
      attributes {strategy = #hswish.strategy<kernel = pointwise, vector = 2,
        rows = 5, columns = 1, unroll = 1, order = rows, blocks = [2, 1]>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<5x3xf32>
  return %0 : tensor<5x3xf32>
}

// -----

// Two groups of one channel in, two out: the groups follow each other.
// CHECK-LABEL: func.func @grouped
// CHECK: %[[W:.*]] = arith.constant dense<[1.000000e+00, 2.000000e+00, 5.000000e+00, 6.000000e+00, 3.000000e+00, 4.000000e+00, 7.000000e+00, 8.000000e+00]> : tensor<8xf32>
// CHECK: hswish.conv_2d ins(%{{.*}}, %[[W]] :
// CHECK-SAME: filter_shape = array<i64: 1, 2, 1, 4>
func.func @grouped(%x: tensor<1x4x4x2xf32>, %init: tensor<1x4x3x4xf32>) -> tensor<1x4x3x4xf32> {
  %w = arith.constant dense<[[[[1.0, 2.0, 3.0, 4.0]], [[5.0, 6.0, 7.0, 8.0]]]]> : tensor<1x2x1x4xf32>
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x4x4x2xf32>, tensor<1x2x1x4xf32>)
      outs(%init : tensor<1x4x3x4xf32>)
      attributes {groups = 2 : i64, strategy = #hswish.strategy<kernel = direct,
        vector = 2, rows = 3, columns = 1, unroll = 1, order = rows, blocks = [2]>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x4x3x4xf32>
  return %0 : tensor<1x4x3x4xf32>
}

// -----

// A depthwise filter is in order; a splat stays one; what is no constant, or
// has no strategy, stays as it is.
#depthwise = #hswish.strategy<kernel = depthwise, vector = 2, rows = 1, columns = 2, unroll = 1, order = rows>
// CHECK-LABEL: func.func @others
// CHECK-SAME: %[[V:[a-z0-9]+]]: tensor<3x3x1x4xf32>
// CHECK-DAG: %[[PACKED:.*]] = arith.constant dense<2.000000e+00> : tensor<36xf32>
// CHECK-DAG: %[[SPLAT:.*]] = arith.constant dense<2.000000e+00> : tensor<3x3x1x4xf32>
// CHECK: hswish.conv_2d ins(%{{.*}}, %[[PACKED]] :
// CHECK: hswish.conv_2d ins(%{{.*}}, %[[V]] :
// CHECK: hswish.conv_2d ins(%{{.*}}, %[[SPLAT]] :
func.func @others(%x: tensor<1x8x8x4xf32>, %v: tensor<3x3x1x4xf32>, %a: tensor<1x6x6x4xf32>,
                  %b: tensor<1x4x4x4xf32>, %c: tensor<1x2x2x4xf32>) -> tensor<1x2x2x4xf32> {
  %w = arith.constant dense<2.0> : tensor<3x3x1x4xf32>
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x8x8x4xf32>, tensor<3x3x1x4xf32>)
      outs(%a : tensor<1x6x6x4xf32>) attributes {groups = 4 : i64, strategy = #depthwise} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x6x6x4xf32>
  %1 = hswish.conv_2d ins(%0, %v : tensor<1x6x6x4xf32>, tensor<3x3x1x4xf32>)
      outs(%b : tensor<1x4x4x4xf32>) attributes {groups = 4 : i64, strategy = #depthwise} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x4x4x4xf32>
  %2 = hswish.conv_2d ins(%1, %w : tensor<1x4x4x4xf32>, tensor<3x3x1x4xf32>)
      outs(%c : tensor<1x2x2x4xf32>) attributes {groups = 4 : i64} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x2x2x4xf32>
  return %2 : tensor<1x2x2x4xf32>
}

// -----

// Of a dot product, one output channel after the other.
#dot = #hswish.strategy<kernel = dot, vector = 2, rows = 1, columns = 1, unroll = 1, order = rows, blocks = [2]>
// CHECK-LABEL: func.func @dot
// CHECK: arith.constant dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00]> : tensor<4xf32>
func.func @dot(%x: tensor<1x1x1x2xf32>, %y: tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32> {
  %w = arith.constant dense<[[[[1.0, 3.0], [2.0, 4.0]]]]> : tensor<1x1x2x2xf32>
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x1x1x2xf32>, tensor<1x1x2x2xf32>)
      outs(%y : tensor<1x1x1x2xf32>) attributes {strategy = #dot} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x1x1x2xf32>
  return %0 : tensor<1x1x1x2xf32>
}
