//===- Passes.td - Conversions from and to the hswish dialect -*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_CONVERSION_PASSES_TD
#define HSWISH_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertHSwishToArithPass : Pass<"convert-hswish-to-arith"> {
  let summary = "lower activations to ReLU6 arithmetic";
  let description = [{
    Expands the activations and gradients on scalars, vectors and tensors into
    `arith` (and `math.fma`, `math.exp`), in the order that their `accuracy` asks
    for. f16 and bf16 are computed in f32 and rounded once. There is one
    expansion of each activation (`hswish/IR/Forms.h`); constant folding uses the
    same one and gives the same bits.

    Before:

    ```mlir
    %0 = hswish.hard_swish %x : vector<16xf32>
    ```

    After:

    ```mlir
    %1 = arith.addf %x, %c3 : vector<16xf32>
    %2 = arith.cmpf olt, %1, %c0 : vector<16xf32>
    %3 = arith.select %2, %c0, %1 : vector<16xi1>, vector<16xf32>
    %4 = arith.cmpf ogt, %3, %c6 : vector<16xf32>
    %5 = arith.select %4, %c6, %3 : vector<16xi1>, vector<16xf32>
    %6 = arith.mulf %5, %sixth : vector<16xf32>
    %0 = arith.mulf %x, %6 : vector<16xf32>
    ```

    Where the target has AVX512DQ, h-swish clamps a native vector to [-3, 3] by
    one instruction, `llvm.x86.avx512.mask.range`, before it adds 3: the same
    bits, as the product by `%x` restores NaN.

    Quantised activations of 8 bits become a table: in registers, by `vpermi2b`
    (AVX512-VBMI), `pshufb` (x86-64-v2 and up) or `tbl` (AArch64), as intrinsics;
    elsewhere, and for scalars, in a global, for which the pass has to run on the
    module. 16 bits become integer arithmetic of 64 bits. On tensors these ops
    stay, for `convert-elementwise-to-linalg`.

    A compare and a select are one instruction on x86 (`maxps` with its operands
    in the right order) and let NaN pass. On AArch64 they are two, while
    `arith.maximumf` is one: `clamp=ieee` chooses that. Both give the same bits.
    For the same reason a `maximumf` or `minimumf` with a constant bound (a ReLU, a
    Clip) becomes a compare and a select for x86, where no sign of a zero depends
    on it: the bound is no zero, or the op has `nsz`.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::tensor::TensorDialect", "::mlir::vector::VectorDialect"
  ];
  let options = [
    Option<"clamp", "clamp", "::hswish::ClampForm",
           "::hswish::ClampForm::Target", "How clamps are written",
           [{::llvm::cl::values(
             clEnumValN(::hswish::ClampForm::Target, "target",
                        "as is best for hswish.target, select without one"),
             clEnumValN(::hswish::ClampForm::Select, "select",
                        "arith.cmpf and arith.select"),
             clEnumValN(::hswish::ClampForm::Ieee, "ieee",
                        "arith.maximumf and arith.minimumf"))}]>,
  ];
}

def ConvertLinalgToHSwishPass : Pass<"convert-linalg-to-hswish"> {
  let summary = "named convolutions, matmuls and pooling to structured ops";
  let description = [{
    Brings networks of other frontends (TOSA by `tosa-to-linalg-named` and
    `tosa-to-linalg`) to the ops that kernels are made for: `conv_2d_nhwc_hwcf`,
    `conv_2d_nhwc_fhwc`, `conv_2d_nchw_fchw`, `depthwise_conv_2d_nhwc_hwc` and
    `_hwcm`, `matmul`, `batch_matmul` of a batch of one, `pooling_nhwc_max` and
    `pooling_nhwc_sum`. What the destination held is added afterwards, unless
    that is zero; padding before a maximum goes into the op. Ops on integers stay.

    Before:

    ```mlir
    %0 = linalg.fill ins(%zero : f32) outs(%e : tensor<1x6x6x8xf32>) -> tensor<1x6x6x8xf32>
    %1 = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x8x8x4xf32>, tensor<3x3x4x8xf32>)
        outs(%0 : tensor<1x6x6x8xf32>) -> tensor<1x6x6x8xf32>
    ```

    After:

    ```mlir
    %1 = hswish.conv_2d ins(%x, %w : tensor<1x8x8x4xf32>, tensor<3x3x4x8xf32>)
        outs(%e : tensor<1x6x6x8xf32>) {
    ^bb0(%acc: f32):
      hswish.yield %acc : f32
    } -> tensor<1x6x6x8xf32>
    ```
  }];
  let dependentDialects = [
    "::hswish::HSwishDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"
  ];
}

#endif // HSWISH_CONVERSION_PASSES_TD
