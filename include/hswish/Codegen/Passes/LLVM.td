//===- LLVM.td - Code that programs call -*- tablegen -*-------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_CODEGEN_PASSES_LLVM_TD
#define HSWISH_CODEGEN_PASSES_LLVM_TD

include "mlir/Pass/PassBase.td"

def ConvertToLLVMPass : Pass<"hswish-convert-to-llvm", "::mlir::ModuleOp"> {
  let summary = "convert everything to the llvm dialect in one go";
  let description = [{
    Upstream's conversions of `arith`, `cf`, `func`, `index`, `math`, `memref`,
    `ub` and `vector`, applied together: a walk over the module for each costs
    more than the conversions. A memref argument becomes one bare pointer, so
    its layout must be static.

    Before:

    ```mlir
    func.func @f(%m: memref<4xf32>, %i: index) -> f32 {
      %0 = memref.load %m[%i] : memref<4xf32>
      return %0 : f32
    }
    ```

    After:

    ```mlir
    llvm.func @f(%arg0: !llvm.ptr, %arg1: i64) -> f32 {
      …
    }
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def EmitInterfacePass : Pass<"hswish-emit-interface", "::mlir::ModuleOp"> {
  let summary = "add the C functions of a compiled model";
  let description = [{
    Makes the one public function internal and adds what the C header of a
    compiled model declares (see `hswish/Runtime/model_info.h`): `NAME_run`,
    which checks its arguments, `NAME_workspace_size`, `NAME_info`, and the weak
    `hswish_get_model_info` by which generic runners find the model. NAME is the
    module's `hswish.model`, or else the function's name.

    After `hswish-distribute-to-threads`, a run goes through `hswish_run_threads`
    (`lib/Runtime/threads.c`, which becomes part of the model), and there is
    `NAME_stop_threads`, which a destructor calls, too.

    Before:

    ```mlir
    llvm.func @net(%x: !llvm.ptr {hswish.name = "x", …}, %y: !llvm.ptr {…})
    ```

    After:

    ```mlir
    llvm.func internal @net_main(%x: !llvm.ptr, %y: !llvm.ptr)
    llvm.func @net_run(%x: !llvm.ptr, %y: !llvm.ptr, %ws: !llvm.ptr) -> i32
    llvm.func @net_workspace_size() -> i64
    llvm.func @net_info() -> !llvm.ptr
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def UseHugePagesPass : Pass<"hswish-use-huge-pages", "::mlir::ModuleOp"> {
  let summary = "have large constants in huge pages when the model is loaded";
  let description = [{
    Constants are pages of a file, which are small: streaming weights through
    them misses the TLB, and stops the hardware's prefetcher, every four kilobytes.
    For constants of at least `threshold` bytes this adds a constructor that calls
    `hswish_use_huge_pages` (`lib/Runtime/huge_pages.c`, which becomes part of the
    model): when the model is loaded, the huge pages that lie inside the constant
    are filled with a copy and take the place of the file's pages, at the same
    address. Code that uses the constant stays as it is, unmapping the library frees
    them, and where the system has no huge pages nothing changes. It costs private
    memory of the constant's size, once for each process.

    Only for Linux on x86-64 and AArch64. Nothing calls constructors of a JIT's
    code: it has to put constants into huge pages itself.

    Before:

    ```mlir
    llvm.mlir.global private constant @constants(dense<…>) : !llvm.array<4194304 x i8>
    ```

    After:

    ```mlir
    llvm.mlir.global private constant @constants(dense<…>) : !llvm.array<4194304 x i8>
    llvm.func @hswish_use_huge_pages(!llvm.ptr, i64)
    llvm.func internal @load_constants() {
      %0 = llvm.mlir.addressof @constants : !llvm.ptr
      %1 = llvm.mlir.constant(4194304 : i64) : i64
      llvm.call @hswish_use_huge_pages(%0, %1) : (!llvm.ptr, i64) -> ()
      llvm.return
    }
    llvm.mlir.global_ctors ctors = [@load_constants], priorities = [65535 : i32], data = [#llvm.zero]
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
  let options = [
    Option<"threshold", "threshold", "int64_t", "2 << 20",
           "The least size in bytes of a constant that is worth it">,
  ];
}

#endif // HSWISH_CODEGEN_PASSES_LLVM_TD
