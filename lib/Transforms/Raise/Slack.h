//===- Slack.h - What quantisers round -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A pair of quantisers is a clamp to its range and a rounding to its steps. The
// clamp is a part of the function; the rounding is a bound, itself a function
// of the variable, that is carried through all that follows.
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_TRANSFORMS_RAISE_SLACK_H
#define HSWISH_LIB_TRANSFORMS_RAISE_SLACK_H

#include "Evaluator.h"

namespace hswish::raise {

/// The state after the pair `link`.
State requantise(const Link &link, State state);

/// How far the result of an arithmetic link may be from its function if its
/// operands are within their slacks; nothing if that is not representable.
std::optional<Function> computeSlack(const Link &link,
                                     llvm::ArrayRef<const State *> operands);

} // namespace hswish::raise

#endif // HSWISH_LIB_TRANSFORMS_RAISE_SLACK_H
