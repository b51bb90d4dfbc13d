// RUN: hswish-opt %s --hswish-fuse-averages | FileCheck %s

#depthwise = #hswish.strategy<kernel = depthwise, vector = 16, rows = 1, columns = 7, unroll = 1, order = rows>
#pool = #hswish.strategy<kernel = pool, vector = 16, rows = 1, columns = 1, unroll = 1, order = rows>

// CHECK-LABEL: func @rows
// CHECK-SAME:      memref<3x3x1x16xf32>, %[[Y:[a-z0-9]*]]: memref<1x14x14x16xf32>
// CHECK:         %[[ROWS:.*]] = memref.alloc() : memref<1x14x1x16xf32>
// CHECK:         hswish.conv_2d {{.*}} outs(%[[Y]] : memref<1x14x14x16xf32>) averages(%[[ROWS]] : memref<1x14x1x16xf32>)
// CHECK-NOT:     kernel = array<i64: 1, 14>
// CHECK:         hswish.pool_2d average ins(%[[ROWS]] :
func.func @rows(%x: memref<1x14x14x16xf32>, %w: memref<3x3x1x16xf32>, %y: memref<1x14x14x16xf32>, %r: memref<1x1x1x16xf32>) {
  hswish.conv_2d ins(%x, %w : memref<1x14x14x16xf32>, memref<3x3x1x16xf32>) outs(%y : memref<1x14x14x16xf32>)
      attributes {groups = 16 : i64, pads = array<i64: 1, 1, 1, 1>, strategy = #depthwise} {
  ^bb0(%acc: f32):
    %0 = hswish.hard_swish %acc : f32
    hswish.yield %0 : f32
  }
  %rows = memref.alloc() : memref<1x14x1x16xf32>
  hswish.pool_2d average ins(%y : memref<1x14x14x16xf32>) outs(%rows : memref<1x14x1x16xf32>)
      {kernel = array<i64: 1, 14>, strategy = #pool}
  hswish.pool_2d average ins(%rows : memref<1x14x1x16xf32>) outs(%r : memref<1x1x1x16xf32>)
      {kernel = array<i64: 14, 1>, strategy = #pool}
  return
}

// The largest element of each row; the average of each column.

// CHECK-LABEL: func @others
// CHECK-NOT:     averages
// CHECK:         return
func.func @others(%x: memref<1x14x14x16xf32>, %w: memref<3x3x1x16xf32>, %y: memref<1x14x14x16xf32>,
                  %r: memref<1x14x1x16xf32>) {
  hswish.conv_2d ins(%x, %w : memref<1x14x14x16xf32>, memref<3x3x1x16xf32>) outs(%y : memref<1x14x14x16xf32>)
      attributes {groups = 16 : i64, pads = array<i64: 1, 1, 1, 1>, strategy = #depthwise} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  %rows = memref.alloc() : memref<1x14x1x16xf32>
  hswish.pool_2d max ins(%y : memref<1x14x14x16xf32>) outs(%rows : memref<1x14x1x16xf32>)
      {kernel = array<i64: 1, 14>, strategy = #pool}
  hswish.conv_2d ins(%x, %w : memref<1x14x14x16xf32>, memref<3x3x1x16xf32>) outs(%y : memref<1x14x14x16xf32>)
      attributes {groups = 16 : i64, pads = array<i64: 1, 1, 1, 1>, strategy = #depthwise} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  %columns = memref.alloc() : memref<1x1x14x16xf32>
  hswish.pool_2d average ins(%y : memref<1x14x14x16xf32>) outs(%columns : memref<1x1x14x16xf32>)
      {kernel = array<i64: 14, 1>, strategy = #pool}
  return
}

// Five tiles a row; a kernel of another kind.

// CHECK-LABEL: func @unsuitable
// CHECK-NOT:     averages
// CHECK:         return
func.func @unsuitable(%x: memref<1x35x35x16xf32>, %w: memref<3x3x1x16xf32>, %y: memref<1x35x35x16xf32>,
                      %v: memref<1x1x16x16xf32>) {
  hswish.conv_2d ins(%x, %w : memref<1x35x35x16xf32>, memref<3x3x1x16xf32>) outs(%y : memref<1x35x35x16xf32>)
      attributes {groups = 16 : i64, pads = array<i64: 1, 1, 1, 1>, strategy = #depthwise} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  %rows = memref.alloc() : memref<1x35x1x16xf32>
  hswish.pool_2d average ins(%y : memref<1x35x35x16xf32>) outs(%rows : memref<1x35x1x16xf32>)
      {kernel = array<i64: 1, 35>, strategy = #pool}
  hswish.conv_2d ins(%x, %v : memref<1x35x35x16xf32>, memref<1x1x16x16xf32>) outs(%y : memref<1x35x35x16xf32>)
      attributes {strategy = #hswish.strategy<kernel = pointwise, vector = 16, rows = 7, columns = 1, unroll = 1,
                                              order = rows, blocks = [16]>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  %others = memref.alloc() : memref<1x35x1x16xf32>
  hswish.pool_2d average ins(%y : memref<1x35x35x16xf32>) outs(%others : memref<1x35x1x16xf32>)
      {kernel = array<i64: 1, 35>, strategy = #pool}
  return
}
