//===- HSwishQuantizedOps.td - Activations of codes ---------*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_IR_HSWISHQUANTIZEDOPS_TD
#define HSWISH_IR_HSWISHQUANTIZEDOPS_TD

include "hswish/IR/HSwishAttrs.td"
include "hswish/IR/HSwishBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/VectorInterfaces.td"

/// An activation from codes to codes. A code q stands for the number
/// scale * (q - zero_point).
class HSwish_QuantizedOp<string mnemonic>
    : HSwish_Op<mnemonic, [
        Pure, SameOperandsAndResultType,
        DeclareOpInterfaceMethods<VectorUnrollOpInterface>
      ] # ElementwiseMappable.traits> {
  let arguments = (ins
    HSwish_CodeLike:$operand,
    F32Attr:$input_scale,
    I32Attr:$input_zero_point,
    F32Attr:$output_scale,
    I32Attr:$output_zero_point,
    DefaultValuedAttr<HSwish_SemanticsAttr,
                      "::hswish::Semantics::Exact">:$semantics,
    UnitAttr:$is_unsigned);
  let results = (outs HSwish_CodeLike:$result);
  let assemblyFormat = [{
    $operand `from` `<` $input_scale `:` $input_zero_point `>`
    `to` `<` $output_scale `:` $output_zero_point `>`
    (`semantics` `` $semantics^)? (`unsigned` $is_unsigned^)?
    attr-dict `:` type($result)
  }];
  let extraClassDeclaration = [{
    /// What it computes, for `evaluate`.
    ::hswish::QuantizedActivation getActivation();
  }];
  let hasFolder = 1;
  let hasVerifier = 1;
}

def HSwish_QuantizedHardSwishOp : HSwish_QuantizedOp<"quantized_hard_swish"> {
  let summary = "hard-swish of quantised numbers";
  let description = [{
    A code q of the operand stands for the number `si * (q - zi)`, one of the
    result for `so * (q - zo)`; `from<si:zi> to<so:zo>`. Codes are signed, or
    `unsigned`. Per code, x = si * (q - zi):

    | semantics | result, then clamped to the range of codes | codes |
    |-----------|--------------------------------------------|-------|
    | `exact`   | hard_swish(x) / so, a real number, to the nearest integer, ties to even; + zo | 8, 16 bits |
    | `tflite`  | the 16-bit fixed-point arithmetic of TensorFlow Lite's kernels | 8 bits |
    | `qnnpack` | in f32: `lrint(x * relu6(x + 3) / 6 * (1 / so) + zo)` | 8 bits |
    | `aten`    | in f32: `nearbyint(x * relu6(x + 3) / 6 * (1 / so)) + zo` | 8 bits |

    Scales are positive and finite, zero points are codes. `qnnpack` and `aten`
    want normal scales and an input scale of at most 2^96, so that nothing becomes
    infinite; `tflite` wants what its shifts can do: `si / 128 / so` from 2^-16 to
    below 1, and `si` from 2^-22 to below 2^24 (about, docs/Numerics.md).

    Example:

    ```mlir
    %0 = hswish.quantized_hard_swish %x from<5.0e-02:3> to<2.5e-02:-113> : tensor<1x8x8x16xi8>
    %1 = hswish.quantized_hard_swish %v from<5.0e-02:128> to<5.0e-02:15> semantics<tflite> unsigned : vector<64xi8>
    ```
  }];
}

def HSwish_QuantizedHardSigmoidOp
    : HSwish_QuantizedOp<"quantized_hard_sigmoid"> {
  let summary = "hard-sigmoid of quantised numbers";
  let description = [{
    As `quantized_hard_swish`, for hard_sigmoid. TensorFlow Lite has no such
    kernel, so there is no `tflite`; `qnnpack` and `aten` have the output scale
    1/256 and the lowest code as output zero point only.

    Example:

    ```mlir
    %0 = hswish.quantized_hard_sigmoid %x from<5.0e-02:3> to<3.90625e-03:-128> : tensor<1x1x1x16xi8>
    ```
  }];
}

#endif // HSWISH_IR_HSWISHQUANTIZEDOPS_TD
