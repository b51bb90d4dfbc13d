//===- Kernels.td - Loops and vectors -*- tablegen -*----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_CODEGEN_PASSES_KERNELS_TD
#define HSWISH_CODEGEN_PASSES_KERNELS_TD

include "mlir/Pass/PassBase.td"

def ConvertHSwishToSCFPass : Pass<"convert-hswish-to-scf"> {
  let summary = "write structured ops on memory as vectorised loops";
  let description = [{
    Each structured op on memrefs that has a strategy becomes the loops of its
    kernel: tiles of one-dimensional vectors of the target's width as `scf.for`
    iteration arguments, `math.fma` (a product and a sum where the target has
    no FMA), the epilogue on registers. Activations in it stay `hswish` ops, now
    on vectors: `convert-hswish-to-arith` is for later. Memory may have any static
    strides. What a window reads beyond the border of a padded image is left out or
    zero. `fill_border` needs no strategy.

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

def VectorizeLinalgPass : Pass<"hswish-vectorize-linalg"> {
  let summary = "write elementwise ops and sums on memory as vectorised loops";
  let description = [{
    Each linalg op on memrefs is offered to the families of kernels
    (lib/Codegen/Kernels/Families.def); the one that can compute it writes its
    loops. What none takes stays.

    **Elementwise.** A `linalg.generic` that computes each element of its result
    from one element of each operand (or a broadcast of one) becomes a loop over
    native vectors of `hswish.target`, four a step. Dimensions that memory holds
    in one piece are one loop. What is left over of a static size are vectors of
    smaller powers of two, of a dynamic one a masked vector; body and tail
    compute the same bits. Result and operand may be the same memory. A result
    that is larger than the last-level cache is written past it (x86, static
    sizes, memory of its own): the line need not be read first. An op whose
    innermost dimension is strided stays.

    **Interleave.** A `linalg.transpose` of two to four planes (a picture) into
    pixels becomes loads of whole vectors, shuffles and stores of whole vectors.

    **Reduction.** A `linalg.generic` or `linalg.reduce` that adds floats along
    dimensions becomes loops that add in one order, whatever the target: element i
    of the reduced dimensions (in row-major order) goes into partial sum i mod 16
    of its block of 1,024 elements, the 16 sums are added in halves, and the
    blocks' sums in pairs of neighbours. What the body computes before it adds is
    computed on the way. Nothing is contracted to `fma`. Products keep the order,
    too; f16 and bf16 are added up in f32. Vectors are the partial sums of a row
    that lies in one piece, or rows that lie side by side. Sizes of run time, and
    bodies that are not elementwise, are computed element by element, with the
    same bits. Named contractions, convolutions and poolings stay, as do
    reductions whose order does not matter (maxima, integers): LLVM makes vectors
    of them.

    Before:

    ```mlir
    linalg.generic … ins(%x : memref<40xf32>) outs(%y : memref<40xf32>) {
    ^bb0(%in: f32, %out: f32):
      %0 = hswish.hard_swish %in : f32
      linalg.yield %0 : f32
    }
    linalg.reduce { arith.addf } ins(%r : memref<16xf32>) outs(%s : memref<f32>) dimensions = [0]
    ```

    After, the first for AVX-512, the second for AVX:

    ```mlir
    scf.for %i = %c0 to %c32 step %c16 {
      %v = vector.load %x[%i] : memref<40xf32>, vector<16xf32>
      %0 = hswish.hard_swish %v : vector<16xf32>
      vector.store %0, %y[%i] : memref<40xf32>, vector<16xf32>
    }
    %t = vector.load %x[%c32] : memref<40xf32>, vector<8xf32>
    …
    %low = vector.load %r[%c0] : memref<16xf32>, vector<8xf32>
    %high = vector.load %r[%c8] : memref<16xf32>, vector<8xf32>
    %8 = arith.addf %low, %high : vector<8xf32>
    %a = vector.shuffle %8, %8 [0, 1, 2, 3] : vector<8xf32>, vector<8xf32>
    %b = vector.shuffle %8, %8 [4, 5, 6, 7] : vector<8xf32>, vector<8xf32>
    %4 = arith.addf %a, %b : vector<4xf32>
    …
    ```
  }];
  let dependentDialects = [
    "::hswish::HSwishDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::arith::ArithDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"
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
      call @hswish_meet_threads(%thread, %threads) : (index, index) -> ()
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
    to eight times the second level ahead: they wait in the third.

    Where the third level is hardly faster than memory (the record of
    lib/Cpu says so), nothing waits there: weights are fetched at most six tenths of the second
    level ahead, of those that are larger as much as half of it, and convolutions
    read all but the first sixteenth of theirs themselves.

    A kernel fetches if it uses each of its own weights at least eight times, up
    to eight bytes (three where the third level is far) for each 512 bits of
    multiply-adds. Models whose constants stay
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

def DefineArithmeticPass : Pass<"hswish-define-arithmetic"> {
  let summary = "give results to integer arithmetic where arith has none";
  let description = [{
    Integers of any width, scalars and vectors, on all targets alike and without a
    signal:

    - `arith.divsi`, `divui`, `remsi` and `remui` by 0 give 0, as NumPy's do; the
      smallest integer divided by -1 is itself, with the remainder 0. Those that
      round up or down follow.
    - `arith.fptosi` and `fptoui` give the nearest integer of the type to what lies
      beyond, and 0 to NaN.
    - `arith.sitofp` and `uitofp` to f16 go by f32, to bf16 by f64, as if rounded
      once: few machines have an instruction.
    - `math.ipowi` is a loop over the bits of the exponent (or none, if that is a
      constant). It wraps; a negative power is 0, but of 1 and -1.

    Divisors and floats that are known to be harmless are left alone, and so are
    indices.

    Before:

    ```mlir
    %0 = arith.remsi %x, %y : i32
    ```

    After:

    ```mlir
    %1 = arith.ori %yIsZero, %overflows : i1
    %2 = arith.select %1, %c1_i32, %y : i32
    %0 = arith.remsi %x, %2 : i32
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect"
  ];
}

def ExpandHalvesPass : Pass<"hswish-expand-halves"> {
  let summary = "convert halves by integers where no instruction does";
  let description = [{
    `arith.truncf` of f64 to bf16, on x86 also to f16, and before x86-64-v3 every
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

#endif // HSWISH_CODEGEN_PASSES_KERNELS_TD
