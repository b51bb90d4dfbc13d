//===- Link.cpp - From object files to libraries --------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Target/Link.h"

#include "hswish/Target/Target.h"
#include "hswish/Target/TemporaryDirectory.h"

#include "lld/Common/Driver.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"

#include <mutex>
#include <pthread.h>

LLD_HAS_DRIVER(elf)

using namespace hswish;
using llvm::createStringError;
using llvm::MemoryBuffer;
using llvm::MemoryBufferRef;
using llvm::SmallString;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Shared libraries
//===----------------------------------------------------------------------===//

namespace {
/// lld keeps what it works on in global variables, so that one link follows the
/// other. A fork waits for the link that is under way, or the child would have
/// its variables half changed and nobody to give the lock back.
class Linker {
public:
  static llvm::Error run(llvm::ArrayRef<const char *> arguments) {
    std::call_once(prepared, [] { pthread_atfork(lock, unlock, unlock); });
    std::lock_guard<std::mutex> guard(mutex);
    std::string text;
    llvm::raw_string_ostream stream(text);
    lld::Result result =
        lld::lldMain(arguments, stream, stream, {{lld::Gnu, &lld::elf::link}});
    if (result.retCode != 0)
      return createStringError("linking failed: " + StringRef(text).trim());
    return llvm::Error::success();
  }

private:
  static void lock() { mutex.lock(); }
  static void unlock() { mutex.unlock(); }

  static std::once_flag prepared;
  static std::mutex mutex;
};

std::once_flag Linker::prepared;
std::mutex Linker::mutex;
} // namespace

static llvm::Error runLinker(llvm::ArrayRef<std::string> arguments) {
  // Its threads would not survive a fork, and writing a file of its own first
  // is for files that others see.
  std::vector<const char *> argv = {"ld.lld", "--threads=1",
                                    "--no-mmap-output-file"};
  for (const std::string &argument : arguments)
    argv.push_back(argument.c_str());
  return Linker::run(argv);
}

/// The names that an object expects from elsewhere.
static llvm::Expected<std::vector<std::string>>
findUndefined(MemoryBufferRef object) {
  auto file = llvm::object::ObjectFile::createObjectFile(object);
  if (!file)
    return file.takeError();
  std::vector<std::string> names;
  for (const llvm::object::SymbolRef &symbol : (*file)->symbols()) {
    auto flags = symbol.getFlags();
    if (!flags)
      return flags.takeError();
    if (!(*flags & llvm::object::SymbolRef::SF_Undefined))
      continue;
    auto name = symbol.getName();
    if (!name)
      return name.takeError();
    if (!name->empty())
      names.push_back(name->str());
  }
  return names;
}

/// An object that defines `names`, to be linked as a stand-in for a library of
/// the target.
static BufferOrError makeStub(llvm::ArrayRef<std::string> names,
                              TargetAttr target) {
  auto machine = createTargetMachine(target);
  if (!machine)
    return machine.takeError();
  llvm::LLVMContext context;
  llvm::Module module("stub", context);
  module.setTargetTriple((*machine)->getTargetTriple());
  module.setDataLayout((*machine)->createDataLayout());
  auto *type = llvm::FunctionType::get(llvm::Type::getVoidTy(context), false);
  for (const std::string &name : names) {
    auto *function = llvm::Function::Create(
        type, llvm::GlobalValue::ExternalLinkage, name, module);
    llvm::IRBuilder<>(llvm::BasicBlock::Create(context, "", function))
        .CreateRetVoid();
  }
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager passes;
  if ((*machine)->addPassesToEmitFile(passes, stream, nullptr,
                                      llvm::CodeGenFileType::ObjectFile))
    return createStringError("LLVM cannot write objects for " +
                             target.getTriple());
  passes.run(module);
  return MemoryBuffer::getMemBufferCopy(StringRef(bytes.data(), bytes.size()));
}

/// What else than memory functions the code takes from libc.
static constexpr StringRef libcNames[] = {"bcmp",
                                          "getauxval",
                                          "getenv",
                                          "getpid",
                                          "madvise",
                                          "mincore",
                                          "mmap",
                                          "mprotect",
                                          "mremap",
                                          "munmap",
                                          "sched_getaffinity",
                                          "sched_getcpu",
                                          "sched_setaffinity",
                                          "syscall"};

/// Links stand-ins for those libraries of the system that `names` need, and
/// returns their files. With them the library says that it needs libm.so.6, so
/// that whoever loads it loads that, too. (What was libpthread has been in libc
/// since glibc 2.34, which still comes with a library of the old name.)
static llvm::Expected<std::vector<std::string>>
makeStubs(llvm::ArrayRef<std::string> names, TargetAttr target,
          const TemporaryDirectory &directory) {
  std::vector<std::string> libc, libm, libpthread, result;
  for (const std::string &name : names) {
    if (StringRef(name).starts_with("__"))
      return createStringError("the code needs '" + name +
                               "' of the compiler's runtime library, which " +
                               "not every machine has");
    if (StringRef(name).starts_with("pthread_"))
      libpthread.push_back(name);
    else if (StringRef(name).starts_with("mem") ||
             llvm::is_contained(libcNames, name))
      libc.push_back(name);
    else
      libm.push_back(name);
  }
  for (auto [functions, soname] :
       {std::pair(&libm, "libm.so.6"), std::pair(&libc, "libc.so.6"),
        std::pair(&libpthread, "libpthread.so.0")}) {
    if (functions->empty())
      continue;
    BufferOrError object = makeStub(*functions, target);
    if (!object)
      return object.takeError();
    std::string file = std::string(soname) + ".o";
    if (llvm::Error error = directory.write(file, (*object)->getBuffer()))
      return std::move(error);
    if (llvm::Error error =
            runLinker({"-shared", "-soname", soname, "-o",
                       directory.file(soname), directory.file(file)}))
      return std::move(error);
    result.push_back(directory.file(soname));
  }
  return result;
}

BufferOrError hswish::linkSharedLibrary(MemoryBufferRef object,
                                        TargetAttr target, StringRef soname) {
  llvm::Triple triple(target.getTriple());
  if (!triple.isOSBinFormatELF())
    return createStringError("cannot link a shared library for " +
                             target.getTriple() + ": use --emit=obj");
  TemporaryDirectory directory;
  if (llvm::Error error = directory.create())
    return std::move(error);
  if (llvm::Error error = directory.write("model.o", object.getBuffer()))
    return std::move(error);
  std::vector<std::string> arguments = {"-shared",
                                        "-soname",
                                        soname.str(),
                                        "-o",
                                        directory.file("model.so"),
                                        "--build-id=none",
                                        "--hash-style=gnu",
                                        "--gc-sections",
                                        "-Bsymbolic",
                                        "-z",
                                        "noexecstack",
                                        "-z",
                                        "relro",
                                        "-z",
                                        "now",
                                        directory.file("model.o")};
  auto undefined = findUndefined(object);
  if (!undefined)
    return undefined.takeError();
  auto stubs = makeStubs(*undefined, target, directory);
  if (!stubs)
    return stubs.takeError();
  llvm::append_range(arguments, *stubs);
  arguments.push_back("--no-undefined");
  if (llvm::Error error = runLinker(arguments))
    return std::move(error);
  return directory.read("model.so");
}

//===----------------------------------------------------------------------===//
// Programs and archives
//===----------------------------------------------------------------------===//

/// The C compiler for `triple`.
static llvm::Expected<std::string> findCompiler(const llvm::Triple &triple) {
  llvm::Triple host(llvm::sys::getProcessTriple());
  std::vector<std::string> names;
  if (triple.getArch() == host.getArch() && triple.getOS() == host.getOS()) {
    if (const char *chosen = std::getenv("CC"))
      names.push_back(chosen);
    llvm::append_values(names, "cc", "gcc", "clang");
  } else {
    names.push_back(triple.str() + "-gcc");
    std::string plain = (triple.getArchName() + "-" + triple.getOSName() + "-" +
                         triple.getEnvironmentName())
                            .str();
    names.push_back(plain + "-gcc");
  }
  for (const std::string &name : names)
    if (auto program = llvm::sys::findProgramByName(name))
      return *program;
  return createStringError("no C compiler to link a program for " +
                           triple.str() + " with: looked for " +
                           llvm::join(names, ", "));
}

BufferOrError hswish::linkExecutable(MemoryBufferRef object, TargetAttr target,
                                     StringRef mainSource, bool isStatic) {
  auto compiler = findCompiler(llvm::Triple(target.getTriple()));
  if (!compiler)
    return compiler.takeError();
  TemporaryDirectory directory;
  if (llvm::Error error = directory.create())
    return std::move(error);
  if (llvm::Error error = directory.write("model.o", object.getBuffer()))
    return std::move(error);
  if (llvm::Error error = directory.write("main.c", mainSource))
    return std::move(error);

  std::string main = directory.file("main.c"),
              model = directory.file("model.o"),
              program = directory.file("program"), log = directory.file("log");
  std::vector<StringRef> arguments = {*compiler, "-O2",   main,  model,
                                      "-o",      program, "-lm", "-pthread"};
  if (isStatic)
    arguments.push_back("-static");
  std::string message;
  std::optional<StringRef> redirects[] = {StringRef(), StringRef(log),
                                          StringRef(log)};
  int status = llvm::sys::ExecuteAndWait(*compiler, arguments, std::nullopt,
                                         redirects, /*SecondsToWait=*/300,
                                         /*MemoryLimit=*/0, &message);
  if (status != 0) {
    BufferOrError text = directory.read("log");
    if (text)
      message += (*text)->getBuffer().str();
    else
      llvm::consumeError(text.takeError());
    return createStringError(*compiler + " failed: " + message);
  }
  return directory.read("program");
}

BufferOrError hswish::makeArchive(MemoryBufferRef object) {
  llvm::NewArchiveMember member(object);
  member.MemberName = "model.o";
  std::vector<llvm::NewArchiveMember> members;
  members.push_back(std::move(member));
  return llvm::writeArchiveToBuffer(members,
                                    llvm::SymtabWritingMode::NormalSymtab,
                                    llvm::object::Archive::K_GNU,
                                    /*Deterministic=*/true, /*Thin=*/false);
}
