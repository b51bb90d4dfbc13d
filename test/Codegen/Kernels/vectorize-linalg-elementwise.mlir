// RUN: hswish-opt %s -hswish-vectorize-linalg -canonicalize -split-input-file | FileCheck %s

// Four native vectors a step, then whole vectors, then powers of two.
// CHECK-LABEL: func.func @static
// CHECK: scf.parallel (%[[I:.*]]) = (%{{.*}}) to (%{{.*}}) step
// CHECK-COUNT-4: hswish.hard_swish %{{.*}} : vector<16xf32>
// CHECK: hswish.hard_swish %{{.*}} : vector<16xf32>
// CHECK: hswish.hard_swish %{{.*}} : vector<8xf32>
// CHECK: hswish.hard_swish %{{.*}} : vector<1xf32>
// CHECK-NOT: hswish
// CHECK-NOT: linalg
#id = affine_map<(m, n) -> (m, n)>
module attributes {hswish.target = #hswish.target<triple = "x86_64-linux-gnu", vector_bits = 512,
                                                  registers = 32, l1 = 32768, l2 = 524288, l3 = 33554432>} {
func.func @static(%x: memref<3x51xf32>, %y: memref<3x51xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<3x51xf32>) outs(%y : memref<3x51xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = hswish.hard_swish %in : f32
    linalg.yield %0 : f32
  }
  return
}
}

// -----

// Sizes that are not known: the tail is a masked vector.
// CHECK-LABEL: func.func @dynamic
// CHECK: memref.collapse_shape
// CHECK: scf.for
// CHECK-COUNT-4: hswish.hard_swish_grad %{{.*}}, %{{.*}} : vector<4xf32>
// CHECK: scf.for
// CHECK: hswish.hard_swish_grad
// CHECK: scf.if
// CHECK: %[[MASK:.*]] = vector.create_mask
// CHECK: vector.maskedload %{{.*}}, %[[MASK]]
// CHECK: vector.maskedload %{{.*}}, %[[MASK]]
// CHECK: hswish.hard_swish_grad
// CHECK: vector.maskedstore %{{.*}}, %[[MASK]]
// CHECK-NOT: linalg
#id = affine_map<(m, n) -> (m, n)>
func.func @dynamic(%x: memref<?x?xf32>, %dy: memref<?x?xf32>, %y: memref<?x?xf32>) {
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %dy : memref<?x?xf32>, memref<?x?xf32>) outs(%y : memref<?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = hswish.hard_swish_grad %a, %b : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

// A gate: channels are the vectors, pixels one loop.
// CHECK-LABEL: func.func @gate
// CHECK: scf.parallel (%{{.*}}) = (%{{.*}}) to (%c49)
// CHECK-COUNT-4: arith.mulf %{{.*}}, %{{.*}} : vector<4xf32>
#id = affine_map<(n, h, w, c) -> (n, h, w, c)>
func.func @gate(%x: memref<1x7x7x16xf32>, %g: memref<1x1x1x16xf32>, %y: memref<1x7x7x16xf32>) {
  linalg.generic {indexing_maps = [#id, affine_map<(n, h, w, c) -> (n, 0, 0, c)>, #id],
                  iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x, %g : memref<1x7x7x16xf32>, memref<1x1x1x16xf32>) outs(%y : memref<1x7x7x16xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.mulf %a, %b : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

// A gate of more vectors than there are registers: LLVM must not unroll the loop
// over it and keep all of them.
// CHECK: #[[$UNROLL:.*]] = #llvm.loop_unroll<disable = true>
// CHECK: #[[$ROLLED:.*]] = #llvm.loop_annotation<unroll = #[[$UNROLL]]>
// CHECK-LABEL: func.func @long_gate
// CHECK: scf.parallel
// CHECK: scf.for
// CHECK-COUNT-8: arith.mulf %{{.*}} : vector<8xf32>
// CHECK: } {llvm.loop_annotation = #[[$ROLLED]]}
// CHECK: arith.mulf %{{.*}} : vector<8xf32>
// CHECK-NOT: arith.mulf
#id = affine_map<(n, h, w, c) -> (n, h, w, c)>
#channel = affine_map<(n, h, w, c) -> (n, 0, 0, c)>
module attributes {hswish.target = #hswish.target<triple = "x86_64-linux-gnu", vector_bits = 256,
                                                  registers = 16, l1 = 32768, l2 = 524288>} {
func.func @long_gate(%x: memref<1x7x7x136xf32>, %g: memref<1x1x1x136xf32>, %y: memref<1x7x7x136xf32>) {
  linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x, %g : memref<1x7x7x136xf32>, memref<1x1x1x136xf32>) outs(%y : memref<1x7x7x136xf32>) {
  ^bb0(%in: f32, %gate: f32, %out: f32):
    %0 = arith.mulf %in, %gate : f32
    linalg.yield %0 : f32
  }
  return
}
}

// -----

// Larger than the last-level cache: written past it, but not over an operand.
// CHECK-LABEL: func.func @streamed
// CHECK: memref.extract_aligned_pointer_as_index
// CHECK: vector.store %{{.*}} {alignment = 64 : i64, nontemporal = true} : memref<400000xf32>, vector<16xf32>
// CHECK: llvm.call_intrinsic "llvm.x86.sse.sfence"
// CHECK-LABEL: func.func @in_place
// CHECK-NOT: nontemporal
// CHECK: return
#id = affine_map<(n) -> (n)>
module attributes {hswish.target = #hswish.target<triple = "x86_64-linux-gnu", vector_bits = 512,
                                                  registers = 32, l1 = 32768, l2 = 524288, l3 = 1048576>} {
func.func @streamed(%x: memref<400000xf32>, %y: memref<400000xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<400000xf32>) outs(%y : memref<400000xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = hswish.hard_swish %in : f32
    linalg.yield %0 : f32
  }
  return
}
func.func @in_place(%x: memref<400000xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<400000xf32>) outs(%x : memref<400000xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = hswish.hard_swish %in : f32
    linalg.yield %0 : f32
  }
  return
}
}

// -----

// Larger than the first level, with a third one that is far: lines are fetched
// before they are written, but not over an operand.
// CHECK-LABEL: func.func @fetched
// CHECK-SAME:    %{{.*}}: memref<16384xf32>, %[[Y:.*]]: memref<16384xf32>)
// CHECK: scf.parallel (%[[I:.*]]) =
// CHECK:   %[[AHEAD:.*]] = arith.addi %[[I]], %c128
// CHECK:   memref.prefetch %[[Y]][%[[AHEAD]]], write, locality<3>, data
// CHECK-COUNT-3: memref.prefetch %[[Y]]
// CHECK-NOT: memref.prefetch
// CHECK:   vector.load
// CHECK-LABEL: func.func @fetched_in_place
// CHECK-NOT: memref.prefetch
// CHECK: return
#id = affine_map<(n) -> (n)>
module attributes {hswish.target = #hswish.target<triple = "x86_64-linux-gnu", vector_bits = 512,
    registers = 32, l1 = 32768, l2 = 1048576, l3 = 33554432, model = "granite-rapids">} {
func.func @fetched(%x: memref<16384xf32>, %y: memref<16384xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<16384xf32>) outs(%y : memref<16384xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = hswish.hard_swish %in : f32
    linalg.yield %0 : f32
  }
  return
}
func.func @fetched_in_place(%x: memref<16384xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<16384xf32>) outs(%x : memref<16384xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = hswish.hard_swish %in : f32
    linalg.yield %0 : f32
  }
  return
}
}

// -----

// What does not compute element by element stays.
// CHECK-LABEL: func.func @transposed
// CHECK: linalg.generic
func.func @transposed(%x: memref<4x8xf32>, %y: memref<8x4xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n) -> (n, m)>, affine_map<(m, n) -> (m, n)>],
                  iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<4x8xf32>) outs(%y : memref<8x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  return
}

// -----

// Two planes: a vector of each gives two of pixels; what is left of a row takes
// smaller vectors.
// CHECK-LABEL: func.func @planes
// CHECK:         scf.parallel
// CHECK:           %[[A:.*]] = vector.load %{{.*}} : memref<54xf32>, vector<8xf32>
// CHECK:           %[[B:.*]] = vector.load %{{.*}} : memref<54xf32>, vector<8xf32>
// CHECK:           vector.shuffle %[[A]], %[[B]] [0, 8, 1, 9, 2, 10, 3, 11]
// CHECK:           vector.store
// CHECK:           vector.shuffle %[[A]], %[[B]] [4, 12, 5, 13, 6, 14, 7, 15]
// CHECK:           vector.store
// CHECK:         vector.load {{.*}} : memref<54xf32>, vector<1xf32>
// CHECK:         vector.store {{.*}} : memref<54xf32>, vector<1xf32>
// CHECK-NOT:     linalg.transpose
module attributes {hswish.target = #hswish.target<triple = "x86_64-linux-gnu", vector_bits = 256,
                                                  registers = 16, l1 = 32768, l2 = 524288>} {
func.func @planes(%x: memref<2x3x9xf32>, %y: memref<3x9x2xf32>) {
  linalg.transpose ins(%x : memref<2x3x9xf32>) outs(%y : memref<3x9x2xf32>) permutation = [1, 2, 0]
  return
}
}

// -----

// CHECK-LABEL: func.func @many_channels
// CHECK: linalg.transpose
func.func @many_channels(%x: memref<5x9xf32>, %y: memref<9x5xf32>) {
  linalg.transpose ins(%x : memref<5x9xf32>) outs(%y : memref<9x5xf32>) permutation = [1, 0]
  return
}

// -----

// Booleans are bytes in memory, and bits in a vector; an i24 takes four bytes.

// CHECK-LABEL: func.func @booleans
// CHECK: linalg.transpose
// CHECK-LABEL: func.func @three_bytes
// CHECK: linalg.generic
// CHECK-LABEL: func.func @indices
// CHECK: linalg.transpose
// CHECK-LABEL: func.func @comparison
// CHECK: linalg.generic
func.func @booleans(%x: memref<3x64xi1>, %y: memref<64x3xi1>) {
  linalg.transpose ins(%x : memref<3x64xi1>) outs(%y : memref<64x3xi1>) permutation = [1, 0]
  return
}
func.func @three_bytes(%x: memref<64xi24>, %y: memref<64xi24>) {
  linalg.generic {indexing_maps = [affine_map<(d) -> (d)>, affine_map<(d) -> (d)>], iterator_types = ["parallel"]}
      ins(%x : memref<64xi24>) outs(%y : memref<64xi24>) {
  ^bb0(%a: i24, %out: i24):
    %0 = arith.addi %a, %a : i24
    linalg.yield %0 : i24
  }
  return
}
func.func @indices(%x: memref<3x64xindex>, %y: memref<64x3xindex>) {
  linalg.transpose ins(%x : memref<3x64xindex>) outs(%y : memref<64x3xindex>) permutation = [1, 0]
  return
}
func.func @comparison(%x: memref<64xf32>, %y: memref<64xi1>) {
  linalg.generic {indexing_maps = [affine_map<(d) -> (d)>, affine_map<(d) -> (d)>], iterator_types = ["parallel"]}
      ins(%x : memref<64xf32>) outs(%y : memref<64xi1>) {
  ^bb0(%a: f32, %out: i1):
    %0 = arith.cmpf ogt, %a, %a : f32
    linalg.yield %0 : i1
  }
  return
}
