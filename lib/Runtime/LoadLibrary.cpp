//===- LoadLibrary.cpp - Shared libraries as they are now -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// dlopen takes what it has loaded for what is there: for a path that it knows
// it does not even look, and a file that it knows by its inode may have been
// written anew. So each file gets a path of its own spelling, and one that was
// loaded and has changed since is loaded from a copy. (python/hswish/library.py
// does the same.)

#include "LoadLibrary.h"

#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

#include <chrono>
#include <dlfcn.h>
#include <map>
#include <mutex>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

using namespace hswish;
using llvm::createStringError;
using llvm::StringRef;
namespace fs = llvm::sys::fs;

namespace {
/// What dlopen goes by, beside names.
using FileKey = std::pair<uint64_t, uint64_t>;

/// How a file was when it was loaded.
using FileState = std::pair<llvm::sys::TimePoint<>, uint64_t>;
} // namespace

static std::mutex filesMutex;
static std::map<FileKey, FileState> files;

/// A path to the same file that nobody has asked dlopen for: the bits of a
/// counter, as a slash or a slash and a dot each, before the last slash.
static std::string spell(StringRef path) {
  static unsigned count = 0;
  std::string result = llvm::sys::path::parent_path(path).str();
  for (unsigned bits = ++count; bits; bits >>= 1)
    result += bits & 1 ? "/." : "/";
  return result + "/" + llvm::sys::path::filename(path).str();
}

static StringRef getMachineName(uint16_t machine) {
  switch (machine) {
  case llvm::ELF::EM_X86_64:
    return "x86-64";
  case llvm::ELF::EM_AARCH64:
    return "AArch64";
  default:
    return llvm::ELF::convertEMachineToArchName(machine);
  }
}

/// What is wrong with a file that dlopen would say less clearly, or nothing.
static std::string checkLibrary(StringRef start) {
  using namespace llvm::support;
  if (!start.starts_with(StringRef("\x7f"
                                   "ELF")) ||
      start.size() < 20)
    return "it is no shared library";
  if (start[5] != llvm::ELF::ELFDATA2LSB)
    return "it is for a machine of the other byte order";
  uint16_t type = endian::read16le(start.data() + 16);
  uint16_t machine = endian::read16le(start.data() + 18);
  llvm::Triple host(llvm::sys::getProcessTriple());
  uint16_t here = host.isX86_64()    ? llvm::ELF::EM_X86_64
                  : host.isAArch64() ? llvm::ELF::EM_AARCH64
                                     : machine;
  if (machine != here)
    return ("it is for " + getMachineName(machine) + ", and this machine is " +
            getMachineName(here))
        .str();
  if (type == llvm::ELF::ET_REL)
    return "it is an object file, no shared library";
  if (type != llvm::ELF::ET_DYN)
    return "it is a program, no shared library";
  return "";
}

/// A copy that nobody else sees, as an open file.
static llvm::Expected<int> copyFile(StringRef path) {
  auto contents = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                              /*RequiresNullTerminator=*/false);
  if (!contents)
    return createStringError(contents.getError(),
                             contents.getError().message());
  int copy = memfd_create("hswish-model", MFD_CLOEXEC);
  if (copy < 0)
    return createStringError("no memory for a copy");
  llvm::raw_fd_ostream stream(copy, /*shouldClose=*/false);
  stream << (*contents)->getBuffer();
  stream.flush();
  if (std::error_code code = stream.error()) {
    stream.clear_error();
    close(copy);
    return createStringError(code, code.message());
  }
  return copy;
}

/// A file that was written this very moment could be written again without its
/// time telling: waits for the next tick of the system's clock.
static llvm::Expected<fs::file_status> getSettledStatus(StringRef path) {
  using namespace std::chrono;
  constexpr milliseconds tick(10);
  for (;;) {
    fs::file_status status;
    if (std::error_code code = fs::status(path, status))
      return createStringError(code, code.message());
    auto age = system_clock::now() - status.getLastModificationTime();
    // A time in the future tells nothing.
    if (age > tick || age < -tick)
      return status;
    std::this_thread::sleep_for(tick);
  }
}

static llvm::Expected<void *> openAs(const std::string &spelling) {
  if (void *handle = dlopen(spelling.c_str(), RTLD_NOW | RTLD_LOCAL))
    return handle;
  std::string message = dlerror();
  StringRef reason = message;
  reason.consume_front(spelling + ": ");
  return createStringError(reason);
}

static llvm::Expected<void *> openFile(StringRef path) {
  char start[20];
  auto file = fs::openNativeFileForRead(path);
  if (!file)
    return file.takeError();
  auto size = fs::readNativeFile(*file, start);
  fs::closeFile(*file);
  if (!size)
    return size.takeError();
  std::string problem = checkLibrary(StringRef(start, *size));
  if (!problem.empty())
    return createStringError(problem);

  auto status = getSettledStatus(path);
  if (!status)
    return status.takeError();
  std::lock_guard<std::mutex> guard(filesMutex);
  FileState now(status->getLastModificationTime(), status->getSize());
  FileState &known = files
                         .try_emplace({status->getUniqueID().getDevice(),
                                       status->getUniqueID().getFile()},
                                      now)
                         .first->second;
  std::string spelling = spell(path);
  void *loaded = dlopen(spelling.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
  if (loaded)
    dlclose(loaded);
  if (!loaded || known == now) {
    known = now;
    return openAs(spelling);
  }
  auto copy = copyFile(path);
  if (!copy)
    return copy.takeError();
  auto handle = openAs(spell("/proc/self/fd/" + std::to_string(*copy)));
  close(*copy);
  return handle;
}

llvm::Expected<void *> hswish::loadLibrary(StringRef path) {
  // Without a slash, dlopen would search the system's directories.
  llvm::SmallString<128> absolute(path);
  if (std::error_code code = fs::make_absolute(absolute))
    return createStringError(code, path + ": " + code.message());
  auto handle = openFile(absolute);
  if (!handle)
    return createStringError(
        path + ": cannot be loaded: " + llvm::toString(handle.takeError()));
  return handle;
}
