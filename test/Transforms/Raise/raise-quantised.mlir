// RUN: hswish-opt %s --hswish-raise --split-input-file | FileCheck %s

// What a pair of quantisers does to constants and to values. Values over all codes:
// test/Integration/quantised-spellings.py.

// 3 saturates at 0, the upper end of its quantiser: relu6(x) is left, and no h-swish.
// CHECK-LABEL: @saturated_constant
// CHECK-NOT: hswish.hard_swish
// CHECK: return

!low = !quant.uniform<u8:f32, 0.01:255>
func.func @saturated_constant(%x: tensor<2xf32>) -> tensor<2xf32> {
  %c3 = arith.constant dense<3.0> : tensor<2xf32>
  %c0 = arith.constant dense<0.0> : tensor<2xf32>
  %c6 = arith.constant dense<6.0> : tensor<2xf32>
  %q = quant.qcast %c3 : tensor<2xf32> to tensor<2x!low>
  %three = quant.dcast %q : tensor<2x!low> to tensor<2xf32>
  %0 = arith.addf %x, %three : tensor<2xf32>
  %1 = arith.maximumf %0, %c0 : tensor<2xf32>
  %2 = arith.minimumf %1, %c6 : tensor<2xf32>
  %3 = arith.mulf %x, %2 : tensor<2xf32>
  %4 = arith.divf %3, %c6 : tensor<2xf32>
  return %4 : tensor<2xf32>
}

// -----

// In steps of a quarter 3 is 3.
// CHECK-LABEL: @exact_constant
// CHECK-SAME: (%[[X:.*]]: tensor<?xf32>, %[[C3:.*]]: tensor<?xf32>)
// CHECK: hswish.hard_swish %[[X]] : tensor<?xf32>

!quarter = !quant.uniform<i8:f32, 0.25>
func.func @exact_constant(%x: tensor<?xf32>, %like: tensor<?xf32>) -> tensor<?xf32> {
  %f3 = arith.constant 3.0 : f32
  %f0 = arith.constant 0.0 : f32
  %f6 = arith.constant 6.0 : f32
  %c3 = linalg.fill ins(%f3 : f32) outs(%like : tensor<?xf32>) -> tensor<?xf32>
  %c0 = linalg.fill ins(%f0 : f32) outs(%like : tensor<?xf32>) -> tensor<?xf32>
  %c6 = linalg.fill ins(%f6 : f32) outs(%like : tensor<?xf32>) -> tensor<?xf32>
  %q = quant.qcast %c3 : tensor<?xf32> to tensor<?x!quarter>
  %three = quant.dcast %q : tensor<?x!quarter> to tensor<?xf32>
  %0 = arith.addf %x, %three : tensor<?xf32>
  %1 = arith.maximumf %0, %c0 : tensor<?xf32>
  %2 = arith.minimumf %1, %c6 : tensor<?xf32>
  %3 = arith.mulf %x, %2 : tensor<?xf32>
  %4 = arith.divf %3, %c6 : tensor<?xf32>
  return %4 : tensor<?xf32>
}

// -----

// The product saturates at 36 and half a step: so does its sixth.
// CHECK-LABEL: @saturated_product
// CHECK-SAME: (%[[X:.*]]: vector<4xf32>)
// CHECK: %[[Y:.*]] = hswish.hard_swish %[[X]] : vector<4xf32>
// CHECK: %[[LIMIT:.*]] = arith.constant dense<6.0{{.*}}> : vector<4xf32>
// CHECK: %[[Z:.*]] = arith.minimumf %[[Y]], %[[LIMIT]]
// CHECK: return %[[Z]]

func.func @saturated_product(%x: vector<4xf32>) -> vector<4xf32> {
  %c3 = arith.constant dense<3.0> : vector<4xf32>
  %c0 = arith.constant dense<0.0> : vector<4xf32>
  %c6 = arith.constant dense<6.0> : vector<4xf32>
  %step = arith.constant dense<0.15> : vector<4xf32>
  %zero = arith.constant dense<15.0> : vector<4xf32>
  %most = arith.constant dense<255.0> : vector<4xf32>
  %0 = arith.addf %x, %c3 : vector<4xf32>
  %1 = arith.maximumf %0, %c0 : vector<4xf32>
  %2 = arith.minimumf %1, %c6 : vector<4xf32>
  %3 = arith.mulf %x, %2 : vector<4xf32>
  %4 = arith.divf %3, %step : vector<4xf32>
  %5 = math.roundeven %4 : vector<4xf32>
  %6 = arith.addf %5, %zero : vector<4xf32>
  %7 = arith.maxnumf %6, %c0 : vector<4xf32>
  %8 = arith.minnumf %7, %most : vector<4xf32>
  %9 = arith.subf %8, %zero : vector<4xf32>
  %10 = arith.mulf %9, %step : vector<4xf32>
  %11 = arith.divf %10, %c6 : vector<4xf32>
  return %11 : vector<4xf32>
}

// -----

// Two pairs of one value are not the same if their scales are not: this one is
// truncated where it is the factor.
// CHECK-LABEL: @two_pairs
// CHECK-NOT: hswish.hard_swish
// CHECK: return

!wide = !quant.uniform<i8:f32, 0.0625>
!narrow = !quant.uniform<i8:f32, 0.00390625>
func.func @two_pairs(%x: tensor<2xf32>) -> tensor<2xf32> {
  %c3 = arith.constant dense<3.0> : tensor<2xf32>
  %c0 = arith.constant dense<0.0> : tensor<2xf32>
  %c6 = arith.constant dense<6.0> : tensor<2xf32>
  %p = quant.qcast %x : tensor<2xf32> to tensor<2x!wide>
  %gate = quant.dcast %p : tensor<2x!wide> to tensor<2xf32>
  %q = quant.qcast %x : tensor<2xf32> to tensor<2x!narrow>
  %factor = quant.dcast %q : tensor<2x!narrow> to tensor<2xf32>
  %0 = arith.addf %gate, %c3 : tensor<2xf32>
  %1 = arith.maximumf %0, %c0 : tensor<2xf32>
  %2 = arith.minimumf %1, %c6 : tensor<2xf32>
  %3 = arith.mulf %factor, %2 : tensor<2xf32>
  %4 = arith.divf %3, %c6 : tensor<2xf32>
  return %4 : tensor<2xf32>
}

// -----

// The gate has seven values.
// CHECK-LABEL: @coarse
// CHECK-NOT: hswish.hard_swish
// CHECK: return

!whole = !quant.uniform<i8:f32, 1.0>
func.func @coarse(%x: tensor<2xf32>) -> tensor<2xf32> {
  %c3 = arith.constant dense<3.0> : tensor<2xf32>
  %c0 = arith.constant dense<0.0> : tensor<2xf32>
  %c6 = arith.constant dense<6.0> : tensor<2xf32>
  %0 = arith.addf %x, %c3 : tensor<2xf32>
  %q = quant.qcast %0 : tensor<2xf32> to tensor<2x!whole>
  %1 = quant.dcast %q : tensor<2x!whole> to tensor<2xf32>
  %2 = arith.maximumf %1, %c0 : tensor<2xf32>
  %3 = arith.minimumf %2, %c6 : tensor<2xf32>
  %4 = arith.mulf %x, %3 : tensor<2xf32>
  %5 = arith.divf %4, %c6 : tensor<2xf32>
  return %5 : tensor<2xf32>
}

// -----

// A ReLU between a pair that ends at 6 and what follows keeps its pair.
// CHECK-LABEL: @relu_of_a_pair
// CHECK: quant.dcast
// CHECK: arith.maximumf
// CHECK-NOT: hswish.relu6

!six = !quant.uniform<u8:f32, 0.0235294>
func.func @relu_of_a_pair(%x: tensor<2xf32>) -> tensor<2xf32> {
  %c0 = arith.constant dense<0.0> : tensor<2xf32>
  %q = quant.qcast %x : tensor<2xf32> to tensor<2x!six>
  %1 = quant.dcast %q : tensor<2x!six> to tensor<2xf32>
  %2 = arith.maximumf %1, %c0 : tensor<2xf32>
  return %2 : tensor<2xf32>
}

// -----

// A swish whose sigmoid is quantised stays what it is.
// CHECK-LABEL: @swish
// CHECK-NOT: hswish.swish
// CHECK: return

!one = !quant.uniform<u8:f32, 0.00390625>
func.func @swish(%x: tensor<2xf32>) -> tensor<2xf32> {
  %c1 = arith.constant dense<1.0> : tensor<2xf32>
  %0 = arith.negf %x : tensor<2xf32>
  %1 = math.exp %0 : tensor<2xf32>
  %2 = arith.addf %1, %c1 : tensor<2xf32>
  %3 = arith.divf %c1, %2 : tensor<2xf32>
  %q = quant.qcast %3 : tensor<2xf32> to tensor<2x!one>
  %4 = quant.dcast %q : tensor<2x!one> to tensor<2xf32>
  %5 = arith.mulf %x, %4 : tensor<2xf32>
  return %5 : tensor<2xf32>
}
