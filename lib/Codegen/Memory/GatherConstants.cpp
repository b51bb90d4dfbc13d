//===- GatherConstants.cpp - All constants into one ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Codegen/Passes.h"
#include "hswish/IR/ElementTypes.h"
#include "hswish/IR/MemoryLimit.h"
#include "hswish/IR/Sizes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

namespace hswish {
#define GEN_PASS_DEF_GATHERCONSTANTSPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

namespace {

/// The value of a global that can be moved: private, constant, of whole bytes.
DenseElementsAttr getMovableValue(memref::GlobalOp global) {
  if (!global || global.isPublic() || !global.getConstant() ||
      !global.getInitialValue())
    return nullptr;
  auto value = dyn_cast<DenseElementsAttr>(*global.getInitialValue());
  return value && isWholeBytes(value.getElementType()) ? value : nullptr;
}

/// Appends the elements of `value` to `bytes`.
void append(DenseElementsAttr value, std::vector<char> &bytes) {
  ArrayRef<char> raw = value.getRawData();
  int64_t copies = value.isSplat() ? value.getNumElements() : 1;
  bytes.reserve(bytes.size() + copies * raw.size());
  for (int64_t i = 0; i < copies; ++i)
    bytes.insert(bytes.end(), raw.begin(), raw.end());
}

/// Adds the constants that `value` shows.
void collect(Value value, llvm::SetVector<memref::GetGlobalOp> &constants) {
  Operation *def = value.getDefiningOp();
  if (auto get = dyn_cast_or_null<memref::GetGlobalOp>(def))
    constants.insert(get);
  else if (isa_and_nonnull<ViewLikeOpInterface>(def))
    for (Value operand : def->getOperands())
      collect(operand, constants);
}

/// Where constants are named says nothing: by now that may be far above their
/// use, in any order. What counts is who reads them.
SmallVector<memref::GetGlobalOp> collectInOrderOfUse(ModuleOp module) {
  llvm::SetVector<memref::GetGlobalOp> constants;
  module.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!isa<ViewLikeOpInterface>(op))
      for (Value operand : op->getOperands())
        collect(operand, constants);
  });
  module.walk([&](memref::GetGlobalOp get) { constants.insert(get); });
  return constants.takeVector();
}

/// Reports constants that together are above the limit, where they pass it.
LogicalResult checkSize(ArrayRef<memref::GetGlobalOp> constants,
                        SymbolTable &symbols, ModuleOp module) {
  int64_t limit =
      std::min(hswish::getMemoryLimit(module), hswish::kMaxConstants);
  int64_t total = 0;
  llvm::SmallPtrSet<Operation *, 16> seen;
  for (memref::GetGlobalOp get : constants) {
    auto global = symbols.lookup<memref::GlobalOp>(get.getName());
    if (!getMovableValue(global) || !seen.insert(global).second)
      continue;
    int64_t bytes = hswish::getByteSize(global.getType());
    if (bytes > limit || (total += bytes) > limit)
      return emitError(get.getLoc())
             << "with this constant of type " << global.getType()
             << ", what the model keeps "
             << hswish::explainMemory(bytes > limit ? bytes : total, limit);
  }
  return success();
}

struct GatherConstantsPass
    : hswish::impl::GatherConstantsPassBase<GatherConstantsPass> {
  using Base::Base;

  void runOnOperation() override;
  void replaceUses(memref::GlobalOp blob,
                   ArrayRef<std::pair<memref::GetGlobalOp, int64_t>> uses);
};

void GatherConstantsPass::runOnOperation() {
  if (failed(hswish::verifySizes(getOperation())))
    return signalPassFailure();
  ModuleOp module = getOperation();
  if (alignment < 1 || !llvm::isPowerOf2_64(alignment)) {
    module.emitError("alignment must be a power of two");
    return signalPassFailure();
  }
  SymbolTable symbols(module);
  SmallVector<memref::GetGlobalOp> constants = collectInOrderOfUse(module);
  if (failed(checkSize(constants, symbols, module)))
    return signalPassFailure();
  std::vector<char> bytes;
  llvm::MapVector<memref::GlobalOp, int64_t> offsets;
  SmallVector<std::pair<memref::GetGlobalOp, int64_t>> uses;
  for (memref::GetGlobalOp get : constants) {
    auto global = symbols.lookup<memref::GlobalOp>(get.getName());
    DenseElementsAttr value = getMovableValue(global);
    if (!value)
      continue;
    auto [entry, isNew] = offsets.try_emplace(global, bytes.size());
    if (isNew) {
      append(value, bytes);
      bytes.resize(llvm::alignTo(bytes.size(), alignment));
    }
    uses.emplace_back(get, entry->second);
  }
  if (uses.empty())
    return;

  auto b = OpBuilder::atBlockBegin(module.getBody());
  auto size = static_cast<int64_t>(bytes.size());
  auto value = DenseElementsAttr::getFromRawBuffer(
      RankedTensorType::get({size}, b.getI8Type()), bytes);
  auto blob = memref::GlobalOp::create(
      b, module.getLoc(), "constants", b.getStringAttr("private"),
      MemRefType::get({size}, b.getI8Type()), value, /*constant=*/true,
      b.getI64IntegerAttr(alignment));
  symbols.insert(blob);
  replaceUses(blob, uses);
  for (auto &[global, offset] : offsets)
    symbols.erase(global);
}

void GatherConstantsPass::replaceUses(
    memref::GlobalOp blob,
    ArrayRef<std::pair<memref::GetGlobalOp, int64_t>> uses) {
  for (auto [get, at] : uses) {
    OpBuilder b(get);
    Location loc = get.getLoc();
    Value source =
        memref::GetGlobalOp::create(b, loc, blob.getType(), blob.getSymName());
    Value offset = arith::ConstantIndexOp::create(b, loc, at);
    Value view = memref::ViewOp::create(b, loc, cast<MemRefType>(get.getType()),
                                        source, offset, ValueRange());
    get.replaceAllUsesWith(view);
    get.erase();
  }
}

} // namespace
