// RUN: hswish-opt %s --inline --symbol-dce | FileCheck %s

// What calls functions of our ops has the ops, bodies and all.

// CHECK-LABEL: func.func @network(
// CHECK-SAME:    %[[X:.*]]: tensor<1x8x8x4xf32>, %[[W:.*]]: tensor<3x3x4x8xf32>
// CHECK-NOT:     call
// CHECK:         %[[C:.*]] = hswish.conv_2d ins(%[[X]], %[[W]]
// CHECK:         ^bb0(%[[ACC:.*]]: f32):
// CHECK:           %[[H:.*]] = hswish.hard_swish %[[ACC]] : f32
// CHECK:           hswish.yield %[[H]]
// CHECK:         %[[R:.*]] = hswish.relu6 %[[C]]
// CHECK:         return %[[R]]
func.func private @conv(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x8xf32>) -> tensor<1x6x6x8xf32> {
  %e = tensor.empty() : tensor<1x6x6x8xf32>
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x8x8x4xf32>, tensor<3x3x4x8xf32>) outs(%e : tensor<1x6x6x8xf32>) {
  ^bb0(%acc: f32):
    %1 = hswish.hard_swish %acc : f32
    hswish.yield %1 : f32
  } -> tensor<1x6x6x8xf32>
  return %0 : tensor<1x6x6x8xf32>
}
func.func private @block(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x8xf32>) -> tensor<1x6x6x8xf32> {
  %0 = call @conv(%x, %w) : (tensor<1x8x8x4xf32>, tensor<3x3x4x8xf32>) -> tensor<1x6x6x8xf32>
  %1 = hswish.relu6 %0 : tensor<1x6x6x8xf32>
  return %1 : tensor<1x6x6x8xf32>
}
// CHECK-NOT: func.func
func.func @network(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x8xf32>) -> tensor<1x6x6x8xf32> {
  %0 = call @block(%x, %w) : (tensor<1x8x8x4xf32>, tensor<3x3x4x8xf32>) -> tensor<1x6x6x8xf32>
  return %0 : tensor<1x6x6x8xf32>
}
