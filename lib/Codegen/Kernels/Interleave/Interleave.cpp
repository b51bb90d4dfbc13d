//===- Interleave.cpp - Planes of a few channels to pixels ----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What a picture goes through first: planes (NCHW) become pixels (NHWC). One
// vector of each plane gives as many vectors of pixels.
//
//===----------------------------------------------------------------------===//

#include "../KernelFamily.h"
#include "../TileBuilder.h"

#include "hswish/IR/ElementTypes.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace hswish;

/// More would take more shuffles than loads of single elements.
static constexpr int64_t kMaxChannels = 4;

namespace {

class Interleave {
public:
  explicit Interleave(linalg::TransposeOp op) : t(op), op(op) {}

  LogicalResult emit();

private:
  /// Whether the channels are few and pixels and planes lie in one piece.
  bool isPossible() const;
  int64_t getChannels() const { return sizes.back().getConstant(); }
  void emit(size_t dim, Index input, Index output);
  void emitPixels(Index input, Index output, int64_t width);
  Value shufflePixels(ArrayRef<Value> planes, int64_t part, int64_t width);

  TileBuilder t;
  linalg::TransposeOp op;
  FlatMemRef from, to;
  SmallVector<Size> sizes; ///< of the output
  /// What each dimension of the output adds to the index of the input.
  SmallVector<Size> inputSteps;
  int64_t lanes = 1;
};

bool Interleave::isPossible() const {
  size_t rank = sizes.size();
  return rank >= 2 && sizes.back().isConstant() && getChannels() > 1 &&
         getChannels() <= kMaxChannels && to.strides[rank - 1] == 1 &&
         to.strides[rank - 2] == getChannels() && inputSteps[rank - 2] == 1;
}

LogicalResult Interleave::emit() {
  if (!op.hasPureBufferSemantics())
    return failure();
  FailureOr<FlatMemRef> input = t.flatten(op.getInput()),
                        output = t.flatten(op.getInit());
  if (failed(input) || failed(output) || !isWholeBytes(output->element))
    return failure();
  from = *input, to = *output, sizes = t.getSizes(op.getInit());
  for (int64_t dim : op.getPermutation())
    inputSteps.push_back(from.strides[dim]);
  if (!isPossible())
    return failure();
  TargetAttr target = getTargetOrGeneric(op);
  lanes = target.getVectorBits() / 8 / getElementBytes(to.element);
  emit(0, from.origin, to.origin);
  return success();
}

void Interleave::emit(size_t dim, Index input, Index output) {
  if (dim + 2 < sizes.size()) {
    t.loop(0, sizes[dim], 1, [&](Index i) {
      emit(dim + 1, t.add(input, t.scale(i, inputSteps[dim])),
           t.add(output, t.scale(i, to.strides[dim])));
    });
    return;
  }
  t.vectors(sizes[dim], lanes, [&](Index x, int64_t width) {
    emitPixels(t.add(input, x), t.add(output, t.scale(x, getChannels())),
               width);
  });
}

void Interleave::emitPixels(Index input, Index output, int64_t width) {
  SmallVector<Value> planes;
  for (int64_t c = 0; c < getChannels(); ++c)
    planes.push_back(
        t.loadVector(from, t.add(input, inputSteps.back() * c), width));
  for (int64_t part = 0; part < getChannels(); ++part)
    t.storeVector(shufflePixels(planes, part, width), to,
                  t.add(output, part * width));
}

/// Elements `part * width` and following of the pixels: one channel after the
/// other takes its places.
Value Interleave::shufflePixels(ArrayRef<Value> planes, int64_t part,
                                int64_t width) {
  int64_t channels = getChannels();
  Value result = planes[0];
  for (int64_t c = 1; c < channels; ++c) {
    SmallVector<int64_t> mask;
    for (int64_t lane = 0; lane < width; ++lane) {
      int64_t element = part * width + lane, x = element / channels,
              channel = element % channels;
      // Nothing has its place yet before the first shuffle.
      int64_t kept = c > 1 ? lane : x;
      mask.push_back(channel == c ? width + x : kept);
    }
    result = vector::ShuffleOp::create(t.builder(), t.getLoc(), result,
                                       planes[c], mask);
  }
  return result;
}

} // namespace

namespace {
class InterleaveFamily : public KernelFamily {
public:
  LogicalResult emit(Operation *op) const override {
    auto transpose = dyn_cast<linalg::TransposeOp>(op);
    return transpose ? Interleave(transpose).emit() : failure();
  }
};
} // namespace

const KernelFamily &hswish::getInterleaveFamily() {
  static const InterleaveFamily family;
  return family;
}
