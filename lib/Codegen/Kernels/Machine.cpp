//===- Machine.cpp - What costs and tiles depend on ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"

using namespace mlir;
using namespace hswish;

Machine Machine::get(TargetAttr target, unsigned bits) {
  if (!target)
    return {128 / bits, bits / 8, 16, 32 << 10, 512 << 10, true, false, false};
  return {target.getVectorBits() / bits, bits / 8, target.getRegisters(),
          target.getL1(), target.getL2(), target.hasFma(), target.isAArch64(),
          // Intel's servers, whose third level is far, compute them at once.
          target.getVectorBits() == 512 && !target.getFarL3()};
}

Machine Machine::get(KernelOpInterface op) {
  return get(getTarget(op),
             op.getResultType().getElementType().getIntOrFloatBitWidth());
}
