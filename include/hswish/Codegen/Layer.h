//===- Layer.h - What a profile says of a layer -*- C++ -*-----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_CODEGEN_LAYER_H
#define HSWISH_CODEGEN_LAYER_H

#include "hswish/IR/DiscardableAttrs.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Operation.h"

#include <string>

namespace hswish {

/// One or several ops on memory that are timed as one.
struct Layer {
  std::string name;      ///< the ONNX node's
  std::string kernel;    ///< pointwise, depthwise, copy, …
  std::string signature; ///< as in a file of strategies; may be empty
  int64_t multiplyAdds = 0;
  int64_t bytes = 0; ///< of all operands, each counted once

  /// What `op` is: by its annotation, if it has one, and else by its shapes.
  static Layer get(mlir::Operation *op);

  /// The counts, for ops that are about to be cut to pieces.
  mlir::DictionaryAttr getCounts(mlir::MLIRContext *context) const;

  /// Takes another op in that is part of the same layer.
  void append(const Layer &other);
};

} // namespace hswish

#endif // HSWISH_CODEGEN_LAYER_H
