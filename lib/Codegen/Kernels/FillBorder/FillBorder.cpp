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
  BorderFiller(FillBorderOp op, FlatMemRef image)
      : t(op), op(op), image(std::move(image)) {
    TargetAttr target = getTargetOrGeneric(op);
    vector = target.getVectorBits() / 8 / getElementBytes(this->image.element);
  }

  void emit();

private:
  void fillRun(Index at, int64_t count);
  void fillPixels(Index at, int64_t pixels);

  TileBuilder t;
  FillBorderOp op;
  FlatMemRef image;
  int64_t vector;
};

void BorderFiller::fillRun(Index at, int64_t count) {
  auto store = [&](Index i, int64_t width) {
    t.storeVector(t.splat(op.getValueAttr(), width), image, t.add(at, i));
  };
  int64_t whole = count - count % vector;
  if (whole > kUnrolledVectors * vector)
    t.loop(0, whole, vector, [&](Index i) { store(i, vector); });
  else
    for (int64_t i = 0; i < whole; i += vector)
      store({Value(), i}, vector);
  for (Piece piece : splitIntoPieces(count - whole, vector))
    store({Value(), whole + piece.offset}, piece.width);
}

/// Pixels side by side, whatever is between them.
void BorderFiller::fillPixels(Index at, int64_t pixels) {
  int64_t channels = cast<MemRefType>(op.getInit().getType()).getDimSize(3);
  if (image.strides[2] == channels) {
    fillRun(at, pixels * channels);
    return;
  }
  t.loop(0, pixels, 1, [&](Index x) {
    fillRun(t.add(at, t.scale(x, image.strides[2])), channels);
  });
}

void BorderFiller::emit() {
  ArrayRef<int64_t> shape = cast<MemRefType>(op.getInit().getType()).getShape();
  ArrayRef<int64_t> pads = op.getPads(), strides = image.strides;
  int64_t height = shape[1], width = shape[2];
  bool rowsFollow = strides[1] == width * strides[2];
  t.loop(0, shape[0], 1, [&](Index n) {
    Index at = t.add(image.origin, t.scale(n, strides[0]));
    auto rowAt = [&](Index y) { return t.add(at, t.scale(y, strides[1])); };
    auto fillRows = [&](int64_t low, int64_t high) {
      if (rowsFollow && low < high)
        fillPixels(rowAt({Value(), low}), (high - low) * width);
      else
        t.loop(low, high, 1, [&](Index y) { fillPixels(rowAt(y), width); });
    };
    // From top to bottom: a thread's share lies beside its rows of the image.
    fillRows(0, pads[0]);
    if (pads[1] + pads[3] != 0)
      t.loop(pads[0], height - pads[2], 1, [&](Index y) {
        fillPixels(rowAt(y), pads[1]);
        fillPixels(t.add(rowAt(y), (width - pads[3]) * strides[2]), pads[3]);
      });
    fillRows(height - pads[2], height);
  });
}

} // namespace

static LogicalResult emitFillBorder(FillBorderOp op) {
  FailureOr<FlatMemRef> image = TileBuilder(op).flatten(op.getInit());
  if (failed(image) || image->strides[3] != 1)
    return failure();
  BorderFiller(op, std::move(*image)).emit();
  return success();
}

namespace {
class FillBorderFamily : public KernelFamily {
public:
  LogicalResult emit(Operation *op) const override {
    auto fill = dyn_cast<FillBorderOp>(op);
    return fill ? emitFillBorder(fill) : failure();
  }
};
} // namespace

const KernelFamily &hswish::getFillBorderFamily() {
  static const FillBorderFamily family;
  return family;
}
