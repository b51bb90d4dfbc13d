//===- LinalgToHSwish.h - Named linalg ops to structured ops -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_CONVERSION_LINALGTOHSWISH_LINALGTOHSWISH_H
#define HSWISH_CONVERSION_LINALGTOHSWISH_LINALGTOHSWISH_H

namespace mlir {
class RewritePatternSet;
} // namespace mlir

namespace hswish {

/// Patterns that turn named convolutions, matmuls and pooling on tensors of
/// floats into structured ops.
void populateLinalgToHSwishPatterns(mlir::RewritePatternSet &patterns);

} // namespace hswish

#endif // HSWISH_CONVERSION_LINALGTOHSWISH_LINALGTOHSWISH_H
