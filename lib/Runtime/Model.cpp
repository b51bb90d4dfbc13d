//===- Model.cpp - A compiled model, ready to run -------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Runtime/Model.h"

#include "LoadLibrary.h"

#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/ExecutionEngine/Orc/MapperJITLinkMemoryManager.h"
#include "llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/TargetSelect.h"

#include <dlfcn.h>
#include <sys/mman.h>

using namespace hswish;
using llvm::createStringError;
using llvm::Expected;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Workspace
//===----------------------------------------------------------------------===//

static constexpr size_t hugePage = 2 << 20;

/// Only a wish: without huge pages all works, a little slower.
static void adviseHugePages(void *start, size_t size) {
#ifdef MADV_HUGEPAGE
  (void)madvise(start, size, MADV_HUGEPAGE);
#endif
}

Expected<std::unique_ptr<Workspace>> Workspace::create(size_t size) {
  std::unique_ptr<Workspace> result(new Workspace());
  size_t rounded = llvm::alignTo(std::max<size_t>(size, 1), hugePage);
  result->mappingSize = rounded + hugePage;
  result->mapping = mmap(nullptr, result->mappingSize, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (result->mapping == MAP_FAILED) {
    result->mapping = nullptr;
    return createStringError("cannot allocate a workspace of " +
                             llvm::Twine(size) + " bytes");
  }
  uintptr_t start = reinterpret_cast<uintptr_t>(result->mapping);
  result->data = reinterpret_cast<void *>(llvm::alignTo(start, hugePage));
  adviseHugePages(result->data, rounded);
  return result;
}

Workspace::~Workspace() {
  if (mapping)
    munmap(mapping, mappingSize);
}

//===----------------------------------------------------------------------===//
// Model
//===----------------------------------------------------------------------===//

Model::~Model() = default;

llvm::Error Model::initialize(const void *address, StringRef path) {
  using GetInfo = const hswish_model_info *(*)();
  info = reinterpret_cast<GetInfo>(reinterpret_cast<uintptr_t>(address))();
  if (!info || info->abi < 1 || info->abi > HSWISH_MODEL_ABI)
    return createStringError(
        path + ": made by another version of hswish: compile the model again");
  Expected<std::unique_ptr<Workspace>> memory =
      Workspace::create(info->workspace_size);
  if (!memory)
    return memory.takeError();
  workspace = std::move(*memory);
  return llvm::Error::success();
}

llvm::Error Model::checkWish() const {
  const char *wish = std::getenv("HSWISH_TARGET");
  StringRef names = StringRef(info->target).split('/').second;
  if (names.empty())
    names = "generic";
  if (!wish || !*wish || names == wish)
    return llvm::Error::success();
  llvm::SmallVector<StringRef> all;
  names.split(all, ',');
  return createStringError(
      StringRef("HSWISH_TARGET=") + wish +
      (llvm::is_contained(all, wish)
           ? ": this CPU cannot run that code"
           : ": the model has no code of that name; it was compiled for " +
                 names));
}

StringRef Model::getVerification() const {
  bool isKnown = info->abi >= 2 && info->verification;
  return isKnown ? info->verification : "not verified";
}

const hswish_profile *Model::getProfile() const {
  using GetProfile = const hswish_profile *(*)();
  const void *address = lookup("hswish_get_profile");
  return address ? reinterpret_cast<GetProfile>(
                       reinterpret_cast<uintptr_t>(address))()
                 : nullptr;
}

llvm::Error Model::run(llvm::ArrayRef<const void *> inputs,
                       llvm::ArrayRef<void *> outputs) {
  int status =
      info->invoke(inputs.data(), outputs.data(), workspace->getData());
  if (status == HSWISH_UNSUPPORTED_CPU)
    return createStringError("this CPU is none of those that the model was "
                             "compiled for: " +
                             StringRef(info->target));
  if (status != HSWISH_OK)
    return createStringError("the model returned status " +
                             llvm::Twine(status));
  return llvm::Error::success();
}

namespace {
class SharedModel : public Model {
public:
  ~SharedModel() override {
    if (handle)
      dlclose(handle);
  }

  llvm::Error open(StringRef path) {
    Expected<void *> library = loadLibrary(path);
    if (!library)
      return library.takeError();
    handle = *library;
    void *address = dlsym(handle, "hswish_get_model_info");
    if (!address)
      return createStringError(path + ": not a model that hswish-compile made");
    return initialize(address, path);
  }

  const void *lookup(StringRef symbol) const override {
    return dlsym(handle, symbol.str().c_str());
  }

private:
  void *handle = nullptr;
};

/// Memory for code and constants, in huge pages where there are any.
class HugePageMapper : public llvm::orc::InProcessMemoryMapper {
public:
  using InProcessMemoryMapper::InProcessMemoryMapper;

  void reserve(size_t size, OnReservedFunction done) override {
    InProcessMemoryMapper::reserve(
        size, [done = std::move(done)](
                  Expected<llvm::orc::ExecutorAddrRange> range) mutable {
          if (range)
            adviseHugePages(range->Start.toPtr<void *>(), range->size());
          done(std::move(range));
        });
  }
};

Expected<std::unique_ptr<llvm::orc::ObjectLayer>>
createLinkingLayer(llvm::orc::ExecutionSession &session) {
  Expected<unsigned> pageSize = llvm::sys::Process::getPageSize();
  if (!pageSize)
    return pageSize.takeError();
  return std::make_unique<llvm::orc::ObjectLinkingLayer>(
      session, std::make_unique<llvm::orc::MapperJITLinkMemoryManager>(
                   hugePage, std::make_unique<HugePageMapper>(*pageSize)));
}

class JITModel : public Model {
public:
  /// Nobody calls destructors of a JIT's code.
  ~JITModel() override {
    if (stopThreads)
      stopThreads();
  }

  llvm::Error open(std::unique_ptr<llvm::MemoryBuffer> object) {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    auto created = llvm::orc::LLJITBuilder()
                       .setObjectLinkingLayerCreator(createLinkingLayer)
                       .create();
    if (!created)
      return created.takeError();
    jit = std::move(*created);
    if (llvm::Error error = jit->addObjectFile(std::move(object)))
      return error;
    auto address = jit->lookup("hswish_get_model_info");
    if (!address)
      return address.takeError();
    if (llvm::Error error = initialize(address->toPtr<const void *>(), "model"))
      return error;
    if (getInfo().num_threads > 1)
      stopThreads = reinterpret_cast<StopThreads>(reinterpret_cast<uintptr_t>(
          lookup((getInfo().name + llvm::Twine("_stop_threads")).str())));
    return llvm::Error::success();
  }

  const void *lookup(StringRef symbol) const override {
    auto address = jit->lookup(symbol);
    if (address)
      return address->toPtr<const void *>();
    llvm::consumeError(address.takeError());
    return nullptr;
  }

private:
  using StopThreads = void (*)();
  StopThreads stopThreads = nullptr; ///< of a model with threads of its own
  std::unique_ptr<llvm::orc::LLJIT> jit;
};
} // namespace

Expected<std::unique_ptr<Model>> Model::load(StringRef path) {
  auto model = std::make_unique<SharedModel>();
  if (llvm::Error error = model->open(path))
    return std::move(error);
  if (llvm::Error error = model->checkWish())
    return std::move(error);
  return model;
}

Expected<std::unique_ptr<Model>>
Model::link(std::unique_ptr<llvm::MemoryBuffer> object) {
  auto model = std::make_unique<JITModel>();
  if (llvm::Error error = model->open(std::move(object)))
    return std::move(error);
  return model;
}
