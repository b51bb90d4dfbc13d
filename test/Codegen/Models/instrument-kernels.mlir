// RUN: hswish-opt %s -hswish-instrument-kernels -mlir-print-local-scope | FileCheck %s

// A stamp before the first layer and after each. A layer has its node's name;
// views are none.
// CHECK-LABEL: func.func @net(
// CHECK: %[[FIRST:.*]] = llvm.mlir.constant(0 : i64)
// CHECK-NEXT: llvm.call @hswish_profile_stamp(%[[FIRST]])
// CHECK-NEXT: call @net_matmul_0(
// CHECK-NEXT: %[[SECOND:.*]] = llvm.mlir.constant(1 : i64)
// CHECK-NEXT: llvm.call @hswish_profile_stamp(%[[SECOND]])
// CHECK-NEXT: memref.cast
// CHECK-NEXT: memref.copy
// CHECK-NEXT: %[[THIRD:.*]] = llvm.mlir.constant(2 : i64)
// CHECK-NEXT: llvm.call @hswish_profile_stamp(%[[THIRD]])
// CHECK-NEXT: hswish.fill_border
// CHECK-NEXT: llvm.mlir.constant(3 : i64)
// CHECK-NEXT: llvm.call @hswish_profile_stamp(
// CHECK-NEXT: return
func.func @net(%a: memref<1x64xf32>, %b: memref<64x10xf32>, %c: memref<1x10xf32>, %d: memref<1x10xf32>,
    %e: memref<1x6x5x2xf32>) {
  call @net_matmul_0(%a, %b, %c) : (memref<1x64xf32>, memref<64x10xf32>, memref<1x10xf32>) -> () loc("classifier \"1\"")
  %v = memref.cast %c : memref<1x10xf32> to memref<?x10xf32>
  memref.copy %v, %d : memref<?x10xf32> to memref<1x10xf32>
  hswish.fill_border outs(%e : memref<1x6x5x2xf32>) {value = 0.0 : f32, pads = array<i64: 1, 1, 1, 1>}
  return
}

func.func private @net_matmul_0(%a: memref<1x64xf32>, %b: memref<64x10xf32>, %c: memref<1x10xf32>) {
  hswish.matmul ins(%a, %b : memref<1x64xf32>, memref<64x10xf32>) outs(%c : memref<1x10xf32>)
      attributes {strategy = #hswish.strategy<kernel = gemv, vector = 4, rows = 1, columns = 1, unroll = 1, order = rows, blocks = [10]>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// CHECK: llvm.mlir.global internal @hswish_profile_stamps() {{.*}}: !llvm.array<4 x i64>
// CHECK: llvm.func @clock_gettime(i32, !llvm.ptr) -> i32
// CHECK: llvm.func internal @hswish_profile_stamp(
// CHECK: llvm.mlir.global internal constant @hswish_profile_text_0_0("classifier \221\22\00")
// CHECK: llvm.mlir.global internal constant @hswish_profile_text_0_1("gemv\00")
// CHECK: llvm.mlir.global internal constant @hswish_profile_text_0_2("matmul 1x64xf32 by 64x10xf32 to 1x10xf32\00")
// CHECK: llvm.mlir.global internal constant @hswish_profile_text_1_0("copy\00")
// CHECK: llvm.mlir.global internal constant @hswish_profile_text_2_1("fill_border\00")
// CHECK: llvm.mlir.global internal constant @hswish_profile_layers()
// Multiply-adds and bytes:
// CHECK: llvm.mlir.constant(640 : i64)
// CHECK: llvm.mlir.constant(2856 : i64)
// CHECK: llvm.mlir.constant(0 : i64)
// CHECK: llvm.mlir.constant(40 : i64)
// CHECK: llvm.mlir.constant(0 : i64)
// CHECK: llvm.mlir.constant(144 : i64)
// CHECK: llvm.mlir.constant(3 : i64)
// CHECK: llvm.func weak @hswish_get_profile() -> !llvm.ptr
