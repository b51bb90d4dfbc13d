// The arguments' dynamic dimensions are bound, and what follows from them.
// RUN: split-file %s %t
// RUN: hswish-compile --emit=mlir --stage=import %t/infer.mlir -o - --shape x=4x8 --shape input1=8x3 | FileCheck %s --check-prefix=INFER
// INFER: func.func @infer(%{{.*}}: tensor<4x8xf32>{{.*}}, %{{.*}}: tensor<8x3xf32>{{.*}}) -> tensor<4x3xf32>
// INFER-NOT: ?
// RUN: hswish-run %t/infer.mlir --shape x=4x8 --shape y=8x3 | FileCheck %s --check-prefix=BOUND
// BOUND: output0: float32 4x3
// RUN: hswish-run %t/named.mlir --shape picture=2x8 | FileCheck %s --check-prefix=NAMED
// NAMED: output0: float32 2x8
// RUN: not hswish-run %t/infer.mlir --shape z=4x8 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: error: {{.*}}--shape names 'z', but the inputs of @infer are 'x', 'y'
// RUN: not hswish-run %t/infer.mlir --shape x=4x9 2>&1 | FileCheck %s --check-prefix=FIXED
// FIXED: error: {{.*}}--shape for input 'x' contradicts the input's type 'tensor<?x8xf32>'
// RUN: not hswish-run %t/stopped.mlir --shape x=4 2>&1 | FileCheck %s --check-prefix=STOPPED
// STOPPED: error: {{.*}}output 0 of @stopped has type 'tensor<?xf32>': dynamic dimensions must be bound

//--- infer.mlir
func.func @infer(%x: tensor<?x8xf32>, %y: tensor<8x?xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %0 = hswish.hard_swish %x : tensor<?x8xf32>
  %1 = arith.addf %0, %x : tensor<?x8xf32>
  %m = tensor.dim %1, %c0 : tensor<?x8xf32>
  %n = tensor.dim %y, %c1 : tensor<8x?xf32>
  %2 = tensor.empty(%m, %n) : tensor<?x?xf32>
  %3 = linalg.fill ins(%zero : f32) outs(%2 : tensor<?x?xf32>) -> tensor<?x?xf32>
  %4 = linalg.matmul ins(%1, %y : tensor<?x8xf32>, tensor<8x?xf32>)
      outs(%3 : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %4 : tensor<?x?xf32>
}

//--- named.mlir
func.func @named(%arg0: tensor<?x8xf32> {hswish.name = "picture"}) -> tensor<?x8xf32> {
  %0 = tosa.clamp %arg0 {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

//--- stopped.mlir
func.func @stopped(%x: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %0 = tensor.extract %x[%c0] : tensor<?xf32>
  %1 = arith.fptosi %0 : f32 to i64
  %2 = arith.index_cast %1 : i64 to index
  %3 = tensor.extract_slice %x[0] [%2] [1] : tensor<?xf32> to tensor<?xf32>
  return %3 : tensor<?xf32>
}
