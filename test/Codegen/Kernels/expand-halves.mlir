// RUN: sed s/CPU/"vector_bits = 128, registers = 16"/ %s | hswish-opt --hswish-expand-halves | FileCheck %s
// RUN: sed s/CPU/"vector_bits = 256, registers = 16"/ %s | hswish-opt --hswish-expand-halves | FileCheck %s --check-prefix=F16C
// RUN: sed -e s/x86_64-unknown/aarch64/ -e s/CPU/"vector_bits = 128, registers = 32"/ %s \
// RUN:   | hswish-opt --hswish-expand-halves | FileCheck %s --check-prefix=A64

module attributes {hswish.target = #hswish.target<triple = "x86_64-unknown-linux-gnu",
    CPU, l1 = 32768, l2 = 1048576>} {

// CHECK-LABEL: func.func @widen(
// CHECK-SAME:    %[[X:.*]]: vector<4xf16>
// CHECK:         arith.bitcast %[[X]] : vector<4xf16> to vector<4xi16>
// CHECK:         %[[BITS:.*]] = arith.ori
// CHECK:         %[[BOTH:.*]] = arith.ori
// CHECK:         %[[R:.*]] = arith.bitcast %[[BOTH]] : vector<4xi32> to vector<4xf32>
// CHECK:         return %[[R]]
// F16C-LABEL: func.func @widen(
// F16C:         arith.extf
func.func @widen(%x: vector<4xf16>) -> vector<4xf32> {
  %0 = arith.extf %x : vector<4xf16> to vector<4xf32>
  return %0 : vector<4xf32>
}

// CHECK-LABEL: func.func @narrow(
// CHECK-NOT:     arith.truncf
// CHECK:         %[[R:.*]] = arith.bitcast %{{.*}} : i16 to f16
// CHECK:         return %[[R]]
// F16C-LABEL: func.func @narrow(
// F16C:         arith.truncf %{{.*}} : f32 to f16
func.func @narrow(%x: f32) -> f16 {
  %0 = arith.truncf %x : f32 to f16
  return %0 : f16
}

// No x86 has it in one step: by f32, made odd where that is not exact.
// F16C-LABEL: func.func @twice(
// F16C-SAME:    %[[X:.*]]: f64
// F16C:         arith.truncf %[[X]] : f64 to f32
// F16C:         arith.select
// F16C:         %[[ODD:.*]] = arith.select
// F16C:         %[[F:.*]] = arith.bitcast %[[ODD]] : i32 to f32
// F16C:         arith.truncf %[[F]] : f32 to f16
// A64-LABEL: func.func @twice(
// A64-NEXT:    arith.truncf %{{.*}} : f64 to f16
// A64-NEXT:    return
func.func @twice(%x: f64) -> f16 {
  %0 = arith.truncf %x : f64 to f16
  return %0 : f16
}

// A64-LABEL: func.func @to_bf16(
// A64:         arith.truncf %{{.*}} : f64 to f32
// A64:         arith.truncf %{{.*}} : f32 to bf16
func.func @to_bf16(%x: f64) -> bf16 {
  %0 = arith.truncf %x : f64 to bf16
  return %0 : bf16
}

// Tensors become loops first.
// CHECK-LABEL: func.func @tensor(
// CHECK:         arith.truncf
func.func @tensor(%x: tensor<4xf32>) -> tensor<4xf16> {
  %0 = arith.truncf %x : tensor<4xf32> to tensor<4xf16>
  return %0 : tensor<4xf16>
}
}
