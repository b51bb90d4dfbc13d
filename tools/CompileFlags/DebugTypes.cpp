//===- DebugTypes.cpp - What developers want to read ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DebugTypes.h"

#ifndef NDEBUG

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Debug.h"

#include <vector>

/// Collects the names that one or several options give.
static void setTypes(const std::vector<std::string> &names) {
  std::vector<const char *> types;
  for (const std::string &name : names)
    types.push_back(name.c_str());
  llvm::DebugFlag = true;
  llvm::setCurrentDebugTypes(types.data(), types.size());
}

void hswish::registerDebugTypes() {
  static std::vector<std::string> names;
  static llvm::cl::list<std::string> option(
      "hswish-debug", llvm::cl::CommaSeparated, llvm::cl::value_desc("PASS,…"),
      llvm::cl::desc("Print the debug output of these passes of ours"),
      llvm::cl::callback([](const std::string &name) {
        names.push_back(name);
        setTypes(names);
      }));
}

#else

void hswish::registerDebugTypes() {}

#endif // NDEBUG
