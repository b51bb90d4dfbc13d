// RUN: hswish-opt %s --hswish-lower-leftovers | FileCheck %s
// RUN: hswish-opt %s --hswish-lower-leftovers=all | FileCheck %s --check-prefix=ALL

// CHECK-LABEL: func.func @elementwise(
// CHECK: linalg.generic
// CHECK: hswish.hard_swish %{{.*}} : f32
func.func @elementwise(%x: tensor<?xf32>) -> tensor<?xf32> {
  %0 = hswish.hard_swish %x : tensor<?xf32>
  return %0 : tensor<?xf32>
}

// CHECK-LABEL: func.func @matmul(
// CHECK-NOT: hswish.matmul
// CHECK: linalg.matmul
func.func @matmul(%a: tensor<4x8xf32>, %b: tensor<8x4xf32>) -> tensor<4x4xf32> {
  %e = tensor.empty() : tensor<4x4xf32>
  %0 = hswish.matmul ins(%a, %b : tensor<4x8xf32>, tensor<8x4xf32>) outs(%e : tensor<4x4xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// What has a kernel stays, unless all must go.
// CHECK-LABEL: func.func @kernel(
// CHECK: hswish.matmul
// ALL-LABEL: func.func @kernel(
// ALL-NOT: hswish.matmul
// ALL: linalg.matmul
func.func @kernel(%a: tensor<4x8xf32>, %b: tensor<8x4xf32>) -> tensor<4x4xf32> {
  %e = tensor.empty() : tensor<4x4xf32>
  %0 = hswish.matmul ins(%a, %b : tensor<4x8xf32>, tensor<8x4xf32>) outs(%e : tensor<4x4xf32>)
      attributes {strategy = #hswish.strategy<kernel = gemv, vector = 4, rows = 1, columns = 1, unroll = 1, order = rows>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// Joins get memory as they are.
// CHECK-LABEL: func.func @concat(
// CHECK: tensor.concat
func.func @concat(%a: tensor<2x4xf32>, %b: tensor<3x4xf32>) -> tensor<5x4xf32> {
  %0 = tensor.concat dim(0) %a, %b : (tensor<2x4xf32>, tensor<3x4xf32>) -> tensor<5x4xf32>
  return %0 : tensor<5x4xf32>
}

// CHECK-LABEL: func.func @softmax(
// CHECK-NOT: linalg.softmax
// CHECK: math.exp
func.func @softmax(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %e = tensor.empty() : tensor<2x4xf32>
  %0 = linalg.softmax dimension(1) ins(%x : tensor<2x4xf32>) outs(%e : tensor<2x4xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}
