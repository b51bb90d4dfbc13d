// RUN: hswish-opt %s -convert-hswish-to-scf -split-input-file -verify-diagnostics

func.func @dynamic(%x: memref<?x4xf32>, %w: memref<4x4xf32>, %y: memref<?x4xf32>) {
  // expected-error @below {{has operands that its kernel cannot take}}
  hswish.matmul ins(%x, %w : memref<?x4xf32>, memref<4x4xf32>) outs(%y : memref<?x4xf32>)
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
