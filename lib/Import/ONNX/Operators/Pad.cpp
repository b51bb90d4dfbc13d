//===- Pad.cpp - Padding ------------------------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Handlers.h"
#include "Math.h"
#include "Sample.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <cstring>

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

/// Where padding takes its elements from, along one axis.
static FailureOr<SmallVector<int64_t>> getSources(Node &node, StringRef mode,
                                                  int64_t size, int64_t before,
                                                  int64_t after) {
  SmallVector<int64_t> sources;
  if (size < 1 || (mode == "reflect" && (before >= size || after >= size))) {
    node.emitError() << "cannot pad " << size << " elements by " << before
                     << " and " << after << " in mode '" << mode << "'";
    return failure();
  }
  if (before + size + after > kMaxSamples) {
    node.emitError() << "mode '" << mode << "' cannot make a dimension of more "
                     << "than " << kMaxSamples << " elements";
    return failure();
  }
  for (int64_t i = -before; i < size + after; ++i) {
    if (mode == "edge")
      sources.push_back(std::clamp<int64_t>(i, 0, size - 1));
    else if (mode == "wrap")
      sources.push_back(((i % size) + size) % size);
    else
      sources.push_back(i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i);
  }
  return sources;
}

/// Pads of all axes: all begins, then all ends.
static FailureOr<SmallVector<int64_t>> readPads(Node &node) {
  int64_t rank = node.in(0).rank();
  SmallVector<int64_t> pads, axes;
  if (node.opset < 11) {
    pads = node.getInts("pads");
  } else {
    if (!node.hasInput(1))
      return node.emitError() << "has no pads";
    auto given = node.getInts(1, "pads");
    if (failed(given))
      return failure();
    pads = *given;
  }
  llvm::append_range(axes, llvm::seq<int64_t>(0, rank));
  if (node.hasInput(3)) {
    auto given = node.getInts(3, "the list of axes");
    if (failed(given))
      return failure();
    axes = *given;
  }
  if (pads.size() != 2 * axes.size())
    return node.emitError() << "pads must be " << 2 * axes.size() << " numbers";
  for (int64_t pad : pads)
    if (pad > kMaxElements || pad < -kMaxElements)
      return node.emitError()
             << "cannot pad by " << pad << ": no tensor may "
             << "have more than " << kMaxElements << " elements";
  SmallVector<int64_t> all(2 * rank, 0);
  for (auto [i, axis] : llvm::enumerate(axes)) {
    auto normalized = node.normalizeAxis(axis, rank);
    if (failed(normalized))
      return failure();
    all[*normalized] = pads[i];
    all[*normalized + rank] = pads[i + axes.size()];
  }
  return all;
}

/// The element that mode "constant" pads with.
static FailureOr<TypedAttr> getPadValue(Node &node) {
  DType type = node.in(0).type;
  Tensor value = Tensor::fromFloats(type, {}, node.getFloat("value", 0));
  if (node.opset >= 11 && node.hasInput(2)) {
    if (!node.requireConstant(2, "the value"))
      return failure();
    if (node.in(2).size() != 1 || node.in(2).type != type)
      return node.emitError() << "the value must be one number of the type of "
                                 "the input";
    value = node.in(2).reshaped({});
  }
  return cast<TypedAttr>(
      *getElements(value, node.getContext()).value_begin<Attribute>());
}

static LogicalResult importPad(Node &node) {
  Tensor x = node.in(0);
  int64_t rank = x.rank();
  auto pads = readPads(node);
  if (failed(pads))
    return failure();
  std::string mode = node.getString("mode", "constant");
  if (mode != "constant" && mode != "edge" && mode != "reflect" &&
      mode != "wrap")
    return node.emitError() << "mode '" << mode << "' is not known";
  // Negative pads cut off.
  Shape offsets(rank, 0), sizes = x.shape, strides(rank, 1), shape;
  for (int64_t i = 0; i < rank; ++i) {
    int64_t &before = (*pads)[i], &after = (*pads)[i + rank];
    offsets[i] = std::max<int64_t>(-before, 0);
    sizes[i] += std::min<int64_t>(before, 0) + std::min<int64_t>(after, 0);
    before = std::max<int64_t>(before, 0);
    after = std::max<int64_t>(after, 0);
    shape.push_back(sizes[i] + before + after);
    if (sizes[i] < 0)
      return node.emitError() << "more is cut off than there is";
  }
  if (!node.checkShape(shape))
    return failure();
  x = slice(node, x, offsets, sizes, strides);
  if (mode != "constant") {
    for (int64_t i = 0; i < rank; ++i) {
      if ((*pads)[i] == 0 && (*pads)[i + rank] == 0)
        continue;
      auto sources =
          getSources(node, mode, sizes[i], (*pads)[i], (*pads)[i + rank]);
      if (failed(sources))
        return failure();
      x = take(node, x, i, *sources);
    }
    node.set(0, x);
    return success();
  }
  auto attr = getPadValue(node);
  if (failed(attr))
    return failure();
  if (shape == x.shape) {
    node.set(0, x);
    return success();
  }
  OpBuilder &b = node.b;
  Value value = arith::ConstantOp::create(b, node.loc, *attr);
  ArrayRef<int64_t> all = *pads;
  node.set(0, tensor::PadOp::create(
                  b, node.loc, node.getType(x.type, shape), node.materialize(x),
                  getAsIndexOpFoldResult(b.getContext(), all.take_front(rank)),
                  getAsIndexOpFoldResult(b.getContext(), all.drop_front(rank)),
                  value));
  return success();
}

static const Handler handlers[] = {
    {"Pad", 1, 4, "mode pads value", importPad},
};

ArrayRef<Handler> onnx_import::getPadHandlers() { return handlers; }
