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

#include "Handlers.h"
#include "Sample.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <cmath>

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

namespace {
/// How one axis is resized.
struct Axis {
  int64_t in = 1, out = 1;
  float scale = 1;
};

struct Mode {
  std::string kind, coordinates, rounding;
  double cubicA = -0.75;
  bool excludesOutside = false;
};
} // namespace

//===----------------------------------------------------------------------===//
// Coordinates
//===----------------------------------------------------------------------===//

/// Where a pixel of the result lies in the input; in f32, as ONNX Runtime
/// computes it, since neighbours of halves decide between pixels.
static float getOrigin(const Mode &mode, const Axis &axis, int64_t o) {
  float x = o, in = axis.in, out = axis.out;
  StringRef c = mode.coordinates;
  if (c == "asymmetric")
    return x / axis.scale;
  if (c == "align_corners")
    return axis.out == 1 ? 0.0f : x * (in - 1) / (out - 1);
  if (c == "pytorch_half_pixel")
    return axis.out > 1 ? (x + 0.5f) / axis.scale - 0.5f : 0.0f;
  if (c == "tf_half_pixel_for_nn")
    return (x + 0.5f) / axis.scale;
  if (c == "half_pixel_symmetric") {
    float adjustment = out / (axis.scale * in);
    float centre = in / 2;
    return centre * (1 - adjustment) + (x + 0.5f) / axis.scale - 0.5f;
  }
  return (x + 0.5f) / axis.scale - 0.5f;
}

static int64_t roundOrigin(StringRef rounding, float x) {
  if (rounding == "floor")
    return static_cast<int64_t>(std::floor(x));
  if (rounding == "ceil")
    return static_cast<int64_t>(std::ceil(x));
  if (rounding == "round_prefer_ceil")
    return static_cast<int64_t>(std::round(x));
  // round_prefer_floor: halves go down.
  return static_cast<int64_t>(x == std::floor(x) + 0.5f ? std::floor(x)
                                                        : std::round(x));
}

static int64_t clampTo(int64_t index, const Axis &axis) {
  return std::clamp<int64_t>(index, 0, axis.in - 1);
}

/// Keys' cubic convolution at the distance `x`.
static double getCubicWeight(double x, double a) {
  x = std::abs(x);
  if (x <= 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

static void addCubicTaps(Taps &taps, const Mode &mode, const Axis &axis,
                         float origin) {
  double base = std::floor(origin), sum = 0, weights[4];
  for (int t = 0; t < 4; ++t) {
    double position = base - 1 + t;
    bool isOutside = position < 0 || position >= axis.in;
    weights[t] = mode.excludesOutside && isOutside
                     ? 0
                     : getCubicWeight(origin - position, mode.cubicA);
    sum += weights[t];
    taps.indices[t].push_back(clampTo(static_cast<int64_t>(position), axis));
  }
  for (int t = 0; t < 4; ++t)
    taps.weights[t].push_back(mode.excludesOutside ? weights[t] / sum
                                                   : weights[t]);
}

static Taps makeTaps(const Mode &mode, const Axis &axis) {
  Taps taps;
  size_t count = mode.kind == "nearest" ? 1 : mode.kind == "linear" ? 2 : 4;
  taps.indices.resize(count);
  taps.weights.resize(count == 1 ? 0 : count);
  for (int64_t o = 0; o < axis.out; ++o) {
    float origin = axis.in == axis.out && axis.scale == 1
                       ? static_cast<float>(o)
                       : getOrigin(mode, axis, o);
    if (count == 1) {
      taps.indices[0].push_back(
          clampTo(roundOrigin(mode.rounding, origin), axis));
    } else if (count == 2) {
      origin = std::clamp<float>(origin, 0, axis.in - 1);
      int64_t low = static_cast<int64_t>(origin);
      taps.indices[0].push_back(low);
      taps.indices[1].push_back(clampTo(low + 1, axis));
      taps.weights[0].push_back(1 - (origin - low));
      taps.weights[1].push_back(origin - low);
    } else {
      addCubicTaps(taps, mode, axis, origin);
    }
  }
  return taps;
}

//===----------------------------------------------------------------------===//
// Application
//===----------------------------------------------------------------------===//

/// Whether the axis repeats every element a whole number of times.
static bool isRepeat(const Taps &taps, const Axis &axis) {
  if (taps.indices.size() != 1 || axis.out % axis.in != 0)
    return false;
  return llvm::all_of(llvm::enumerate(taps.indices[0]), [&](auto tap) {
    return tap.value() ==
           static_cast<int64_t>(tap.index()) / (axis.out / axis.in);
  });
}

/// All axes at once if they only repeat: result[…, o, …] = x[…, o / n, …].
static Value repeat(Node &node, Value value, ArrayRef<Axis> axes) {
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

static LogicalResult resize(Node &node, const Mode &mode,
                            SmallVector<Axis> axes) {
  Shape shape;
  for (const Axis &axis : axes)
    shape.push_back(axis.out);
  if (!node.checkShape(shape))
    return failure();
  if (*countElements(shape) == 0 || node.in(0).size() == 0)
    return node.emitError() << "the result would be empty";
  for (const Axis &axis : axes)
    if (!node.canFold({}, DType::I64, {axis.out}))
      return node.emitError() << "the result would have the shape "
                              << toString(shape) << ", which is too large";
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
  for (const Axis &axis : axes) {
    taps.push_back(makeTaps(mode, axis));
    isRepeated &= isRepeat(taps.back(), axis);
  }
  if (isRepeated) {
    value = repeat(node, value, axes);
  } else {
    for (auto [i, axis] : llvm::enumerate(axes))
      if (axis.in != axis.out || axis.scale != 1)
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
                               MutableArrayRef<Axis> axes) {
  if (scales.size() != which.size())
    return node.emitError() << "scales must be " << which.size() << " numbers";
  for (auto [i, scale] : llvm::zip(which, scales)) {
    double size =
        std::floor(static_cast<float>(axes[i].in) * static_cast<float>(scale));
    if (!(scale > 0) || !(size <= kMaxElements))
      return node.emitError() << "cannot scale " << axes[i].in << " pixels by "
                              << std::to_string(scale);
    axes[i].scale = scale;
    axes[i].out = static_cast<int64_t>(size);
  }
  return success();
}

/// Sets scales from sizes.
static LogicalResult sizeAxes(Node &node, ArrayRef<int64_t> sizes,
                              ArrayRef<int64_t> which,
                              MutableArrayRef<Axis> axes) {
  if (sizes.size() != which.size() || llvm::any_of(sizes, [](int64_t size) {
        return size < 1 || size > kMaxElements;
      }))
    return node.emitError()
           << "sizes must be " << which.size() << " positive numbers";
  std::string policy = node.getString("keep_aspect_ratio_policy", "stretch");
  float all = policy == "not_larger" ? INFINITY : 0;
  for (auto [i, size] : llvm::zip(which, sizes)) {
    axes[i].out = size;
    axes[i].scale = static_cast<float>(size) / static_cast<float>(axes[i].in);
    all = policy == "not_larger" ? std::min(all, axes[i].scale)
                                 : std::max(all, axes[i].scale);
  }
  if (policy == "stretch")
    return success();
  if (policy != "not_larger" && policy != "not_smaller")
    return node.emitError()
           << "keep_aspect_ratio_policy '" << policy << "' is not known";
  for (int64_t i : which) {
    axes[i].scale = all;
    axes[i].out = std::llround(all * static_cast<float>(axes[i].in));
  }
  return success();
}

static FailureOr<Mode> readMode(Node &node) {
  Mode mode;
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
  SmallVector<Axis> axes(rank);
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
  Mode mode{node.getString("mode", "nearest"), "asymmetric", "floor"};
  if (mode.kind != "nearest" && mode.kind != "linear")
    return node.emitError() << "mode '" << mode.kind << "' is not known";
  SmallVector<double> scales = node.getFloats("scales");
  if (node.hasInput(1)) {
    if (!node.requireConstant(1, "the scales"))
      return failure();
    scales = node.in(1).getFloats();
  }
  SmallVector<Axis> axes(rank);
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
