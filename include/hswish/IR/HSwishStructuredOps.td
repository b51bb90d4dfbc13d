//===- HSwishStructuredOps.td - Convolution, matmul, pooling -*- tablegen -*-=//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_IR_HSWISHSTRUCTUREDOPS_TD
#define HSWISH_IR_HSWISHSTRUCTUREDOPS_TD

include "hswish/IR/HSwishAttrs.td"
include "hswish/IR/HSwishBase.td"
include "hswish/IR/HSwishInterfaces.td"
include "mlir/Dialect/Linalg/IR/LinalgInterfaces.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/TilingInterface.td"

class HSwish_StructuredOp<string mnemonic, list<Trait> traits = []>
    : HSwish_Op<mnemonic, traits # [
        DestinationStyleOpInterface,
        DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
        DeclareOpInterfaceMethods<AggregatedOpInterface,
                                  ["decomposeOperation"]>]> {
  let hasVerifier = 1;
}

/// Tiles are boxes of the result; reductions stay whole.
def HSwish_TilingInterface : DeclareOpInterfaceMethods<TilingInterface, [
  "getLoopIteratorTypes", "getIterationDomain", "getTiledImplementation",
  "getResultTilePosition", "generateResultTileValue",
  "getIterationDomainTileFromResultTile"]>;

class HSwish_EpilogueOp<string mnemonic, list<Trait> traits = []>
    : HSwish_StructuredOp<mnemonic, traits # [
        HSwish_EpilogueOpInterface,
        DeclareOpInterfaceMethods<HSwish_KernelOpInterface, [
          "countMultiplyAdds", "printWindow", "getWeights", "getWeightsShape",
          "isPacked", "setPackedWeights"]>,
        HSwish_TilingInterface,
        SingleBlock]> {
  let regions = (region SizedRegion<1>:$epilogue);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  code baseClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() {
      return getInitMutable();
    }
    ::mlir::ShapedType getInitType() {
      return ::mlir::cast<::mlir::ShapedType>(getInit().getType());
    }
  }];
}

def HSwish_Conv2DOp
    : HSwish_EpilogueOp<"conv_2d", [AttrSizedOperandSegments]> {
  let summary = "two-dimensional convolution with an epilogue";
  let description = [{
    Cross-correlation of an NHWC input with a filter, padded with zeros:

    ```
    acc(n, h, w, f) = sum over kh, kw, c of
        input(n, h*strides[0] + kh*dilations[0] - pads[0],
                 w*strides[1] + kw*dilations[1] - pads[1], g*C + c)
      * filter(kh, kw, c, f)          with g = f / (F / groups)
    result(n, h, w, f) = epilogue(acc, extras...)
    ```

    `filter` is [KH, KW, C / groups, F]; `pads` is [top, left, bottom, right];
    `groups` = 1 is the ordinary convolution, `groups` = C the depthwise one, and
    a 1x1 filter the pointwise one. The destination's contents are not read.

    A packed filter (`hswish-pack-weights`) is a one-dimensional tensor in the
    order in which the kernel of `strategy` reads it; `filter_shape` then holds
    its original shape.

    A depthwise convolution on memory may leave the average of each row beside
    its result (`hswish-fuse-averages`), added up from left to right:

    ```
    averages(n, h, 0, f) = 1 / W * sum over w of result(n, h, w, f)
    ```

    Example (MobileNetV3's stem with bias and hard-swish):

    ```mlir
    %r = hswish.conv_2d ins(%x, %w : tensor<1x224x224x3xf32>, tensor<3x3x3x16xf32>)
        epilogue(%bias : tensor<16xf32>)
        outs(%init : tensor<1x112x112x16xf32>)
        attributes {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>,
          epilogue_maps = [affine_map<(n, h, w, c) -> (c)>]} {
    ^bb0(%acc: f32, %b: f32):
      %0 = arith.addf %acc, %b : f32
      %1 = hswish.hard_swish %0 : f32
      hswish.yield %1 : f32
    } -> tensor<1x112x112x16xf32>
    ```
  }];
  let arguments = (ins
    AnyTypeOf<[AnyRankedTensor, AnyStridedMemRef]>:$input,
    AnyTypeOf<[AnyRankedTensor, AnyStridedMemRef]>:$filter,
    Variadic<AnyTypeOf<[AnyRankedTensor, AnyStridedMemRef]>>:$extras,
    AnyTypeOf<[AnyRankedTensor, AnyStridedMemRef]>:$init,
    Optional<AnyStridedMemRef>:$averages,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$strides,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$dilations,
    DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0}">:$pads,
    DefaultValuedAttr<I64Attr, "1">:$groups,
    DefaultValuedAttr<AffineMapArrayAttr, "{}">:$epilogue_maps,
    OptionalAttr<DenseI64ArrayAttr>:$filter_shape,
    OptionalAttr<HSwish_StrategyAttr>:$strategy);
  let assemblyFormat = [{
    `ins` `(` $input `,` $filter `:` type($input) `,` type($filter) `)`
    (`epilogue` `(` $extras^ `:` type($extras) `)`)?
    `outs` `(` $init `:` type($init) `)`
    (`averages` `(` $averages^ `:` type($averages) `)`)?
    attr-dict-with-keyword $epilogue (`->` type($results)^)?
  }];
  let builders = [
    OpBuilder<(ins "::mlir::Value":$input, "::mlir::Value":$filter,
                   "::mlir::Value":$init,
                   "::llvm::ArrayRef<int64_t>":$strides,
                   "::llvm::ArrayRef<int64_t>":$dilations,
                   "::llvm::ArrayRef<int64_t>":$pads, "int64_t":$groups)>
  ];
  let skipDefaultBuilders = 0;
  let extraClassDeclaration = baseClassDeclaration # [{
    /// [KH, KW, C / groups, F], whether the filter is packed or not.
    ::llvm::SmallVector<int64_t, 4> getUnpackedFilterShape();
    /// One filter a channel.
    bool isDepthwise();
    /// A 1x1 filter, one group.
    bool isPointwise();
    bool hasPadding() {
      return ::llvm::any_of(getPads(), [](int64_t p) { return p != 0; });
    }
  }];
  let hasCanonicalizer = 1;
}

def HSwish_MatmulOp : HSwish_EpilogueOp<"matmul"> {
  let summary = "matrix multiplication with an epilogue";
  let description = [{
    `result(m, n) = epilogue(sum over k of lhs(m, k) * rhs(k, n), extras...)`.
    The destination's contents are not read. A packed `rhs` is one-dimensional and
    `rhs_shape` holds its original shape.

    Example:

    ```mlir
    %r = hswish.matmul ins(%a, %b : tensor<1x960xf32>, tensor<960x1280xf32>)
        epilogue(%bias : tensor<1280xf32>) outs(%init : tensor<1x1280xf32>)
        attributes {epilogue_maps = [affine_map<(m, n) -> (n)>]} {
    ^bb0(%acc: f32, %c: f32):
      %0 = arith.addf %acc, %c : f32
      %1 = hswish.hard_swish %0 : f32
      hswish.yield %1 : f32
    } -> tensor<1x1280xf32>
    ```
  }];
  let arguments = (ins
    AnyTypeOf<[AnyRankedTensor, AnyStridedMemRef]>:$lhs,
    AnyTypeOf<[AnyRankedTensor, AnyStridedMemRef]>:$rhs,
    Variadic<AnyTypeOf<[AnyRankedTensor, AnyStridedMemRef]>>:$extras,
    AnyTypeOf<[AnyRankedTensor, AnyStridedMemRef]>:$init,
    DefaultValuedAttr<AffineMapArrayAttr, "{}">:$epilogue_maps,
    OptionalAttr<DenseI64ArrayAttr>:$rhs_shape,
    OptionalAttr<HSwish_StrategyAttr>:$strategy);
  let assemblyFormat = [{
    `ins` `(` $lhs `,` $rhs `:` type($lhs) `,` type($rhs) `)`
    (`epilogue` `(` $extras^ `:` type($extras) `)`)?
    `outs` `(` $init `:` type($init) `)`
    attr-dict-with-keyword $epilogue (`->` type($results)^)?
  }];
  let builders = [
    OpBuilder<(ins "::mlir::Value":$lhs, "::mlir::Value":$rhs,
                   "::mlir::Value":$init)>
  ];
  let extraClassDeclaration = baseClassDeclaration # [{
    /// [K, N], whether the right-hand side is packed or not.
    ::llvm::SmallVector<int64_t, 2> getUnpackedRhsShape();
  }];
}

def HSwish_Pool2DOp
    : HSwish_StructuredOp<"pool_2d", [
        DeclareOpInterfaceMethods<HSwish_KernelOpInterface, [
          "countMultiplyAdds", "printWindow"]>,
        HSwish_TilingInterface]> {
  let summary = "two-dimensional pooling";
  let description = [{
    Reduces windows of an NHWC input to their maximum or average. Padding never
    wins a maximum; `average` divides by the number of elements of the window that
    lie inside the input, `average_include_pad` by those inside the padded input
    (a window may reach beyond it where the output size was rounded up: what lies
    beyond is never counted). A window as large as the input is global pooling.
    NaN in a window gives NaN. The destination's contents are not read.

    Example:

    ```mlir
    %r = hswish.pool_2d average ins(%x : tensor<1x7x7x960xf32>)
        outs(%init : tensor<1x1x1x960xf32>)
        {kernel = array<i64: 7, 7>} -> tensor<1x1x1x960xf32>
    ```
  }];
  let arguments = (ins
    AnyTypeOf<[AnyRankedTensor, AnyStridedMemRef]>:$input,
    AnyTypeOf<[AnyRankedTensor, AnyStridedMemRef]>:$init,
    HSwish_PoolKindAttr:$kind,
    DenseI64ArrayAttr:$kernel,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$strides,
    DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$dilations,
    DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0}">:$pads,
    OptionalAttr<HSwish_StrategyAttr>:$strategy);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `` $kind `ins` `(` $input `:` type($input) `)`
    `outs` `(` $init `:` type($init) `)` attr-dict (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() {
      return getInitMutable();
    }
  }];
}

def HSwish_FillBorderOp : HSwish_StructuredOp<"fill_border"> {
  let summary = "constant border of a padded image";
  let description = [{
    Writes `value` into the border of an NHWC image: the first `pads[0]` and last
    `pads[2]` rows, the first `pads[1]` and last `pads[3]` columns. What lies
    inside the border keeps its contents. Most kernels read padded images, so that
    they have no code for borders; the producer of the image writes its inside.

    Example:

    ```mlir
    %r = hswish.fill_border outs(%init : tensor<1x16x16x64xf32>)
        {value = 0.0 : f32, pads = array<i64: 1, 1, 1, 1>}
        -> tensor<1x16x16x64xf32>
    ```
  }];
  let arguments = (ins
    AnyTypeOf<[AnyRankedTensor, AnyStridedMemRef]>:$init,
    TypedAttrInterface:$value,
    DenseI64ArrayAttr:$pads);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `outs` `(` $init `:` type($init) `)` attr-dict (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() {
      return getInitMutable();
    }
  }];
}

def HSwish_YieldOp : HSwish_Op<"yield", [
    Pure, ReturnLike, Terminator,
    ParentOneOf<["Conv2DOp", "MatmulOp"]>]> {
  let summary = "epilogue terminator";
  let description = [{
    Yields one element of the result of the enclosing structured op.

    Example:

    ```mlir
    hswish.yield %0 : f32
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "attr-dict $values `:` type($values)";
}

#endif // HSWISH_IR_HSWISHSTRUCTUREDOPS_TD
