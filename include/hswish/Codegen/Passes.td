//===- Passes.td - From structured ops to machine code -*- tablegen -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_CODEGEN_PASSES_TD
#define HSWISH_CODEGEN_PASSES_TD

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// From one function on memrefs to kernels and static memory
//===----------------------------------------------------------------------===//

def FuseStripsPass : Pass<"hswish-fuse-strips", "::mlir::ModuleOp"> {
  let summary = "compute convolutions that read each other in turns";
  let description = [{
    A chain of convolutions on memrefs (with strategies, so after
    `hswish-select-strategy`) becomes a loop over strips of the last one's
    result: in every turn each of them makes the rows that the next one lacks.
    What is between them is still in cache when it is read and, if nobody else
    reads it, is never whole: a band of a few rows moves down the image; the rows
    that the next turn reads again are copied to its top, rows of the border are
    filled as they come. If the reader pads the image itself, the band has that
    border in memory.

    A chain goes on as long as the image between two convolutions is larger than
    the second-level cache of the target, the filter that is read again
    for every row at most half of it, and the reader is depthwise or pointwise.
    A turn has as many rows as let the bands stay in half of the cache, of those
    that divide the height. Where parts for threads would repeat more than a tenth
    of each other's rows, no chain is made.

    Before:

    ```mlir
    hswish.fill_border outs(%wide : memref<1x114x114x64xf32>) {…}
    hswish.conv_2d ins(%x, %w0 : memref<1x112x112x16xf32>, …) outs(%inside : …) …
    hswish.conv_2d ins(%wide, %w1 : memref<1x114x114x64xf32>, …)
        outs(%y : memref<1x112x112x64xf32>) …
    ```

    After, in outline:

    ```mlir
    hswish.fill_border outs(%band : memref<1x10x114x64xf32>) {…}
    scf.for %y = %c0 to %c112 step %c8 {
      scf.for %row = %low to %high step %c1 {
        hswish.conv_2d ins(%x_row, %w0 : …) outs(%band_row : memref<1x1x112x64xf32, …>) …
      }
      hswish.conv_2d ins(%band, %w1 : …) outs(%y_rows : memref<1x8x112x64xf32, …>) …
      // copy of the last two rows of the band to its top
    }
    ```
  }];
  let options = [
    Option<"maxRows", "max-rows", "unsigned", "16", "Rows a turn at most">,
    Option<"maxStages", "max-stages", "unsigned", "3",
           "Convolutions in a chain at most; 1 fuses nothing">,
    Option<"parts", "parts", "unsigned", "1",
           "Parts of an image that are computed independently, for threads">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect"
  ];
}

def ReadInPlacePass : Pass<"hswish-read-in-place"> {
  let summary = "let convolutions of a few channels read images where they are";
  let description = [{
    A network's first convolution reads a picture that somebody else has laid out:
    as planes (NCHW), and without a border. If it has a kernel that takes each element
    by itself (`direct`, up to four channels, on machines that do not multiply by lanes
    of a register), it needs no copy as pixels between borders: it gets a view of the
    planes and pads it itself.

    Before:

    ```mlir
    hswish.fill_border outs(%wide : memref<1x18x18x3xf32>) {pads = array<i64: 1, 1, 1, 1>, …}
    linalg.transpose ins(%x : memref<1x3x16x16xf32>)
        outs(%inside : memref<1x16x16x3xf32, strided<[972, 54, 3, 1], offset: 57>>)
        permutation = [0, 2, 3, 1]
    hswish.conv_2d ins(%wide, %w : memref<1x18x18x3xf32>, …) …
    ```

    After:

    ```mlir
    %pixels = memref.reinterpret_cast %x to offset: [0], sizes: [1, 16, 16, 3],
        strides: [768, 16, 1, 256] : memref<1x3x16x16xf32> to …
    hswish.conv_2d ins(%pixels, %w : …) … {pads = array<i64: 1, 1, 1, 1>}
    ```
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

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

def PrefetchWeightsPass
    : Pass<"hswish-prefetch-weights", "::mlir::ModuleOp"> {
  let summary = "fetch coming weights while kernels compute";
  let description = [{
    A matrix-vector product uses each weight once: it is as fast as its weights
    come from memory, while convolutions leave the memory idle. This pass lets
    convolutions fetch what later kernels will read: each step of a kernel's
    longest reduction fetches (`memref.prefetch` into the second level) up to
    three cache lines of the constants.

    The weights lie in the order of their use, so what is fetched is a place in
    them that moves forward. Before each call it must have passed all that a
    product reads, the first part of what a convolution reads (a quarter of the
    second level: the rest is fetched meanwhile), and what the calls behind cannot
    catch up; it need not be further, and never is more than twice the second
    level ahead: what is fetched earlier is gone again. Weights that are larger
    than the second level are a stream of their own, behind the other one and up
    to four times the second level ahead: they wait in the third.

    A kernel fetches if it uses each of its own weights at least eight times, up
    to eight bytes for each 512 bits of multiply-adds. Models whose constants stay
    in the second level remain as they are. Calls of one kernel fetch different
    constants: where and how densely are arguments.

    How often a loop runs its bounds say, or `hswish.trips`, about: the loops of
    strips and the shares of threads. Each thread fetches all of what is needed
    soon, as each core has a second level of its own, and a part of what is for
    the third level.

    Before:

    ```mlir
    func.func private @kernel(%x: memref<…>, %w: memref<…>, %y: memref<…>) {
      scf.for %i = %c0 to %c4 step %c1 {
        %r = scf.for %k = %c0 to %c960 step %c1 iter_args(%acc = %zero) -> (vector<16xf32>) {
    ```

    After:

    ```mlir
    func.func private @kernel(%x: …, %w: …, %y: …, %start: index, %step: index) {
      %constants = memref.get_global @constants : memref<8000000xi8>
      scf.for %i = %c0 to %c4 step %c1 {
        %at = … // %start + %i * 960 * %step
        %r:2 = scf.for %k = … iter_args(%acc = %zero, %p = %at) -> (vector<16xf32>, index) {
          memref.prefetch %constants[%p], read, locality<2>, data : memref<8000000xi8>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect"];
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

def SpecializeForTargetsPass
    : Pass<"hswish-specialize-for-targets", "::mlir::ModuleOp"> {
  let summary = "make a copy of the model for each of its targets";
  let description = [{
    The one public function of a module with `hswish.variants` becomes one for
    each of them, with a `hswish.target` of its own, which later passes find
    before the module's. Constants are shared as long as they stay the same. A
    module without `hswish.variants` is left alone. `hswish-emit-interface` makes
    the functions one again, which chooses when the library is loaded.

    Before:

    ```mlir
    module attributes {hswish.target = #common, hswish.variants = [
        {name = "x86-64-v4", needs = array<i32: …>, target = #v4},
        {name = "x86-64-v3", needs = array<i32: …>, target = #v3} ]} {
      func.func @net(%x: tensor<4xf32>) -> tensor<4xf32>
    ```

    After:

    ```mlir
    module attributes {hswish.model = "net", hswish.target = #common} {
      func.func @net_x86_64_v4(%x: tensor<4xf32>) -> tensor<4xf32>
          attributes {hswish.target = #v4, hswish.variant = {…}}
      func.func @net_x86_64_v3(%x: tensor<4xf32>) -> tensor<4xf32>
          attributes {hswish.target = #v3, hswish.variant = {…}}
    ```
  }];
}

//===----------------------------------------------------------------------===//
// From tensors to memory, and from memory to the llvm dialect
//===----------------------------------------------------------------------===//

def ResultsToOutputsPass
    : Pass<"hswish-results-to-outputs", "::mlir::ModuleOp"> {
  let summary = "turn results of public functions into memory of the caller";
  let description = [{
    A result of a public function becomes a memref argument that the function
    writes. Arguments keep their name (`hswish.name`) and get their type
    (`hswish.tensor`), from which `hswish-emit-interface` makes the C interface;
    outputs are marked `hswish.output`. Input tensors are marked read-only.

    Before:

    ```mlir
    func.func @net(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = …
      return %0 : tensor<4xf32>
    }
    ```

    After:

    ```mlir
    func.func @net(%x: tensor<4xf32> {…}, %out: memref<4xf32> {hswish.output, …}) {
      %0 = …
      bufferization.materialize_in_destination %0 in restrict writable %out
      return
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::bufferization::BufferizationDialect",
    "::mlir::memref::MemRefDialect", "::mlir::tensor::TensorDialect"
  ];
}

def LowerLeftoversPass : Pass<"hswish-lower-leftovers"> {
  let summary = "write what no kernel covers with linalg";
  let description = [{
    Structured ops without a `strategy` (with `all`: every one) and other
    aggregated ops such as `linalg.softmax` are decomposed, elementwise ops on
    tensors become `linalg.generic`, concatenations become insertions of slices.

    Before:

    ```mlir
    %0 = hswish.hard_swish %x : tensor<4xf32>
    ```

    After:

    ```mlir
    %0 = linalg.generic … ins(%x : tensor<4xf32>) outs(%empty : tensor<4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %1 = hswish.hard_swish %in : f32
      linalg.yield %1 : f32
    } -> tensor<4xf32>
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"
  ];
  let options = [
    Option<"all", "all", "bool", "false",
           "Decompose structured ops that have a strategy, too: the slow road, "
           "which kernels are tested against">,
  ];
}

def BufferizePass : Pass<"hswish-bufferize", "::mlir::ModuleOp"> {
  let summary = "turn tensors into memory";
  let description = [{
    Upstream's one-shot bufferization with our choices: contiguous memrefs at
    function boundaries, allocations aligned to 64 bytes, one for each structured op.
    Elementwise ops that are the last to read a structured op's result work in place.

    Before:

    ```mlir
    %0 = tensor.empty() : tensor<4xf32>
    %1 = linalg.fill ins(%c : f32) outs(%0 : tensor<4xf32>) -> tensor<4xf32>
    ```

    After:

    ```mlir
    %0 = memref.alloc() {alignment = 64 : i64} : memref<4xf32>
    linalg.fill ins(%c : f32) outs(%0 : memref<4xf32>)
    ```
  }];
  let dependentDialects = [
    "::mlir::bufferization::BufferizationDialect",
    "::mlir::memref::MemRefDialect"
  ];
}

def LowerCopiesPass : Pass<"hswish-lower-copies"> {
  let summary = "write copies of strided memory as linalg.generic";
  let description = [{
    Contiguous copies become memcpy; for others upstream would call its runtime
    library. A copy of something to itself disappears.

    Before:

    ```mlir
    memref.copy %a, %b : memref<4x4xf32> to memref<4x4xf32, strided<[8, 1]>>
    ```

    After:

    ```mlir
    linalg.generic … ins(%a : memref<4x4xf32>) outs(%b : memref<4x4xf32, strided<[8, 1]>>)
    ```
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def ApproximateMathPass : Pass<"hswish-approximate-math"> {
  let summary = "write exp, tanh and erf in f32 as polynomials";
  let description = [{
    Upstream's approximations, applied to scalars and vectors: no function of
    libm is called lane by lane, loops around them are vectorised, and every
    machine computes the same bits. Other types and functions stay (upstream's logarithm
    is wrong below the normal numbers).

    Before:

    ```mlir
    %0 = math.exp %x : vector<16xf32>
    ```

    After: a range reduction, `math.fma`s and a scaling by a power of two.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::vector::VectorDialect"
  ];
}

def ExpandHalvesPass : Pass<"hswish-expand-halves"> {
  let summary = "convert halves by integers where no instruction does";
  let description = [{
    On x86, `arith.truncf` of f64 to f16 or bf16, and before x86-64-v3 every
    `arith.extf` and `arith.truncf` of f16, would be calls of the compiler's
    runtime library, which not every machine has. On scalars and vectors they
    become arithmetic on the bits with the same results: rounded once, to the
    nearest, ties to even; NaN is quiet. (`hswish-convert-to-llvm` does that for
    f32 and bf16.)

    Before:

    ```mlir
    %0 = arith.truncf %x : f32 to f16
    ```

    After: shifts, additions and selects that end in

    ```mlir
    %0 = arith.bitcast %bits : i16 to f16
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::vector::VectorDialect"
  ];
}

def DistributeToThreadsPass
    : Pass<"hswish-distribute-to-threads", "::mlir::ModuleOp"> {
  let summary = "have several threads run a model together";
  let description = [{
    The public function gets two more arguments, the number of the thread that
    runs it (`hswish.thread`) and how many there are (`hswish.threads`, whose
    value is the most that there will be). All threads go through the whole
    function. The independent loops (`scf.parallel`) of a kernel, in the order in
    which one thread would run them, are a line of work, of which every thread does
    a part: whole iterations, so results are the same bits for any number of
    threads. The parts are the same in every run, so that a thread finds in its
    cache what it wrote. What is too little for several threads, or has no such
    loops, is done by the first one.

    Threads meet (a call of `hswish_meet_threads`, see `lib/Runtime/threads.c`)
    where a layer reads or writes what a layer since their last meeting wrote,
    or writes what it read. Memory must be planned: what overlaps is seen from
    the views of the workspace.

    An op of the public function that has side effects and results cannot be left
    to one thread: nothing is done then, with a warning.

    Before:

    ```mlir
    func.func @net(%x: memref<4096xf32>, %y: memref<4096xf32>) {
      call @net_generic_0(%x, %y) : …
      call @net_generic_1(%y) : …
      return
    }
    ```

    After:

    ```mlir
    func.func @net(%x: memref<4096xf32>, %y: memref<4096xf32>,
        %thread: index {hswish.thread}, %threads: index {hswish.threads = 2 : i64}) {
      call @net_generic_0(%x, %y, %thread, %threads) : …
      call @hswish_meet_threads(%threads) : (index) -> ()
      call @net_generic_1(%y, %thread, %threads) : …
      return
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::scf::SCFDialect"
  ];
  let options = [
    Option<"threads", "threads", "int64_t", "1",
           "Threads that a run will have at most; 1 changes nothing">,
  ];
}

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

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

def SelectStrategyPass : Pass<"hswish-select-strategy"> {
  let summary = "decide which kernel each structured op becomes";
  let description = [{
    Gives every structured op of static shape its `strategy`: the kernel family
    and its register tile, for the enclosing `hswish.target` (128-bit vectors and
    16 registers without one). A tile has `rows` x `n` accumulators, `n` vectors
    of weights and a broadcast value in registers; of all that fit, the one with
    the least estimated time for the op's shape wins (`Strategy.h`). An op that
    has a strategy keeps it, and the file `strategies` (see `StrategyFile.h`) comes
    before the estimate: lines like

    ```
    conv_2d 1x14x14x112xf32 by 1x1x112x672xf32 strides 1x1 dilations 1x1 groups 1 to 1x14x14x672xf32 = #hswish.strategy<kernel = pointwise, …>
    ```

    A strategy that does not suit its layer is an error.

    Convolutions with padding get none: pad their input first. Neither do ops
    with results other than f32 and f64. A remark says so.

    Before:

    ```mlir
    hswish.matmul ins(%a, %b : tensor<196x112xf32>, tensor<112x672xf32>) …
    ```

    After, for AVX-512:

    ```mlir
    hswish.matmul ins(%a, %b : tensor<196x112xf32>, tensor<112x672xf32>) …
        attributes {strategy = #hswish.strategy<kernel = pointwise, vector = 16,
          rows = 14, columns = 1, blocks = [32, 32, …], unroll = 1, order = rows>}
    ```
  }];
  let options = [
    Option<"strategies", "strategies", "std::string", "",
           "A file of strategies, by layer, that come before the estimate">,
    Option<"threads", "threads", "int64_t", "1",
           "Threads that will share the tiles of an op">,
  ];
}

def AnnotateLayersPass : Pass<"hswish-annotate-layers"> {
  let summary = "write down how much each layer has to do";
  let description = [{
    Structured ops and linalg ops get an attribute with their multiply-adds, bytes
    and signature (as in a file of strategies), for `hswish-instrument-kernels`:
    what happens to them on the way may cut them into pieces.

    Before:

    ```mlir
    hswish.matmul ins(%a, %b : memref<1x64xf32>, memref<64x10xf32>)
        outs(%c : memref<1x10xf32>) attributes {strategy = …} …
    ```

    After:

    ```mlir
    hswish.matmul ins(%a, %b : memref<1x64xf32>, memref<64x10xf32>)
        outs(%c : memref<1x10xf32>)
        attributes {hswish.layer = {bytes = 2856 : i64, multiply_adds = 640 : i64,
          signature = "matmul 1x64xf32 by 64x10xf32 to 1x10xf32"}, strategy = …} …
    ```
  }];
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

def PackWeightsPass : Pass<"hswish-pack-weights"> {
  let summary = "bring constant weights into the order in which kernels read";
  let description = [{
    A constant filter or right-hand side of an op with a strategy becomes
    one-dimensional, and `filter_shape` or `rhs_shape` holds its shape:
    [group][block][KH][KW][C][width] for pointwise and direct convolutions,
    matmul and GEMV, [KH][KW][C] for depthwise convolutions. Others stay; kernels
    read them as they are.

    Before:

    ```mlir
    %w = arith.constant dense<…> : tensor<16x24xf32>
    %0 = hswish.matmul ins(%a, %w : tensor<7x16xf32>, tensor<16x24xf32>) …
        attributes {strategy = #hswish.strategy<… blocks = [16, 8], …>}
    ```

    After:

    ```mlir
    %w = arith.constant dense<…> : tensor<384xf32>
    %0 = hswish.matmul ins(%a, %w : tensor<7x16xf32>, tensor<384xf32>) …
        attributes {rhs_shape = array<i64: 16, 24>, strategy = …}
    ```
  }];
}

def NarrowWeightsPass : Pass<"hswish-narrow-weights"> {
  let summary = "store the weights of matrix-vector products as f16";
  let description = [{
    A product with one row reads each weight once: it is as slow as memory. As
    f16 the weights are half as long; they are widened as they are loaded, and
    sums stay f32. The weights are rounded, so this is only done when asked for.
    Weights beyond the range of f16, and those of targets that widen f16 by a
    library call (x86 without F16C), stay.

    Before:

    ```mlir
    %w = arith.constant dense<…> : tensor<960x1280xf32>
    %0 = hswish.matmul ins(%x, %w : tensor<1x960xf32>, tensor<960x1280xf32>) …
        attributes {strategy = #hswish.strategy<kernel = gemv, …>}
    ```

    After:

    ```mlir
    %w = arith.constant dense<…> : tensor<960x1280xf16>
    %0 = hswish.matmul ins(%x, %w : tensor<1x960xf32>, tensor<960x1280xf16>) …
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def VectorizeElementwisePass : Pass<"hswish-vectorize-elementwise"> {
  let summary = "write elementwise linalg.generic on memory as vectorised loops";
  let description = [{
    A `linalg.generic` on memrefs that computes each element of its result from
    one element of each operand (or a broadcast of one) becomes a loop over
    native vectors of `hswish.target`, four a step. Dimensions that memory holds
    in one piece are one loop. What is left over of a static size are vectors of
    smaller powers of two, of a dynamic one a masked vector; body and tail
    compute the same bits. Result and operand may be the same memory.

    A result that is larger than the last-level cache is written past it (x86,
    static sizes, memory of its own): the line need not be read first.

    A `linalg.transpose` of two to four planes (a picture) into pixels becomes loads
    of whole vectors, shuffles and stores of whole vectors.

    Other ops stay, as do those whose innermost dimension is strided.

    Before:

    ```mlir
    linalg.generic … ins(%x : memref<40xf32>) outs(%y : memref<40xf32>) {
    ^bb0(%in: f32, %out: f32):
      %0 = hswish.hard_swish %in : f32
      linalg.yield %0 : f32
    }
    ```

    After, for AVX-512:

    ```mlir
    scf.for %i = %c0 to %c32 step %c16 {
      %v = vector.load %x[%i] : memref<40xf32>, vector<16xf32>
      %0 = hswish.hard_swish %v : vector<16xf32>
      vector.store %0, %y[%i] : memref<40xf32>, vector<16xf32>
    }
    %t = vector.load %x[%c32] : memref<40xf32>, vector<8xf32>
    …
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"
  ];
}

def ConvertHSwishToSCFPass : Pass<"convert-hswish-to-scf"> {
  let summary = "write structured ops on memory as vectorised loops";
  let description = [{
    Each structured op on memrefs that has a strategy becomes the loops of its
    kernel: tiles of one-dimensional vectors of the target's width as `scf.for`
    iteration arguments, `math.fma` (a product and a sum where the target has
    no FMA), the epilogue on registers. Activations in it stay `hswish` ops, now
    on vectors: `convert-hswish-to-arith` is for later. Memory may have any static
    strides. There is no code for borders: padded convolutions are an error.
    `fill_border` needs no strategy.

    Before:

    ```mlir
    hswish.matmul ins(%a, %b : memref<1x64xf32>, memref<64x16xf32>)
        outs(%c : memref<1x16xf32>) attributes {strategy = …} {
    ^bb0(%acc: f32):
      %0 = hswish.hard_swish %acc : f32
      hswish.yield %0 : f32
    }
    ```

    After:

    ```mlir
    %sum = scf.for %k = %c0 to %c64 step %c1 iter_args(%acc = %zero) -> (vector<16xf32>) {
      …
      %w = vector.load %weights[%i] : memref<1024xf32>, vector<16xf32>
      %x = memref.load %input[%k] : memref<64xf32>
      %v = vector.broadcast %x : f32 to vector<16xf32>
      %next = math.fma %v, %w, %acc : vector<16xf32>
      scf.yield %next : vector<16xf32>
    }
    %r = hswish.hard_swish %sum : vector<16xf32>
    vector.store %r, %output[%c0] : memref<16xf32>, vector<16xf32>
    ```
  }];
  let dependentDialects = [
    "::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect",
    "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"
  ];
}

#endif // HSWISH_CODEGEN_PASSES_TD
