// Strategies from a file come before the cost model's; layers that the file does
// not know keep theirs.

// RUN: split-file %s %t
// RUN: hswish-opt %t/net.mlir -hswish-select-strategy=strategies=%t/good.txt -mlir-print-local-scope | FileCheck %t/net.mlir
// RUN: not hswish-opt %t/net.mlir -hswish-select-strategy=strategies=%t/kernel.txt 2>&1 | FileCheck %s --check-prefix=KERNEL
// RUN: not hswish-opt %t/net.mlir -hswish-select-strategy=strategies=%t/unsuitable.txt 2>&1 | FileCheck %s --check-prefix=UNSUITABLE
// RUN: not hswish-opt %t/net.mlir -hswish-select-strategy=strategies=%t/blocks.txt 2>&1 | FileCheck %s --check-prefix=BLOCKS
// RUN: not hswish-opt %t/net.mlir -hswish-select-strategy=strategies=%t/vector.txt 2>&1 | FileCheck %s --check-prefix=VECTOR
// RUN: not hswish-opt %t/net.mlir -hswish-select-strategy=strategies=%t/tile.txt 2>&1 | FileCheck %s --check-prefix=TILE
// RUN: not hswish-opt %t/net.mlir -hswish-select-strategy=strategies=%t/pool-blocks.txt 2>&1 | FileCheck %s --check-prefix=POOL
// RUN: not hswish-opt %t/net.mlir -hswish-select-strategy=strategies=%t/other.txt 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: not hswish-opt %t/net.mlir -hswish-select-strategy=strategies=%t/twice.txt 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not hswish-opt %t/net.mlir -hswish-select-strategy=strategies=%t/text.txt 2>&1 | FileCheck %s --check-prefix=TEXT
// RUN: not hswish-opt %t/net.mlir -hswish-select-strategy=strategies=%t/missing.txt 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not hswish-compile %t/net.mlir --strategies=%t/blocks.txt -o %t/net.so 2>&1 | FileCheck %s --check-prefix=BLOCKS
// RUN: not ls %t/net.so

// KERNEL: kernel.txt:1:1: error: this layer cannot be a clever kernel, only pointwise or gemv
// UNSUITABLE: unsuitable.txt:2:1: error: this layer cannot be a depthwise kernel, only pointwise or gemv
// BLOCKS: blocks.txt:1:1: {{(error: )?}}blocks add up to 40 channels, but there are 48
// VECTOR: vector.txt:1:1: error: vectors of 16 elements, but the target's have 8
// TILE: tile.txt:1:1: error: a tile has 60 accumulators, but the target only 16 registers
// POOL: pool-blocks.txt:1:1: error: a pool kernel has no blocks
// OTHER: other.txt:1:1: error: expected #hswish.strategy<…>, but this is 1
// TWICE: twice.txt:2:1: error: a second strategy for pool_2d
// TEXT: text.txt:1:1: error: expected LAYER = #hswish.strategy<…>
// MISSING: missing.txt{{.*}}: error: cannot read the strategies: No such file or directory

//--- net.mlir
module attributes {hswish.target = #hswish.target<triple = "x86_64-unknown-linux-gnu", cpu = "x86-64-v3",
    features = "", vector_bits = 256, registers = 16, l1 = 32768, l2 = 1048576>} {
// CHECK-LABEL: func.func @net(
// CHECK: hswish.conv_2d
// CHECK-SAME: strategy = #hswish.strategy<kernel = pointwise, vector = 8, rows = 3, columns = 1, unroll = 1, order = columns, blocks = [24, 16, 8]>
// CHECK: hswish.conv_2d
// CHECK-SAME: strategy = #hswish.strategy<kernel = depthwise, vector = 4, rows = 2, columns = 2, unroll = 1, order = columns>
// CHECK: hswish.matmul
// CHECK-SAME: strategy = #hswish.strategy<kernel = gemv
// CHECK: hswish.pool_2d
// CHECK-SAME: strategy = #hswish.strategy<kernel = pool, vector = 8, rows = 1, columns = 1, unroll = 2, order = rows>
func.func @net(%x: tensor<1x14x14x16xf32>, %w: tensor<1x1x16x48xf32>, %y: tensor<1x14x14x48xf32>,
    %d: tensor<5x5x1x48xf32>, %z: tensor<1x10x10x48xf32>, %a: tensor<1x48xf32>, %b: tensor<48x10xf32>,
    %c: tensor<1x10xf32>, %p: tensor<1x1x1x48xf32>)
    -> (tensor<1x10xf32>, tensor<1x1x1x48xf32>) {
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x14x14x16xf32>, tensor<1x1x16x48xf32>) outs(%y : tensor<1x14x14x48xf32>) {
  ^bb0(%acc: f32):
    %r = hswish.hard_swish %acc : f32
    hswish.yield %r : f32
  } -> tensor<1x14x14x48xf32>
  %1 = hswish.conv_2d ins(%0, %d : tensor<1x14x14x48xf32>, tensor<5x5x1x48xf32>) outs(%z : tensor<1x10x10x48xf32>) attributes {groups = 48 : i64} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x10x10x48xf32>
  %2 = hswish.matmul ins(%a, %b : tensor<1x48xf32>, tensor<48x10xf32>) outs(%c : tensor<1x10xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x10xf32>
  %3 = hswish.pool_2d average ins(%1 : tensor<1x10x10x48xf32>) outs(%p : tensor<1x1x1x48xf32>) {kernel = array<i64: 10, 10>} -> tensor<1x1x1x48xf32>
  return %2, %3 : tensor<1x10xf32>, tensor<1x1x1x48xf32>
}
}

//--- good.txt
// A remark, and a layer that this network does not have:
conv_2d 1x7x7x8xf32 by 1x1x8x8xf32 strides 1x1 dilations 1x1 groups 1 to 1x7x7x8xf32 = #hswish.strategy<kernel = gemv, vector = 32, rows = 99, columns = 1, unroll = 1, order = rows>

conv_2d 1x14x14x16xf32 by 1x1x16x48xf32 strides 1x1 dilations 1x1 groups 1 to 1x14x14x48xf32 = #hswish.strategy<kernel = pointwise, vector = 8, rows = 3, columns = 1, unroll = 1, order = columns, blocks = [24, 16, 8]>
conv_2d 1x14x14x48xf32 by 5x5x1x48xf32 strides 1x1 dilations 1x1 groups 48 to 1x10x10x48xf32 = #hswish.strategy<kernel = depthwise, vector = 4, rows = 2, columns = 2, unroll = 1, order = columns>
pool_2d 1x10x10x48xf32 by 10x10 average strides 1x1 dilations 1x1 to 1x1x1x48xf32 = #hswish.strategy<kernel = pool, vector = 8, rows = 1, columns = 1, unroll = 2, order = rows>

//--- kernel.txt
conv_2d 1x14x14x16xf32 by 1x1x16x48xf32 strides 1x1 dilations 1x1 groups 1 to 1x14x14x48xf32 = #hswish.strategy<kernel = clever, vector = 8, rows = 3, columns = 1, unroll = 1, order = columns, blocks = [48]>

//--- unsuitable.txt
// Not one filter a channel.
conv_2d 1x14x14x16xf32 by 1x1x16x48xf32 strides 1x1 dilations 1x1 groups 1 to 1x14x14x48xf32 = #hswish.strategy<kernel = depthwise, vector = 8, rows = 2, columns = 2, unroll = 1, order = rows>

//--- blocks.txt
conv_2d 1x14x14x16xf32 by 1x1x16x48xf32 strides 1x1 dilations 1x1 groups 1 to 1x14x14x48xf32 = #hswish.strategy<kernel = pointwise, vector = 4, rows = 1, columns = 1, unroll = 1, order = rows, blocks = [32, 8]>

//--- vector.txt
conv_2d 1x14x14x16xf32 by 1x1x16x48xf32 strides 1x1 dilations 1x1 groups 1 to 1x14x14x48xf32 = #hswish.strategy<kernel = pointwise, vector = 16, rows = 3, columns = 1, unroll = 1, order = rows, blocks = [48]>

//--- tile.txt
conv_2d 1x14x14x16xf32 by 1x1x16x48xf32 strides 1x1 dilations 1x1 groups 1 to 1x14x14x48xf32 = #hswish.strategy<kernel = pointwise, vector = 8, rows = 10, columns = 1, unroll = 1, order = rows, blocks = [48]>

//--- pool-blocks.txt
pool_2d 1x10x10x48xf32 by 10x10 average strides 1x1 dilations 1x1 to 1x1x1x48xf32 = #hswish.strategy<kernel = pool, vector = 8, rows = 1, columns = 1, unroll = 2, order = rows, blocks = [48]>

//--- other.txt
pool_2d 1x10x10x48xf32 by 10x10 average strides 1x1 dilations 1x1 to 1x1x1x48xf32 = 1

//--- twice.txt
pool_2d 1x10x10x48xf32 by 10x10 average strides 1x1 dilations 1x1 to 1x1x1x48xf32 = #hswish.strategy<kernel = pool, vector = 8, rows = 1, columns = 1, unroll = 2, order = rows>
pool_2d 1x10x10x48xf32 by 10x10 average strides 1x1 dilations 1x1 to 1x1x1x48xf32 = #hswish.strategy<kernel = pool, vector = 8, rows = 1, columns = 1, unroll = 4, order = rows>

//--- text.txt
Strategies, please.
