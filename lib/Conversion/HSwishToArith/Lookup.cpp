//===- Lookup.cpp - Tables in registers or in memory ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lookup.h"

#include "hswish/IR/TargetFeatures.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <numeric>

using namespace mlir;
using namespace hswish;
using llvm::APInt;

namespace {

/// How a target looks up bytes.
enum class Lookup {
  Memory,   ///< A load for each.
  Pshufb,   ///< 16 entries at a time.
  Tbl,      ///< 64 entries at a time.
  Vpermi2b, ///< 128 entries at a time.
};

Lookup getLookup(TargetAttr target) {
  if (target.isAArch64())
    return Lookup::Tbl;
  if (!target.isX86())
    return Lookup::Memory;
  if (hasVpermi2b(target))
    return Lookup::Vpermi2b;
  return target.getVectorBits() >= 256 || hasX86Feature(target, "ssse3")
             ? Lookup::Pshufb
             : Lookup::Memory;
}

/// Looks up vectors of a native number of bytes.
class ByteLookup {
public:
  ByteLookup(OpBuilder &b, Location loc, ArrayRef<APInt> table, int64_t lanes)
      : b(b), loc(loc), type(VectorType::get(lanes, b.getI8Type())) {
    for (const APInt &entry : table)
      bytes.push_back(static_cast<uint8_t>(entry.getZExtValue()));
  }

  Value byVpermi2b(Value codes);
  Value byPshufb(Value codes);
  Value byTbl(Value codes);

private:
  /// The entries from `at` on, repeated after `period` if that is less than a
  /// vector.
  Value entries(ArrayRef<uint8_t> all, int64_t at, int64_t period) {
    SmallVector<uint8_t> lanes;
    for (int64_t lane = 0; lane < type.getNumElements(); ++lane)
      lanes.push_back(all[at + lane % period]);
    return arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(type, ArrayRef<uint8_t>(lanes)));
  }
  Value splat(int8_t number) {
    return arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(type, b.getI8IntegerAttr(number)));
  }
  Value call(StringRef intrinsic, ValueRange operands) {
    return LLVM::CallIntrinsicOp::create(b, loc, type,
                                         b.getStringAttr(intrinsic), operands)
        .getResults();
  }

  OpBuilder &b;
  Location loc;
  VectorType type;
  SmallVector<uint8_t, 256> bytes;
};

/// Each takes the lower seven bits; the eighth chooses.
Value ByteLookup::byVpermi2b(Value codes) {
  auto half = [&](int64_t at) {
    return call("llvm.x86.avx512.vpermi2var.qi.512",
                {entries(bytes, at, 64), codes, entries(bytes, at + 64, 64)});
  };
  Value low = half(0), high = half(128);
  Value isHigh =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, codes, splat(0));
  return arith::SelectOp::create(b, loc, isHigh, high, low);
}

/// `pshufb` gives entry i % 16, and 0 where bit 7 of i is set. Sixteen of them
/// go over the table, i less 16 each time, and their results are combined by
/// exclusive or: i is negative for the blocks behind its own, and what the
/// blocks before it give is cancelled by what they hold. From 128 on i starts
/// as negative; the eighth subtraction wraps it around, and from there on it
/// saturates, so that the lower half of all codes stays negative.
Value ByteLookup::byPshufb(Value codes) {
  StringRef intrinsic =
      type.getNumElements() == 64   ? "llvm.x86.avx512.pshuf.b.512"
      : type.getNumElements() == 32 ? "llvm.x86.avx2.pshuf.b"
                                    : "llvm.x86.ssse3.pshuf.b.128";
  // What block k adds: a code of block j < 8 collects 0 to j, a code of block
  // 8 + j collects j + 1 to 8 + j.
  SmallVector<uint8_t, 256> added(bytes);
  for (int64_t i = 16; i < 256; ++i)
    added[i] = bytes[i] ^ bytes[i - 16];
  for (int64_t i = 128; i < 256; ++i)
    added[i] ^= i < 144 ? bytes[i - 128] : bytes[i - 128] ^ bytes[i - 144];

  auto block = [&](int64_t k, Value at) {
    return call(intrinsic, {entries(added, 16 * k, 16), at});
  };
  Value at = codes, result = block(0, at), sixteen = splat(16);
  for (int64_t k = 1; k < 16; ++k) {
    at = k <= 8 ? Value(arith::SubIOp::create(b, loc, at, sixteen))
                : call(("llvm.ssub.sat.v" + Twine(type.getNumElements()) + "i8")
                           .str(),
                       {at, sixteen});
    result = arith::XOrIOp::create(b, loc, result, block(k, at));
  }
  return result;
}

/// `tbl` gives 0, and `tbx` its first operand, for what is beyond 64 entries.
Value ByteLookup::byTbl(Value codes) {
  Value result, at = codes;
  for (int64_t start = 0; start < 256; start += 64) {
    SmallVector<Value> operands;
    if (result) {
      operands.push_back(result);
      at = arith::SubIOp::create(b, loc, at, splat(64));
    }
    for (int64_t i = 0; i < 64; i += 16)
      operands.push_back(entries(bytes, start + i, 16));
    operands.push_back(at);
    result = call(result ? "llvm.aarch64.neon.tbx4.v16i8"
                         : "llvm.aarch64.neon.tbl4.v16i8",
                  operands);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// In memory
//===----------------------------------------------------------------------===//

/// A global with these entries: the one that there is, or a new one.
memref::GlobalOp getGlobal(OpBuilder &b, Operation *symbolTable,
                           DenseElementsAttr entries, Location loc) {
  for (int64_t i = 0;; ++i) {
    std::string name = ("hswish_table_" + Twine(i)).str();
    Operation *found = SymbolTable::lookupSymbolIn(symbolTable, name);
    if (auto global = dyn_cast_or_null<memref::GlobalOp>(found);
        global && global.getInitialValue() == Attribute(entries))
      return global;
    if (found)
      continue;
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&symbolTable->getRegion(0).front());
    auto type = cast<ShapedType>(entries.getType());
    return memref::GlobalOp::create(
        b, loc, name, b.getStringAttr("private"),
        MemRefType::get(type.getShape(), type.getElementType()), entries,
        /*constant=*/true, b.getI64IntegerAttr(64));
  }
}

Value lookUpInMemory(OpBuilder &b, Operation *op, Value codes,
                     ArrayRef<APInt> table) {
  Location loc = op->getLoc();
  Type element = getElementTypeOrSelf(codes.getType());
  auto entries = DenseElementsAttr::get(
      RankedTensorType::get(static_cast<int64_t>(table.size()), element),
      table);
  memref::GlobalOp global =
      getGlobal(b, SymbolTable::getNearestSymbolTable(op), entries, loc);
  Value memory = memref::GetGlobalOp::create(b, loc, global.getType(),
                                             global.getSymName());
  auto type = dyn_cast<VectorType>(codes.getType());
  if (!type) {
    Value index = arith::IndexCastUIOp::create(b, loc, b.getIndexType(), codes);
    return memref::LoadOp::create(b, loc, memory, index);
  }
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  Value indices =
      arith::ExtUIOp::create(b, loc, type.clone(b.getI32Type()), codes);
  Value all = arith::ConstantOp::create(
      b, loc,
      DenseElementsAttr::get(cast<ShapedType>(type.clone(b.getI1Type())),
                             true));
  return vector::GatherOp::create(b, loc, type, memory, zero, indices, all,
                                  codes);
}

} // namespace

Value hswish::mapPieces(OpBuilder &b, Location loc, Value x, int64_t lanes,
                        function_ref<Value(Value)> compute) {
  int64_t size = cast<VectorType>(x.getType()).getNumElements();
  if (size == lanes)
    return compute(x);
  // Shuffles only: LLVM has them.
  auto shuffle = [&](Value from, Value more, int64_t start, int64_t width,
                     int64_t lanes) -> Value {
    SmallVector<int64_t> mask(lanes, vector::ShuffleOp::kPoisonIndex);
    std::iota(mask.begin(), mask.begin() + width, start);
    return vector::ShuffleOp::create(b, loc, from, more, ArrayRef(mask));
  };
  Value result;
  for (int64_t at = 0; at < size; at += lanes) {
    int64_t width = std::min(lanes, size - at);
    Value piece = compute(shuffle(x, x, at, width, lanes));
    if (result)
      result = shuffle(result, piece, 0, at + width, at + width);
    else
      result = width < lanes ? shuffle(piece, piece, 0, width, width) : piece;
  }
  return result;
}

FailureOr<Value> hswish::lookUp(OpBuilder &b, Operation *op, Value codes,
                                ArrayRef<APInt> table, bool mayAddGlobals) {
  auto type = dyn_cast<VectorType>(codes.getType());
  TargetAttr target = getTargetOrGeneric(op);
  Lookup lookup =
      type && table.size() == 256 ? getLookup(target) : Lookup::Memory;
  if (lookup == Lookup::Memory) {
    if (!mayAddGlobals)
      return failure();
    return lookUpInMemory(b, op, codes, table);
  }
  int64_t lanes = 16;
  if (lookup == Lookup::Vpermi2b)
    lanes = 64;
  if (lookup == Lookup::Pshufb)
    lanes =
        std::clamp<int64_t>(llvm::PowerOf2Ceil(type.getNumElements()), 16,
                            std::min<int64_t>(64, target.getVectorBits() / 8));
  Location loc = op->getLoc();
  ByteLookup bytes(b, loc, table, lanes);
  return mapPieces(b, loc, codes, lanes, [&](Value piece) {
    return lookup == Lookup::Vpermi2b ? bytes.byVpermi2b(piece)
           : lookup == Lookup::Pshufb ? bytes.byPshufb(piece)
                                      : bytes.byTbl(piece);
  });
}
