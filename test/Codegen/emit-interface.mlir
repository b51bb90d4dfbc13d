// RUN: hswish-opt %s --hswish-convert-to-llvm --hswish-emit-interface --split-input-file --verify-diagnostics | FileCheck %s

module attributes {hswish.model = "my net"} {
  // CHECK-LABEL: llvm.func internal @my_net_main(
  // CHECK-SAME: %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr)
  func.func @net(
      %x: memref<2x3xf32> {hswish.name = "x", hswish.tensor = tensor<2x3xf32>},
      %y: memref<2x3xf32> {hswish.name = "y", hswish.output, hswish.tensor = tensor<2x3xf32>},
      %w: memref<256xi8> {hswish.workspace}) {
    memref.copy %x, %y : memref<2x3xf32> to memref<2x3xf32>
    return
  }
}

// Null pointers and a misaligned workspace are refused before anything runs.
// CHECK: llvm.func @my_net_run(%[[X:.*]]: !llvm.ptr, %[[Y:.*]]: !llvm.ptr, %[[W:.*]]: !llvm.ptr) -> i32
// CHECK-COUNT-3: llvm.icmp "eq"
// CHECK: %[[NULL:.*]] = llvm.mlir.constant(1 : i32)
// CHECK-NEXT: llvm.return %[[NULL]]
// CHECK: %[[MASK:.*]] = llvm.mlir.constant(63 : i64)
// CHECK: %[[MISALIGNED:.*]] = llvm.mlir.constant(2 : i32)
// CHECK-NEXT: llvm.return %[[MISALIGNED]]
// CHECK: llvm.call @my_net_main(%[[X]], %[[Y]], %[[W]])

// CHECK: llvm.func internal @my_net_invoke(
// CHECK: llvm.call @my_net_run(

// CHECK: llvm.func @my_net_info() -> !llvm.ptr
// CHECK: llvm.func weak @hswish_get_model_info() -> !llvm.ptr
// CHECK: llvm.func @my_net_workspace_size() -> i64
// CHECK-NEXT: llvm.mlir.constant(256 : i64)

// -----

// expected-error @+1 {{a model has one public function, but there are @f and @g}}
module {
  llvm.func @f() {
    llvm.return
  }
  llvm.func @g() {
    llvm.return
  }
}

// -----

// expected-error @+1 {{no public function to compile}}
module {}

// -----

// expected-error @+1 {{argument 0 has no hswish.name and hswish.tensor: run hswish-results-to-outputs first}}
llvm.func @f(%x: !llvm.ptr) {
  llvm.return
}
