//===- NodeLocation.h - Which node of a model an op is -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_IR_NODELOCATION_H
#define HSWISH_IR_NODELOCATION_H

#include "mlir/IR/Location.h"
#include <string>

namespace hswish {

/// The location of what is imported from a node: loc(fused<"Mul">["act"("f")]).
mlir::Location getNodeLocation(llvm::StringRef name, llvm::StringRef op,
                               mlir::Location file);

/// "node 'act' (Mul): ", or nothing for another location.
std::string describeNode(mlir::Location location);

} // namespace hswish

#endif // HSWISH_IR_NODELOCATION_H
