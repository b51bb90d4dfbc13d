// RUN: hswish-opt %s --hswish-results-to-outputs --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @named(
// CHECK-SAME: %[[X:.*]]: tensor<4xf32> {bufferization.writable = false, hswish.name = "x", hswish.tensor = tensor<4xf32>},
// CHECK-SAME: %[[OUT:.*]]: memref<4xf32> {hswish.name = "y", hswish.output, hswish.tensor = tensor<4xf32>}) {
// CHECK: %[[Y:.*]] = arith.addf %[[X]], %[[X]]
// CHECK: bufferization.materialize_in_destination %[[Y]] in restrict writable %[[OUT]]
// CHECK: return{{$}}
func.func @named(%x: tensor<4xf32> {hswish.name = "x"}) -> (tensor<4xf32> {hswish.name = "y"}) {
  %0 = arith.addf %x, %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// Names are made up, unsigned integers are noted, scalars are tensors of rank 0.
// CHECK-LABEL: func.func @unnamed(
// CHECK-SAME: tensor<2xi8> {bufferization.writable = false, hswish.name = "input0", hswish.tensor = tensor<2xui8>}
// CHECK-SAME: tensor<f32> {bufferization.writable = false, hswish.name = "input1", hswish.tensor = tensor<f32>}
// CHECK-SAME: memref<f32> {hswish.name = "output0", hswish.output, hswish.tensor = tensor<f32>}
func.func @unnamed(%x: tensor<2xi8> {hswish.type = "ui8"}, %y: tensor<f32>) -> tensor<f32> {
  return %y : tensor<f32>
}

// CHECK-LABEL: func.func private @helper(
// CHECK-SAME: %{{.*}}: tensor<4xf32>) -> tensor<4xf32>
func.func private @helper(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

// expected-error @+1 {{input 0 of @dynamic has type 'tensor<?xf32>': dynamic dimensions must be bound}}
func.func @dynamic(%x: tensor<?xf32>) {
  return
}

// -----

// expected-error @+1 {{output 0 of @scalar is not a ranked tensor but 'f32'}}
func.func @scalar() -> f32 {
  %0 = arith.constant 1.0 : f32
  return %0 : f32
}
