// RUN: hswish-opt %s -hswish-vectorize-linalg -canonicalize -split-input-file | FileCheck %s --enable-var-scope

// 16 partial sums are two vectors of AVX; their halves are added until one is left.

// CHECK-LABEL: func.func @row(
// CHECK-SAME:      %[[X:.*]]: memref<21xf32>, %[[Y:.*]]: memref<f32>
// CHECK-DAG:     %[[A:.*]] = vector.load %[[X]][%c0]
// CHECK-DAG:     %[[QA:.*]] = arith.mulf %[[A]], %[[A]] : vector<8xf32>
// CHECK-DAG:     %[[B:.*]] = vector.load %[[X]][%c8]
// CHECK-DAG:     %[[QB:.*]] = arith.mulf %[[B]], %[[B]] : vector<8xf32>
// CHECK-DAG:     vector.load %[[X]][%c16] : memref<21xf32>, vector<4xf32>
// CHECK-DAG:     vector.load %[[X]][%c20] : memref<21xf32>, vector<1xf32>
// CHECK:         %[[REST:.*]] = vector.from_elements
// CHECK:         %[[P:.*]] = arith.addf %[[REST]], %{{.*}} fastmath<nnan,ninf,nsz> : vector<8xf32>
// CHECK:         %[[S8:.*]] = arith.addf %{{.*}}, %[[P]] fastmath<nnan,ninf,nsz> : vector<8xf32>
// CHECK:         arith.addf %{{.*}}, %{{.*}} fastmath<nnan,ninf,nsz> : vector<4xf32>
// CHECK:         arith.addf %{{.*}}, %{{.*}} fastmath<nnan,ninf,nsz> : vector<2xf32>
// CHECK:         arith.addf %{{.*}}, %{{.*}} fastmath<nnan,ninf,nsz> : vector<1xf32>
// CHECK-NOT:     linalg
#target = #hswish.target<triple = "x86_64-linux-gnu", vector_bits = 256, registers = 16, l1 = 32768, l2 = 524288>
module attributes {hswish.target = #target} {
func.func @row(%x: memref<21xf32>, %y: memref<f32>) {
  linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>], iterator_types = ["reduction"]}
      ins(%x : memref<21xf32>) outs(%y : memref<f32>) {
  ^bb0(%in: f32, %acc: f32):
    %0 = arith.mulf %in, %in : f32
    %1 = arith.addf %0, %acc fastmath<fast> : f32
    linalg.yield %1 : f32
  }
  return
}
}

// -----

// Blocks of 1,024 in pairs: 3 whole ones need two levels. Nothing may reorder the additions.

// CHECK-LABEL: func.func @blocks(
// CHECK:         scf.for %[[K:.*]] = %c0 to %c3 step %c1 iter_args(%{{.*}}, %{{.*}}) -> (vector<1xf32>, vector<1xf32>)
// CHECK:           scf.for %{{.*}} = %c0 to %c1024 step %c16
// CHECK-COUNT-4:     arith.addf %{{.*}}, %{{.*}} : vector<4xf32>
// CHECK:           arith.select
// CHECK:         vector.store
// CHECK-NOT:     linalg
func.func @blocks(%x: memref<3073xf32>, %y: memref<f32>) {
  linalg.reduce {arith.addf} ins(%x : memref<3073xf32>) outs(%y : memref<f32>) dimensions = [0]
  return
}

// -----

// Rows side by side are the vectors. Short ones stay in registers, the even partial sums before the odd ones.

// CHECK-LABEL: func.func @columns(
// CHECK:         scf.parallel (%[[C:.*]]) = (%c0) to (%c64) step (%c16)
// CHECK-NOT:       scf.for
// CHECK:           vector.load %[[X:.*]][%{{.*}}] : memref<1260xf32>, vector<4xf32>
// CHECK-COUNT-71:  vector.load %[[X]][%{{.*}}] : memref<1260xf32>, vector<4xf32>
// CHECK-COUNT-4:   vector.store
// CHECK-NOT:     linalg
#target = #hswish.target<triple = "x86_64-linux-gnu", vector_bits = 128, registers = 16, l1 = 32768, l2 = 524288>
module attributes {hswish.target = #target} {
func.func @columns(%x: memref<18x70xf32>, %y: memref<70xf32>) {
  linalg.reduce {arith.addf} ins(%x : memref<18x70xf32>) outs(%y : memref<70xf32>) dimensions = [0]
  return
}
}

// -----

// The partial sums of long ones are in memory: four rows are added to each at a time.

// CHECK-LABEL: func.func @long_columns(
// CHECK:         %[[P:.*]] = memref.alloca() {alignment = 64 : i64} : memref<1120xf32>
// CHECK:         scf.for %{{.*}} = %c0 to %c16 step %c1 {
// CHECK:           scf.for %{{.*}} = %c0 to %c68 step %c4 {
// CHECK-COUNT-4:     vector.load %{{.*}} : memref<9100xf32>, vector<4xf32>
// CHECK:             vector.store %{{.*}}, %[[P]]
// CHECK:         scf.for %{{.*}} = %c0 to %c16 step %c1 {
// CHECK:           scf.for %{{.*}} = %c0 to %c68 step %c4 {
// CHECK:             vector.load %[[P]]
// CHECK-COUNT-4:     vector.load %{{.*}} : memref<9100xf32>, vector<4xf32>
// CHECK:             vector.store %{{.*}}, %[[P]]
// CHECK:         scf.for %{{.*}} = %c0 to %c2 step %c1 {
// CHECK-COUNT-16:  vector.load %[[P]]
// CHECK-NOT:     linalg
func.func @long_columns(%x: memref<130x70xf32>, %y: memref<70xf32>) {
  linalg.reduce {arith.addf} ins(%x : memref<130x70xf32>) outs(%y : memref<70xf32>) dimensions = [0]
  return
}

// -----

// So are short rows that are neighbours: they are loaded as a whole and shuffled.

// CHECK-LABEL: func.func @short_rows(
// CHECK:         scf.parallel
// CHECK:           %[[ALL:.*]] = vector.load %{{.*}} : memref<24xf32>, vector<12xf32>
// CHECK-DAG:       vector.shuffle %{{.*}} [0, 3, 6, 9] : vector<12xf32>, vector<12xf32>
// CHECK-DAG:       vector.shuffle %{{.*}} [1, 4, 7, 10] : vector<12xf32>, vector<12xf32>
// CHECK-DAG:       vector.shuffle %{{.*}} [2, 5, 8, 11] : vector<12xf32>, vector<12xf32>
// CHECK-COUNT-2:   arith.addf %{{.*}} : vector<4xf32>
// CHECK-NOT:     linalg
func.func @short_rows(%x: memref<8x3xf32>, %y: memref<8xf32>) {
  linalg.reduce {arith.addf} ins(%x : memref<8x3xf32>) outs(%y : memref<8xf32>) dimensions = [1]
  return
}

// -----

// Half precision is added up in f32.

// CHECK-LABEL: func.func @halves(
// CHECK:         arith.extf %{{.*}} : vector<4xf16> to vector<4xf32>
// CHECK:         arith.addf %{{.*}} : vector<1xf32>
// CHECK:         arith.truncf %{{.*}} : vector<1xf32> to vector<1xf16>
// CHECK-NOT:     linalg
func.func @halves(%x: memref<16xf16>, %y: memref<f16>) {
  linalg.reduce {arith.addf} ins(%x : memref<16xf16>) outs(%y : memref<f16>) dimensions = [0]
  return
}

// -----

// Sizes of run time: element by element, in the same order.

// CHECK-LABEL: func.func @dynamic(
// CHECK-SAME:      %[[X:.*]]: memref<?x?xf32>, %[[Y:.*]]: memref<?xf32>
// CHECK:         %[[N:.*]] = memref.dim %[[X]], %c1
// CHECK:         scf.parallel
// CHECK:           arith.divui %[[N]], %c1024
// CHECK:           scf.for
// CHECK:             scf.for %{{.*}} = %c0 to %c16 step %c1
// CHECK:               scf.for %{{.*}} step %c16
// CHECK:                 memref.load %[[X]]
// CHECK:                 arith.addf
// CHECK:               vector.insert
// CHECK:           arith.addf %{{.*}} : vector<8xf32>
// CHECK-NOT:     linalg
func.func @dynamic(%x: memref<?x?xf32>, %y: memref<?xf32>) {
  linalg.reduce {arith.addf} ins(%x : memref<?x?xf32>) outs(%y : memref<?xf32>) dimensions = [1]
  return
}

// -----

// The order of a maximum does not matter, that of a matrix product is its kernel's.

// CHECK-LABEL: func.func @others(
// CHECK:         linalg.reduce
// CHECK:         linalg.reduce
// CHECK:         linalg.matmul
func.func @others(%x: memref<16x16xf32>, %n: memref<16xi32>, %y: memref<16xf32>, %m: memref<i32>, %z: memref<16x16xf32>) {
  linalg.reduce {arith.maximumf} ins(%x : memref<16x16xf32>) outs(%y : memref<16xf32>) dimensions = [1]
  linalg.reduce {arith.addi} ins(%n : memref<16xi32>) outs(%m : memref<i32>) dimensions = [0]
  linalg.matmul ins(%x, %x : memref<16x16xf32>, memref<16x16xf32>) outs(%z : memref<16x16xf32>)
  return
}
