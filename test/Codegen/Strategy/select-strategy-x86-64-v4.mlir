// RUN: hswish-opt %s -hswish-select-strategy -mlir-print-local-scope -verify-diagnostics | FileCheck %s

module attributes {hswish.target = #hswish.target<triple = "x86_64-unknown-linux-gnu", cpu = "x86-64-v4",
    features = "", vector_bits = 512, registers = 32, l1 = 32768, l2 = 1048576>} {
// CHECK-LABEL: func.func @pointwise(
// CHECK: strategy = #hswish.strategy<kernel = pointwise, vector = 16, rows = 7, columns = 1, unroll = 1, order = columns, blocks = [48, 48, 48
func.func @pointwise(%x: tensor<1x14x14x112xf32>, %w: tensor<1x1x112x672xf32>, %y: tensor<1x14x14x672xf32>) -> tensor<1x14x14x672xf32> {
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x14x14x112xf32>, tensor<1x1x112x672xf32>) outs(%y : tensor<1x14x14x672xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x14x14x672xf32>
  return %0 : tensor<1x14x14x672xf32>
}

// CHECK-LABEL: func.func @pointwise_odd_rows(
// CHECK: strategy = #hswish.strategy<kernel = pointwise, vector = 16, rows = 7, columns = 1, unroll = 1, order = columns, blocks = [48, 48, 48
func.func @pointwise_odd_rows(%x: tensor<1x7x7x160xf32>, %w: tensor<1x1x160x960xf32>, %y: tensor<1x7x7x960xf32>) -> tensor<1x7x7x960xf32> {
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x7x7x160xf32>, tensor<1x1x160x960xf32>) outs(%y : tensor<1x7x7x960xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x7x7x960xf32>
  return %0 : tensor<1x7x7x960xf32>
}

// CHECK-LABEL: func.func @few_channels(
// CHECK: strategy = #hswish.strategy<kernel = pointwise, vector = 16, rows = 28, columns = 1, unroll = 1, order = rows, blocks = [16, 8]
func.func @few_channels(%x: tensor<1x56x56x64xf32>, %w: tensor<1x1x64x24xf32>, %y: tensor<1x56x56x24xf32>) -> tensor<1x56x56x24xf32> {
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x56x56x64xf32>, tensor<1x1x64x24xf32>) outs(%y : tensor<1x56x56x24xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x56x56x24xf32>
  return %0 : tensor<1x56x56x24xf32>
}

// The same where 512 bits are not two halves.
// CHECK-LABEL: func.func @few_channels_at_once(
// CHECK: strategy = #hswish.strategy<kernel = pointwise, vector = 16, rows = 14, columns = 1, unroll = 1, order = rows, blocks = [24]
func.func @few_channels_at_once(%x: tensor<1x56x56x64xf32>, %w: tensor<1x1x64x24xf32>, %y: tensor<1x56x56x24xf32>) -> tensor<1x56x56x24xf32>
    attributes {hswish.target = #hswish.target<triple = "x86_64-unknown-linux-gnu", cpu = "sapphirerapids",
      features = "", vector_bits = 512, registers = 32, l1 = 49152, l2 = 2097152, model = "granite-rapids">} {
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x56x56x64xf32>, tensor<1x1x64x24xf32>) outs(%y : tensor<1x56x56x24xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x56x56x24xf32>
  return %0 : tensor<1x56x56x24xf32>
}

// Few output channels: vectors of the input's.
// CHECK-LABEL: func.func @two_channels(
// CHECK: strategy = #hswish.strategy<kernel = dot, vector = 16, rows = 8, columns = 1, unroll = 1, order = rows, blocks = [2]>
func.func @two_channels(%x: tensor<1x58x58x64xf32>, %y: tensor<1x56x56x2xf32>) -> tensor<1x56x56x2xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x64x2xf32>
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x58x58x64xf32>, tensor<3x3x64x2xf32>) outs(%y : tensor<1x56x56x2xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x56x56x2xf32>
  return %0 : tensor<1x56x56x2xf32>
}

// A filter of run time is not packed: output channels are side by side.
// CHECK-LABEL: func.func @two_channels_unpacked(
// CHECK: strategy = #hswish.strategy<kernel = direct
func.func @two_channels_unpacked(%x: tensor<1x58x58x64xf32>, %w: tensor<3x3x64x2xf32>, %y: tensor<1x56x56x2xf32>) -> tensor<1x56x56x2xf32> {
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x58x58x64xf32>, tensor<3x3x64x2xf32>) outs(%y : tensor<1x56x56x2xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x56x56x2xf32>
  return %0 : tensor<1x56x56x2xf32>
}

// Four output channels of each input channel.
// CHECK-LABEL: func.func @multiplier(
// CHECK: strategy = #hswish.strategy<kernel = depthwise, vector = 16
func.func @multiplier(%x: tensor<1x16x16x64xf32>, %w: tensor<3x3x1x256xf32>, %y: tensor<1x14x14x256xf32>) -> tensor<1x14x14x256xf32> {
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x16x16x64xf32>, tensor<3x3x1x256xf32>) outs(%y : tensor<1x14x14x256xf32>) attributes {groups = 64 : i64} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x14x14x256xf32>
  return %0 : tensor<1x14x14x256xf32>
}

// Groups of channels, one pixel at a time.
// CHECK-LABEL: func.func @groups(
// CHECK: strategy = #hswish.strategy<kernel = pointwise, vector = 16
func.func @groups(%x: tensor<1x28x28x96xf32>, %w: tensor<1x1x32x96xf32>, %y: tensor<1x28x28x96xf32>) -> tensor<1x28x28x96xf32> {
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x28x28x96xf32>, tensor<1x1x32x96xf32>) outs(%y : tensor<1x28x28x96xf32>) attributes {groups = 3 : i64} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x28x28x96xf32>
  return %0 : tensor<1x28x28x96xf32>
}

// CHECK-LABEL: func.func @stem(
// CHECK: strategy = #hswish.strategy<kernel = direct, vector = 16, rows = 16, columns = 1, unroll = 3, order = rows, blocks = [16]
func.func @stem(%x: tensor<1x225x225x3xf32>, %w: tensor<3x3x3x16xf32>, %y: tensor<1x112x112x16xf32>) -> tensor<1x112x112x16xf32> {
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x225x225x3xf32>, tensor<3x3x3x16xf32>) outs(%y : tensor<1x112x112x16xf32>) attributes {strides = array<i64: 2, 2>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x112x112x16xf32>
  return %0 : tensor<1x112x112x16xf32>
}

// CHECK-LABEL: func.func @depthwise_3x3(
// CHECK: strategy = #hswish.strategy<kernel = depthwise, vector = 16, rows = 2, columns = 7, unroll = 1, order = rows
func.func @depthwise_3x3(%x: tensor<1x16x16x200xf32>, %w: tensor<3x3x1x200xf32>, %y: tensor<1x14x14x200xf32>) -> tensor<1x14x14x200xf32> {
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x16x16x200xf32>, tensor<3x3x1x200xf32>) outs(%y : tensor<1x14x14x200xf32>) attributes {groups = 200 : i64} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x14x14x200xf32>
  return %0 : tensor<1x14x14x200xf32>
}

// CHECK-LABEL: func.func @depthwise_5x5_strided(
// CHECK: strategy = #hswish.strategy<kernel = depthwise, vector = 16, rows = 1, columns = 14, unroll = 1, order = rows
func.func @depthwise_5x5_strided(%x: tensor<1x31x31x72xf32>, %w: tensor<5x5x1x72xf32>, %y: tensor<1x14x14x72xf32>) -> tensor<1x14x14x72xf32> {
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x31x31x72xf32>, tensor<5x5x1x72xf32>) outs(%y : tensor<1x14x14x72xf32>) attributes {strides = array<i64: 2, 2>, groups = 72 : i64} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x14x14x72xf32>
  return %0 : tensor<1x14x14x72xf32>
}

// CHECK-LABEL: func.func @gemv(
// CHECK: strategy = #hswish.strategy<kernel = gemv, vector = 16, rows = 1, columns = 1, unroll = 1, order = columns, blocks = [256, 256, 256
func.func @gemv(%x: tensor<1x960xf32>, %w: tensor<960x1280xf32>, %y: tensor<1x1280xf32>) -> tensor<1x1280xf32> {
  %0 = hswish.matmul ins(%x, %w : tensor<1x960xf32>, tensor<960x1280xf32>) outs(%y : tensor<1x1280xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x1280xf32>
  return %0 : tensor<1x1280xf32>
}

// CHECK-LABEL: func.func @odd_channels(
// CHECK: strategy = #hswish.strategy<kernel = pointwise, vector = 16, rows = 7, columns = 1, unroll = 1, order = rows, blocks = [16, 2]
func.func @odd_channels(%x: tensor<7x30xf32>, %w: tensor<30x18xf32>, %y: tensor<7x18xf32>) -> tensor<7x18xf32> {
  %0 = hswish.matmul ins(%x, %w : tensor<7x30xf32>, tensor<30x18xf32>) outs(%y : tensor<7x18xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<7x18xf32>
  return %0 : tensor<7x18xf32>
}

// CHECK-LABEL: func.func @global_pool(
// CHECK: strategy = #hswish.strategy<kernel = pool, vector = 16, rows = 1, columns = 1, unroll = 8, order = rows
func.func @global_pool(%x: tensor<1x7x7x960xf32>, %y: tensor<1x1x1x960xf32>) -> tensor<1x1x1x960xf32> {
  %0 = hswish.pool_2d average ins(%x : tensor<1x7x7x960xf32>) outs(%y : tensor<1x1x1x960xf32>) {kernel = array<i64: 7, 7>} -> tensor<1x1x1x960xf32>
  return %0 : tensor<1x1x1x960xf32>
}

// Its input must be padded first.
// CHECK-LABEL: func.func @padding(
// CHECK-NOT: strategy
func.func @padding(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x4xf32>, %y: tensor<1x8x8x4xf32>) -> tensor<1x8x8x4xf32> {
  // expected-remark @below {{has no kernel: its input is not padded yet}}
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x8x8x4xf32>, tensor<3x3x4x4xf32>) outs(%y : tensor<1x8x8x4xf32>) attributes {pads = array<i64: 1, 1, 1, 1>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x8x8x4xf32>
  return %0 : tensor<1x8x8x4xf32>
}

// Dynamic shapes have none.
// CHECK-LABEL: func.func @dynamic(
// CHECK-NOT: strategy
func.func @dynamic(%x: tensor<?x8xf32>, %w: tensor<8x8xf32>, %y: tensor<?x8xf32>) -> tensor<?x8xf32> {
  // expected-remark @below {{has no kernel: its shapes are not static}}
  %0 = hswish.matmul ins(%x, %w : tensor<?x8xf32>, tensor<8x8xf32>) outs(%y : tensor<?x8xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}
}
