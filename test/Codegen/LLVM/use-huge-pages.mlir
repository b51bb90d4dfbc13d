// RUN: hswish-opt %s --hswish-use-huge-pages=threshold=64 --split-input-file | FileCheck %s

#linux = #hswish.target<triple = "aarch64-unknown-linux-gnu", cpu = "generic", vector_bits = 128, registers = 32, l1 = 32768, l2 = 524288>
// CHECK-LABEL: module attributes
module attributes {hswish.target = #linux} {
  llvm.mlir.global private constant @small(dense<1> : tensor<63xi8>) : !llvm.array<63 x i8>
  llvm.mlir.global private constant @large(dense<1.0> : tensor<16xf32>) {alignment = 64 : i64} : !llvm.array<16 x f32>
  llvm.mlir.global internal @written(dense<1> : tensor<64xi8>) : !llvm.array<64 x i8>
  // It may hold addresses, which the linker writes when the model is loaded.
  llvm.mlir.global internal constant @computed() : !llvm.array<16 x ptr> {
    %0 = llvm.mlir.zero : !llvm.array<16 x ptr>
    llvm.return %0 : !llvm.array<16 x ptr>
  }
}
// CHECK: llvm.func @hswish_use_huge_pages(!llvm.ptr, i64)
// CHECK: llvm.func internal @load_constants() {
// CHECK-NEXT: %[[LARGE:.*]] = llvm.mlir.addressof @large : !llvm.ptr
// CHECK-NEXT: %[[SIZE:.*]] = llvm.mlir.constant(64 : i64) : i64
// CHECK-NEXT: llvm.call @hswish_use_huge_pages(%[[LARGE]], %[[SIZE]])
// CHECK-NEXT: llvm.return
// CHECK: llvm.mlir.global_ctors ctors = [@load_constants], priorities = [65535 : i32], data = [#llvm.zero]

// -----

// Nothing is large enough.
// CHECK-LABEL: module attributes
// CHECK-NOT: load_constants
#small = #hswish.target<triple = "x86_64-unknown-linux-gnu", cpu = "x86-64", vector_bits = 128, registers = 16, l1 = 32768, l2 = 524288>
module attributes {hswish.target = #small} {
  llvm.mlir.global private constant @small(dense<1> : tensor<63xi8>) : !llvm.array<63 x i8>
}

// -----

// Other systems have other calls, or none.
// CHECK-LABEL: module attributes
// CHECK-NOT: load_constants
#bare = #hswish.target<triple = "aarch64-none-elf", cpu = "generic", vector_bits = 128, registers = 32, l1 = 32768, l2 = 524288>
module attributes {hswish.target = #bare} {
  llvm.mlir.global private constant @large(dense<1.0> : tensor<16xf32>) : !llvm.array<16 x f32>
}

// -----

// CHECK-LABEL: module {
// CHECK-NOT: load_constants
module {
  llvm.mlir.global private constant @large(dense<1.0> : tensor<16xf32>) : !llvm.array<16 x f32>
}
