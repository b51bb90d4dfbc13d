//===- Trips.cpp - How often loops run ------------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Trips.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

std::optional<int64_t> hswish::countTrips(OpFoldResult low, OpFoldResult high,
                                          OpFoldResult step) {
  std::optional<int64_t> from = getConstantIntValue(low),
                         to = getConstantIntValue(high),
                         by = getConstantIntValue(step);
  if (!from || !to || !by || *by <= 0)
    return std::nullopt;
  return *to > *from ? llvm::divideCeil(*to - *from, *by) : 0;
}

std::optional<int64_t> hswish::countTrips(scf::ForOp loop) {
  if (auto trips = loop->getAttrOfType<IntegerAttr>(kTripsAttrName))
    return trips.getInt();
  return countTrips(loop.getLowerBound(), loop.getUpperBound(), loop.getStep());
}

void hswish::setTrips(scf::ForOp loop, int64_t trips) {
  loop->setAttr(kTripsAttrName, Builder(loop).getI64IntegerAttr(trips));
}
