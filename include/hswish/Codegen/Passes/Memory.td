//===- Memory.td - Layers on memory -*- tablegen -*------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_CODEGEN_PASSES_MEMORY_TD
#define HSWISH_CODEGEN_PASSES_MEMORY_TD

include "mlir/Pass/PassBase.td"

def PlaceResultsPass : Pass<"hswish-place-results", "::mlir::func::FuncOp"> {
  let summary = "compute what is joined or returned where it will lie";
  let description = [{
    Gives every join (`tensor.concat`, insertions that fill an empty tensor along a
    dimension, and a concatenation inside a border) memory at once: a part of the
    join or output that it belongs to itself, or an allocation. What is computed for
    a join or an output, into an empty tensor, is computed in its part of that
    memory; other parts are copied there. A value that belongs to several gets the
    memory of the first.

    Before:

    ```mlir
    %a = linalg.exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
    %j = tensor.concat dim(0) %a, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<8xf32>
    ```

    After:

    ```mlir
    %m = memref.alloc() {alignment = 64 : i64} : memref<8xf32>
    %s0 = memref.subview %m[0] [4] [1] : memref<8xf32> to memref<4xf32, strided<[1]>>
    %d = bufferization.to_tensor %s0 restrict writable : …
    %a = linalg.exp ins(%x : tensor<4xf32>) outs(%d : tensor<4xf32>) -> tensor<4xf32>
    bufferization.materialize_in_destination %a in writable %s0 : …
    %s1 = memref.subview %m[4] [4] [1] : memref<8xf32> to memref<4xf32, strided<[1], offset: 4>>
    bufferization.materialize_in_destination %x in writable %s1 : …
    %j = bufferization.to_tensor %m restrict : memref<8xf32> to tensor<8xf32>
    ```
  }];
  let dependentDialects = [
    "::mlir::bufferization::BufferizationDialect",
    "::mlir::memref::MemRefDialect"
  ];
}

def BufferizePass : Pass<"hswish-bufferize", "::mlir::ModuleOp"> {
  let summary = "turn tensors into memory";
  let description = [{
    Upstream's one-shot bufferization with our choices: contiguous memrefs at
    function boundaries, allocations aligned to 64 bytes, one for each structured op.
    Of straight-line code our own analysis decides what is copied, in linear time.
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

def ReadInPlacePass : Pass<"hswish-read-in-place"> {
  let summary = "let convolutions of a few channels read images where they are";
  let description = [{
    A network's first convolution reads a picture that somebody else has laid out:
    as planes (NCHW), and without a border. If it has a kernel that takes each element
    by itself (`direct`, up to three channels, on machines that multiply and add a
    broadcast element in one instruction), it needs no copy as pixels between borders:
    it gets a view of the planes and pads it itself.

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

def FuseAveragesPass : Pass<"hswish-fuse-averages", "::mlir::ModuleOp"> {
  let summary = "take averages of rows where they are computed";
  let description = [{
    The average of an image, of which `hswish-split-pools` takes each row by
    itself, reads all of what a depthwise convolution has just written. This pass
    lets the convolution's kernel add up each row while its elements are in
    registers, in the same order, so that the bits are the same. It leaves alone
    what is computed strip by strip, and rows of more than four tiles.

    Before:

    ```mlir
    hswish.conv_2d ins(%x, %w : …) outs(%y : memref<1x14x14x672xf32>) …
    hswish.pool_2d average ins(%y : memref<1x14x14x672xf32>)
        outs(%rows : memref<1x14x1x672xf32>) {kernel = array<i64: 1, 14>, …}
    ```

    After:

    ```mlir
    hswish.conv_2d ins(%x, %w : …) outs(%y : memref<1x14x14x672xf32>)
        averages(%rows : memref<1x14x1x672xf32>) …
    ```
  }];
}

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

    Convolutions can be a chain if the image between them is larger than the
    second-level cache of the target, the filter that is read again for every row
    at most half of it, and the reader is depthwise or pointwise. Where the third
    level is far, images of two fifths of the second are enough, and filters have
    to stay in the first. Where more than `max-stages` follow each other, they are
    cut so that as many bytes as possible are between stages of one chain.

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

#endif // HSWISH_CODEGEN_PASSES_MEMORY_TD
