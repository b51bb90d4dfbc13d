// RUN: hswish-opt %s -canonicalize -split-input-file | FileCheck %s

// Constants fold to the bits that the lowered code computes.
// CHECK-LABEL: func.func @constants
func.func @constants() -> (f32, f32, f32, f32, f32, f16) {
  %m5 = arith.constant -5.0 : f32
  %c1 = arith.constant 1.0 : f32
  %c4 = arith.constant 4.0 : f32
  %h = arith.constant 6.000e+04 : f16
  // CHECK-DAG: %[[NEG_ZERO:.*]] = arith.constant -0.000000e+00 : f32
  %0 = hswish.hard_swish %m5 : f32
  // CHECK-DAG: %[[TWO_THIRDS:.*]] = arith.constant 0.666666686 : f32
  %1 = hswish.hard_swish %c1 : f32
  // CHECK-DAG: %[[FOUR:.*]] = arith.constant 4.000000e+00 : f32
  %2 = hswish.hard_swish %c4 : f32
  // CHECK-DAG: %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
  %3 = hswish.hard_sigmoid %c4 : f32
  // CHECK-DAG: %[[SIX:.*]] = arith.constant 6.000000e+00 : f32
  %c9 = arith.constant 9.0 : f32
  %4 = hswish.relu6 %c9 : f32
  // No overflow on the way: half types compute in f32.
  // CHECK-DAG: %[[LARGE:.*]] = arith.constant 6.000000e+04 : f16
  %5 = hswish.hard_swish %h : f16
  // CHECK: return %[[NEG_ZERO]], %[[TWO_THIRDS]], %[[FOUR]], %[[ONE]], %[[SIX]], %[[LARGE]]
  return %0, %1, %2, %3, %4, %5 : f32, f32, f32, f32, f32, f16
}

// -----

// CHECK-LABEL: func.func @dense_constant
func.func @dense_constant() -> tensor<3xf32> {
  // CHECK: arith.constant dense<[0.000000e+00, 3.000000e+00, 6.000000e+00]>
  %c = arith.constant dense<[0.0, 3.0, 6.0]> : tensor<3xf32>
  %0 = hswish.hard_swish %c : tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

// CHECK-LABEL: func.func @gradient_at_kinks
func.func @gradient_at_kinks() -> (f32, f32, f32) {
  %m3 = arith.constant -3.0 : f32
  %one = arith.constant 1.0 : f32
  // CHECK-DAG: %[[OUTER:.*]] = arith.constant 0.000000e+00 : f32
  %0 = hswish.hard_swish_grad %m3, %one : f32
  // CHECK-DAG: %[[INNER:.*]] = arith.constant -5.000000e-01 : f32
  %1 = hswish.hard_swish_grad %m3, %one kink<inner> : f32
  // CHECK-DAG: %[[AVERAGE:.*]] = arith.constant -2.500000e-01 : f32
  %2 = hswish.hard_swish_grad %m3, %one kink<average> : f32
  // CHECK: return %[[OUTER]], %[[INNER]], %[[AVERAGE]]
  return %0, %1, %2 : f32, f32, f32
}

// -----

// CHECK-LABEL: func.func @product_with_hard_sigmoid
// CHECK-SAME: %[[X:.*]]: vector<8xf32>
func.func @product_with_hard_sigmoid(%x: vector<8xf32>) -> (vector<8xf32>, vector<8xf32>) {
  // CHECK: %[[Y:.*]] = hswish.hard_swish %[[X]] : vector<8xf32>
  %s = hswish.hard_sigmoid %x : vector<8xf32>
  %y = arith.mulf %x, %s : vector<8xf32>
  // CHECK: %[[Z:.*]] = hswish.hard_swish %[[X]] accuracy<onnx> : vector<8xf32>
  %t = hswish.hard_sigmoid %x accuracy<onnx> : vector<8xf32>
  %z = arith.mulf %t, %x : vector<8xf32>
  // CHECK: return %[[Y]], %[[Z]]
  return %y, %z : vector<8xf32>, vector<8xf32>
}

// -----

// A gate is no hard-swish; torch multiplies before it divides; f16 would round
// once instead of twice.
// CHECK-LABEL: func.func @other_products
// CHECK-NOT: hswish.hard_swish
func.func @other_products(%x: f32, %y: f32, %h: f16) -> (f32, f32, f16) {
  %s = hswish.hard_sigmoid %y : f32
  %0 = arith.mulf %x, %s : f32
  %t = hswish.hard_sigmoid %x accuracy<torch> : f32
  %1 = arith.mulf %x, %t : f32
  %u = hswish.hard_sigmoid %h : f16
  %2 = arith.mulf %h, %u : f16
  return %0, %1, %2 : f32, f32, f16
}

// -----

// CHECK-LABEL: func.func @known_ranges
// CHECK-SAME: %[[X:.*]]: f32
func.func @known_ranges(%x: f32) -> (f32, f32, f32) {
  %c3 = arith.constant 3.0 : f32
  %m3 = arith.constant -3.0 : f32
  // CHECK-DAG: %[[MAX:.*]] = arith.maximumf %[[X]]
  %max = arith.maximumf %x, %c3 : f32
  %0 = hswish.hard_swish %max : f32
  // CHECK-DAG: %[[TORCH:.*]] = hswish.hard_swish %[[MAX]] accuracy<torch>
  %1 = hswish.hard_swish %max accuracy<torch> : f32
  // CHECK-DAG: %[[ZERO:.*]] = arith.constant -0.000000e+00 : f32
  %min = arith.minimumf %x, %m3 : f32
  %2 = hswish.hard_swish %min fastmath<nnan,ninf> : f32
  // CHECK: return %[[MAX]], %[[TORCH]], %[[ZERO]]
  return %0, %1, %2 : f32, f32, f32
}

// -----

// CHECK-LABEL: func.func @relu6_twice
func.func @relu6_twice(%x: f32) -> f32 {
  // CHECK: %[[Y:.*]] = hswish.relu6
  // CHECK-NEXT: return %[[Y]]
  %0 = hswish.relu6 %x : f32
  %1 = hswish.relu6 %0 : f32
  return %1 : f32
}

// -----

// CHECK-LABEL: func.func @swish_of_zero
func.func @swish_of_zero() -> f32 {
  // CHECK: arith.constant -0.000000e+00 : f32
  %c = arith.constant -0.0 : f32
  %0 = hswish.swish %c : f32
  return %0 : f32
}

// -----

// CHECK-LABEL: func.func @pad_into_conv
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<1x8x8x4xf32>
func.func @pad_into_conv(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x16xf32>, %y: tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32> {
  // CHECK-NOT: tensor.pad
  // CHECK: hswish.conv_2d ins(%[[X]],
  // CHECK-SAME: pads = array<i64: 1, 1, 1, 1>
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%a: index, %b: index, %c: index, %d: index):
    tensor.yield %zero : f32
  } : tensor<1x8x8x4xf32> to tensor<1x10x10x4xf32>
  %0 = hswish.conv_2d ins(%p, %w : tensor<1x10x10x4xf32>, tensor<3x3x4x16xf32>) outs(%y : tensor<1x8x8x16xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x8x8x16xf32>
  return %0 : tensor<1x8x8x16xf32>
}

// -----

// The limit at -inf; half of the least number is no tie, but just above it.
// x * hard_sigmoid(x) is rounded twice, which hard_swish is not.
// CHECK-LABEL: func.func @exact
func.func @exact(%x: f32) -> (f32, f32, f32, f32) {
  %inf = arith.constant 0xFF800000 : f32
  %least = arith.constant 0x00000001 : f32
  %minus = arith.constant 0x80000001 : f32
  // CHECK-DAG: %[[ZERO:.*]] = arith.constant -0.000000e+00 : f32
  // CHECK-DAG: %[[LEAST:.*]] = arith.constant 1.401300e-45 : f32
  %0 = hswish.hard_swish %inf accuracy<exact> : f32
  %1 = hswish.hard_swish %least accuracy<exact> : f32
  %2 = hswish.hard_swish %minus accuracy<exact> : f32
  // CHECK: %[[GATE:.*]] = hswish.hard_sigmoid
  // CHECK: %[[PRODUCT:.*]] = arith.mulf
  %s = hswish.hard_sigmoid %x accuracy<exact> : f32
  %3 = arith.mulf %x, %s : f32
  // CHECK: return %[[ZERO]], %[[LEAST]], %[[ZERO]], %[[PRODUCT]]
  return %0, %1, %2, %3 : f32, f32, f32, f32
}
