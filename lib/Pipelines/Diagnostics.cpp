//===- Diagnostics.cpp - Diagnostics as text ------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Pipelines/Diagnostics.h"

#include "mlir/IR/Location.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace hswish;

namespace {
/// What a location tells of: the first file, the first name, and the operator
/// that the importer fuses with the name of a node.
struct Place {
  explicit Place(Location loc) {
    loc->walk([&](Location part) {
      if (auto fileLoc = dyn_cast<FileLineColLoc>(part); fileLoc && !file)
        file = fileLoc;
      if (auto nameLoc = dyn_cast<NameLoc>(part); nameLoc && !name)
        name = nameLoc.getName();
      if (auto fused = dyn_cast<FusedLoc>(part); fused && !op)
        op = dyn_cast_or_null<StringAttr>(fused.getMetadata());
      return WalkResult::advance();
    });
  }

  /// "FILE:LINE:COLUMN: node 'NAME' (OP): ", without what is not known.
  std::string str() const {
    std::string text;
    llvm::raw_string_ostream stream(text);
    if (file) {
      stream << file.getFilename().getValue();
      if (file.getLine())
        stream << ":" << file.getLine() << ":" << file.getColumn();
      stream << ": ";
    }
    if (name && op)
      stream << "node '" << name.getValue() << "' (" << op.getValue() << "): ";
    return text;
  }

  FileLineColLoc file;
  StringAttr name, op;
};
} // namespace

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
          handle(part.getSeverity(),
                 makePrintable(Place(part.getLocation()).str() + part.str()));
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
