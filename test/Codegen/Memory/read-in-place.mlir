// RUN: hswish-opt %s --hswish-read-in-place --split-input-file | FileCheck %s

#direct = #hswish.strategy<kernel = direct, vector = 4, rows = 4, columns = 1, unroll = 3, order = rows, blocks = [4]>

// Planes that become pixels between borders: the convolution reads the planes.

// CHECK-LABEL: func @planes
// CHECK-SAME:    %[[X:.*]]: memref<1x3x16x8xf32>, %[[W:.*]]: memref<3x3x3x4xf32>,
// CHECK-NOT:     memref.alloc
// CHECK-NOT:     hswish.fill_border
// CHECK-NOT:     linalg.transpose
// CHECK:         %[[V:.*]] = memref.reinterpret_cast %[[X]] to offset: [0], sizes: [1, 16, 8, 3], strides: [384, 8, 1, 128]
// CHECK:         hswish.conv_2d ins(%[[V]], %[[W]] :
// CHECK-SAME:      pads = array<i64: 1, 1, 1, 1>
func.func @planes(%x: memref<1x3x16x8xf32>, %w: memref<3x3x3x4xf32>, %y: memref<1x8x4x4xf32>) {
  %wide = memref.alloc() : memref<1x18x10x3xf32>
  hswish.fill_border outs(%wide : memref<1x18x10x3xf32>) {pads = array<i64: 1, 1, 1, 1>, value = 0.0 : f32}
  %inside = memref.subview %wide[0, 1, 1, 0] [1, 16, 8, 3] [1, 1, 1, 1]
      : memref<1x18x10x3xf32> to memref<1x16x8x3xf32, strided<[540, 30, 3, 1], offset: 33>>
  linalg.transpose ins(%x : memref<1x3x16x8xf32>)
      outs(%inside : memref<1x16x8x3xf32, strided<[540, 30, 3, 1], offset: 33>>) permutation = [0, 2, 3, 1]
  hswish.conv_2d ins(%wide, %w : memref<1x18x10x3xf32>, memref<3x3x3x4xf32>) outs(%y : memref<1x8x4x4xf32>)
      attributes {strides = array<i64: 2, 2>, strategy = #direct} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// -----

#direct = #hswish.strategy<kernel = direct, vector = 4, rows = 4, columns = 1, unroll = 3, order = rows, blocks = [4]>
#id = affine_map<(n, h, w, c) -> (n, h, w, c)>

// Pixels, too, and a border on two sides only.

// CHECK-LABEL: func @pixels
// CHECK-SAME:    %[[X:.*]]: memref<1x16x8x3xf32>, %[[W:.*]]: memref<3x3x3x4xf32>,
// CHECK-NOT:     memref.alloc
// CHECK:         hswish.conv_2d ins(%[[X]], %[[W]] :
// CHECK-SAME:      pads = array<i64: 0, 0, 1, 1>
func.func @pixels(%x: memref<1x16x8x3xf32>, %w: memref<3x3x3x4xf32>, %y: memref<1x8x4x4xf32>) {
  %wide = memref.alloc() : memref<1x17x9x3xf32>
  hswish.fill_border outs(%wide : memref<1x17x9x3xf32>) {pads = array<i64: 0, 0, 1, 1>, value = 0.0 : f32}
  %inside = memref.subview %wide[0, 0, 0, 0] [1, 16, 8, 3] [1, 1, 1, 1]
      : memref<1x17x9x3xf32> to memref<1x16x8x3xf32, strided<[459, 27, 3, 1]>>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x : memref<1x16x8x3xf32>) outs(%inside : memref<1x16x8x3xf32, strided<[459, 27, 3, 1]>>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  hswish.conv_2d ins(%wide, %w : memref<1x17x9x3xf32>, memref<3x3x3x4xf32>) outs(%y : memref<1x8x4x4xf32>)
      attributes {strides = array<i64: 2, 2>, strategy = #direct} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// -----

#direct = #hswish.strategy<kernel = direct, vector = 4, rows = 4, columns = 1, unroll = 3, order = rows, blocks = [4]>

// The planes are something else when they are read; somebody else reads the
// pixels; a border that is not zero.

// CHECK-LABEL: func @not
// CHECK-COUNT-3: linalg.transpose
func.func @not(%x: memref<1x3x8x8xf32>, %w: memref<3x3x3x4xf32>, %y: memref<1x6x6x4xf32>, %z: memref<1x8x8x3xf32>) {
  %zero = arith.constant 0.0 : f32
  %a = memref.alloc() : memref<1x8x8x3xf32>
  linalg.transpose ins(%x : memref<1x3x8x8xf32>) outs(%a : memref<1x8x8x3xf32>) permutation = [0, 2, 3, 1]
  linalg.fill ins(%zero : f32) outs(%x : memref<1x3x8x8xf32>)
  hswish.conv_2d ins(%a, %w : memref<1x8x8x3xf32>, memref<3x3x3x4xf32>) outs(%y : memref<1x6x6x4xf32>)
      attributes {strategy = #direct} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  %b = memref.alloc() : memref<1x8x8x3xf32>
  linalg.transpose ins(%x : memref<1x3x8x8xf32>) outs(%b : memref<1x8x8x3xf32>) permutation = [0, 2, 3, 1]
  hswish.conv_2d ins(%b, %w : memref<1x8x8x3xf32>, memref<3x3x3x4xf32>) outs(%y : memref<1x6x6x4xf32>)
      attributes {strategy = #direct} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  memref.copy %b, %z : memref<1x8x8x3xf32> to memref<1x8x8x3xf32>
  %c = memref.alloc() : memref<1x10x10x3xf32>
  hswish.fill_border outs(%c : memref<1x10x10x3xf32>) {pads = array<i64: 1, 1, 1, 1>, value = 1.0 : f32}
  %inside = memref.subview %c[0, 1, 1, 0] [1, 8, 8, 3] [1, 1, 1, 1]
      : memref<1x10x10x3xf32> to memref<1x8x8x3xf32, strided<[300, 30, 3, 1], offset: 33>>
  linalg.transpose ins(%x : memref<1x3x8x8xf32>)
      outs(%inside : memref<1x8x8x3xf32, strided<[300, 30, 3, 1], offset: 33>>) permutation = [0, 2, 3, 1]
  %y8 = memref.alloc() : memref<1x8x8x4xf32>
  hswish.conv_2d ins(%c, %w : memref<1x10x10x3xf32>, memref<3x3x3x4xf32>) outs(%y8 : memref<1x8x8x4xf32>)
      attributes {strategy = #direct} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// -----

// Lanes multiply: pixels want to lie side by side.

module attributes {hswish.target = #hswish.target<triple = "aarch64-unknown-linux-gnu", cpu = "generic",
    features = "", vector_bits = 128, registers = 32, l1 = 65536, l2 = 524288>} {
// CHECK-LABEL: func @by_lanes
// CHECK:         linalg.transpose
func.func @by_lanes(%x: memref<1x3x8x8xf32>, %w: memref<3x3x3x4xf32>, %y: memref<1x6x6x4xf32>) {
  %a = memref.alloc() : memref<1x8x8x3xf32>
  linalg.transpose ins(%x : memref<1x3x8x8xf32>) outs(%a : memref<1x8x8x3xf32>) permutation = [0, 2, 3, 1]
  hswish.conv_2d ins(%a, %w : memref<1x8x8x3xf32>, memref<3x3x3x4xf32>) outs(%y : memref<1x6x6x4xf32>)
      attributes {strategy = #hswish.strategy<kernel = direct, vector = 4, rows = 4, columns = 1, unroll = 4,
        order = rows, blocks = [4]>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}
}
