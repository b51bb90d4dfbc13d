//===- Cost.cpp - Times of register tiles --------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Cost.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace hswish;

void hswish::keepBest(SmallVectorImpl<Tile> &tiles, Tile tile, size_t count) {
  auto cheaper = [](const Tile &a, const Tile &b) { return a.cost < b.cost; };
  tiles.insert(llvm::upper_bound(tiles, tile, cheaper), std::move(tile));
  if (tiles.size() > count)
    tiles.pop_back();
}

int64_t hswish::countVectors(const Machine &machine, int64_t channels) {
  return channels / machine.vector +
         llvm::popcount(static_cast<uint64_t>(channels % machine.vector));
}
