//===- Models.td - Calls of kernels in a workspace -*- tablegen -*---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_CODEGEN_PASSES_MODELS_TD
#define HSWISH_CODEGEN_PASSES_MODELS_TD

include "mlir/Pass/PassBase.td"

def OutlineKernelsPass
    : Pass<"hswish-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "move each structured op on memrefs into a function of its own";
  let description = [{
    Every `hswish` structured op, `linalg` op and `memref.copy` in the body of a
    public function becomes a call of a private function that holds just that
    op. Functions with the same body are one: layers of the same shape share their
    code. A function's memrefs are contiguous and `llvm.noalias` (an operand that
    is used twice, or two views of one buffer, are one argument), so that LLVM can
    keep what it loaded; views that are not contiguous are made again inside from
    the buffer that they show. The call keeps the location of the op: the name
    of the layer, for profiles.

    An op with an operand of dynamic layout stays where it is.

    Before:

    ```mlir
    func.func @net(%x: memref<8xf32>, %y: memref<8xf32>) {
      linalg.exp ins(%x : memref<8xf32>) outs(%y : memref<8xf32>)
      return
    }
    ```

    After:

    ```mlir
    func.func @net(%x: memref<8xf32>, %y: memref<8xf32>) {
      call @net_linalg_exp_0(%x, %y) : (memref<8xf32>, memref<8xf32>) -> ()
      return
    }
    func.func private @net_linalg_exp_0(%x: memref<8xf32> {llvm.noalias}, %y: memref<8xf32> {llvm.noalias}) {
      linalg.exp ins(%x : memref<8xf32>) outs(%y : memref<8xf32>)
      return
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::func::FuncDialect", "::mlir::LLVM::LLVMDialect"
  ];
}

def GatherConstantsPass
    : Pass<"hswish-gather-constants", "::mlir::ModuleOp"> {
  let summary = "put all constants into one, in the order of their use";
  let description = [{
    Replaces the private constant `memref.global`s by views of one global of bytes
    that holds them in the order in which they are first read (not in that of the
    `memref.get_global`s, which may stand anywhere above), each at a multiple of
    `alignment` bytes: weights are then streamed from memory in one direction, and
    written to the object file in one piece. Globals without an
    initial value, and those of elements that are no whole bytes, stay.

    Before:

    ```mlir
    memref.global "private" constant @w : memref<2xf32> = dense<[1.0, 2.0]>
    func.func @net() {
      %0 = memref.get_global @w : memref<2xf32>
    ```

    After:

    ```mlir
    memref.global "private" constant @constants : memref<64xi8> = dense<"0x…"> {alignment = 64 : i64}
    func.func @net() {
      %1 = memref.get_global @constants : memref<64xi8>
      %c0 = arith.constant 0 : index
      %0 = memref.view %1[%c0][] : memref<64xi8> to memref<2xf32>
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"
  ];
  let options = [
    Option<"alignment", "alignment", "int64_t", "64",
           "Every constant starts at a multiple of so many bytes">,
  ];
}

def PlanMemoryPass : Pass<"hswish-plan-memory", "::mlir::ModuleOp"> {
  let summary = "place every allocation in one workspace";
  let description = [{
    Replaces the static `memref.alloc`s of each public function by views of one
    workspace, a last argument of type `memref<Nxi8>` that the caller provides
    (argument attribute `hswish.workspace`). Buffers that are live at the same
    time don't overlap; each starts at a multiple of `alignment` bytes. Placement
    is greedy by size: the largest buffer first, each at the lowest place that is
    free while it is live (Pisarchyk and Lee, Efficient Memory Management for Deep
    Neural Net Inference, 2020).

    With a `gap`, half of a buffer's size is left free behind it, up to so many
    bytes. A core that reads an image row by row is ahead of itself by some rows:
    behind the image it must not find what another thread is about to write.

    A function without allocations gets a workspace of size 0, so that all have
    the same signature. An allocation of dynamic size, in a nested region, or
    one that is returned is an error.

    Before:

    ```mlir
    func.func @net(%x: memref<8xf32>) {
      %a = memref.alloc() : memref<8xf32>
      memref.copy %x, %a : memref<8xf32> to memref<8xf32>
      memref.dealloc %a : memref<8xf32>
      return
    }
    ```

    After:

    ```mlir
    func.func @net(%x: memref<8xf32>, %w: memref<64xi8> {hswish.workspace}) {
      %c0 = arith.constant 0 : index
      %a = memref.view %w[%c0][] : memref<64xi8> to memref<8xf32>
      memref.copy %x, %a : memref<8xf32> to memref<8xf32>
      return
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"
  ];
  let options = [
    Option<"alignment", "alignment", "int64_t", "64",
           "Every buffer starts at a multiple of so many bytes">,
    Option<"gap", "gap", "int64_t", "0",
           "Bytes left free behind a buffer, at most">
  ];
}

def InstrumentKernelsPass
    : Pass<"hswish-instrument-kernels", "::mlir::ModuleOp"> {
  let summary = "take the time before and after each layer of a model";
  let description = [{
    Each op of the public function that does work (a call of a kernel, or what was
    not outlined) is followed by a call that stores the time. The module gets the
    table `hswish_get_profile` of `hswish/Runtime/model_info.h`: of each layer its
    name (the ONNX node's), kernel, signature (as in a file of strategies),
    multiply-adds and bytes. The stamps are a global: runs of a model that is
    compiled for profiling must not overlap. Before the kernels become loops.

    Before:

    ```mlir
    func.func @net(%x: memref<8xf32>) {
      call @net_generic_0(%x) : (memref<8xf32>) -> ()
      return
    }
    ```

    After:

    ```mlir
    func.func @net(%x: memref<8xf32>) {
      llvm.call @hswish_profile_stamp(%c0) : (i64) -> ()
      call @net_generic_0(%x) : (memref<8xf32>) -> ()
      llvm.call @hswish_profile_stamp(%c1) : (i64) -> ()
      return
    }
    llvm.func weak @hswish_get_profile() -> !llvm.ptr
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // HSWISH_CODEGEN_PASSES_MODELS_TD
