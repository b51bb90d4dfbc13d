// RUN: hswish-opt %s --hswish-fuse-epilogue='explain' --split-input-file -verify-diagnostics | FileCheck %s

// Bias, batch norm, activation: one op.

// CHECK: #[[$C:.*]] = affine_map<(d0, d1, d2, d3) -> (d3)>
// CHECK-LABEL: func.func @bias_and_activation(
// CHECK-SAME:    %[[X:.*]]: tensor<1x8x8x4xf32>, %[[W:.*]]: tensor<1x1x4x2xf32>, %[[B:.*]]: tensor<2xf32>
// CHECK-DAG:     %[[S:.*]] = arith.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK:         %[[R:.*]] = hswish.conv_2d ins(%[[X]], %[[W]] : {{.*}}) epilogue(%[[B]], %[[S]] : tensor<2xf32>, tensor<2xf32>)
// CHECK-SAME:      epilogue_maps = [#[[$C]], #[[$C]]]
// CHECK:         ^bb0(%[[ACC:.*]]: f32, %[[BIAS:.*]]: f32, %[[SCALE:.*]]: f32):
// CHECK:           %[[T:.*]] = arith.addf %[[ACC]], %[[BIAS]] : f32
// CHECK:           %[[M:.*]] = arith.mulf %[[T]], %[[SCALE]] : f32
// CHECK:           %[[H:.*]] = hswish.hard_swish %[[M]] accuracy<onnx> : f32
// CHECK:           %[[TWO:.*]] = arith.constant 2.000000e+00 : f32
// CHECK:           %[[D:.*]] = arith.divf %[[H]], %[[TWO]] : f32
// CHECK:           hswish.yield %[[D]] : f32
// CHECK:         return %[[R]]
#c = affine_map<(n, h, w, c) -> (c)>
#unit = affine_map<(n, h, w, c) -> (n, 0, 0, c)>
#id = affine_map<(n, h, w, c) -> (n, h, w, c)>
func.func @bias_and_activation(%x: tensor<1x8x8x4xf32>, %w: tensor<1x1x4x2xf32>, %b: tensor<2xf32>) -> tensor<1x8x8x2xf32> {
  %e = tensor.empty() : tensor<1x8x8x2xf32>
  %s = arith.constant dense<[[[[1.0, 2.0]]]]> : tensor<1x1x1x2xf32>
  %two = arith.constant dense<2.0> : tensor<1x8x8x2xf32>
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x8x8x4xf32>, tensor<1x1x4x2xf32>) outs(%e : tensor<1x8x8x2xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x8x8x2xf32>
  %1 = linalg.generic {indexing_maps = [#c, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%b : tensor<2xf32>) outs(%e : tensor<1x8x8x2xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<1x8x8x2xf32>
  %2 = arith.addf %0, %1 : tensor<1x8x8x2xf32>
  %3 = linalg.generic {indexing_maps = [#id, #unit, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%2, %s : tensor<1x8x8x2xf32>, tensor<1x1x1x2xf32>) outs(%e : tensor<1x8x8x2xf32>) {
  ^bb0(%in: f32, %scale: f32, %out: f32):
    %5 = arith.mulf %in, %scale : f32
    linalg.yield %5 : f32
  } -> tensor<1x8x8x2xf32>
  %4 = hswish.hard_swish %3 accuracy<onnx> : tensor<1x8x8x2xf32>
  %5 = arith.divf %4, %two : tensor<1x8x8x2xf32>
  return %5 : tensor<1x8x8x2xf32>
}

// -----

// A residual sum of two convolutions: the later one adds, even if the sum's
// operands are the other way round; the activation of the first one stays with it.
// The value is used twice inside the tail (x * sigmoid(x)).

// CHECK-LABEL: func.func @residual(
// CHECK:         %[[A:.*]] = hswish.conv_2d
// CHECK:           hswish.relu6
// CHECK:         %[[B:.*]] = hswish.conv_2d ins({{.*}}) epilogue(%[[A]] : tensor<1x8x8x2xf32>)
// CHECK:         ^bb0(%[[ACC:.*]]: f32, %[[R:.*]]: f32):
// CHECK:           %[[S:.*]] = arith.addf %[[R]], %[[ACC]] : f32
// CHECK:           %[[G:.*]] = hswish.hard_sigmoid %[[S]] : f32
// CHECK:           %[[M:.*]] = arith.mulf %[[S]], %[[G]] : f32
// CHECK:           hswish.yield %[[M]]
// CHECK:         return %[[B]]
func.func @residual(%x: tensor<1x8x8x4xf32>, %w: tensor<1x1x4x2xf32>) -> tensor<1x8x8x2xf32> {
  %e = tensor.empty() : tensor<1x8x8x2xf32>
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x8x8x4xf32>, tensor<1x1x4x2xf32>) outs(%e : tensor<1x8x8x2xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x8x8x2xf32>
  %2 = hswish.conv_2d ins(%x, %w : tensor<1x8x8x4xf32>, tensor<1x1x4x2xf32>) outs(%e : tensor<1x8x8x2xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x8x8x2xf32>
  %1 = hswish.relu6 %0 : tensor<1x8x8x2xf32>
  %3 = arith.addf %1, %2 : tensor<1x8x8x2xf32>
  %4 = hswish.hard_sigmoid %3 : tensor<1x8x8x2xf32>
  %5 = arith.mulf %3, %4 : tensor<1x8x8x2xf32>
  return %5 : tensor<1x8x8x2xf32>
}

// -----

// The other operand of the sum is only there later: the convolution moves.

// CHECK-LABEL: func.func @later_operand(
// CHECK:         %[[P:.*]] = hswish.pool_2d
// CHECK:         hswish.conv_2d ins({{.*}}) epilogue(%[[P]] : tensor<1x8x8x4xf32>)
func.func @later_operand(%x: tensor<1x8x8x4xf32>, %w: tensor<1x1x4x4xf32>) -> tensor<1x8x8x4xf32> {
  %e = tensor.empty() : tensor<1x8x8x4xf32>
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x8x8x4xf32>, tensor<1x1x4x4xf32>) outs(%e : tensor<1x8x8x4xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x8x8x4xf32>
  %1 = hswish.pool_2d max ins(%x : tensor<1x8x8x4xf32>) outs(%e : tensor<1x8x8x4xf32>)
      {kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>} -> tensor<1x8x8x4xf32>
  %2 = arith.addf %0, %1 : tensor<1x8x8x4xf32>
  return %2 : tensor<1x8x8x4xf32>
}

// -----

// A gate depends on what it gates: it stays. So does a consumer of a result
// that is used elsewhere.

// CHECK-LABEL: func.func @gate(
// CHECK:         %[[D:.*]] = hswish.conv_2d
// CHECK:           hswish.hard_swish
// CHECK:         hswish.pool_2d
// CHECK:         arith.mulf %[[D]], %{{.*}} : tensor<1x8x8x4xf32>
func.func @gate(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x1x4xf32>) -> tensor<1x8x8x4xf32> {
  %e = tensor.empty() : tensor<1x8x8x4xf32>
  // expected-remark @below {{not everything elementwise that follows is in the epilogue: what comes before it is used elsewhere, too}}
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x8x8x4xf32>, tensor<3x3x1x4xf32>) outs(%e : tensor<1x8x8x4xf32>)
      attributes {groups = 4 : i64, pads = array<i64: 1, 1, 1, 1>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x8x8x4xf32>
  %1 = hswish.hard_swish %0 : tensor<1x8x8x4xf32>
  %2 = hswish.pool_2d average ins(%1 : tensor<1x8x8x4xf32>) outs(%e : tensor<1x8x8x4xf32>)
      {kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>} -> tensor<1x8x8x4xf32>
  %3 = arith.mulf %1, %2 : tensor<1x8x8x4xf32>
  return %3 : tensor<1x8x8x4xf32>
}

// -----

// Not elementwise: it reads the result out of order.

// CHECK-LABEL: func.func @transposed(
// CHECK:         hswish.matmul ins(%{{.*}}) outs
// CHECK:         linalg.generic
#id = affine_map<(m, n) -> (m, n)>
#t = affine_map<(m, n) -> (n, m)>
func.func @transposed(%x: tensor<8x4xf32>, %w: tensor<4x8xf32>) -> tensor<8x8xf32> {
  %e = tensor.empty() : tensor<8x8xf32>
  // expected-remark @below {{not everything elementwise that follows is in the epilogue: it reads the result out of order}}
  %0 = hswish.matmul ins(%x, %w : tensor<8x4xf32>, tensor<4x8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<8x8xf32>
  %1 = linalg.generic {indexing_maps = [#t, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0, %0 : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %2 = arith.addf %a, %b : f32
    linalg.yield %2 : f32
  } -> tensor<8x8xf32>
  return %1 : tensor<8x8xf32>
}

// -----

// A classifier with dynamic batch; the bias is broadcast by an added dimension.

// CHECK: #[[$N:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: func.func @matmul(
// CHECK-SAME:    %[[X:.*]]: tensor<?x4xf32>, %[[W:.*]]: tensor<4x8xf32>, %[[B:.*]]: tensor<8xf32>
// CHECK:         hswish.matmul ins(%[[X]], %[[W]] : {{.*}}) epilogue(%[[B]] : tensor<8xf32>)
// CHECK-SAME:      epilogue_maps = [#[[$N]]]
// CHECK:           arith.addf
// CHECK:           hswish.swish
#id = affine_map<(m, n) -> (m, n)>
#n = affine_map<(m, n) -> (0, n)>
func.func @matmul(%x: tensor<?x4xf32>, %w: tensor<4x8xf32>, %b: tensor<8xf32>, %e: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = hswish.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x8xf32>) outs(%e : tensor<?x8xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<?x8xf32>
  %bias = tensor.expand_shape %b [[0, 1]] output_shape [1, 8] : tensor<8xf32> into tensor<1x8xf32>
  %1 = linalg.generic {indexing_maps = [#id, #n, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0, %bias : tensor<?x8xf32>, tensor<1x8xf32>) outs(%e : tensor<?x8xf32>) {
  ^bb0(%in: f32, %c: f32, %out: f32):
    %3 = arith.addf %in, %c : f32
    linalg.yield %3 : f32
  } -> tensor<?x8xf32>
  %2 = hswish.swish %1 : tensor<?x8xf32>
  return %2 : tensor<?x8xf32>
}

// -----

// Constants that canonicalisation has moved out of a body come along.

// CHECK-LABEL: func.func @constant_from_outside(
// CHECK:         hswish.conv_2d
// CHECK:           %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK:           %[[Y:.*]] = arith.maximumf %{{.*}}, %[[ZERO]] : f32
// CHECK:           hswish.yield %[[Y]] : f32
// CHECK-NOT:     linalg.generic
#id = affine_map<(n, h, w, c) -> (n, h, w, c)>
func.func @constant_from_outside(%x: tensor<1x8x8x4xf32>, %w: tensor<1x1x4x2xf32>) -> tensor<1x8x8x2xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x8x8x2xf32>
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x8x8x4xf32>, tensor<1x1x4x2xf32>) outs(%e : tensor<1x8x8x2xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x8x8x2xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%0 : tensor<1x8x8x2xf32>) outs(%e : tensor<1x8x8x2xf32>) {
  ^bb0(%in: f32, %out: f32):
    %2 = arith.maximumf %in, %zero : f32
    linalg.yield %2 : f32
  } -> tensor<1x8x8x2xf32>
  return %1 : tensor<1x8x8x2xf32>
}
