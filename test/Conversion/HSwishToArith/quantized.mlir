// RUN: hswish-opt %s -convert-hswish-to-arith -split-input-file | FileCheck %s
// RUN: not hswish-opt %s -pass-pipeline='builtin.module(func.func(convert-hswish-to-arith))' -split-input-file 2>&1 | FileCheck %s --check-prefix=NESTED

// 128 entries at a time, chosen by the sign.
// CHECK-LABEL: func.func @vbmi
// CHECK-DAG: %[[LOW:.*]] = llvm.call_intrinsic "llvm.x86.avx512.vpermi2var.qi.512"(%{{.*}}, %arg0, %{{.*}})
// CHECK-DAG: %[[HIGH:.*]] = llvm.call_intrinsic "llvm.x86.avx512.vpermi2var.qi.512"(%{{.*}}, %arg0, %{{.*}})
// CHECK: %[[SIGN:.*]] = arith.cmpi slt, %arg0, %{{.*}} : vector<64xi8>
// CHECK: arith.select %[[SIGN]], %[[HIGH]], %[[LOW]]
// CHECK-NOT: hswish.quantized
module attributes {hswish.target = #hswish.target<triple = "x86_64-linux-gnu", cpu = "icelake-server",
    vector_bits = 512, registers = 32, l1 = 32768, l2 = 524288>} {
func.func @vbmi(%x: vector<64xi8>) -> vector<64xi8> {
  %0 = hswish.quantized_hard_swish %x from<5.0e-02:3> to<2.5e-02:-113> : vector<64xi8>
  return %0 : vector<64xi8>
}
}

// -----

// A feature by name, and a vector of another size: filled up, and cut again.
// CHECK-LABEL: func.func @feature
// CHECK: vector.shuffle %arg0, %arg0 [0, 1, 2, -1
// CHECK: vpermi2var
// CHECK: vector.shuffle %{{.*}} [0, 1, 2] : vector<64xi8>, vector<64xi8>
module attributes {hswish.target = #hswish.target<triple = "x86_64-linux-gnu", cpu = "x86-64-v4",
    features = "-avx512vbmi,+avx512vbmi", vector_bits = 512, registers = 32, l1 = 32768, l2 = 524288>} {
func.func @feature(%x: vector<3xi8>) -> vector<3xi8> {
  %0 = hswish.quantized_hard_swish %x from<5.0e-02:3> to<2.5e-02:-113> semantics<tflite> : vector<3xi8>
  return %0 : vector<3xi8>
}
}

// -----

// Sixteen steps; two pieces.
// CHECK-LABEL: func.func @pshufb
// CHECK-COUNT-32: llvm.x86.avx2.pshuf.b
// CHECK-NOT: pshuf
// CHECK: vector.shuffle {{.*}} : vector<32xi8>, vector<32xi8>
module attributes {hswish.target = #hswish.target<triple = "x86_64-linux-gnu", cpu = "x86-64-v3",
    vector_bits = 256, registers = 16, l1 = 32768, l2 = 524288>} {
func.func @pshufb(%x: vector<2x32xi8>) -> vector<2x32xi8> {
  %0 = hswish.quantized_hard_sigmoid %x from<5.0e-02:3> to<3.90625e-03:-128> semantics<aten> : vector<2x32xi8>
  return %0 : vector<2x32xi8>
}
}

// -----

// CHECK-LABEL: func.func @tbl
// CHECK: llvm.aarch64.neon.tbl4.v16i8
// CHECK-COUNT-3: llvm.aarch64.neon.tbx4.v16i8
module attributes {hswish.target = #hswish.target<triple = "aarch64-linux-gnu", vector_bits = 128,
    registers = 32, l1 = 32768, l2 = 524288>} {
func.func @tbl(%x: vector<16xi8>) -> vector<16xi8> {
  %0 = hswish.quantized_hard_swish %x from<5.0e-02:3> to<2.5e-02:0> unsigned : vector<16xi8>
  return %0 : vector<16xi8>
}
}

// -----

// Elsewhere, and for scalars, a table in memory: one for all that are the same.
// CHECK: memref.global "private" constant @hswish_table_1 : memref<256xi8>
// CHECK: memref.global "private" constant @hswish_table_0 : memref<256xi8>
// CHECK-LABEL: func.func @memory
// CHECK: %[[TABLE:.*]] = memref.get_global @hswish_table_0
// CHECK: %[[INDEX:.*]] = arith.index_castui %arg0 : i8 to index
// CHECK: memref.load %[[TABLE]][%[[INDEX]]]
// CHECK: memref.get_global @hswish_table_0
// CHECK: arith.extui %arg1 : vector<4xi8> to vector<4xi32>
// CHECK: vector.gather
// CHECK: memref.get_global @hswish_table_1
// Tensors become linalg first.
// CHECK: hswish.quantized_hard_swish {{.*}} tensor<4xi8>
// NESTED: error: failed to legalize operation 'hswish.quantized_hard_swish'
func.func @memory(%x: i8, %v: vector<4xi8>, %t: tensor<4xi8>) -> (i8, vector<4xi8>, i8, tensor<4xi8>) {
  %0 = hswish.quantized_hard_swish %x from<5.0e-02:3> to<2.5e-02:0> : i8
  %1 = hswish.quantized_hard_swish %v from<5.0e-02:3> to<2.5e-02:0> : vector<4xi8>
  %2 = hswish.quantized_hard_swish %x from<5.0e-02:3> to<2.5e-02:1> : i8
  %3 = hswish.quantized_hard_swish %t from<5.0e-02:3> to<2.5e-02:1> : tensor<4xi8>
  return %0, %1, %2, %3 : i8, vector<4xi8>, i8, tensor<4xi8>
}

// -----

// 16 bits by integers of 64: si = so = 1, where h-swish of v is v beyond 3.
// CHECK-LABEL: func.func @sixteen
// CHECK: %[[V:.*]] = arith.extsi %arg0 : i16 to i64
// CHECK: %[[U:.*]] = arith.minsi
// CHECK: %[[AU:.*]] = arith.muli %[[U]]
// CHECK: %[[LINE:.*]] = arith.addi %[[AU]]
// CHECK: arith.shrsi %[[LINE]]
// CHECK: arith.muli
// CHECK: arith.shrsi
// CHECK: arith.trunci %{{.*}} : i64 to i16
// Vectors in pieces of native ones.
// CHECK-COUNT-4: arith.extsi %{{.*}} : vector<2xi16> to vector<2xi64>
// hard_sigmoid is a product less.
// CHECK: arith.extui
// CHECK-COUNT-1: arith.muli
// CHECK-NOT: arith.muli
// CHECK: return
func.func @sixteen(%x: i16, %v: vector<8xi16>) -> (i16, vector<8xi16>, i16) {
  %0 = hswish.quantized_hard_swish %x from<1.0:0> to<1.0:0> : i16
  %1 = hswish.quantized_hard_swish %v from<1.0e-4:0> to<1.0e-4:0> : vector<8xi16>
  %2 = hswish.quantized_hard_sigmoid %x from<1.0e-4:0> to<1.0e-4:0> unsigned : i16
  return %0, %1, %2 : i16, vector<8xi16>, i16
}

// -----

// Scales so far apart that 64 bits are too few.
// CHECK: memref.global "private" constant @hswish_table_0 : memref<65536xi16>
// CHECK-LABEL: func.func @far_apart
// CHECK: memref.load
func.func @far_apart(%x: i16) -> i16 {
  %0 = hswish.quantized_hard_swish %x from<1.0e-4:0> to<1.0e-12:0> : i16
  return %0 : i16
}
