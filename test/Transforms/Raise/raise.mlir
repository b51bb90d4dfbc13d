// RUN: hswish-opt %s --hswish-raise --split-input-file | FileCheck %s

// The order of PyTorch: (x * relu6(x + 3)) / 6.

#id = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-LABEL: @generic_body
//       CHECK:   linalg.generic
//       CHECK:   ^bb0(%[[X:.*]]: f32, %{{.*}}: f32):
//  CHECK-NEXT:     %[[Y:.*]] = hswish.hard_swish %[[X]] accuracy<torch> : f32
//  CHECK-NEXT:     linalg.yield %[[Y]]
func.func @generic_body(%x: tensor<?x8xf32>, %init: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %c0 = arith.constant 0.0 : f32
  %c3 = arith.constant 3.0 : f32
  %c6 = arith.constant 6.0 : f32
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x8xf32>) outs(%init : tensor<?x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %1 = arith.addf %in, %c3 : f32
    %2 = arith.maximumf %1, %c0 : f32
    %3 = arith.minimumf %2, %c6 : f32
    %4 = arith.mulf %3, %in : f32
    %5 = arith.divf %4, %c6 : f32
    linalg.yield %5 : f32
  } -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// ONNX's function body, with compares; f32 keeps its bits, and the flags that
// all links have.

// CHECK-LABEL: @vector_selects
//  CHECK-SAME:   %[[X:.*]]: vector<[4]xf32>
//  CHECK-NEXT:   %[[Y:.*]] = hswish.hard_swish %[[X]] accuracy<onnx> fastmath<nnan> : vector<[4]xf32>
//  CHECK-NEXT:   return %[[Y]]
func.func @vector_selects(%x: vector<[4]xf32>) -> vector<[4]xf32> {
  %sixth = arith.constant dense<0x3E2AAAAB> : vector<[4]xf32>
  %half = arith.constant dense<0.5> : vector<[4]xf32>
  %zero = arith.constant dense<0.0> : vector<[4]xf32>
  %one = arith.constant dense<1.0> : vector<[4]xf32>
  %0 = arith.mulf %x, %sixth fastmath<nnan, nsz> : vector<[4]xf32>
  %1 = arith.addf %half, %0 fastmath<nnan> : vector<[4]xf32>
  %2 = arith.cmpf olt, %1, %zero fastmath<nnan> : vector<[4]xf32>
  %3 = arith.select %2, %zero, %1 : vector<[4]xi1>, vector<[4]xf32>
  %4 = arith.cmpf uge, %one, %3 fastmath<nnan> : vector<[4]xf32>
  %5 = arith.select %4, %3, %one : vector<[4]xi1>, vector<[4]xf32>
  %6 = arith.mulf %x, %5 fastmath<nnan, ninf> : vector<[4]xf32>
  return %6 : vector<[4]xf32>
}

// -----

// The branches of OpenCL kernels.

// CHECK-LABEL: @tensor_branches
//  CHECK-SAME:   %[[X:.*]]: tensor<4xf32>
//  CHECK-NEXT:   hswish.hard_swish %[[X]] : tensor<4xf32>
//  CHECK-NEXT:   return
func.func @tensor_branches(%x: tensor<4xf32>) -> tensor<4xf32> {
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %three = arith.constant dense<3.0> : tensor<4xf32>
  %minus3 = arith.constant dense<-3.0> : tensor<4xf32>
  %six = arith.constant dense<6.0> : tensor<4xf32>
  %0 = arith.cmpf ole, %x, %minus3 : tensor<4xf32>
  %1 = arith.cmpf oge, %x, %three : tensor<4xf32>
  %2 = arith.addf %x, %three : tensor<4xf32>
  %3 = arith.mulf %x, %2 : tensor<4xf32>
  %4 = arith.divf %3, %six : tensor<4xf32>
  %5 = arith.select %1, %x, %4 : tensor<4xi1>, tensor<4xf32>
  %6 = arith.select %0, %zero, %5 : tensor<4xi1>, tensor<4xf32>
  return %6 : tensor<4xf32>
}

// -----

// CHECK-LABEL: @tosa
//  CHECK-SAME:   %[[X:.*]]: tensor<1x8x8x16xf32>
//       CHECK:   %[[Y:.*]] = hswish.hard_swish %[[X]] : tensor<1x8x8x16xf32>
//  CHECK-NEXT:   return %[[Y]]
func.func @tosa(%x: tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32> {
  %shift = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %three = "tosa.const"() <{values = dense<3.0> : tensor<1x1x1x1xf32>}> : () -> tensor<1x1x1x1xf32>
  %six = "tosa.const"() <{values = dense<6.0> : tensor<1x1x1x1xf32>}> : () -> tensor<1x1x1x1xf32>
  %0 = tosa.add %x, %three : (tensor<1x8x8x16xf32>, tensor<1x1x1x1xf32>) -> tensor<1x8x8x16xf32>
  %1 = tosa.clamp %0 {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32>
  %2 = tosa.mul %x, %1, %shift : (tensor<1x8x8x16xf32>, tensor<1x8x8x16xf32>, tensor<1xi8>) -> tensor<1x8x8x16xf32>
  %3 = tosa.reciprocal %six : (tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
  %4 = tosa.mul %2, %3, %shift : (tensor<1x8x8x16xf32>, tensor<1x1x1x1xf32>, tensor<1xi8>) -> tensor<1x8x8x16xf32>
  return %4 : tensor<1x8x8x16xf32>
}

// -----

// A gate: y is not x.

// CHECK-LABEL: @gate
//  CHECK-SAME:   %[[X:.*]]: tensor<?xf16>, %[[Y:.*]]: tensor<?xf16>
//       CHECK:   %[[G:.*]] = hswish.hard_sigmoid %[[Y]] : tensor<?xf16>
//  CHECK-NEXT:   %[[R:.*]] = arith.mulf %[[X]], %[[G]]
//  CHECK-NEXT:   return %[[R]]
func.func @gate(%x: tensor<?xf16>, %y: tensor<?xf16>, %size: index) -> tensor<?xf16> {
  %c0 = arith.constant 0.0 : f16
  %c1 = arith.constant 1.0 : f16
  %c05 = arith.constant 0.5 : f16
  %sixth = arith.constant 0.166667 : f16
  %zero = tensor.splat %c0[%size] : tensor<?xf16>
  %one = tensor.splat %c1[%size] : tensor<?xf16>
  %half = tensor.splat %c05[%size] : tensor<?xf16>
  %slope = tensor.splat %sixth[%size] : tensor<?xf16>
  %0 = math.fma %y, %slope, %half : tensor<?xf16>
  %1 = math.clampf %0 to [%zero, %one] : tensor<?xf16>
  %2 = arith.mulf %x, %1 : tensor<?xf16>
  return %2 : tensor<?xf16>
}

// -----

// The sixth is in the weights of the next layer; the factor stays.

// CHECK-LABEL: @folded_sixth
//  CHECK-SAME:   %[[X:.*]]: tensor<4xf32>
//   CHECK-DAG:   %[[SIX:.*]] = arith.constant dense<6.000000e+00>
//   CHECK-DAG:   %[[Y:.*]] = hswish.hard_swish %[[X]]
//       CHECK:   %[[R:.*]] = arith.mulf %[[Y]], %[[SIX]]
//  CHECK-NEXT:   return %[[R]]
func.func @folded_sixth(%x: tensor<4xf32>) -> tensor<4xf32> {
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %minus3 = arith.constant dense<-3.0> : tensor<4xf32>
  %six = arith.constant dense<6.0> : tensor<4xf32>
  %0 = arith.subf %x, %minus3 : tensor<4xf32>
  %1 = arith.minnumf %six, %0 : tensor<4xf32>
  %2 = arith.maxnumf %zero, %1 : tensor<4xf32>
  %3 = arith.mulf %2, %x : tensor<4xf32>
  return %3 : tensor<4xf32>
}

// -----

// An inner link that is used elsewhere stays.

// CHECK-LABEL: @used_elsewhere
//  CHECK-SAME:   %[[X:.*]]: f32
//       CHECK:   %[[A:.*]] = arith.addf %[[X]]
//       CHECK:   %[[MAX:.*]] = arith.maximumf %[[A]]
//       CHECK:   %[[MIN:.*]] = arith.minimumf %[[MAX]]
//   CHECK-NOT:   arith.mulf
//       CHECK:   %[[Y:.*]] = hswish.hard_swish %[[X]] : f32
//       CHECK:   return %[[MIN]], %[[Y]]
func.func @used_elsewhere(%x: f32) -> (f32, f32) {
  %c0 = arith.constant 0.0 : f32
  %c3 = arith.constant 3.0 : f32
  %c6 = arith.constant 6.0 : f32
  %sixth = arith.constant 0.166666672 : f32
  %0 = arith.addf %x, %c3 : f32
  %1 = arith.maximumf %0, %c0 : f32
  %2 = arith.minimumf %1, %c6 : f32
  %3 = arith.mulf %2, %sixth : f32
  %4 = arith.mulf %x, %3 : f32
  return %2, %4 : f32, f32
}

// -----

// Each link its own linalg op, with layouts changed between them.

// CHECK-LABEL: @across_generics
//  CHECK-SAME:   %[[X:.*]]: tensor<4x8xf32>
//   CHECK-NOT:   linalg
//       CHECK:   %[[Y:.*]] = hswish.hard_swish %[[X]] : tensor<4x8xf32>
//  CHECK-NEXT:   return %[[Y]]
#map = affine_map<(d0, d1) -> (d0, d1)>
#scalar = affine_map<(d0, d1) -> ()>
#swap = affine_map<(d0, d1) -> (d1, d0)>
func.func @across_generics(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %c0 = arith.constant 0.0 : f32
  %c6 = arith.constant 6.0 : f32
  %three = arith.constant dense<3.0> : tensor<f32>
  %sixth = arith.constant 0.166666672 : f32
  %e = tensor.empty() : tensor<4x8xf32>
  %t = tensor.empty() : tensor<8x4xf32>
  %0 = linalg.generic {indexing_maps = [#map, #scalar, #map], iterator_types = ["parallel", "parallel"]}
      ins(%x, %three : tensor<4x8xf32>, tensor<f32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %c: f32, %out: f32):
    %1 = arith.addf %in, %c : f32
    linalg.yield %1 : f32
  } -> tensor<4x8xf32>
  %2 = linalg.transpose ins(%0 : tensor<4x8xf32>) outs(%t : tensor<8x4xf32>) permutation = [1, 0]
  %3 = linalg.generic {indexing_maps = [#swap, #map, #map], iterator_types = ["parallel", "parallel"]}
      ins(%2, %x : tensor<8x4xf32>, tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: f32, %x0: f32, %out: f32):
    %4 = arith.maximumf %in, %c0 : f32
    %5 = arith.minimumf %4, %c6 : f32
    %6 = arith.mulf %5, %sixth : f32
    %7 = arith.mulf %x0, %6 : f32
    linalg.yield %7 : f32
  } -> tensor<4x8xf32>
  return %3 : tensor<4x8xf32>
}

// -----

// CHECK-LABEL: @swish
//  CHECK-SAME:   %[[X:.*]]: vector<8xf32>
//  CHECK-NEXT:   %[[Y:.*]] = hswish.swish %[[X]] : vector<8xf32>
//  CHECK-NEXT:   return %[[Y]]
func.func @swish(%x: vector<8xf32>) -> vector<8xf32> {
  %one = arith.constant dense<1.0> : vector<8xf32>
  %0 = arith.negf %x : vector<8xf32>
  %1 = math.exp %0 : vector<8xf32>
  %2 = arith.addf %1, %one : vector<8xf32>
  %3 = arith.divf %one, %2 : vector<8xf32>
  %4 = arith.mulf %3, %x : vector<8xf32>
  return %4 : vector<8xf32>
}

// -----

// ONNX's default slope is 0.2: another function.

// CHECK-LABEL: @not_onnx_default
//   CHECK-NOT:   hswish.
func.func @not_onnx_default(%x: tensor<4xf32>) -> tensor<4xf32> {
  %slope = arith.constant dense<0.2> : tensor<4xf32>
  %half = arith.constant dense<0.5> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %one = arith.constant dense<1.0> : tensor<4xf32>
  %0 = arith.mulf %x, %slope : tensor<4xf32>
  %1 = arith.addf %0, %half : tensor<4xf32>
  %2 = arith.maximumf %1, %zero : tensor<4xf32>
  %3 = arith.minimumf %2, %one : tensor<4xf32>
  %4 = arith.mulf %x, %3 : tensor<4xf32>
  return %4 : tensor<4xf32>
}

// -----

// x * relu6(x + 3) / 5: no part of it is raised either.

// CHECK-LABEL: @not_divided_by_five
//   CHECK-NOT:   hswish.
func.func @not_divided_by_five(%x: f32) -> f32 {
  %c0 = arith.constant 0.0 : f32
  %c3 = arith.constant 3.0 : f32
  %c5 = arith.constant 5.0 : f32
  %c6 = arith.constant 6.0 : f32
  %0 = arith.addf %x, %c3 : f32
  %1 = arith.maximumf %0, %c0 : f32
  %2 = arith.minimumf %1, %c6 : f32
  %3 = arith.mulf %x, %2 : f32
  %4 = arith.divf %3, %c5 : f32
  return %4 : f32
}

// -----

// PyTorch's importer writes constants of rank 0, converted by an op of their own.

#id = affine_map<(i) -> (i)>
#scalar = affine_map<() -> ()>
#none = affine_map<(i) -> ()>

// CHECK-LABEL: func.func @rank_0(
// CHECK-SAME:    %[[X:.*]]: tensor<16xf32>
// CHECK:         %[[H:.*]] = hswish.hard_swish %[[X]]
// CHECK-NEXT:    return %[[H]]
func.func @rank_0(%x: tensor<16xf32>) -> tensor<16xf32> {
  %int = arith.constant dense<6> : tensor<i64>
  %c0 = arith.constant 0.0 : f32
  %c3 = arith.constant 3.0 : f32
  %c6 = arith.constant 6.0 : f32
  %e = tensor.empty() : tensor<16xf32>
  %e0 = tensor.empty() : tensor<f32>
  %shifted = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : tensor<16xf32>) outs(%e : tensor<16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.addf %a, %c3 : f32
    linalg.yield %0 : f32
  } -> tensor<16xf32>
  %relu = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%shifted : tensor<16xf32>) outs(%e : tensor<16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.cmpf ugt, %a, %c0 : f32
    %0 = arith.select %p, %a, %c0 : f32
    linalg.yield %0 : f32
  } -> tensor<16xf32>
  %six = linalg.generic {indexing_maps = [#scalar, #scalar], iterator_types = []} ins(%int : tensor<i64>) outs(%e0 : tensor<f32>) {
  ^bb0(%a: i64, %o: f32):
    %0 = arith.sitofp %a : i64 to f32
    linalg.yield %0 : f32
  } -> tensor<f32>
  %clamped = linalg.generic {indexing_maps = [#id, #none, #id], iterator_types = ["parallel"]} ins(%relu, %six : tensor<16xf32>, tensor<f32>) outs(%e : tensor<16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.cmpf olt, %a, %b : f32
    %0 = arith.select %p, %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<16xf32>
  %gate = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%clamped : tensor<16xf32>) outs(%e : tensor<16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.divf %a, %c6 : f32
    linalg.yield %0 : f32
  } -> tensor<16xf32>
  %y = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%gate, %x : tensor<16xf32>, tensor<16xf32>) outs(%e : tensor<16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<16xf32>
  return %y : tensor<16xf32>
}

// CHECK-LABEL: func.func @rank_0_dynamic(
// CHECK-SAME:    %[[X:.*]]: tensor<?xf32>
// CHECK:         %[[H:.*]] = hswish.hard_swish %[[X]]
// CHECK-NEXT:    return %[[H]]
func.func @rank_0_dynamic(%x: tensor<?xf32>) -> tensor<?xf32> {
  %int = arith.constant dense<6> : tensor<i64>
  %c0 = arith.constant 0.0 : f32
  %c3 = arith.constant 3.0 : f32
  %c6 = arith.constant 6.0 : f32
  %i0 = arith.constant 0 : index
  %d = tensor.dim %x, %i0 : tensor<?xf32>
  %e = tensor.empty(%d) : tensor<?xf32>
  %e0 = tensor.empty() : tensor<f32>
  %shifted = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : tensor<?xf32>) outs(%e : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.addf %a, %c3 : f32
    linalg.yield %0 : f32
  } -> tensor<?xf32>
  %relu = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%shifted : tensor<?xf32>) outs(%e : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.cmpf ugt, %a, %c0 : f32
    %0 = arith.select %p, %a, %c0 : f32
    linalg.yield %0 : f32
  } -> tensor<?xf32>
  %six = linalg.generic {indexing_maps = [#scalar, #scalar], iterator_types = []} ins(%int : tensor<i64>) outs(%e0 : tensor<f32>) {
  ^bb0(%a: i64, %o: f32):
    %0 = arith.sitofp %a : i64 to f32
    linalg.yield %0 : f32
  } -> tensor<f32>
  %clamped = linalg.generic {indexing_maps = [#id, #none, #id], iterator_types = ["parallel"]} ins(%relu, %six : tensor<?xf32>, tensor<f32>) outs(%e : tensor<?xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.cmpf olt, %a, %b : f32
    %0 = arith.select %p, %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<?xf32>
  %gate = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%clamped : tensor<?xf32>) outs(%e : tensor<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.divf %a, %c6 : f32
    linalg.yield %0 : f32
  } -> tensor<?xf32>
  %y = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%gate, %x : tensor<?xf32>, tensor<?xf32>) outs(%e : tensor<?xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// CHECK-LABEL: func.func @rank_0_users(
// CHECK-SAME:    %[[X:.*]]: tensor<16xf32>
// CHECK:         hswish.hard_swish %[[X]]
func.func @rank_0_users(%x: tensor<16xf32>) -> (tensor<16xf32>, tensor<16xf32>) {
  %int = arith.constant dense<6> : tensor<i32>
  %c0 = arith.constant 0.0 : f32
  %c3 = arith.constant 3.0 : f32
  %c6 = arith.constant 6.0 : f32
  %e = tensor.empty() : tensor<16xf32>
  %e0 = tensor.empty() : tensor<f32>
  %shifted = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : tensor<16xf32>) outs(%e : tensor<16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.addf %a, %c3 : f32
    linalg.yield %0 : f32
  } -> tensor<16xf32>
  %relu = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%shifted : tensor<16xf32>) outs(%e : tensor<16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.cmpf ugt, %a, %c0 : f32
    %0 = arith.select %p, %a, %c0 : f32
    linalg.yield %0 : f32
  } -> tensor<16xf32>
  %six = linalg.generic {indexing_maps = [#scalar, #scalar], iterator_types = []} ins(%int : tensor<i32>) outs(%e0 : tensor<f32>) {
  ^bb0(%a: i32, %o: f32):
    %0 = arith.uitofp %a : i32 to f32
    linalg.yield %0 : f32
  } -> tensor<f32>
  %clamped = linalg.generic {indexing_maps = [#id, #none, #id], iterator_types = ["parallel"]} ins(%relu, %six : tensor<16xf32>, tensor<f32>) outs(%e : tensor<16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.cmpf olt, %a, %b : f32
    %0 = arith.select %p, %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<16xf32>
  %gate = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%clamped : tensor<16xf32>) outs(%e : tensor<16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.divf %a, %c6 : f32
    linalg.yield %0 : f32
  } -> tensor<16xf32>
  %y = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%gate, %x : tensor<16xf32>, tensor<16xf32>) outs(%e : tensor<16xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.mulf %a, %b : f32
    linalg.yield %0 : f32
  } -> tensor<16xf32>
  return %y, %clamped : tensor<16xf32>, tensor<16xf32>
}
