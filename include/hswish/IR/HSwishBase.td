//===- HSwishBase.td - The hswish dialect and its types -----*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_IR_HSWISHBASE_TD
#define HSWISH_IR_HSWISHBASE_TD

include "mlir/IR/OpBase.td"

def HSwish_Dialect : Dialect {
  let name = "hswish";
  let cppNamespace = "::hswish";
  let summary = "hard-swish, its kin, and the operations they are fused into";
  let description = [{
    Hard-swish is `h-swish(x) = x * ReLU6(x + 3) / 6`. The dialect holds

    - the **activations** `hard_swish`, `hard_sigmoid`, `relu6`, `swish` and
      the gradients of the first two: elementwise on scalars, vectors and
      tensors of floats, like the ops of `math`;
    - **quantised activations** `quantized_hard_swish` and
      `quantized_hard_sigmoid`: the same on codes of 8 and 16 bits;
    - the **structured ops** `conv_2d` and `matmul` with an *epilogue* region
      that holds whatever elementwise arithmetic follows them, and `pool_2d`;
    - attributes: how accurately an activation is computed (`accuracy`), what
      the gradient is at its kinks (`kink`), which machine the code is for
      (`#hswish.target`), which kernel an op becomes (`#hswish.strategy`).
  }];
  // What passes tell each other: DiscardableAttrs.h says what each means, and the
  // dialect verifies where it stands.
  let discardableAttrs = (ins
    "TargetAttr":$target,
    "::mlir::IntegerAttr":$memory_limit,
    "::mlir::StringAttr":$model,
    "::mlir::StringAttr":$verification,
    "::mlir::ArrayAttr":$variants,
    "::mlir::DictionaryAttr":$variant,
    "::mlir::StringAttr":$name,
    "::mlir::StringAttr":$type,
    "::mlir::TypeAttr":$tensor,
    "::mlir::UnitAttr":$output,
    "::mlir::Attribute":$workspace,
    "::mlir::UnitAttr":$thread,
    "::mlir::IntegerAttr":$threads,
    "::mlir::DictionaryAttr":$layer,
    "::mlir::IntegerAttr":$trips,
    "::mlir::UnitAttr":$shared,
    "::mlir::IntegerAttr":$body
  );
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"
  ];
}

class HSwish_Op<string mnemonic, list<Trait> traits = []>
    : Op<HSwish_Dialect, mnemonic, traits>;

/// The element types that NUMERICS defines the activations for.
def HSwish_Float : AnyTypeOf<[F16, BF16, F32, F64],
                             "16-bit, bfloat16, 32-bit or 64-bit float">;

/// A float, or a vector (fixed or scalable) or tensor (static or dynamic) of
/// floats.
def HSwish_FloatLike
    : TypeOrValueSemanticsContainer<HSwish_Float, "f16, bf16, f32 or f64-like">;

/// The codes of quantised numbers: signless, as `arith` wants them.
def HSwish_CodeLike
    : TypeOrValueSemanticsContainer<AnyTypeOf<[I8, I16]>, "i8 or i16-like">;

#endif // HSWISH_IR_HSWISHBASE_TD
