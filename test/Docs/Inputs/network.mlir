// The network of docs/Architecture.md: a pointwise convolution and h-swish as
// a user of linalg writes them.
module attributes {hswish.target = #hswish.target<
    triple = "x86_64-unknown-linux-gnu", cpu = "x86-64-v3", features = "",
    vector_bits = 256, registers = 16, l1 = 32768, l2 = 524288>} {
  func.func @net(%x: tensor<1x2x4x3xf32>) -> tensor<1x2x4x8xf32> {
    %w = arith.constant dense<0.25> : tensor<1x1x3x8xf32>
    %c3 = arith.constant dense<3.0> : tensor<1x2x4x8xf32>
    %c6 = arith.constant dense<6.0> : tensor<1x2x4x8xf32>
    %zero = arith.constant dense<0.0> : tensor<1x2x4x8xf32>
    %conv = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x2x4x3xf32>, tensor<1x1x3x8xf32>)
        outs(%zero : tensor<1x2x4x8xf32>) -> tensor<1x2x4x8xf32>
    %0 = arith.addf %conv, %c3 : tensor<1x2x4x8xf32>
    %1 = arith.maximumf %0, %zero : tensor<1x2x4x8xf32>
    %2 = arith.minimumf %1, %c6 : tensor<1x2x4x8xf32>
    %3 = arith.mulf %conv, %2 : tensor<1x2x4x8xf32>
    %4 = arith.divf %3, %c6 : tensor<1x2x4x8xf32>
    return %4 : tensor<1x2x4x8xf32>
  }
}
