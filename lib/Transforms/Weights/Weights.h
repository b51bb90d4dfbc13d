//===- Weights.h - Constant weights and biases of structured ops -*- C++ -*-==//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_TRANSFORMS_WEIGHTS_WEIGHTS_H
#define HSWISH_LIB_TRANSFORMS_WEIGHTS_WEIGHTS_H

#include "../Fusion/ScalarBody.h"
#include "hswish/IR/HSwish.h"

namespace hswish {

//===----------------------------------------------------------------------===//
// Constants by channel
//===----------------------------------------------------------------------===//

/// One number a channel, or one for all.
using Channels = llvm::SmallVector<double>;

inline double at(const Channels &channels, int64_t i) {
  return channels.size() == 1 ? channels[0] : channels[i];
}

bool isAll(const Channels &channels, double value);
bool areFinite(const Channels &channels);

template <typename Function>
Channels combine(const Channels &a, const Channels &b, Function f) {
  Channels result;
  for (size_t i = 0, e = std::max(a.size(), b.size()); i < e; ++i)
    result.push_back(f(at(a, i), at(b, i)));
  return result;
}

/// The numbers of a constant that depends on the last dimension only.
std::optional<Channels> getChannels(const ElementSource &source);

/// The numbers of a value in the epilogue of `op`: a constant in it, or an
/// element of a constant operand.
std::optional<Channels> getChannels(EpilogueOpInterface op,
                                    mlir::Value element);

//===----------------------------------------------------------------------===//
// Convolutions and matmuls alike
//===----------------------------------------------------------------------===//

/// The operand of a structured op that holds constant weights; its last
/// dimension is that of the output channels. Null if there is none to change.
mlir::OpOperand *getWeights(EpilogueOpInterface op,
                            mlir::DenseElementsAttr &value);

int64_t getGroups(EpilogueOpInterface op);

/// Calls `f(weight, input channel, output channel)` for each weight.
template <typename Function>
void forEachWeight(EpilogueOpInterface op, llvm::ArrayRef<int64_t> shape,
                   Function f) {
  int64_t outputs = shape.back(), inputs = shape[shape.size() - 2];
  int64_t taps = mlir::ShapedType::getNumElements(shape) / (outputs * inputs);
  int64_t perGroup = outputs / getGroups(op);
  int64_t index = 0;
  for (int64_t tap = 0; tap < taps; ++tap)
    for (int64_t c = 0; c < inputs; ++c)
      for (int64_t o = 0; o < outputs; ++o)
        f(index++, o / perGroup * inputs + c, o);
}

llvm::SmallVector<float, 0> getFloats(mlir::DenseElementsAttr value);

/// weight *= in[input channel] * out[output channel]
void scaleWeights(mlir::OpBuilder &b, EpilogueOpInterface op,
                  const Channels &in, const Channels &out);

/// A new first step of the epilogue: adds one number a channel to the
/// accumulator; returns the sum.
mlir::Value prependBias(mlir::OpBuilder &b, EpilogueOpInterface op,
                        const Channels &bias);

/// Drops operands of the epilogue that it does not use any more.
void dropUnusedExtras(mlir::OpBuilder &b, EpilogueOpInterface op);

} // namespace hswish

#endif // HSWISH_LIB_TRANSFORMS_WEIGHTS_WEIGHTS_H
