// RUN: hswish-opt %s -hswish-outline-kernels -split-input-file | FileCheck %s

// Layers of the same shape share one function; each call has its buffers.
// CHECK-LABEL: func.func @same_shape
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<1x8x8x4xf32>, %[[V:[a-z0-9]+]]: memref<1x1x4x4xf32>, %[[W:[a-z0-9]+]]: memref<1x1x4x4xf32>, %[[Y:[a-z0-9]+]]: memref<1x8x8x4xf32>
// CHECK: %[[A:.*]] = memref.alloc()
// CHECK: call @[[KERNEL:same_shape_conv_2d_0]](%[[X]], %[[V]], %[[A]])
// CHECK: call @[[KERNEL]](%[[A]], %[[W]], %[[Y]])
// CHECK: func.func private @[[KERNEL]](%{{.*}}: memref<1x8x8x4xf32> {llvm.noalias}, %{{.*}}: memref<1x1x4x4xf32> {llvm.noalias}, %{{.*}}: memref<1x8x8x4xf32> {llvm.noalias})
// CHECK: hswish.conv_2d
// CHECK: hswish.hard_swish
// CHECK-NOT: func.func
func.func @same_shape(%x: memref<1x8x8x4xf32>, %v: memref<1x1x4x4xf32>, %w: memref<1x1x4x4xf32>, %y: memref<1x8x8x4xf32>) {
  %a = memref.alloc() : memref<1x8x8x4xf32>
  hswish.conv_2d ins(%x, %v : memref<1x8x8x4xf32>, memref<1x1x4x4xf32>) outs(%a : memref<1x8x8x4xf32>) {
  ^bb0(%acc: f32):
    %0 = hswish.hard_swish %acc : f32
    hswish.yield %0 : f32
  }
  hswish.conv_2d ins(%a, %w : memref<1x8x8x4xf32>, memref<1x1x4x4xf32>) outs(%y : memref<1x8x8x4xf32>) {
  ^bb0(%acc: f32):
    %0 = hswish.hard_swish %acc : f32
    hswish.yield %0 : f32
  }
  return
}

// -----

// A view that is not contiguous is made again inside, from the buffer it shows;
// constants go in, too.
// CHECK-LABEL: func.func @view
// CHECK-SAME: %[[P:[a-z0-9]+]]: memref<1x10x10x4xf32>
// CHECK: call @view_fill_0(%[[P]])
// CHECK: func.func private @view_fill_0(%[[ARG:.*]]: memref<1x10x10x4xf32> {llvm.noalias})
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.000000e+00
// CHECK-DAG: %[[INSIDE:.*]] = memref.subview %[[ARG]][0, 1, 1, 0]
// CHECK: linalg.fill ins(%[[ZERO]] : f32) outs(%[[INSIDE]]
func.func @view(%p: memref<1x10x10x4xf32>) {
  %zero = arith.constant 0.0 : f32
  %v = memref.subview %p[0, 1, 1, 0] [1, 8, 8, 4] [1, 1, 1, 1]
      : memref<1x10x10x4xf32> to memref<1x8x8x4xf32, strided<[400, 40, 4, 1], offset: 44>>
  linalg.fill ins(%zero : f32) outs(%v : memref<1x8x8x4xf32, strided<[400, 40, 4, 1], offset: 44>>)
  return
}

// -----

// Two halves of one buffer are one argument: they would alias.
// CHECK-LABEL: func.func @one_buffer_twice
// CHECK: call @one_buffer_twice_copy_0(%{{[a-z0-9]+}}) :
// CHECK: func.func private @one_buffer_twice_copy_0(%{{.*}}: memref<16xf32> {llvm.noalias})
func.func @one_buffer_twice(%p: memref<16xf32>) {
  %a = memref.subview %p[0] [8] [1] : memref<16xf32> to memref<8xf32, strided<[1]>>
  %b = memref.subview %p[8] [8] [1] : memref<16xf32> to memref<8xf32, strided<[1], offset: 8>>
  memref.copy %a, %b : memref<8xf32, strided<[1]>> to memref<8xf32, strided<[1], offset: 8>>
  return
}

// -----

// What a body reads from outside is passed as well.
// CHECK-LABEL: func.func @captures
// CHECK: call @captures_generic_0(%{{.*}}, %{{.*}}) : (memref<8xf32>, memref<4xf32>) -> ()
#id = affine_map<(d0) -> (d0)>
func.func @captures(%table: memref<4xf32>, %y: memref<8xf32>) {
  %c3 = arith.constant 3 : index
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%y : memref<8xf32>) {
  ^bb0(%out: f32):
    %0 = memref.load %table[%c3] : memref<4xf32>
    linalg.yield %0 : f32
  }
  return
}

// -----

// An unknown layout cannot be a bare pointer: the op stays.
// CHECK-LABEL: func.func @dynamic
// CHECK: linalg.exp
// CHECK-NOT: func.func private
func.func @dynamic(%x: memref<?xf32>, %y: memref<?xf32>) {
  linalg.exp ins(%x : memref<?xf32>) outs(%y : memref<?xf32>)
  return
}
