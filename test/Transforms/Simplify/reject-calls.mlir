// RUN: hswish-opt %s --hswish-simplify --split-input-file -verify-diagnostics | FileCheck %s
// RUN: not hswish-opt %s --hswish-reject-calls --split-input-file 2>&1 | FileCheck %s --check-prefix=ALONE

// What can be inlined is, before anything else.
// ALONE: error: calls @act, which cannot be inlined here: a model is compiled as one function

// CHECK-LABEL: func.func @twice(
// CHECK-SAME:    %[[X:.*]]: tensor<8xf32>
// CHECK:         %[[H:.*]] = hswish.hard_swish %[[X]]
// CHECK:         %[[R:.*]] = hswish.hard_swish %[[H]]
// CHECK:         return %[[R]]
// CHECK-NOT:   @act
func.func private @act(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = hswish.hard_swish %x : tensor<8xf32>
  return %0 : tensor<8xf32>
}
func.func @twice(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = call @act(%x) : (tensor<8xf32>) -> tensor<8xf32>
  %1 = call @act(%0) : (tensor<8xf32>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}

// -----

func.func private @elsewhere(tensor<8xf32>) -> tensor<8xf32>
func.func @declared(%x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error @below {{calls @elsewhere, of which the file has only a declaration: a model is compiled as one function}}
  %0 = call @elsewhere(%x) : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

func.func @itself(%x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error @below {{calls @itself, which is recursive}}
  %0 = call @itself(%x) : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

func.func private @a(%x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error @below {{calls @b, which is recursive}}
  %0 = call @b(%x) : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
func.func private @b(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = call @a(%x) : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
func.func @around(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = call @a(%x) : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

func.func private @act(%x: tensor<8xf32>) -> tensor<8xf32> {
  return %x : tensor<8xf32>
}
func.func @indirect(%x: tensor<8xf32>) -> tensor<8xf32> {
  %f = constant @act : (tensor<8xf32>) -> tensor<8xf32>
  // expected-error @below {{calls what is known only at run time}}
  %0 = call_indirect %f(%x) : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
