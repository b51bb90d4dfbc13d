// RUN: hswish-opt %s -convert-hswish-to-scf -cse -split-input-file | FileCheck %s

// Accumulators start at the bias; what follows it works on registers.
// CHECK-LABEL: func.func @pointwise
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<1x7x2x40xf32>, %[[W:[a-z0-9]+]]: memref<320xf32>, %[[B:[a-z0-9]+]]: memref<8xf32>
// CHECK-DAG: %[[C2:.*]] = arith.constant 2 : index
// CHECK-DAG: %[[C14:.*]] = arith.constant 14 : index
// CHECK-DAG: %[[C40:.*]] = arith.constant 40 : index
// CHECK: %[[IN:.*]] = memref.reinterpret_cast %[[X]] to offset: [0], sizes: [560], strides: [1]
// CHECK: scf.parallel (%[[M:.*]]) = (%{{.*}}) to (%[[C14]]) step (%[[C2]]) {
// CHECK:   %[[BIAS:.*]] = vector.load %[[B]][%{{.*}}] : memref<8xf32>, vector<8xf32>
// CHECK:   %[[SUM:.*]]:2 = scf.for %{{.*}} = %{{.*}} to %[[C40]] step %{{.*}} iter_args(%[[A0:.*]] = %[[BIAS]], %[[A1:.*]] = %[[BIAS]]) -> (vector<8xf32>, vector<8xf32>) {
// CHECK:     %[[WEIGHTS:.*]] = vector.load %[[W]]
// CHECK:     %[[S0:.*]] = memref.load %[[IN]]
// CHECK:     %[[V0:.*]] = vector.broadcast %[[S0]] : f32 to vector<8xf32>
// CHECK:     math.fma %[[V0]], %[[WEIGHTS]], %[[A0]]
// CHECK:     math.fma %{{.*}}, %[[WEIGHTS]], %[[A1]]
// CHECK:   hswish.hard_swish %[[SUM]]#0 : vector<8xf32>
// CHECK:   hswish.hard_swish %[[SUM]]#1 : vector<8xf32>
// CHECK-NOT: hswish.conv_2d
func.func @pointwise(%x: memref<1x7x2x40xf32>, %w: memref<320xf32>, %b: memref<8xf32>, %y: memref<1x7x2x8xf32>) {
  hswish.conv_2d ins(%x, %w : memref<1x7x2x40xf32>, memref<320xf32>) epilogue(%b : memref<8xf32>)
      outs(%y : memref<1x7x2x8xf32>) attributes {filter_shape = array<i64: 1, 1, 40, 8>,
        epilogue_maps = [affine_map<(n, h, w, c) -> (c)>],
        strategy = #hswish.strategy<kernel = pointwise, vector = 8, rows = 2, columns = 1,
          unroll = 1, order = rows, blocks = [8]>} {
  ^bb0(%acc: f32, %bias: f32):
    %0 = arith.addf %acc, %bias : f32
    %1 = hswish.hard_swish %0 : f32
    hswish.yield %1 : f32
  }
  return
}

// -----

// Of the loops over channels and pixels, threads share the inner one: there are
// more pixels than weights.
// CHECK-LABEL: func.func @by_channels
// CHECK: scf.parallel (%{{.*}}) = (%c0) to (%c8) step (%c4) {
// CHECK:   scf.parallel (%{{.*}}) = (%c0) to (%c14) step (%c2) {
// CHECK:     scf.reduce
// CHECK:   } {hswish.shared}
// CHECK-LABEL: func.func @more_weights
// CHECK-NOT: hswish.shared
func.func @by_channels(%x: memref<1x7x2x8xf32>, %w: memref<64xf32>, %y: memref<1x7x2x8xf32>) {
  hswish.conv_2d ins(%x, %w : memref<1x7x2x8xf32>, memref<64xf32>)
      outs(%y : memref<1x7x2x8xf32>) attributes {filter_shape = array<i64: 1, 1, 8, 8>,
        strategy = #hswish.strategy<kernel = pointwise, vector = 4, rows = 2, columns = 1,
          unroll = 1, order = columns, blocks = [4, 4]>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}
func.func @more_weights(%x: memref<1x2x2x16xf32>, %w: memref<256xf32>, %y: memref<1x2x2x16xf32>) {
  hswish.conv_2d ins(%x, %w : memref<1x2x2x16xf32>, memref<256xf32>)
      outs(%y : memref<1x2x2x16xf32>) attributes {filter_shape = array<i64: 1, 1, 16, 16>,
        strategy = #hswish.strategy<kernel = pointwise, vector = 4, rows = 2, columns = 1,
          unroll = 1, order = columns, blocks = [8, 8]>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// -----

// Threads can share blocks of one pixel, of any width.
// CHECK-LABEL: func.func @vector
// CHECK-COUNT-2: scf.parallel
func.func @vector(%x: memref<1x8xf32>, %w: memref<96xf32>, %y: memref<1x12xf32>) {
  hswish.matmul ins(%x, %w : memref<1x8xf32>, memref<96xf32>)
      outs(%y : memref<1x12xf32>) attributes {rhs_shape = array<i64: 8, 12>,
        strategy = #hswish.strategy<kernel = gemv, vector = 4, rows = 1, columns = 1,
          unroll = 1, order = rows, blocks = [8, 4]>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// -----

// Rows of a padded image are apart: a tile stays in its row, the last one of
// three overlaps.
// CHECK-LABEL: func.func @into_padded
// CHECK-DAG: %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG: %[[C3:.*]] = arith.constant 3 : index
// CHECK: scf.parallel (%{{.*}}) = (%{{.*}}) to (%{{.*}}) step (%{{.*}}) {
// CHECK:   scf.parallel (%[[I:.*]]) = (%{{.*}}) to (%[[C3]]) step (%{{.*}}) {
// CHECK:     arith.minui %[[I]], %[[C1]] : index
func.func @into_padded(%x: memref<1x2x3x4xf32>, %w: memref<1x1x4x4xf32>, %p: memref<1x4x5x4xf32>) {
  %y = memref.subview %p[0, 1, 1, 0] [1, 2, 3, 4] [1, 1, 1, 1]
      : memref<1x4x5x4xf32> to memref<1x2x3x4xf32, strided<[80, 20, 4, 1], offset: 24>>
  hswish.conv_2d ins(%x, %w : memref<1x2x3x4xf32>, memref<1x1x4x4xf32>)
      outs(%y : memref<1x2x3x4xf32, strided<[80, 20, 4, 1], offset: 24>>)
      attributes {strategy = #hswish.strategy<kernel = pointwise, vector = 4, rows = 2,
        columns = 1, unroll = 1, order = rows, blocks = [4]>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// -----

// A residual in the memory of the result: no tile may be computed twice.
// CHECK-LABEL: func.func @in_place
// CHECK-NOT: arith.minui
func.func @in_place(%x: memref<3x4xf32>, %w: memref<4x4xf32>, %y: memref<3x4xf32>) {
  hswish.matmul ins(%x, %w : memref<3x4xf32>, memref<4x4xf32>) epilogue(%y : memref<3x4xf32>)
      outs(%y : memref<3x4xf32>) attributes {epilogue_maps = [affine_map<(m, n) -> (m, n)>],
        strategy = #hswish.strategy<kernel = pointwise, vector = 4, rows = 2,
        columns = 1, unroll = 1, order = rows, blocks = [4]>} {
  ^bb0(%acc: f32, %r: f32):
    %0 = arith.addf %acc, %r : f32
    hswish.yield %0 : f32
  }
  return
}

// -----

// Every input is loaded once: four for two outputs and three taps.
// CHECK-LABEL: func.func @depthwise
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref
// CHECK: %[[IN:.*]] = memref.reinterpret_cast %[[X]]
// CHECK-COUNT-4: vector.load %[[IN]]{{.*}} vector<8xf32>
// CHECK-NOT: vector.load %[[IN]]{{.*}} vector<8xf32>
// CHECK: vector.store %{{.*}} vector<8xf32>
// CHECK: vector.store %{{.*}} vector<8xf32>
// The last channel of nine.
// CHECK-COUNT-4: vector.load %[[IN]]{{.*}} vector<1xf32>
func.func @depthwise(%x: memref<1x1x4x9xf32>, %w: memref<27xf32>, %y: memref<1x1x2x9xf32>) {
  hswish.conv_2d ins(%x, %w : memref<1x1x4x9xf32>, memref<27xf32>)
      outs(%y : memref<1x1x2x9xf32>) attributes {filter_shape = array<i64: 1, 3, 1, 9>,
        groups = 9 : i64, strategy = #hswish.strategy<kernel = depthwise, vector = 8,
          rows = 1, columns = 2, unroll = 1, order = rows>} {
  ^bb0(%acc: f32):
    %0 = hswish.relu6 %acc : f32
    hswish.yield %0 : f32
  }
  return
}

// -----

// Padding that is not in memory: one tile covers the image, of whose windows
// only the taps inside it are there.
// CHECK-LABEL: func.func @clipped(
// CHECK-SAME:    %[[X:.*]]: memref<1x2x2x8xf32>,
// CHECK: %[[IN:.*]] = memref.reinterpret_cast %[[X]]
// CHECK-COUNT-4: vector.load %[[IN]]
// CHECK-NOT: vector.load %[[IN]]
// CHECK-COUNT-4: vector.store
func.func @clipped(%x: memref<1x2x2x8xf32>, %w: memref<72xf32>, %y: memref<1x2x2x8xf32>) {
  hswish.conv_2d ins(%x, %w : memref<1x2x2x8xf32>, memref<72xf32>)
      outs(%y : memref<1x2x2x8xf32>) attributes {filter_shape = array<i64: 3, 3, 1, 8>,
        groups = 8 : i64, pads = array<i64: 1, 1, 1, 1>,
        strategy = #hswish.strategy<kernel = depthwise, vector = 8, rows = 2, columns = 2,
          unroll = 1, order = rows>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// -----

// Tiles of one row are a loop over the rows of the filter that meet the image;
// the first and the last column have tiles of their own.
// CHECK-LABEL: func.func @clipped_rows(
// CHECK: scf.parallel (%[[Y:.*]]) =
// CHECK:   %[[ABOVE:.*]] = arith.subi %c0, %{{.*}}
// CHECK:   %[[FIRST:.*]] = arith.ceildivsi %[[ABOVE]]
// CHECK:   %[[LOW:.*]] = arith.maxsi %[[FIRST]], %c0
// CHECK:   %[[HIGH:.*]] = arith.minsi %{{.*}}, %c3
// CHECK:   scf.for %{{.*}} = %[[LOW]] to %[[HIGH]] step
// CHECK-COUNT-2: math.fma
// CHECK-NOT: math.fma
// CHECK:   scf.parallel
// CHECK:     scf.for
// CHECK-COUNT-3: math.fma
// CHECK-NOT: math.fma
// CHECK:   scf.for
// CHECK-COUNT-2: math.fma
// CHECK-NOT: math.fma
func.func @clipped_rows(%x: memref<1x4x4x8xf32>, %w: memref<72xf32>, %y: memref<1x4x4x8xf32>) {
  hswish.conv_2d ins(%x, %w : memref<1x4x4x8xf32>, memref<72xf32>)
      outs(%y : memref<1x4x4x8xf32>) attributes {filter_shape = array<i64: 3, 3, 1, 8>,
        groups = 8 : i64, pads = array<i64: 1, 1, 1, 1>,
        strategy = #hswish.strategy<kernel = depthwise, vector = 8, rows = 1, columns = 1,
          unroll = 1, order = rows>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// -----

// Two output channels of each input channel.
// CHECK-LABEL: func.func @multiplier(
// CHECK: scf.parallel (%[[C:.*]]) = (%c0{{.*}}) to (%c16{{.*}}) step (%c8{{.*}})
// CHECK:   arith.divui %[[C]], %c2
// CHECK:   %[[PIXEL:.*]] = vector.load %{{.*}} vector<4xf32>
// CHECK:   vector.shuffle %[[PIXEL]], %[[PIXEL]] [0, 0, 1, 1, 2, 2, 3, 3] : vector<4xf32>, vector<4xf32>
func.func @multiplier(%x: memref<1x1x1x8xf32>, %w: memref<16xf32>, %y: memref<1x1x1x16xf32>) {
  hswish.conv_2d ins(%x, %w : memref<1x1x1x8xf32>, memref<16xf32>) outs(%y : memref<1x1x1x16xf32>)
      attributes {filter_shape = array<i64: 1, 1, 1, 16>, groups = 8 : i64,
        strategy = #hswish.strategy<kernel = depthwise, vector = 8, rows = 1, columns = 1,
          unroll = 1, order = rows>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// -----

// A dot product: partial sums of four channels, whose halves are added; the bias
// comes last.
// CHECK-LABEL: func.func @dot(
// CHECK:     %[[SUMS:.*]] = scf.for %{{.*}} = %c0 to %c8 step %c4 {{.*}} -> (vector<4xf32>)
// CHECK:       math.fma %{{.*}} : vector<4xf32>
// CHECK:     %[[LOW:.*]] = vector.shuffle %[[SUMS]], %[[SUMS]] [0, 1]
// CHECK:     %[[HIGH:.*]] = vector.shuffle %[[SUMS]], %[[SUMS]] [2, 3]
// CHECK:     arith.addf %[[LOW]], %[[HIGH]] : vector<2xf32>
// CHECK:     %[[SUM:.*]] = vector.from_elements
// CHECK:     %[[BIAS:.*]] = vector.load
// CHECK:     arith.addf %[[SUM]], %[[BIAS]] : vector<1xf32>
func.func @dot(%x: memref<1x1x1x8xf32>, %w: memref<8xf32>, %bias: memref<1xf32>, %y: memref<1x1x1x1xf32>) {
  hswish.conv_2d ins(%x, %w : memref<1x1x1x8xf32>, memref<8xf32>)
      epilogue(%bias : memref<1xf32>) outs(%y : memref<1x1x1x1xf32>)
      attributes {filter_shape = array<i64: 1, 1, 8, 1>, epilogue_maps = [affine_map<(n, h, w, c) -> (c)>],
        strategy = #hswish.strategy<kernel = dot, vector = 4, rows = 1, columns = 1,
          unroll = 1, order = rows, blocks = [1]>} {
  ^bb0(%acc: f32, %b: f32):
    %0 = arith.addf %acc, %b : f32
    hswish.yield %0 : f32
  }
  return
}

// -----

// Averages of rows: the first tile of a row starts with zero and leaves its sum,
// the last one, which computes nothing twice, goes on with it and divides.
// CHECK-LABEL: func.func @averages(
// CHECK-SAME:    %[[ROWS:[a-z0-9]*]]: memref<1x2x1x8xf32>)
// CHECK: %[[SUMS:.*]] = memref.reinterpret_cast %[[ROWS]]
// CHECK: scf.parallel
// CHECK:   %[[A:.*]] = arith.addf %{{.*}}, %{{.*}}
// CHECK:   %[[AB:.*]] = arith.addf %[[A]], %{{.*}}
// CHECK:   vector.store %[[AB]], %[[SUMS]]
// CHECK:   %[[SUM:.*]] = vector.load %[[SUMS]]
// CHECK:   %[[ABC:.*]] = arith.addf %[[SUM]], %{{.*}}
// CHECK:   %[[THIRD:.*]] = arith.constant dense<0.333333343> : vector<8xf32>
// CHECK:   %[[AVERAGE:.*]] = arith.mulf %[[ABC]], %[[THIRD]]
// CHECK:   vector.store %[[AVERAGE]], %[[SUMS]]
// CHECK-NOT: arith.addf
func.func @averages(%x: memref<1x2x5x8xf32>, %w: memref<24xf32>, %y: memref<1x2x3x8xf32>, %rows: memref<1x2x1x8xf32>) {
  hswish.conv_2d ins(%x, %w : memref<1x2x5x8xf32>, memref<24xf32>)
      outs(%y : memref<1x2x3x8xf32>) averages(%rows : memref<1x2x1x8xf32>)
      attributes {filter_shape = array<i64: 1, 3, 1, 8>, groups = 8 : i64,
        strategy = #hswish.strategy<kernel = depthwise, vector = 8, rows = 1, columns = 2,
          unroll = 1, order = rows>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// -----

// Planes with padding that is not in memory: of the first pixel, what is beyond
// the border is zero; the first row of pixels lacks the first row of the window.
// What the next row of pixels reads is fetched.
// CHECK-LABEL: func.func @direct_planes(
// CHECK:     scf.parallel (%[[Y:.*]]) =
// CHECK-COUNT-3: memref.prefetch
// CHECK-NOT: memref.prefetch
// CHECK:     %[[LOW:.*]] = arith.maxsi %{{.*}}, %c0
// CHECK:     %[[HIGH:.*]] = arith.minsi %{{.*}}, %c3
// CHECK:     scf.for %{{.*}} = %[[LOW]] to %[[HIGH]] step
// CHECK:       scf.for %{{.*}} = %c0 to %c3 step
// CHECK:         %[[INSIDE:.*]] = arith.cmpi ult
// CHECK:         %[[AT:.*]] = arith.select %[[INSIDE]], %{{.*}}, %c0
// CHECK:         %[[IN:.*]] = memref.load %{{.*}}[%[[AT]]]
// CHECK:         %[[PIXEL:.*]] = arith.select %[[INSIDE]], %[[IN]],
// CHECK:         vector.broadcast %[[PIXEL]]
// CHECK-COUNT-3: math.fma
// CHECK:         arith.select %[[INSIDE]]
// CHECK-COUNT-3: math.fma
// CHECK:         arith.select %[[INSIDE]]
// CHECK-COUNT-3: math.fma
// CHECK-NOT: math.fma
// CHECK:     vector.store
func.func @direct_planes(%x: memref<1x3x4x4xf32>, %w: memref<108xf32>, %y: memref<1x4x3x4xf32>) {
  %v = memref.reinterpret_cast %x to offset: [0], sizes: [1, 4, 4, 3], strides: [48, 4, 1, 16]
      : memref<1x3x4x4xf32> to memref<1x4x4x3xf32, strided<[48, 4, 1, 16]>>
  hswish.conv_2d ins(%v, %w : memref<1x4x4x3xf32, strided<[48, 4, 1, 16]>>, memref<108xf32>)
      outs(%y : memref<1x4x3x4xf32>) attributes {filter_shape = array<i64: 3, 3, 3, 4>,
        pads = array<i64: 1, 1, 1, 0>, strategy = #hswish.strategy<kernel = direct, vector = 4, rows = 3,
          columns = 1, unroll = 3, order = rows, blocks = [4]>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// -----

// The taps of a window's row continue its channels: one loop of 3 x 16 steps in
// one over the rows. By lanes: four inputs are one vector.
module attributes {hswish.target = #hswish.target<triple = "aarch64-unknown-linux-gnu", cpu = "generic",
    features = "", vector_bits = 128, registers = 32, l1 = 65536, l2 = 524288>} {
// CHECK-LABEL: func.func @direct_by_lanes
// CHECK-DAG: %[[C3:.*]] = arith.constant 3 : index
// CHECK-DAG: %[[C4:.*]] = arith.constant 4 : index
// CHECK-DAG: %[[C48:.*]] = arith.constant 48 : index
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[C3]] step
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[C48]] step %[[C4]]
// CHECK: %[[V:.*]] = vector.load %{{.*}} vector<4xf32>
// CHECK: vector.extract %[[V]][0] : f32 from vector<4xf32>
func.func @direct_by_lanes(%x: memref<1x4x4x16xf32>, %w: memref<576xf32>, %y: memref<1x2x2x4xf32>) {
  hswish.conv_2d ins(%x, %w : memref<1x4x4x16xf32>, memref<576xf32>)
      outs(%y : memref<1x2x2x4xf32>) attributes {filter_shape = array<i64: 3, 3, 16, 4>,
        strategy = #hswish.strategy<kernel = direct, vector = 4, rows = 2, columns = 1,
          unroll = 4, order = rows, blocks = [4]>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}
}

// -----

// By lanes, eight steps a turn where pixels are 1 KB apart, else four.
module attributes {hswish.target = #hswish.target<triple = "aarch64-unknown-linux-gnu", cpu = "generic",
    features = "", vector_bits = 128, registers = 32, l1 = 65536, l2 = 524288>} {
// CHECK-LABEL: func.func @far_by_lanes
// CHECK-DAG: %[[C8:.*]] = arith.constant 8 : index
// CHECK-DAG: %[[C256:.*]] = arith.constant 256 : index
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[C256]] step %[[C8]]
// CHECK-COUNT-4: vector.load %{{.*}} vector<4xf32>
// CHECK-LABEL: func.func @near_by_lanes
// CHECK-DAG: %[[C4:.*]] = arith.constant 4 : index
// CHECK-DAG: %[[C248:.*]] = arith.constant 248 : index
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[C248]] step %[[C4]]
func.func @far_by_lanes(%x: memref<1x2x2x256xf32>, %w: memref<1024xf32>, %y: memref<1x2x2x4xf32>) {
  hswish.conv_2d ins(%x, %w : memref<1x2x2x256xf32>, memref<1024xf32>)
      outs(%y : memref<1x2x2x4xf32>) attributes {filter_shape = array<i64: 1, 1, 256, 4>,
        strategy = #hswish.strategy<kernel = pointwise, vector = 4, rows = 2, columns = 1,
          unroll = 4, order = rows, blocks = [4]>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}
func.func @near_by_lanes(%x: memref<1x2x2x248xf32>, %w: memref<992xf32>, %y: memref<1x2x2x4xf32>) {
  hswish.conv_2d ins(%x, %w : memref<1x2x2x248xf32>, memref<992xf32>)
      outs(%y : memref<1x2x2x4xf32>) attributes {filter_shape = array<i64: 1, 1, 248, 4>,
        strategy = #hswish.strategy<kernel = pointwise, vector = 4, rows = 2, columns = 1,
          unroll = 4, order = rows, blocks = [4]>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}
}

// -----

// No FMA on the machine: none in the code.
// CHECK-LABEL: func.func @without_fma
// CHECK-NOT: math.fma
// CHECK: %[[P:.*]] = arith.mulf %{{.*}} : vector<4xf32>
// CHECK: arith.addf %{{.*}}, %[[P]] : vector<4xf32>
module attributes {hswish.target = #hswish.target<triple = "x86_64-unknown-linux-gnu",
    cpu = "x86-64-v2", features = "", vector_bits = 128, registers = 16, l1 = 32768, l2 = 524288>} {
  func.func @without_fma(%x: memref<1x64xf32>, %w: memref<64x4xf32>, %y: memref<1x4xf32>) {
    hswish.matmul ins(%x, %w : memref<1x64xf32>, memref<64x4xf32>)
        outs(%y : memref<1x4xf32>) attributes {
          strategy = #hswish.strategy<kernel = gemv, vector = 4, rows = 1, columns = 1,
            unroll = 1, order = rows, blocks = [4]>} {
    ^bb0(%acc: f32):
      hswish.yield %acc : f32
    }
    return
  }
}

// -----

// Windows in the middle are whole, those at the edges are clamped.
// CHECK-LABEL: func.func @pool
// CHECK: arith.maxsi
// CHECK: arith.minsi
// CHECK: arith.maximumf %{{.*}} fastmath<nsz> : vector<4xf32>
// CHECK-NOT: hswish.pool_2d
func.func @pool(%x: memref<1x8x8x4xf32>, %y: memref<1x8x8x4xf32>) {
  hswish.pool_2d max ins(%x : memref<1x8x8x4xf32>) outs(%y : memref<1x8x8x4xf32>)
      {kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>,
       strategy = #hswish.strategy<kernel = pool, vector = 4, rows = 1, columns = 1,
         unroll = 1, order = rows>}
  return
}

// -----

// The rows above and below are one run of 5 x 4 elements each. From top to
// bottom, as the image's rows are made.
// CHECK-LABEL: func.func @border
// CHECK-COUNT-5: vector.store %{{.*}} vector<4xf32>
// CHECK: scf.parallel
// CHECK-COUNT-2: vector.store %{{.*}} vector<4xf32>
// CHECK: scf.reduce
// CHECK-COUNT-5: vector.store %{{.*}} vector<4xf32>
// CHECK-NOT: vector.store
func.func @border(%y: memref<1x4x5x4xf32>) {
  hswish.fill_border outs(%y : memref<1x4x5x4xf32>) {value = 0.0 : f32, pads = array<i64: 1, 1, 1, 1>}
  return
}

// -----

// Without a strategy an op stays.
// CHECK-LABEL: func.func @no_strategy
// CHECK: hswish.pool_2d
func.func @no_strategy(%x: memref<1x7x7x4xf32>, %y: memref<1x1x1x4xf32>) {
  hswish.pool_2d average ins(%x : memref<1x7x7x4xf32>) outs(%y : memref<1x1x1x4xf32>)
      {kernel = array<i64: 7, 7>}
  return
}
