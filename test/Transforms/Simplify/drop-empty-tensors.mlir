// RUN: hswish-opt %s --hswish-drop-empty-tensors --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @nothing(
// CHECK-NEXT:    %[[E:.*]] = tensor.empty() : tensor<2x0xf32>
// CHECK-NEXT:    return %[[E]]
func.func @nothing(%x: tensor<0x2xf32>) -> tensor<2x0xf32> {
  %0 = hswish.hard_swish %x : tensor<0x2xf32>
  %1 = tensor.empty() : tensor<2x0xf32>
  %2 = linalg.transpose ins(%0 : tensor<0x2xf32>) outs(%1 : tensor<2x0xf32>) permutation = [1, 0]
  %3 = arith.addf %2, %2 : tensor<2x0xf32>
  return %3 : tensor<2x0xf32>
}

// CHECK-LABEL: func.func @concatenated(
// CHECK-SAME:    %[[X:.*]]: tensor<0x4xf32>, %[[Y:.*]]: tensor<2x4xf32>
// CHECK:         %[[C:.*]] = tensor.concat dim(0) %[[Y]], %[[Y]] :
// CHECK:         return %[[C]]
func.func @concatenated(%x: tensor<0x4xf32>, %y: tensor<2x4xf32>) -> tensor<4x4xf32> {
  %0 = tensor.concat dim(0) %y, %x, %y : (tensor<2x4xf32>, tensor<0x4xf32>, tensor<2x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// CHECK-LABEL: func.func @padded(
// CHECK-NEXT:    %[[S:.*]] = arith.constant dense<5.000000e+00> : tensor<3x4xf32>
// CHECK-NEXT:    return %[[S]]
func.func @padded(%x: tensor<0x4xf32>) -> tensor<3x4xf32> {
  %c = arith.constant 5.0 : f32
  %0 = tensor.pad %x low[1, 0] high[2, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %c : f32
  } : tensor<0x4xf32> to tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

// A sum of nothing is something.
// CHECK-LABEL: func.func @reduced(
// CHECK:         linalg.reduce
func.func @reduced(%x: tensor<0x4xf32>, %init: tensor<4xf32>) -> tensor<4xf32> {
  %0 = linalg.reduce { arith.addf } ins(%x : tensor<0x4xf32>) outs(%init : tensor<4xf32>) dimensions = [0]
  return %0 : tensor<4xf32>
}

// Effects stay, and so does what is not known to be empty.
// CHECK-LABEL: func.func @kept(
// CHECK:         call @effect()
// CHECK:         arith.addf %{{.*}} : tensor<?x4xf32>
func.func private @effect() -> tensor<0xf32>
func.func @kept(%x: tensor<?x4xf32>) -> (tensor<0xf32>, tensor<?x4xf32>) {
  %0 = call @effect() : () -> tensor<0xf32>
  %1 = arith.addf %x, %x : tensor<?x4xf32>
  return %0, %1 : tensor<0xf32>, tensor<?x4xf32>
}
