// RUN: hswish-opt %s --hswish-convert-to-llvm | FileCheck %s

// CHECK: #[[$ROLLED:.*]] = #llvm.loop_annotation<unroll =

// A memref is one pointer; its static offset is added inside.
// CHECK-LABEL: llvm.func @load(
// CHECK-SAME: %{{.*}}: !llvm.ptr {llvm.noalias}, %{{.*}}: i64) -> f32
// CHECK: llvm.mlir.constant(2 : index)
// CHECK: llvm.load
func.func @load(%m: memref<4xf32, strided<[1], offset: 2>> {llvm.noalias}, %i: index) -> f32 {
  %0 = memref.load %m[%i] : memref<4xf32, strided<[1], offset: 2>>
  return %0 : f32
}

// LLVM's intrinsics come before libm.
// CHECK-LABEL: llvm.func @math(
// CHECK: llvm.intr.floor
// CHECK: llvm.intr.fma
// CHECK: llvm.call @erff
func.func @math(%x: f32) -> f32 {
  %0 = math.floor %x : f32
  %1 = math.fma %0, %x, %x : f32
  %2 = math.erf %1 : f32
  return %2 : f32
}

// The size of the workspace outlives its type.
// CHECK-LABEL: llvm.func @workspace(
// CHECK-SAME: !llvm.ptr {hswish.workspace = 128 : i64}
func.func @workspace(%w: memref<128xi8> {hswish.workspace}) {
  return
}

// Not by an instruction that flushes denormals.
// CHECK-LABEL: llvm.func @bf16(
// CHECK-NOT: llvm.fptrunc
// CHECK: llvm.return
func.func @bf16(%x: f32) -> bf16 {
  %0 = arith.truncf %x : f32 to bf16
  return %0 : bf16
}

// What a loop says to LLVM's passes reaches the branch that they read it from.
// CHECK-LABEL: llvm.func @rolled(
// CHECK: llvm.br ^{{.*}} {loop_annotation = #[[$ROLLED]]}
func.func @rolled(%n: index) {
  %zero = arith.constant 0 : index
  cf.br ^loop(%zero : index)
^loop(%i: index):
  %more = arith.cmpi slt, %i, %n : index
  cf.cond_br %more, ^body, ^done
^body:
  %next = arith.addi %i, %n : index
  cf.br ^loop(%next : index) {llvm.loop_annotation = #llvm.loop_annotation<unroll = <disable = true>>}
^done:
  return
}
