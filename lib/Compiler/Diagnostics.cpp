//===- Diagnostics.cpp - Diagnostics as text ------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Compiler/Diagnostics.h"

#include "hswish/IR/NodeLocation.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace hswish;

/// "FILE:LINE:COLUMN: ", without what is not known.
static std::string describeFile(Location loc) {
  std::string text;
  loc->walk([&](Location part) {
    auto file = dyn_cast<FileLineColLoc>(part);
    if (!file)
      return WalkResult::advance();
    text = file.getFilename().str();
    if (file.getLine())
      text += ":" + std::to_string(file.getLine()) + ":" +
              std::to_string(file.getColumn());
    text += ": ";
    return WalkResult::interrupt();
  });
  return text;
}

/// The message with the file and, if it does not say so itself, the node.
static std::string describe(Diagnostic &diagnostic) {
  std::string message = diagnostic.str();
  std::string node = describeNode(diagnostic.getLocation());
  if (StringRef(message).starts_with(node))
    node.clear();
  return describeFile(diagnostic.getLocation()) + node + message;
}

static StringRef describe(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Error:
    return "error";
  case DiagnosticSeverity::Warning:
    return "warning";
  case DiagnosticSeverity::Note:
    return "note";
  case DiagnosticSeverity::Remark:
    return "remark";
  }
  llvm_unreachable("unknown severity");
}

/// Names come from files: what is no UTF-8, and what would control a terminal,
/// is replaced.
static std::string makePrintable(StringRef text) {
  std::string printable = llvm::json::fixUTF8(text);
  for (char &c : printable)
    if ((c >= 0 && c < ' ' && c != '\n') || c == '\x7f')
      c = '?';
  return printable;
}

void hswish::handleDiagnostics(
    MLIRContext *context,
    std::function<void(DiagnosticSeverity, const std::string &)> handle) {
  context->printOpOnDiagnostic(false);
  context->getDiagEngine().registerHandler(
      [handle = std::move(handle)](Diagnostic &diagnostic) {
        auto pass = [&](Diagnostic &part) {
          handle(part.getSeverity(), makePrintable(describe(part)));
        };
        pass(diagnostic);
        for (Diagnostic &note : diagnostic.getNotes())
          pass(note);
      });
}

void hswish::printDiagnostics(MLIRContext *context, StringRef tool,
                              bool remarks) {
  // Notes belong to what comes before them.
  bool quiet = false;
  handleDiagnostics(context, [tool = tool.str(), remarks,
                              quiet](DiagnosticSeverity severity,
                                     const std::string &message) mutable {
    if (severity != DiagnosticSeverity::Note)
      quiet = severity == DiagnosticSeverity::Remark && !remarks;
    if (!quiet)
      llvm::errs() << tool << ": " << describe(severity) << ": " << message
                   << "\n";
  });
}
