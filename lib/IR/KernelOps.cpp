//===- KernelOps.cpp - What kernels are told of structured ops ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/HSwish.h"

using namespace mlir;
using namespace hswish;

static void printPair(raw_ostream &stream, StringRef name,
                      ArrayRef<int64_t> pair) {
  stream << " " << name << " " << pair[0] << "x" << pair[1];
}

static void printWeights(raw_ostream &stream, ArrayRef<int64_t> shape,
                         Type type) {
  llvm::interleave(shape, stream, "x");
  stream << "x" << getElementTypeOrSelf(type);
}

//===----------------------------------------------------------------------===//
// Conv2DOp
//===----------------------------------------------------------------------===//

OpOperand *Conv2DOp::getWeights() { return &getFilterMutable(); }

SmallVector<int64_t> Conv2DOp::getWeightsShape() {
  return llvm::to_vector_of<int64_t>(getUnpackedFilterShape());
}

bool Conv2DOp::isPacked() { return getFilterShapeAttr() != nullptr; }

void Conv2DOp::setPackedWeights(Value packed) {
  setFilterShape(getUnpackedFilterShape());
  getFilterMutable().assign(packed);
}

int64_t Conv2DOp::countMultiplyAdds() {
  SmallVector<int64_t, 4> filter = getUnpackedFilterShape();
  return getInitType().getNumElements() * filter[0] * filter[1] * filter[2];
}

void Conv2DOp::printWindow(raw_ostream &stream) {
  printWeights(stream, getUnpackedFilterShape(), getFilter().getType());
  printPair(stream, "strides", getStrides());
  printPair(stream, "dilations", getDilations());
  stream << " groups " << getGroups();
}

//===----------------------------------------------------------------------===//
// MatmulOp
//===----------------------------------------------------------------------===//

OpOperand *MatmulOp::getWeights() { return &getRhsMutable(); }

SmallVector<int64_t> MatmulOp::getWeightsShape() {
  return llvm::to_vector_of<int64_t>(getUnpackedRhsShape());
}

bool MatmulOp::isPacked() { return getRhsShapeAttr() != nullptr; }

void MatmulOp::setPackedWeights(Value packed) {
  setRhsShape(getUnpackedRhsShape());
  getRhsMutable().assign(packed);
}

int64_t MatmulOp::countMultiplyAdds() {
  return getInitType().getNumElements() * getUnpackedRhsShape()[0];
}

void MatmulOp::printWindow(raw_ostream &stream) {
  printWeights(stream, getUnpackedRhsShape(), getRhs().getType());
}

//===----------------------------------------------------------------------===//
// Pool2DOp
//===----------------------------------------------------------------------===//

int64_t Pool2DOp::countMultiplyAdds() { return 0; }

void Pool2DOp::printWindow(raw_ostream &stream) {
  stream << getKernel()[0] << "x" << getKernel()[1] << " "
         << stringifyPoolKind(getKind());
  printPair(stream, "strides", getStrides());
  printPair(stream, "dilations", getDilations());
}
