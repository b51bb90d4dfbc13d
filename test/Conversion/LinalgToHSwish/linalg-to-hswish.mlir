// RUN: hswish-opt %s --convert-linalg-to-hswish --canonicalize --split-input-file -verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @conv_nhwc(
// CHECK-SAME:    %[[X:.*]]: tensor<1x8x8x4xf32>, %[[W:.*]]: tensor<3x3x4x8xf32>
// CHECK:         %[[C:.*]] = hswish.conv_2d ins(%[[X]], %[[W]] : {{.*}}) outs(%{{.*}} : tensor<1x3x3x8xf32>)
// CHECK-SAME:      strides = array<i64: 2, 2>
// CHECK:         return %[[C]]
func.func @conv_nhwc(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x8xf32>) -> tensor<1x3x3x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x3x3x8xf32>
  %0 = linalg.fill ins(%zero : f32) outs(%e : tensor<1x3x3x8xf32>) -> tensor<1x3x3x8xf32>
  %1 = linalg.conv_2d_nhwc_hwcf {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
      ins(%x, %w : tensor<1x8x8x4xf32>, tensor<3x3x4x8xf32>) outs(%0 : tensor<1x3x3x8xf32>) -> tensor<1x3x3x8xf32>
  return %1 : tensor<1x3x3x8xf32>
}

// -----

// A destination that holds something is added; the layout is NHWC inside.

// CHECK-LABEL: func.func @conv_nchw(
// CHECK-SAME:    %[[X:.*]]: tensor<1x4x8x8xf32>, %[[W:.*]]: tensor<8x4x3x3xf32>, %[[I:.*]]: tensor<1x8x6x6xf32>
// CHECK:         %[[XT:.*]] = linalg.transpose ins(%[[X]] : {{.*}} permutation = [0, 2, 3, 1]
// CHECK:         %[[WT:.*]] = linalg.transpose ins(%[[W]] : {{.*}} permutation = [2, 3, 1, 0]
// CHECK:         %[[C:.*]] = hswish.conv_2d ins(%[[XT]], %[[WT]] : tensor<1x8x8x4xf32>, tensor<3x3x4x8xf32>)
// CHECK:         %[[T:.*]] = linalg.transpose ins(%[[C]] : {{.*}} permutation = [0, 3, 1, 2]
// CHECK:         %[[S:.*]] = arith.addf %[[T]], %[[I]] : tensor<1x8x6x6xf32>
// CHECK:         return %[[S]]
func.func @conv_nchw(%x: tensor<1x4x8x8xf32>, %w: tensor<8x4x3x3xf32>, %init: tensor<1x8x6x6xf32>) -> tensor<1x8x6x6xf32> {
  %1 = linalg.conv_2d_nchw_fchw {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
      ins(%x, %w : tensor<1x4x8x8xf32>, tensor<8x4x3x3xf32>) outs(%init : tensor<1x8x6x6xf32>) -> tensor<1x8x6x6xf32>
  return %1 : tensor<1x8x6x6xf32>
}

// -----

// CHECK-LABEL: func.func @depthwise(
// CHECK:         %[[F:.*]] = tensor.expand_shape %{{.*}} {{\[\[}}0], [1], [2, 3]] output_shape [3, 3, 1, 4]
// CHECK:         hswish.conv_2d ins(%{{.*}}, %[[F]] : {{.*}}groups = 4
// CHECK:         hswish.conv_2d {{.*}} outs(%{{.*}} : tensor<1x6x6x8xf32>) {{.*}}groups = 4
// CHECK:         tensor.expand_shape {{.*}} : tensor<1x6x6x8xf32> into tensor<1x6x6x4x2xf32>
func.func @depthwise(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4xf32>, %m: tensor<3x3x4x2xf32>) -> (tensor<1x6x6x4xf32>, tensor<1x6x6x4x2xf32>) {
  %e = arith.constant dense<0.0> : tensor<1x6x6x4xf32>
  %f = arith.constant dense<0.0> : tensor<1x6x6x4x2xf32>
  %1 = linalg.depthwise_conv_2d_nhwc_hwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
      ins(%x, %w : tensor<1x8x8x4xf32>, tensor<3x3x4xf32>) outs(%e : tensor<1x6x6x4xf32>) -> tensor<1x6x6x4xf32>
  %2 = linalg.depthwise_conv_2d_nhwc_hwcm {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
      ins(%x, %m : tensor<1x8x8x4xf32>, tensor<3x3x4x2xf32>) outs(%f : tensor<1x6x6x4x2xf32>) -> tensor<1x6x6x4x2xf32>
  return %1, %2 : tensor<1x6x6x4xf32>, tensor<1x6x6x4x2xf32>
}

// -----

// CHECK-LABEL: func.func @matmuls(
// CHECK:         hswish.matmul ins(%{{.*}} : tensor<?x4xf32>, tensor<4x8xf32>)
// CHECK:         hswish.matmul ins(%{{.*}} : tensor<2x4xf32>, tensor<4x8xf32>)
// CHECK:         linalg.matmul ins(%{{.*}} : tensor<2x4xi32>
func.func @matmuls(%a: tensor<?x4xf32>, %b: tensor<4x8xf32>, %c: tensor<?x8xf32>, %d: tensor<1x2x4xf32>, %e: tensor<1x4x8xf32>,
                   %i: tensor<2x4xi32>, %j: tensor<4x8xi32>, %k: tensor<2x8xi32>)
    -> (tensor<?x8xf32>, tensor<1x2x8xf32>, tensor<2x8xi32>) {
  %zero = arith.constant dense<0.0> : tensor<1x2x8xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<?x4xf32>, tensor<4x8xf32>) outs(%c : tensor<?x8xf32>) -> tensor<?x8xf32>
  %1 = linalg.batch_matmul ins(%d, %e : tensor<1x2x4xf32>, tensor<1x4x8xf32>) outs(%zero : tensor<1x2x8xf32>) -> tensor<1x2x8xf32>
  %2 = linalg.matmul ins(%i, %j : tensor<2x4xi32>, tensor<4x8xi32>) outs(%k : tensor<2x8xi32>) -> tensor<2x8xi32>
  return %0, %1, %2 : tensor<?x8xf32>, tensor<1x2x8xf32>, tensor<2x8xi32>
}

// -----

// The padding of a maximum is the op's; a sum that is divided is an average.

// CHECK-LABEL: func.func @pooling(
// CHECK-SAME:    %[[X:.*]]: tensor<1x8x8x4xf32>
// CHECK:         %[[M:.*]] = hswish.pool_2d max ins(%[[X]] : tensor<1x8x8x4xf32>) {{.*}}pads = array<i64: 1, 1, 1, 1>
// CHECK:         %[[A:.*]] = hswish.pool_2d average_include_pad ins(%[[X]] : tensor<1x8x8x4xf32>)
// CHECK:         return %[[M]], %[[A]]
func.func @pooling(%x: tensor<1x8x8x4xf32>) -> (tensor<1x8x8x4xf32>, tensor<1x1x1x4xf32>) {
  %lowest = arith.constant 0xFF800000 : f32
  %init = arith.constant dense<0xFF800000> : tensor<1x8x8x4xf32>
  %zero = arith.constant dense<0.0> : tensor<1x1x1x4xf32>
  %count = arith.constant dense<64.0> : tensor<1x1x1x4xf32>
  %w3 = tensor.empty() : tensor<3x3xf32>
  %w8 = tensor.empty() : tensor<8x8xf32>
  %0 = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %lowest : f32
  } : tensor<1x8x8x4xf32> to tensor<1x10x10x4xf32>
  %1 = linalg.pooling_nhwc_max {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
      ins(%0, %w3 : tensor<1x10x10x4xf32>, tensor<3x3xf32>) outs(%init : tensor<1x8x8x4xf32>) -> tensor<1x8x8x4xf32>
  %2 = linalg.pooling_nhwc_sum {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
      ins(%x, %w8 : tensor<1x8x8x4xf32>, tensor<8x8xf32>) outs(%zero : tensor<1x1x1x4xf32>) -> tensor<1x1x1x4xf32>
  %3 = arith.divf %2, %count : tensor<1x1x1x4xf32>
  return %1, %3 : tensor<1x8x8x4xf32>, tensor<1x1x1x4xf32>
}

// -----

// In linalg a window may stop before it has gone over all of the image.

// CHECK-LABEL: func.func @fewer_steps(
// CHECK-NOT:     hswish
// CHECK:         linalg.conv_2d_nchw_fchw
// CHECK:         linalg.pooling_nhwc_max
// CHECK:         linalg.depthwise_conv_2d_nhwc_hwc
func.func @fewer_steps(%x: tensor<1x4x8x8xf32>, %w: tensor<8x4x3x3xf32>, %init: tensor<1x8x2x2xf32>,
                       %y: tensor<1x8x8x4xf32>, %d: tensor<3x3x4xf32>, %e: tensor<1x2x2x4xf32>)
    -> (tensor<1x8x2x2xf32>, tensor<1x2x2x4xf32>, tensor<1x2x2x4xf32>) {
  %k = tensor.empty() : tensor<3x3xf32>
  // expected-remark @below {{stays as it is: its window has room for more steps than its destination}}
  %0 = linalg.conv_2d_nchw_fchw {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
      ins(%x, %w : tensor<1x4x8x8xf32>, tensor<8x4x3x3xf32>) outs(%init : tensor<1x8x2x2xf32>) -> tensor<1x8x2x2xf32>
  // expected-remark @below {{stays as it is}}
  %1 = linalg.pooling_nhwc_max {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
      ins(%y, %k : tensor<1x8x8x4xf32>, tensor<3x3xf32>) outs(%e : tensor<1x2x2x4xf32>) -> tensor<1x2x2x4xf32>
  // expected-remark @below {{stays as it is}}
  %2 = linalg.depthwise_conv_2d_nhwc_hwc {strides = dense<2> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
      ins(%y, %d : tensor<1x8x8x4xf32>, tensor<3x3x4xf32>) outs(%e : tensor<1x2x2x4xf32>) -> tensor<1x2x2x4xf32>
  return %0, %1, %2 : tensor<1x8x2x2xf32>, tensor<1x2x2x4xf32>, tensor<1x2x2x4xf32>
}

// -----

// On memory there is nothing to convert.

// CHECK-LABEL: func.func @memory(
// CHECK:         linalg.depthwise_conv_2d_nhwc_hwc
// CHECK:         linalg.pooling_nhwc_sum
func.func @memory(%x: memref<1x8x8x4xf32>, %w: memref<3x3x4xf32>, %k: memref<3x3xf32>, %y: memref<1x6x6x4xf32>) {
  linalg.depthwise_conv_2d_nhwc_hwc {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
      ins(%x, %w : memref<1x8x8x4xf32>, memref<3x3x4xf32>) outs(%y : memref<1x6x6x4xf32>)
  linalg.pooling_nhwc_sum {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>}
      ins(%x, %k : memref<1x8x8x4xf32>, memref<3x3xf32>) outs(%y : memref<1x6x6x4xf32>)
  return
}
