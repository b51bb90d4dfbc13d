// RUN: hswish-opt %s --hswish-split-pools | FileCheck %s --enable-var-scope

// CHECK-LABEL: func.func @global(
// CHECK-SAME:    %[[X:.*]]: tensor<2x28x14x120xf32>, %[[INIT:.*]]: tensor<2x1x1x120xf32>
// CHECK:         %[[EMPTY:.*]] = tensor.empty() : tensor<2x28x1x120xf32>
// CHECK:         %[[ROWS:.*]] = hswish.pool_2d average ins(%[[X]] : tensor<2x28x14x120xf32>) outs(%[[EMPTY]] :
// CHECK-SAME:      kernel = array<i64: 1, 14>
// CHECK:         %[[ALL:.*]] = hswish.pool_2d average ins(%[[ROWS]] : tensor<2x28x1x120xf32>) outs(%[[INIT]] :
// CHECK-SAME:      kernel = array<i64: 28, 1>
// CHECK:         return %[[ALL]]
func.func @global(%x: tensor<2x28x14x120xf32>, %init: tensor<2x1x1x120xf32>) -> tensor<2x1x1x120xf32> {
  %0 = hswish.pool_2d average ins(%x : tensor<2x28x14x120xf32>) outs(%init : tensor<2x1x1x120xf32>)
      {kernel = array<i64: 28, 14>} -> tensor<2x1x1x120xf32>
  return %0 : tensor<2x1x1x120xf32>
}

// Maxima, windows, small images, images of unknown size: as they are.

// CHECK-LABEL: func.func @others(
// CHECK-COUNT-5: hswish.pool_2d
// CHECK-NOT:     hswish.pool_2d
func.func @others(%x: tensor<1x28x28x120xf32>, %small: tensor<1x7x7x16xf32>, %n: tensor<?x28x28x120xf32>,
    %init: tensor<1x1x1x120xf32>, %windows: tensor<1x2x2x120xf32>, %smallInit: tensor<1x1x1x16xf32>,
    %padded: tensor<1x2x1x120xf32>, %nInit: tensor<?x1x1x120xf32>)
    -> (tensor<1x1x1x120xf32>, tensor<1x2x2x120xf32>, tensor<1x1x1x16xf32>, tensor<1x2x1x120xf32>, tensor<?x1x1x120xf32>) {
  %0 = hswish.pool_2d max ins(%x : tensor<1x28x28x120xf32>) outs(%init : tensor<1x1x1x120xf32>)
      {kernel = array<i64: 28, 28>} -> tensor<1x1x1x120xf32>
  %1 = hswish.pool_2d average ins(%x : tensor<1x28x28x120xf32>) outs(%windows : tensor<1x2x2x120xf32>)
      {kernel = array<i64: 14, 14>, strides = array<i64: 14, 14>} -> tensor<1x2x2x120xf32>
  %2 = hswish.pool_2d average ins(%small : tensor<1x7x7x16xf32>) outs(%smallInit : tensor<1x1x1x16xf32>)
      {kernel = array<i64: 7, 7>} -> tensor<1x1x1x16xf32>
  %3 = hswish.pool_2d average ins(%x : tensor<1x28x28x120xf32>) outs(%padded : tensor<1x2x1x120xf32>)
      {kernel = array<i64: 28, 28>, pads = array<i64: 1, 0, 0, 0>} -> tensor<1x2x1x120xf32>
  %4 = hswish.pool_2d average ins(%n : tensor<?x28x28x120xf32>) outs(%nInit : tensor<?x1x1x120xf32>)
      {kernel = array<i64: 28, 28>} -> tensor<?x1x1x120xf32>
  return %0, %1, %2, %3, %4 : tensor<1x1x1x120xf32>, tensor<1x2x2x120xf32>, tensor<1x1x1x16xf32>, tensor<1x2x1x120xf32>, tensor<?x1x1x120xf32>
}
