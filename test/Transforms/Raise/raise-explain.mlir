// RUN: hswish-opt %s --hswish-raise=explain -verify-diagnostics -split-input-file

func.func @slope(%x: tensor<4xf32>) -> tensor<4xf32> {
  %slope = arith.constant dense<0.2> : tensor<4xf32>
  %half = arith.constant dense<0.5> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %one = arith.constant dense<1.0> : tensor<4xf32>
  %0 = arith.mulf %x, %slope : tensor<4xf32>
  %1 = arith.addf %0, %half : tensor<4xf32>
  %2 = arith.maximumf %1, %zero : tensor<4xf32>
  %3 = arith.minimumf %2, %one : tensor<4xf32>
  // expected-remark @below {{like h-swish, but slope 0.2 is not 1/6}}
  %4 = arith.mulf %x, %3 : tensor<4xf32>
  return %4 : tensor<4xf32>
}

// -----

func.func @bound_and_divisor(%x: f32) -> f32 {
  %c0 = arith.constant 0.0 : f32
  %c3 = arith.constant 3.0 : f32
  %c5 = arith.constant 5.0 : f32
  %high = arith.constant 5.9 : f32
  %0 = arith.addf %x, %c3 : f32
  %1 = arith.maximumf %0, %c0 : f32
  %2 = arith.minimumf %1, %high : f32
  %3 = arith.mulf %x, %2 : f32
  // expected-remark @below {{like h-swish, but upper bound 5.9 is not 6, divides by 5, not 6}}
  %4 = arith.divf %3, %c5 : f32
  return %4 : f32
}

// -----

// Another factor than what is clamped, where the division is last: no gate.

func.func @other_factor(%x: f32, %y: f32) -> f32 {
  %c0 = arith.constant 0.0 : f32
  %c3 = arith.constant 3.0 : f32
  %c6 = arith.constant 6.0 : f32
  %0 = arith.addf %x, %c3 : f32
  %1 = arith.maximumf %0, %c0 : f32
  %2 = arith.minimumf %1, %c6 : f32
  %3 = arith.mulf %y, %2 : f32
  // expected-remark @below {{like h-swish, but the other factor is not what is clamped}}
  %4 = arith.divf %3, %c6 : f32
  return %4 : f32
}

// -----

func.func @per_channel(%x: vector<2xf32>) -> vector<2xf32> {
  %c0 = arith.constant dense<0.0> : vector<2xf32>
  %c3 = arith.constant dense<[3.0, 2.0]> : vector<2xf32>
  %c6 = arith.constant dense<6.0> : vector<2xf32>
  %0 = arith.addf %x, %c3 : vector<2xf32>
  %1 = arith.maximumf %0, %c0 : vector<2xf32>
  %2 = arith.minimumf %1, %c6 : vector<2xf32>
  %3 = arith.mulf %x, %2 : vector<2xf32>
  // expected-remark @below {{like h-swish, but a constant is no splat}}
  %4 = arith.divf %3, %c6 : vector<2xf32>
  return %4 : vector<2xf32>
}

// -----

!u8 = !quant.uniform<u8:f32, 0.015686275>
func.func @quantised(%x: tensor<2xf32>) -> tensor<2xf32> {
  %c3 = arith.constant dense<3.0> : tensor<2xf32>
  %c0 = arith.constant dense<0.0> : tensor<2xf32>
  %c6 = arith.constant dense<6.0> : tensor<2xf32>
  %0 = arith.addf %x, %c3 : tensor<2xf32>
  %1 = quant.qcast %0 : tensor<2xf32> to tensor<2x!u8>
  %2 = quant.dcast %1 : tensor<2x!u8> to tensor<2xf32>
  %3 = arith.maximumf %2, %c0 : tensor<2xf32>
  %4 = arith.minimumf %3, %c6 : tensor<2xf32>
  // expected-remark @below {{like h-sigmoid, but a quantised range of 0.000 to 4.000 truncates 0.000 to 6.000}}
  %5 = arith.divf %4, %c6 : tensor<2xf32>
  return %5 : tensor<2xf32>
}

// -----

// The scale stands before x.

func.func @scaled_x(%x: f32) -> f32 {
  %c0 = arith.constant 0.0 : f32
  %c3 = arith.constant 3.0 : f32
  %c6 = arith.constant 6.0 : f32
  %scale = arith.constant 0.167 : f32
  %0 = arith.addf %x, %c3 : f32
  %1 = arith.maximumf %0, %c0 : f32
  %2 = arith.minimumf %1, %c6 : f32
  %3 = arith.mulf %scale, %x : f32
  // expected-remark @below {{like h-swish, but factor 0.167 is not 1/6}}
  %4 = arith.mulf %3, %2 : f32
  return %4 : f32
}

// -----

// What follows an activation is none of its factors.

func.func @chain(%x: f32) -> f32 {
  %c0 = arith.constant 0.0 : f32
  %c1 = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %slope = arith.constant 0.2 : f32
  %0 = arith.mulf %x, %slope : f32
  %1 = arith.addf %0, %half : f32
  %2 = arith.maximumf %1, %c0 : f32
  %3 = arith.minimumf %2, %c1 : f32
  // expected-remark @below {{like h-swish, but slope 0.2 is not 1/6}}
  %4 = arith.mulf %x, %3 : f32
  %5 = math.exp %4 : f32
  %6 = arith.mulf %4, %5 : f32
  return %6 : f32
}

// -----

// Branches have no clamp to take apart.

func.func @branches(%x: f32) -> f32 {
  %c0 = arith.constant 0.0 : f32
  %c3 = arith.constant 3.0 : f32
  %c6 = arith.constant 6.0 : f32
  %low = arith.constant -2.0 : f32
  %0 = arith.addf %x, %c3 : f32
  %1 = arith.mulf %x, %0 : f32
  %2 = arith.divf %1, %c6 : f32
  %isHigh = arith.cmpf oge, %x, %c3 : f32
  %3 = arith.select %isHigh, %x, %2 : f32
  %isLow = arith.cmpf ole, %x, %low : f32
  // expected-remark @below {{like h-swish, but -2.0 becomes 0.000, not -0.333}}
  %4 = arith.select %isLow, %c0, %3 : f32
  return %4 : f32
}

// -----

// A quantiser saturates, but not at 6.

!u8 = !quant.uniform<u8:f32, 0.019607843>
func.func @saturated(%x: tensor<2xf32>) -> tensor<2xf32> {
  %c3 = arith.constant dense<3.0> : tensor<2xf32>
  %c6 = arith.constant dense<6.0> : tensor<2xf32>
  %0 = arith.addf %x, %c3 : tensor<2xf32>
  %1 = quant.qcast %0 : tensor<2xf32> to tensor<2x!u8>
  %2 = quant.dcast %1 : tensor<2x!u8> to tensor<2xf32>
  %3 = arith.mulf %x, %2 : tensor<2xf32>
  // expected-remark @below {{like h-swish, but a quantised range of 0.000 to 5.000 truncates 0.000 to 6.000}}
  %4 = arith.divf %3, %c6 : tensor<2xf32>
  return %4 : tensor<2xf32>
}

// -----

// No spelling: no remark.

func.func @relu6_and_relu(%x: f32) -> (f32, f32) {
  %c0 = arith.constant 0.0 : f32
  %c6 = arith.constant 6.0 : f32
  %half = arith.constant 0.5 : f32
  %0 = arith.maximumf %x, %c0 : f32
  %1 = arith.minimumf %0, %c6 : f32
  %2 = arith.addf %x, %half : f32
  %3 = arith.maximumf %2, %c0 : f32
  %4 = arith.mulf %3, %half : f32
  return %1, %4 : f32, f32
}

// -----

// A gate of seven values.

!whole = !quant.uniform<i8:f32, 1.0>
func.func @coarse(%x: tensor<2xf32>) -> tensor<2xf32> {
  %c3 = arith.constant dense<3.0> : tensor<2xf32>
  %c0 = arith.constant dense<0.0> : tensor<2xf32>
  %c6 = arith.constant dense<6.0> : tensor<2xf32>
  %0 = arith.addf %x, %c3 : tensor<2xf32>
  %q = quant.qcast %0 : tensor<2xf32> to tensor<2x!whole>
  %1 = quant.dcast %q : tensor<2x!whole> to tensor<2xf32>
  %2 = arith.maximumf %1, %c0 : tensor<2xf32>
  %3 = arith.minimumf %2, %c6 : tensor<2xf32>
  %4 = arith.mulf %x, %3 : tensor<2xf32>
  // expected-remark @below {{like h-swish, but its quantisers round by more than a 32nd}}
  %5 = arith.divf %4, %c6 : tensor<2xf32>
  return %5 : tensor<2xf32>
}
