// RUN: hswish-opt %s --hswish-bufferize | FileCheck %s

#id = affine_map<(m, n) -> (m, n)>

// The destination is only written: no copy of what was in it.
// CHECK-LABEL: func.func @conv(
// CHECK-SAME: %[[X:.*]]: memref<1x4x4x2xf32>, %[[W:.*]]: memref<3x3x2x8xf32>)
// CHECK: %[[Y:.*]] = memref.alloc() {alignment = 64 : i64} : memref<1x2x2x8xf32>
// CHECK-NOT: memref.copy
// CHECK: hswish.conv_2d ins(%[[X]], %[[W]] : {{.*}}) outs(%[[Y]] : memref<1x2x2x8xf32>)
// CHECK: return %[[Y]]
func.func @conv(%x: tensor<1x4x4x2xf32>, %w: tensor<3x3x2x8xf32>) -> tensor<1x2x2x8xf32> {
  %e = tensor.empty() : tensor<1x2x2x8xf32>
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x4x4x2xf32>, tensor<3x3x2x8xf32>)
      outs(%e : tensor<1x2x2x8xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x2x2x8xf32>
  return %0 : tensor<1x2x2x8xf32>
}

// The last reader of a layer's result works in place, if it is elementwise.
// CHECK-LABEL: func.func @gate(
// CHECK: %[[C:.*]] = memref.alloc()
// CHECK: %[[A:.*]] = memref.alloc()
// CHECK: hswish.matmul {{.*}} outs(%[[A]]
// CHECK: %[[B:.*]] = memref.alloc()
// CHECK: hswish.matmul ins(%[[A]], {{.*}} outs(%[[B]]
// CHECK: linalg.generic {{.*}} ins(%[[A]], %[[B]] : {{.*}}) outs(%[[A]] :
// CHECK: linalg.generic {{.*}} ins(%[[B]], %[[A]] : {{.*}}) outs(%[[C]] :
// CHECK: hswish.matmul ins(%[[C]], %[[B]] :
func.func @gate(%a: tensor<4x4xf32>, %b: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %e = tensor.empty() : tensor<4x4xf32>
  %0 = hswish.matmul ins(%a, %b : tensor<4x4xf32>, tensor<4x4xf32>) outs(%e : tensor<4x4xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<4x4xf32>
  %1 = hswish.matmul ins(%0, %b : tensor<4x4xf32>, tensor<4x4xf32>) outs(%e : tensor<4x4xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<4x4xf32>
  %2 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0, %1 : tensor<4x4xf32>, tensor<4x4xf32>) outs(%e : tensor<4x4xf32>) {
  ^bb0(%x: f32, %g: f32, %out: f32):
    %p = arith.mulf %x, %g : f32
    linalg.yield %p : f32
  } -> tensor<4x4xf32>
  %3 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%1, %2 : tensor<4x4xf32>, tensor<4x4xf32>) outs(%e : tensor<4x4xf32>) {
  ^bb0(%x: f32, %g: f32, %out: f32):
    %p = arith.mulf %x, %g : f32
    linalg.yield %p : f32
  } -> tensor<4x4xf32>
  %4 = hswish.matmul ins(%3, %1 : tensor<4x4xf32>, tensor<4x4xf32>) outs(%e : tensor<4x4xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<4x4xf32>
  return %4 : tensor<4x4xf32>
}

// Each layer has memory of its own.
// CHECK-LABEL: func.func @shared_destination(
// CHECK: %[[C:.*]] = memref.alloc()
// CHECK: %[[A:.*]] = memref.alloc()
// CHECK: hswish.matmul {{.*}} outs(%[[A]]
// CHECK: %[[B:.*]] = memref.alloc()
// CHECK: hswish.matmul {{.*}} outs(%[[B]]
// CHECK: hswish.matmul {{.*}} outs(%[[C]]
func.func @shared_destination(%a: tensor<4x4xf32>, %b: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %e = tensor.empty() : tensor<4x4xf32>
  %0 = hswish.matmul ins(%a, %b : tensor<4x4xf32>, tensor<4x4xf32>) outs(%e : tensor<4x4xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<4x4xf32>
  %1 = hswish.matmul ins(%0, %b : tensor<4x4xf32>, tensor<4x4xf32>) outs(%e : tensor<4x4xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<4x4xf32>
  %2 = hswish.matmul ins(%1, %b : tensor<4x4xf32>, tensor<4x4xf32>) outs(%e : tensor<4x4xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<4x4xf32>
  return %2 : tensor<4x4xf32>
}

// An input that is read again is not overwritten, though it is a destination.
// CHECK-LABEL: func.func @matmul(
// CHECK-SAME: %[[A:.*]]: memref<4x4xf32>, %[[B:.*]]: memref<4x4xf32>)
// CHECK: %[[C:.*]] = memref.alloc()
// CHECK: hswish.matmul ins(%[[A]], %[[B]] : {{.*}}) epilogue(%[[A]] : {{.*}}) outs(%[[C]] : memref<4x4xf32>)
func.func @matmul(%a: tensor<4x4xf32> {bufferization.writable = false}, %b: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = hswish.matmul ins(%a, %b : tensor<4x4xf32>, tensor<4x4xf32>) epilogue(%a : tensor<4x4xf32>)
      outs(%a : tensor<4x4xf32>) attributes {epilogue_maps = [#id]} {
  ^bb0(%acc: f32, %r: f32):
    %1 = arith.addf %acc, %r : f32
    hswish.yield %1 : f32
  } -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// A border keeps what is inside of it.
// CHECK-LABEL: func.func @border(
// CHECK-SAME: %[[X:.*]]: memref<1x4x4x2xf32>)
// CHECK: %[[Y:.*]] = memref.alloc()
// CHECK: memref.copy %[[X]], %[[Y]]
// CHECK: hswish.fill_border outs(%[[Y]] : memref<1x4x4x2xf32>)
func.func @border(%x: tensor<1x4x4x2xf32> {bufferization.writable = false}) -> tensor<1x4x4x2xf32> {
  %0 = hswish.fill_border outs(%x : tensor<1x4x4x2xf32>)
      {value = 0.0 : f32, pads = array<i64: 1, 1, 1, 1>} -> tensor<1x4x4x2xf32>
  return %0 : tensor<1x4x4x2xf32>
}

// CHECK-LABEL: func.func @dynamic(
// CHECK: hswish.pool_2d max ins(%{{.*}} : memref<?x?x?x?xf32>) outs(%{{.*}} : memref<?x?x?x?xf32>)
func.func @dynamic(%x: tensor<?x?x?x?xf32>, %e: tensor<?x?x?x?xf32>) -> tensor<?x?x?x?xf32> {
  %0 = hswish.pool_2d max ins(%x : tensor<?x?x?x?xf32>) outs(%e : tensor<?x?x?x?xf32>)
      {kernel = array<i64: 2, 2>} -> tensor<?x?x?x?xf32>
  return %0 : tensor<?x?x?x?xf32>
}

// A body that reads elements of a tensor wherever they are reads its memory: no
// copy, least of all one for each element.
// CHECK-LABEL: func.func @extract(
// CHECK-SAME:    %[[X:[^:]*]]: memref<8xf32>
// CHECK:       linalg.generic
// CHECK-NOT:   memref.alloc
// CHECK:         memref.load %[[X]]
func.func @extract(%x: tensor<8xf32>, %at: tensor<4xindex>, %out: memref<4xf32>) {
  %empty = tensor.empty() : tensor<4xf32>
  %0 = linalg.generic {
      indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}
      ins(%at : tensor<4xindex>) outs(%empty : tensor<4xf32>) {
  ^bb0(%i: index, %old: f32):
    %1 = tensor.extract %x[%i] : tensor<8xf32>
    linalg.yield %1 : f32
  } -> tensor<4xf32>
  bufferization.materialize_in_destination %0 in restrict writable %out
      : (tensor<4xf32>, memref<4xf32>) -> ()
  return
}
