// RUN: hswish-opt %s -hswish-annotate-layers | FileCheck %s
// RUN: hswish-opt %s -hswish-annotate-layers -hswish-instrument-kernels | FileCheck %s --check-prefix=TABLE

// The counts are those of the whole ops, whatever becomes of them.
// CHECK-LABEL: func.func private @kernel(
// CHECK: hswish.conv_2d
// CHECK-SAME: hswish.layer = {bytes = 5120 : i64, multiply_adds = 8192 : i64, signature = "conv_2d 1x4x4x16xf32 by 1x1x16x32xf32 strides 1x1 dilations 1x1 groups 1 to 1x4x4x32xf32"}

// Several ops in a kernel are one layer with all their names; what was cut into
// pieces counts once.
// TABLE: @hswish_profile_text_0_0("expand+project\00")
// TABLE: @hswish_profile_text_0_1("pointwise+conv_2d\00")
// TABLE: @hswish_profile_text_0_2("conv_2d 1x4x4x16xf32 by 1x1x16x32xf32 {{.*}} to 1x4x4x32xf32\00")
// TABLE: llvm.mlir.constant(16384 : i64)
// TABLE: llvm.mlir.constant(10240 : i64)
// TABLE: llvm.mlir.constant(1 : i64)
func.func @net(%x: memref<1x4x4x16xf32>, %f: memref<1x1x16x32xf32>, %y: memref<1x4x4x32xf32>,
    %g: memref<1x1x32x16xf32>, %z: memref<1x4x4x16xf32>, %s: memref<64xf32>) {
  call @kernel(%x, %f, %y, %g, %z, %s) : (memref<1x4x4x16xf32>, memref<1x1x16x32xf32>, memref<1x4x4x32xf32>,
    memref<1x1x32x16xf32>, memref<1x4x4x16xf32>, memref<64xf32>) -> () loc("project")
  return
}

func.func private @kernel(%x: memref<1x4x4x16xf32>, %f: memref<1x1x16x32xf32>, %y: memref<1x4x4x32xf32>,
    %g: memref<1x1x32x16xf32>, %z: memref<1x4x4x16xf32>, %s: memref<64xf32>) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  linalg.fill ins(%zero : f32) outs(%s : memref<64xf32>)
  scf.for %i = %c0 to %c2 step %c1 {
    hswish.conv_2d ins(%x, %f : memref<1x4x4x16xf32>, memref<1x1x16x32xf32>) outs(%y : memref<1x4x4x32xf32>)
        attributes {strategy = #hswish.strategy<kernel = pointwise, vector = 4, rows = 1, columns = 1, unroll = 1, order = rows, blocks = [32]>} {
    ^bb0(%acc: f32):
      hswish.yield %acc : f32
    } loc("expand")
    hswish.conv_2d ins(%y, %g : memref<1x4x4x32xf32>, memref<1x1x32x16xf32>) outs(%z : memref<1x4x4x16xf32>) {
    ^bb0(%acc: f32):
      hswish.yield %acc : f32
    } loc("project")
  }
  hswish.conv_2d ins(%y, %g : memref<1x4x4x32xf32>, memref<1x1x32x16xf32>) outs(%z : memref<1x4x4x16xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } loc("project")
  return
}
