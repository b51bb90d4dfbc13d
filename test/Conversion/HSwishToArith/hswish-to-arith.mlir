// RUN: hswish-opt %s -convert-hswish-to-arith -canonicalize -split-input-file | FileCheck %s
// RUN: hswish-opt %s -convert-hswish-to-arith=clamp=ieee -canonicalize -split-input-file | FileCheck %s --check-prefix=IEEE

// The default form: relu6 first, 1/6 before x, seven ops for five instructions.
// CHECK-LABEL: func.func @default_form
// CHECK-SAME: %[[X:[a-z0-9]+]]: f32
// CHECK-DAG: %[[C0:.*]] = arith.constant 0.000000e+00
// CHECK-DAG: %[[C3:.*]] = arith.constant 3.000000e+00
// CHECK-DAG: %[[C6:.*]] = arith.constant 6.000000e+00
// CHECK-DAG: %[[SIXTH:.*]] = arith.constant 0.166666672
// CHECK: %[[SHIFTED:.*]] = arith.addf %[[X]], %[[C3]]
// CHECK: %[[LOW:.*]] = arith.cmpf olt, %[[SHIFTED]], %[[C0]]
// CHECK: %[[MAX:.*]] = arith.select %[[LOW]], %[[C0]], %[[SHIFTED]]
// CHECK: %[[HIGH:.*]] = arith.cmpf ogt, %[[MAX]], %[[C6]]
// CHECK: %[[MIN:.*]] = arith.select %[[HIGH]], %[[C6]], %[[MAX]]
// CHECK: %[[SIGMOID:.*]] = arith.mulf %[[MIN]], %[[SIXTH]]
// CHECK: %[[Y:.*]] = arith.mulf %[[X]], %[[SIGMOID]]
// CHECK: return %[[Y]]
// IEEE-LABEL: func.func @default_form
// IEEE: arith.maximumf
// IEEE: arith.minimumf
// IEEE-NOT: arith.cmpf
func.func @default_form(%x: f32) -> f32 {
  %0 = hswish.hard_swish %x : f32
  return %0 : f32
}

// -----

// CHECK-LABEL: func.func @torch_form
// CHECK-SAME: %[[X:.*]]: vector<16xf32>
// CHECK-DAG: %[[SIX:.*]] = arith.constant dense<6.000000e+00>
// CHECK: %[[RELU6:.*]] = arith.select
// CHECK: %[[CLAMPED:.*]] = arith.select
// CHECK: %[[PRODUCT:.*]] = arith.mulf %[[X]], %[[CLAMPED]]
// CHECK: arith.divf %[[PRODUCT]], %[[SIX]]
func.func @torch_form(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = hswish.hard_swish %x accuracy<torch> : vector<16xf32>
  return %0 : vector<16xf32>
}

// -----

// CHECK-LABEL: func.func @onnx_form
// CHECK-SAME: %[[X:.*]]: tensor<4xf32>
// CHECK-NOT: math.fma
// CHECK: %[[SCALED:.*]] = arith.mulf %[[X]]
// CHECK: arith.addf %[[SCALED]]
// CHECK-NOT: arith.divf
func.func @onnx_form(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = hswish.hard_swish %x accuracy<onnx> : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @fast_form
// CHECK-SAME: %[[X:.*]]: vector<[4]xf32>
// CHECK: %[[LINE:.*]] = math.fma %[[X]]
// CHECK: arith.mulf %[[X]], %{{.*}} fastmath<nnan> : vector<[4]xf32>
func.func @fast_form(%x: vector<[4]xf32>) -> vector<[4]xf32> {
  %0 = hswish.hard_swish %x accuracy<fast> fastmath<nnan> : vector<[4]xf32>
  return %0 : vector<[4]xf32>
}

// -----

// The half types compute in f32 and round once.
// CHECK-LABEL: func.func @half_types
// CHECK: %[[F:.*]] = arith.extf %{{.*}} : f16 to f32
// CHECK: arith.addf %[[F]], %{{.*}} : f32
// CHECK: arith.truncf %{{.*}} : f32 to f16
// CHECK: arith.extf %{{.*}} : bf16 to f32
// CHECK: arith.truncf %{{.*}} : f32 to bf16
// CHECK-NOT: arith.truncf
func.func @half_types(%x: f16, %y: bf16) -> (f16, bf16) {
  %0 = hswish.hard_swish %x : f16
  %1 = hswish.hard_sigmoid %y : bf16
  return %0, %1 : f16, bf16
}

// -----

// CHECK-LABEL: func.func @f64_keeps_its_own_sixth
// CHECK: arith.constant 0.16666666666666666 : f64
func.func @f64_keeps_its_own_sixth(%x: f64) -> f64 {
  %0 = hswish.hard_swish %x : f64
  return %0 : f64
}

// -----

// CHECK-LABEL: func.func @dynamic_shape
// CHECK-SAME: %[[X:.*]]: tensor<2x?xf32>
// CHECK: %[[SIZE:.*]] = tensor.dim %[[X]], %{{.*}}
// CHECK: tensor.splat %{{.*}}[%[[SIZE]]] : tensor<2x?xf32>
// CHECK-NOT: hswish.
func.func @dynamic_shape(%x: tensor<2x?xf32>) -> tensor<2x?xf32> {
  %0 = hswish.hard_swish %x : tensor<2x?xf32>
  return %0 : tensor<2x?xf32>
}

// -----

// The body of a structured op is reached, too.
// CHECK-LABEL: func.func @in_an_epilogue
// CHECK: hswish.conv_2d
// CHECK-NOT: hswish.hard_swish
// CHECK: arith.select
// CHECK: hswish.yield
func.func @in_an_epilogue(%x: tensor<1x8x8x4xf32>, %w: tensor<1x1x4x8xf32>, %y: tensor<1x8x8x8xf32>) -> tensor<1x8x8x8xf32> {
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x8x8x4xf32>, tensor<1x1x4x8xf32>) outs(%y : tensor<1x8x8x8xf32>) {
  ^bb0(%acc: f32):
    %1 = hswish.hard_swish %acc : f32
    hswish.yield %1 : f32
  } -> tensor<1x8x8x8xf32>
  return %0 : tensor<1x8x8x8xf32>
}

// -----

// CHECK-LABEL: func.func @swish
// CHECK: %[[NEGATED:.*]] = arith.negf
// CHECK: %[[EXP:.*]] = math.exp %[[NEGATED]]
// CHECK: %[[SUM:.*]] = arith.addf
// CHECK: arith.divf %{{.*}}, %[[SUM]]
func.func @swish(%x: f32) -> f32 {
  %0 = hswish.swish %x : f32
  return %0 : f32
}

// -----

// relu6(-0) is -0: maximumf may only be used where signed zeros do not matter.
// IEEE-LABEL: func.func @relu6_and_signed_zeros
// IEEE: arith.select
// IEEE: arith.select
// IEEE: arith.maximumf
// IEEE: arith.minimumf
func.func @relu6_and_signed_zeros(%x: f32) -> (f32, f32) {
  %0 = hswish.relu6 %x : f32
  %1 = hswish.relu6 %x fastmath<nsz> : f32
  return %0, %1 : f32, f32
}

// -----

// CHECK-LABEL: func.func @gradient_outer
// CHECK-SAME: %[[X:.*]]: f32, %[[DY:.*]]: f32
// CHECK-DAG: arith.cmpf ole, %[[X]], %{{.*}}
// CHECK-DAG: arith.cmpf ole, %{{.*}}, %[[X]]
// CHECK: arith.mulf %[[DY]]
func.func @gradient_outer(%x: f32, %dy: f32) -> f32 {
  %0 = hswish.hard_swish_grad %x, %dy : f32
  return %0 : f32
}

// -----

// CHECK-LABEL: func.func @gradient_inner
// CHECK-SAME: %[[X:[a-z0-9]+]]: f32
// CHECK-DAG: arith.cmpf olt, %[[X]], %{{.*}}
// CHECK-DAG: arith.cmpf olt, %{{.*}}, %[[X]]
// CHECK-NOT: oeq
func.func @gradient_inner(%x: f32, %dy: f32) -> f32 {
  %0 = hswish.hard_swish_grad %x, %dy kink<inner> : f32
  return %0 : f32
}

// -----

// NaN must come out: no comparison is true for it.
// CHECK-LABEL: func.func @hard_sigmoid_gradient
// CHECK-SAME: %[[X:[a-z0-9]+]]: f32
// CHECK: %[[NAN:.*]] = arith.cmpf uno, %[[X]], %[[X]]
// CHECK: arith.select %[[NAN]], %[[X]]
func.func @hard_sigmoid_gradient(%x: f32, %dy: f32) -> f32 {
  %0 = hswish.hard_sigmoid_grad %x, %dy : f32
  return %0 : f32
}

// -----

// On AArch64 maximumf is one instruction, a compare and a select are two.
// CHECK: module attributes
module attributes {hswish.target = #hswish.target<triple = "aarch64-linux-gnu", vector_bits = 128,
                                                  registers = 32, l1 = 65536, l2 = 524288>} {
  // CHECK-LABEL: func.func @neon
  // CHECK: arith.maximumf
  // CHECK: arith.minimumf
  func.func @neon(%x: f32) -> f32 {
    %0 = hswish.hard_swish %x : f32
    return %0 : f32
  }
}

// -----

// AVX512DQ clamps a native vector symmetrically by one instruction; scalars and
// other vectors by two. ReLU6 and h-sigmoid have no product to restore NaN,
// and `fast` has a line that is not exact at the kinks.
// CHECK: module attributes
module attributes {hswish.target = #hswish.target<triple = "x86_64-linux-gnu", vector_bits = 512,
                                                  registers = 32, l1 = 32768, l2 = 524288>} {
  // CHECK-LABEL: func.func @range
  // CHECK-SAME: %[[X:[a-z0-9]+]]: vector<16xf32>
  // CHECK-DAG: %[[C3:.*]] = arith.constant dense<3.000000e+00> : vector<16xf32>
  // CHECK-DAG: %[[MIN_ABS:.*]] = arith.constant 2 : i32
  // CHECK: %[[CLAMPED:.*]] = llvm.call_intrinsic "llvm.x86.avx512.mask.range.ps.512"(%[[X]], %[[C3]], %[[MIN_ABS]], %[[X]], %{{.*}}, %{{.*}}) : (vector<16xf32>, vector<16xf32>, i32, vector<16xf32>, i16, i32) -> vector<16xf32>
  // CHECK: %[[SHIFTED:.*]] = arith.addf %[[CLAMPED]], %[[C3]]
  // CHECK: %[[GATE:.*]] = arith.mulf %[[SHIFTED]]
  // CHECK: arith.mulf %[[X]], %[[GATE]]
  func.func @range(%x: vector<16xf32>) -> vector<16xf32> {
    %0 = hswish.hard_swish %x : vector<16xf32>
    return %0 : vector<16xf32>
  }

  // CHECK-LABEL: func.func @range_torch
  // CHECK: llvm.call_intrinsic "llvm.x86.avx512.mask.range.pd.256"({{.*}}) : (vector<4xf64>, vector<4xf64>, i32, vector<4xf64>, i8) -> vector<4xf64>
  // CHECK-NEXT: arith.addf
  // CHECK-NEXT: arith.mulf
  // CHECK-NEXT: arith.divf
  func.func @range_torch(%x: vector<4xf64>) -> vector<4xf64> {
    %0 = hswish.hard_swish %x accuracy<torch> : vector<4xf64>
    return %0 : vector<4xf64>
  }

  // CHECK-LABEL: func.func @range_unit
  // CHECK-SAME: %[[U:[a-z0-9]+]]: vector<16xf32>
  // CHECK: %[[CLAMPED:.*]] = llvm.call_intrinsic "llvm.x86.avx512.mask.range.ps.512"(%[[U]]
  // CHECK-NEXT: math.fma %[[U]], %[[CLAMPED]], %[[U]]
  func.func @range_unit(%u: vector<16xf32>) -> vector<16xf32> {
    %0 = hswish.unit_hard_swish %u : vector<16xf32>
    return %0 : vector<16xf32>
  }

  // CHECK-LABEL: func.func @no_range
  // CHECK-NOT: llvm.call_intrinsic
  // CHECK: return
  func.func @no_range(%x: f32, %y: vector<24xf32>, %z: vector<16xf32>)
      -> (f32, vector<24xf32>, vector<16xf32>, vector<16xf32>) {
    %0 = hswish.hard_swish %x : f32
    %1 = hswish.hard_swish %y : vector<24xf32>
    %2 = hswish.hard_sigmoid %z : vector<16xf32>
    %3 = hswish.relu6 %z : vector<16xf32>
    return %0, %1, %2, %3 : f32, vector<24xf32>, vector<16xf32>, vector<16xf32>
  }
}

// -----

// Without FMA a fused multiply-add is a library call for each lane.
// CHECK: module attributes
module attributes {hswish.target = #hswish.target<triple = "x86_64-linux-gnu", vector_bits = 128,
                                                  registers = 16, l1 = 32768, l2 = 524288>} {
  // CHECK-LABEL: func.func @sse
  // CHECK-NOT: math.fma
  // CHECK: arith.select
  func.func @sse(%x: f32) -> f32 {
    %0 = hswish.hard_swish %x accuracy<fast> : f32
    return %0 : f32
  }
}

// -----

// ReLU and Clip: maximumf costs a fix-up for NaN on x86, a compare and a select
// are one instruction. -0 stays as it is only where nsz allows it.
// CHECK: module attributes
module attributes {hswish.target = #hswish.target<triple = "x86_64-linux-gnu", vector_bits = 512,
                                                  registers = 32, l1 = 32768, l2 = 524288>} {
  // CHECK-LABEL: func.func @clamps
  // CHECK-SAME: %[[X:[a-z0-9]+]]: vector<16xf32>, %[[Y:[a-z0-9]+]]: vector<16xf32>
  // CHECK-DAG: %[[C0:.*]] = arith.constant dense<0.000000e+00>
  // CHECK-DAG: %[[C6:.*]] = arith.constant dense<6.000000e+00>
  // CHECK: %[[IS_LOW:.*]] = arith.cmpf olt, %[[X]], %[[C0]] fastmath<nsz>
  // CHECK: %[[LOW:.*]] = arith.select %[[IS_LOW]], %[[C0]], %[[X]]
  // CHECK: %[[IS_HIGH:.*]] = arith.cmpf ogt, %[[LOW]], %[[C6]]
  // CHECK: arith.select %[[IS_HIGH]], %[[C6]], %[[LOW]]
  // CHECK: arith.maximumf %[[X]], %[[C0]]
  // CHECK: arith.maximumf %[[X]], %[[Y]]
  func.func @clamps(%x: vector<16xf32>, %y: vector<16xf32>) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>) {
    %c0 = arith.constant dense<0.0> : vector<16xf32>
    %c6 = arith.constant dense<6.0> : vector<16xf32>
    %0 = arith.maximumf %x, %c0 fastmath<nsz> : vector<16xf32>
    %1 = arith.minimumf %0, %c6 : vector<16xf32>
    %2 = arith.maximumf %x, %c0 : vector<16xf32>
    %3 = arith.maximumf %x, %y fastmath<nsz> : vector<16xf32>
    return %1, %2, %3 : vector<16xf32>, vector<16xf32>, vector<16xf32>
  }
}

// -----

// Rounded once, from f64; a thousandth of the least f32 breaks ties.
// CHECK-LABEL: func.func @exact
// CHECK-SAME: %[[X:.*]]: vector<8xf32>
// CHECK-DAG: %[[TIE:.*]] = arith.constant dense<3.4211388289180104E-49> : vector<8xf64>
// CHECK: %[[WIDE:.*]] = arith.extf %[[X]] : vector<8xf32> to vector<8xf64>
// CHECK: %[[BELOW:.*]] = arith.cmpf olt, %[[WIDE]]
// CHECK: %[[BOUNDED:.*]] = arith.select %[[BELOW]], %{{.*}}, %[[WIDE]]
// CHECK: %[[Y:.*]] = math.fma %[[BOUNDED]], %{{.*}}, %[[TIE]]
// CHECK: %[[SIGNED:.*]] = math.copysign %[[Y]], %[[WIDE]]
// CHECK: %[[R:.*]] = arith.truncf %[[SIGNED]] : vector<8xf64> to vector<8xf32>
// CHECK: return %[[R]]
func.func @exact(%x: vector<8xf32>) -> vector<8xf32> {
  %0 = hswish.hard_swish %x accuracy<exact> fastmath<fast> : vector<8xf32>
  return %0 : vector<8xf32>
}

// -----

// f32 is wide enough for halves, but not for a product of two of them.
// CHECK-LABEL: func.func @exact_halves
// CHECK-SAME: %[[X:.*]]: f16, %[[DY:.*]]: f16
// CHECK: arith.extf %[[X]] : f16 to f32
// CHECK: arith.truncf %{{.*}} : f32 to f16
// CHECK: arith.extf %[[X]] : f16 to f64
// CHECK: %[[ROUNDED:.*]] = arith.truncf %{{.*}} : f64 to f32
// CHECK: %[[BITS:.*]] = arith.bitcast %[[ROUNDED]] : f32 to i32
// CHECK: %[[ODD:.*]] = arith.ori
// CHECK: %[[WIDE:.*]] = arith.bitcast %[[ODD]] : i32 to f32
// CHECK: arith.truncf %[[WIDE]] : f32 to f16
func.func @exact_halves(%x: f16, %dy: f16) -> (f16, f16) {
  %0 = hswish.hard_swish %x accuracy<exact> : f16
  %1 = hswish.hard_swish_grad %x, %dy accuracy<exact> : f16
  return %0, %1 : f16, f16
}

// -----

// A tensor of any rank has no constants of its shape.
// CHECK-LABEL: func.func @unranked
// CHECK: hswish.relu6 %{{.*}} : tensor<*xf32>
func.func @unranked(%x: tensor<*xf32>) -> tensor<*xf32> {
  %0 = hswish.relu6 %x : tensor<*xf32>
  return %0 : tensor<*xf32>
}
