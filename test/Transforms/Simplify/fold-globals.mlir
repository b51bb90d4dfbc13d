// RUN: hswish-opt %s --hswish-fold-globals --split-input-file -verify-diagnostics | FileCheck %s

// CHECK-NOT: ml_program.global
// CHECK-LABEL: func.func @constants(
// CHECK-DAG:     %[[W:.*]] = arith.constant dense<2.000000e+00> : tensor<8xf32>
// CHECK-DAG:     %[[C:.*]] = tensor.cast %{{.*}} : tensor<8xf32> to tensor<?xf32>
// CHECK-DAG:     %[[N:.*]] = arith.constant 3 : i32
// CHECK:         return %{{.*}}, %[[C]], %[[N]]
ml_program.global private @w(dense<2.0> : tensor<8xf32>) : tensor<8xf32>
ml_program.global public @open(dense<2.0> : tensor<8xf32>) : tensor<?xf32>
ml_program.global private @n(3 : i32) : i32
ml_program.global private mutable @unused(dense<0> : tensor<i64>) : tensor<i64>
func.func @constants() -> (tensor<8xf32>, tensor<?xf32>, i32) {
  %0 = ml_program.global_load_const @w : tensor<8xf32>
  %1 = ml_program.global_load @open : tensor<?xf32>
  %2 = ml_program.global_load_const @n : i32
  return %0, %1, %2 : tensor<8xf32>, tensor<?xf32>, i32
}

// -----

ml_program.global private mutable @state(dense<2.0> : tensor<8xf32>) : tensor<8xf32>
func.func @mutable() -> tensor<8xf32> {
  // expected-error @below {{uses @state, which is mutable: a compiled model keeps nothing from one run to the next}}
  %0 = ml_program.global_load @state : tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

ml_program.global private mutable @state : tensor<8xf32>
func.func @store(%x: tensor<8xf32>) {
  // expected-error @below {{uses @state, which is mutable}}
  ml_program.global_store @state = %x : tensor<8xf32>
  return
}

// -----

ml_program.global private @elsewhere(#ml_program.extern : tensor<8xf32>) : tensor<8xf32>
func.func @extern() -> tensor<8xf32> {
  // expected-error @below {{reads @elsewhere, whose value is not in the file}}
  %0 = ml_program.global_load_const @elsewhere : tensor<8xf32>
  return %0 : tensor<8xf32>
}
