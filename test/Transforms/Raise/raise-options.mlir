// RUN: hswish-opt %s --hswish-raise | FileCheck %s --check-prefixes=CHECK,PRESERVE
// RUN: hswish-opt %s --hswish-raise=accuracy=fast | FileCheck %s --check-prefixes=CHECK,FAST
// RUN: hswish-opt %s --hswish-raise=accuracy=default | FileCheck %s --check-prefixes=CHECK,DEFAULT
// RUN: hswish-opt %s --hswish-raise="keep-nan accuracy=onnx" | FileCheck %s --check-prefixes=CHECK,ONNX
// RUN: hswish-opt %s --hswish-raise=accuracy=exact | FileCheck %s --check-prefixes=EXACT
// RUN: hswish-opt %s --inline --hswish-raise | FileCheck %s --check-prefixes=INLINE

// CHECK-LABEL: @torch
//    PRESERVE:   hswish.hard_swish %{{.*}} accuracy<torch> : f32
//        FAST:   hswish.hard_swish %{{.*}} accuracy<fast> : f32
//     DEFAULT:   hswish.hard_swish %{{.*}} : f32
//        ONNX:   hswish.hard_swish %{{.*}} accuracy<onnx> : f32
//       EXACT:   hswish.hard_swish %{{.*}} accuracy<exact> : f32
func.func @torch(%x: f32) -> f32 {
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

// maxnumf drops NaN. The product with x brings it back, a gate loses it.

// CHECK-LABEL: @nan
//    PRESERVE:   hswish.hard_sigmoid
//    ONNX-NOT:   hswish.hard_sigmoid
//       CHECK:   hswish.hard_swish
//  CHECK-NEXT:   arith.mulf
func.func @nan(%x: f32, %y: f32) -> (f32, f32) {
  %c0 = arith.constant 0.0 : f32
  %c3 = arith.constant 3.0 : f32
  %c6 = arith.constant 6.0 : f32
  %0 = arith.addf %x, %c3 : f32
  %1 = arith.maxnumf %0, %c0 : f32
  %2 = arith.minnumf %1, %c6 : f32
  %3 = arith.divf %2, %c6 : f32
  %4 = arith.mulf %x, %3 : f32
  %5 = arith.mulf %y, %3 : f32
  return %4, %5 : f32, f32
}

// Functions that hold a part are inlined first.

func.func private @relu6(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c0 = arith.constant dense<0.0> : tensor<4xf32>
  %c6 = arith.constant dense<6.0> : tensor<4xf32>
  %0 = arith.maximumf %x, %c0 : tensor<4xf32>
  %1 = arith.minimumf %0, %c6 : tensor<4xf32>
  return %1 : tensor<4xf32>
}

func.func private @hard_sigmoid(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c3 = arith.constant dense<3.0> : tensor<4xf32>
  %c6 = arith.constant dense<6.0> : tensor<4xf32>
  %0 = arith.addf %x, %c3 : tensor<4xf32>
  %1 = call @relu6(%0) : (tensor<4xf32>) -> tensor<4xf32>
  %2 = arith.divf %1, %c6 : tensor<4xf32>
  return %2 : tensor<4xf32>
}

// INLINE-LABEL: @functions
//  INLINE-SAME:   %[[X:.*]]: tensor<4xf32>
//       INLINE:   %[[Y:.*]] = hswish.hard_swish %[[X]] : tensor<4xf32>
//  INLINE-NEXT:   return %[[Y]]
func.func @functions(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = call @hard_sigmoid(%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = arith.mulf %0, %x : tensor<4xf32>
  return %1 : tensor<4xf32>
}
