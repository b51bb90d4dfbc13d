func.func @m(%a: tensor<4x1xf32>) -> tensor<4x2xf32> {
  %w = arith.constant dense<[[1.0, 1.0e-40]]> : tensor<1x2xf32>
  %init = tensor.empty() : tensor<4x2xf32>
  %0 = hswish.matmul ins(%a, %w : tensor<4x1xf32>, tensor<1x2xf32>) outs(%init : tensor<4x2xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<4x2xf32>
  return %0 : tensor<4x2xf32>
}
