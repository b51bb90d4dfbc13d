// RUN: hswish-opt %s --hswish-fuse-strips="max-rows=2" | FileCheck %s
// RUN: hswish-opt %s --hswish-fuse-strips="max-stages=1" | FileCheck %s --check-prefix=NONE
// RUN: hswish-opt %s --hswish-fuse-strips="max-rows=2 max-stages=2" | FileCheck %s --check-prefix=CUT
// RUN: hswish-opt %s --hswish-fuse-strips="max-rows=2 parts=2" | FileCheck %s --check-prefix=PARTS
// RUN: hswish-opt %s --hswish-fuse-strips="max-rows=2 parts=3" | FileCheck %s --check-prefix=MANY

#pointwise = #hswish.strategy<kernel = pointwise, vector = 16, rows = 14, columns = 1, unroll = 1, order = rows, blocks = [16]>
#depthwise = #hswish.strategy<kernel = depthwise, vector = 16, rows = 1, columns = 7, unroll = 1, order = rows>
#rows = affine_map<(n, h, w, c) -> (n, h, w, c)>

module attributes {hswish.target = #hswish.target<triple = "x86_64-linux-gnu", cpu = "x86-64-v4",
    features = "", vector_bits = 512, registers = 32, l1 = 32768, l2 = 32768>} {

// The image between the two is a band of four rows that moves by two.

// CHECK-LABEL: func @expand_depthwise
// CHECK-SAME:      %[[X:[a-z0-9]*]]: memref<1x28x28x16xf32>
// CHECK:         %[[BAND:.*]] = memref.alloc() {{.*}}: memref<1x4x30x16xf32>
// CHECK-NOT:     memref.alloc
// CHECK:         hswish.fill_border outs(%[[BAND]] {{.*}} {pads = array<i64: 0, 1, 0, 1>
// CHECK:         scf.for %[[Y:.*]] = %{{.*}} to %{{.*}} step %{{.*}} {
// CHECK:           %[[FIRST:.*]] = arith.cmpi eq, %[[Y]]
// CHECK:           arith.select %[[FIRST]]
// The border above the image:
// CHECK:           scf.for
// CHECK:             hswish.fill_border outs(%{{.*}} : memref<1x1x30x16xf32, {{.*}}>) {pads = array<i64: 1, 0, 0, 0>
// CHECK:           scf.for
// CHECK:             %[[ROW:.*]] = memref.subview %[[X]][%{{.*}}, %{{.*}}, 0, 0] [1, 1, 28, 16]
// CHECK:             %[[PLACE:.*]] = memref.subview %[[BAND]][%{{.*}}, %{{.*}}, 1, 0] [1, 1, 28, 16]
// CHECK:             hswish.conv_2d ins(%[[ROW]], {{.*}} outs(%[[PLACE]]
// And below it:
// CHECK:           scf.for
// CHECK:             hswish.fill_border
// CHECK:           hswish.conv_2d ins(%{{.*}} memref<1x4x30x16xf32, {{.*}} outs(%{{.*}} : memref<1x2x28x16xf32,
// CHECK:           linalg.generic {{.*}} ins(%{{.*}} : memref<1x2x30x16xf32, {{.*}} outs(%{{.*}} : memref<1x2x30x16xf32,

// NONE-LABEL: func @expand_depthwise
// NONE-NOT:     scf.for

// PARTS-LABEL: func @expand_depthwise
// PARTS:         %[[BANDS:.*]] = memref.alloc() {{.*}}: memref<2x4x30x16xf32>
// PARTS:         scf.parallel (%[[PART:.*]]) = (%{{.*}}) to (%{{.*}})
// PARTS:           scf.for %[[Y:.*]] = %[[LOW:.*]] to
// PARTS:             arith.cmpi eq, %[[Y]], %[[LOW]]
// PARTS:             memref.subview %[[BANDS]][%[[PART]],
// How often a part runs, about: seven turns of two rows.
// PARTS:             scf.for
// PARTS:             } {hswish.trips = 2 : i64}
// PARTS:           } {hswish.trips = 7 : i64}

// Three parts would make four of 28 rows twice.
// MANY-LABEL: func @expand_depthwise
// MANY-NOT:     scf.parallel
// MANY:         return
func.func @expand_depthwise(%x: memref<1x28x28x16xf32>, %w0: memref<1x1x16x16xf32>,
    %w1: memref<3x3x1x16xf32>, %y: memref<1x28x28x16xf32>) {
  %wide = memref.alloc() {alignment = 64 : i64} : memref<1x30x30x16xf32>
  hswish.fill_border outs(%wide : memref<1x30x30x16xf32>) {pads = array<i64: 1, 1, 1, 1>, value = 0.0 : f32}
  %inside = memref.subview %wide[0, 1, 1, 0] [1, 28, 28, 16] [1, 1, 1, 1]
      : memref<1x30x30x16xf32> to memref<1x28x28x16xf32, strided<[14400, 480, 16, 1], offset: 496>>
  hswish.conv_2d ins(%x, %w0 : memref<1x28x28x16xf32>, memref<1x1x16x16xf32>)
      outs(%inside : memref<1x28x28x16xf32, strided<[14400, 480, 16, 1], offset: 496>>)
      attributes {strategy = #pointwise} {
  ^bb0(%acc: f32):
    %0 = hswish.hard_swish %acc : f32
    hswish.yield %0 : f32
  }
  hswish.conv_2d ins(%wide, %w1 : memref<1x30x30x16xf32>, memref<3x3x1x16xf32>)
      outs(%y : memref<1x28x28x16xf32>) attributes {groups = 16 : i64, strategy = #depthwise} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// The reader pads the image itself: the band has the border in memory.

// CHECK-LABEL: func @padded_reader
// CHECK:         %[[BAND:.*]] = memref.alloc() {{.*}}: memref<1x4x30x16xf32>
// CHECK-NOT:     memref.alloc
// CHECK:         hswish.fill_border outs(%[[BAND]] {{.*}} {pads = array<i64: 0, 1, 0, 1>
// CHECK:         scf.for
// CHECK:             hswish.fill_border outs(%{{.*}} : memref<1x1x30x16xf32, {{.*}}>) {pads = array<i64: 1, 0, 0, 0>
// CHECK:             %[[PLACE:.*]] = memref.subview %[[BAND]][%{{.*}}, %{{.*}}, 1, 0] [1, 1, 28, 16]
// CHECK:             hswish.conv_2d {{.*}} outs(%[[PLACE]]
// CHECK:           hswish.conv_2d ins(%{{.*}} memref<1x4x30x16xf32, {{.*}} outs(%{{.*}} : memref<1x2x28x16xf32,
// CHECK-NOT:         pads = array<i64: 1
// CHECK:           linalg.generic
func.func @padded_reader(%x: memref<1x28x28x16xf32>, %w0: memref<1x1x16x16xf32>,
    %w1: memref<3x3x1x16xf32>, %y: memref<1x28x28x16xf32>) {
  %wide = memref.alloc() {alignment = 64 : i64} : memref<1x28x28x16xf32>
  hswish.conv_2d ins(%x, %w0 : memref<1x28x28x16xf32>, memref<1x1x16x16xf32>)
      outs(%wide : memref<1x28x28x16xf32>) attributes {strategy = #pointwise} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  hswish.conv_2d ins(%wide, %w1 : memref<1x28x28x16xf32>, memref<3x3x1x16xf32>)
      outs(%y : memref<1x28x28x16xf32>)
      attributes {groups = 16 : i64, pads = array<i64: 1, 1, 1, 1>, strategy = #depthwise} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// Somebody else reads the image: it becomes whole, but is read while it is hot.
// The third convolution reads rows of the second one and of the first.

// CHECK-LABEL: func @residual
// CHECK-DAG:     memref.alloc() {{.*}}: memref<1x30x30x16xf32>
// CHECK-DAG:     memref.alloc() {{.*}}: memref<1x2x28x16xf32>
// CHECK:         scf.for
// CHECK-COUNT-3:   hswish.conv_2d
// CHECK-NOT:     hswish.conv_2d

// Where parts meet, both write the same rows of the image, with the same bits.

// PARTS-LABEL: func @residual
// PARTS-DAG:     memref.alloc() {{.*}}: memref<1x30x30x16xf32>
// PARTS-DAG:     memref.alloc() {{.*}}: memref<2x2x28x16xf32>
// PARTS:         scf.parallel
// PARTS-COUNT-3:   hswish.conv_2d
// PARTS:         return
func.func @residual(%x: memref<1x28x28x16xf32>, %w0: memref<1x1x16x16xf32>,
    %w1: memref<3x3x1x16xf32>, %w2: memref<1x1x16x16xf32>, %y: memref<1x28x28x16xf32>) {
  %wide = memref.alloc() {alignment = 64 : i64} : memref<1x30x30x16xf32>
  hswish.fill_border outs(%wide : memref<1x30x30x16xf32>) {pads = array<i64: 1, 1, 1, 1>, value = 0.0 : f32}
  %inside = memref.subview %wide[0, 1, 1, 0] [1, 28, 28, 16] [1, 1, 1, 1]
      : memref<1x30x30x16xf32> to memref<1x28x28x16xf32, strided<[14400, 480, 16, 1], offset: 496>>
  hswish.conv_2d ins(%x, %w0 : memref<1x28x28x16xf32>, memref<1x1x16x16xf32>)
      outs(%inside : memref<1x28x28x16xf32, strided<[14400, 480, 16, 1], offset: 496>>)
      attributes {strategy = #pointwise} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  %deep = memref.alloc() {alignment = 64 : i64} : memref<1x28x28x16xf32>
  hswish.conv_2d ins(%wide, %w1 : memref<1x30x30x16xf32>, memref<3x3x1x16xf32>)
      outs(%deep : memref<1x28x28x16xf32>) attributes {groups = 16 : i64, strategy = #depthwise} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  hswish.conv_2d ins(%deep, %w2 : memref<1x28x28x16xf32>, memref<1x1x16x16xf32>)
      epilogue(%inside : memref<1x28x28x16xf32, strided<[14400, 480, 16, 1], offset: 496>>)
      outs(%y : memref<1x28x28x16xf32>) attributes {epilogue_maps = [#rows], strategy = #pointwise} {
  ^bb0(%acc: f32, %r: f32):
    %0 = arith.addf %acc, %r : f32
    hswish.yield %0 : f32
  }
  return
}

// The second convolution overwrites what the first one has still to read.

// CHECK-LABEL: func @in_place
// CHECK-NOT:     scf.for
func.func @in_place(%x: memref<1x28x28x16xf32>, %w0: memref<1x1x16x16xf32>, %w1: memref<1x1x16x16xf32>) {
  %wide = memref.alloc() {alignment = 64 : i64} : memref<1x28x28x16xf32>
  hswish.conv_2d ins(%x, %w0 : memref<1x28x28x16xf32>, memref<1x1x16x16xf32>)
      outs(%wide : memref<1x28x28x16xf32>) attributes {strategy = #pointwise} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  hswish.conv_2d ins(%wide, %w1 : memref<1x28x28x16xf32>, memref<1x1x16x16xf32>)
      outs(%x : memref<1x28x28x16xf32>) attributes {strategy = #pointwise} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// An image that stays in cache is left whole.

// CHECK-LABEL: func @small
// CHECK-NOT:     scf.for
func.func @small(%x: memref<1x7x7x16xf32>, %w0: memref<1x1x16x16xf32>,
    %w1: memref<1x1x16x16xf32>, %y: memref<1x7x7x16xf32>) {
  %wide = memref.alloc() {alignment = 64 : i64} : memref<1x7x7x16xf32>
  hswish.conv_2d ins(%x, %w0 : memref<1x7x7x16xf32>, memref<1x1x16x16xf32>)
      outs(%wide : memref<1x7x7x16xf32>) attributes {strategy = #pointwise} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  hswish.conv_2d ins(%wide, %w1 : memref<1x7x7x16xf32>, memref<1x1x16x16xf32>)
      outs(%y : memref<1x7x7x16xf32>) attributes {strategy = #pointwise} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// Where whatever leaves the cache is far, it must have room for what is read and
// written beside the image, too.

// CHECK-LABEL: func @near
// CHECK-NOT:     scf.for
// CHECK-LABEL: func @far
// CHECK:         memref.alloc() {{.*}}: memref<1x2x16x16xf32>
// CHECK:         scf.for
func.func @near(%x: memref<1x16x16x16xf32>, %w0: memref<1x1x16x16xf32>,
    %w1: memref<1x1x16x16xf32>, %y: memref<1x16x16x16xf32>) {
  %wide = memref.alloc() {alignment = 64 : i64} : memref<1x16x16x16xf32>
  hswish.conv_2d ins(%x, %w0 : memref<1x16x16x16xf32>, memref<1x1x16x16xf32>)
      outs(%wide : memref<1x16x16x16xf32>) attributes {strategy = #pointwise} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  hswish.conv_2d ins(%wide, %w1 : memref<1x16x16x16xf32>, memref<1x1x16x16xf32>)
      outs(%y : memref<1x16x16x16xf32>) attributes {strategy = #pointwise} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}
func.func @far(%x: memref<1x16x16x16xf32>, %w0: memref<1x1x16x16xf32>,
    %w1: memref<1x1x16x16xf32>, %y: memref<1x16x16x16xf32>)
    attributes {hswish.target = #hswish.target<triple = "x86_64-linux-gnu", vector_bits = 512,
      registers = 32, l1 = 32768, l2 = 32768, model = "granite-rapids">} {
  %wide = memref.alloc() {alignment = 64 : i64} : memref<1x16x16x16xf32>
  hswish.conv_2d ins(%x, %w0 : memref<1x16x16x16xf32>, memref<1x1x16x16xf32>)
      outs(%wide : memref<1x16x16x16xf32>) attributes {strategy = #pointwise} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  hswish.conv_2d ins(%wide, %w1 : memref<1x16x16x16xf32>, memref<1x1x16x16xf32>)
      outs(%y : memref<1x16x16x16xf32>) attributes {strategy = #pointwise} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// Chains of two of these four: the widest image is inside of one, and what is
// before and behind it is left alone.

// CUT-LABEL: func @cut
// CUT-SAME:      %[[X:[a-z0-9]*]]: memref<1x28x28x16xf32>
// CUT:         %[[FIRST:.*]] = memref.alloc() {{.*}}: memref<1x28x28x16xf32>
// CUT:         hswish.conv_2d ins(%[[X]], {{.*}} outs(%[[FIRST]] : memref<1x28x28x16xf32>)
// CUT:         %[[LAST:.*]] = memref.alloc() {{.*}}: memref<1x28x28x16xf32>
// CUT:         memref.alloc() {{.*}}: memref<1x2x28x48xf32>
// CUT:         scf.for
// CUT-COUNT-2:   hswish.conv_2d
// CUT:         hswish.conv_2d ins(%[[LAST]], %{{.*}} : memref<1x28x28x16xf32>
func.func @cut(%x: memref<1x28x28x16xf32>, %w0: memref<1x1x16x16xf32>, %w1: memref<1x1x16x48xf32>,
    %w2: memref<1x1x48x16xf32>, %w3: memref<1x1x16x16xf32>, %y: memref<1x28x28x16xf32>) {
  %a = memref.alloc() {alignment = 64 : i64} : memref<1x28x28x16xf32>
  hswish.conv_2d ins(%x, %w0 : memref<1x28x28x16xf32>, memref<1x1x16x16xf32>)
      outs(%a : memref<1x28x28x16xf32>) attributes {strategy = #pointwise} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  %b = memref.alloc() {alignment = 64 : i64} : memref<1x28x28x48xf32>
  hswish.conv_2d ins(%a, %w1 : memref<1x28x28x16xf32>, memref<1x1x16x48xf32>)
      outs(%b : memref<1x28x28x48xf32>) attributes {strategy = #pointwise} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  %c = memref.alloc() {alignment = 64 : i64} : memref<1x28x28x16xf32>
  hswish.conv_2d ins(%b, %w2 : memref<1x28x28x48xf32>, memref<1x1x48x16xf32>)
      outs(%c : memref<1x28x28x16xf32>) attributes {strategy = #pointwise} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  hswish.conv_2d ins(%c, %w3 : memref<1x28x28x16xf32>, memref<1x1x16x16xf32>)
      outs(%y : memref<1x28x28x16xf32>) attributes {strategy = #pointwise} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}
}
