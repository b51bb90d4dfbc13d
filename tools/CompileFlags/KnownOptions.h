//===- KnownOptions.h - Options that a tool does not have -------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_TOOLS_COMPILEFLAGS_KNOWNOPTIONS_H
#define HSWISH_TOOLS_COMPILEFLAGS_KNOWNOPTIONS_H

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

namespace hswish {

/// LLVM takes what starts with the letter of an option of one letter for that
/// option: everything with an h would print help, and succeed. Ends the program
/// if there is such an argument; `isKnown` says of what becomes an option only
/// while the command line is parsed.
inline void refuseUnknownOptions(
    llvm::StringRef tool, int argc, char **argv,
    llvm::function_ref<bool(llvm::StringRef)> isKnown = nullptr) {
  auto &options = llvm::cl::getRegisteredOptions();
  for (int i = 1; i < argc && llvm::StringRef(argv[i]) != "--"; ++i) {
    llvm::StringRef argument = argv[i];
    if (!argument.consume_front("-"))
      continue;
    argument.consume_front("-");
    llvm::StringRef name = argument.split('=').first;
    if (name.size() < 2 || options.contains(name) || (isKnown && isKnown(name)))
      continue;
    llvm::cl::Option *letter = options.lookup(name.take_front(1));
    bool takesRest = letter && letter->getFormattingFlag() == llvm::cl::Prefix;
    if (takesRest || (!letter && name[0] != 'h'))
      continue; // LLVM's own message is good.
    llvm::errs() << tool << ": error: unknown option '" << argv[i]
                 << "': see --help\n";
    exit(1);
  }
}

} // namespace hswish

#endif // HSWISH_TOOLS_COMPILEFLAGS_KNOWNOPTIONS_H
