//===- Strips.h - A chain of convolutions as a loop over strips -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_LINEBUFFERS_STRIPS_H
#define HSWISH_LIB_CODEGEN_LINEBUFFERS_STRIPS_H

#include "Chain.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace hswish {

/// Builds the loop that computes a chain in turns. In a turn the last stage
/// makes `rows` rows, each one before it what the next one then lacks. Images
/// that are not shared become bands of the rows that a turn needs.
class StripBuilder {
public:
  /// `parts` of the images are loops of their own, each with bands of its own:
  /// nothing goes from one to the other. They are whole images if these can be
  /// shared out evenly, or else rows of each.
  StripBuilder(llvm::MutableArrayRef<StripStage> chain, int64_t rows,
               int64_t parts);

  /// Whether bands move by at least what they keep: a copy must not overlap.
  bool isMovable() const;
  /// Bytes of the bands of one part.
  int64_t getBandBytes() const;
  /// Rows of an image that the largest part makes.
  int64_t getPartRows() const;
  /// Whether the parts are about as large, and repeat little of each other.
  bool isEven() const;
  /// Replaces the convolutions by the loop.
  void build();

private:
  /// What a stage does in this turn: rows of its result from `low` to `high`.
  /// The band starts with row `base` of the image with its border.
  struct Turn {
    mlir::Value base, low, high;
  };

  mlir::MemRefType getBandType(size_t stage) const;
  void fillBorder(size_t stage, mlir::Value memref,
                  llvm::ArrayRef<int64_t> pads);
  void allocateBands();
  void buildPart();
  void buildTurns(mlir::Value n, mlir::Value low, mlir::Value high);
  void buildTurn(mlir::Value n, mlir::Value y, mlir::Value isFirst);
  Turn planTurn(size_t stage, mlir::Value y, mlir::Value isFirst);
  void buildStage(size_t stage, mlir::Value n);
  void buildRow(size_t stage, mlir::Value n, mlir::Value row);
  void buildZeros(size_t stage, mlir::Value low, mlir::Value high);
  void keepRows(size_t stage);
  void eraseChain();

  mlir::Value view(mlir::Value memref, mlir::OpFoldResult n, mlir::Value row,
                   int64_t height, int64_t left, int64_t width);
  mlir::Value viewImage(size_t stage, mlir::Value n, mlir::Value row,
                        int64_t height, int64_t left, int64_t width);
  mlir::Value viewInput(size_t stage, mlir::Value n, mlir::Value row,
                        int64_t height);
  mlir::Value viewExtra(mlir::Value extra, mlir::AffineMap map, mlir::Value n,
                        mlir::Value row, int64_t height);
  void cloneOnRows(Conv2DOp op, mlir::Value n, mlir::Value row, int64_t height,
                   mlir::Value input, mlir::Value init);

  mlir::Value constant(int64_t value) {
    return mlir::arith::ConstantIndexOp::create(b, loc, value);
  }
  mlir::Value minimum(mlir::Value x, mlir::Value y) {
    return mlir::arith::MinSIOp::create(b, loc, x, y);
  }
  mlir::Value maximum(mlir::Value x, mlir::Value y) {
    return mlir::arith::MaxSIOp::create(b, loc, x, y);
  }
  /// x * factor + y
  mlir::Value linear(mlir::Value x, int64_t factor, int64_t y);
  /// A loop of about so many `trips`, where the bounds do not say it.
  void loop(mlir::Value low, mlir::Value high, int64_t step, int64_t trips,
            llvm::function_ref<void(mlir::Value)> body);

  llvm::MutableArrayRef<StripStage> chain;
  int64_t rows, parts;
  Conv2DOp last;
  /// The number and height of the last stage's images, and into how many parts
  /// each is divided.
  int64_t images, height, imageParts;
  mlir::Location loc;
  mlir::OpBuilder b;
  /// The rows that a turn needs of each stage, and by how many that moves from
  /// turn to turn.
  llvm::SmallVector<int64_t> heights, moves;
  llvm::SmallVector<mlir::Value> bands; ///< null for shared images
  llvm::SmallVector<Turn> turns;
  mlir::Value part;
};

} // namespace hswish

#endif // HSWISH_LIB_CODEGEN_LINEBUFFERS_STRIPS_H
