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
  const CpuModel &model = target.getCpuModel();
  return {target.getVectorBits() / bits,
          bits / 8,
          target.getRegisters(),
          target.getL1(),
          target.getL2(),
          target.hasFma(),
          model.fmaByElement,
          target.getVectorBits() == 512 && model.splits512};
}

Machine Machine::get(KernelOpInterface op) {
  return get(getTargetOrGeneric(op),
             op.getResultType().getElementType().getIntOrFloatBitWidth());
}
