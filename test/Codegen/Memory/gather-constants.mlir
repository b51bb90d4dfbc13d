// RUN: hswish-opt %s -hswish-gather-constants -split-input-file | FileCheck %s

// In the order of use, each once, each on its own cache line.
// CHECK: memref.global "private" constant @constants : memref<192xi8> = dense<"0x0000803F00000040{{0+}}03040506{{0+}}00008040{{[0-9A-F]+}}"> {alignment = 64 : i64}
// CHECK-NOT: constant @{{[abc]}} :
// CHECK: memref.global "private" constant @bits
// CHECK-LABEL: func.func @net
// CHECK: %[[BLOB0:.*]] = memref.get_global @constants : memref<192xi8>
// CHECK: %[[C0:.*]] = arith.constant 0 : index
// CHECK: %[[B:.*]] = memref.view %[[BLOB0]][%[[C0]]][] : memref<192xi8> to memref<2xf32>
// CHECK: %[[C64:.*]] = arith.constant 64 : index
// CHECK: memref.view %{{.*}}[%[[C64]]][] : memref<192xi8> to memref<4xi8>
// CHECK: %[[C128:.*]] = arith.constant 128 : index
// CHECK: memref.view %{{.*}}[%[[C128]]][] : memref<192xi8> to memref<3xf32>
// CHECK: %[[AGAIN:.*]] = arith.constant 0 : index
// CHECK: memref.view %{{.*}}[%[[AGAIN]]][] : memref<192xi8> to memref<2xf32>
// CHECK: memref.get_global @bits
memref.global "private" constant @a : memref<3xf32> = dense<4.0>
memref.global "private" constant @b : memref<2xf32> = dense<[1.0, 2.0]>
memref.global "private" constant @c : memref<4xi8> = dense<[3, 4, 5, 6]>
memref.global "private" constant @bits : memref<4xi1> = dense<[true, false, true, true]>
func.func @net() {
  %0 = memref.get_global @b : memref<2xf32>
  %1 = memref.get_global @c : memref<4xi8>
  %2 = memref.get_global @a : memref<3xf32>
  %3 = memref.get_global @b : memref<2xf32>
  %4 = memref.get_global @bits : memref<4xi1>
  return
}

// -----

// CHECK-NOT: @constants
// CHECK: memref.global @public
memref.global @public : memref<3xf32> = dense<4.0>
func.func @nothing_to_gather() {
  %0 = memref.get_global @public : memref<3xf32>
  return
}

// -----

// Constants may be named far above their readers, in any order: the readers'
// order counts. What nobody reads comes last.
// CHECK: @constants : memref<256xi8> = dense<"0x01{{0+}}02{{0+}}03{{0+}}04{{0+}}">
// CHECK-LABEL: func.func @readers
memref.global "private" constant @one : memref<1xi8> = dense<1>
memref.global "private" constant @two : memref<1xi8> = dense<2>
memref.global "private" constant @three : memref<1xi8> = dense<3>
memref.global "private" constant @four : memref<1xi8> = dense<4>
func.func private @kernel(memref<1xi8>)
func.func @readers() {
  %4 = memref.get_global @four : memref<1xi8>
  %3 = memref.get_global @three : memref<1xi8>
  %slice = memref.subview %3[0] [1] [1] : memref<1xi8> to memref<1xi8, strided<[1]>>
  %cast = memref.cast %slice : memref<1xi8, strided<[1]>> to memref<1xi8>
  %2 = memref.get_global @two : memref<1xi8>
  %1 = memref.get_global @one : memref<1xi8>
  call @kernel(%1) : (memref<1xi8>) -> ()
  call @kernel(%2) : (memref<1xi8>) -> ()
  call @kernel(%cast) : (memref<1xi8>) -> ()
  return
}

// -----

// An i24 takes four bytes in memory and three in a constant.
// CHECK: @odd : memref<2xi24>
// CHECK-NOT: @constants
memref.global "private" constant @odd : memref<2xi24> = dense<[1, 2]>
func.func private @kernel(memref<2xi24>)
func.func @reader() {
  %0 = memref.get_global @odd : memref<2xi24>
  call @kernel(%0) : (memref<2xi24>) -> ()
  return
}
