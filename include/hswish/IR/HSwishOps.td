//===- HSwishOps.td - Activations of the hswish dialect -----*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_IR_HSWISHOPS_TD
#define HSWISH_IR_HSWISHOPS_TD

include "hswish/IR/HSwishAttrs.td"
include "hswish/IR/HSwishBase.td"
include "hswish/IR/HSwishQuantizedOps.td"
include "hswish/IR/HSwishStructuredOps.td"
include "mlir/Dialect/Arith/IR/ArithBase.td"
include "mlir/Dialect/Arith/IR/ArithOpsInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/VectorInterfaces.td"

class HSwish_ElementwiseOp<string mnemonic, list<Trait> traits = []>
    : HSwish_Op<mnemonic, traits # [
        Pure, SameOperandsAndResultType,
        DeclareOpInterfaceMethods<ArithFastMathInterface>,
        DeclareOpInterfaceMethods<VectorUnrollOpInterface>
      ] # ElementwiseMappable.traits> {
  let results = (outs HSwish_FloatLike:$result);
}

/// An activation whose result depends on the accuracy that was asked for.
class HSwish_ActivationOp<string mnemonic> : HSwish_ElementwiseOp<mnemonic> {
  let arguments = (ins
    HSwish_FloatLike:$operand,
    DefaultValuedAttr<HSwish_AccuracyAttr,
                      "::hswish::Accuracy::Default">:$accuracy,
    DefaultValuedAttr<Arith_FastMathAttr,
                      "::mlir::arith::FastMathFlags::none">:$fastmath);
  let assemblyFormat = [{
    $operand (`accuracy` `` $accuracy^)? (`fastmath` `` $fastmath^)?
    attr-dict `:` type($result)
  }];
  let hasFolder = 1;
  let hasVerifier = 1;
}

/// The gradient of an activation with respect to its operand.
class HSwish_GradientOp<string mnemonic> : HSwish_ElementwiseOp<mnemonic> {
  let arguments = (ins
    HSwish_FloatLike:$operand,
    HSwish_FloatLike:$upstream,
    DefaultValuedAttr<HSwish_KinkAttr, "::hswish::Kink::Outer">:$kink,
    DefaultValuedAttr<HSwish_AccuracyAttr,
                      "::hswish::Accuracy::Default">:$accuracy,
    DefaultValuedAttr<Arith_FastMathAttr,
                      "::mlir::arith::FastMathFlags::none">:$fastmath);
  let assemblyFormat = [{
    $operand `,` $upstream (`kink` `` $kink^)?
    (`accuracy` `` $accuracy^)? (`fastmath` `` $fastmath^)?
    attr-dict `:` type($result)
  }];
  let hasFolder = 1;
  let hasVerifier = 1;
}

def HSwish_HardSwishOp : HSwish_ActivationOp<"hard_swish"> {
  let summary = "hard-swish activation";
  let description = [{
    `x * relu6(x + 3) / 6`: 0 for x <= -3, x for x >= 3, a parabola between
    (Howard et al., Searching for MobileNetV3, 2019).

    NaN gives NaN; +inf gives +inf; -inf gives NaN (the product form, as PyTorch
    and ONNX have it); finite x <= -3 gives -0.0. f16 and bf16 are computed in
    f32 and rounded once. The order of operations follows from `accuracy`:

    | accuracy  | form                              |
    |-----------|-----------------------------------|
    | `default` | `x * (relu6(x + 3) * (1/6))`      |
    | `torch`   | `(x * relu6(x + 3)) / 6`          |
    | `onnx`    | `x * clamp(x * (1/6) + 0.5, 0, 1)`|
    | `fast`    | `onnx` with a fused multiply-add, where the target has one |
    | `exact`   | the float nearest to the real number, ties to even |

    `exact` exists for f16, bf16 and f32. It gives -0.0, the limit, for -inf, and
    ignores fast-math flags.

    Example:

    ```mlir
    %0 = hswish.hard_swish %x : tensor<1x112x112x16xf32>
    %1 = hswish.hard_swish %v accuracy<torch> : vector<16xf32>
    ```
  }];
  let hasCanonicalizer = 1;
}

def HSwish_UnitHardSwishOp : HSwish_ElementwiseOp<"unit_hard_swish"> {
  let summary = "hard-swish with its kinks at -1 and 1";
  let description = [{
    `fma(u, clamp(u, -1, 1), u)`, where the target has a fused multiply-add, so
    that `hard_swish(x) = 1.5 * unit_hard_swish(x / 3)`: as many instructions as
    ReLU6 has. `hswish-fold-activation-scale` makes it in `fast` mode, putting the
    third into the weights before it and the 1.5 into the weights after it.

    NaN gives NaN; +inf gives +inf; -inf gives NaN; finite u <= -1 gives 0.

    Example:

    ```mlir
    %0 = hswish.unit_hard_swish %u : vector<16xf32>
    ```
  }];
  let arguments = (ins
    HSwish_FloatLike:$operand,
    DefaultValuedAttr<Arith_FastMathAttr,
                      "::mlir::arith::FastMathFlags::none">:$fastmath);
  let assemblyFormat = [{
    $operand (`fastmath` `` $fastmath^)? attr-dict `:` type($result)
  }];
  let hasFolder = 1;
}

def HSwish_HardSigmoidOp : HSwish_ActivationOp<"hard_sigmoid"> {
  let summary = "hard-sigmoid activation";
  let description = [{
    `relu6(x + 3) / 6`: 0 for x <= -3, 1 for x >= 3, a line between. NaN gives
    NaN; the infinities give 0 and 1. (ONNX's HardSigmoid with another slope is a
    clamped line and is written in `arith`.)

    | accuracy           | form                           |
    |--------------------|--------------------------------|
    | `default`          | `relu6(x + 3) * (1/6)`         |
    | `torch`            | `relu6(x + 3) / 6`             |
    | `onnx`, `fast`     | `clamp(x * (1/6) + 0.5, 0, 1)` |
    | `exact`            | the nearest float: f16, bf16, f32 |

    Example:

    ```mlir
    %0 = hswish.hard_sigmoid %x : tensor<1x1x1x72xf32>
    ```
  }];
  let hasCanonicalizer = 1;
}

def HSwish_Relu6Op : HSwish_ElementwiseOp<"relu6"> {
  let summary = "rectified linear unit clamped at six";
  let description = [{
    `min(max(x, 0), 6)`. NaN gives NaN; -0.0 gives -0.0.

    Example:

    ```mlir
    %0 = hswish.relu6 %x : vector<16xf32>
    ```
  }];
  let arguments = (ins
    HSwish_FloatLike:$operand,
    DefaultValuedAttr<Arith_FastMathAttr,
                      "::mlir::arith::FastMathFlags::none">:$fastmath);
  let assemblyFormat = [{
    $operand (`fastmath` `` $fastmath^)? attr-dict `:` type($result)
  }];
  let hasFolder = 1;
}

def HSwish_SwishOp : HSwish_ElementwiseOp<"swish"> {
  let summary = "swish (SiLU) activation";
  let description = [{
    `x * sigmoid(x) = x / (1 + exp(-x))`: what hard-swish stands in for. NaN
    gives NaN; +inf gives +inf; -inf gives NaN.

    Example:

    ```mlir
    %0 = hswish.swish %x : tensor<8xf32>
    ```
  }];
  let arguments = (ins
    HSwish_FloatLike:$operand,
    DefaultValuedAttr<Arith_FastMathAttr,
                      "::mlir::arith::FastMathFlags::none">:$fastmath);
  let assemblyFormat = [{
    $operand (`fastmath` `` $fastmath^)? attr-dict `:` type($result)
  }];
  let hasFolder = 1;
}

def HSwish_HardSwishGradOp : HSwish_GradientOp<"hard_swish_grad"> {
  let summary = "gradient of hard-swish";
  let description = [{
    `upstream * d/dx hard_swish(x)`, where the derivative is 0 below -3, 1 above
    3 and `x/3 + 1/2` between. At the kinks themselves conventions differ:

    | kink      | at -3 | at 3 | who                                          |
    |-----------|-------|------|----------------------------------------------|
    | `outer`   | 0     | 1    | PyTorch since 2.7, oneDNN, OneFlow, Paddle   |
    | `inner`   | -0.5  | 1.5  | PyTorch up to 2.6                            |
    | `average` | -0.25 | 1.25 | JAX                                          |
    | `left`    | 0     | 1.5  | the derivative from the left                 |
    | `right`   | -0.5  | 1    | the derivative from the right                |

    NaN in either operand gives NaN. `exact` is the float nearest to the real
    product (f16, bf16 and f32).

    Example:

    ```mlir
    %dx = hswish.hard_swish_grad %x, %dy kink<average> : tensor<8xf32>
    ```
  }];
}

def HSwish_HardSigmoidGradOp : HSwish_GradientOp<"hard_sigmoid_grad"> {
  let summary = "gradient of hard-sigmoid";
  let description = [{
    `upstream * d/dx hard_sigmoid(x)`, where the derivative is 1/6 between -3 and
    3 and 0 outside; at the kinks 0 (`outer`), 1/6 (`inner`), 1/12 (`average`), or
    the one-sided derivative (`left`, `right`). NaN in either operand gives NaN.
    The derivative is one constant, so all values of `accuracy` coincide but
    `exact`, which divides by 6 and rounds once (f16, bf16 and f32).

    Example:

    ```mlir
    %dx = hswish.hard_sigmoid_grad %x, %dy : vector<16xf32>
    ```
  }];
}

#endif // HSWISH_IR_HSWISHOPS_TD
