// RUN: hswish-opt %s --hswish-promote-f16 --split-input-file -verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @conv(
// CHECK-SAME:    %[[X:.*]]: tensor<1x?x?x2xf16>, %{{.*}}: tensor<1x?x?x1xf16>) -> tensor<1x?x?x1xf16>
// CHECK:         %[[XF:.*]] = arith.extf %[[X]] : tensor<1x?x?x2xf16> to tensor<1x?x?x2xf32>
// CHECK:         %[[W:.*]] = arith.constant dense<{{\[\[\[\[}}1.500000e+00], [-6.10351563E-5]]]]> : tensor<1x1x2x1xf32>
// CHECK:         %[[C:.*]] = hswish.conv_2d ins(%[[XF]], %[[W]] : tensor<1x?x?x2xf32>, tensor<1x1x2x1xf32>)
// CHECK:         ^bb0(%[[ACC:.*]]: f32):
// CHECK:           %[[H:.*]] = hswish.hard_swish %[[ACC]] : f32
// CHECK:           %[[ROUNDED:.*]] = arith.truncf %[[H]] : f32 to f16
// CHECK:           %[[WIDE:.*]] = arith.extf %[[ROUNDED]] : f16 to f32
// CHECK:           hswish.yield %[[WIDE]] : f32
// CHECK:         %[[R:.*]] = arith.truncf %[[C]] : tensor<1x?x?x1xf32> to tensor<1x?x?x1xf16>
// CHECK:         return %[[R]]
func.func @conv(%x: tensor<1x?x?x2xf16>, %e: tensor<1x?x?x1xf16>) -> tensor<1x?x?x1xf16> {
  %w = arith.constant dense<[[[[1.5], [-6.103515625e-5]]]]> : tensor<1x1x2x1xf16>
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x?x?x2xf16>, tensor<1x1x2x1xf16>) outs(%e : tensor<1x?x?x1xf16>) {
  ^bb0(%acc: f16):
    %wide = arith.extf %acc : f16 to f32
    %1 = hswish.hard_swish %wide : f32
    %2 = arith.truncf %1 : f32 to f16
    hswish.yield %2 : f16
  } -> tensor<1x?x?x1xf16>
  return %0 : tensor<1x?x?x1xf16>
}

// -----

// A subnormal half, infinity, NaN; bf16.

// CHECK-LABEL: func.func @constants(
// CHECK:         arith.constant dense<[5.96046448E-8, 0x7F800000, 0x7FC00000, -0.000000e+00]> : tensor<4xf32>
// CHECK:         arith.constant dense<2.500000e-01> : tensor<4xf32>
func.func @constants() -> (tensor<4xf16>, tensor<4xbf16>) {
  %0 = arith.constant dense<[0x0001, 0x7C00, 0x7E00, 0x8000]> : tensor<4xf16>
  %1 = arith.constant dense<0.25> : tensor<4xbf16>
  return %0, %1 : tensor<4xf16>, tensor<4xbf16>
}

// -----

// Bits of a half are not touched; f32 is left alone.

// CHECK-LABEL: func.func @bits(
// CHECK-NOT:     arith.extf
func.func @bits(%x: tensor<4xf16>) -> tensor<4xi16> {
  // expected-remark @below {{keeps this function in half precision}}
  %0 = arith.bitcast %x : tensor<4xf16> to tensor<4xi16>
  return %0 : tensor<4xi16>
}

// CHECK-LABEL: func.func @f32(
// CHECK-NEXT:    hswish.relu6
// CHECK-NEXT:    return
func.func @f32(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = hswish.relu6 %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// The nearest half of a half stays what it is.

// CHECK-LABEL: func.func @exact(
// CHECK:         %[[SUM:.*]] = arith.addf %{{.*}} : tensor<4xf32>
// CHECK:         %[[HALF:.*]] = arith.truncf %[[SUM]] : tensor<4xf32> to tensor<4xf16>
// CHECK:         %[[Y:.*]] = hswish.hard_swish %[[HALF]] accuracy<exact> : tensor<4xf16>
// CHECK:         %[[WIDE:.*]] = arith.extf %[[Y]] : tensor<4xf16> to tensor<4xf32>
// CHECK:         arith.mulf %[[WIDE]], %{{.*}} : tensor<4xf32>
func.func @exact(%x: tensor<4xf16>) -> tensor<4xf16> {
  %0 = arith.addf %x, %x : tensor<4xf16>
  %1 = hswish.hard_swish %0 accuracy<exact> : tensor<4xf16>
  %2 = arith.mulf %1, %x : tensor<4xf16>
  return %2 : tensor<4xf16>
}

// -----

// CHECK-LABEL: func.func @unranked(
// CHECK-NOT:     f32
func.func @unranked(%x: tensor<*xf16>) -> tensor<*xf16> {
  // expected-remark @below {{keeps this function in half precision}}
  %0 = arith.addf %x, %x : tensor<*xf16>
  %1 = hswish.hard_swish %0 accuracy<exact> : tensor<*xf16>
  return %1 : tensor<*xf16>
}

// -----

// What the model rounds to a half stays rounded.

// CHECK-LABEL: func.func @casts(
// CHECK-SAME:    %[[X:.*]]: tensor<4xf32>, %[[D:.*]]: tensor<4xf64>, %[[I:.*]]: tensor<4xi32>
// CHECK:         %[[H:.*]] = arith.truncf %[[X]] : tensor<4xf32> to tensor<4xf16>
// CHECK:         %[[XH:.*]] = arith.extf %[[H]] : tensor<4xf16> to tensor<4xf32>
// CHECK:         %[[B:.*]] = arith.truncf %[[D]] : tensor<4xf64> to tensor<4xbf16>
// CHECK:         %[[DB:.*]] = arith.extf %[[B]] : tensor<4xbf16> to tensor<4xf32>
// CHECK:         arith.extf %[[DB]] : tensor<4xf32> to tensor<4xf64>
// CHECK:         %[[IH:.*]] = arith.sitofp %[[I]] : tensor<4xi32> to tensor<4xf16>
// CHECK:         %[[W:.*]] = arith.extf %[[IH]] : tensor<4xf16> to tensor<4xf32>
// CHECK:         arith.addf %[[XH]], %[[W]] : tensor<4xf32>
func.func @casts(%x: tensor<4xf32>, %d: tensor<4xf64>, %i: tensor<4xi32>) -> (tensor<4xf64>, tensor<4xf32>) {
  %0 = arith.truncf %x : tensor<4xf32> to tensor<4xf16>
  %1 = arith.truncf %d : tensor<4xf64> to tensor<4xbf16>
  %2 = arith.extf %1 : tensor<4xbf16> to tensor<4xf64>
  %3 = arith.sitofp %i : tensor<4xi32> to tensor<4xf16>
  %4 = arith.addf %0, %3 : tensor<4xf16>
  %5 = arith.extf %4 : tensor<4xf16> to tensor<4xf32>
  return %2, %5 : tensor<4xf64>, tensor<4xf32>
}

// A result that is rounded already is not rounded again.

// CHECK-LABEL: func.func @result(
// CHECK:         %[[H:.*]] = arith.truncf %{{.*}} : tensor<4xf32> to tensor<4xf16>
// CHECK:         return %[[H]]
func.func @result(%x: tensor<4xf32>) -> tensor<4xf16> {
  %0 = arith.truncf %x : tensor<4xf32> to tensor<4xf16>
  return %0 : tensor<4xf16>
}

// -----

// Of TOSA, only conversions round: a layer is computed in f32.

// CHECK-LABEL: func.func @tosa(
// CHECK:         %[[H:.*]] = tosa.cast %{{.*}} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf16>
// CHECK:         %[[X:.*]] = arith.extf %[[H]] : tensor<1x4x4x2xf16> to tensor<1x4x4x2xf32>
// CHECK:         tosa.conv2d %[[X]], {{.*}} {acc_type = f32, {{.*}}} : (tensor<1x4x4x2xf32>, tensor<3x1x1x2xf32>, tensor<3xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x4x4x3xf32>
// CHECK-NOT:     truncf
// CHECK:         return
func.func @tosa(%x: tensor<1x4x4x2xf32>, %w: tensor<3x1x1x2xf16>, %b: tensor<3xf16>) -> tensor<1x4x4x3xf32> {
  %z = "tosa.const"() {values = dense<0.0> : tensor<1xf16>} : () -> tensor<1xf16>
  %0 = tosa.cast %x : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf16>
  %1 = tosa.conv2d %0, %w, %b, %z, %z {acc_type = f16, dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>,
      stride = array<i64: 1, 1>} : (tensor<1x4x4x2xf16>, tensor<3x1x1x2xf16>, tensor<3xf16>, tensor<1xf16>, tensor<1xf16>)
      -> tensor<1x4x4x3xf16>
  %2 = tosa.cast %1 : (tensor<1x4x4x3xf16>) -> tensor<1x4x4x3xf32>
  return %2 : tensor<1x4x4x3xf32>
}

// -----

// Constants that are blobs.

// CHECK-LABEL: func.func @resource(
// CHECK:         arith.constant dense<[1.500000e+00, -2.000000e+00]> : tensor<2xf32>
func.func @resource() -> tensor<2xf16> {
  %0 = arith.constant dense_resource<halves> : tensor<2xf16>
  return %0 : tensor<2xf16>
}

{-#
  dialect_resources: { builtin: { halves: "0x02000000003E00C0" } }
#-}
