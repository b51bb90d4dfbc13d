//===- UnknownDialect.cpp - Files in dialects of other compilers ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "UnknownDialect.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace hswish;

/// What to do about a file in a dialect that is not MLIR's own.
static StringRef getAdvice(StringRef dialect) {
  return llvm::StringSwitch<StringRef>(dialect)
      .Cases({"torch", "torch_c"},
             "torch-mlir-opt "
             "--torch-backend-to-linalg-on-tensors-backend-pipeline makes "
             "linalg of it")
      .Case("stablehlo",
            "stablehlo-opt --stablehlo-legalize-to-linalg makes linalg of it")
      .Case("chlo", "stablehlo-opt --chlo-legalize-to-stablehlo "
                    "--stablehlo-legalize-to-linalg makes linalg of it")
      .Case("vhlo", "stablehlo-opt --vhlo-legalize-to-stablehlo "
                    "--stablehlo-legalize-to-linalg makes linalg of it")
      .Case("onnx", "hswish compiles the .onnx file itself")
      .Case("tfl", "tf-opt --tfl-to-tosa-pipeline makes TOSA of it")
      .Default("expected linalg, TOSA or hswish");
}

/// The op that a line of MLIR starts with, after its results; empty if none.
static StringRef getOpName(StringRef line) {
  line = line.ltrim();
  if (line.starts_with("%"))
    line = line.split(" = ").second.ltrim();
  line.consume_front("\"");
  return line.take_while([](char c) {
    return llvm::isAlnum(c) || c == '.' || c == '_' || c == '$';
  });
}

namespace {
/// An op of a dialect that is not loaded, and the line that it is in.
struct UnknownOp {
  StringRef name;
  unsigned line;
};
} // namespace

static UnknownOp findUnknownOp(StringRef text, MLIRContext *context) {
  std::vector<StringRef> known = context->getAvailableDialects();
  unsigned number = 0;
  while (!text.empty()) {
    auto [line, rest] = text.split('\n');
    ++number;
    StringRef name = getOpName(line);
    StringRef dialect = name.split('.').first;
    if (dialect.size() != name.size() && !dialect.empty() &&
        llvm::isAlpha(dialect.front()) && !llvm::is_contained(known, dialect))
      return {name, number};
    text = rest;
  }
  return {"", 0};
}

/// The dialect that an error of the parser does not know, empty if it is about
/// something else.
static StringRef getUnknownDialect(StringRef message) {
  if (!message.contains("unregistered dialect") &&
      !message.contains("not found for custom op") &&
      !message.contains("allow-unregistered-dialect"))
    return "";
  size_t quote = message.find_first_of("'`\"");
  if (quote == StringRef::npos)
    return "of an op";
  return message.substr(quote).ltrim("'`\"!#").take_while(
      [](char c) { return llvm::isAlnum(c) || c == '_'; });
}

OwningOpRef<ModuleOp> hswish::parseModel(llvm::MemoryBufferRef buffer,
                                         MLIRContext *context) {
  std::string unknown;
  OwningOpRef<ModuleOp> module;
  {
    ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
      if (unknown.empty())
        unknown = getUnknownDialect(diagnostic.str()).str();
      return success(!unknown.empty());
    });
    llvm::SourceMgr sources;
    sources.AddNewSourceBuffer(
        llvm::MemoryBuffer::getMemBuffer(buffer,
                                         /*RequiresNullTerminator=*/false),
        llvm::SMLoc());
    module = parseSourceFile<ModuleOp>(sources, context);
  }
  if (module || unknown.empty())
    return module;
  UnknownOp op = findUnknownOp(buffer.getBuffer(), context);
  StringRef dialect =
      op.name.empty() ? StringRef(unknown) : op.name.split('.').first;
  auto error = emitError(
      FileLineColLoc::get(context, buffer.getBufferIdentifier(), op.line, 0));
  if (op.name.empty())
    error << "the dialect '" << dialect << "'";
  else
    error << "'" << op.name << "'";
  error << " is not known here: " << getAdvice(dialect);
  return nullptr;
}
