//===- Emulate.cpp - Models for another architecture ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Compiler/Emulate.h"

#include "hswish/Compiler/Artefact.h"
#include "hswish/Runtime/File.h"
#include "hswish/Target/Link.h"
#include "hswish/Target/Target.h"
#include "hswish/Target/TemporaryDirectory.h"

#include "llvm/Support/Program.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;
using namespace hswish;
using llvm::createStringError;

llvm::Expected<std::string> hswish::findEmulator(TargetAttr target) {
  llvm::Error reason = checkRunsHere(target);
  llvm::Triple triple(target.getTriple()), here(llvm::sys::getProcessTriple());
  if (!reason)
    return createStringError("code for " + triple.str() + " runs here");
  // What this CPU lacks, qemu's usually lacks, too.
  if (!triple.isOSLinux() || triple.getArch() == here.getArch())
    return std::move(reason);
  std::string name = ("qemu-" + triple.getArchName()).str();
  if (auto program = llvm::sys::findProgramByName(name)) {
    llvm::consumeError(std::move(reason));
    return *program;
  }
  return createStringError(llvm::toString(std::move(reason)) +
                           ", and there is "
                           "no " +
                           name + " to run it (Debian: qemu-user)");
}

namespace {
class EmulatedModel : public Model {
public:
  EmulatedModel(const ModelInterface &interface, TargetAttr target,
                StringRef verification, StringRef emulator)
      : emulator(emulator), verification(verification), name(interface.name),
        text((target.getTriple() + "/" + target.getCpu()).str()) {
    for (const ModelInterface::Tensor &tensor : interface.inputs)
      add(tensor);
    for (const ModelInterface::Tensor &tensor : interface.outputs)
      add(tensor);
    for (Tensor &tensor : tensors)
      infos.push_back({tensor.name.c_str(), tensor.shape.data(), tensor.bytes,
                       static_cast<int32_t>(tensor.shape.size()),
                       tensor.dtype});
    size_t numInputs = interface.inputs.size();
    info = {HSWISH_MODEL_ABI,
            static_cast<int32_t>(numInputs),
            static_cast<int32_t>(interface.outputs.size()),
            static_cast<int32_t>(interface.threads),
            name.c_str(),
            HSWISH_VERSION,
            text.c_str(),
            infos.data(),
            infos.data() + numInputs,
            static_cast<size_t>(interface.workspaceSize),
            nullptr,
            this->verification.c_str()};
    setInfo(&info);
  }

  llvm::Error open(llvm::MemoryBufferRef object, TargetAttr target,
                   StringRef mainSource) {
    BufferOrError linked =
        linkExecutable(object, target, mainSource, /*isStatic=*/true);
    if (!linked)
      return linked.takeError();
    program = std::move(*linked);
    return llvm::Error::success();
  }

  // The files are gone when it returns, whatever the caller does on errors.
  llvm::Error run(ArrayRef<const void *> inputs,
                  ArrayRef<void *> outputs) override {
    TemporaryDirectory folder;
    if (llvm::Error error = folder.create())
      return error;
    std::vector<std::string> files;
    for (size_t i = 0; i < infos.size(); ++i)
      files.push_back(folder.file(std::to_string(i) + ".npy"));
    for (auto [i, data] : llvm::enumerate(inputs)) {
      Array array(static_cast<hswish_dtype>(infos[i].dtype),
                  getShape(infos[i]));
      memcpy(array.bytes.data(), data, infos[i].bytes);
      if (llvm::Error error = writeNpy(files[i], array))
        return error;
    }
    if (llvm::Error error = start(folder, files))
      return error;
    for (auto [i, data] : llvm::enumerate(outputs)) {
      llvm::Expected<Array> array = readNpy(files[inputs.size() + i]);
      if (!array)
        return array.takeError();
      memcpy(data, array->bytes.data(), array->bytes.size());
    }
    return llvm::Error::success();
  }

protected:
  const void *lookup(StringRef) const override { return nullptr; }

private:
  struct Tensor {
    std::string name;
    std::vector<int64_t> shape;
    size_t bytes;
    int32_t dtype;
  };

  void add(const ModelInterface::Tensor &tensor) {
    tensors.push_back({tensor.name, tensor.type.getShape().vec(),
                       static_cast<size_t>(tensor.getNumBytes()),
                       tensor.getDType()});
  }

  llvm::Error start(const TemporaryDirectory &folder,
                    ArrayRef<std::string> files) {
    std::string path = folder.file("program"), log = folder.file("log");
    if (llvm::Error error = writeFile(
            path,
            [&](llvm::raw_ostream &stream) { stream << program->getBuffer(); },
            /*executable=*/true))
      return error;
    std::vector<StringRef> arguments = {emulator, path};
    llvm::append_range(arguments, files);
    std::optional<StringRef> redirects[] = {StringRef(), StringRef(log),
                                            StringRef(log)};
    std::string message;
    int status = llvm::sys::ExecuteAndWait(emulator, arguments, std::nullopt,
                                           redirects, /*SecondsToWait=*/0,
                                           /*MemoryLimit=*/0, &message);
    if (status == 0)
      return llvm::Error::success();
    if (BufferOrError text = folder.read("log"))
      message += (*text)->getBuffer().trim();
    else
      llvm::consumeError(text.takeError());
    StringRef reason = message;
    reason.consume_front(path + ": error: ");
    return createStringError("under " + emulator + ": " + reason);
  }

  std::unique_ptr<llvm::MemoryBuffer> program;
  std::string emulator, verification, name, text;
  std::vector<Tensor> tensors; ///< inputs, then outputs
  std::vector<hswish_tensor_info> infos;
  hswish_model_info info;
};
} // namespace

llvm::Expected<std::unique_ptr<Model>>
hswish::emulateModel(llvm::MemoryBufferRef object, TargetAttr target,
                     const ModelInterface &interface, StringRef verification,
                     StringRef emulator) {
  auto model = std::make_unique<EmulatedModel>(interface, target, verification,
                                               emulator);
  if (llvm::Error error = model->open(object, target, getMainSource(interface)))
    return std::move(error);
  return model;
}
