// RUN: hswish-opt %s --hswish-prefetch-weights --split-input-file | FileCheck %s

// The convolution uses its weights often and fetches those of the product, which
// has no time to: 16 kB in 256 steps.

#target = #hswish.target<triple = "x86_64-unknown-linux-gnu", vector_bits = 512,
    registers = 32, l1 = 1024, l2 = 16384>
module attributes {hswish.target = #target} {

memref.global "private" constant @constants : memref<20480xi8> = dense<1>

// CHECK-LABEL: func.func @net(
// CHECK:         call @conv(%{{.*}}, %{{.*}}, %c4096{{.*}}, %c64{{.*}})
// CHECK:         call @product(%{{.*}}) : (memref<4096xf32>) -> ()
func.func @net(%x: memref<64xf32>) {
  %bytes = memref.get_global @constants : memref<20480xi8>
  %c0 = arith.constant 0 : index
  %c4096 = arith.constant 4096 : index
  %conv = memref.view %bytes[%c0][] : memref<20480xi8> to memref<16xf32>
  %product = memref.view %bytes[%c4096][] : memref<20480xi8> to memref<4096xf32>
  call @conv(%x, %conv) : (memref<64xf32>, memref<16xf32>) -> ()
  call @product(%product) : (memref<4096xf32>) -> ()
  return
}

// CHECK-LABEL: func.func private @conv(
// CHECK-SAME:    %[[START:[a-z0-9]*]]: index, %[[STEP:[a-z0-9]*]]: index)
// CHECK:         %[[BYTES:.*]] = memref.get_global @constants
// CHECK:         scf.parallel (%[[I:.*]]) =
// CHECK:           %[[FROM:.*]] = arith.subi %[[I]], %c1
// CHECK:           %[[TRIP:.*]] = arith.divui %[[FROM]], %c2
// CHECK:           %[[BEFORE:.*]] = arith.muli %[[TRIP]], %c64
// CHECK:           %[[OFFSET:.*]] = arith.muli %[[BEFORE]], %[[STEP]]
// CHECK:           %[[AT:.*]] = arith.addi %[[START]], %[[OFFSET]]
// CHECK:           scf.for {{.*}} iter_args({{.*}}, %[[P:.*]] = %[[AT]])
// CHECK-NEXT:        memref.prefetch %[[BYTES]][%[[P]]], read, locality<2>, data
// CHECK:             %[[NEXT:.*]] = arith.addi %[[P]], %[[STEP]]
// CHECK:             scf.yield {{.*}}, %[[NEXT]]
func.func private @conv(%x: memref<64xf32>, %w: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c9 = arith.constant 9 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant dense<0.0> : vector<256xf32>
  scf.parallel (%i) = (%c1) to (%c9) step (%c2) {
    %r = scf.for %k = %c0 to %c64 step %c1 iter_args(%acc = %zero) -> (vector<256xf32>) {
      %s = memref.load %x[%k] : memref<64xf32>
      %v = vector.broadcast %s : f32 to vector<256xf32>
      %next = math.fma %v, %v, %acc : vector<256xf32>
      scf.yield %next : vector<256xf32>
    }
    vector.print %r : vector<256xf32>
  }
  return
}

// CHECK-LABEL: func.func private @product(
// CHECK-NOT:     memref.prefetch
func.func private @product(%w: memref<4096xf32>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c4096 = arith.constant 4096 : index
  %zero = arith.constant dense<0.0> : vector<16xf32>
  %r = scf.for %k = %c0 to %c4096 step %c16 iter_args(%acc = %zero) -> (vector<16xf32>) {
    %v = vector.load %w[%k] : memref<4096xf32>, vector<16xf32>
    %next = math.fma %v, %v, %acc : vector<16xf32>
    scf.yield %next : vector<16xf32>
  }
  vector.print %r : vector<16xf32>
  return
}
}

// -----

// Rows of an image, strip by strip: how many there are the loops say, about;
// nothing is fetched beyond that. Of 40 kB, more than the second level, four
// times its size are fetched through it: the rest would be gone again when it is
// needed.

#target = #hswish.target<triple = "x86_64-unknown-linux-gnu", vector_bits = 512,
    registers = 32, l1 = 1024, l2 = 4096>
module attributes {hswish.target = #target} {
memref.global "private" constant @constants : memref<40960xi8> = dense<1>

// CHECK-LABEL: func.func @strips(
// CHECK:         call @rows(%c0{{.*}}, %c41{{.*}})
func.func @strips() {
  %bytes = memref.get_global @constants : memref<40960xi8>
  %c0 = arith.constant 0 : index
  %product = memref.view %bytes[%c0][] : memref<40960xi8> to memref<10240xf32>
  call @rows() : () -> ()
  call @product(%product) : (memref<10240xf32>) -> ()
  return
}

// CHECK-LABEL: func.func private @rows(
// CHECK:         scf.for %[[STRIP:.*]] =
// CHECK:           scf.for %[[ROW:.*]] = %[[LOWER:.*]] to
// CHECK:             %[[TRIP:.*]] = arith.subi %[[ROW]], %[[LOWER]]
// CHECK:             arith.minui %{{.*}}, %c6
// CHECK:             arith.subi %[[STRIP]], %c0
// CHECK:             scf.for
// CHECK-NEXT:          memref.prefetch {{.*}} locality<1>
func.func private @rows() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c7 = arith.constant 7 : index
  %c14 = arith.constant 14 : index
  %c58 = arith.constant 58 : index
  %zero = arith.constant dense<0.0> : vector<256xf32>
  scf.for %strip = %c0 to %c14 step %c7 {
    %end = arith.addi %strip, %c7 : index
    %lower = arith.maxsi %strip, %c0 : index
    %upper = arith.minsi %end, %c14 : index
    scf.for %row = %lower to %upper step %c1 {
      %r = scf.for %k = %c0 to %c58 step %c1 iter_args(%acc = %zero) -> (vector<256xf32>) {
        %next = math.fma %acc, %acc, %acc : vector<256xf32>
        scf.yield %next : vector<256xf32>
      }
      vector.print %r : vector<256xf32>
    } {hswish.trips = 7 : i64}
  }
  return
}
func.func private @product(%w: memref<10240xf32>) {
  return
}
}

// -----

// Of two threads, each has 32 of 64 iterations, and each fetches all of what is
// needed soon, 2 kB, into its second level, but half of what is for the third.

#target = #hswish.target<triple = "x86_64-unknown-linux-gnu", vector_bits = 512,
    registers = 32, l1 = 1024, l2 = 8192>
module attributes {hswish.target = #target} {
memref.global "private" constant @constants : memref<20480xi8> = dense<1>

// CHECK-LABEL: func.func @threads(
// CHECK-SAME:      %[[T:.*]]: index {hswish.thread},
// CHECK-DAG:     %[[OFFSET:.*]] = arith.muli %[[T]], %c6144
// CHECK-DAG:     %[[FAR:.*]] = arith.addi %c8192{{.*}}, %[[OFFSET]]
// CHECK:         call @share(%{{.*}}, %c0{{.*}}, %c16{{.*}}, %[[FAR]], %c24{{.*}})
func.func @threads(%thread: index {hswish.thread}, %threads: index {hswish.threads = 2 : i64}) {
  %bytes = memref.get_global @constants : memref<20480xi8>
  %c0 = arith.constant 0 : index
  %c8192 = arith.constant 8192 : index
  %soon = memref.view %bytes[%c0][] : memref<20480xi8> to memref<1024xf32>
  %bulk = memref.view %bytes[%c8192][] : memref<20480xi8> to memref<3072xf32>
  call @share(%thread) : (index) -> ()
  %first = arith.cmpi eq, %thread, %c0 : index
  scf.if %first {
    func.call @small(%soon) : (memref<1024xf32>) -> ()
  }
  call @large(%bulk) : (memref<3072xf32>) -> ()
  return
}

// CHECK-LABEL: func.func private @share(
// CHECK:         scf.for %[[I:.*]] = %[[LOW:.*]] to
// CHECK:           %[[FROM:.*]] = arith.subi %[[I]], %[[LOW]]
// CHECK:           %[[TRIP:.*]] = arith.divui %[[FROM]], %c1
// CHECK:           %[[IN:.*]] = arith.minui %[[TRIP]], %c31
// CHECK:           arith.muli %[[IN]], %c8
func.func private @share(%thread: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c32 = arith.constant 32 : index
  %zero = arith.constant dense<0.0> : vector<256xf32>
  %low = arith.muli %thread, %c32 : index
  %high = arith.addi %low, %c32 : index
  scf.for %i = %low to %high step %c1 {
    %r = scf.for %k = %c0 to %c8 step %c1 iter_args(%acc = %zero) -> (vector<256xf32>) {
      %next = math.fma %acc, %acc, %acc : vector<256xf32>
      scf.yield %next : vector<256xf32>
    }
    vector.print %r : vector<256xf32>
  } {hswish.trips = 32 : i64}
  return
}
func.func private @small(%w: memref<1024xf32>) {
  return
}
func.func private @large(%w: memref<3072xf32>) {
  return
}
}

// -----

// What fits in the second level has a stream of its own: the last kernel before
// the first product fetches all of it, 4 kB, and of the large one behind it as
// much as the third level may keep.

#target = #hswish.target<triple = "x86_64-unknown-linux-gnu", vector_bits = 512,
    registers = 32, l1 = 1024, l2 = 4096>
module attributes {hswish.target = #target} {
memref.global "private" constant @constants : memref<20480xi8> = dense<1>

// CHECK-LABEL: func.func @streams(
// CHECK:         call @fma(%c0{{.*}}, %c16{{.*}}, %c4096{{.*}}, %c64{{.*}})
func.func @streams() {
  %bytes = memref.get_global @constants : memref<20480xi8>
  %c0 = arith.constant 0 : index
  %c4096 = arith.constant 4096 : index
  %soon = memref.view %bytes[%c0][] : memref<20480xi8> to memref<1024xf32>
  %bulk = memref.view %bytes[%c4096][] : memref<20480xi8> to memref<4096xf32>
  call @fma() : () -> ()
  call @small(%soon) : (memref<1024xf32>) -> ()
  call @large(%bulk) : (memref<4096xf32>) -> ()
  return
}

// CHECK-LABEL: func.func private @fma(
// CHECK-SAME:    %[[SOON:[a-z0-9]*]]: index, %[[SOON_STEP:[a-z0-9]*]]: index, %[[BULK:[a-z0-9]*]]: index, %[[BULK_STEP:[a-z0-9]*]]: index)
// CHECK:         scf.for {{.*}} iter_args({{.*}}, %[[P:.*]] = %[[SOON]], %[[Q:.*]] = %[[BULK]])
// CHECK-DAG:       memref.prefetch %{{.*}}[%[[P]]], read, locality<2>, data
// CHECK-DAG:       memref.prefetch %{{.*}}[%[[Q]]], read, locality<1>, data
// CHECK-DAG:       arith.addi %[[P]], %[[SOON_STEP]]
// CHECK-DAG:       arith.addi %[[Q]], %[[BULK_STEP]]
func.func private @fma() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  %zero = arith.constant dense<0.0> : vector<256xf32>
  %r = scf.for %k = %c0 to %c256 step %c1 iter_args(%acc = %zero) -> (vector<256xf32>) {
    %next = math.fma %acc, %acc, %acc : vector<256xf32>
    scf.yield %next : vector<256xf32>
  }
  vector.print %r : vector<256xf32>
  return
}
func.func private @small(%w: memref<1024xf32>) {
  return
}
func.func private @large(%w: memref<4096xf32>) {
  return
}
}

// -----

// A convolution finds its own first weights fetched (a quarter of the second
// level) and fetches the others in time, and those of the product, whatever is
// between: more than a line in each step are two.

#target = #hswish.target<triple = "x86_64-unknown-linux-gnu", vector_bits = 512,
    registers = 32, l1 = 1024, l2 = 16384>
module attributes {hswish.target = #target} {
memref.global "private" constant @constants : memref<24576xi8> = dense<1>

// CHECK-LABEL: func.func @own(
// CHECK:         call @conv(%{{.*}}, %c4096{{.*}}, %c80{{.*}})
// CHECK:         call @activation()
func.func @own() {
  %bytes = memref.get_global @constants : memref<24576xi8>
  %c0 = arith.constant 0 : index
  %c8192 = arith.constant 8192 : index
  %conv = memref.view %bytes[%c0][] : memref<24576xi8> to memref<2048xf32>
  %product = memref.view %bytes[%c8192][] : memref<24576xi8> to memref<4096xf32>
  call @conv(%conv) : (memref<2048xf32>) -> ()
  call @activation() : () -> ()
  call @product(%product) : (memref<4096xf32>) -> ()
  return
}

// CHECK-LABEL: func.func private @conv(
// CHECK:         scf.for {{.*}} iter_args({{.*}}, %[[P:.*]] = %{{.*}})
// CHECK-DAG:       %[[SECOND:.*]] = arith.addi %[[P]], %c64
// CHECK-DAG:       memref.prefetch %{{.*}}[%[[P]]]
// CHECK-DAG:       memref.prefetch %{{.*}}[%[[SECOND]]]
// CHECK-NOT:       memref.prefetch
// CHECK:           scf.yield
func.func private @activation() {
  return
}
func.func private @conv(%w: memref<2048xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  %zero = arith.constant dense<0.0> : vector<256xf32>
  %r = scf.for %k = %c0 to %c256 step %c1 iter_args(%acc = %zero) -> (vector<256xf32>) {
    %next = math.fma %acc, %acc, %acc : vector<256xf32>
    scf.yield %next : vector<256xf32>
  }
  vector.print %r : vector<256xf32>
  return
}
func.func private @product(%w: memref<4096xf32>) {
  return
}
}

// -----

// The third level is far: of a product's 40 kB, half of the second level is
// fetched, 8 kB in 256 steps, and into the second level.

#target = #hswish.target<triple = "x86_64-unknown-linux-gnu", vector_bits = 512,
    registers = 32, l1 = 1024, l2 = 16384, model = "granite-rapids">
module attributes {hswish.target = #target} {
memref.global "private" constant @constants : memref<40960xi8> = dense<1>

// CHECK-LABEL: func.func @far(
// CHECK:         call @fma(%c0{{.*}}, %c32{{.*}})
func.func @far() {
  %bytes = memref.get_global @constants : memref<40960xi8>
  %c0 = arith.constant 0 : index
  %product = memref.view %bytes[%c0][] : memref<40960xi8> to memref<10240xf32>
  call @fma() : () -> ()
  call @product(%product) : (memref<10240xf32>) -> ()
  return
}

// CHECK-LABEL: func.func private @fma(
// CHECK:         memref.prefetch %{{.*}}, read, locality<2>, data
func.func private @fma() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c256 = arith.constant 256 : index
  %zero = arith.constant dense<0.0> : vector<256xf32>
  %r = scf.for %k = %c0 to %c256 step %c1 iter_args(%acc = %zero) -> (vector<256xf32>) {
    %next = math.fma %acc, %acc, %acc : vector<256xf32>
    scf.yield %next : vector<256xf32>
  }
  vector.print %r : vector<256xf32>
  return
}
func.func private @product(%w: memref<10240xf32>) {
  return
}
}

// -----

// These constants stay in the second level.

#target = #hswish.target<triple = "x86_64-unknown-linux-gnu", vector_bits = 512,
    registers = 32, l1 = 1024, l2 = 32768>
module attributes {hswish.target = #target} {
memref.global "private" constant @constants : memref<20480xi8> = dense<1>

// CHECK-LABEL: func.func @small(
// CHECK-NOT:     memref.prefetch
func.func @small() {
  %bytes = memref.get_global @constants : memref<20480xi8>
  %c0 = arith.constant 0 : index
  %product = memref.view %bytes[%c0][] : memref<20480xi8> to memref<5120xf32>
  call @fma() : () -> ()
  call @product(%product) : (memref<5120xf32>) -> ()
  return
}
func.func private @fma() {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c58 = arith.constant 58 : index
  %zero = arith.constant dense<0.0> : vector<256xf32>
  %r = scf.for %k = %c0 to %c58 step %c1 iter_args(%acc = %zero) -> (vector<256xf32>) {
    %next = math.fma %acc, %acc, %acc : vector<256xf32>
    scf.yield %next : vector<256xf32>
  }
  vector.print %r : vector<256xf32>
  return
}
func.func private @product(%w: memref<5120xf32>) {
  return
}
}
