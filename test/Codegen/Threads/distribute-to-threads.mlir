// RUN: hswish-opt %s --hswish-distribute-to-threads=threads=2 --canonicalize --split-input-file --verify-diagnostics | FileCheck %s --enable-var-scope
// RUN: hswish-opt %s --hswish-distribute-to-threads --split-input-file | FileCheck %s --check-prefix=ONE

// One thread changes nothing.
// ONE-NOT: hswish_meet_threads
// ONE-NOT: hswish.thread

// Buffers are parts of the workspace: threads meet where they overlap.

// CHECK-LABEL: func @net(
// CHECK-SAME:      %[[X:.*]]: memref<4096xf32>, %[[Y:.*]]: memref<4096xf32>, %[[W:.*]]: memref<32768xi8>,
// CHECK-SAME:      %[[T:.*]]: index {hswish.thread}, %[[N:.*]]: index {hswish.threads = 2 : i64})
func.func @net(%x: memref<4096xf32>, %y: memref<4096xf32>, %w: memref<32768xi8>) {
  %c0 = arith.constant 0 : index
  %c8192 = arith.constant 8192 : index
  %c16384 = arith.constant 16384 : index
  // CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
  // CHECK-DAG: %[[FIRST:.*]] = arith.cmpi eq, %[[T]], %[[C0]]
  // CHECK: %[[A:.*]] = memref.view %[[W]][%[[C0]]]
  // CHECK: %[[B:.*]] = memref.view %[[W]][%c16384]
  // CHECK: %[[C:.*]] = memref.view %[[W]][%c8192]
  %a = memref.view %w[%c0][] : memref<32768xi8> to memref<4096xf32>
  %b = memref.view %w[%c16384][] : memref<32768xi8> to memref<4096xf32>
  %c = memref.view %w[%c8192][] : memref<32768xi8> to memref<4xf32>
  // Of the same input: at the same time.
  // CHECK:      call @copy(%[[X]], %[[A]], %[[T]], %[[N]])
  // CHECK-NEXT: call @copy(%[[X]], %[[B]], %[[T]], %[[N]])
  call @copy(%x, %a) : (memref<4096xf32>, memref<4096xf32>) -> ()
  call @copy(%x, %b) : (memref<4096xf32>, memref<4096xf32>) -> ()
  // What is small is the first thread's; %c is a part of %a.
  // CHECK-NEXT: call @hswish_meet_threads(%[[T]], %[[N]])
  // CHECK-NEXT: scf.if %[[FIRST]] {
  // CHECK-NEXT:   call @small(%[[C]])
  // CHECK-NEXT:   call @small(%[[C]])
  // CHECK-NEXT: }
  // CHECK-NEXT: call @copy(%[[B]], %[[Y]], %[[T]], %[[N]])
  call @small(%c) : (memref<4xf32>) -> ()
  call @small(%c) : (memref<4xf32>) -> ()
  call @copy(%b, %y) : (memref<4096xf32>, memref<4096xf32>) -> ()
  // Written after it was read: that is a reason to meet, too.
  // CHECK-NEXT: call @hswish_meet_threads(%[[T]], %[[N]])
  // CHECK-NEXT: call @copy(%[[A]], %[[B]], %[[T]], %[[N]])
  call @copy(%a, %b) : (memref<4096xf32>, memref<4096xf32>) -> ()
  // Nothing is known of other ops.
  // CHECK-NEXT: call @hswish_meet_threads(%[[T]], %[[N]])
  // CHECK-NEXT: scf.if %[[FIRST]] {
  // CHECK-NEXT:   memref.copy
  memref.copy %x, %a : memref<4096xf32> to memref<4096xf32>
  return
}

// Whole iterations, from the first one that starts in this thread's part of the
// line to the last.
// CHECK-LABEL: func private @copy(
// CHECK-SAME:      %[[X:.*]]: memref<4096xf32>, %[[Y:.*]]: memref<4096xf32>, %[[T:.*]]: index, %[[N:.*]]: index)
// CHECK-DAG:     %[[C512:.*]] = arith.constant 512 : index
// CHECK-DAG:     %[[C2:.*]] = arith.constant 2 : index
// CHECK-DAG:     %[[C16:.*]] = arith.constant 16 : index
// CHECK:         %[[BEFORE:.*]] = arith.muli %[[T]], %[[C512]]
// CHECK-NEXT:    arith.divui %[[BEFORE]], %[[N]]
// CHECK:         arith.divui %{{.*}}, %[[N]]
// CHECK:         %[[FIRST:.*]] = arith.ceildivui %{{.*}}, %[[C2]]
// CHECK:         %[[LAST:.*]] = arith.ceildivui %{{.*}}, %[[C2]]
// CHECK:         %[[FROM:.*]] = arith.muli %[[FIRST]], %[[C16]]
// CHECK:         %[[TO:.*]] = arith.muli %[[LAST]], %[[C16]]
// CHECK:         scf.for %[[I:.*]] = %[[FROM]] to %[[TO]] step %[[C16]] {
// CHECK-NEXT:      vector.load %[[X]][%[[I]]]
// CHECK-NEXT:      vector.store %{{.*}}, %[[Y]][%[[I]]]
// CHECK-NEXT:    } {hswish.trips = 128 : i64}
func.func private @copy(%x: memref<4096xf32>, %y: memref<4096xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c4096 = arith.constant 4096 : index
  scf.parallel (%i) = (%c0) to (%c4096) step (%c16) {
    %v = vector.load %x[%i] : memref<4096xf32>, vector<16xf32>
    vector.store %v, %y[%i] : memref<4096xf32>, vector<16xf32>
    scf.reduce
  }
  return
}

// CHECK-LABEL: func private @small(%{{.*}}: memref<4xf32>)
func.func private @small(%x: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  %v = vector.load %x[%c0] : memref<4xf32>, vector<4xf32>
  vector.store %v, %x[%c0] : memref<4xf32>, vector<4xf32>
  return
}

// CHECK: func private @hswish_meet_threads(index, index)

// -----

// Few iterations: the loops inside are cut as well, and what is left over is
// done by the thread in whose part it starts.

func.func @net(%x: memref<3x1024xf32>) {
  call @nest(%x) : (memref<3x1024xf32>) -> ()
  return
}

// CHECK-LABEL: func private @nest(
// CHECK:         scf.for %[[Y:.*]] = %{{.*}} to %{{.*}} step %c1 {
// CHECK:           scf.for %[[I:.*]] = %{{.*}} to %{{.*}} step %c16 {
// CHECK-NEXT:        vector.store %{{.*}}, %{{.*}}[%[[Y]], %[[I]]]
// CHECK:           %[[LOW:.*]] = arith.cmpi sle
// CHECK:           %[[HIGH:.*]] = arith.cmpi sgt
// CHECK:           %[[MINE:.*]] = arith.andi %[[LOW]], %[[HIGH]]
// CHECK-NEXT:      scf.if %[[MINE]] {
// CHECK-NEXT:        vector.store %{{.*}}, %{{.*}}[%[[Y]], %c1008]
func.func private @nest(%x: memref<3x1024xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c16 = arith.constant 16 : index
  %c1008 = arith.constant 1008 : index
  %v = arith.constant dense<0.0> : vector<16xf32>
  scf.parallel (%y) = (%c0) to (%c3) step (%c1) {
    scf.parallel (%i) = (%c0) to (%c1008) step (%c16) {
      vector.store %v, %x[%y, %i] : memref<3x1024xf32>, vector<16xf32>
      vector.store %v, %x[%y, %i] : memref<3x1024xf32>, vector<16xf32>
      vector.store %v, %x[%y, %i] : memref<3x1024xf32>, vector<16xf32>
      scf.reduce
    }
    vector.store %v, %x[%y, %c1008] : memref<3x1024xf32>, vector<16xf32>
    scf.reduce
  }
  return
}

// -----

// A loop that is marked is shared by itself: all threads go through the loop
// around it, and each does the same iterations in it every time.

func.func @net(%x: memref<9x1024xf32>) {
  call @pixels(%x) : (memref<9x1024xf32>) -> ()
  return
}

// CHECK-LABEL: func private @pixels(
// CHECK-SAME:      memref<9x1024xf32>, %[[T:.*]]: index, %[[N:.*]]: index)
// CHECK:         %[[BEFORE:.*]] = arith.muli %[[T]], %c64
// CHECK-NEXT:    arith.divui %[[BEFORE]], %[[N]]
// CHECK:         scf.for %[[Y:.*]] = %c0 to %c9 step %c1 {
// CHECK:           scf.for %[[I:.*]] = %{{.*}} to %{{.*}} step %c16 {
// CHECK-NEXT:        vector.store %{{.*}}, %{{.*}}[%[[Y]], %[[I]]]
func.func private @pixels(%x: memref<9x1024xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c9 = arith.constant 9 : index
  %c16 = arith.constant 16 : index
  %c1024 = arith.constant 1024 : index
  %v = arith.constant dense<0.0> : vector<16xf32>
  scf.parallel (%y) = (%c0) to (%c9) step (%c1) {
    scf.parallel (%i) = (%c0) to (%c1024) step (%c16) {
      vector.store %v, %x[%y, %i] : memref<9x1024xf32>, vector<16xf32>
      scf.reduce
    } {hswish.shared}
    scf.reduce
  }
  return
}

// -----

// Not where that would be uneven: the outer loop is shared.

func.func @net(%x: memref<32x768xf32>) {
  call @uneven(%x) : (memref<32x768xf32>) -> ()
  return
}

// CHECK-LABEL: func private @uneven(
// CHECK:         scf.for %[[Y:.*]] = %{{.*}} to %{{.*}} step %c1 {
// CHECK-NEXT:      scf.parallel (%{{.*}}) = (%c0) to (%c768) step (%c256) {
func.func private @uneven(%x: memref<32x768xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  %c256 = arith.constant 256 : index
  %c768 = arith.constant 768 : index
  %v = arith.constant dense<0.0> : vector<256xf32>
  scf.parallel (%y) = (%c0) to (%c32) step (%c1) {
    scf.parallel (%i) = (%c0) to (%c768) step (%c256) {
      vector.store %v, %x[%y, %i] : memref<32x768xf32>, vector<256xf32>
      vector.store %v, %x[%y, %i] : memref<32x768xf32>, vector<256xf32>
      vector.store %v, %x[%y, %i] : memref<32x768xf32>, vector<256xf32>
      vector.store %v, %x[%y, %i] : memref<32x768xf32>, vector<256xf32>
      vector.store %v, %x[%y, %i] : memref<32x768xf32>, vector<256xf32>
      scf.reduce
    } {hswish.shared}
    scf.reduce
  }
  return
}

// -----

// The second loop reads what the first one writes: only one thread can do that.

// CHECK-LABEL: func @net(
// CHECK:         scf.if
// CHECK-NEXT:      call @chain(%{{.*}}, %{{.*}}) :
func.func @net(%x: memref<4096xf32>, %y: memref<4096xf32>) {
  call @chain(%x, %y) : (memref<4096xf32>, memref<4096xf32>) -> ()
  return
}

// CHECK-LABEL: func private @chain(
// CHECK-COUNT-2: scf.parallel
func.func private @chain(%x: memref<4096xf32>, %y: memref<4096xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4095 = arith.constant 4095 : index
  %v = arith.constant 0.0 : f32
  scf.parallel (%i) = (%c0) to (%c4095) step (%c1) {
    memref.store %v, %x[%i] : memref<4096xf32>
    scf.reduce
  }
  scf.parallel (%i) = (%c0) to (%c4095) step (%c1) {
    %next = arith.addi %i, %c1 : index
    %r = memref.load %x[%next] : memref<4096xf32>
    memref.store %r, %y[%i] : memref<4096xf32>
    scf.reduce
  }
  return
}

// -----

// CHECK-LABEL: func @net(%{{.*}}: memref<4xf32>)
// CHECK-NOT:     hswish.thread
func.func @net(%x: memref<4xf32>) {
  %c0 = arith.constant 0 : index
  // expected-warning @+1 {{is not for several threads: the model will run with one}}
  %v = memref.load %x[%c0] : memref<4xf32>
  memref.store %v, %x[%c0] : memref<4xf32>
  return
}

// -----

// How long a line is may be known at run time only: before anything is done. The
// second loop's part of it starts where the first one's ends.

// CHECK-LABEL: func private @sized(
// CHECK-SAME:      %[[X:.*]]: memref<?xf32>, %{{.*}}: memref<?xf32>, %[[T:.*]]: index, %[[N:.*]]: index)
// CHECK: %[[SIZE:.*]] = memref.dim %[[X]]
// CHECK: %[[HALF:.*]] = arith.divui %[[SIZE]], %c2
// CHECK: %[[FIRST:.*]] = arith.muli %{{.*}}, %c66
// CHECK: %[[SECOND:.*]] = arith.muli %{{.*}}, %c34
// CHECK: %[[LENGTH:.*]] = arith.addi %[[FIRST]], %[[SECOND]]
// CHECK: %[[PART:.*]] = arith.muli %[[T]], %[[LENGTH]]
// CHECK: %[[LOW:.*]] = arith.divui %[[PART]], %[[N]]
// CHECK: scf.for
// CHECK: arith.subi %[[LOW]], %{{.*}}
// CHECK: scf.for
// CHECK-NOT: scf.parallel
func.func private @sized(%x: memref<?xf32>, %y: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %size = memref.dim %x, %c0 : memref<?xf32>
  %half = arith.divui %size, %c2 : index
  scf.parallel (%i) = (%c0) to (%half) step (%c1) {
    %v = memref.load %x[%i] : memref<?xf32>
    %a = math.exp %v : f32
    %b = math.exp %a : f32
    %c = math.exp %b : f32
    %d = math.exp %c : f32
    memref.store %d, %y[%i] : memref<?xf32>
    scf.reduce
  }
  scf.parallel (%i) = (%half) to (%size) step (%c1) {
    %v = memref.load %x[%i] : memref<?xf32>
    %a = math.exp %v : f32
    %b = math.exp %a : f32
    memref.store %b, %y[%i] : memref<?xf32>
    scf.reduce
  }
  return
}

func.func @net(%x: memref<?xf32>, %y: memref<?xf32>) {
  call @sized(%x, %y) : (memref<?xf32>, memref<?xf32>) -> ()
  return
}
