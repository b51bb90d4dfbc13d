// RUN: hswish-opt %s -convert-hswish-to-scf -split-input-file -verify-diagnostics

// The tiles that averages come from are not in a loop.
func.func @averages(%x: memref<1x2x?x8xf32>, %w: memref<24xf32>, %y: memref<1x2x?x8xf32>, %rows: memref<1x2x1x8xf32>) {
  // expected-error @below {{has operands that its kernel cannot take: their layout, or a size that is not known}}
  hswish.conv_2d ins(%x, %w : memref<1x2x?x8xf32>, memref<24xf32>) outs(%y : memref<1x2x?x8xf32>)
      averages(%rows : memref<1x2x1x8xf32>) attributes {filter_shape = array<i64: 1, 3, 1, 8>, groups = 8 : i64,
        strategy = #hswish.strategy<kernel = depthwise, vector = 8, rows = 1, columns = 2,
          unroll = 1, order = rows>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// -----

// Numbers of pixels may be values, those of channels not.
func.func @channels(%x: memref<8x?xf32>, %w: memref<?x4xf32>, %y: memref<8x4xf32>) {
  // expected-error @below {{has channels whose number is not known}}
  hswish.matmul ins(%x, %w : memref<8x?xf32>, memref<?x4xf32>) outs(%y : memref<8x4xf32>)
      attributes {strategy = #hswish.strategy<kernel = pointwise, vector = 4, rows = 4, columns = 1,
          unroll = 1, order = rows, blocks = [4]>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// -----

// A strategy that was written by hand for another layer.
func.func @blocks(%x: memref<8x4xf32>, %w: memref<4x4xf32>, %y: memref<8x4xf32>) {
  // expected-error @below {{blocks add up to 2147483647 channels, but there are 4}}
  hswish.matmul ins(%x, %w : memref<8x4xf32>, memref<4x4xf32>) outs(%y : memref<8x4xf32>)
      attributes {strategy = #hswish.strategy<kernel = pointwise, vector = 4, rows = 4, columns = 1,
          unroll = 1, order = rows, blocks = [2147483647]>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// -----

func.func @rows(%x: memref<8x4xf32>, %w: memref<4x4xf32>, %y: memref<8x4xf32>) {
  // expected-error @below {{a tile has 2147483647 accumulators}}
  hswish.matmul ins(%x, %w : memref<8x4xf32>, memref<4x4xf32>) outs(%y : memref<8x4xf32>)
      attributes {strategy = #hswish.strategy<kernel = pointwise, vector = 4, rows = 2147483647, columns = 1,
          unroll = 1, order = rows, blocks = [4]>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}
