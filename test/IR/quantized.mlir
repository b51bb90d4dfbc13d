// RUN: hswish-opt %s | hswish-opt | FileCheck %s
// RUN: hswish-opt %s -mlir-print-op-generic | hswish-opt | FileCheck %s
// RUN: hswish-opt %s -emit-bytecode | hswish-opt | FileCheck %s
// RUN: hswish-opt %s -canonicalize | FileCheck %s --check-prefix=FOLD

// CHECK-LABEL: func.func @round_trip
func.func @round_trip(%a: i8, %b: vector<64xi8>, %c: tensor<?x8xi8>, %d: tensor<4xi16>) -> (i8, vector<64xi8>, tensor<?x8xi8>, tensor<4xi16>) {
  // The default is not printed.
  // CHECK: hswish.quantized_hard_swish %{{.*}} from<5.000000e-02 : 3> to<2.500000e-02 : -113> : i8
  %0 = hswish.quantized_hard_swish %a from<5.0e-02:3> to<2.5e-02:-113> semantics<exact> : i8
  // CHECK: hswish.quantized_hard_swish %{{.*}} from<5.000000e-02 : 128> to<2.500000e-02 : 15> semantics<tflite> unsigned : vector<64xi8>
  %1 = hswish.quantized_hard_swish %b from<5.0e-02:128> to<2.5e-02:15> semantics<tflite> unsigned : vector<64xi8>
  // CHECK: hswish.quantized_hard_sigmoid %{{.*}} from<5.000000e-02 : 0> to<3.906250e-03 : -128> semantics<qnnpack> : tensor<?x8xi8>
  %2 = hswish.quantized_hard_sigmoid %c from<5.0e-02:0> to<3.90625e-03:-128> semantics<qnnpack> : tensor<?x8xi8>
  // CHECK: hswish.quantized_hard_sigmoid %{{.*}} from<{{.*}} : 0> to<{{.*}} : 65535> unsigned : tensor<4xi16>
  %3 = hswish.quantized_hard_sigmoid %d from<1.0e-04:0> to<1.0e-04:65535> unsigned : tensor<4xi16>
  return %0, %1, %2, %3 : i8, vector<64xi8>, tensor<?x8xi8>, tensor<4xi16>
}

// One sixteenth a step: 8 is 1/2, whose h-swish is 7/24; 3 and above is itself.
// FOLD-LABEL: func.func @exact
func.func @exact() -> (vector<6xi8>, tensor<3xi8>, i8, i16) {
  // FOLD-DAG: %[[V:.*]] = arith.constant dense<[0, 0, -6, 0, 5, 48]> : vector<6xi8>
  %x = arith.constant dense<[-128, -48, -24, 0, 8, 48]> : vector<6xi8>
  %0 = hswish.quantized_hard_swish %x from<6.25e-02:0> to<6.25e-02:0> : vector<6xi8>
  // x = 4.5 is 125 steps; 135 as an unsigned code is -121 in an attribute of i8.
  // FOLD-DAG: %[[T:.*]] = arith.constant dense<[10, 10, -121]> : tensor<3xi8>
  %y = arith.constant dense<[0, 128, 200]> : tensor<3xi8>
  %1 = hswish.quantized_hard_swish %y from<6.25e-02:128> to<3.61e-02:10> unsigned : tensor<3xi8>
  // A half, 32 steps and a half: a tie, to even.
  // FOLD-DAG: %[[S:.*]] = arith.constant 32 : i8
  %z = arith.constant 65 : i8
  %2 = hswish.quantized_hard_swish %z from<6.25e-02:0> to<1.25e-01:0> : i8
  // FOLD-DAG: %[[H:.*]] = arith.constant 16384 : i16
  %w = arith.constant 0 : i16
  %3 = hswish.quantized_hard_sigmoid %w from<1.0e-04:0> to<3.0517578125e-05:0> : i16
  // FOLD: return %[[V]], %[[T]], %[[S]], %[[H]]
  return %0, %1, %2, %3 : vector<6xi8>, tensor<3xi8>, i8, i16
}

// 32 steps and a half: rounded to even before the zero point is added, after it,
// or by a truncated product.
// FOLD-LABEL: func.func @semantics
func.func @semantics() -> (i8, i8, i8) {
  %x = arith.constant 65 : i8
  // FOLD-DAG: %[[ATEN:.*]] = arith.constant 33 : i8
  %0 = hswish.quantized_hard_swish %x from<6.25e-02:0> to<1.25e-01:1> semantics<aten> : i8
  // FOLD-DAG: %[[QNNPACK:.*]] = arith.constant 34 : i8
  %1 = hswish.quantized_hard_swish %x from<6.25e-02:0> to<1.25e-01:1> semantics<qnnpack> : i8
  %2 = hswish.quantized_hard_swish %x from<6.25e-02:0> to<1.25e-01:1> semantics<tflite> : i8
  // FOLD: return %[[ATEN]], %[[QNNPACK]], %[[ATEN]]
  return %0, %1, %2 : i8, i8, i8
}
