//===- Coordinates.h - Where pixels of a resized image come from *- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_IMPORT_ONNX_OPERATORS_COORDINATES_H
#define HSWISH_LIB_IMPORT_ONNX_OPERATORS_COORDINATES_H

#include "Sample.h"

#include "mlir/Analysis/Presburger/Fraction.h"

#include <string>

namespace hswish::onnx_import {

using mlir::presburger::Fraction;

/// How one axis is resized.
struct ResizedAxis {
  int64_t in = 1, out = 1;
  Fraction scale = Fraction(1);

  bool isSame() const { return in == out && scale == Fraction(1); }
};

/// The attributes of Resize that say which pixels are mixed.
struct ResizeMode {
  std::string kind, coordinates, rounding;
  double cubicA = -0.75;
  bool excludesOutside = false;
};

/// The number that a file means by a scale: the simplest fraction that rounds
/// to this float. 0x1.555556p-2 is 1/3.
Fraction readScale(float scale);

/// The pixels of the axis that make those of the resized one.
Taps makeTaps(const ResizeMode &mode, const ResizedAxis &axis);

} // namespace hswish::onnx_import

#endif // HSWISH_LIB_IMPORT_ONNX_OPERATORS_COORDINATES_H
