//===- MaterializePadding.cpp - Images with their padding in memory -------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Kernels/KernelFamily.h"
#include "hswish/Codegen/Passes.h"
#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/MapVector.h"

namespace hswish {
#define GEN_PASS_DEF_MATERIALIZEPADDINGPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

static bool clipsWindows(Conv2DOp op) {
  return llvm::any_of(getKernelFamilies(), [&](const KernelFamily *family) {
    return family->clipsPadding(op);
  });
}

/// Whether the kernel of `op` needs its image padded: convolutions over all
/// channels do; pooling clamps its windows.
static bool needsPaddedImage(Conv2DOp op) {
  return op.getNumResults() == 1 && op.hasPadding() && !clipsWindows(op) &&
         cast<ShapedType>(op.getInput().getType()).hasStaticShape();
}

namespace {

/// One image and the convolutions that pad it.
class PaddedImage {
public:
  PaddedImage(IRRewriter &rewriter, Value image, ArrayRef<Conv2DOp> convs)
      : rewriter(rewriter), image(image), convs(convs),
        type(cast<RankedTensorType>(image.getType())), pads(4, 0) {
    for (Conv2DOp conv : convs)
      for (auto [most, pad] : llvm::zip(pads, conv.getPads()))
        most = std::max(most, pad);
  }

  void materialize() {
    createBorder();
    writeInside();
    for (Conv2DOp conv : convs)
      readPadded(conv);
  }

private:
  SmallVector<OpFoldResult> indices(ArrayRef<int64_t> values) {
    return llvm::map_to_vector(values, [&](int64_t value) -> OpFoldResult {
      return rewriter.getIndexAttr(value);
    });
  }

  Value slice(Location loc, Value of, ArrayRef<int64_t> offsets,
              ArrayRef<int64_t> sizes) {
    return tensor::ExtractSliceOp::create(rewriter, loc, of, indices(offsets),
                                          indices(sizes),
                                          indices({1, 1, 1, 1}));
  }

  /// The padded image with nothing in it yet, before the op that makes the
  /// image.
  void createBorder() {
    Location loc = image.getLoc();
    Operation *producer = image.getDefiningOp();
    if (producer)
      rewriter.setInsertionPoint(producer);
    else
      rewriter.setInsertionPointToStart(image.getParentBlock());
    SmallVector<int64_t> shape = {
        type.getDimSize(0), type.getDimSize(1) + pads[0] + pads[2],
        type.getDimSize(2) + pads[1] + pads[3], type.getDimSize(3)};
    Value empty =
        tensor::EmptyOp::create(rewriter, loc, shape, type.getElementType());
    border = FillBorderOp::create(
                 rewriter, loc, empty.getType(), empty,
                 rewriter.getFloatAttr(type.getElementType(), 0.0), pads)
                 .getResult(0);
  }

  /// The op that makes the image is to write it inside the border; who else
  /// reads the image finds it there.
  void writeInside() {
    SmallVector<int64_t> offsets = {0, pads[0], pads[1], 0};
    Location loc = image.getLoc();
    auto producer = image.getDefiningOp<DestinationStyleOpInterface>();
    bool inPlace = false;
    if (producer) {
      OpOperand *init = producer.getTiedOpOperand(cast<OpResult>(image));
      inPlace = init->get().getDefiningOp<tensor::EmptyOp>() != nullptr;
      if (inPlace)
        init->set(slice(loc, border, offsets, type.getShape()));
    }
    if (image.getDefiningOp())
      rewriter.setInsertionPointAfterValue(image);
    auto insert = tensor::InsertSliceOp::create(
        rewriter, loc, image, border, indices(offsets),
        indices(type.getShape()), indices({1, 1, 1, 1}));
    padded = insert;
    auto readsImage = [&](OpOperand &use) {
      auto conv = dyn_cast<Conv2DOp>(use.getOwner());
      bool willReadPadded = conv && llvm::is_contained(convs, conv) &&
                            &use == &conv.getInputMutable();
      return use.getOwner() != insert && !willReadPadded;
    };
    if (inPlace && llvm::any_of(image.getUses(), readsImage))
      rewriter.replaceUsesWithIf(
          image, slice(loc, padded, offsets, type.getShape()), readsImage);
  }

  void readPadded(Conv2DOp conv) {
    ArrayRef<int64_t> own = conv.getPads();
    Value input = padded;
    if (own != ArrayRef<int64_t>(pads)) {
      rewriter.setInsertionPoint(conv);
      input = slice(conv.getLoc(), padded,
                    {0, pads[0] - own[0], pads[1] - own[1], 0},
                    {type.getDimSize(0), type.getDimSize(1) + own[0] + own[2],
                     type.getDimSize(2) + own[1] + own[3], type.getDimSize(3)});
    }
    rewriter.modifyOpInPlace(conv, [&] {
      conv.getInputMutable().assign(input);
      conv.setPads({0, 0, 0, 0});
    });
  }

  IRRewriter &rewriter;
  Value image;
  ArrayRef<Conv2DOp> convs;
  RankedTensorType type;
  SmallVector<int64_t>
      pads; ///< The most that any of the convolutions asks for.
  Value border, padded;
};

struct MaterializePaddingPass
    : hswish::impl::MaterializePaddingPassBase<MaterializePaddingPass> {
  using Base::Base;

  void runOnOperation() override {
    llvm::MapVector<Value, SmallVector<Conv2DOp>> images;
    getOperation()->walk([&](Conv2DOp op) {
      if (needsPaddedImage(op))
        images[op.getInput()].push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (auto &[image, convs] : images)
      PaddedImage(rewriter, image, convs).materialize();
  }
};
} // namespace
