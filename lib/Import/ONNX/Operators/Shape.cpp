//===- Shape.cpp - Reshapes, transposes and broadcasts ------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Handlers.h"
#include "../Node.h"

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

static LogicalResult setReshaped(Node &node, ArrayRef<int64_t> shape) {
  if (countElements(shape) != node.in(0).size())
    return node.emitError() << "input of shape " << toString(node.shape(0))
                            << " cannot take the shape " << toString(shape);
  node.set(0, reshape(node, node.in(0), shape));
  return success();
}

static LogicalResult importReshape(Node &node) {
  auto target = node.getInts(1, "the new shape");
  if (failed(target))
    return failure();
  ArrayRef<int64_t> old = node.shape(0);
  int64_t known = 1, open = -1;
  bool allowsZero = node.getInt("allowzero", 0) != 0;
  for (auto [i, size] : llvm::enumerate(*target)) {
    if (size == 0 && !allowsZero) {
      if (i >= old.size())
        return node.emitError()
               << "dimension " << i << " is to be copied but does not exist";
      size = old[i];
    }
    if (size == -1 && open >= 0)
      return node.emitError() << "only one size may be -1";
    if (size == -1)
      open = i;
    else if (size < 0 || size > kMaxElements || known > kMaxElements)
      return node.emitError() << "the new shape " << toString(*target)
                              << " is negative or too large";
    else
      known *= size;
  }
  if (open >= 0) {
    if (known == 0 || node.in(0).size() % known != 0)
      return node.emitError() << "input of shape " << toString(old)
                              << " cannot take the shape " << toString(*target);
    (*target)[open] = node.in(0).size() / known;
  }
  return setReshaped(node, *target);
}

static LogicalResult importFlatten(Node &node) {
  int64_t rank = node.in(0).rank(), axis = node.getInt("axis", 1);
  if (axis < -rank || axis > rank)
    return node.emitError() << "axis " << axis << " is out of range";
  axis = axis < 0 ? axis + rank : axis;
  ArrayRef<int64_t> shape = node.shape(0);
  return setReshaped(node, {*countElements(shape.take_front(axis)),
                            *countElements(shape.drop_front(axis))});
}

static LogicalResult importSqueeze(Node &node) {
  auto axes = node.getAxes(1, node.in(0).rank());
  if (failed(axes))
    return failure();
  bool all = axes->empty();
  Shape shape;
  for (auto [i, size] : llvm::enumerate(node.shape(0))) {
    bool isNamed = llvm::is_contained(*axes, static_cast<int64_t>(i));
    if (isNamed && size != 1)
      return node.emitError()
             << "dimension " << i << " has the size " << size << ", not 1";
    if (!isNamed && (!all || size != 1))
      shape.push_back(size);
  }
  return setReshaped(node, shape);
}

static LogicalResult importUnsqueeze(Node &node) {
  // The axes are those of the result.
  int64_t count = 0;
  if (node.hasInput(1)) {
    if (!node.requireConstant(1, "the list of axes"))
      return failure();
    count = node.in(1).size();
  } else {
    count = node.getInts("axes").size();
  }
  if (count > 64)
    return node.emitError() << "too many axes";
  int64_t rank = node.in(0).rank() + count;
  auto axes = node.getAxes(1, rank);
  if (failed(axes))
    return failure();
  Shape shape(node.shape(0));
  for (int64_t axis : *axes)
    shape.insert(shape.begin() + axis, 1);
  return setReshaped(node, shape);
}

static LogicalResult importTranspose(Node &node) {
  int64_t rank = node.in(0).rank();
  SmallVector<int64_t> reversed =
      llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, rank)));
  SmallVector<int64_t> perm = node.getInts("perm", reversed);
  SmallVector<int64_t> sorted = perm;
  llvm::sort(sorted);
  if (!llvm::equal(sorted, llvm::seq<int64_t>(0, rank)))
    return node.emitError()
           << "perm is no permutation of " << rank << " dimensions";
  node.set(0, transpose(node, node.in(0), perm));
  return success();
}

static LogicalResult importExpand(Node &node) {
  auto target = node.getInts(1, "the new shape");
  if (failed(target))
    return failure();
  auto shape = broadcastShapes(node.shape(0), *target);
  if (!shape)
    return node.emitError()
           << "shapes " << toString(node.shape(0)) << " and "
           << toString(*target) << " cannot be broadcast to each other";
  if (!node.checkShape(*shape))
    return failure();
  Tensor &x = node.in(0);
  // Small integers stay known: they may become a shape.
  if (x.isConstant() && *countElements(*shape) <= (1 << 16)) {
    Shape old = getStrides(x.shape), strides(shape->size(), 0);
    size_t offset = shape->size() - old.size();
    for (size_t i = 0; i < old.size(); ++i)
      strides[offset + i] = x.shape[i] == 1 ? 0 : old[i];
    node.set(0, copyStrided(x, *shape, 0, strides));
    return success();
  }
  node.set(0, broadcast(node, x, *shape));
  return success();
}

/// A tile is a broadcast of new dimensions: [a, b] -> [1, a, 1, b] ->
/// [m, a, n, b] -> [m*a, n*b].
static LogicalResult importTile(Node &node) {
  auto repeats = node.getInts(1, "the numbers of repeats");
  if (failed(repeats))
    return failure();
  ArrayRef<int64_t> old = node.shape(0);
  if (repeats->size() != old.size())
    return node.emitError() << "repeats must have " << old.size() << " numbers";
  Shape split, repeated, shape;
  for (auto [size, times] : llvm::zip(old, *repeats)) {
    if (times < 0 || times > kMaxElements || size > kMaxElements)
      return node.emitError() << "cannot repeat " << times << " times";
    split.append({1, size});
    repeated.append({times, size});
    shape.push_back(size * times);
  }
  if (!node.checkShape(shape))
    return failure();
  Tensor wide = reshape(node, node.in(0), split);
  Tensor all = broadcast(node, wide, repeated);
  node.set(0, reshape(node, all, shape));
  return success();
}

static LogicalResult importDepthToSpace(Node &node) {
  int64_t block = node.getInt("blocksize", 0);
  if (!node.requireRank(0, 4, 4))
    return failure();
  ArrayRef<int64_t> x = node.shape(0);
  if (block < 1 || block > 4096 || x[1] % (block * block) != 0)
    return node.emitError() << "blocksize " << block << " does not divide "
                            << x[1] << " channels";
  int64_t c = x[1] / (block * block);
  std::string mode = node.getString("mode", "DCR");
  if (mode != "DCR" && mode != "CRD")
    return node.emitError() << "mode '" << mode << "' is not known";
  bool isDepthFirst = mode == "DCR";
  Shape split = isDepthFirst ? Shape{x[0], block, block, c, x[2], x[3]}
                             : Shape{x[0], c, block, block, x[2], x[3]};
  SmallVector<int64_t> perm = isDepthFirst
                                  ? SmallVector<int64_t>{0, 3, 4, 1, 5, 2}
                                  : SmallVector<int64_t>{0, 1, 4, 2, 5, 3};
  Tensor blocks = reshape(node, node.in(0), split);
  Tensor moved = transpose(node, blocks, perm);
  node.set(0, reshape(node, moved, {x[0], c, x[2] * block, x[3] * block}));
  return success();
}

static LogicalResult importSpaceToDepth(Node &node) {
  int64_t block = node.getInt("blocksize", 0);
  if (!node.requireRank(0, 4, 4))
    return failure();
  ArrayRef<int64_t> x = node.shape(0);
  if (block < 1 || block > 4096 || x[2] % block != 0 || x[3] % block != 0)
    return node.emitError() << "blocksize " << block << " does not divide the "
                            << "image of shape " << toString(x);
  std::string mode = node.getString("mode", "DCR");
  if (mode != "DCR" && mode != "CRD")
    return node.emitError() << "mode '" << mode << "' is not known";
  int64_t h = x[2] / block, w = x[3] / block;
  Tensor blocks = reshape(node, node.in(0), {x[0], x[1], h, block, w, block});
  Tensor moved =
      transpose(node, blocks,
                mode == "DCR" ? SmallVector<int64_t>{0, 3, 5, 1, 2, 4}
                              : SmallVector<int64_t>{0, 1, 3, 5, 2, 4});
  node.set(0, reshape(node, moved, {x[0], x[1] * block * block, h, w}));
  return success();
}

static const Handler handlers[] = {
    {"DepthToSpace", 1, 1, "blocksize mode", importDepthToSpace},
    {"Expand", 2, 2, "", importExpand},
    {"Flatten", 1, 1, "axis", importFlatten},
    {"Reshape", 2, 2, "allowzero", importReshape},
    {"SpaceToDepth", 1, 1, "blocksize mode", importSpaceToDepth},
    {"Squeeze", 1, 2, "axes", importSqueeze},
    {"Tile", 2, 2, "", importTile},
    {"Transpose", 1, 1, "perm", importTranspose},
    {"Unsqueeze", 1, 2, "axes", importUnsqueeze},
};

ArrayRef<Handler> onnx_import::getShapeHandlers() { return handlers; }
