//===- NodeLocation.cpp - Which node of a model an op is ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/NodeLocation.h"

#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

Location hswish::getNodeLocation(StringRef name, StringRef op, Location file) {
  MLIRContext *context = file.getContext();
  Location named = NameLoc::get(StringAttr::get(context, name), file);
  return FusedLoc::get(context, named, StringAttr::get(context, op));
}

std::string hswish::describeNode(Location location) {
  std::string text;
  // Passes may have fused it with others: the first one counts.
  location->walk([&](Location part) {
    auto fused = dyn_cast<FusedLoc>(part);
    auto op = fused ? dyn_cast_or_null<StringAttr>(fused.getMetadata())
                    : StringAttr();
    if (!op || fused.getLocations().size() != 1)
      return WalkResult::advance();
    auto name = dyn_cast<NameLoc>(fused.getLocations()[0]);
    if (!name)
      return WalkResult::advance();
    text = llvm::formatv("node '{0}' ({1}): ", name.getName().getValue(),
                         op.getValue());
    return WalkResult::interrupt();
  });
  return text;
}
