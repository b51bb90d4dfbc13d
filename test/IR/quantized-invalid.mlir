// RUN: hswish-opt %s -verify-diagnostics -split-input-file

func.func @float(%x: f32) {
  // expected-error @below {{'hswish.quantized_hard_swish' op operand #0 must be i8 or i16-like, but got 'f32'}}
  %0 = hswish.quantized_hard_swish %x from<5.0e-02:0> to<5.0e-02:0> : f32
  return
}

// -----

func.func @signed_type(%x: tensor<4xsi8>) {
  // expected-error @below {{must be i8 or i16-like, but got 'tensor<4xsi8>'}}
  %0 = hswish.quantized_hard_swish %x from<5.0e-02:0> to<5.0e-02:0> : tensor<4xsi8>
  return
}

// -----

func.func @unknown_semantics(%x: i8) {
  // expected-error @below {{expected ::hswish::Semantics to be one of: exact, tflite, qnnpack, aten}}
  // expected-error @below {{failed to parse HSwish_SemanticsAttr}}
  %0 = hswish.quantized_hard_swish %x from<5.0e-02:0> to<5.0e-02:0> semantics<keras> : i8
  return
}

// -----

func.func @zero(%x: i8) {
  // expected-error @below {{'hswish.quantized_hard_swish' op input_scale must be positive and finite, but is 0}}
  %0 = hswish.quantized_hard_swish %x from<0.0:0> to<5.0e-02:0> : i8
  return
}

// -----

func.func @negative(%x: vector<4xi8>) {
  // expected-error @below {{op output_scale must be positive and finite, but is -5.0}}
  %0 = hswish.quantized_hard_swish %x from<5.0e-02:0> to<-5.0e-02:0> semantics<tflite> : vector<4xi8>
  return
}

// -----

func.func @nan(%x: tensor<4xi16>) {
  // expected-error @below {{'hswish.quantized_hard_sigmoid' op input_scale must be positive and finite, but is nan}}
  %0 = hswish.quantized_hard_sigmoid %x from<0x7FC00000:0> to<5.0e-02:0> : tensor<4xi16>
  return
}

// -----

func.func @infinite(%x: i8) {
  // expected-error @below {{op output_scale must be positive and finite, but is INF}}
  %0 = hswish.quantized_hard_sigmoid %x from<5.0e-02:0> to<0x7F800000:0> : i8
  return
}

// -----

func.func @no_code(%x: i8) {
  // expected-error @below {{op input_zero_point must be a code from -128 to 127, but is 128}}
  %0 = hswish.quantized_hard_swish %x from<5.0e-02:128> to<5.0e-02:0> : i8
  return
}

// -----

func.func @no_unsigned_code(%x: i16) {
  // expected-error @below {{op output_zero_point must be a code from 0 to 65535, but is -1}}
  %0 = hswish.quantized_hard_swish %x from<5.0e-02:65535> to<5.0e-02:-1> unsigned : i16
  return
}

// -----

func.func @sixteen_bits(%x: tensor<4xi16>) {
  // expected-error @below {{op semantics 'tflite' is for codes of 8 bits, not of 16}}
  %0 = hswish.quantized_hard_swish %x from<1.0e-04:0> to<1.0e-04:0> semantics<tflite> : tensor<4xi16>
  return
}

// -----

func.func @no_kernel(%x: i8) {
  // expected-error @below {{op semantics 'tflite' is for hard_swish: TensorFlow Lite has no hard_sigmoid}}
  %0 = hswish.quantized_hard_sigmoid %x from<5.0e-02:0> to<3.90625e-03:-128> semantics<tflite> : i8
  return
}

// -----

func.func @shift_of_the_result(%x: i8) {
  // expected-error @below {{op semantics 'tflite' wants input_scale / 128 / output_scale from 2^-16 to below 1, but scales are 1.28}}
  %0 = hswish.quantized_hard_swish %x from<1.28:0> to<0.01:0> semantics<tflite> : i8
  return
}

// -----

func.func @shift_of_the_gate(%x: i8) {
  // expected-error @below {{op semantics 'tflite' wants input_scale * 256 / 3 from 2^-16 to below 2^31, but input_scale is 1.0}}
  %0 = hswish.quantized_hard_swish %x from<1.0e-07:0> to<1.0e-07:0> semantics<tflite> : i8
  return
}

// -----

func.func @subnormal(%x: i8) {
  // expected-error @below {{op semantics 'qnnpack' wants normal floats as scales and an input_scale of at most 2^96}}
  %0 = hswish.quantized_hard_swish %x from<1.0e-40:0> to<5.0e-02:0> semantics<qnnpack> : i8
  return
}

// -----

func.func @overflow(%x: i8) {
  // expected-error @below {{op semantics 'aten' wants normal floats as scales and an input_scale of at most 2^96}}
  %0 = hswish.quantized_hard_swish %x from<1.0e+30:0> to<5.0e-02:0> semantics<aten> : i8
  return
}

// -----

func.func @fixed_output(%x: i8) {
  // expected-error @below {{op semantics 'aten' of hard_sigmoid has output_scale 1/256 and output_zero_point -128 only}}
  %0 = hswish.quantized_hard_sigmoid %x from<5.0e-02:0> to<3.90625e-03:0> semantics<aten> : i8
  return
}
