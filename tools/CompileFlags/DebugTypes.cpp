//===- DebugTypes.cpp - What developers want to read ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DebugTypes.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Debug.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

/// Turns the debug output of one more pass on.
static void addType(const std::string &name) {
#ifndef NDEBUG
  static std::vector<std::string> names;
  names.push_back(name);
  std::vector<const char *> types;
  for (const std::string &type : names)
    types.push_back(type.c_str());
  llvm::DebugFlag = true;
  llvm::setCurrentDebugTypes(types.data(), types.size());
#else
  llvm::errs() << "error: --hswish-debug=" << name
               << ": this build has no debug output: configure one with "
                  "assertions (cmake --preset dev)\n";
  exit(1);
#endif
}

void hswish::registerDebugTypes() {
  static llvm::cl::list<std::string> option(
      "hswish-debug", llvm::cl::CommaSeparated, llvm::cl::value_desc("PASS,…"),
      llvm::cl::desc("Print the debug output of these passes of ours (builds "
                     "with assertions)"),
      llvm::cl::callback([](const std::string &name) { addType(name); }));
}
