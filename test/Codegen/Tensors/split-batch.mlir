// RUN: hswish-opt %s --hswish-split-batch --split-input-file | FileCheck %s
// RUN: hswish-opt %s --hswish-split-batch=max-images=1 --split-input-file | FileCheck %s --check-prefix=NONE

// NONE-NOT: slice{{.*}} to tensor<1x

#all = affine_map<(n, h, w, c) -> (n, h, w, c)>
#scale = affine_map<(n, h, w, c) -> (n, 0, 0, c)>
#bias = affine_map<(n, h, w, c) -> (c)>

module attributes {hswish.target = #hswish.target<triple = "x86_64-linux-gnu", cpu = "x86-64-v4",
    features = "", vector_bits = 512, registers = 32, l1 = 32768, l2 = 16384>} {

// The second image is read when all of the first one is done. %mul has a part
// for each image, too, %bias is for all. What the last layer reads and writes of
// both images stays in the cache: it has both.

// CHECK-LABEL: func @batch
// CHECK-SAME:      %[[X:.*]]: tensor<2x16x16x8xf32>, %[[MUL:.*]]: tensor<2x1x1x8xf32>, %[[BIAS:.*]]: tensor<8xf32>
// CHECK:         %[[ALL:.*]] = tensor.empty() : tensor<2x4x4x8xf32>
// CHECK:         %[[X0:.*]] = tensor.extract_slice %[[X]][0, 0, 0, 0] [1, 16, 16, 8] [1, 1, 1, 1]
// CHECK:         %[[M0:.*]] = tensor.extract_slice %[[MUL]][0, 0, 0, 0] [1, 1, 1, 8] [1, 1, 1, 1]
// CHECK:         %[[A0:.*]] = hswish.conv_2d ins(%[[X0]], %{{.*}}) epilogue(%[[M0]], %[[BIAS]] : tensor<1x1x1x8xf32>, tensor<8xf32>) outs(%{{.*}} : tensor<1x16x16x8xf32>)
// CHECK:         %[[PADDED0:.*]] = hswish.fill_border outs(%{{.*}} : tensor<1x18x18x8xf32>)
// CHECK:         %[[INSIDE0:.*]] = tensor.insert_slice %[[A0]] into %[[PADDED0]][0, 1, 1, 0] [1, 16, 16, 8]
// CHECK:         %[[S0:.*]] = tensor.extract_slice %[[ALL]][0, 0, 0, 0] [1, 4, 4, 8] [1, 1, 1, 1]
// CHECK:         %[[P0:.*]] = hswish.pool_2d max ins(%[[INSIDE0]] : {{.*}} outs(%[[S0]] : tensor<1x4x4x8xf32>)
// CHECK:         %[[HALF:.*]] = tensor.insert_slice %[[P0]] into %[[ALL]][0, 0, 0, 0]
// CHECK:         tensor.extract_slice %[[X]][1, 0, 0, 0] [1, 16, 16, 8] [1, 1, 1, 1]
// CHECK:         tensor.extract_slice %[[MUL]][1, 0, 0, 0]
// CHECK:         %[[S1:.*]] = tensor.extract_slice %[[HALF]][1, 0, 0, 0] [1, 4, 4, 8] [1, 1, 1, 1]
// CHECK:         %[[P1:.*]] = hswish.pool_2d {{.*}} outs(%[[S1]]
// CHECK:         %[[BOTH:.*]] = tensor.insert_slice %[[P1]] into %[[HALF]][1, 0, 0, 0]
// CHECK:         %[[Y:.*]] = hswish.conv_2d ins(%[[BOTH]], %{{.*}} : tensor<2x4x4x8xf32>
// CHECK:         return %[[Y]]
func.func @batch(%x: tensor<2x16x16x8xf32>, %mul: tensor<2x1x1x8xf32>, %bias: tensor<8xf32>) -> tensor<2x4x4x64xf32> {
  %f1 = arith.constant dense<1.0> : tensor<1x1x8x8xf32>
  %f2 = arith.constant dense<1.0> : tensor<1x1x8x64xf32>
  %0 = tensor.empty() : tensor<2x16x16x8xf32>
  %1 = hswish.conv_2d ins(%x, %f1 : tensor<2x16x16x8xf32>, tensor<1x1x8x8xf32>)
      epilogue(%mul, %bias : tensor<2x1x1x8xf32>, tensor<8xf32>) outs(%0 : tensor<2x16x16x8xf32>)
      attributes {epilogue_maps = [#scale, #bias]} {
  ^bb0(%a: f32, %m: f32, %b: f32):
    %p = arith.mulf %a, %m : f32
    %s = arith.addf %p, %b : f32
    hswish.yield %s : f32
  } -> tensor<2x16x16x8xf32>
  %2 = tensor.empty() : tensor<2x18x18x8xf32>
  %3 = hswish.fill_border outs(%2 : tensor<2x18x18x8xf32>) {pads = array<i64: 1, 1, 1, 1>, value = 0.0 : f32} -> tensor<2x18x18x8xf32>
  %4 = tensor.insert_slice %1 into %3[0, 1, 1, 0] [2, 16, 16, 8] [1, 1, 1, 1] : tensor<2x16x16x8xf32> into tensor<2x18x18x8xf32>
  %5 = tensor.empty() : tensor<2x4x4x8xf32>
  %6 = hswish.pool_2d max ins(%4 : tensor<2x18x18x8xf32>) outs(%5 : tensor<2x4x4x8xf32>)
      {kernel = array<i64: 4, 4>, strides = array<i64: 4, 4>} -> tensor<2x4x4x8xf32>
  %7 = tensor.empty() : tensor<2x4x4x64xf32>
  %8 = hswish.conv_2d ins(%6, %f2 : tensor<2x4x4x8xf32>, tensor<1x1x8x64xf32>) outs(%7 : tensor<2x4x4x64xf32>) {
  ^bb0(%a: f32):
    hswish.yield %a : f32
  } -> tensor<2x4x4x64xf32>
  return %8 : tensor<2x4x4x64xf32>
}
}

// -----

module attributes {hswish.target = #hswish.target<triple = "x86_64-linux-gnu", cpu = "x86-64-v4",
    features = "", vector_bits = 512, registers = 32, l1 = 32768, l2 = 16384>} {

// The last layer's images do not stay in the cache, but its weights are more than
// they are.

// CHECK-LABEL: func @weights
// CHECK-COUNT-4: hswish.conv_2d {{.*}} outs(%{{.*}} : tensor<1x16x16x8xf32>)
// CHECK:         hswish.conv_2d {{.*}} outs(%{{.*}} : tensor<2x1x1x2048xf32>)
func.func @weights(%x: tensor<2x16x16x8xf32>) -> tensor<2x1x1x2048xf32> {
  %f1 = arith.constant dense<1.0> : tensor<1x1x8x8xf32>
  %f2 = arith.constant dense<1.0> : tensor<1x1x8x2048xf32>
  %0 = tensor.empty() : tensor<2x16x16x8xf32>
  %1 = hswish.conv_2d ins(%x, %f1 : tensor<2x16x16x8xf32>, tensor<1x1x8x8xf32>) outs(%0 : tensor<2x16x16x8xf32>) {
  ^bb0(%a: f32):
    hswish.yield %a : f32
  } -> tensor<2x16x16x8xf32>
  %2 = hswish.conv_2d ins(%1, %f1 : tensor<2x16x16x8xf32>, tensor<1x1x8x8xf32>) outs(%0 : tensor<2x16x16x8xf32>) {
  ^bb0(%a: f32):
    hswish.yield %a : f32
  } -> tensor<2x16x16x8xf32>
  %3 = tensor.empty() : tensor<2x1x1x2048xf32>
  %4 = hswish.conv_2d ins(%2, %f2 : tensor<2x16x16x8xf32>, tensor<1x1x8x2048xf32>) outs(%3 : tensor<2x1x1x2048xf32>)
      attributes {strides = array<i64: 16, 16>} {
  ^bb0(%a: f32):
    hswish.yield %a : f32
  } -> tensor<2x1x1x2048xf32>
  return %4 : tensor<2x1x1x2048xf32>
}
}

// -----

#all = affine_map<(n, h, w, c) -> (n, h, w, c)>
#turned = affine_map<(n, h, w, c) -> (c, h, w, n)>

module attributes {hswish.target = #hswish.target<triple = "x86_64-linux-gnu", cpu = "x86-64-v4",
    features = "", vector_bits = 512, registers = 32, l1 = 32768, l2 = 16384>} {

// What reads other images than its own ends the layers; one alone is left as it
// is.

// CHECK-LABEL: func @mixed
// CHECK-NOT:     tensor.extract_slice
// CHECK:         return
func.func @mixed(%x: tensor<8x16x16x8xf32>) -> tensor<8x16x16x8xf32> {
  %f = arith.constant dense<1.0> : tensor<1x1x8x8xf32>
  %0 = tensor.empty() : tensor<8x16x16x8xf32>
  %1 = hswish.conv_2d ins(%x, %f : tensor<8x16x16x8xf32>, tensor<1x1x8x8xf32>) outs(%0 : tensor<8x16x16x8xf32>) {
  ^bb0(%a: f32):
    hswish.yield %a : f32
  } -> tensor<8x16x16x8xf32>
  %2 = linalg.generic {indexing_maps = [#turned, #all], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%1 : tensor<8x16x16x8xf32>) outs(%0 : tensor<8x16x16x8xf32>) {
  ^bb0(%a: f32, %b: f32):
    linalg.yield %a : f32
  } -> tensor<8x16x16x8xf32>
  return %2 : tensor<8x16x16x8xf32>
}

// A scalar is for all images.

// CHECK-LABEL: func @scalar
// CHECK-SAME:      %[[K:[a-z0-9]*]]: f32)
// CHECK:         %[[A:.*]] = hswish.conv_2d {{.*}} outs(%{{.*}} : tensor<1x16x16x8xf32>)
// CHECK:         linalg.generic {{.*}} ins(%[[A]], %[[K]] : tensor<1x16x16x8xf32>, f32)
// CHECK:         linalg.generic {{.*}} ins(%{{.*}}, %[[K]] : tensor<1x16x16x8xf32>, f32)
func.func @scalar(%x: tensor<2x16x16x8xf32>, %k: f32) -> tensor<2x16x16x8xf32> {
  %f = arith.constant dense<1.0> : tensor<1x1x8x8xf32>
  %0 = tensor.empty() : tensor<2x16x16x8xf32>
  %1 = hswish.conv_2d ins(%x, %f : tensor<2x16x16x8xf32>, tensor<1x1x8x8xf32>) outs(%0 : tensor<2x16x16x8xf32>) {
  ^bb0(%a: f32):
    hswish.yield %a : f32
  } -> tensor<2x16x16x8xf32>
  %2 = linalg.generic {indexing_maps = [#all, affine_map<(n, h, w, c) -> ()>, #all],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%1, %k : tensor<2x16x16x8xf32>, f32) outs(%0 : tensor<2x16x16x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.mulf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<2x16x16x8xf32>
  return %2 : tensor<2x16x16x8xf32>
}

// Both images stay in the second level.

// CHECK-LABEL: func @small
// CHECK-NOT:     tensor.extract_slice
// CHECK:         return
func.func @small(%x: tensor<2x4x4x8xf32>) -> tensor<2x4x4x8xf32> {
  %f = arith.constant dense<1.0> : tensor<1x1x8x8xf32>
  %0 = tensor.empty() : tensor<2x4x4x8xf32>
  %1 = hswish.conv_2d ins(%x, %f : tensor<2x4x4x8xf32>, tensor<1x1x8x8xf32>) outs(%0 : tensor<2x4x4x8xf32>) {
  ^bb0(%a: f32):
    hswish.yield %a : f32
  } -> tensor<2x4x4x8xf32>
  %2 = hswish.conv_2d ins(%1, %f : tensor<2x4x4x8xf32>, tensor<1x1x8x8xf32>) outs(%0 : tensor<2x4x4x8xf32>) {
  ^bb0(%a: f32):
    hswish.yield %a : f32
  } -> tensor<2x4x4x8xf32>
  return %2 : tensor<2x4x4x8xf32>
}

// Of a result that two layers read, and one that somebody else reads.

// CHECK-LABEL: func @two_results
// CHECK-DAG:     %[[ALL1:.*]] = tensor.empty() : tensor<2x16x16x16xf32>
// CHECK-DAG:     %[[ALL2:.*]] = tensor.empty() : tensor<2x16x16x16xf32>
// CHECK:         %[[S1:.*]] = tensor.extract_slice %[[ALL1]][0, 0, 0, 0]
// CHECK:         %[[A:.*]] = hswish.conv_2d {{.*}} outs(%[[S1]]
// CHECK:         %[[S2:.*]] = tensor.extract_slice %[[ALL2]][0, 0, 0, 0]
// CHECK:         %[[B:.*]] = hswish.conv_2d ins(%[[A]], {{.*}} outs(%[[S2]]
// CHECK-DAG:     tensor.insert_slice %[[A]] into %[[ALL1]]
// CHECK-DAG:     tensor.insert_slice %[[B]] into %[[ALL2]]
// CHECK:         %[[BOTH1:.*]] = tensor.insert_slice %{{.*}}[1, 0, 0, 0]
// CHECK:         %[[BOTH2:.*]] = tensor.insert_slice %{{.*}}[1, 0, 0, 0]
// CHECK:         return %[[BOTH1]], %[[BOTH2]]
func.func @two_results(%x: tensor<2x16x16x8xf32>) -> (tensor<2x16x16x16xf32>, tensor<2x16x16x16xf32>) {
  %f1 = arith.constant dense<1.0> : tensor<1x1x8x16xf32>
  %f2 = arith.constant dense<1.0> : tensor<1x1x16x16xf32>
  %0 = tensor.empty() : tensor<2x16x16x16xf32>
  %1 = hswish.conv_2d ins(%x, %f1 : tensor<2x16x16x8xf32>, tensor<1x1x8x16xf32>) outs(%0 : tensor<2x16x16x16xf32>) {
  ^bb0(%a: f32):
    hswish.yield %a : f32
  } -> tensor<2x16x16x16xf32>
  %2 = hswish.conv_2d ins(%1, %f2 : tensor<2x16x16x16xf32>, tensor<1x1x16x16xf32>) outs(%0 : tensor<2x16x16x16xf32>) {
  ^bb0(%a: f32):
    hswish.yield %a : f32
  } -> tensor<2x16x16x16xf32>
  return %1, %2 : tensor<2x16x16x16xf32>, tensor<2x16x16x16xf32>
}
}
