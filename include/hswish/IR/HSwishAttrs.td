//===- HSwishAttrs.td - Attributes of the hswish dialect ----*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_IR_HSWISHATTRS_TD
#define HSWISH_IR_HSWISHATTRS_TD

include "hswish/IR/HSwishBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/Interfaces/DataLayoutInterfaces.td"

//===----------------------------------------------------------------------===//
// Numerics
//===----------------------------------------------------------------------===//

def HSwish_Accuracy
    : I32EnumAttr<"Accuracy", "what the result of an activation promises", [
        I32EnumAttrCase<"Fast", 0, "fast">,
        I32EnumAttrCase<"Default", 1, "default">,
        I32EnumAttrCase<"Torch", 2, "torch">,
        I32EnumAttrCase<"Onnx", 3, "onnx">,
        I32EnumAttrCase<"Exact", 4, "exact">]> {
  let cppNamespace = "::hswish";
  let genSpecializedAttr = 0;
}

def HSwish_AccuracyAttr
    : EnumAttr<HSwish_Dialect, HSwish_Accuracy, "accuracy"> {
  let assemblyFormat = "`<` $value `>`";
}

def HSwish_Kink
    : I32EnumAttr<"Kink", "the value of a gradient where the function has a kink",
      [
        I32EnumAttrCase<"Outer", 0, "outer">,
        I32EnumAttrCase<"Inner", 1, "inner">,
        I32EnumAttrCase<"Average", 2, "average">,
        I32EnumAttrCase<"Left", 3, "left">,
        I32EnumAttrCase<"Right", 4, "right">]> {
  let cppNamespace = "::hswish";
  let genSpecializedAttr = 0;
}

def HSwish_KinkAttr : EnumAttr<HSwish_Dialect, HSwish_Kink, "kink"> {
  let assemblyFormat = "`<` $value `>`";
}

def HSwish_Semantics
    : I32EnumAttr<"Semantics", "whose result a quantised activation gives", [
        I32EnumAttrCase<"Exact", 0, "exact">,
        I32EnumAttrCase<"Tflite", 1, "tflite">,
        I32EnumAttrCase<"Qnnpack", 2, "qnnpack">,
        I32EnumAttrCase<"Aten", 3, "aten">]> {
  let cppNamespace = "::hswish";
  let genSpecializedAttr = 0;
}

def HSwish_SemanticsAttr
    : EnumAttr<HSwish_Dialect, HSwish_Semantics, "semantics"> {
  let assemblyFormat = "`<` $value `>`";
}

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

def HSwish_PoolKind
    : I32EnumAttr<"PoolKind", "how a window is reduced", [
        I32EnumAttrCase<"Max", 0, "max">,
        I32EnumAttrCase<"Average", 1, "average">,
        I32EnumAttrCase<"AverageIncludePad", 2, "average_include_pad">]> {
  let cppNamespace = "::hswish";
  let genSpecializedAttr = 0;
}

def HSwish_PoolKindAttr : EnumAttr<HSwish_Dialect, HSwish_PoolKind, "pool_kind">;

//===----------------------------------------------------------------------===//
// Machines
//===----------------------------------------------------------------------===//

def HSwish_TargetAttr
    : AttrDef<HSwish_Dialect, "Target", [
        DeclareAttrInterfaceMethods<DLTIQueryInterface>]> {
  let mnemonic = "target";
  let summary = "the machine that code is generated for";
  let description = [{
    What a pass may know of the machine: never the host's features by accident.
    It sits on the module as `hswish.target`; `getTarget(op)` finds it. The
    triple, cpu and features are LLVM's; the rest is derived from them by
    `lookupTarget` and can be overridden:

    - `vector_bits`: width of the widest vector register that kernels use;
    - `registers`: number of such registers;
    - `l1`, `l2`, `l3`: data cache sizes in bytes; `l3` is 0 where there is none
      or nobody knows;
    - `model`: the record of lib/Cpu that says how fast such a machine is at what
      (decision 27). Without a name it is that of the level of instructions
      which `vector_bits` tells.

    Example:

    ```mlir
    module attributes {hswish.target = #hswish.target<
        triple = "x86_64-unknown-linux-gnu", cpu = "x86-64-v4", features = "",
        vector_bits = 512, registers = 32, l1 = 32768, l2 = 1048576>} {}
    ```

    It answers DLTI queries for its parameters by name (`"vector_bits"`, …).
  }];
  let parameters = (ins
    StringRefParameter<"LLVM target triple">:$triple,
    StringRefParameter<"LLVM cpu name", [{""}]>:$cpu,
    StringRefParameter<"LLVM feature string", [{""}]>:$features,
    "int64_t":$vector_bits,
    "int64_t":$registers,
    "int64_t":$l1,
    "int64_t":$l2,
    DefaultValuedParameter<"int64_t", "0">:$l3,
    StringRefParameter<"name of a CpuModel", [{""}]>:$model);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// What code that is for no machine in particular may assume: the generic
    /// CpuModel, with fused multiply-adds.
    static TargetAttr getGeneric(::mlir::MLIRContext *context);
    bool isGeneric() const { return getTriple().empty(); }
    bool isX86() const;
    bool isAArch64() const;
    /// The record of the machine. Vector bits, registers and caches are those of
    /// this attribute.
    const CpuModel &getCpuModel() const;
    /// Whether a fused multiply-add is one instruction, and no library call.
    bool hasFma() const;
    /// Whether clamping to [-c, c] is one instruction (AVX512DQ's `vrange`).
    bool hasRange() const;
  }];
}

//===----------------------------------------------------------------------===//
// Strategies
//===----------------------------------------------------------------------===//

/// A keyword: which kernels there are, the families say.
def HSwish_KernelName : StringRefParameter<"the kernel's name"> {
  let parser = [{
    [&]() -> ::mlir::FailureOr<std::string> {
      ::llvm::StringRef name;
      if (failed($_parser.parseKeyword(&name)))
        return ::mlir::failure();
      return name.str();
    }()
  }];
  let printer = "$_printer << $_self";
}

def HSwish_LoopOrder
    : I32EnumAttr<"LoopOrder", "which of a kernel's loops is the outer one", [
        I32EnumAttrCase<"RowsOuter", 0, "rows">,
        I32EnumAttrCase<"ColumnsOuter", 1, "columns">]> {
  let cppNamespace = "::hswish";
  let genSpecializedAttr = 0;
}

def HSwish_StrategyAttr : AttrDef<HSwish_Dialect, "Strategy"> {
  let mnemonic = "strategy";
  let summary = "how a structured op becomes code: decided once, then obeyed";
  let description = [{
    - `kernel`: the name of a kernel: its family knows what the rest means;
    - `vector`: elements in a vector register;
    - `rows` x `columns`: the register tile. Pointwise and direct: `rows`
      output pixels by the channel blocks of `blocks`; dot (few output channels,
      vectors along the input's): `rows` output pixels by all of them, one block;
      depthwise and pool:
      `rows` x `columns` output pixels of one vector of channels;
    - `blocks`: the widths of the output channel blocks, in order; their sum is
      the number of (padded) output channels;
    - `unroll`: steps of the reduction per iteration (NEON reads `unroll`
      values of the input as one vector and multiplies by lane);
    - `order`: the outer loop: over pixels (`rows`) or channels (`columns`). A
      depthwise kernel's is that inside a row of tiles.

    Example:

    ```mlir
    #hswish.strategy<kernel = pointwise, vector = 16, rows = 14, columns = 1,
                     unroll = 1, order = rows, blocks = [16, 8]>
    ```
  }];
  let parameters = (ins
    HSwish_KernelName:$kernel,
    "int64_t":$vector,
    "int64_t":$rows,
    "int64_t":$columns,
    OptionalArrayRefParameter<"int64_t">:$blocks,
    "int64_t":$unroll,
    EnumParameter<HSwish_LoopOrder>:$order);
  let assemblyFormat = [{
    `<` `kernel` `=` $kernel `,` `vector` `=` $vector `,` `rows` `=` $rows
    `,` `columns` `=` $columns `,` `unroll` `=` $unroll `,` `order` `=` $order
    (`,` `blocks` `=` `[` $blocks^ `]`)? `>`
  }];
  let genVerifyDecl = 1;
}

#endif // HSWISH_IR_HSWISHATTRS_TD
