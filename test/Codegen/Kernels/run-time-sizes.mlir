// RUN: hswish-opt %s -convert-hswish-to-scf -cse -split-input-file | FileCheck %s

// Tiles of four rows, the last of which overlaps its predecessor. Of fewer rows,
// tiles of two, and single ones: one of the three loops has iterations.
// CHECK-LABEL: func.func @rows
// CHECK-SAME: memref<?x4xf32>, %{{.*}}: memref<4x4xf32>, %[[Y:.*]]: memref<?x4xf32>
// CHECK: %[[SIZE:.*]] = memref.dim %[[Y]], %c0
// CHECK: %[[ENOUGH:.*]] = arith.cmpi sge, %[[SIZE]], %c4
// CHECK: %[[FOURS:.*]] = arith.select %[[ENOUGH]], %[[SIZE]], %c0
// CHECK: %[[LAST:.*]] = arith.addi %[[SIZE]], %c-4
// CHECK: %[[LEFT:.*]] = arith.subi %[[SIZE]], %[[FOURS]]
// CHECK: scf.parallel (%[[I:.*]]) = (%c0) to (%[[FOURS]]) step (%c4) {
// CHECK:   arith.minui %[[I]], %[[LAST]]
// CHECK: scf.parallel (%{{.*}}) = (%[[FOURS]]) to (%[[TWOS:.*]]) step (%c2) {
// CHECK: scf.parallel (%{{.*}}) = (%[[TWOS]]) to (%{{.*}}) step (%c1) {
// CHECK-NOT: scf.parallel
func.func @rows(%x: memref<?x4xf32>, %w: memref<4x4xf32>, %y: memref<?x4xf32>) {
  hswish.matmul ins(%x, %w : memref<?x4xf32>, memref<4x4xf32>) outs(%y : memref<?x4xf32>)
      attributes {strategy = #hswish.strategy<kernel = pointwise, vector = 4, rows = 4, columns = 1,
          unroll = 1, order = rows, blocks = [4]>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// -----

// Images, rows and columns that memory holds in one piece are one loop: strides
// are known to be products of the sizes, and the sizes to be the result's.
// CHECK-LABEL: func.func @pixels
// CHECK-SAME: memref<?x?x?x4xf32>, %{{.*}}: memref<16xf32>, %[[Y:.*]]: memref<?x?x?x4xf32>
// CHECK: %[[N:.*]] = memref.dim %[[Y]], %c0
// CHECK: %[[H:.*]] = memref.dim %[[Y]], %c1
// CHECK: %[[W:.*]] = memref.dim %[[Y]], %c2
// CHECK: %[[NH:.*]] = arith.muli %[[N]], %[[H]]
// CHECK: %[[PIXELS:.*]] = arith.muli %[[NH]], %[[W]]
// CHECK: scf.parallel (%{{.*}}) = (%c0) to (%[[PIXELS]]) step (%c1) {
// CHECK-NOT: scf.parallel
func.func @pixels(%x: memref<?x?x?x4xf32>, %w: memref<16xf32>, %y: memref<?x?x?x4xf32>) {
  hswish.conv_2d ins(%x, %w : memref<?x?x?x4xf32>, memref<16xf32>) outs(%y : memref<?x?x?x4xf32>)
      attributes {filter_shape = array<i64: 1, 1, 4, 4>,
        strategy = #hswish.strategy<kernel = pointwise, vector = 4, rows = 1, columns = 1,
          unroll = 1, order = rows, blocks = [4]>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// -----

// In place no tile overlaps another one: as many whole ones as there are.
// CHECK-LABEL: func.func @in_place
// CHECK: %[[SIZE:.*]] = memref.dim
// CHECK: %[[COUNT:.*]] = arith.divsi %[[SIZE]], %c2
// CHECK: %[[WHOLE:.*]] = arith.muli %[[COUNT]], %c2
// CHECK: scf.parallel (%{{.*}}) = (%c0) to (%[[WHOLE]]) step (%c2) {
// CHECK-NOT: arith.min
// CHECK: scf.parallel (%{{.*}}) = (%[[WHOLE]]) to (%{{.*}}) step (%c1) {
func.func @in_place(%x: memref<?x4xf32>, %w: memref<4x4xf32>, %y: memref<?x4xf32>) {
  hswish.matmul ins(%x, %w : memref<?x4xf32>, memref<4x4xf32>) epilogue(%y : memref<?x4xf32>)
      outs(%y : memref<?x4xf32>) attributes {
        epilogue_maps = [affine_map<(m, n) -> (m, n)>],
        strategy = #hswish.strategy<kernel = pointwise, vector = 4, rows = 2, columns = 1,
          unroll = 1, order = rows, blocks = [4]>} {
  ^bb0(%acc: f32, %residual: f32):
    %0 = arith.mulf %acc, %residual : f32
    hswish.yield %0 : f32
  }
  return
}

// -----

// Strides and an offset that no type tells.
// CHECK-LABEL: func.func @view
// CHECK: %{{.*}}, %[[OFFSET:.*]], %{{.*}}:2, %[[STRIDES:.*]]:2 = memref.extract_strided_metadata
// CHECK: scf.parallel (%[[I:.*]]) =
// CHECK:   %[[ROW:.*]] = arith.muli %[[I]], %[[STRIDES]]#0
// CHECK:   arith.addi %[[OFFSET]], %[[ROW]]
func.func @view(%x: memref<?x4xf32, strided<[?, 1], offset: ?>>, %w: memref<4x4xf32>, %y: memref<?x4xf32>) {
  hswish.matmul ins(%x, %w : memref<?x4xf32, strided<[?, 1], offset: ?>>, memref<4x4xf32>)
      outs(%y : memref<?x4xf32>)
      attributes {strategy = #hswish.strategy<kernel = pointwise, vector = 4, rows = 1, columns = 1,
          unroll = 1, order = rows, blocks = [4]>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// -----

// Between the borders there are tiles of two columns; outputs at a border are
// single ones, whose loops leave out rows and columns of the filter.
// CHECK-LABEL: func.func @padded
// CHECK: %[[LEFT:.*]] = arith.minsi %c1, %[[WIDTH:.*]] : index
// CHECK: %[[RIGHT:.*]] = arith.maxsi %{{.*}}, %[[LEFT]] : index
// CHECK: scf.parallel
// CHECK:   scf.parallel (%{{.*}}) = (%c0) to (%[[LEFT]]) step (%c1) {
// CHECK:     scf.for
// CHECK:       scf.for
// CHECK:   scf.parallel (%{{.*}}) = (%c0) to (%{{.*}}) step (%c2) {
// CHECK:     scf.for
// CHECK-NOT:   scf.for
// CHECK:   scf.parallel
// CHECK:   scf.parallel (%{{.*}}) = (%[[RIGHT]]) to (%[[WIDTH]]) step (%c1) {
func.func @padded(%x: memref<1x?x?x4xf32>, %w: memref<36xf32>, %y: memref<1x?x?x4xf32>) {
  hswish.conv_2d ins(%x, %w : memref<1x?x?x4xf32>, memref<36xf32>) outs(%y : memref<1x?x?x4xf32>)
      attributes {filter_shape = array<i64: 3, 3, 1, 4>, groups = 4 : i64, pads = array<i64: 1, 1, 1, 1>,
        strategy = #hswish.strategy<kernel = depthwise, vector = 4, rows = 1, columns = 2,
          unroll = 1, order = rows>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// -----

// Windows in front, whole ones, and those behind.
// CHECK-LABEL: func.func @pool
// CHECK: scf.parallel (%{{.*}}) = (%c0) to (%[[FIRST:.*]]) step (%c1) {
// CHECK: scf.parallel (%{{.*}}) = (%[[FIRST]]) to (%[[LAST:.*]]) step (%c1) {
// CHECK-NOT: scf.for
// CHECK: scf.parallel (%{{.*}}) = (%[[LAST]]) to (%{{.*}}) step (%c1) {
// CHECK: scf.for
func.func @pool(%x: memref<1x1x?x4xf32>, %y: memref<1x1x?x4xf32>) {
  hswish.pool_2d max ins(%x : memref<1x1x?x4xf32>) outs(%y : memref<1x1x?x4xf32>)
    {kernel = array<i64: 1, 3>, pads = array<i64: 0, 1, 0, 1>,
     strategy = #hswish.strategy<kernel = pool, vector = 4, rows = 1, columns = 1, unroll = 1, order = rows>}
  return
}

// -----

// The row below is one run of whole vectors: there are four channels.
// CHECK-LABEL: func.func @border
// CHECK: %[[H:.*]] = memref.dim %{{.*}}, %c1
// CHECK: %[[W:.*]] = memref.dim %{{.*}}, %c2
// CHECK-DAG: %[[ROW:.*]] = arith.muli %[[W]], %c4
// CHECK-DAG: %[[BELOW:.*]] = arith.addi %[[H]], %c-1
// CHECK: scf.parallel (%{{.*}}) = (%c0) to (%[[ROW]]) step (%c4) {
// CHECK-NOT: scf.parallel
func.func @border(%y: memref<1x?x?x4xf32>) {
  hswish.fill_border outs(%y : memref<1x?x?x4xf32>) {value = 0.0 : f32, pads = array<i64: 0, 0, 1, 0>}
  return
}
