// RUN: hswish-opt %s --hswish-raise --remarks-filter=hswish-raise 2>&1 | FileCheck %s

// MLIR's remark engine hears what was raised, and why the rest was not.

// CHECK: [Passed] activation
// CHECK-SAME: Reason=hswish.relu6
func.func @relu6(%x: f32) -> f32 {
  %c0 = arith.constant 0.0 : f32
  %c6 = arith.constant 6.0 : f32
  %0 = arith.maximumf %x, %c0 : f32
  %1 = arith.minimumf %0, %c6 : f32
  return %1 : f32
}

// CHECK: [Missed] activation
// CHECK-SAME: Reason="like h-swish, but slope 0.2 is not 1/6"
func.func @slope(%x: f32) -> f32 {
  %slope = arith.constant 0.2 : f32
  %half = arith.constant 0.5 : f32
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %0 = math.fma %x, %slope, %half : f32
  %1 = arith.maximumf %0, %zero : f32
  %2 = arith.minimumf %1, %one : f32
  %3 = arith.mulf %x, %2 : f32
  return %3 : f32
}
