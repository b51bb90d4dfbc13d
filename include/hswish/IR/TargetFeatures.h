//===- TargetFeatures.h - What an x86 can do -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_IR_TARGETFEATURES_H
#define HSWISH_IR_TARGETFEATURES_H

#include "hswish/IR/HSwish.h"

namespace hswish {

/// Whether an x86 has a feature of LLVM's, by its cpu or by name.
bool hasX86Feature(TargetAttr target, llvm::StringRef name);

/// Whether kernels may use `vpermi2b` on whole registers: a table of bytes in
/// two steps.
bool hasVpermi2b(TargetAttr target);

/// Whether f16 becomes f32, and f32 f16, by an instruction on vectors.
bool hasHalfConversions(TargetAttr target);

} // namespace hswish

#endif // HSWISH_IR_TARGETFEATURES_H
