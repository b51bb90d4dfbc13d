//===- Activations.h - The functions that are looked for -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_TRANSFORMS_RAISE_ACTIVATIONS_H
#define HSWISH_LIB_TRANSFORMS_RAISE_ACTIVATIONS_H

#include "Piecewise.h"

#include "mlir/IR/Operation.h"

namespace hswish::raise {

enum class Activation { HardSwish, HardSigmoid, Relu6, Swish };

/// h-swish, its gate or relu6 of a function; nothing if that is not
/// representable.
std::optional<Function> apply(Activation activation, const Function &f);

/// What the hswish op `op` makes of a function.
std::optional<Function> applyActivation(mlir::Operation *op, const Function &f);

struct ActivationMatch {
  Activation activation;
  /// The function is the activation times this: 1, or 6 for an h-swish whose
  /// sixth was moved into the weights of the next layer.
  int factor = 1;
  /// Where a quantiser saturates what comes after the clamp, above 3.
  std::optional<Rational> ceiling = {};
};

/// Raising may change what an h-swish gives by max(1, |x|) times this, an
/// h-sigmoid by this: what quantisers inside round is no longer rounded.
inline constexpr int kToleranceDivisor = 32;

/// Which activation of x the function is, if it is one.
std::optional<ActivationMatch> matchActivation(const Function &f);

/// Whether what is at most `slack` away from the activation may become it.
bool isTolerable(const ActivationMatch &match, const Function &slack);

} // namespace hswish::raise

#endif // HSWISH_LIB_TRANSFORMS_RAISE_ACTIVATIONS_H
