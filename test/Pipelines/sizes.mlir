// RUN: hswish-opt %s --hswish-codegen --split-input-file -verify-diagnostics

// Sizes whose products overflow are refused before anybody computes with them.

func.func @softmax(%x: tensor<2x9223372036854775807xf32>) -> tensor<2x9223372036854775807xf32> {
  // expected-error @above {{has a value of type 'tensor<2x9223372036854775807xf32>', which takes more than the 70368744177664 bytes that it may}}
  %e = tensor.empty() : tensor<2x9223372036854775807xf32>
  %0 = linalg.softmax dimension(1) ins(%x : tensor<2x9223372036854775807xf32>) outs(%e : tensor<2x9223372036854775807xf32>) -> tensor<2x9223372036854775807xf32>
  return %0 : tensor<2x9223372036854775807xf32>
}

// -----

func.func @constant(%x: tensor<1x4x4x100000xf32>) -> tensor<1x4x4x100000xf32> {
  // expected-error @below {{has a value of type 'tensor<1x1x100000x100000xf32>', which takes more than the 2147483648 bytes that it may}}
  %f = arith.constant dense<1.0> : tensor<1x1x100000x100000xf32>
  %e = tensor.empty() : tensor<1x4x4x100000xf32>
  %0 = hswish.conv_2d ins(%x, %f : tensor<1x4x4x100000xf32>, tensor<1x1x100000x100000xf32>) outs(%e : tensor<1x4x4x100000xf32>) {
  ^bb0(%a: f32):
    hswish.yield %a : f32
  } -> tensor<1x4x4x100000xf32>
  return %0 : tensor<1x4x4x100000xf32>
}

// -----

func.func @image(%x: tensor<1000000x16x16x1000000xf32>, %f: tensor<1x1x1000000x8xf32>) {
  %e = tensor.empty() : tensor<1000000x16x16x8xf32>
  // expected-error @below {{has an operand larger than any memory: 'tensor<1000000x16x16x1000000xf32>'}}
  %0 = hswish.conv_2d ins(%x, %f : tensor<1000000x16x16x1000000xf32>, tensor<1x1x1000000x8xf32>) outs(%e : tensor<1000000x16x16x8xf32>) {
  ^bb0(%a: f32):
    hswish.yield %a : f32
  } -> tensor<1000000x16x16x8xf32>
  return
}
