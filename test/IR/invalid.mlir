// RUN: hswish-opt %s -verify-diagnostics -split-input-file

func.func @integer(%x: i32) {
  // expected-error @below {{'hswish.hard_swish' op operand #0 must be f16, bf16, f32 or f64-like, but got 'i32'}}
  %0 = hswish.hard_swish %x : i32
  return
}

// -----

func.func @eight_bits(%x: tensor<4xf8E4M3FN>) {
  // expected-error @below {{must be f16, bf16, f32 or f64-like}}
  %0 = hswish.hard_sigmoid %x : tensor<4xf8E4M3FN>
  return
}

// -----

func.func @unknown_accuracy(%x: f32) {
  // expected-error @below {{expected ::hswish::Accuracy to be one of: fast, default, torch, onnx, exact}}
  // expected-error @below {{failed to parse HSwish_AccuracyAttr}}
  %0 = hswish.hard_swish %x accuracy<best> : f32
  return
}

// -----

func.func @exact_f64(%x: tensor<4xf64>) {
  // expected-error @below {{'hswish.hard_swish' op accuracy 'exact' is for f16, bf16 and f32, not f64}}
  %0 = hswish.hard_swish %x accuracy<exact> : tensor<4xf64>
  return
}

// -----

func.func @exact_f64_gradient(%x: vector<4xf64>) {
  // expected-error @below {{'hswish.hard_sigmoid_grad' op accuracy 'exact' is for f16, bf16 and f32, not f64}}
  %0 = hswish.hard_sigmoid_grad %x, %x accuracy<exact> : vector<4xf64>
  return
}

// -----

func.func @types_differ(%x: f32, %dy: f32) -> f16 {
  // expected-error @below {{requires the same type for all operands and results}}
  %0 = "hswish.hard_swish_grad"(%x, %dy) : (f32, f32) -> f16
  return %0 : f16
}

// -----

func.func @channels(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x3x16xf32>, %y: tensor<1x6x6x16xf32>) {
  // expected-error @below {{input has 4 channels, but filter and groups ask for 3}}
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x8x8x4xf32>, tensor<3x3x3x16xf32>) outs(%y : tensor<1x6x6x16xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x6x6x16xf32>
  return
}

// -----

func.func @groups(%x: tensor<1x8x8x6xf32>, %w: tensor<3x3x3x15xf32>, %y: tensor<1x6x6x15xf32>) {
  // expected-error @below {{groups must divide the 15 output channels}}
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x8x8x6xf32>, tensor<3x3x3x15xf32>) outs(%y : tensor<1x6x6x15xf32>)
      attributes {groups = 2 : i64} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x6x6x15xf32>
  return
}

// -----

func.func @result_size(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x16xf32>, %y: tensor<1x8x6x16xf32>) {
  // expected-error @below {{result has height 6, but destination has 8}}
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x8x8x4xf32>, tensor<3x3x4x16xf32>) outs(%y : tensor<1x8x6x16xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x8x6x16xf32>
  return
}

// -----

func.func @filter_too_large(%x: tensor<1x2x2x4xf32>, %w: tensor<3x3x4x16xf32>, %y: tensor<1x1x1x16xf32>) {
  // expected-error @below {{filter reaches over 3 pixels of a padded image of 2}}
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x2x2x4xf32>, tensor<3x3x4x16xf32>) outs(%y : tensor<1x1x1x16xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x1x1x16xf32>
  return
}

// -----

func.func @strides(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x16xf32>, %y: tensor<1x6x6x16xf32>) {
  // expected-error @below {{strides must be two positive numbers}}
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x8x8x4xf32>, tensor<3x3x4x16xf32>) outs(%y : tensor<1x6x6x16xf32>)
      attributes {strides = array<i64: 0, 1>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x6x6x16xf32>
  return
}

// -----

func.func @packed_without_rank_1(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x16xf32>, %y: tensor<1x6x6x16xf32>) {
  // expected-error @below {{packed filter must be of rank 1}}
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x8x8x4xf32>, tensor<3x3x4x16xf32>) outs(%y : tensor<1x6x6x16xf32>)
      attributes {filter_shape = array<i64: 3, 3, 4, 16>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x6x6x16xf32>
  return
}

// -----

func.func @averages_of_all_channels(%x: memref<1x8x8x4xf32>, %w: memref<3x3x4x16xf32>,
    %y: memref<1x6x6x16xf32>, %rows: memref<1x6x1x16xf32>) {
  // expected-error @below {{has averages, but is not depthwise}}
  hswish.conv_2d ins(%x, %w : memref<1x8x8x4xf32>, memref<3x3x4x16xf32>)
      outs(%y : memref<1x6x6x16xf32>) averages(%rows : memref<1x6x1x16xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// -----

func.func @averages_of_columns(%x: memref<1x8x8x4xf32>, %w: memref<3x3x1x4xf32>,
    %y: memref<1x6x6x4xf32>, %columns: memref<1x1x6x4xf32>) {
  // expected-error @below {{averages must be 'memref<1x6x1x4xf32>', but are 'memref<1x1x6x4xf32>'}}
  hswish.conv_2d ins(%x, %w : memref<1x8x8x4xf32>, memref<3x3x1x4xf32>)
      outs(%y : memref<1x6x6x4xf32>) averages(%columns : memref<1x1x6x4xf32>)
      attributes {groups = 4 : i64} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// -----

func.func @mixed(%x: memref<1x8x8x4xf32>, %w: tensor<3x3x4x16xf32>, %y: tensor<1x6x6x16xf32>) {
  // expected-error @below {{mixes tensors and memrefs}}
  %0 = hswish.conv_2d ins(%x, %w : memref<1x8x8x4xf32>, tensor<3x3x4x16xf32>) outs(%y : tensor<1x6x6x16xf32>) {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x6x6x16xf32>
  return
}

// -----

func.func @maps_missing(%a: tensor<4x8xf32>, %b: tensor<8x16xf32>, %bias: tensor<16xf32>, %y: tensor<4x16xf32>) {
  // expected-error @below {{has 1 epilogue operands but 0 epilogue_maps}}
  %0 = hswish.matmul ins(%a, %b : tensor<4x8xf32>, tensor<8x16xf32>) epilogue(%bias : tensor<16xf32>)
      outs(%y : tensor<4x16xf32>) {
  ^bb0(%acc: f32, %c: f32):
    hswish.yield %acc : f32
  } -> tensor<4x16xf32>
  return
}

// -----

func.func @map_not_projection(%a: tensor<4x8xf32>, %b: tensor<8x16xf32>, %bias: tensor<16xf32>, %y: tensor<4x16xf32>) {
  // expected-error @below {{epilogue map #0 may only have dimensions and the constant 0}}
  %0 = hswish.matmul ins(%a, %b : tensor<4x8xf32>, tensor<8x16xf32>) epilogue(%bias : tensor<16xf32>)
      outs(%y : tensor<4x16xf32>) attributes {epilogue_maps = [affine_map<(m, n) -> (m + n)>]} {
  ^bb0(%acc: f32, %c: f32):
    hswish.yield %acc : f32
  } -> tensor<4x16xf32>
  return
}

// -----

func.func @extra_of_wrong_size(%a: tensor<4x8xf32>, %b: tensor<8x16xf32>, %bias: tensor<15xf32>, %y: tensor<4x16xf32>) {
  // expected-error @below {{extra #0 has size 15 in dimension 0 where the result has 16}}
  %0 = hswish.matmul ins(%a, %b : tensor<4x8xf32>, tensor<8x16xf32>) epilogue(%bias : tensor<15xf32>)
      outs(%y : tensor<4x16xf32>) attributes {epilogue_maps = [affine_map<(m, n) -> (n)>]} {
  ^bb0(%acc: f32, %c: f32):
    hswish.yield %acc : f32
  } -> tensor<4x16xf32>
  return
}

// -----

func.func @impure_epilogue(%a: tensor<4x8xf32>, %b: tensor<8x16xf32>, %y: tensor<4x16xf32>, %m: memref<f32>) {
  %0 = hswish.matmul ins(%a, %b : tensor<4x8xf32>, tensor<8x16xf32>) outs(%y : tensor<4x16xf32>) {
  ^bb0(%acc: f32):
    // expected-error @below {{in an epilogue must be pure and elementwise}}
    memref.store %acc, %m[] : memref<f32>
    hswish.yield %acc : f32
  } -> tensor<4x16xf32>
  return
}

// -----

func.func @no_such_pool(%x: tensor<1x7x7x8xf32>, %y: tensor<1x5x5x8xf32>) {
  // expected-error @below {{window cannot take 5 steps over a padded image of 7}}
  %0 = hswish.pool_2d max ins(%x : tensor<1x7x7x8xf32>) outs(%y : tensor<1x5x5x8xf32>)
      {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>} -> tensor<1x5x5x8xf32>
  return
}

// -----

func.func @border_too_wide(%y: tensor<1x4x4x8xf32>) {
  // expected-error @below {{border is larger than the image}}
  %0 = hswish.fill_border outs(%y : tensor<1x4x4x8xf32>) {value = 0.0 : f32, pads = array<i64: 3, 0, 2, 0>}
      -> tensor<1x4x4x8xf32>
  return
}

// -----

// expected-error @below {{unknown architecture in target triple 'pdp11'}}
module attributes {hswish.target = #hswish.target<triple = "pdp11", vector_bits = 128, registers = 16, l1 = 1, l2 = 1>} {}

// -----

// expected-error @below {{vector_bits must be a power of two from 128 to 65536, but is 100}}
module attributes {hswish.target = #hswish.target<triple = "x86_64-linux", vector_bits = 100, registers = 16, l1 = 1, l2 = 1>} {}

// -----

// expected-error @below {{vector must be a power of two, but is 3}}
func.func private @f() attributes {s = #hswish.strategy<kernel = gemv, vector = 3, rows = 1, columns = 1, unroll = 1, order = rows>}

// -----

func.func @overflowing_window(%x: tensor<1x8x8x4xf32>, %w: tensor<3x3x4x8xf32>, %e: tensor<1x6x6x8xf32>) {
  // expected-error @below {{dilations must be two positive numbers}}
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x8x8x4xf32>, tensor<3x3x4x8xf32>) outs(%e : tensor<1x6x6x8xf32>)
      attributes {dilations = array<i64: 4611686018427387905, 1>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x6x6x8xf32>
  return
}

// -----

func.func @overflowing_groups(%x: tensor<1x8x8x4xf32>, %w: tensor<1x1x3x0xf32>, %e: tensor<1x8x8x0xf32>) {
  // expected-error @below {{input has 4 channels, but filter and groups ask for 9223372036854775807}}
  %0 = hswish.conv_2d ins(%x, %w : tensor<1x8x8x4xf32>, tensor<1x1x3x0xf32>) outs(%e : tensor<1x8x8x0xf32>)
      attributes {groups = 9223372036854775807 : i64} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  } -> tensor<1x8x8x0xf32>
  return
}

// -----

func.func @packed_shape(%x: memref<1x8x8x4xf32>, %w: memref<32xf32>, %y: memref<1x8x8x8xf32>) {
  // expected-error @below {{filter_shape must have the elements of 'memref<32xf32>'}}
  hswish.conv_2d ins(%x, %w : memref<1x8x8x4xf32>, memref<32xf32>) outs(%y : memref<1x8x8x8xf32>)
      attributes {filter_shape = array<i64: 4294967297, 4294967297, 4, 8>} {
  ^bb0(%acc: f32):
    hswish.yield %acc : f32
  }
  return
}

// -----

// expected-error @below {{registers must be from 8 to 1024, but is 9223372036854775807}}
module attributes {hswish.target = #hswish.target<triple = "aarch64-linux-gnu", vector_bits = 128,
    registers = 9223372036854775807, l1 = 32768, l2 = 524288>} {
}

// -----

// expected-error @below {{no number of a strategy may be above 2147483647}}
func.func private @huge_block() attributes {strategy = #hswish.strategy<kernel = pointwise, vector = 8, rows = 2,
    columns = 1, unroll = 1, order = rows, blocks = [9223372036854775807]>}

// -----

// expected-error @below {{unknown CPU model 'zen99': expected generic, x86-64-v2, x86-64-v3}}
module attributes {hswish.target = #hswish.target<triple = "x86_64-linux", vector_bits = 128, registers = 16, l1 = 1, l2 = 1, model = "zen99">} {}

// -----

// expected-error @below {{attribute "hswish.target" must be a #hswish.target}}
module attributes {hswish.target = "x86_64"} {}

// -----

// expected-error @below {{has an unknown attribute "hswish.taget"}}
module attributes {hswish.taget = "x86_64"} {}

// -----

// expected-error @below {{attribute "hswish.memory_limit" must be an i64 that is not negative}}
module attributes {hswish.memory_limit = -1 : i64} {}

// -----

// expected-error @below {{attribute "hswish.model" may only be on a module}}
func.func private @net() attributes {hswish.model = "net"}

// -----

// expected-error @below {{attribute "hswish.tensor" must be a type}}
func.func private @net(memref<4xf32> {hswish.tensor = 1 : i64})

// -----

// expected-error @below {{has an unknown attribute "hswish.nam" on an argument}}
func.func private @net(memref<4xf32> {hswish.nam = "x"})

// -----

// expected-error @below {{has an unknown attribute "hswish.target" on a result}}
func.func private @net() -> (memref<4xf32> {hswish.target = "x"})

// -----

func.func @loop(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // expected-error @below {{attribute "hswish.shared" may only be on an scf.parallel}}
  scf.for %i = %c0 to %n step %c1 {
  } {hswish.shared}
  return
}
