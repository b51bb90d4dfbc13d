//===- Machine.h - What costs and tiles depend on -*- C++ -* -------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_KERNELS_MACHINE_H
#define HSWISH_LIB_CODEGEN_KERNELS_MACHINE_H

#include "hswish/IR/HSwish.h"

namespace hswish {

/// What the choice of a tile depends on.
struct Machine {
  int64_t vector;    ///< elements in a register
  int64_t bytes;     ///< of an element
  int64_t registers; ///< vector registers
  int64_t l1, l2;    ///< data caches, bytes
  bool fma;          ///< a multiplication and an addition are one instruction
  bool fmaByElement; ///< by one element of a register (NEON)
  /// 512 bits are two halves, and narrower vectors take half the time.
  bool splits512;
  int64_t threads = 1; ///< that share the tiles of an op

  /// The machine of `target`, for elements of `bits` bits.
  static Machine get(TargetAttr target, unsigned bits);
  /// The machine that computes `op`, for elements of its result.
  static Machine get(KernelOpInterface op);
};

} // namespace hswish

#endif // HSWISH_LIB_CODEGEN_KERNELS_MACHINE_H
