// RUN: hswish-opt %s -hswish-fold-activation-scale -canonicalize -split-input-file | FileCheck %s

// A third before, 1.5 after; 0.5 where both meet.
// CHECK-LABEL: func.func @chain
// CHECK-DAG: %[[W1:.*]] = arith.constant dense<1.000000e+00> : tensor<1x1x2x2xf32>
// CHECK-DAG: %[[W2:.*]] = arith.constant dense<2.000000e+00> : tensor<1x1x2x2xf32>
// CHECK-DAG: %[[W3:.*]] = arith.constant dense<3.000000e+00> : tensor<1x1x2x1xf32>
// CHECK-DAG: %[[B:.*]] = arith.constant dense<[2.000000e+00, 3.000000e+00]> : tensor<2xf32>
// CHECK: hswish.conv_2d ins(%{{.*}}, %[[W1]] : {{.*}}) epilogue(%[[B]] : tensor<2xf32>)
// CHECK-NEXT: ^bb0(%[[ACC:.*]]: f32, %[[BIAS:.*]]: f32):
// CHECK-NEXT:   %[[SUM:.*]] = arith.addf %[[ACC]], %[[BIAS]]
// CHECK-NEXT:   %[[Y:.*]] = hswish.unit_hard_swish %[[SUM]] fastmath<nnan>
// CHECK-NEXT:   hswish.yield %[[Y]]
// CHECK: hswish.conv_2d ins(%{{.*}}, %[[W2]] :
// CHECK-NEXT: ^bb0(%[[ACC:.*]]: f32):
// CHECK-NEXT:   hswish.unit_hard_swish %[[ACC]]
// CHECK: hswish.conv_2d ins(%{{.*}}, %[[W3]] :
// CHECK-NOT: hard_swish
func.func @chain(%x: tensor<1x?x4x2xf32>, %e: tensor<1x?x4x2xf32>, %f: tensor<1x?x4x1xf32>) -> tensor<1x?x4x1xf32> {
  %w1 = arith.constant dense<3.0> : tensor<1x1x2x2xf32>
  %w2 = arith.constant dense<4.0> : tensor<1x1x2x2xf32>
  %w3 = arith.constant dense<2.0> : tensor<1x1x2x1xf32>
  %b = arith.constant dense<[6.0, 9.0]> : tensor<2xf32>
  %0 = hswish.conv_2d ins(%x, %w1 : tensor<1x?x4x2xf32>, tensor<1x1x2x2xf32>) epilogue(%b : tensor<2xf32>)
      outs(%e : tensor<1x?x4x2xf32>) attributes {epilogue_maps = [affine_map<(n, h, w, c) -> (c)>]} {
  ^bb0(%acc: f32, %bias: f32):
    %s = arith.addf %acc, %bias : f32
    %y = hswish.hard_swish %s accuracy<fast> fastmath<nnan> : f32
    hswish.yield %y : f32
  } -> tensor<1x?x4x2xf32>
  %1 = hswish.conv_2d ins(%0, %w2 : tensor<1x?x4x2xf32>, tensor<1x1x2x2xf32>) outs(%e : tensor<1x?x4x2xf32>) {
  ^bb0(%acc: f32):
    %y = hswish.hard_swish %acc accuracy<fast> : f32
    hswish.yield %y : f32
  } -> tensor<1x?x4x2xf32>
  %2 = hswish.conv_2d ins(%1, %w3 : tensor<1x?x4x2xf32>, tensor<1x1x2x1xf32>) outs(%f : tensor<1x?x4x1xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x?x4x1xf32>
  return %2 : tensor<1x?x4x1xf32>
}

// -----

// Squeeze-and-excite: the factor goes through the pooling into the first
// matmul, and through the gate into the projection.
// CHECK-LABEL: func.func @squeeze_and_excite
// CHECK-DAG: arith.constant dense<1.500000e+00> : tensor<2x1xf32>
// CHECK-DAG: arith.constant dense<1.500000e+00> : tensor<1x1x2x3xf32>
// CHECK: hswish.unit_hard_swish
// CHECK: hswish.pool_2d
// CHECK-NOT: hswish.hard_swish
// A gate needs nothing of its readers: (6 * acc + 0) / 6 + 0.5.
// CHECK: hswish.matmul
// CHECK: hswish.matmul
// CHECK: %[[SUM:.*]] = arith.addf %{{.*}}, %{{.*}} : f32
// CHECK: %[[LOW:.*]] = arith.maximumf %[[SUM]], %{{.*}} fastmath<nsz>
// CHECK: arith.minimumf %[[LOW]], %{{.*}} fastmath<nsz>
// CHECK-NOT: hswish.hard_sigmoid
#id = affine_map<(n, h, w, c) -> (n, h, w, c)>
func.func @squeeze_and_excite(%x: tensor<1x4x4x2xf32>, %e: tensor<1x4x4x2xf32>, %p: tensor<1x1x1x2xf32>,
                              %m: tensor<1x1xf32>, %g: tensor<1x2xf32>, %o: tensor<1x4x4x3xf32>) -> tensor<1x4x4x3xf32> {
  %w = arith.constant dense<3.0> : tensor<3x3x1x2xf32>
  %w1 = arith.constant dense<1.0> : tensor<2x1xf32>
  %w2 = arith.constant dense<6.0> : tensor<1x2xf32>
  %w3 = arith.constant dense<1.0> : tensor<1x1x2x3xf32>
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x4x4x2xf32>, tensor<3x3x1x2xf32>) outs(%e : tensor<1x4x4x2xf32>)
      attributes {groups = 2 : i64, pads = array<i64: 1, 1, 1, 1>} {
  ^bb0(%acc: f32):
    %y = hswish.hard_swish %acc accuracy<fast> : f32
    hswish.yield %y : f32
  } -> tensor<1x4x4x2xf32>
  %1 = hswish.pool_2d average ins(%0 : tensor<1x4x4x2xf32>) outs(%p : tensor<1x1x1x2xf32>)
      {kernel = array<i64: 4, 4>} -> tensor<1x1x1x2xf32>
  %2 = tensor.collapse_shape %1 [[0, 1, 2], [3]] : tensor<1x1x1x2xf32> into tensor<1x2xf32>
  %3 = hswish.matmul ins(%2, %w1 : tensor<1x2xf32>, tensor<2x1xf32>) outs(%m : tensor<1x1xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x1xf32>
  %4 = hswish.matmul ins(%3, %w2 : tensor<1x1xf32>, tensor<1x2xf32>) outs(%g : tensor<1x2xf32>) {
  ^bb0(%acc: f32):
    %y = hswish.hard_sigmoid %acc accuracy<fast> : f32
    hswish.yield %y : f32
  } -> tensor<1x2xf32>
  %5 = linalg.generic {indexing_maps = [#id, affine_map<(n, h, w, c) -> (n, c)>, #id],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%0, %4 : tensor<1x4x4x2xf32>, tensor<1x2xf32>) outs(%e : tensor<1x4x4x2xf32>) {
  ^bb0(%a: f32, %gate: f32, %out: f32):
    %y = arith.mulf %gate, %a : f32
    linalg.yield %y : f32
  } -> tensor<1x4x4x2xf32>
  %6 = hswish.conv_2d ins(%5, %w3 : tensor<1x4x4x2xf32>, tensor<1x1x2x3xf32>) outs(%o : tensor<1x4x4x3xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x4x4x3xf32>
  return %6 : tensor<1x4x4x3xf32>
}

// -----

// A residual takes the factor in its sum.
// CHECK-LABEL: func.func @residual
// CHECK: hswish.unit_hard_swish
// CHECK: hswish.matmul {{.*}} epilogue
// CHECK: ^bb0(%[[ACC:.*]]: f32, %[[Y:.*]]: f32):
// CHECK: math.fma %[[Y]], %{{.*}}, %[[ACC]]
#id = affine_map<(m, n) -> (m, n)>
func.func @residual(%x: tensor<4x2xf32>, %e: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %w = arith.constant dense<[[3.0, 0.0], [0.0, 3.0]]> : tensor<2x2xf32>
  %v = arith.constant dense<[[0.0, 1.0], [1.0, 0.0]]> : tensor<2x2xf32>
  %0 = hswish.matmul ins(%x, %w : tensor<4x2xf32>, tensor<2x2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%acc: f32):
    %y = hswish.hard_swish %acc accuracy<fast> : f32
    hswish.yield %y : f32
  } -> tensor<4x2xf32>
  %1 = hswish.matmul ins(%x, %v : tensor<4x2xf32>, tensor<2x2xf32>) epilogue(%0 : tensor<4x2xf32>)
      outs(%e : tensor<4x2xf32>) attributes {epilogue_maps = [#id]} {
  ^bb0(%acc: f32, %r: f32):
    %y = arith.addf %acc, %r : f32
    hswish.yield %y : f32
  } -> tensor<4x2xf32>
  return %1 : tensor<4x2xf32>
}

// -----

// Nothing to fold into: a result of the function, a reader that is not linear,
// weights that others read, weights that are not constant, another accuracy.
// CHECK-LABEL: func.func @refused
// CHECK-NOT: unit_hard_swish
// CHECK: return
func.func @refused(%x: tensor<4x2xf32>, %w: tensor<2x2xf32>, %e: tensor<4x2xf32>)
    -> (tensor<4x2xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<2x2xf32>) {
  %own = arith.constant dense<[[3.0, 0.0], [0.0, 3.0]]> : tensor<2x2xf32>
  %own2 = arith.constant dense<[[3.0, 0.0], [0.0, 4.0]]> : tensor<2x2xf32>
  %own3 = arith.constant dense<[[3.0, 0.0], [0.0, 5.0]]> : tensor<2x2xf32>
  %own4 = arith.constant dense<[[3.0, 0.0], [0.0, 6.0]]> : tensor<2x2xf32>
  %shared = arith.constant dense<[[3.0, 0.0], [0.0, 7.0]]> : tensor<2x2xf32>
  %0 = hswish.matmul ins(%x, %own : tensor<4x2xf32>, tensor<2x2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%acc: f32):
    %y = hswish.hard_swish %acc accuracy<fast> : f32
    hswish.yield %y : f32
  } -> tensor<4x2xf32>
  %1 = hswish.matmul ins(%x, %own2 : tensor<4x2xf32>, tensor<2x2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%acc: f32):
    %y = hswish.hard_swish %acc accuracy<fast> : f32
    hswish.yield %y : f32
  } -> tensor<4x2xf32>
  %2 = math.exp %1 : tensor<4x2xf32>
  %3 = hswish.matmul ins(%x, %own3 : tensor<4x2xf32>, tensor<2x2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%acc: f32):
    %y = hswish.hard_swish %acc accuracy<fast> : f32
    hswish.yield %y : f32
  } -> tensor<4x2xf32>
  %4 = hswish.matmul ins(%3, %shared : tensor<4x2xf32>, tensor<2x2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%acc: f32):
    %y = hswish.hard_swish %acc accuracy<fast> : f32
    hswish.yield %y : f32
  } -> tensor<4x2xf32>
  %5 = hswish.matmul ins(%4, %w : tensor<4x2xf32>, tensor<2x2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%acc: f32):
    %y = hswish.hard_swish %acc accuracy<fast> : f32
    hswish.yield %y : f32
  } -> tensor<4x2xf32>
  %6 = hswish.matmul ins(%5, %own4 : tensor<4x2xf32>, tensor<2x2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%acc: f32):
    %y = hswish.hard_swish %acc : f32
    hswish.yield %y : f32
  } -> tensor<4x2xf32>
  return %0, %2, %6, %shared : tensor<4x2xf32>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<2x2xf32>
}

// -----

// x * f(x) is no multiple of x.
// CHECK-LABEL: func.func @not_linear
// CHECK-NOT: unit_hard_swish
// CHECK: return
#id = affine_map<(m, n) -> (m, n)>
func.func @not_linear(%x: tensor<4x2xf32>, %e: tensor<4x2xf32>) -> tensor<4x2xf32> {
  %w = arith.constant dense<[[3.0, 0.0], [0.0, 3.0]]> : tensor<2x2xf32>
  %v = arith.constant dense<[[0.0, 1.0], [1.0, 0.0]]> : tensor<2x2xf32>
  %0 = hswish.matmul ins(%x, %w : tensor<4x2xf32>, tensor<2x2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%acc: f32):
    %y = hswish.hard_swish %acc accuracy<fast> : f32
    hswish.yield %y : f32
  } -> tensor<4x2xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0 : tensor<4x2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%a: f32, %out: f32):
    %b = arith.negf %a : f32
    %y = arith.mulf %a, %b : f32
    linalg.yield %y : f32
  } -> tensor<4x2xf32>
  %2 = hswish.matmul ins(%1, %v : tensor<4x2xf32>, tensor<2x2xf32>) outs(%e : tensor<4x2xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<4x2xf32>
  return %2 : tensor<4x2xf32>
}
