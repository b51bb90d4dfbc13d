//===- Strategy.h - Which kernel, which tile -*- C++ -*--------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_CODEGEN_STRATEGY_H
#define HSWISH_CODEGEN_STRATEGY_H

#include "hswish/IR/HSwish.h"

namespace hswish {

/// Strategies, the one with the least estimated time first.
using Strategies = llvm::SmallVector<StrategyAttr>;

/// The `count` best strategies for an op that `threads` share; none if no
/// kernel can compute it.
Strategies chooseStrategies(KernelOpInterface op, size_t count,
                            int64_t threads = 1);

/// What `--tune` tries: the `count` best strategies, and beside each what the
/// cost model cannot tell from it.
Strategies getStrategiesToTry(KernelOpInterface op, size_t count,
                              int64_t threads);

} // namespace hswish

#endif // HSWISH_CODEGEN_STRATEGY_H
