//===- hswish-opt-fuzzer.cpp - Damages MLIR files at random ---------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// An input is a lit test: the passes stand in its first line, "// RUN:
// hswish-opt %s --hswish-raise …". So the tests are what it starts from.
//
//===----------------------------------------------------------------------===//

#include "hswish/Compiler/Compiler.h"
#include "hswish/InitAll.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"

#include <iterator>
#include <random>

using llvm::StringRef;
using mlir::OpPassManager;
using mlir::PassRegistryEntry;

/// libFuzzer's own mutation of bytes.
extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize);

extern "C" int LLVMFuzzerInitialize(int * /*argc*/, char *** /*argv*/) {
  hswish::registerAllPasses();
  return 0;
}

/// The pass or pipeline of ours with this name, or null.
static const PassRegistryEntry *lookUp(StringRef name) {
  if (const auto *pipeline = mlir::PassPipelineInfo::lookup(name))
    return pipeline;
  return mlir::PassInfo::lookup(name);
}

/// Adds the passes that the words of a command line name.
static mlir::LogicalResult addPasses(StringRef commandLine, OpPassManager &pm) {
  auto ignore = [](const llvm::Twine &) { return mlir::failure(); };
  bool any = false;
  llvm::SmallVector<StringRef> words;
  llvm::SplitString(commandLine, words);
  for (StringRef word : words) {
    auto [name, options] = word.ltrim("-'\"").split('=');
    const PassRegistryEntry *pass = lookUp(name);
    if (!pass)
      continue;
    any = true;
    if (failed(pass->addToPipeline(pm, options.rtrim("'\""), ignore)))
      return mlir::failure();
  }
  if (any)
    return mlir::success();
  return lookUp("hswish-compile")->addToPipeline(pm, "", ignore);
}

/// Parses a module and runs the passes on it: what fails says why.
static void run(StringRef text, StringRef commandLine) {
  std::unique_ptr<mlir::MLIRContext> context = hswish::createContext();
  bool hadError = false;
  mlir::ScopedDiagnosticHandler handler(
      context.get(), [&](mlir::Diagnostic &diagnostic) {
        hadError |= diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error;
      });
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, context.get());
  if (!module)
    return;
  auto pm = mlir::PassManager::on<mlir::ModuleOp>(
      context.get(), OpPassManager::Nesting::Implicit);
  if (failed(addPasses(commandLine, pm)))
    return;
  if (failed(pm.run(*module)) && !hadError)
    llvm::report_fatal_error("failed without an error");
}

/// A module, or several with "// -----" between, goes through passes of ours.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  StringRef input(reinterpret_cast<const char *>(data), size);
  StringRef commandLine = input.split('\n').first;
  if (input.starts_with("ML\xefR")) // Bytecode.
    commandLine = "";
  llvm::SmallVector<StringRef> modules;
  input.split(modules, "\n// -----");
  for (StringRef text : modules)
    run(text, commandLine);
  return 0;
}

namespace {
/// Replaces words of a text, so that much of it still parses.
class Mutator {
public:
  Mutator(std::string &text, unsigned seed) : text(text), random(seed) {}

  void mutate() {
    // A word begins and ends where the kind of the characters changes.
    size_t begin = draw(text.size()), end = begin;
    while (begin > 0 && isPart(text[begin - 1]))
      --begin;
    while (end < text.size() && isPart(text[end]))
      ++end;
    std::string old = text.substr(begin, end - begin);
    if (old.empty())
      return;
    seen.push_back(old);
    std::string word = drawWord(old);
    if (draw(2) == 0) {
      text.replace(begin, end - begin, word);
      return;
    }
    // Everywhere: types have to match.
    for (size_t at = 0; (at = text.find(old, at)) != std::string::npos;
         at += word.size())
      text.replace(at, old.size(), word);
  }

private:
  unsigned draw(size_t bound) { return random() % bound; }

  static bool isPart(char c) {
    return llvm::isAlnum(c) || c == '_' || c == '%' || c == '@' || c == '-' ||
           c == '.' || c == '?' || c == '*';
  }

  /// Something else of the same kind.
  std::string drawWord(StringRef old) {
    static constexpr const char *types[] = {
        "tensor", "memref", "vector", "f16",   "bf16",         "f32", "f64",
        "i1",     "i4",     "i8",     "index", "complex<f32>", "ui8"};
    static constexpr const char *numbers[] = {
        "?",  "*",  "0",     "1",          "-1",         "2",
        "7",  "17", "65536", "2147483648", "4294967297", "9223372036854775807",
        "0.0"};
    if (llvm::is_contained(types, old) && draw(4) != 0)
      return types[draw(std::size(types))];
    if (llvm::isDigit(old.front()) && old.contains('x'))
      return drawShape(old);
    if (llvm::isDigit(old.front()) && draw(4) != 0)
      return numbers[draw(std::size(numbers))];
    return draw(16) == 0 ? "" : seen[draw(seen.size())];
  }

  /// Another size or element type of "1x8x8x4xf32".
  std::string drawShape(StringRef old) {
    static constexpr const char *sizes[] = {
        "?", "0", "1", "3", "65536", "2147483648", "9223372036854775807"};
    llvm::SmallVector<StringRef> parts;
    old.split(parts, 'x');
    unsigned i = draw(parts.size());
    if (draw(8) == 0)
      parts.erase(parts.begin() + i);
    else if (i + 1 == parts.size())
      parts[i] = draw(2) ? "f16" : "i1";
    else
      parts[i] = sizes[draw(std::size(sizes))];
    return llvm::join(parts, "x");
  }

  std::string &text;
  std::minstd_rand random;
  /// Words met before, in any input: operands and passes are exchanged.
  static inline std::vector<std::string> seen;
};
} // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size,
                                          size_t maxSize, unsigned seed) {
  std::string text(reinterpret_cast<const char *>(data), size);
  if (seed % 16 == 0 || text.empty() || text.find('\0') != std::string::npos)
    return LLVMFuzzerMutate(data, size, maxSize);
  Mutator mutator(text, seed);
  for (unsigned count = 1 + seed % 3; count > 0 && !text.empty(); --count)
    mutator.mutate();
  if (text.size() > maxSize)
    return LLVMFuzzerMutate(data, size, maxSize);
  std::copy(text.begin(), text.end(), data);
  return text.size();
}
