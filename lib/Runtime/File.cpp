//===- File.cpp - Files that appear as a whole ----------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Runtime/File.h"

#include "llvm/Support/FileSystem.h"

#include <unistd.h>

using namespace hswish;
namespace fs = llvm::sys::fs;

static llvm::Error makeError(llvm::StringRef path, std::error_code code) {
  return llvm::createStringError(code, "cannot write '" + path +
                                           "': " + code.message());
}

/// Writes to a stream and says whether all went well.
static std::error_code
writeTo(llvm::raw_fd_ostream &stream,
        llvm::function_ref<void(llvm::raw_ostream &)> write) {
  write(stream);
  stream.flush();
  std::error_code code = stream.error();
  stream.clear_error();
  return code;
}

llvm::Error
hswish::writeFile(llvm::StringRef path,
                  llvm::function_ref<void(llvm::raw_ostream &)> write,
                  bool executable) {
  fs::file_status status;
  bool exists = !fs::status(path, status);
  if (path == "-" || (exists && status.type() != fs::file_type::regular_file)) {
    std::error_code code;
    llvm::raw_fd_ostream stream(path, code);
    if (!code)
      code = writeTo(stream, write);
    return code ? makeError(path, code) : llvm::Error::success();
  }
  if (exists && ::access(path.str().c_str(), W_OK) != 0)
    return makeError(path, std::error_code(errno, std::generic_category()));

  unsigned mode = fs::all_read | fs::owner_write;
  if (executable)
    mode |= fs::all_exe;
  auto temporary = fs::TempFile::create(path + ".%%%%%%.tmp", mode);
  if (!temporary)
    return makeError(path, llvm::errorToErrorCode(temporary.takeError()));
  llvm::raw_fd_ostream stream(temporary->FD, /*shouldClose=*/false);
  if (std::error_code code = writeTo(stream, write)) {
    llvm::consumeError(temporary->discard());
    return makeError(path, code);
  }
  if (llvm::Error error = temporary->keep(path)) {
    std::error_code code = llvm::errorToErrorCode(std::move(error));
    llvm::consumeError(temporary->discard());
    return makeError(path, code);
  }
  return llvm::Error::success();
}
