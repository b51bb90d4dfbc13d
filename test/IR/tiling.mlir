// RUN: hswish-opt %s -transform-interpreter -canonicalize -cse -split-input-file | FileCheck %s

// A row of a strided 3x3 convolution reads three rows of its input; the extras
// follow their maps.
// CHECK-LABEL: func.func @conv_2d
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<1x17x17x8xf32>, %[[W:[a-z0-9]+]]: tensor<3x3x8x16xf32>, %[[BIAS:[a-z0-9]+]]: tensor<16xf32>
// CHECK: scf.for %[[ROW:.*]] = %c0 to %c8
// CHECK: %[[FIRST:.*]] = affine.apply #{{.*}}(%[[ROW]])
// CHECK: %[[IMAGE:.*]] = tensor.extract_slice %[[X]][0, %[[FIRST]], 0, 0] [1, 3, 17, 8]
// CHECK: hswish.conv_2d ins(%[[IMAGE]], %[[W]] : tensor<1x3x17x8xf32>, tensor<3x3x8x16xf32>) epilogue(%[[BIAS]] : tensor<16xf32>)
// CHECK-SAME: outs(%{{.*}} : tensor<1x1x8x16xf32>)
// CHECK: arith.addf
// CHECK: tensor.insert_slice
func.func @conv_2d(%x: tensor<1x17x17x8xf32>, %w: tensor<3x3x8x16xf32>, %bias: tensor<16xf32>, %init: tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32> {
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x17x17x8xf32>, tensor<3x3x8x16xf32>)
      epilogue(%bias : tensor<16xf32>) outs(%init : tensor<1x8x8x16xf32>)
      attributes {strides = array<i64: 2, 2>, epilogue_maps = [affine_map<(n, h, w, c) -> (c)>]} {
  ^bb0(%acc: f32, %b: f32):
    %1 = arith.addf %acc, %b : f32
    hswish.yield %1 : f32
  } -> tensor<1x8x8x16xf32>
  return %0 : tensor<1x8x8x16xf32>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["hswish.conv_2d"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_for %op tile_sizes [0, 1] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Channels of a depthwise convolution are independent: a tile has its own.
// CHECK-LABEL: func.func @depthwise
// CHECK: tensor.extract_slice %{{.*}} [1, 6, 6, 4]
// CHECK: tensor.extract_slice %{{.*}} [3, 3, 1, 4]
// CHECK: hswish.conv_2d
// CHECK-SAME: groups = 4 : i64
func.func @depthwise(%x: tensor<1x6x6x8xf32>, %w: tensor<3x3x1x8xf32>, %init: tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32> {
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x6x6x8xf32>, tensor<3x3x1x8xf32>) outs(%init : tensor<1x4x4x8xf32>)
      attributes {groups = 8 : i64} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x4x4x8xf32>
  return %0 : tensor<1x4x4x8xf32>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["hswish.conv_2d"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_for %op tile_sizes [0, 0, 0, 4] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// Expand into depthwise, row by row: a producer is fused into the tiles of its
// consumer.
// CHECK-LABEL: func.func @expand_into_depthwise
// CHECK: scf.for
// CHECK: hswish.conv_2d {{.*}} outs(%{{.*}} : tensor<1x3x6x8xf32>)
// CHECK: hswish.conv_2d {{.*}} outs(%{{.*}} : tensor<1x1x4x8xf32>)
func.func @expand_into_depthwise(%x: tensor<1x6x6x4xf32>, %e: tensor<1x1x4x8xf32>, %w: tensor<3x3x1x8xf32>,
                                 %wide: tensor<1x6x6x8xf32>, %init: tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32> {
  %0 = hswish.conv_2d ins(%x, %e : tensor<1x6x6x4xf32>, tensor<1x1x4x8xf32>) outs(%wide : tensor<1x6x6x8xf32>)
      attributes {producer} {
  ^bb0(%acc: f32):
    %2 = hswish.hard_swish %acc : f32
    hswish.yield %2 : f32
  } -> tensor<1x6x6x8xf32>
  %1 = hswish.conv_2d ins(%0, %w : tensor<1x6x6x8xf32>, tensor<3x3x1x8xf32>) outs(%init : tensor<1x4x4x8xf32>)
      attributes {groups = 8 : i64, consumer} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x4x4x8xf32>
  return %1 : tensor<1x4x4x8xf32>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %consumer = transform.structured.match attributes{consumer} in %root : (!transform.any_op) -> !transform.any_op
    %fused, %loop = transform.structured.fuse %consumer tile_sizes [0, 1] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// CHECK-LABEL: func.func @matmul
// CHECK: scf.for
// CHECK: hswish.matmul ins(%{{.*}} : tensor<8x32xf32>, tensor<32x?xf32>)
func.func @matmul(%a: tensor<8x32xf32>, %b: tensor<32x?xf32>, %init: tensor<8x?xf32>) -> tensor<8x?xf32> {
  %0 = hswish.matmul ins(%a, %b : tensor<8x32xf32>, tensor<32x?xf32>) outs(%init : tensor<8x?xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<8x?xf32>
  return %0 : tensor<8x?xf32>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["hswish.matmul"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_for %op tile_sizes [0, 16] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}

// -----

// CHECK-LABEL: func.func @pool_2d
// CHECK: scf.for
// CHECK: hswish.pool_2d max ins(%{{.*}} : tensor<1x2x8x4xf32>) outs(%{{.*}} : tensor<1x1x4x4xf32>)
func.func @pool_2d(%x: tensor<1x8x8x4xf32>, %init: tensor<1x4x4x4xf32>) -> tensor<1x4x4x4xf32> {
  %0 = hswish.pool_2d max ins(%x : tensor<1x8x8x4xf32>) outs(%init : tensor<1x4x4x4xf32>)
      {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} -> tensor<1x4x4x4xf32>
  return %0 : tensor<1x4x4x4xf32>
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%root: !transform.any_op {transform.readonly}) {
    %op = transform.structured.match ops{["hswish.pool_2d"]} in %root : (!transform.any_op) -> !transform.any_op
    %tiled, %loop = transform.structured.tile_using_for %op tile_sizes [0, 1] : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
