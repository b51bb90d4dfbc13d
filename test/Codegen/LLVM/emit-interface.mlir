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

// CHECK: llvm.mlir.global internal constant @my_net_verification("not verified\00")
// CHECK: llvm.func @my_net_info() -> !llvm.ptr
// CHECK: llvm.func weak @hswish_get_model_info() -> !llvm.ptr
// CHECK: llvm.func @my_net_workspace_size() -> i64
// CHECK-NEXT: llvm.mlir.constant(256 : i64)

// -----

// What was verified is said.
// CHECK: llvm.mlir.global internal constant @verified_verification("verified: all\00")
module attributes {hswish.model = "verified", hswish.verification = "verified: all"} {
  func.func @net(
      %x: memref<2x3xf32> {hswish.name = "x", hswish.tensor = tensor<2x3xf32>},
      %y: memref<2x3xf32> {hswish.name = "y", hswish.output, hswish.tensor = tensor<2x3xf32>}) {
    memref.copy %x, %y : memref<2x3xf32> to memref<2x3xf32>
    return
  }
}

// -----

// A run of several threads gets its arguments as an array.
// CHECK-LABEL: llvm.func internal @shared_main(
// CHECK: llvm.func @shared_run(%[[X:.*]]: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr) -> i32
// CHECK:      llvm.store %{{.*}}, %[[ARRAY:.*]] : !llvm.array<3 x ptr>, !llvm.ptr
// CHECK-NEXT: %[[SHARE:.*]] = llvm.mlir.addressof @shared_share
// CHECK-NEXT: %[[THREADS:.*]] = llvm.mlir.constant(4 : i64)
// CHECK-NEXT: llvm.call @hswish_run_threads(%[[SHARE]], %[[ARRAY]], %[[THREADS]])
// CHECK: llvm.func internal @shared_share(%{{.*}}: !llvm.ptr, %[[T:.*]]: i64, %[[N:.*]]: i64)
// CHECK-COUNT-3: llvm.load
// CHECK: llvm.call @shared_main(%{{.*}}, %{{.*}}, %{{.*}}, %[[T]], %[[N]])
// CHECK: llvm.func @shared_stop_threads()
// CHECK-NEXT: llvm.call @hswish_join_threads()
// CHECK: llvm.mlir.global_dtors dtors = [@shared_stop_threads]
module attributes {hswish.model = "shared"} {
  func.func @net(
      %x: memref<2x3xf32> {hswish.name = "x", hswish.tensor = tensor<2x3xf32>},
      %y: memref<2x3xf32> {hswish.name = "y", hswish.output, hswish.tensor = tensor<2x3xf32>},
      %w: memref<256xi8> {hswish.workspace},
      %thread: index {hswish.thread}, %threads: index {hswish.threads = 4 : i64}) {
    memref.copy %x, %y : memref<2x3xf32> to memref<2x3xf32>
    return
  }
}

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

// -----

// Of several targets one is chosen, once. What the table's last entry says is
// for machines that can run none of them.
#v4 = #hswish.target<triple = "x86_64-unknown-linux-gnu", cpu = "x86-64-v4", vector_bits = 512, registers = 32, l1 = 32768, l2 = 1048576>
#v2 = #hswish.target<triple = "x86_64-unknown-linux-gnu", cpu = "x86-64-v2", vector_bits = 128, registers = 16, l1 = 32768, l2 = 524288>
module attributes {hswish.model = "two"} {
  // CHECK-LABEL: llvm.func internal @two_main_x86_64_v4(
  func.func @net_a(
      %y: memref<2xf32> {hswish.name = "y", hswish.output, hswish.tensor = tensor<2xf32>},
      %w: memref<256xi8> {hswish.workspace}) attributes {hswish.target = #v4,
        hswish.variant = {name = "x86-64-v4", needs = array<i32: 3, 0>, target = #v4}} {
    return
  }
  // CHECK: llvm.func internal @two_main_x86_64_v2(
  func.func @net_b(
      %y: memref<2xf32> {hswish.name = "y", hswish.output, hswish.tensor = tensor<2xf32>},
      %w: memref<512xi8> {hswish.workspace}) attributes {hswish.target = #v2,
        hswish.variant = {name = "x86-64-v2", needs = array<i32: 1, 0>, target = #v2}} {
    return
  }
}
// CHECK: llvm.func @hswish_select_variant(!llvm.ptr, i64, !llvm.ptr) -> !llvm.ptr
// CHECK: llvm.mlir.global internal @two_chosen()
// CHECK: llvm.func @two_run(
// CHECK: %[[ENTRY:.*]] = llvm.call @hswish_select_variant(
// CHECK: %[[SLOT:.*]] = llvm.getelementptr %[[ENTRY]][1]
// CHECK: %[[CODE:.*]] = llvm.load %[[SLOT]]
// CHECK: %[[REFUSED:.*]] = llvm.mlir.constant(3 : i32)
// CHECK-NEXT: llvm.return %[[REFUSED]]
// CHECK: llvm.call %[[CODE]](%{{.*}}, %{{.*}}) : !llvm.ptr, (!llvm.ptr, !llvm.ptr) -> ()
// CHECK-DAG: @two_target0("x86_64-unknown-linux-gnu/x86-64-v4\00")
// CHECK-DAG: @two_target1("x86_64-unknown-linux-gnu/x86-64-v2\00")
// CHECK-DAG: @two_target2("x86_64-unknown-linux-gnu/x86-64-v4,x86-64-v2\00")
// CHECK: llvm.mlir.global internal constant @two_variants() {{.*}} !llvm.array<3 x struct<(ptr, ptr, ptr, array<2 x i32>)>>
// The largest workspace is large enough for all.
// CHECK: llvm.func @two_workspace_size() -> i64
// CHECK-NEXT: llvm.mlir.constant(512 : i64)

// -----

module attributes {hswish.model = "net"} {
  // expected-error @+1 {{'y' is a 'tensor<*xf32>', which has no size that a caller could know}}
  func.func @net(%y: memref<2xf32> {hswish.name = "y", hswish.output, hswish.tensor = tensor<*xf32>}, %w: memref<256xi8> {hswish.workspace}) {
    return
  }
}

// -----

module {
  // expected-error @+1 {{hswish.variant must hold a name and what the variant needs, in as many words as the others}}
  func.func @one(%y: memref<2xf32> {hswish.name = "y", hswish.output, hswish.tensor = tensor<2xf32>}, %w: memref<256xi8> {hswish.workspace}) attributes {hswish.variant = {name = "one"}} {
    return
  }
}
