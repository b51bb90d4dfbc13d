// RUN: hswish-opt %s --hswish-define-arithmetic | FileCheck %s

// By 0 it is 0, and the smallest integer by -1 is itself.

// CHECK-LABEL: func.func @divide(
// CHECK-SAME:    %[[X:.*]]: vector<4xi32>, %[[Y:.*]]: vector<4xi32>)
// CHECK:         %[[ZERO:.*]] = arith.cmpi eq, %[[Y]], %{{.*}} : vector<4xi32>
// CHECK:         %[[UNFIT:.*]] = arith.ori %[[ZERO]], %{{.*}}
// CHECK:         %[[D:.*]] = arith.select %[[UNFIT]], %{{.*}}, %[[Y]]
// CHECK:         %[[Q:.*]] = arith.divsi %[[X]], %[[D]]
// CHECK:         %[[R:.*]] = arith.select %[[ZERO]], %{{.*}}, %[[Q]]
// CHECK:         return %[[R]]
func.func @divide(%x: vector<4xi32>, %y: vector<4xi32>) -> vector<4xi32> {
  %0 = arith.divsi %x, %y : vector<4xi32>
  return %0 : vector<4xi32>
}

// CHECK-LABEL: func.func @unsigned_remainder(
// CHECK-SAME:    %[[X:.*]]: i8, %[[Y:.*]]: i8)
// CHECK:         %[[D:.*]] = arith.select %{{.*}}, %{{.*}}, %[[Y]]
// CHECK-NEXT:    %[[R:.*]] = arith.remui %[[X]], %[[D]]
// CHECK-NEXT:    return %[[R]]
func.func @unsigned_remainder(%x: i8, %y: i8) -> i8 {
  %0 = arith.remui %x, %y : i8
  return %0 : i8
}

// Divisors that are known, indices and tensors.

// CHECK-LABEL: func.func @harmless(
// CHECK-NOT:     arith.select
// CHECK:         arith.divsi
// CHECK-NOT:     arith.select
// CHECK:         return
func.func @harmless(%x: i32, %i: index, %j: index, %t: tensor<4xi32>) -> (i32, index, tensor<4xi32>) {
  %c7 = arith.constant 7 : i32
  %0 = arith.divsi %x, %c7 : i32
  %1 = arith.ceildivsi %i, %j : index
  %2 = arith.divsi %t, %t : tensor<4xi32>
  return %0, %1, %2 : i32, index, tensor<4xi32>
}

// CHECK-LABEL: func.func @by_minus_one(
// CHECK:         arith.select
// CHECK:         arith.remsi
func.func @by_minus_one(%x: i32) -> i32 {
  %c = arith.constant -1 : i32
  %0 = arith.remsi %x, %c : i32
  return %0 : i32
}

// CHECK-LABEL: func.func @rounded_down(
// CHECK-NOT:     arith.floordivsi
// CHECK:         arith.select
// CHECK:         arith.divsi
func.func @rounded_down(%x: i32, %y: i32) -> i32 {
  %0 = arith.floordivsi %x, %y : i32
  return %0 : i32
}

// CHECK-LABEL: func.func @to_bytes(
// CHECK-SAME:    %[[X:.*]]: f32)
// CHECK:         %[[I:.*]] = arith.fptoui %[[X]] : f32 to i8
// CHECK:         %[[ABOVE:.*]] = arith.cmpf oge, %[[X]], %{{.*}}
// CHECK:         %[[S:.*]] = arith.select %[[ABOVE]], %{{.*}}, %[[I]]
// CHECK:         %[[BELOW:.*]] = arith.cmpf ult, %[[X]], %{{.*}}
// CHECK:         %[[R:.*]] = arith.select %[[BELOW]], %{{.*}}, %[[S]]
// CHECK:         return %[[R]]
func.func @to_bytes(%x: f32) -> i8 {
  %0 = arith.fptoui %x : f32 to i8
  return %0 : i8
}

// A quantiser has clamped them.

// CHECK-LABEL: func.func @clamped(
// CHECK-NOT:     arith.select
// CHECK:         return
func.func @clamped(%x: vector<8xf32>) -> vector<8xi8> {
  %low = arith.constant dense<-128.0> : vector<8xf32>
  %high = arith.constant dense<127.0> : vector<8xf32>
  %0 = arith.maxnumf %x, %low : vector<8xf32>
  %1 = arith.minnumf %0, %high : vector<8xf32>
  %2 = arith.fptosi %1 : vector<8xf32> to vector<8xi8>
  return %2 : vector<8xi8>
}

// CHECK-LABEL: func.func @not_enough(
// CHECK:         arith.fptosi
// CHECK:         arith.select
func.func @not_enough(%x: f32) -> i8 {
  %low = arith.constant -128.0 : f32
  %high = arith.constant 128.0 : f32
  %0 = arith.maxnumf %x, %low : f32
  %1 = arith.minnumf %0, %high : f32
  %2 = arith.fptosi %1 : f32 to i8
  return %2 : i8
}

// CHECK-LABEL: func.func @halves(
// CHECK:         %[[F:.*]] = arith.sitofp %{{.*}} : i32 to f32
// CHECK:         arith.truncf %[[F]] : f32 to f16
// CHECK:         %[[D:.*]] = arith.uitofp %{{.*}} : i32 to f64
// CHECK:         arith.truncf %[[D]] : f64 to bf16
// CHECK:         %[[W:.*]] = arith.extf %{{.*}} : f16 to f32
// CHECK:         arith.fptosi %[[W]] : f32 to i16
func.func @halves(%x: i32, %h: f16) -> (f16, bf16, i16) {
  %0 = arith.sitofp %x : i32 to f16
  %1 = arith.uitofp %x : i32 to bf16
  %2 = arith.fptosi %h : f16 to i16
  return %0, %1, %2 : f16, bf16, i16
}

// CHECK-LABEL: func.func @power(
// CHECK:         %[[LOOP:.*]]:3 = scf.for
// CHECK:           arith.muli
// CHECK:           arith.shrui
// CHECK:         arith.select %{{.*}}, %{{.*}}, %[[LOOP]]#0 : vector<4xi1>, vector<4xi32>
func.func @power(%x: vector<4xi32>, %y: vector<4xi32>) -> vector<4xi32> {
  %0 = math.ipowi %x, %y : vector<4xi32>
  return %0 : vector<4xi32>
}

// CHECK-LABEL: func.func @fifth_power(
// CHECK-COUNT-3: arith.muli
// CHECK-NOT:     scf.for
// CHECK-NOT:     arith.select
// CHECK:         return
func.func @fifth_power(%x: i32) -> i32 {
  %c5 = arith.constant 5 : i32
  %0 = math.ipowi %x, %c5 : i32
  return %0 : i32
}
