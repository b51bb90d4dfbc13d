// RUN: hswish-opt %s --hswish-place-results | FileCheck %s

// What is computed for a join is computed in it, what is not is copied.
// CHECK-LABEL: func.func @join(
// CHECK-SAME: %[[X:.*]]: tensor<4xf32>
// CHECK: %[[M:.*]] = memref.alloc() {alignment = 64 : i64} : memref<8xf32>
// CHECK: %[[A:.*]] = memref.subview %[[M]][0] [4] [1]
// CHECK: %[[D:.*]] = bufferization.to_tensor %[[A]] restrict writable
// CHECK: %[[E:.*]] = linalg.exp ins(%[[X]] {{.*}} outs(%[[D]]
// CHECK: bufferization.materialize_in_destination %[[E]] in writable %[[A]]
// CHECK: %[[B:.*]] = memref.subview %[[M]][4] [4] [1]
// CHECK: bufferization.materialize_in_destination %[[X]] in writable %[[B]]
// CHECK: %[[Y:.*]] = bufferization.to_tensor %[[M]] restrict :
// CHECK: return %[[Y]]
func.func @join(%x: tensor<4xf32>) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<4xf32>
  %0 = linalg.exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %1 = tensor.concat dim(0) %0, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}

// A join of joins has one memory; so has a join that is an output.
// CHECK-LABEL: func.func @nested(
// CHECK-SAME: %[[X:.*]]: tensor<4xf32>, %[[OUT:.*]]: memref<12xf32>)
// CHECK-NOT: memref.alloc
// CHECK: %[[A:.*]] = memref.subview %[[OUT]][4] [4] [1]
// CHECK: linalg.exp
// CHECK-DAG: materialize_in_destination %{{.*}} in writable %[[A]]
// CHECK: %[[B:.*]] = memref.subview %[[OUT]][8] [4] [1]
// CHECK: materialize_in_destination %[[X]] in writable %[[B]]
// CHECK: %[[C:.*]] = memref.subview %[[OUT]][0] [4] [1]
// CHECK: materialize_in_destination %[[X]] in writable %[[C]]
// CHECK-NOT: materialize_in_destination
func.func @nested(%x: tensor<4xf32>, %out: memref<12xf32>) {
  %e = tensor.empty() : tensor<4xf32>
  %0 = linalg.exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %1 = tensor.concat dim(0) %0, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<8xf32>
  %2 = tensor.concat dim(0) %x, %1 : (tensor<4xf32>, tensor<8xf32>) -> tensor<12xf32>
  bufferization.materialize_in_destination %2 in restrict writable %out : (tensor<12xf32>, memref<12xf32>) -> ()
  return
}

// The first that wants a value gets it.
// CHECK-LABEL: func.func @twice(
// CHECK: %[[M:.*]] = memref.alloc() {{.*}} : memref<8xf32>
// CHECK: %[[A:.*]] = memref.subview %[[M]][0] [4] [1]
// CHECK: %[[D:.*]] = bufferization.to_tensor %[[A]]
// CHECK: %[[E:.*]] = linalg.exp {{.*}} outs(%[[D]]
// CHECK: materialize_in_destination %[[E]] in writable %[[A]]
// CHECK: %[[B:.*]] = memref.subview %[[M]][4] [4] [1]
// CHECK: materialize_in_destination %[[E]] in writable %[[B]]
func.func @twice(%x: tensor<4xf32>) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<4xf32>
  %0 = linalg.exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %1 = tensor.concat dim(0) %0, %0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}

// A join inside a border.
// CHECK-LABEL: func.func @border(
// CHECK: %[[M:.*]] = memref.alloc() {{.*}} : memref<1x4x4x2xf32>
// CHECK: memref.subview %[[M]][0, 1, 1, 0] [1, 2, 2, 1]
// CHECK: memref.subview %[[M]][0, 1, 1, 1] [1, 2, 2, 1]
// CHECK: hswish.fill_border outs(%[[M]] : memref<1x4x4x2xf32>)
// CHECK: bufferization.to_tensor %[[M]] restrict :
func.func @border(%x: tensor<1x2x2x1xf32>) -> tensor<1x4x4x2xf32> {
  %0 = tensor.concat dim(3) %x, %x : (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) -> tensor<1x2x2x2xf32>
  %e = tensor.empty() : tensor<1x4x4x2xf32>
  %b = hswish.fill_border outs(%e : tensor<1x4x4x2xf32>) {value = 0.0 : f32, pads = array<i64: 1, 1, 1, 1>} -> tensor<1x4x4x2xf32>
  %1 = tensor.insert_slice %0 into %b[0, 1, 1, 0] [1, 2, 2, 2] [1, 1, 1, 1] : tensor<1x2x2x2xf32> into tensor<1x4x4x2xf32>
  return %1 : tensor<1x4x4x2xf32>
}

// Sizes that are not known are left to bufferization.
// CHECK-LABEL: func.func @dynamic(
// CHECK: tensor.concat
func.func @dynamic(%x: tensor<?xf32>, %y: tensor<4xf32>) -> tensor<?xf32> {
  %0 = tensor.concat dim(0) %x, %y : (tensor<?xf32>, tensor<4xf32>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// Insertions that fill an empty tensor are a join.
// CHECK-LABEL: func.func @insertions(
// CHECK: %[[M:.*]] = memref.alloc() {{.*}} : memref<6xf32>
// CHECK: memref.subview %[[M]][0] [4] [1]
// CHECK: memref.subview %[[M]][4] [2] [1]
// CHECK-NOT: tensor.insert_slice
func.func @insertions(%x: tensor<4xf32>, %y: tensor<2xf32>) -> tensor<6xf32> {
  %e = tensor.empty() : tensor<6xf32>
  %0 = tensor.insert_slice %x into %e[0] [4] [1] : tensor<4xf32> into tensor<6xf32>
  %1 = tensor.insert_slice %y into %0[4] [2] [1] : tensor<2xf32> into tensor<6xf32>
  return %1 : tensor<6xf32>
}

// These do not.
// CHECK-LABEL: func.func @apart(
// CHECK-COUNT-2: tensor.insert_slice
func.func @apart(%x: tensor<2xf32>) -> tensor<6xf32> {
  %e = tensor.empty() : tensor<6xf32>
  %0 = tensor.insert_slice %x into %e[0] [2] [1] : tensor<2xf32> into tensor<6xf32>
  %1 = tensor.insert_slice %x into %0[4] [2] [1] : tensor<2xf32> into tensor<6xf32>
  return %1 : tensor<6xf32>
}
