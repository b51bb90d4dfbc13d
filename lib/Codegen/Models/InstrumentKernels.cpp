//===- InstrumentKernels.cpp - The time that each layer takes -------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Codegen/Layer.h"
#include "hswish/Codegen/Passes.h"
#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/FormatVariadic.h"

namespace hswish {
#define GEN_PASS_DEF_INSTRUMENTKERNELSPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

static bool isWork(Operation *op) {
  return isa<func::CallOp, linalg::LinalgOp, memref::CopyOp>(op) ||
         op->getNumRegions() > 0 || isa<HSwishDialect>(op->getDialect());
}

/// The ops that `op` stands for: those of the kernel that it calls, or itself.
static SmallVector<Operation *> getParts(Operation *op) {
  auto call = dyn_cast<func::CallOp>(op);
  Operation *root = op;
  if (auto kernel = call ? SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
                               op, call.getCalleeAttr())
                         : nullptr)
    root = kernel;
  SmallVector<Operation *> parts, small;
  root->walk([&](Operation *part) {
    if (isa<KernelOpInterface>(part))
      parts.push_back(part);
    else if (isa<FillBorderOp, linalg::LinalgOp, memref::CopyOp>(part))
      small.push_back(part);
  });
  // What prepares a convolution in the same kernel is part of it.
  if (parts.empty() && !small.empty())
    parts.push_back(small.front());
  if (parts.empty())
    parts.push_back(op);
  return parts;
}

static Layer describe(Operation *op) {
  SmallVector<Operation *> parts = getParts(op);
  Layer layer = Layer::get(parts.front());
  llvm::SmallDenseSet<Location> known = {parts.front()->getLoc()};
  // An op that was cut is there several times.
  for (Operation *part : llvm::drop_begin(parts))
    if (known.insert(part->getLoc()).second)
      layer.append(Layer::get(part));
  // Kernels are shared: whose layer it is, the call knows.
  if (parts.size() == 1) {
    Layer own = Layer::get(op);
    if (!own.name.empty())
      layer.name = own.name;
  }
  if (layer.name.empty())
    layer.name = layer.kernel;
  return layer;
}

//===----------------------------------------------------------------------===//
// What is added to the module
//===----------------------------------------------------------------------===//

/// A stamp is taken before the first layer and after each. CLOCK_MONOTONIC is 1
/// on Linux; `struct timespec` is two 64-bit integers on 64-bit machines.
static const char kStampText[] = R"(
llvm.mlir.global internal @hswish_profile_stamps() : !llvm.array<{0} x i64> {{
  %0 = llvm.mlir.zero : !llvm.array<{0} x i64>
  llvm.return %0 : !llvm.array<{0} x i64>
}
llvm.func @clock_gettime(i32, !llvm.ptr) -> i32
llvm.func internal @hswish_profile_stamp(%i: i64) {{
  %one = llvm.mlir.constant(1 : i32) : i32
  %giga = llvm.mlir.constant(1000000000 : i64) : i64
  %time = llvm.alloca %one x !llvm.struct<(i64, i64)> : (i32) -> !llvm.ptr
  %status = llvm.call @clock_gettime(%one, %time) : (i32, !llvm.ptr) -> i32
  %now = llvm.load %time : !llvm.ptr -> !llvm.struct<(i64, i64)>
  %seconds = llvm.extractvalue %now[0] : !llvm.struct<(i64, i64)>
  %rest = llvm.extractvalue %now[1] : !llvm.struct<(i64, i64)>
  %scaled = llvm.mul %seconds, %giga : i64
  %sum = llvm.add %scaled, %rest : i64
  %stamps = llvm.mlir.addressof @hswish_profile_stamps : !llvm.ptr
  %slot = llvm.getelementptr %stamps[%i] : (!llvm.ptr, i64) -> !llvm.ptr, i64
  llvm.store %sum, %slot : i64, !llvm.ptr
  llvm.return
}
)";

/// One `hswish_layer_info`.
static constexpr StringLiteral kLayerType =
    "!llvm.struct<(ptr, ptr, ptr, i64, i64)>";

static void printStrings(llvm::raw_ostream &stream, size_t i,
                         const Layer &layer) {
  StringRef texts[] = {layer.name, layer.kernel, layer.signature};
  for (auto [field, text] : llvm::enumerate(texts)) {
    stream << "llvm.mlir.global internal constant @hswish_profile_text_" << i
           << "_" << field << "(\"";
    llvm::printEscapedString(text, stream);
    stream << "\\00\") {addr_space = 0 : i32}\n";
  }
}

static void printLayer(llvm::raw_ostream &stream, size_t i, const Layer &layer,
                       StringRef arrayType) {
  stream << "  %l" << i << "_0 = llvm.mlir.zero : " << kLayerType << "\n";
  for (int field = 0; field < 5; ++field) {
    std::string value = llvm::formatv("%v{0}_{1}", i, field);
    StringRef type = field < 3 ? "!llvm.ptr" : "i64";
    stream << "  " << value << " = ";
    if (field < 3)
      stream << "llvm.mlir.addressof @hswish_profile_text_" << i << "_"
             << field;
    else
      stream << "llvm.mlir.constant("
             << (field == 3 ? layer.multiplyAdds : layer.bytes) << " : i64)";
    stream << " : " << type << "\n";
    stream << llvm::formatv(
        "  %l{0}_{1} = llvm.insertvalue {2}, %l{0}_{3}[{3}] : {4}\n", i,
        field + 1, value, field, kLayerType);
  }
  stream << llvm::formatv("  %a{0} = llvm.insertvalue %l{1}_5, %a{1}[{1}] : "
                          "{2}\n",
                          i + 1, i, arrayType);
}

/// The table of layers and the function that returns it.
static std::string getTableText(ArrayRef<Layer> layers) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  for (auto [i, layer] : llvm::enumerate(layers))
    printStrings(stream, i, layer);
  std::string arrayType =
      llvm::formatv("!llvm.array<{0} x {1}>", layers.size(), kLayerType);
  stream << "llvm.mlir.global internal constant @hswish_profile_layers() : "
         << arrayType << " {\n  %a0 = llvm.mlir.zero : " << arrayType << "\n";
  for (auto [i, layer] : llvm::enumerate(layers))
    printLayer(stream, i, layer, arrayType);
  stream << "  llvm.return %a" << layers.size() << " : " << arrayType
         << "\n}\n";
  stream << llvm::formatv(R"(
llvm.mlir.global internal constant @hswish_profile() : !llvm.struct<(i64, ptr, ptr)> {{
  %0 = llvm.mlir.zero : !llvm.struct<(i64, ptr, ptr)>
  %n = llvm.mlir.constant({0} : i64) : i64
  %layers = llvm.mlir.addressof @hswish_profile_layers : !llvm.ptr
  %stamps = llvm.mlir.addressof @hswish_profile_stamps : !llvm.ptr
  %1 = llvm.insertvalue %n, %0[0] : !llvm.struct<(i64, ptr, ptr)>
  %2 = llvm.insertvalue %layers, %1[1] : !llvm.struct<(i64, ptr, ptr)>
  %3 = llvm.insertvalue %stamps, %2[2] : !llvm.struct<(i64, ptr, ptr)>
  llvm.return %3 : !llvm.struct<(i64, ptr, ptr)>
}
llvm.func weak @hswish_get_profile() -> !llvm.ptr {{
  %0 = llvm.mlir.addressof @hswish_profile : !llvm.ptr
  llvm.return %0 : !llvm.ptr
}
)",
                          layers.size());
  return text;
}

static void insertStamp(OpBuilder &b, Location loc, int64_t i) {
  Value index =
      LLVM::ConstantOp::create(b, loc, b.getI64Type(), b.getI64IntegerAttr(i));
  LLVM::CallOp::create(b, loc, TypeRange(), "hswish_profile_stamp",
                       ValueRange(index));
}

namespace {
struct InstrumentKernelsPass
    : hswish::impl::InstrumentKernelsPassBase<InstrumentKernelsPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<Operation *> work;
    for (auto func : module.getOps<func::FuncOp>())
      if (func.isPublic() && !func.isExternal())
        for (Operation &op : func.getOps())
          if (isWork(&op))
            work.push_back(&op);
    if (work.empty())
      return;
    SmallVector<Layer> layers;
    OpBuilder b(work.front());
    insertStamp(b, work.front()->getLoc(), 0);
    for (auto [i, op] : llvm::enumerate(work)) {
      layers.push_back(describe(op));
      b.setInsertionPointAfter(op);
      insertStamp(b, op->getLoc(), i + 1);
    }
    std::string text = llvm::formatv(kStampText, layers.size() + 1).str() +
                       getTableText(layers);
    auto added = parseSourceString<ModuleOp>(text, &getContext());
    module.getBody()->getOperations().splice(module.getBody()->end(),
                                             added->getBody()->getOperations());
  }
};
} // namespace
