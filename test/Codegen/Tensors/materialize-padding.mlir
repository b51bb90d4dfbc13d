// RUN: hswish-opt %s --hswish-materialize-padding --split-input-file | FileCheck %s
// RUN: hswish-opt %s --hswish-materialize-padding --split-input-file \
// RUN:   --hswish-bufferize | FileCheck %s --check-prefix=MEMORY

// The producer writes inside the border; the other reader of its result reads
// there, too.

// CHECK-LABEL: func.func @chain(
// CHECK-SAME:    %[[X:.*]]: tensor<1x8x8x4xf32>
// CHECK:         %[[B:.*]] = hswish.fill_border outs(%{{.*}} : tensor<1x10x11x4xf32>)
// CHECK-SAME:      pads = array<i64: 1, 1, 1, 2>
// CHECK:         %[[IN:.*]] = tensor.extract_slice %[[B]][0, 1, 1, 0] [1, 8, 8, 4] [1, 1, 1, 1]
// CHECK:         %[[A:.*]] = hswish.conv_2d ins(%[[X]], {{.*}} outs(%[[IN]] : tensor<1x8x8x4xf32>)
// CHECK:         %[[P:.*]] = tensor.insert_slice %[[A]] into %[[B]][0, 1, 1, 0] [1, 8, 8, 4] [1, 1, 1, 1]
// CHECK:         %[[I:.*]] = tensor.extract_slice %[[P]][0, 1, 1, 0] [1, 8, 8, 4] [1, 1, 1, 1]
// CHECK:         %[[D:.*]] = hswish.conv_2d ins(%[[P]], %{{.*}} : tensor<1x10x11x4xf32>, tensor<3x4x1x4xf32>)
// CHECK-SAME:      epilogue(%[[I]] :
// CHECK-NOT:       pads = array<i64: 1
// CHECK:         return %[[D]]

// MEMORY-LABEL: func.func @chain(
// MEMORY:         %[[B:.*]] = memref.alloc() {{.*}} : memref<1x10x11x4xf32>
// MEMORY:         hswish.fill_border outs(%[[B]]
// MEMORY:         %[[I:.*]] = memref.subview %[[B]][0, 1, 1, 0]
// MEMORY:         hswish.conv_2d {{.*}} outs(%[[I]]
// MEMORY-NOT:     memref.alloc
// MEMORY:         hswish.conv_2d ins(%[[B]]
#id = affine_map<(n, h, w, c) -> (n, h, w, c)>
func.func @chain(%x: tensor<1x8x8x4xf32>, %w: tensor<1x1x4x4xf32>, %d: tensor<3x4x1x4xf32>) -> tensor<1x8x8x4xf32> {
  %e = tensor.empty() : tensor<1x8x8x4xf32>
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x8x8x4xf32>, tensor<1x1x4x4xf32>) outs(%e : tensor<1x8x8x4xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x8x8x4xf32>
  %1 = hswish.conv_2d ins(%0, %d : tensor<1x8x8x4xf32>, tensor<3x4x1x4xf32>) epilogue(%0 : tensor<1x8x8x4xf32>)
      outs(%e : tensor<1x8x8x4xf32>)
      attributes {groups = 4 : i64, pads = array<i64: 1, 1, 1, 2>, epilogue_maps = [#id]} {
  ^bb0(%acc: f32, %r: f32):
    %s = arith.addf %acc, %r : f32
    hswish.yield %s : f32
  } -> tensor<1x8x8x4xf32>
  return %1 : tensor<1x8x8x4xf32>
}

// -----

// Two convolutions of one image with different padding; the image is an
// argument: it has to be copied, once.

// CHECK-LABEL: func.func @branches(
// CHECK-SAME:    %[[X:.*]]: tensor<1x8x8x4xf32>
// CHECK:         %[[B:.*]] = hswish.fill_border {{.*}}pads = array<i64: 2, 2, 2, 2>
// CHECK:         %[[P:.*]] = tensor.insert_slice %[[X]] into %[[B]][0, 2, 2, 0]
// CHECK:         %[[S:.*]] = tensor.extract_slice %[[P]][0, 1, 1, 0] [1, 10, 10, 4] [1, 1, 1, 1]
// CHECK:         hswish.conv_2d ins(%[[S]],
// CHECK:         hswish.conv_2d ins(%[[P]],
// CHECK:         hswish.conv_2d ins(%[[X]],
func.func @branches(%x: tensor<1x8x8x4xf32>, %w1: tensor<1x1x4x4xf32>, %w3: tensor<3x3x4x4xf32>, %w5: tensor<5x5x4x4xf32>)
    -> (tensor<1x8x8x4xf32>, tensor<1x8x8x4xf32>, tensor<1x8x8x4xf32>) {
  %e = tensor.empty() : tensor<1x8x8x4xf32>
  %0 = hswish.conv_2d ins(%x, %w3 : tensor<1x8x8x4xf32>, tensor<3x3x4x4xf32>) outs(%e : tensor<1x8x8x4xf32>)
      attributes {pads = array<i64: 1, 1, 1, 1>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x8x8x4xf32>
  %1 = hswish.conv_2d ins(%x, %w5 : tensor<1x8x8x4xf32>, tensor<5x5x4x4xf32>) outs(%e : tensor<1x8x8x4xf32>)
      attributes {pads = array<i64: 2, 2, 2, 2>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x8x8x4xf32>
  %2 = hswish.conv_2d ins(%x, %w1 : tensor<1x8x8x4xf32>, tensor<1x1x4x4xf32>) outs(%e : tensor<1x8x8x4xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x8x8x4xf32>
  return %0, %1, %2 : tensor<1x8x8x4xf32>, tensor<1x8x8x4xf32>, tensor<1x8x8x4xf32>
}

// -----

// The kernels of depthwise convolutions leave out what is beyond the border,
// unless it is wide.

// CHECK-LABEL: func.func @depthwise(
// CHECK-SAME:    %[[X:.*]]: tensor<1x8x8x4xf32>
// CHECK:         hswish.fill_border outs(%{{.*}} : tensor<1x16x16x4xf32>)
// CHECK:         %[[D:.*]] = hswish.conv_2d ins(%[[X]], {{.*}}pads = array<i64: 1, 1, 1, 1>
// CHECK:         %[[P:.*]] = tensor.insert_slice %[[D]]
// CHECK:         hswish.conv_2d ins(%[[P]],
func.func @depthwise(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x1x4xf32>) -> tensor<1x8x8x4xf32> {
  %e = tensor.empty() : tensor<1x8x8x4xf32>
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x8x8x4xf32>, tensor<3x3x1x4xf32>) outs(%e : tensor<1x8x8x4xf32>)
      attributes {groups = 4 : i64, pads = array<i64: 1, 1, 1, 1>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x8x8x4xf32>
  %1 = hswish.conv_2d ins(%0, %w : tensor<1x8x8x4xf32>, tensor<3x3x1x4xf32>) outs(%e : tensor<1x8x8x4xf32>)
      attributes {groups = 4 : i64, pads = array<i64: 4, 4, 4, 4>, dilations = array<i64: 4, 4>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x8x8x4xf32>
  return %1 : tensor<1x8x8x4xf32>
}

// -----

// Pooling takes its windows from the image as it is; a size that is not known
// stays as it is.

// CHECK-LABEL: func.func @not(
// CHECK-NOT:     hswish.fill_border
func.func @not(%x: tensor<1x8x8x4xf32>, %y: tensor<1x?x?x4xf32>, %f: tensor<1x?x?x4xf32>, %w: tensor<3x3x4x4xf32>) -> (tensor<1x8x8x4xf32>, tensor<1x?x?x4xf32>) {
  %e = tensor.empty() : tensor<1x8x8x4xf32>
  %0 = hswish.pool_2d max ins(%x : tensor<1x8x8x4xf32>) outs(%e : tensor<1x8x8x4xf32>)
      {kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>} -> tensor<1x8x8x4xf32>
  %1 = hswish.conv_2d ins(%y, %w : tensor<1x?x?x4xf32>, tensor<3x3x4x4xf32>) outs(%f : tensor<1x?x?x4xf32>)
      attributes {pads = array<i64: 1, 1, 1, 1>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x?x?x4xf32>
  return %0, %1 : tensor<1x8x8x4xf32>, tensor<1x?x?x4xf32>
}
