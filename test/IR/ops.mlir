// RUN: hswish-opt %s | hswish-opt | FileCheck %s
// RUN: hswish-opt %s -mlir-print-op-generic | hswish-opt | FileCheck %s
// RUN: hswish-opt %s -emit-bytecode | hswish-opt | FileCheck %s

// CHECK-LABEL: func.func @activations_on_scalars
func.func @activations_on_scalars(%a: f16, %b: bf16, %c: f32, %d: f64) -> (f16, bf16, f32, f64) {
  // CHECK: hswish.hard_swish %{{.*}} : f16
  %0 = hswish.hard_swish %a : f16
  // CHECK: hswish.hard_sigmoid %{{.*}} accuracy<onnx> : bf16
  %1 = hswish.hard_sigmoid %b accuracy<onnx> : bf16
  // CHECK: hswish.relu6 %{{.*}} fastmath<nnan,nsz> : f32
  %2 = hswish.relu6 %c fastmath<nnan,nsz> : f32
  // CHECK: hswish.swish %{{.*}} : f64
  %3 = hswish.swish %d : f64
  // CHECK: hswish.unit_hard_swish %{{.*}} fastmath<nnan> : f32
  %4 = hswish.unit_hard_swish %c fastmath<nnan> : f32
  return %0, %1, %2, %3 : f16, bf16, f32, f64
}

// CHECK-LABEL: func.func @every_accuracy
func.func @every_accuracy(%x: f32) -> (f32, f32, f32, f32) {
  // CHECK: hswish.hard_swish %{{.*}} accuracy<fast> fastmath<nnan> : f32
  %0 = hswish.hard_swish %x accuracy<fast> fastmath<nnan> : f32
  // The default is not printed.
  // CHECK: hswish.hard_swish %{{[a-z0-9]+}} : f32
  %1 = hswish.hard_swish %x accuracy<default> : f32
  // CHECK: hswish.hard_swish %{{.*}} accuracy<torch> : f32
  %2 = hswish.hard_swish %x accuracy<torch> : f32
  // CHECK: hswish.hard_swish %{{.*}} accuracy<onnx> : f32
  %3 = hswish.hard_swish %x accuracy<onnx> : f32
  // CHECK: hswish.hard_swish %{{.*}} accuracy<exact> : f32
  %4 = hswish.hard_swish %x accuracy<exact> : f32
  return %0, %1, %2, %3 : f32, f32, f32, f32
}

// CHECK-LABEL: func.func @containers
func.func @containers(%a: vector<16xf32>, %b: vector<[4]xf32>, %c: tensor<?x8xf16>, %d: tensor<*xf32>,
                      %e: vector<f32>) {
  // CHECK: hswish.hard_swish %{{.*}} : vector<16xf32>
  %0 = hswish.hard_swish %a : vector<16xf32>
  // CHECK: hswish.hard_sigmoid %{{.*}} : vector<[4]xf32>
  %1 = hswish.hard_sigmoid %b : vector<[4]xf32>
  // CHECK: hswish.hard_swish %{{.*}} : tensor<?x8xf16>
  %2 = hswish.hard_swish %c : tensor<?x8xf16>
  // CHECK: hswish.relu6 %{{.*}} : tensor<*xf32>
  %3 = hswish.relu6 %d : tensor<*xf32>
  // CHECK: hswish.swish %{{.*}} : vector<f32>
  %4 = hswish.swish %e : vector<f32>
  return
}

// CHECK-LABEL: func.func @gradients
func.func @gradients(%x: tensor<8xf32>, %dy: tensor<8xf32>) {
  // CHECK: hswish.hard_swish_grad %{{[a-z0-9]+}}, %{{[a-z0-9]+}} : tensor<8xf32>
  %0 = hswish.hard_swish_grad %x, %dy kink<outer> : tensor<8xf32>
  // CHECK: hswish.hard_swish_grad %{{.*}} kink<inner> accuracy<torch> : tensor<8xf32>
  %1 = hswish.hard_swish_grad %x, %dy kink<inner> accuracy<torch> : tensor<8xf32>
  // CHECK: hswish.hard_sigmoid_grad %{{.*}} kink<average> fastmath<contract> : tensor<8xf32>
  %2 = hswish.hard_sigmoid_grad %x, %dy kink<average> fastmath<contract> : tensor<8xf32>
  // CHECK: hswish.hard_sigmoid_grad %{{.*}} kink<left> : tensor<8xf32>
  %3 = hswish.hard_sigmoid_grad %x, %dy kink<left> : tensor<8xf32>
  // CHECK: hswish.hard_sigmoid_grad %{{.*}} kink<right> : tensor<8xf32>
  %4 = hswish.hard_sigmoid_grad %x, %dy kink<right> : tensor<8xf32>
  return
}

// CHECK-LABEL: func.func @conv_2d
func.func @conv_2d(%x: tensor<1x224x224x3xf32>, %w: tensor<3x3x3x16xf32>, %bias: tensor<16xf32>,
                   %residual: tensor<1x112x112x16xf32>) -> tensor<1x112x112x16xf32> {
  %init = tensor.empty() : tensor<1x112x112x16xf32>
  // CHECK: hswish.conv_2d ins(%{{.*}}, %{{.*}} : tensor<1x224x224x3xf32>, tensor<3x3x3x16xf32>)
  // CHECK-SAME: epilogue(%{{.*}}, %{{.*}} : tensor<16xf32>, tensor<1x112x112x16xf32>)
  // CHECK-SAME: outs(%{{.*}} : tensor<1x112x112x16xf32>)
  // CHECK-SAME: attributes {epilogue_maps = [#{{.*}}, #{{.*}}], pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>}
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x224x224x3xf32>, tensor<3x3x3x16xf32>)
      epilogue(%bias, %residual : tensor<16xf32>, tensor<1x112x112x16xf32>)
      outs(%init : tensor<1x112x112x16xf32>)
      attributes {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>,
                  epilogue_maps = [affine_map<(n, h, w, c) -> (c)>,
                                   affine_map<(n, h, w, c) -> (n, h, w, c)>]} {
  ^bb0(%acc: f32, %b: f32, %r: f32):
    %1 = arith.addf %acc, %b : f32
    %2 = hswish.hard_swish %1 : f32
    %3 = arith.addf %2, %r : f32
    // CHECK: hswish.yield %{{.*}} : f32
    hswish.yield %3 : f32
  } -> tensor<1x112x112x16xf32>
  return %0 : tensor<1x112x112x16xf32>
}

// CHECK-LABEL: func.func @packed_depthwise_on_memrefs
func.func @packed_depthwise_on_memrefs(%x: memref<1x16x16x64xf32>, %w: memref<576xf32>,
                                       %y: memref<1x14x14x64xf32, strided<[16384, 1024, 64, 1], offset: 1088>>) {
  // CHECK: hswish.conv_2d
  // CHECK-SAME: filter_shape = array<i64: 3, 3, 1, 64>, groups = 64 : i64
  // CHECK-SAME: strategy = #hswish.strategy<kernel = depthwise, vector = 16, rows = 2, columns = 7, unroll = 1, order = columns>
  hswish.conv_2d ins(%x, %w : memref<1x16x16x64xf32>, memref<576xf32>)
      outs(%y : memref<1x14x14x64xf32, strided<[16384, 1024, 64, 1], offset: 1088>>)
      attributes {groups = 64 : i64, filter_shape = array<i64: 3, 3, 1, 64>,
                  strategy = #hswish.strategy<kernel = depthwise, vector = 16, rows = 2,
                                              columns = 7, unroll = 1, order = columns>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// CHECK-LABEL: func.func @averages
func.func @averages(%x: memref<1x16x16x64xf32>, %w: memref<3x3x1x64xf32>,
                    %y: memref<1x14x14x64xf32>, %rows: memref<1x14x1x64xf32>) {
  // CHECK: hswish.conv_2d ins(%{{.*}}) outs(%{{.*}} : memref<1x14x14x64xf32>) averages(%{{.*}} : memref<1x14x1x64xf32>)
  hswish.conv_2d ins(%x, %w : memref<1x16x16x64xf32>, memref<3x3x1x64xf32>)
      outs(%y : memref<1x14x14x64xf32>) averages(%rows : memref<1x14x1x64xf32>)
      attributes {groups = 64 : i64} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// CHECK-LABEL: func.func @matmul
func.func @matmul(%a: tensor<?x960xf32>, %b: tensor<960x1280xf32>, %bias: tensor<1x1280xf32>,
                  %init: tensor<?x1280xf32>) -> tensor<?x1280xf32> {
  // CHECK: hswish.matmul ins(%{{.*}}, %{{.*}} : tensor<?x960xf32>, tensor<960x1280xf32>)
  // CHECK-SAME: blocks = [48, 48, 32]
  %0 = hswish.matmul ins(%a, %b : tensor<?x960xf32>, tensor<960x1280xf32>)
      epilogue(%bias : tensor<1x1280xf32>) outs(%init : tensor<?x1280xf32>)
      attributes {epilogue_maps = [affine_map<(m, n) -> (0, n)>],
                  strategy = #hswish.strategy<kernel = pointwise, vector = 16, rows = 7, columns = 1,
                                              unroll = 1, order = rows, blocks = [48, 48, 32]>} {
  ^bb0(%acc: f32, %c: f32):
    %1 = arith.addf %acc, %c : f32
    hswish.yield %1 : f32
  } -> tensor<?x1280xf32>
  return %0 : tensor<?x1280xf32>
}

// CHECK-LABEL: func.func @pool_2d
func.func @pool_2d(%x: tensor<1x7x7x960xf32>, %init: tensor<1x1x1x960xf32>, %init3: tensor<1x4x4x960xf32>) {
  // CHECK: hswish.pool_2d average ins(%{{.*}} : tensor<1x7x7x960xf32>) outs(%{{.*}} : tensor<1x1x1x960xf32>) {kernel = array<i64: 7, 7>} -> tensor<1x1x1x960xf32>
  %0 = hswish.pool_2d average ins(%x : tensor<1x7x7x960xf32>) outs(%init : tensor<1x1x1x960xf32>)
      {kernel = array<i64: 7, 7>} -> tensor<1x1x1x960xf32>
  // CHECK: hswish.pool_2d max ins
  %1 = hswish.pool_2d max ins(%x : tensor<1x7x7x960xf32>) outs(%init3 : tensor<1x4x4x960xf32>)
      {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>} -> tensor<1x4x4x960xf32>
  return
}

// CHECK-LABEL: func.func @fill_border
func.func @fill_border(%init: tensor<1x16x16x64xf32>) -> tensor<1x16x16x64xf32> {
  // CHECK: hswish.fill_border outs(%{{.*}} : tensor<1x16x16x64xf32>) {pads = array<i64: 1, 1, 1, 1>, value = 0.000000e+00 : f32} -> tensor<1x16x16x64xf32>
  %0 = hswish.fill_border outs(%init : tensor<1x16x16x64xf32>)
      {value = 0.0 : f32, pads = array<i64: 1, 1, 1, 1>} -> tensor<1x16x16x64xf32>
  return %0 : tensor<1x16x16x64xf32>
}

// CHECK: module @target attributes {hswish.target = #hswish.target<triple = "aarch64-unknown-linux-gnu", cpu = "neoverse-n1", vector_bits = 128, registers = 32, l1 = 65536, l2 = 1048576>}
module @target attributes {hswish.target = #hswish.target<triple = "aarch64-unknown-linux-gnu",
    cpu = "neoverse-n1", vector_bits = 128, registers = 32, l1 = 65536, l2 = 1048576>} {}
