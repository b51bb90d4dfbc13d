// RUN: hswish-opt %s --hswish-specialize-for-targets --split-input-file --verify-diagnostics | FileCheck %s

#v4 = #hswish.target<triple = "x86_64-unknown-linux-gnu", cpu = "x86-64-v4", vector_bits = 512, registers = 32, l1 = 32768, l2 = 1048576>
#v2 = #hswish.target<triple = "x86_64-unknown-linux-gnu", cpu = "x86-64-v2", vector_bits = 128, registers = 16, l1 = 32768, l2 = 524288>

// CHECK: module attributes {hswish.model = "net"} {
module attributes {hswish.variants = [
    {name = "x86-64-v4", needs = array<i32: 3>, target = #v4},
    {name = "x86-64-v2", needs = array<i32: 1>, target = #v2}]} {
  // CHECK: func.func @net_x86_64_v4(%{{.*}}: tensor<?xf32> {hswish.name = "x"}) -> tensor<?xf32>
  // CHECK-SAME: attributes {hswish.target = #[[V4:.*]], hswish.variant = {name = "x86-64-v4", needs = array<i32: 3>, target = #[[V4]]}}
  // CHECK: func.func @net_x86_64_v2(
  // CHECK-SAME: hswish.variant = {name = "x86-64-v2"
  // CHECK-NOT: func.func @net(
  func.func @net(%x: tensor<?xf32> {hswish.name = "x"}) -> tensor<?xf32> {
    %0 = hswish.hard_swish %x : tensor<?xf32>
    return %0 : tensor<?xf32>
  }
  // CHECK: func.func private @helper
  func.func private @helper() {
    return
  }
}

// -----

// One target: nothing to do.
// CHECK: module {
module {
  // CHECK-NEXT: func.func @net()
  func.func @net() {
    return
  }
}

// -----

// expected-error @+1 {{a model has one public function, but there are @f and @g}}
module attributes {hswish.variants = []} {
  func.func @f() {
    return
  }
  func.func @g() {
    return
  }
}

// -----

module attributes {hswish.variants = [{name = "best"}]} {
  // expected-error @+1 {{hswish.variants: a variant needs a name and a target}}
  func.func @f() {
    return
  }
}
