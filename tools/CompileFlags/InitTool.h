//===- InitTool.h - What each tool begins with ------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_TOOLS_COMPILEFLAGS_INITTOOL_H
#define HSWISH_TOOLS_COMPILEFLAGS_INITTOOL_H

#include "llvm/Support/InitLLVM.h"

#include <csignal>

namespace hswish {

/// InitLLVM takes all signals that end a program. Those that whoever started
/// this one has it ignore (nohup, a script that traps) stay ignored.
class InitTool {
public:
  InitTool(int &argc, char **&argv)
      : hangup(isIgnored(SIGHUP)), interrupt(isIgnored(SIGINT)),
        terminate(isIgnored(SIGTERM)), init(argc, argv) {
    if (hangup)
      std::signal(SIGHUP, SIG_IGN);
    if (interrupt)
      std::signal(SIGINT, SIG_IGN);
    if (terminate)
      std::signal(SIGTERM, SIG_IGN);
  }

private:
  static bool isIgnored(int signal) {
    struct sigaction now;
    return sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
  }

  bool hangup, interrupt, terminate;
  llvm::InitLLVM init;
};

} // namespace hswish

#endif // HSWISH_TOOLS_COMPILEFLAGS_INITTOOL_H
