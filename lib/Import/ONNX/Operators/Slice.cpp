//===- Slice.cpp - Parts and joins of tensors ------------------===//
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

//===----------------------------------------------------------------------===//
// Concat, Split
//===----------------------------------------------------------------------===//

static Tensor concatConstants(Node &node, int64_t axis,
                              ArrayRef<int64_t> shape) {
  MutableArrayRef<char> data;
  Tensor result = Tensor::constant(node.in(0).type, shape, data);
  int64_t outer = *countElements(shape.take_front(axis));
  char *to = data.data();
  for (int64_t o = 0; o < outer; ++o)
    for (unsigned i = 0; i < node.getNumInputs(); ++i) {
      ArrayRef<char> bytes = node.in(i).bytes->data;
      size_t block = bytes.size() / outer;
      if (block != 0)
        std::memcpy(to, bytes.data() + o * block, block);
      to += block;
    }
  return result;
}

static LogicalResult importConcat(Node &node) {
  const Tensor &first = node.in(0);
  auto axis = node.getAxis("axis", 0, first.rank());
  if (failed(axis))
    return failure();
  Shape shape = first.shape;
  shape[*axis] = 0;
  bool isKnown = true;
  for (unsigned i = 0; i < node.getNumInputs(); ++i) {
    if (!node.hasInput(i))
      return node.emitError() << "input " << i << " is missing";
    Shape other = node.in(i).shape;
    if (static_cast<int64_t>(other.size()) == first.rank()) {
      shape[*axis] += other[*axis];
      other[*axis] = first.shape[*axis];
    }
    if (other != first.shape || node.in(i).type != first.type)
      return node.emitError()
             << "input " << i << " of shape " << toString(node.shape(i))
             << " does not fit the first of shape " << toString(first.shape);
    isKnown &= node.in(i).isConstant();
  }
  if (!node.checkShape(shape))
    return failure();
  if (isKnown && *countElements(shape) > 0 &&
      node.canFold({}, first.type, shape)) {
    node.set(0, concatConstants(node, *axis, shape));
    return success();
  }
  SmallVector<Value> parts;
  for (unsigned i = 0; i < node.getNumInputs(); ++i)
    if (node.in(i).size() > 0)
      parts.push_back(node.value(i));
  if (parts.empty())
    node.set(0, first);
  else if (parts.size() == 1)
    node.set(0, parts.front());
  else
    node.set(0, tensor::ConcatOp::create(node.b, node.loc,
                                         node.getType(first.type, shape), *axis,
                                         parts));
  return success();
}

/// Sizes of the parts: given, or as equal as possible.
static FailureOr<SmallVector<int64_t>> getParts(Node &node, int64_t size) {
  if (node.opset >= 18 && node.hasInput(1) == node.hasAttr("num_outputs"))
    return node.emitError() << "must have either the sizes of the parts or "
                               "num_outputs";
  if (node.hasInput(1))
    return node.getInts(1, "the sizes of the parts");
  SmallVector<int64_t> parts = node.getInts("split");
  if (!parts.empty())
    return parts;
  int64_t count = node.getInt("num_outputs", node.getNumOutputs());
  if (count < 1 || count > node.getNumOutputs() ||
      (!node.hasAttr("num_outputs") && size % count != 0)) {
    node.emitError() << "cannot split " << size << " into " << count
                     << " parts";
    return failure();
  }
  int64_t each = llvm::divideCeilSigned(size, count);
  for (int64_t i = 0; i < count; ++i)
    parts.push_back(std::clamp<int64_t>(size - i * each, 0, each));
  return parts;
}

static LogicalResult importSplit(Node &node) {
  Tensor &x = node.in(0);
  auto axis = node.getAxis("axis", 0, x.rank());
  if (failed(axis))
    return failure();
  auto parts = getParts(node, x.shape[*axis]);
  if (failed(parts))
    return failure();
  int64_t total = 0;
  for (int64_t part : *parts)
    total = part < 0 || part > kMaxElements || total > kMaxElements
                ? INT64_MAX / 2
                : total + part;
  if (total != x.shape[*axis] || parts->size() < node.getNumOutputs())
    return node.emitError()
           << "parts " << toString(*parts) << " do not fit dimension " << *axis
           << " of size " << x.shape[*axis];
  Shape offsets(x.rank(), 0), strides(x.rank(), 1), sizes = x.shape;
  for (unsigned i = 0; i < node.getNumOutputs(); ++i) {
    sizes[*axis] = (*parts)[i];
    if (node.wantsOutput(i))
      node.set(i, slice(node, x, offsets, sizes, strides));
    offsets[*axis] += (*parts)[i];
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Slice
//===----------------------------------------------------------------------===//

namespace {
/// Starts, ends, axes and steps: attributes up to operator set 9, then inputs.
struct Ranges {
  SmallVector<int64_t> starts, ends, axes, steps;
};
} // namespace

static FailureOr<Ranges> readRanges(Node &node) {
  Ranges r;
  auto read = [&](unsigned input, StringRef name,
                  SmallVector<int64_t> &list) -> LogicalResult {
    if (node.opset < 10) {
      list = node.getInts(name);
      return success();
    }
    if (!node.hasInput(input))
      return success();
    auto given = node.getInts(input, name);
    if (succeeded(given))
      list = *given;
    return given;
  };
  if (failed(read(1, "starts", r.starts)) || failed(read(2, "ends", r.ends)) ||
      failed(read(3, "axes", r.axes)) || failed(read(4, "steps", r.steps)))
    return failure();
  size_t count = r.starts.size();
  if (r.axes.empty())
    llvm::append_range(r.axes, llvm::seq<int64_t>(0, count));
  if (r.steps.empty())
    r.steps.assign(count, 1);
  if (r.ends.size() != count || r.axes.size() != count ||
      r.steps.size() != count)
    return node.emitError() << "starts, ends, axes and steps differ in length";
  return r;
}

static LogicalResult importSlice(Node &node) {
  Tensor x = node.in(0);
  auto ranges = readRanges(node);
  if (failed(ranges))
    return failure();
  Shape offsets(x.rank(), 0), steps(x.rank(), 1), sizes = x.shape;
  SmallVector<bool> seen(x.rank(), false);
  for (size_t i = 0; i < ranges->starts.size(); ++i) {
    auto axis = node.normalizeAxis(ranges->axes[i], x.rank());
    if (failed(axis))
      return failure();
    int64_t size = x.shape[*axis], step = ranges->steps[i];
    if (step == 0)
      return node.emitError() << "a step must not be 0";
    if (seen[*axis])
      return node.emitError() << "axis " << *axis << " is given twice";
    seen[*axis] = true;
    if (size == 0)
      continue;
    bool isForward = step > 0;
    auto clamp = [&](int64_t position, int64_t low, int64_t high) {
      return std::clamp(position < 0 ? position + size : position, low, high);
    };
    // Unlike in Python, a start below 0 is 0 for negative steps, too.
    int64_t start = clamp(ranges->starts[i], 0, isForward ? size : size - 1);
    int64_t end = isForward ? clamp(ranges->ends[i], 0, size)
                            : clamp(ranges->ends[i], -1, size - 1);
    int64_t length = isForward ? end - start : start - end;
    // Sizes are far below a step whose negative overflows.
    int64_t stride = std::abs(std::max(step, -kMaxElements - 1));
    int64_t count = length <= 0 ? 0 : (length - 1) / stride + 1;
    sizes[*axis] = count;
    offsets[*axis] = count == 0 ? 0 : start;
    steps[*axis] = count <= 1 ? 1 : step;
  }
  // extract_slice cannot go backwards.
  for (int64_t axis = 0; axis < x.rank(); ++axis) {
    if (steps[axis] > 0 || x.isConstant())
      continue;
    if (sizes[axis] > kMaxSamples)
      return node.emitError() << "cannot go backwards over more than "
                              << kMaxSamples << " elements";
    SmallVector<int64_t> indices;
    for (int64_t i = 0; i < sizes[axis]; ++i)
      indices.push_back(offsets[axis] + i * steps[axis]);
    x = take(node, x, axis, indices);
    offsets[axis] = 0;
    steps[axis] = 1;
  }
  node.set(0, slice(node, x, offsets, sizes, steps));
  return success();
}

//===----------------------------------------------------------------------===//
// Gather
//===----------------------------------------------------------------------===//

/// Indices that are only known when the network runs.
static Value gatherRuntime(Node &node, int64_t axis, ArrayRef<int64_t> shape) {
  OpBuilder &b = node.b;
  Value data = node.value(0), indices = node.value(1);
  int64_t rank = shape.size(), indexRank = node.in(1).rank();
  Value init = node.empty(shape, getElementType(data));
  SmallVector<AffineExpr> dims;
  for (int64_t i = 0; i < indexRank; ++i)
    dims.push_back(b.getAffineDimExpr(axis + i));
  AffineMap maps[] = {AffineMap::get(rank, 0, dims, b.getContext()),
                      b.getMultiDimIdentityMap(rank)};
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  int64_t size = node.shape(0)[axis];
  auto body = [&](OpBuilder &b, Location loc, ValueRange args) {
    Value index = arith::IndexCastOp::create(b, loc, b.getIndexType(), args[0]);
    Value zero = arith::ConstantIndexOp::create(b, loc, 0);
    Value all = arith::ConstantIndexOp::create(b, loc, size);
    Value isNegative =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, index, zero);
    Value wrapped = arith::AddIOp::create(b, loc, index, all);
    index = arith::SelectOp::create(b, loc, isNegative, wrapped, index);
    // What is out of range must not read other memory.
    Value last = arith::ConstantIndexOp::create(b, loc, size - 1);
    index = arith::MaxSIOp::create(b, loc, index, zero);
    index = arith::MinSIOp::create(b, loc, index, last);
    SmallVector<Value> position;
    for (int64_t i = 0; i < rank; ++i) {
      if (i == axis)
        position.push_back(index);
      if (i < axis || i >= axis + indexRank)
        position.push_back(linalg::IndexOp::create(b, loc, i));
    }
    if (axis == rank)
      position.push_back(index);
    Value element = tensor::ExtractOp::create(b, loc, data, position);
    linalg::YieldOp::create(b, loc, element);
  };
  return linalg::GenericOp::create(b, node.loc, init.getType(), indices, init,
                                   maps, iterators, body)
      .getResult(0);
}

static LogicalResult importGather(Node &node) {
  Tensor &data = node.in(0), &indices = node.in(1);
  auto axis = node.getAxis("axis", 0, data.rank());
  if (failed(axis))
    return failure();
  ArrayRef<int64_t> old = data.shape;
  Shape shape(old.take_front(*axis));
  llvm::append_range(shape, indices.shape);
  llvm::append_range(shape, old.drop_front(*axis + 1));
  if (!node.checkShape(shape))
    return failure();
  if (!indices.isConstant()) {
    if (indices.type != DType::I64 && indices.type != DType::I32)
      return node.emitError() << "indices must be integers";
    if (old[*axis] < 1)
      return node.emitError() << "there is nothing to gather";
    node.set(0, data.type, gatherRuntime(node, *axis, shape));
    return success();
  }
  auto list = node.getInts(1, "indices");
  if (failed(list))
    return failure();
  for (int64_t &index : *list) {
    if (index < -old[*axis] || index >= old[*axis])
      return node.emitError()
             << "index " << index << " is out of range: dimension " << *axis
             << " has the size " << old[*axis];
    index = index < 0 ? index + old[*axis] : index;
  }
  Tensor taken = take(node, data, *axis, *list);
  node.set(0, reshape(node, taken, shape));
  return success();
}

static const Handler handlers[] = {
    {"Concat", 1, kAnyNumber, "axis", importConcat},
    {"Gather", 2, 2, "axis", importGather},
    {"Slice", 1, 5, "axes ends starts", importSlice},
    {"Split", 1, 2, "axis num_outputs split", importSplit},
};

ArrayRef<Handler> onnx_import::getSliceHandlers() { return handlers; }
