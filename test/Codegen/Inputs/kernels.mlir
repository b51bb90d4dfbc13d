// A pointwise and a depthwise convolution, for tests that read assembly.
module attributes {hswish.model = "m"} {
  func.func @m(%x: tensor<1x14x14x64xf32> {hswish.name = "x"}) -> tensor<1x12x12x96xf32> {
    %w = arith.constant dense<0.1> : tensor<1x1x64x96xf32>
    %v = arith.constant dense<0.1> : tensor<3x3x1x96xf32>
    %e = tensor.empty() : tensor<1x14x14x96xf32>
    %0 = hswish.conv_2d ins(%x, %w : tensor<1x14x14x64xf32>, tensor<1x1x64x96xf32>)
        outs(%e : tensor<1x14x14x96xf32>) {
    ^bb0(%acc: f32):
      %a = hswish.hard_swish %acc : f32
      hswish.yield %a : f32
    } -> tensor<1x14x14x96xf32>
    %f = tensor.empty() : tensor<1x12x12x96xf32>
    %1 = hswish.conv_2d ins(%0, %v : tensor<1x14x14x96xf32>, tensor<3x3x1x96xf32>)
        outs(%f : tensor<1x12x12x96xf32>) attributes {groups = 96 : i64} {
    ^bb0(%acc: f32):
      hswish.yield %acc : f32
    } -> tensor<1x12x12x96xf32>
    return %1 : tensor<1x12x12x96xf32>
  }
}
