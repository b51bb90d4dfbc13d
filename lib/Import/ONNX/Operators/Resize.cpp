//===- Resize.cpp - Resize and Upsample ---------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Interpolation is separable: each axis is sampled by itself, with indices and
// weights that are computed here. Images are resized as NHWC, where channels
// are vectors.
//
//===----------------------------------------------------------------------===//

#include "../Handlers.h"
#include "Coordinates.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <cmath>

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

//===----------------------------------------------------------------------===//
// Application
//===----------------------------------------------------------------------===//

/// Whether the axis repeats every element a whole number of times.
static bool isRepeat(const Taps &taps, const ResizedAxis &axis) {
  if (taps.indices.size() != 1 || axis.out % axis.in != 0)
    return false;
  return llvm::all_of(llvm::enumerate(taps.indices[0]), [&](auto tap) {
    return tap.value() ==
           static_cast<int64_t>(tap.index()) / (axis.out / axis.in);
  });
}

/// All axes at once if they only repeat: result[…, o, …] = x[…, o / n, …].
static Value repeat(Node &node, Value value, ArrayRef<ResizedAxis> axes) {
  OpBuilder &b = node.b;
  SmallVector<AffineExpr> exprs;
  Shape shape;
  for (auto [i, axis] : llvm::enumerate(axes)) {
    AffineExpr dim = b.getAffineDimExpr(i);
    exprs.push_back(axis.in == 1 && axis.out != 1
                        ? b.getAffineConstantExpr(0)
                        : dim.floorDiv(axis.out / axis.in));
    shape.push_back(axis.out);
  }
  int64_t rank = axes.size();
  Value init = node.empty(shape, getElementType(value));
  AffineMap maps[] = {AffineMap::get(rank, 0, exprs, b.getContext()),
                      b.getMultiDimIdentityMap(rank)};
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, node.loc, init.getType(), value, init, maps, iterators,
             [](OpBuilder &b, Location loc, ValueRange args) {
               linalg::YieldOp::create(b, loc, args.front());
             })
      .getResult(0);
}

static LogicalResult resize(Node &node, const ResizeMode &mode,
                            SmallVector<ResizedAxis> axes) {
  Shape shape;
  for (const ResizedAxis &axis : axes)
    shape.push_back(axis.out);
  if (!node.checkShape(shape))
    return failure();
  if (*countElements(shape) == 0 || node.in(0).size() == 0)
    return node.emitError() << "the result would be empty";
  for (const ResizedAxis &axis : axes)
    if (!axis.isSame() && axis.out > kMaxSamples)
      return node.emitError() << "cannot resize a dimension to " << axis.out
                              << " elements: the limit is " << kMaxSamples;
  int64_t rank = axes.size();
  Value value = node.value(0);
  bool isImage =
      rank >= 3 && axes[0].in == axes[0].out && axes[1].in == axes[1].out;
  if (isImage) {
    value = transpose(node, value, getChannelsLast(rank));
    std::rotate(axes.begin() + 1, axes.begin() + 2, axes.end());
  }
  SmallVector<Taps> taps;
  bool isRepeated = true;
  for (const ResizedAxis &axis : axes) {
    taps.push_back(makeTaps(mode, axis));
    isRepeated &= isRepeat(taps.back(), axis);
  }
  if (isRepeated) {
    value = repeat(node, value, axes);
  } else {
    for (auto [i, axis] : llvm::enumerate(axes))
      if (!axis.isSame())
        value = sample(node, value, i, taps[i]);
  }
  node.set(0, isImage ? transpose(node, value, getChannelsFirst(rank)) : value);
  return success();
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

static bool hasNumbers(Node &node, unsigned i) {
  return node.hasInput(i) && node.in(i).size() > 0;
}

/// Sets sizes from scales.
static LogicalResult scaleAxes(Node &node, ArrayRef<double> scales,
                               ArrayRef<int64_t> which,
                               MutableArrayRef<ResizedAxis> axes) {
  if (scales.size() != which.size())
    return node.emitError() << "scales must be " << which.size() << " numbers";
  for (auto [i, scale] : llvm::zip(which, scales)) {
    // In floats, as shapes of ONNX are inferred.
    double size =
        std::floor(static_cast<float>(axes[i].in) * static_cast<float>(scale));
    if (!(scale > 0) || !(size >= 1) || !(size <= kMaxElements))
      return node.emitError() << "cannot scale " << axes[i].in << " pixels by "
                              << std::to_string(scale);
    axes[i].scale = readScale(static_cast<float>(scale));
    axes[i].out = static_cast<int64_t>(size);
  }
  return success();
}

/// Sets scales from sizes.
static LogicalResult sizeAxes(Node &node, ArrayRef<int64_t> sizes,
                              ArrayRef<int64_t> which,
                              MutableArrayRef<ResizedAxis> axes) {
  if (sizes.size() != which.size() || llvm::any_of(sizes, [](int64_t size) {
        return size < 1 || size > kMaxElements;
      }))
    return node.emitError()
           << "sizes must be " << which.size() << " positive numbers";
  std::string policy = node.getString("keep_aspect_ratio_policy", "stretch");
  bool isSmallest = policy == "not_larger";
  std::optional<Fraction> all;
  for (auto [i, size] : llvm::zip(which, sizes)) {
    if (axes[i].in < 1)
      return node.emitError() << "the result would be empty";
    Fraction scale(size, axes[i].in);
    axes[i].out = size;
    axes[i].scale = scale;
    if (!all || (isSmallest ? scale < *all : scale > *all))
      all = scale;
  }
  if (policy == "stretch")
    return success();
  if (!isSmallest && policy != "not_smaller")
    return node.emitError()
           << "keep_aspect_ratio_policy '" << policy << "' is not known";
  for (int64_t i : which) {
    axes[i].scale = *all;
    axes[i].out = int64_t(floor(*all * Fraction(axes[i].in) + Fraction(1, 2)));
  }
  return success();
}

static FailureOr<ResizeMode> readMode(Node &node) {
  ResizeMode mode;
  mode.kind = node.getString("mode", "nearest");
  bool isOld = node.opset < 11;
  mode.coordinates = node.getString("coordinate_transformation_mode",
                                    isOld ? "asymmetric" : "half_pixel");
  mode.rounding =
      node.getString("nearest_mode", isOld ? "floor" : "round_prefer_floor");
  mode.cubicA = node.getFloat("cubic_coeff_a", -0.75);
  mode.excludesOutside = node.getInt("exclude_outside", 0) != 0;
  if (mode.kind != "nearest" && mode.kind != "linear" && mode.kind != "cubic")
    return node.emitError() << "mode '" << mode.kind << "' is not known";
  static constexpr StringLiteral known[] = {
      "asymmetric",         "align_corners",        "half_pixel",
      "pytorch_half_pixel", "tf_half_pixel_for_nn", "half_pixel_symmetric"};
  if (!llvm::is_contained(known, StringRef(mode.coordinates)))
    return node.emitError() << "coordinate_transformation_mode '"
                            << mode.coordinates << "' is not supported";
  static constexpr StringLiteral roundings[] = {
      "floor", "ceil", "round_prefer_floor", "round_prefer_ceil"};
  if (!llvm::is_contained(roundings, StringRef(mode.rounding)))
    return node.emitError()
           << "nearest_mode '" << mode.rounding << "' is not known";
  if (node.getInt("antialias", 0) != 0)
    return node.emitError() << "antialias is not supported";
  return mode;
}

static LogicalResult importResize(Node &node) {
  int64_t rank = node.in(0).rank();
  auto mode = readMode(node);
  auto which = node.getAxes(kAnyNumber, rank);
  if (failed(mode) || failed(which))
    return failure();
  if (mode->kind != "nearest" && !node.requireFloat(0))
    return failure();
  // The order of `axes` is that of scales and sizes.
  SmallVector<int64_t> order = node.getInts("axes");
  for (int64_t &axis : order)
    axis = axis < 0 ? axis + rank : axis;
  if (order.empty())
    llvm::append_range(order, llvm::seq<int64_t>(0, rank));
  SmallVector<ResizedAxis> axes(rank);
  for (int64_t i = 0; i < rank; ++i)
    axes[i].in = axes[i].out = node.shape(0)[i];
  bool isOld = node.opset < 11;
  unsigned scaleInput = isOld ? 1 : 2;
  if (!isOld && hasNumbers(node, 3)) {
    auto sizes = node.getInts(3, "the sizes");
    if (failed(sizes) || failed(sizeAxes(node, *sizes, order, axes)))
      return failure();
  } else if (hasNumbers(node, scaleInput)) {
    if (!node.requireConstant(scaleInput, "the scales") ||
        failed(scaleAxes(node, node.in(scaleInput).getFloats(), order, axes)))
      return failure();
  } else {
    return node.emitError() << "has neither scales nor sizes";
  }
  return resize(node, *mode, axes);
}

static LogicalResult importUpsample(Node &node) {
  int64_t rank = node.in(0).rank();
  ResizeMode mode{node.getString("mode", "nearest"), "asymmetric", "floor"};
  if (mode.kind != "nearest" && mode.kind != "linear")
    return node.emitError() << "mode '" << mode.kind << "' is not known";
  SmallVector<double> scales = node.getFloats("scales");
  if (node.hasInput(1)) {
    if (!node.requireConstant(1, "the scales"))
      return failure();
    scales = node.in(1).getFloats();
  }
  SmallVector<ResizedAxis> axes(rank);
  for (int64_t i = 0; i < rank; ++i)
    axes[i].in = axes[i].out = node.shape(0)[i];
  auto all = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (failed(scaleAxes(node, scales, all, axes)))
    return failure();
  return resize(node, mode, axes);
}

static const Handler handlers[] = {
    {"Resize", 1, 4,
     "antialias axes coordinate_transformation_mode cubic_coeff_a "
     "exclude_outside extrapolation_value keep_aspect_ratio_policy mode "
     "nearest_mode",
     importResize},
    {"Upsample", 1, 2, "height_scale mode scales width_scale", importUpsample},
};

ArrayRef<Handler> onnx_import::getResizeHandlers() { return handlers; }
