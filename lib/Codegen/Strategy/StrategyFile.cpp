//===- StrategyFile.cpp - Strategies that a user gives --------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Codegen/StrategyFile.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/LineIterator.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;
using namespace hswish;

//===----------------------------------------------------------------------===//
// Signatures
//===----------------------------------------------------------------------===//

static void printShape(llvm::raw_ostream &stream, ArrayRef<int64_t> shape,
                       Type type) {
  for (int64_t size : shape)
    stream << size << "x";
  stream << getElementTypeOrSelf(type);
}

static ArrayRef<int64_t> getShape(Value value) {
  return cast<ShapedType>(value.getType()).getShape();
}

std::string hswish::getLayerSignature(KernelOpInterface op) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << op->getName().stripDialect() << " ";
  Value input = op->getOperand(0);
  printShape(stream, getShape(input), input.getType());
  stream << " by ";
  op.printWindow(stream);
  stream << " to ";
  printShape(stream, op.getResultType().getShape(), op.getResultType());
  return text;
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

/// Parses a strategy; what the parser has to say is said at `loc`.
static StrategyAttr parseStrategy(StringRef text, Location loc) {
  MLIRContext *context = loc.getContext();
  std::string message;
  Attribute attr;
  {
    ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
      if (message.empty())
        message = diagnostic.str();
      return success();
    });
    attr = parseAttribute(text, context);
  }
  if (!attr) {
    emitError(loc) << message;
    return nullptr;
  }
  auto strategy = dyn_cast<StrategyAttr>(attr);
  if (!strategy)
    emitError(loc) << "expected #hswish.strategy<…>, but this is " << attr;
  return strategy;
}

FailureOr<StrategyFile> StrategyFile::read(StringRef path,
                                           MLIRContext *context) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return emitError(FileLineColLoc::get(context, path, 0, 0))
           << "cannot read the strategies: " << buffer.getError().message();
  StrategyFile file;
  for (llvm::line_iterator line(**buffer); !line.is_at_end(); ++line) {
    StringRef text = line->trim();
    if (text.empty() || text.starts_with("//"))
      continue;
    Location loc =
        FileLineColLoc::get(context, path, line.line_number(), /*column=*/1);
    if (!text.contains('='))
      return emitError(loc) << "expected LAYER = #hswish.strategy<…>";
    auto [signature, strategy] = text.split('=');
    StrategyAttr parsed = parseStrategy(strategy.trim(), loc);
    if (!parsed)
      return failure();
    if (!file.entries.try_emplace(signature.trim(), Entry{parsed, loc}).second)
      return emitError(loc) << "a second strategy for " << signature.trim();
  }
  return file;
}

const StrategyFile::Entry *StrategyFile::lookup(KernelOpInterface op) const {
  auto entry = entries.find(getLayerSignature(op));
  return entry == entries.end() ? nullptr : &entry->second;
}
