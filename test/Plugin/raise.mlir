// Only the raising, in upstream's mlir-opt: what a foreign compiler would run,
// on scalars and on TOSA, with remarks.

// RUN: mlir-opt %s --load-dialect-plugin=%hswish_lib_dir/HSwishPlugin%pluginext \
// RUN:   --load-pass-plugin=%hswish_lib_dir/HSwishPlugin%pluginext \
// RUN:   --pass-pipeline="builtin.module(hswish-raise{explain accuracy=default})" 2>%t | FileCheck %s
// RUN: FileCheck %s --check-prefix=MISS < %t

// The same without our dialect: upstream lowers the rest.
// RUN: mlir-opt %s --load-dialect-plugin=%hswish_lib_dir/HSwishPlugin%pluginext \
// RUN:   --load-pass-plugin=%hswish_lib_dir/HSwishPlugin%pluginext \
// RUN:   --pass-pipeline="builtin.module(hswish-raise,convert-hswish-to-arith,canonicalize,func.func(tosa-to-linalg))" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=LOWERED
// LOWERED-NOT: hswish.

// CHECK-LABEL: func.func @scalar(
// CHECK-NEXT: %[[Y:.*]] = hswish.hard_swish %{{.*}} : f32
// CHECK-NEXT: return %[[Y]]
func.func @scalar(%x: f32) -> f32 {
  %c0 = arith.constant 0.0 : f32
  %c3 = arith.constant 3.0 : f32
  %c6 = arith.constant 6.0 : f32
  %0 = arith.addf %x, %c3 : f32
  %1 = arith.maximumf %0, %c0 : f32
  %2 = arith.minimumf %1, %c6 : f32
  %3 = arith.mulf %x, %2 : f32
  %4 = arith.divf %3, %c6 : f32
  return %4 : f32
}

// CHECK-LABEL: func.func @tosa(
// CHECK-NEXT: %[[Y:.*]] = hswish.hard_sigmoid %{{.*}} : tensor<4xf32>
// CHECK-NEXT: return %[[Y]]
func.func @tosa(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %c3 = "tosa.const"() <{values = dense<3.0> : tensor<4xf32>}> : () -> tensor<4xf32>
  %c6 = "tosa.const"() <{values = dense<6.0> : tensor<4xf32>}> : () -> tensor<4xf32>
  %0 = tosa.add %x, %c3 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = tosa.clamp %0 {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<4xf32>) -> tensor<4xf32>
  %2 = tosa.reciprocal %c6 : (tensor<4xf32>) -> tensor<4xf32>
  %3 = tosa.mul %1, %2, %s : (tensor<4xf32>, tensor<4xf32>, tensor<1xi8>) -> tensor<4xf32>
  return %3 : tensor<4xf32>
}

// MISS: raise.mlir:[[#@LINE+12]]:{{.*}}: remark: like h-swish, but upper bound 5 is not 6
// CHECK-LABEL: func.func @miss(
// CHECK: arith.divf
func.func @miss(%x: f32) -> f32 {
  %c0 = arith.constant 0.0 : f32
  %c3 = arith.constant 3.0 : f32
  %c5 = arith.constant 5.0 : f32
  %c6 = arith.constant 6.0 : f32
  %0 = arith.addf %x, %c3 : f32
  %1 = arith.maximumf %0, %c0 : f32
  %2 = arith.minimumf %1, %c5 : f32
  %3 = arith.mulf %x, %2 : f32
  %4 = arith.divf %3, %c6 : f32
  return %4 : f32
}
