// RUN: hswish-opt %s -hswish-plan-memory -canonicalize -split-input-file -verify-diagnostics | FileCheck %s
// RUN: hswish-opt %s -hswish-plan-memory=gap=128 -canonicalize -split-input-file -verify-diagnostics | FileCheck %s --check-prefix=GAP

// %a is dead when %c is born: they share their place.
// CHECK-LABEL: func.func @chain
// CHECK-SAME: %[[X:[a-z0-9]+]]: memref<100xf32>, %[[Y:[a-z0-9]+]]: memref<100xf32>, %[[W:[a-z0-9]+]]: memref<896xi8> {hswish.workspace}
// CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[C448:.*]] = arith.constant 448 : index
// CHECK-DAG: %[[A:.*]] = memref.view %[[W]][%[[C0]]][] : memref<896xi8> to memref<100xf32>
// CHECK-DAG: %[[B:.*]] = memref.view %[[W]][%[[C448]]][] : memref<896xi8> to memref<100xf32>
// CHECK: linalg.exp ins(%[[X]] : {{.*}}) outs(%[[A]]
// CHECK: linalg.exp ins(%[[A]] : {{.*}}) outs(%[[B]]
// CHECK: %[[C:.*]] = memref.view %[[W]][%[[C0]]]
// CHECK: linalg.exp ins(%[[B]] : {{.*}}) outs(%[[C]]
// CHECK-NOT: memref.dealloc

// 528 bytes for %a and what is behind it, rounded up.
// GAP-LABEL: func.func @chain
// GAP-SAME: %[[W:[a-z0-9]+]]: memref<1024xi8> {hswish.workspace}
// GAP: memref.view %[[W]][%c0][]
// GAP: memref.view %[[W]][%c576][]
func.func @chain(%x: memref<100xf32>, %y: memref<100xf32>) {
  %a = memref.alloc() : memref<100xf32>
  %b = memref.alloc() : memref<100xf32>
  linalg.exp ins(%x : memref<100xf32>) outs(%a : memref<100xf32>)
  linalg.exp ins(%a : memref<100xf32>) outs(%b : memref<100xf32>)
  memref.dealloc %a : memref<100xf32>
  %c = memref.alloc() : memref<100xf32>
  linalg.exp ins(%b : memref<100xf32>) outs(%c : memref<100xf32>)
  linalg.exp ins(%c : memref<100xf32>) outs(%y : memref<100xf32>)
  memref.dealloc %b : memref<100xf32>
  memref.dealloc %c : memref<100xf32>
  return
}

// -----

// A view keeps its buffer alive: %b must not take the place of %a.
// CHECK-LABEL: func.func @views
// CHECK-SAME: memref<128xi8> {hswish.workspace}
func.func @views(%x: memref<8xf32>, %y: memref<8xf32>) {
  %a = memref.alloc() : memref<8xf32>
  %v = memref.subview %a[0] [4] [1] : memref<8xf32> to memref<4xf32, strided<[1]>>
  %b = memref.alloc() : memref<8xf32>
  linalg.exp ins(%x : memref<8xf32>) outs(%a : memref<8xf32>)
  linalg.exp ins(%x : memref<8xf32>) outs(%b : memref<8xf32>)
  linalg.exp ins(%b : memref<8xf32>) outs(%y : memref<8xf32>)
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%v : memref<4xf32, strided<[1]>>)
  return
}

// -----

// CHECK-LABEL: func.func @no_allocation
// CHECK-SAME: %{{.*}}: memref<0xi8> {hswish.workspace})
func.func @no_allocation(%x: memref<8xf32>, %y: memref<8xf32>) {
  linalg.exp ins(%x : memref<8xf32>) outs(%y : memref<8xf32>)
  return
}

// -----

func.func @dynamic(%n: index) {
  // expected-error @below {{cannot be placed in the workspace}}
  %a = memref.alloc(%n) : memref<?xf32>
  return
}

// -----

func.func @returned() -> memref<8xf32> {
  %a = memref.alloc() : memref<8xf32>
  // expected-error @below {{returns an allocation: results must be written to arguments}}
  return %a : memref<8xf32>
}

// -----

// In memory an i24 takes four bytes, and a boolean one.
// CHECK-LABEL: func.func @odd_elements
// CHECK-SAME: %[[W:[a-z0-9]+]]: memref<576xi8> {hswish.workspace}
// CHECK-DAG: memref.view %[[W]][%c0][] : memref<576xi8> to memref<100xi24>
// CHECK-DAG: memref.view %[[W]][%c448][] : memref<576xi8> to memref<100xi1>
func.func @odd_elements(%x: memref<100xi24>, %y: memref<100xi1>) {
  %a = memref.alloc() : memref<100xi24>
  %b = memref.alloc() : memref<100xi1>
  linalg.copy ins(%x : memref<100xi24>) outs(%a : memref<100xi24>)
  linalg.copy ins(%y : memref<100xi1>) outs(%b : memref<100xi1>)
  linalg.copy ins(%a : memref<100xi24>) outs(%x : memref<100xi24>)
  linalg.copy ins(%b : memref<100xi1>) outs(%y : memref<100xi1>)
  return
}
