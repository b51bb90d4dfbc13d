// RUN: hswish-opt %s -hswish-fuse-quantizers -canonicalize -split-input-file | FileCheck %s
// RUN: hswish-opt %s -hswish-fuse-quantizers=explain -verify-diagnostics -split-input-file -o /dev/null

// From integers to integers; the codes go on as floats for somebody else.
// CHECK-LABEL: func.func @integers
// CHECK-NEXT: %[[Y:.*]] = hswish.quantized_hard_swish %arg0 from<5.310000e-02 : 3> to<2.870000e-02 : -100> : tensor<8xi8>
// CHECK-NEXT: %[[F:.*]] = arith.sitofp %[[Y]] : tensor<8xi8> to tensor<8xf32>
// CHECK-NEXT: return %[[Y]], %[[F]]
func.func @integers(%q: tensor<8xi8>) -> (tensor<8xi8>, tensor<8xf32>) {
  %si = arith.constant dense<5.31e-02> : tensor<8xf32>
  %zi = arith.constant dense<3.0> : tensor<8xf32>
  %so = arith.constant dense<2.87e-02> : tensor<8xf32>
  %zo = arith.constant dense<-100.0> : tensor<8xf32>
  %low = arith.constant dense<-128.0> : tensor<8xf32>
  %high = arith.constant dense<127.0> : tensor<8xf32>
  %0 = arith.sitofp %q : tensor<8xi8> to tensor<8xf32>
  %1 = arith.subf %0, %zi : tensor<8xf32>
  %x = arith.mulf %1, %si : tensor<8xf32>
  %y = hswish.hard_swish %x accuracy<onnx> : tensor<8xf32>
  %2 = arith.divf %y, %so : tensor<8xf32>
  %3 = math.roundeven %2 : tensor<8xf32>
  %4 = arith.addf %3, %zo : tensor<8xf32>
  %5 = arith.maxnumf %4, %low : tensor<8xf32>
  %6 = arith.minnumf %5, %high : tensor<8xf32>
  %7 = arith.fptosi %6 : tensor<8xf32> to tensor<8xi8>
  return %7, %6 : tensor<8xi8>, tensor<8xf32>
}

// -----

// Codes of a quantiser, still floats; unsigned, zero points of 0 left out. A body
// of scalars: the shape does not matter.
// CHECK-LABEL: func.func @quantizer
// CHECK: %[[Q:.*]] = arith.fptoui %{{.*}} : f32 to i8
// CHECK: %[[Y:.*]] = hswish.quantized_hard_sigmoid %[[Q]] from<1.170000e-02 : 0> to<1.910000e-03 : 0> unsigned : i8
// CHECK: arith.uitofp %[[Y]] : i8 to f32
#id = affine_map<(m) -> (m)>
module attributes {hswish.target = #hswish.target<triple = "x86_64-linux-gnu", cpu = "icelake-server",
    vector_bits = 512, registers = 32, l1 = 32768, l2 = 524288>} {
func.func @quantizer(%v: tensor<?xf32>, %out: tensor<?xf32>) -> tensor<?xf32> {
  %si = arith.constant 1.17e-02 : f32
  %so = arith.constant 1.91e-03 : f32
  %low = arith.constant 0.0 : f32
  %high = arith.constant 255.0 : f32
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%v : tensor<?xf32>) outs(%out : tensor<?xf32>) {
  ^bb0(%in: f32, %o: f32):
    %0 = arith.divf %in, %si : f32
    %1 = math.roundeven %0 : f32
    %2 = arith.maxnumf %1, %low : f32
    %q = arith.minnumf %2, %high : f32
    %x = arith.mulf %q, %si : f32
    %y = hswish.hard_sigmoid %x accuracy<exact> : f32
    %3 = arith.divf %y, %so : f32
    %4 = math.roundeven %3 : f32
    %5 = arith.maxnumf %4, %low : f32
    %6 = arith.minnumf %5, %high : f32
    linalg.yield %6 : f32
  } -> tensor<?xf32>
  return %r : tensor<?xf32>
}
}

// -----

// Where there is no fast table, floats are faster.
// CHECK-LABEL: func.func @slow_table
// CHECK-NOT: quantized
func.func @slow_table(%v: f32) -> f32 {
  %si = arith.constant 1.17e-02 : f32
  %so = arith.constant 1.91e-03 : f32
  %low = arith.constant 0.0 : f32
  %high = arith.constant 255.0 : f32
  %0 = arith.divf %v, %si : f32
  %1 = math.roundeven %0 : f32
  %2 = arith.maxnumf %1, %low : f32
  %q = arith.minnumf %2, %high : f32
  %x = arith.mulf %q, %si : f32
  // expected-remark @below {{stays in floats between its quantisers: the target's tables are slower}}
  %y = hswish.hard_sigmoid %x accuracy<exact> : f32
  %3 = arith.divf %y, %so : f32
  %4 = math.roundeven %3 : f32
  %5 = arith.maxnumf %4, %low : f32
  %6 = arith.minnumf %5, %high : f32
  return %6 : f32
}

// -----

// With these scales three codes are so close to a tie that f32 misses it.
// CHECK-LABEL: func.func @ties
// CHECK-NOT: quantized
func.func @ties(%q: i8) -> i8 {
  %si = arith.constant 5.0e-02 : f32
  %zi = arith.constant 3.0 : f32
  %so = arith.constant 3.0e-02 : f32
  %zo = arith.constant -100.0 : f32
  %low = arith.constant -128.0 : f32
  %high = arith.constant 127.0 : f32
  %0 = arith.sitofp %q : i8 to f32
  %1 = arith.subf %0, %zi : f32
  %x = arith.mulf %1, %si : f32
  // expected-remark @below {{stays in floats between its quantisers: 3 of the codes would differ}}
  %y = hswish.hard_swish %x accuracy<onnx> : f32
  %2 = arith.divf %y, %so : f32
  %3 = math.roundeven %2 : f32
  %4 = arith.addf %3, %zo : f32
  %5 = arith.maxnumf %4, %low : f32
  %6 = arith.minnumf %5, %high : f32
  %7 = arith.fptosi %6 : f32 to i8
  return %7 : i8
}

// -----

// Another type of codes comes out, or the range is none of a type.
// CHECK-LABEL: func.func @other_codes
// CHECK-NOT: quantized
func.func @other_codes(%q: i8) -> (f32, f32) {
  %s = arith.constant 5.31e-02 : f32
  %zero = arith.constant 0.0 : f32
  %low = arith.constant -127.0 : f32
  %high = arith.constant 127.0 : f32
  %highest = arith.constant 255.0 : f32
  %0 = arith.sitofp %q : i8 to f32
  %x = arith.mulf %0, %s : f32
  %y = hswish.hard_swish %x : f32
  %1 = arith.divf %y, %s : f32
  %2 = math.roundeven %1 : f32
  %3 = arith.maxnumf %2, %zero : f32
  %4 = arith.minnumf %3, %highest : f32
  %5 = arith.maxnumf %2, %low : f32
  %6 = arith.minnumf %5, %high : f32
  return %4, %6 : f32, f32
}

// -----

// A scale for each channel, and a scale that is none.
// CHECK-LABEL: func.func @scales
// CHECK-NOT: quantized
func.func @scales(%q: tensor<2xi8>) -> (tensor<2xf32>, tensor<2xf32>) {
  %s = arith.constant dense<[5.31e-02, 2.87e-02]> : tensor<2xf32>
  %t = arith.constant dense<-5.31e-02> : tensor<2xf32>
  %low = arith.constant dense<-128.0> : tensor<2xf32>
  %high = arith.constant dense<127.0> : tensor<2xf32>
  %0 = arith.sitofp %q : tensor<2xi8> to tensor<2xf32>
  %x = arith.mulf %0, %s : tensor<2xf32>
  %y = hswish.hard_swish %x : tensor<2xf32>
  %1 = arith.divf %y, %s : tensor<2xf32>
  %2 = math.roundeven %1 : tensor<2xf32>
  %3 = arith.maxnumf %2, %low : tensor<2xf32>
  %4 = arith.minnumf %3, %high : tensor<2xf32>
  %5 = arith.mulf %0, %t : tensor<2xf32>
  %6 = hswish.hard_swish %5 : tensor<2xf32>
  %7 = arith.divf %6, %t : tensor<2xf32>
  %8 = math.roundeven %7 : tensor<2xf32>
  %9 = arith.maxnumf %8, %low : tensor<2xf32>
  %10 = arith.minnumf %9, %high : tensor<2xf32>
  return %4, %10 : tensor<2xf32>, tensor<2xf32>
}
