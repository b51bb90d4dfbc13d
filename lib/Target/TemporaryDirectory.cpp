//===- TemporaryDirectory.cpp - Files that nobody else sees ---------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Target/TemporaryDirectory.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <atomic>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <pthread.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

using namespace hswish;
using llvm::createStringError;
using llvm::MemoryBuffer;
using llvm::SmallString;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// When a signal ends the process
//===----------------------------------------------------------------------===//

// LLVM removes files on signals, but no directories. And what a C compiler that
// is still running has not written yet can only be kept away by removing the
// directory that it would be in.

namespace {
constexpr int endingSignals[] = {SIGHUP, SIGINT, SIGTERM};
constexpr int numSignals = std::size(endingSignals);

/// A directory that the signal handler knows.
struct Slot {
  std::atomic<bool> used;
  char path[512];
};
Slot slots[64];

std::mutex slotsMutex;
int numUsed = 0; ///< Handlers are there as long as there is something to do.
struct sigaction before[numSignals];
} // namespace

/// Removes the files of `directory`, and it, by system calls only: the handler
/// may have interrupted malloc.
static void removeDirectory(const char *directory) {
#ifdef __linux__
  int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0)
    return;
  struct Entry {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[1];
  };
  alignas(8) char entries[4096];
  long size;
  while ((size = syscall(SYS_getdents64, folder, entries, sizeof entries)) > 0)
    for (long at = 0; at < size;) {
      const auto *entry = reinterpret_cast<const Entry *>(entries + at);
      (void)unlinkat(folder, entry->name, 0);
      at += entry->length;
    }
  close(folder);
#endif
  (void)rmdir(directory);
}

/// Leaves the rest to whoever had the signal before.
static void handleEnd(int signal) {
  int saved = errno;
  for (Slot &slot : slots)
    if (slot.used.load())
      removeDirectory(slot.path);
  for (int i = 0; i < numSignals; ++i)
    if (endingSignals[i] == signal)
      sigaction(signal, &before[i], nullptr);
  errno = saved;
  raise(signal);
}

static void installHandlers() {
  struct sigaction action = {};
  action.sa_handler = handleEnd;
  // The one before may want to be called at once.
  action.sa_flags = SA_NODEFER | SA_ONSTACK;
  for (int i = 0; i < numSignals; ++i)
    sigaction(endingSignals[i], nullptr, &before[i]);
  for (int i = 0; i < numSignals; ++i)
    if (before[i].sa_handler != SIG_IGN)
      sigaction(endingSignals[i], &action, nullptr);
}

/// Unless somebody else has put theirs above ours.
static void removeHandlers() {
  for (int i = 0; i < numSignals; ++i) {
    struct sigaction now;
    sigaction(endingSignals[i], nullptr, &now);
    if (now.sa_handler == handleEnd)
      sigaction(endingSignals[i], &before[i], nullptr);
  }
}

/// What is being done in a process is no business of a child that is forked
/// meanwhile.
static void forget() {
  for (Slot &slot : slots)
    slot.used.store(false);
  if (numUsed)
    removeHandlers();
  numUsed = 0;
  slotsMutex.unlock();
}

static void removeOnSignal(StringRef path) {
  static std::once_flag prepared;
  std::call_once(prepared, [] {
    pthread_atfork([] { slotsMutex.lock(); }, [] { slotsMutex.unlock(); },
                   forget);
  });
  std::lock_guard<std::mutex> guard(slotsMutex);
  auto slot =
      llvm::find_if(slots, [](Slot &slot) { return !slot.used.load(); });
  if (slot == std::end(slots) || path.size() >= sizeof slot->path)
    return;
  memcpy(slot->path, path.data(), path.size());
  slot->path[path.size()] = 0;
  slot->used.store(true);
  if (numUsed++ == 0)
    installHandlers();
}

static void dontRemoveOnSignal(StringRef path) {
  std::lock_guard<std::mutex> guard(slotsMutex);
  for (Slot &slot : slots)
    if (slot.used.load() && path == slot.path) {
      slot.used.store(false);
      if (--numUsed == 0)
        removeHandlers();
    }
}

//===----------------------------------------------------------------------===//
// Directories
//===----------------------------------------------------------------------===//

llvm::Error TemporaryDirectory::create() {
  if (std::error_code code =
          llvm::sys::fs::createUniqueDirectory("hswish", path))
    return createStringError(code, "cannot make a temporary directory: " +
                                       code.message());
  removeOnSignal(path);
  return llvm::Error::success();
}

TemporaryDirectory::~TemporaryDirectory() {
  if (path.empty())
    return;
  (void)llvm::sys::fs::remove_directories(path);
  dontRemoveOnSignal(path);
}

std::string TemporaryDirectory::file(StringRef name) const {
  SmallString<128> result(path);
  llvm::sys::path::append(result, name);
  return result.str().str();
}

llvm::Error TemporaryDirectory::write(StringRef name,
                                      StringRef contents) const {
  std::error_code code;
  llvm::raw_fd_ostream stream(file(name), code);
  if (!code) {
    stream << contents;
    stream.flush();
    code = stream.error();
    stream.clear_error();
  }
  if (code)
    return createStringError(code, "cannot write '" + file(name) +
                                       "': " + code.message());
  return llvm::Error::success();
}

BufferOrError TemporaryDirectory::read(StringRef name) const {
  auto buffer = MemoryBuffer::getFile(file(name), /*IsText=*/false,
                                      /*RequiresNullTerminator=*/false,
                                      /*IsVolatile=*/true);
  if (!buffer)
    return createStringError(buffer.getError(),
                             "cannot read '" + file(name) + "'");
  return std::move(*buffer);
}
