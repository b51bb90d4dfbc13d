//===- Quantized.h - Activations of codes -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The one definition of what quantised activations compute. Folders, tables and
// tests ask here; the lowering of 16 bits is checked against it.
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_IR_QUANTIZED_H
#define HSWISH_IR_QUANTIZED_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/APInt.h"

namespace hswish {

enum class Semantics : uint32_t;

/// A quantised activation without its operand.
struct QuantizedActivation {
  /// hard_swish; otherwise hard_sigmoid.
  bool isHardSwish;
  /// The width of a code in bits, 8 or 16.
  unsigned width;
  bool isUnsigned;
  float inputScale;
  int64_t inputZeroPoint;
  float outputScale;
  int64_t outputZeroPoint;
  Semantics semantics;

  int64_t getLowest() const { return isUnsigned ? 0 : -(1LL << (width - 1)); }
  int64_t getHighest() const { return getLowest() + (1LL << width) - 1; }
};

/// Whether the semantics exist for these codes, scales and zero points.
llvm::LogicalResult
verify(const QuantizedActivation &activation,
       llvm::function_ref<mlir::InFlightDiagnostic()> emitError);

/// The code that `activation`, which must verify, gives for `code`.
int64_t evaluate(const QuantizedActivation &activation, int64_t code);

/// The results for all codes, in the order of their bits: 0, 1, ..., -1.
llvm::SmallVector<llvm::APInt> makeTable(const QuantizedActivation &activation);

/// The bits of a float as a whole number of 2^-149, the least positive f32.
llvm::APInt toLeastUnits(float number, unsigned bits);

} // namespace hswish

#endif // HSWISH_IR_QUANTIZED_H
