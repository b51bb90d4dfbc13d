//===- Evaluate.h - Activations of constants -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_IR_EVALUATE_H
#define HSWISH_IR_EVALUATE_H

#include "hswish/IR/HSwish.h"
#include "llvm/ADT/APFloat.h"

namespace hswish {

/// What the lowered op computes for this input, bit by bit. f16 and bf16 are
/// computed in f32 and rounded once, the others in their own type; `exact` in
/// what getComputeBits says.
llvm::APFloat evaluateHardSwish(const llvm::APFloat &x, Accuracy accuracy);
llvm::APFloat evaluateHardSigmoid(const llvm::APFloat &x, Accuracy accuracy);
llvm::APFloat evaluateUnitHardSwish(const llvm::APFloat &u);
llvm::APFloat evaluateRelu6(const llvm::APFloat &x);
llvm::APFloat evaluateHardSwishGrad(const llvm::APFloat &x,
                                    const llvm::APFloat &upstream, Kink kink,
                                    Accuracy accuracy);
llvm::APFloat evaluateHardSigmoidGrad(const llvm::APFloat &x,
                                      const llvm::APFloat &upstream, Kink kink,
                                      Accuracy accuracy);

} // namespace hswish

#endif // HSWISH_IR_EVALUATE_H
