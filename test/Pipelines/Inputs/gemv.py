"""A matrix-vector product whose weights are no splat."""

weights = [[(i * 32 + j) % 251 / 251 - 0.5 for j in range(32)] for i in range(64)]
print(f"""func.func @net(%x: tensor<1x64xf32>) -> tensor<1x32xf32> {{
  %w = arith.constant dense<{weights}> : tensor<64x32xf32>
  %e = tensor.empty() : tensor<1x32xf32>
  %0 = hswish.matmul ins(%x, %w : tensor<1x64xf32>, tensor<64x32xf32>) outs(%e : tensor<1x32xf32>) {{
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }} -> tensor<1x32xf32>
  return %0 : tensor<1x32xf32>
}}""")
