//===- FillBorder.cpp - Borders of padded images --------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../KernelFamily.h"
#include "../TileBuilder.h"

#include "hswish/IR/ElementTypes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace hswish;

/// Shorter runs of vectors are unrolled.
static constexpr int64_t kUnrolledVectors = 8;

namespace {

/// Fills runs of elements that memory holds in one piece.
class BorderFiller {
public:
  explicit BorderFiller(FillBorderOp op) : t(op), op(op) {}

  LogicalResult emit();

private:
  void fillRun(Index at, const Size &size);
  void fillPixels(Index at, const Size &pixels);

  TileBuilder t;
  FillBorderOp op;
  FlatMemRef image;
  int64_t vector = 1;
};

void BorderFiller::fillRun(Index at, const Size &size) {
  auto store = [&](Index i, int64_t width) {
    t.storeVector(t.splat(op.getValueAttr(), width), image, t.add(at, i));
  };
  if (!size.isConstant() ||
      size.getConstant() >= (kUnrolledVectors + 1) * vector)
    t.vectors(size, vector, store);
  else
    for (Piece piece : splitIntoPieces(size.getConstant(), vector))
      store({Value(), piece.offset}, piece.width);
}

/// Pixels side by side, whatever is between them.
void BorderFiller::fillPixels(Index at, const Size &pixels) {
  Size channels = t.getSize(op.getInit(), 3);
  if (image.strides[2] == channels) {
    fillRun(at, pixels * channels);
    return;
  }
  t.loop(0, pixels, 1, [&](Index x) {
    fillRun(t.add(at, t.scale(x, image.strides[2])), channels);
  });
}

LogicalResult BorderFiller::emit() {
  FailureOr<FlatMemRef> flat = t.flatten(op.getInit());
  if (failed(flat) || flat->strides[3] != 1)
    return failure();
  image = *flat;
  TargetAttr target = getTargetOrGeneric(op);
  vector = target.getVectorBits() / 8 / getElementBytes(image.element);
  SmallVector<Size> sizes = t.getSizes(op.getInit());
  ArrayRef<int64_t> pads = op.getPads();
  ArrayRef<Size> strides = image.strides;
  const Size &width = sizes[2];
  bool rowsFollow = strides[1] == strides[2] * width;
  Size below = t.sum(sizes[1], -pads[2]), behind = t.sum(width, -pads[3]);
  t.loop(0, sizes[0], 1, [&](Index n) {
    Index at = t.add(image.origin, t.scale(n, strides[0]));
    auto rowAt = [&](Index y) { return t.add(at, t.scale(y, strides[1])); };
    auto fillRows = [&](const Size &low, int64_t count) {
      if (rowsFollow && count > 0)
        fillPixels(t.add(at, strides[1] * low), width * count);
      else
        t.loop(low, t.sum(low, count), 1,
               [&](Index y) { fillPixels(rowAt(y), width); });
    };
    // From top to bottom: a thread's share lies beside its rows of the image.
    fillRows(0, pads[0]);
    if (pads[1] + pads[3] != 0)
      t.loop(pads[0], below, 1, [&](Index y) {
        fillPixels(rowAt(y), pads[1]);
        fillPixels(t.add(rowAt(y), strides[2] * behind), pads[3]);
      });
    fillRows(below, pads[2]);
  });
  return success();
}

} // namespace

namespace {
class FillBorderFamily : public KernelFamily {
public:
  LogicalResult emit(Operation *op) const override {
    auto fill = dyn_cast<FillBorderOp>(op);
    return fill ? BorderFiller(fill).emit() : failure();
  }
};
} // namespace

const KernelFamily &hswish::getFillBorderFamily() {
  static const FillBorderFamily family;
  return family;
}
