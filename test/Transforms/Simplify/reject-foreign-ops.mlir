// RUN: hswish-opt %s --hswish-reject-foreign-ops --split-input-file -verify-diagnostics

// Dead ops, and those of which code is made.
func.func @known(%x: tensor<8xf32>, %d: tensor<?xf32>) -> tensor<8xf32> {
  %0 = tosa.abs %x : (tensor<8xf32>) -> tensor<8xf32>
  %1 = hswish.hard_swish %x : tensor<8xf32>
  return %1 : tensor<8xf32>
}

// -----

func.func @tosa(%x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error @below {{nothing makes code of 'tosa.abs'}}
  %0 = tosa.abs %x : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
