// RUN: hswish-opt %s --hswish-fuse-elementwise --split-input-file | FileCheck %s

// The gate of a squeeze-and-excite block is one op.

// CHECK-DAG: #[[$ID:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
// CHECK-DAG: #[[$GATE:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, 0, 0, d3)>
// CHECK-LABEL: func.func @gate(
// CHECK-SAME:    %[[X:.*]]: tensor<1x8x8x16xf32>, %[[G:.*]]: tensor<1x1x1x16xf32>
// CHECK:         %[[R:.*]] = linalg.generic {indexing_maps = [#[[$ID]], #[[$GATE]], #[[$ID]]]
// CHECK-SAME:      ins(%[[X]], %[[G]] : tensor<1x8x8x16xf32>, tensor<1x1x1x16xf32>)
// CHECK:           arith.mulf
// CHECK:           hswish.relu6
// CHECK:         return %[[R]]
#in = affine_map<(n, h, w, c) -> (n, 0, 0, c)>
#id = affine_map<(n, h, w, c) -> (n, h, w, c)>
func.func @gate(%x: tensor<1x8x8x16xf32>, %g: tensor<1x1x1x16xf32>) -> tensor<1x8x8x16xf32> {
  %e = tensor.empty() : tensor<1x8x8x16xf32>
  %0 = linalg.generic {indexing_maps = [#in, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%g : tensor<1x1x1x16xf32>) outs(%e : tensor<1x8x8x16xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x8x8x16xf32>
  %1 = arith.mulf %x, %0 : tensor<1x8x8x16xf32>
  %2 = hswish.relu6 %1 : tensor<1x8x8x16xf32>
  return %2 : tensor<1x8x8x16xf32>
}

// -----

// What two users share is computed once.

// CHECK-LABEL: func.func @shared(
// CHECK-SAME:    %[[X:.*]]: tensor<?xf32>
// CHECK:         %[[S:.*]] = linalg.generic
// CHECK:           hswish.swish
// CHECK:         %[[A:.*]] = linalg.generic {{.*}} ins(%[[S]] : tensor<?xf32>)
// CHECK:         %[[B:.*]] = linalg.generic {{.*}} ins(%[[S]] : tensor<?xf32>)
// CHECK:         return %[[A]], %[[B]]
func.func @shared(%x: tensor<?xf32>) -> (tensor<?xf32>, tensor<?xf32>) {
  %0 = hswish.swish %x : tensor<?xf32>
  %1 = arith.negf %0 : tensor<?xf32>
  %2 = math.exp %0 : tensor<?xf32>
  return %1, %2 : tensor<?xf32>, tensor<?xf32>
}

// -----

// What is added up is computed on the way; a maximum, whose loop LLVM makes, is not.

// CHECK-LABEL: func.func @sum_of_squares(
// CHECK-SAME:    %[[X:.*]]: tensor<4x16xf32>
// CHECK:         %[[S:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins(%[[X]] : tensor<4x16xf32>)
// CHECK-NEXT:    ^bb0(%[[E:.*]]: f32, %[[ACC:.*]]: f32)
// CHECK-NEXT:      %[[Q:.*]] = arith.mulf %[[E]], %[[E]]
// CHECK-NEXT:      arith.addf
// CHECK:         %[[N:.*]] = linalg.generic
// CHECK:           arith.negf
// CHECK:         %[[M:.*]] = linalg.reduce {{.*}} ins(%[[N]]
// CHECK:         return %[[S]], %[[M]]
func.func @sum_of_squares(%x: tensor<4x16xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %0 = arith.mulf %x, %x : tensor<4x16xf32>
  %1 = linalg.reduce {arith.addf} ins(%0 : tensor<4x16xf32>) outs(%zero : tensor<4xf32>) dimensions = [1]
  %2 = arith.negf %x : tensor<4x16xf32>
  %3 = linalg.reduce {arith.maximumf} ins(%2 : tensor<4x16xf32>) outs(%zero : tensor<4xf32>) dimensions = [1]
  return %1, %3 : tensor<4xf32>, tensor<4xf32>
}
