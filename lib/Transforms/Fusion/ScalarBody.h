//===- ScalarBody.h - Elementwise ops seen one element at a time -*- C++
//-*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_TRANSFORMS_FUSION_SCALARBODY_H
#define HSWISH_LIB_TRANSFORMS_FUSION_SCALARBODY_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/IRMapping.h"

namespace hswish {

/// Which elements of a tensor go into an element of a result.
struct ElementSource {
  mlir::Value tensor;
  /// From indices of the result to indices of the tensor: each a dimension or
  /// the constant 0.
  mlir::AffineMap map;
};

/// An op that computes each element of its one result from one element of each
/// operand, written on tensors or as a linalg.generic.
class ScalarBody {
public:
  /// Null with a reason if `op` is no such op.
  static std::optional<ScalarBody> match(mlir::Operation *op,
                                         std::string *reason = nullptr);

  mlir::Value getResult() const { return op->getResult(0); }
  /// The tensors that elements are read of.
  llvm::ArrayRef<ElementSource> getSources() const { return sources; }

  /// The op on scalars, one a source; returns the result's element.
  mlir::Value inlineAt(mlir::OpBuilder &b, mlir::Location loc,
                       llvm::ArrayRef<mlir::Value> elements) const;

private:
  mlir::Operation *op = nullptr;
  llvm::SmallVector<ElementSource> sources;
};

/// If the elements that `source` reads are all the same constant, that.
mlir::TypedAttr getSplat(const ElementSource &source);

/// Looks through broadcasts and added unit dimensions; brings constants into
/// their smallest form (made at `b`).
ElementSource simplify(mlir::OpBuilder &b, ElementSource source);

/// Whether each result of `map` is a dimension or the constant 0.
bool isBroadcastMap(mlir::AffineMap map);

} // namespace hswish

#endif // HSWISH_LIB_TRANSFORMS_FUSION_SCALARBODY_H
