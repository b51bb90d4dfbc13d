//===- Epilogue.cpp - What may be in an epilogue ------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/HSwish.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"

using namespace mlir;
using namespace hswish;

#include "hswish/IR/HSwishInterfaces.cpp.inc"

LogicalResult hswish::detail::verifyEpilogue(Operation *op) {
  auto epilogue = cast<EpilogueOpInterface>(op);
  auto init = cast<ShapedType>(
      cast<DestinationStyleOpInterface>(op).getDpsInits()[0].getType());
  SmallVector<AffineMap> maps = epilogue.getEpilogueMapValues();
  if (maps.size() != epilogue.getExtras().size())
    return op->emitOpError("has ")
           << epilogue.getExtras().size() << " epilogue operands but "
           << maps.size() << " epilogue_maps";

  Block &block = epilogue.getEpilogueBlock();
  if (block.getNumArguments() != maps.size() + 1)
    return op->emitOpError("epilogue must have ")
           << maps.size() + 1 << " arguments: the accumulator and one an extra";
  if (block.getArgument(0).getType() != init.getElementType())
    return op->emitOpError("accumulator must have the type ")
           << init.getElementType() << " of the destination's elements";

  for (auto [i, extra, map] : llvm::enumerate(epilogue.getExtras(), maps)) {
    auto type = dyn_cast<ShapedType>(extra.getType());
    if (!type || !type.hasRank())
      return op->emitOpError("extra #") << i << " must be ranked";
    if (map.getNumDims() != static_cast<unsigned>(init.getRank()) ||
        map.getNumSymbols() != 0 ||
        map.getNumResults() != static_cast<unsigned>(type.getRank()))
      return op->emitOpError("epilogue map #")
             << i << " must take the " << init.getRank()
             << " result indices to the " << type.getRank()
             << " indices of extra #" << i;
    for (auto [j, expr] : llvm::enumerate(map.getResults())) {
      int64_t size = type.getDimSize(j);
      if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
        if (constant.getValue() != 0)
          return op->emitOpError("epilogue map #")
                 << i << " may only have dimensions and the constant 0";
      } else if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
        if (failed(verifyCompatibleDims(
                {size, init.getDimSize(dim.getPosition())})))
          return op->emitOpError("extra #")
                 << i << " has size " << size << " in dimension " << j
                 << " where the result has "
                 << init.getDimSize(dim.getPosition());
      } else {
        return op->emitOpError("epilogue map #")
               << i << " may only have dimensions and the constant 0";
      }
    }
    if (block.getArgument(i + 1).getType() != type.getElementType())
      return op->emitOpError("epilogue argument #")
             << i + 1 << " must have the type " << type.getElementType()
             << " of its extra's elements";
  }

  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (!yield || yield.getValues().size() != 1 ||
      yield.getValues()[0].getType() != init.getElementType())
    return op->emitOpError("epilogue must yield one value of type ")
           << init.getElementType();
  for (Operation &inner : block.without_terminator())
    if (!isPure(&inner) || inner.getNumRegions() != 0)
      return inner.emitOpError("in an epilogue must be pure and elementwise");
  return success();
}
