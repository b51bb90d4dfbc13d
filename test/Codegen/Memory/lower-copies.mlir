// RUN: hswish-opt %s --hswish-lower-copies | FileCheck %s

// CHECK-LABEL: func.func @contiguous(
// CHECK: memref.copy
func.func @contiguous(%a: memref<4x4xf32>, %b: memref<4x4xf32>) {
  memref.copy %a, %b : memref<4x4xf32> to memref<4x4xf32>
  return
}

// CHECK-LABEL: func.func @strided(
// CHECK-NOT: memref.copy
// CHECK: linalg.generic
func.func @strided(%a: memref<4x4xf32>, %b: memref<4x4xf32, strided<[8, 1], offset: 2>>) {
  memref.copy %a, %b : memref<4x4xf32> to memref<4x4xf32, strided<[8, 1], offset: 2>>
  return
}

// CHECK-LABEL: func.func @dynamic(
// CHECK: linalg.generic
func.func @dynamic(%a: memref<?x?xf32>, %b: memref<?x?xf32, strided<[?, 1], offset: ?>>) {
  memref.copy %a, %b : memref<?x?xf32> to memref<?x?xf32, strided<[?, 1], offset: ?>>
  return
}

// CHECK-LABEL: func.func @itself(
// CHECK-NEXT: return
func.func @itself(%a: memref<4x4xf32>) {
  memref.copy %a, %a : memref<4x4xf32> to memref<4x4xf32>
  return
}
