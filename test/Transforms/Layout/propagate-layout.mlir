// RUN: hswish-opt %s --hswish-propagate-layout --split-input-file | FileCheck %s

// A residual block: the transposes cancel on both sides of the sum.

// CHECK-LABEL: func.func @residual(
// CHECK-SAME:    %[[A:.*]]: tensor<1x8x8x16xf32>, %[[B:.*]]: tensor<1x8x8x16xf32>
// CHECK-NOT:     linalg.transpose
// CHECK-DAG:     %[[C:.*]] = arith.constant dense<5.000000e-01> : tensor<1x8x8x16xf32>
// CHECK:         %[[M:.*]] = arith.mulf %[[A]], %[[C]]
// CHECK:         %[[S:.*]] = arith.addf %[[M]], %[[B]] : tensor<1x8x8x16xf32>
// CHECK:         %[[H:.*]] = hswish.hard_swish %[[S]] accuracy<torch> : tensor<1x8x8x16xf32>
// CHECK:         return %[[H]]
func.func @residual(%a: tensor<1x8x8x16xf32>, %b: tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32> {
  %nchw = tensor.empty() : tensor<1x16x8x8xf32>
  %nhwc = tensor.empty() : tensor<1x8x8x16xf32>
  %half = arith.constant dense<0.5> : tensor<1x16x8x8xf32>
  %0 = linalg.transpose ins(%a : tensor<1x8x8x16xf32>) outs(%nchw : tensor<1x16x8x8xf32>) permutation = [0, 3, 1, 2]
  %1 = linalg.transpose ins(%b : tensor<1x8x8x16xf32>) outs(%nchw : tensor<1x16x8x8xf32>) permutation = [0, 3, 1, 2]
  %2 = arith.mulf %0, %half : tensor<1x16x8x8xf32>
  %3 = arith.addf %2, %1 : tensor<1x16x8x8xf32>
  %4 = hswish.hard_swish %3 accuracy<torch> : tensor<1x16x8x8xf32>
  %5 = linalg.transpose ins(%4 : tensor<1x16x8x8xf32>) outs(%nhwc : tensor<1x8x8x16xf32>) permutation = [0, 2, 3, 1]
  return %5 : tensor<1x8x8x16xf32>
}

// -----

// A broadcast gate: its generic is re-oriented, its operand is a reshape.

// CHECK: #[[$GATE:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, 0, 0, d3)>
// CHECK-LABEL: func.func @gate(
// CHECK-SAME:    %[[X:.*]]: tensor<1x8x8x16xf32>, %[[G:.*]]: tensor<1x1x1x16xf32>
// CHECK-NOT:     linalg.transpose
// CHECK:         %[[B:.*]] = linalg.generic {indexing_maps = [#[[$GATE]], #{{.*}}]
// CHECK-SAME:      ins(%[[G]] : tensor<1x1x1x16xf32>)
// CHECK:         %[[M:.*]] = arith.mulf %[[X]], %[[B]] : tensor<1x8x8x16xf32>
// CHECK:         return %[[M]]
#in = affine_map<(n, c, h, w) -> (n, c, 0, 0)>
#id = affine_map<(n, c, h, w) -> (n, c, h, w)>
func.func @gate(%x: tensor<1x8x8x16xf32>, %g: tensor<1x1x1x16xf32>) -> tensor<1x8x8x16xf32> {
  %nchw = tensor.empty() : tensor<1x16x8x8xf32>
  %nhwc = tensor.empty() : tensor<1x8x8x16xf32>
  %small = tensor.empty() : tensor<1x16x1x1xf32>
  %0 = linalg.transpose ins(%x : tensor<1x8x8x16xf32>) outs(%nchw : tensor<1x16x8x8xf32>) permutation = [0, 3, 1, 2]
  %1 = linalg.transpose ins(%g : tensor<1x1x1x16xf32>) outs(%small : tensor<1x16x1x1xf32>) permutation = [0, 3, 1, 2]
  %2 = linalg.generic {indexing_maps = [#in, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%1 : tensor<1x16x1x1xf32>) outs(%nchw : tensor<1x16x8x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x16x8x8xf32>
  %3 = arith.mulf %0, %2 : tensor<1x16x8x8xf32>
  %4 = linalg.transpose ins(%3 : tensor<1x16x8x8xf32>) outs(%nhwc : tensor<1x8x8x16xf32>) permutation = [0, 2, 3, 1]
  return %4 : tensor<1x8x8x16xf32>
}

// -----

// Constants that are no splats are permuted; the scale's broadcast, too.

// CHECK-LABEL: func.func @constants(
// CHECK-NOT:     linalg.transpose
// CHECK:         arith.constant dense<{{\[\[\[\[}}0.000000e+00, 2.000000e+00], [1.000000e+00, 3.000000e+00]{{\]\]\]}}> : tensor<1x1x2x2xf32>
// CHECK-NOT:     linalg.transpose
func.func @constants(%a: tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32> {
  %nchw = tensor.empty() : tensor<1x2x1x2xf32>
  %nhwc = tensor.empty() : tensor<1x1x2x2xf32>
  %c = arith.constant dense<[[[[0.0, 1.0]], [[2.0, 3.0]]]]> : tensor<1x2x1x2xf32>
  %0 = linalg.transpose ins(%a : tensor<1x1x2x2xf32>) outs(%nchw : tensor<1x2x1x2xf32>) permutation = [0, 3, 1, 2]
  %1 = arith.addf %0, %c : tensor<1x2x1x2xf32>
  %2 = linalg.transpose ins(%1 : tensor<1x2x1x2xf32>) outs(%nhwc : tensor<1x1x2x2xf32>) permutation = [0, 2, 3, 1]
  return %2 : tensor<1x1x2x2xf32>
}

// -----

// Padding, concatenation, slices.

// CHECK-LABEL: func.func @data_movement(
// CHECK-SAME:    %[[A:.*]]: tensor<1x8x8x4xf32>, %[[B:.*]]: tensor<1x8x8x2xf32>
// CHECK-NOT:     linalg.transpose
// CHECK:         %[[C:.*]] = tensor.concat dim(3) %[[A]], %[[B]] : (tensor<1x8x8x4xf32>, tensor<1x8x8x2xf32>) -> tensor<1x8x8x6xf32>
// CHECK:         %[[S:.*]] = tensor.extract_slice %[[C]][0, 0, 0, 1] [1, 8, 8, 3] [1, 1, 1, 1]
// CHECK:         tensor.pad %[[S]] low[0, 1, 2, 0] high[0, 3, 4, 0]
// CHECK:         tensor<1x8x8x3xf32> to tensor<1x12x14x3xf32>
// CHECK-NOT:     linalg.transpose
func.func @data_movement(%a: tensor<1x8x8x4xf32>, %b: tensor<1x8x8x2xf32>) -> tensor<1x12x14x3xf32> {
  %e4 = tensor.empty() : tensor<1x4x8x8xf32>
  %e2 = tensor.empty() : tensor<1x2x8x8xf32>
  %e = tensor.empty() : tensor<1x12x14x3xf32>
  %zero = arith.constant 0.0 : f32
  %0 = linalg.transpose ins(%a : tensor<1x8x8x4xf32>) outs(%e4 : tensor<1x4x8x8xf32>) permutation = [0, 3, 1, 2]
  %1 = linalg.transpose ins(%b : tensor<1x8x8x2xf32>) outs(%e2 : tensor<1x2x8x8xf32>) permutation = [0, 3, 1, 2]
  %2 = tensor.concat dim(1) %0, %1 : (tensor<1x4x8x8xf32>, tensor<1x2x8x8xf32>) -> tensor<1x6x8x8xf32>
  %3 = tensor.extract_slice %2[0, 1, 0, 0] [1, 3, 8, 8] [1, 1, 1, 1] : tensor<1x6x8x8xf32> to tensor<1x3x8x8xf32>
  %4 = tensor.pad %3 low[0, 0, 1, 2] high[0, 0, 3, 4] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<1x3x8x8xf32> to tensor<1x3x12x14xf32>
  %5 = linalg.transpose ins(%4 : tensor<1x3x12x14xf32>) outs(%e : tensor<1x12x14x3xf32>) permutation = [0, 2, 3, 1]
  return %5 : tensor<1x12x14x3xf32>
}

// -----

// Reductions and softmax take the dimension where it is.

// CHECK-LABEL: func.func @reduce(
// CHECK-SAME:    %[[A:.*]]: tensor<1x8x9x4xf32>
// CHECK:         linalg.reduce { arith.addf } ins(%[[A]] : tensor<1x8x9x4xf32>)
// CHECK-SAME:      dimensions = [1, 2]
// CHECK:         return %{{.*}} : tensor<1x4xf32>
func.func @reduce(%a: tensor<1x8x9x4xf32>, %init: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %e4 = tensor.empty() : tensor<1x4x8x9xf32>
  %0 = linalg.transpose ins(%a : tensor<1x8x9x4xf32>) outs(%e4 : tensor<1x4x8x9xf32>) permutation = [0, 3, 1, 2]
  %1 = linalg.reduce { arith.addf } ins(%0 : tensor<1x4x8x9xf32>) outs(%init : tensor<1x4xf32>) dimensions = [2, 3]
  return %1 : tensor<1x4xf32>
}

// CHECK-LABEL: func.func @softmax(
// CHECK-SAME:    %[[A:.*]]: tensor<1x8x9x4xf32>
// CHECK:         %[[S:.*]] = linalg.softmax dimension(3) ins(%[[A]] : tensor<1x8x9x4xf32>)
// CHECK:         return %[[S]]
func.func @softmax(%a: tensor<1x8x9x4xf32>) -> tensor<1x8x9x4xf32> {
  %e4 = tensor.empty() : tensor<1x4x8x9xf32>
  %e = tensor.empty() : tensor<1x8x9x4xf32>
  %0 = linalg.transpose ins(%a : tensor<1x8x9x4xf32>) outs(%e4 : tensor<1x4x8x9xf32>) permutation = [0, 3, 1, 2]
  %1 = linalg.softmax dimension(1) ins(%0 : tensor<1x4x8x9xf32>) outs(%e4 : tensor<1x4x8x9xf32>) -> tensor<1x4x8x9xf32>
  %2 = linalg.transpose ins(%1 : tensor<1x4x8x9xf32>) outs(%e : tensor<1x8x9x4xf32>) permutation = [0, 2, 3, 1]
  return %2 : tensor<1x8x9x4xf32>
}

// -----

// Moving a dimension of size 1 moves nothing.

// CHECK-LABEL: func.func @head(
// CHECK-SAME:    %[[A:.*]]: tensor<1x1x1x960xf32>
// CHECK:         %[[R:.*]] = tensor.collapse_shape %[[A]] {{\[\[}}0], [1, 2, 3]] : tensor<1x1x1x960xf32> into tensor<1x960xf32>
// CHECK:         return %[[R]]
func.func @head(%a: tensor<1x1x1x960xf32>) -> tensor<1x960xf32> {
  %e = tensor.empty() : tensor<1x960x1x1xf32>
  %0 = linalg.transpose ins(%a : tensor<1x1x1x960xf32>) outs(%e : tensor<1x960x1x1xf32>) permutation = [0, 3, 1, 2]
  %1 = tensor.collapse_shape %0 [[0], [1, 2, 3]] : tensor<1x960x1x1xf32> into tensor<1x960xf32>
  return %1 : tensor<1x960xf32>
}

// -----

// A channel shuffle: only the shuffle itself is left.

// CHECK-LABEL: func.func @shuffle(
// CHECK-SAME:    %[[A:.*]]: tensor<1x8x8x6xf32>
// CHECK:         %[[E:.*]] = tensor.expand_shape %[[A]] {{\[\[}}0], [1], [2], [3, 4]] output_shape [1, 8, 8, 2, 3]
// CHECK:         %[[T:.*]] = linalg.transpose ins(%[[E]] : tensor<1x8x8x2x3xf32>) outs(%{{.*}} : tensor<1x8x8x3x2xf32>) permutation = [0, 1, 2, 4, 3]
// CHECK:         %[[C:.*]] = tensor.collapse_shape %[[T]] {{\[\[}}0], [1], [2], [3, 4]]
// CHECK-NOT:     linalg.transpose
// CHECK:         return %[[C]]
func.func @shuffle(%a: tensor<1x8x8x6xf32>) -> tensor<1x8x8x6xf32> {
  %e0 = tensor.empty() : tensor<1x6x8x8xf32>
  %e1 = tensor.empty() : tensor<1x3x2x8x8xf32>
  %e2 = tensor.empty() : tensor<1x8x8x6xf32>
  %0 = linalg.transpose ins(%a : tensor<1x8x8x6xf32>) outs(%e0 : tensor<1x6x8x8xf32>) permutation = [0, 3, 1, 2]
  %1 = tensor.expand_shape %0 [[0], [1, 2], [3], [4]] output_shape [1, 2, 3, 8, 8] : tensor<1x6x8x8xf32> into tensor<1x2x3x8x8xf32>
  %2 = linalg.transpose ins(%1 : tensor<1x2x3x8x8xf32>) outs(%e1 : tensor<1x3x2x8x8xf32>) permutation = [0, 2, 1, 3, 4]
  %3 = tensor.collapse_shape %2 [[0], [1, 2], [3], [4]] : tensor<1x3x2x8x8xf32> into tensor<1x6x8x8xf32>
  %4 = linalg.transpose ins(%3 : tensor<1x6x8x8xf32>) outs(%e2 : tensor<1x8x8x6xf32>) permutation = [0, 2, 3, 1]
  return %4 : tensor<1x8x8x6xf32>
}

// -----

// Resizing: by maps, and by index arithmetic.

// CHECK: #[[$NEAREST:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1 floordiv 2, d2 floordiv 2, d3)>
// CHECK-LABEL: func.func @resize(
// CHECK-SAME:    %[[A:.*]]: tensor<1x4x4x3xf32>
// CHECK-NOT:     linalg.transpose
// CHECK:         %[[N:.*]] = linalg.generic {indexing_maps = [#[[$NEAREST]],
// CHECK-SAME:      ins(%[[A]] : tensor<1x4x4x3xf32>)
// CHECK:         linalg.generic
// CHECK-DAG:       %[[H:.*]] = linalg.index 1 : index
// CHECK-DAG:       %[[C:.*]] = linalg.index 3 : index
// CHECK:           tensor.extract %[[N]][%{{.*}}, %[[H]], %{{.*}}, %[[C]]] : tensor<1x8x8x3xf32>
// CHECK-NOT:     linalg.transpose
#near = affine_map<(n, c, h, w) -> (n, c, h floordiv 2, w floordiv 2)>
#id = affine_map<(n, c, h, w) -> (n, c, h, w)>
func.func @resize(%a: tensor<1x4x4x3xf32>) -> tensor<1x8x8x3xf32> {
  %e0 = tensor.empty() : tensor<1x3x4x4xf32>
  %e1 = tensor.empty() : tensor<1x3x8x8xf32>
  %e2 = tensor.empty() : tensor<1x8x8x3xf32>
  %c0 = arith.constant 0 : index
  %0 = linalg.transpose ins(%a : tensor<1x4x4x3xf32>) outs(%e0 : tensor<1x3x4x4xf32>) permutation = [0, 3, 1, 2]
  %1 = linalg.generic {indexing_maps = [#near, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%0 : tensor<1x3x4x4xf32>) outs(%e1 : tensor<1x3x8x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x3x8x8xf32>
  %2 = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      outs(%e1 : tensor<1x3x8x8xf32>) {
  ^bb0(%out: f32):
    %c = linalg.index 1 : index
    %h = linalg.index 2 : index
    %3 = tensor.extract %1[%c0, %c, %h, %c0] : tensor<1x3x8x8xf32>
    linalg.yield %3 : f32
  } -> tensor<1x3x8x8xf32>
  %4 = linalg.transpose ins(%2 : tensor<1x3x8x8xf32>) outs(%e2 : tensor<1x8x8x3xf32>) permutation = [0, 2, 3, 1]
  return %4 : tensor<1x8x8x3xf32>
}

// -----

// What meets no inverse goes up to the input.

// CHECK-LABEL: func.func @normalise(
// CHECK-SAME:    %[[A:.*]]: tensor<1x3x8x8xf32>
// CHECK:         %[[T:.*]] = linalg.transpose ins(%[[A]] : tensor<1x3x8x8xf32>)
// CHECK:         arith.subf %[[T]], %{{.*}} : tensor<1x8x8x3xf32>
// CHECK-NOT:     linalg.transpose
func.func @normalise(%a: tensor<1x3x8x8xf32>) -> tensor<1x8x8x3xf32> {
  %e = tensor.empty() : tensor<1x8x8x3xf32>
  %c = arith.constant dense<0.5> : tensor<1x3x8x8xf32>
  %0 = arith.subf %a, %c : tensor<1x3x8x8xf32>
  %1 = linalg.transpose ins(%0 : tensor<1x3x8x8xf32>) outs(%e : tensor<1x8x8x3xf32>) permutation = [0, 2, 3, 1]
  return %1 : tensor<1x8x8x3xf32>
}

// -----

// Dynamic sizes; an operand that is in the other layout for good.

// CHECK-LABEL: func.func @dynamic(
// CHECK-SAME:    %[[A:.*]]: tensor<1x?x?x4xf32>, %[[B:.[a-z0-9]*]]: tensor<1x4x?x?xf32>, %
// CHECK:         %[[T:.*]] = linalg.transpose ins(%[[B]] : tensor<1x4x?x?xf32>)
// CHECK-SAME:      permutation = [0, 2, 3, 1]
// CHECK:         %[[S:.*]] = arith.addf %[[A]], %[[T]] : tensor<1x?x?x4xf32>
// CHECK:         return %[[S]]
func.func @dynamic(%a: tensor<1x?x?x4xf32>, %b: tensor<1x4x?x?xf32>, %e0: tensor<1x4x?x?xf32>, %e1: tensor<1x?x?x4xf32>) -> tensor<1x?x?x4xf32> {
  %0 = linalg.transpose ins(%a : tensor<1x?x?x4xf32>) outs(%e0 : tensor<1x4x?x?xf32>) permutation = [0, 3, 1, 2]
  %1 = arith.addf %0, %b : tensor<1x4x?x?xf32>
  %2 = linalg.transpose ins(%1 : tensor<1x4x?x?xf32>) outs(%e1 : tensor<1x?x?x4xf32>) permutation = [0, 2, 3, 1]
  return %2 : tensor<1x?x?x4xf32>
}

// -----

// A reshape that mixes channels and pixels needs the order of the channels.

// CHECK-LABEL: func.func @flatten(
// CHECK:         linalg.transpose
// CHECK:         tensor.collapse_shape
func.func @flatten(%a: tensor<1x8x8x4xf32>) -> tensor<1x256xf32> {
  %e0 = tensor.empty() : tensor<1x4x8x8xf32>
  %0 = linalg.transpose ins(%a : tensor<1x8x8x4xf32>) outs(%e0 : tensor<1x4x8x8xf32>) permutation = [0, 3, 1, 2]
  %1 = tensor.collapse_shape %0 [[0], [1, 2, 3]] : tensor<1x4x8x8xf32> into tensor<1x256xf32>
  return %1 : tensor<1x256xf32>
}

// -----

// Memory stays as it is.

// CHECK-LABEL: func.func @memory(
// CHECK:         linalg.transpose ins(%{{.*}} : memref<5x9xf32>) outs(%{{.*}} : memref<9x5xf32>) permutation = [1, 0]
// CHECK:         linalg.generic
// CHECK:         linalg.reduce
func.func @memory(%x: memref<5x9xf32>, %y: memref<9x5xf32>, %z: memref<9xf32>) {
  linalg.transpose ins(%x : memref<5x9xf32>) outs(%y : memref<9x5xf32>) permutation = [1, 0]
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%y : memref<9x5xf32>) outs(%y : memref<9x5xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = hswish.relu6 %in : f32
    linalg.yield %0 : f32
  }
  linalg.reduce ins(%y : memref<9x5xf32>) outs(%z : memref<9xf32>) dimensions = [1]
    (%in: f32, %out: f32) {
      %0 = arith.addf %in, %out : f32
      linalg.yield %0 : f32
    }
  return
}
