//===- Runner.cpp - Running code here or under qemu -----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Runner.h"

#include "hswish/Compiler/Artefact.h"
#include "hswish/Runtime/Model.h"
#include "hswish/Target/Target.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;
using namespace hswish;
using llvm::createStringError;

/// Seconds that an emulated run may take.
static constexpr unsigned kPatience = 600;

/// Whether this CPU has all that code for `target` asks for.
static bool runsHere(TargetAttr target) {
  ScopedDiagnosticHandler quiet(target.getContext(),
                                [](Diagnostic &) { return success(); });
  FailureOr<TargetAttr> host = lookupTarget("host", target.getContext(), [&] {
    return emitError(UnknownLoc::get(target.getContext()));
  });
  if (failed(host))
    return false;
  llvm::Triple here(host->getTriple()), there(target.getTriple());
  if (here.getArch() != there.getArch() || here.getOS() != there.getOS())
    return false;
  llvm::Expected<CpuRequirements> has = getRequirements(*host);
  llvm::Expected<CpuRequirements> needs = getRequirements(target);
  if (!has || !needs) {
    llvm::consumeError(has.takeError());
    llvm::consumeError(needs.takeError());
    return false;
  }
  return llvm::all_of(llvm::zip_equal(*has, *needs), [](auto words) {
    auto [has, needs] = words;
    return (needs & ~has) == 0;
  });
}

std::optional<Runner> Runner::find(TargetAttr target) {
  Runner runner;
  if (runsHere(target))
    return runner;
  // qemu has no AVX-512 for other x86s either.
  llvm::Triple triple(target.getTriple());
  if (!triple.isOSLinux() || !triple.isAArch64())
    return std::nullopt;
  runner.emulator = "qemu-aarch64";
  auto program = llvm::sys::findProgramByName(runner.emulator);
  if (!program)
    return std::nullopt;
  runner.program = *program;
  return runner;
}

namespace {
/// A directory that disappears with everything in it.
class Folder {
public:
  Folder() {
    (void)llvm::sys::fs::createUniqueDirectory("hswish-verify", path);
  }
  ~Folder() {
    if (!path.empty())
      (void)llvm::sys::fs::remove_directories(path);
  }
  std::string getFile(const Twine &name) const {
    llvm::SmallString<128> file(path);
    llvm::sys::path::append(file, name);
    return file.str().str();
  }

private:
  llvm::SmallString<128> path;
};
} // namespace

static Array makeArray(const ModelInterface::Tensor &tensor) {
  return Array(static_cast<hswish_dtype>(tensor.getDType()),
               tensor.type.getShape());
}

//===----------------------------------------------------------------------===//
// Here
//===----------------------------------------------------------------------===//

using Runs = std::vector<std::vector<Bytes>>;

static llvm::Expected<Runs> runHere(std::unique_ptr<llvm::MemoryBuffer> object,
                                    llvm::ArrayRef<std::vector<Bytes>> inputs) {
  auto model = Model::link(std::move(object));
  if (!model)
    return model.takeError();
  Runs runs;
  for (const std::vector<Bytes> &tensors : inputs) {
    std::vector<Bytes> outputs;
    for (const hswish_tensor_info &info : (*model)->getOutputs())
      outputs.emplace_back(info.bytes);
    auto in = llvm::map_to_vector(tensors, [](const Bytes &bytes) {
      return static_cast<const void *>(bytes.data());
    });
    auto out = llvm::map_to_vector(
        outputs, [](Bytes &bytes) -> void * { return bytes.data(); });
    if (llvm::Error error = (*model)->run(in, out))
      return std::move(error);
    runs.push_back(std::move(outputs));
  }
  return runs;
}

//===----------------------------------------------------------------------===//
// Under qemu
//===----------------------------------------------------------------------===//

static llvm::Error writeProgram(const llvm::MemoryBuffer &program,
                                StringRef path) {
  std::error_code code;
  llvm::raw_fd_ostream stream(path, code);
  if (!code)
    stream << program.getBuffer();
  stream.close();
  if (code)
    return createStringError(code, path + ": " + code.message());
  code = llvm::sys::fs::setPermissions(path, llvm::sys::fs::all_all);
  return llvm::errorCodeToError(code);
}

static llvm::Expected<std::vector<Bytes>>
runProgram(StringRef emulator, StringRef program, TargetAttr target,
           const ModelInterface &interface, const std::vector<Bytes> &inputs,
           const Folder &folder) {
  // Debian's cross libraries, where the C compiler found them.
  std::string libraries =
      ("/usr/" + llvm::Triple(target.getTriple()).getArchName() + "-linux-gnu")
          .str();
  std::vector<std::string> arguments = {emulator.str(), "-L", libraries,
                                        program.str()};
  for (auto [i, tensor] : llvm::enumerate(interface.inputs)) {
    Array array = makeArray(tensor);
    array.bytes = inputs[i];
    arguments.push_back(folder.getFile("in" + Twine(i) + ".npy"));
    if (llvm::Error error = writeNpy(arguments.back(), array))
      return std::move(error);
  }
  size_t first = arguments.size();
  for (size_t i = 0; i < interface.outputs.size(); ++i)
    arguments.push_back(folder.getFile("out" + Twine(i) + ".npy"));
  std::string message;
  int status = llvm::sys::ExecuteAndWait(
      emulator, SmallVector<StringRef>(arguments.begin(), arguments.end()),
      std::nullopt, {}, kPatience, /*MemoryLimit=*/0, &message);
  if (status != 0)
    return createStringError("a run under " + emulator +
                             " failed with status " + Twine(status) + " " +
                             message);
  std::vector<Bytes> outputs;
  for (size_t i = 0; i < interface.outputs.size(); ++i) {
    llvm::Expected<Array> array = readNpy(arguments[first + i]);
    if (!array)
      return array.takeError();
    outputs.push_back(std::move(array->bytes));
  }
  return outputs;
}

FailureOr<Runs> Runner::run(ModuleOp module, const CompileOptions &options,
                            llvm::ArrayRef<std::vector<Bytes>> inputs) const {
  ModelInterface interface;
  if (failed(compileFused(module, Stage::LLVM, options, &interface)))
    return failure();
  auto fail = [&](llvm::Error error) {
    return module.emitError("cannot be verified: ")
           << llvm::toString(std::move(error));
  };
  if (emulator.empty()) {
    auto object = emitCode(module, CodeKind::Object, options);
    if (!object)
      return failure();
    auto runs = runHere(std::move(object), inputs);
    if (!runs)
      return fail(runs.takeError());
    return std::move(*runs);
  }
  auto artefact = buildArtefact(module, interface, ArtefactKind::Executable,
                                "program", options);
  if (!artefact)
    return failure();
  Folder folder;
  std::string file = folder.getFile("program");
  if (llvm::Error error = writeProgram(*artefact, file))
    return fail(std::move(error));
  Runs runs;
  for (const std::vector<Bytes> &tensors : inputs) {
    auto outputs = runProgram(program, file, getTarget(module), interface,
                              tensors, folder);
    if (!outputs)
      return fail(outputs.takeError());
    runs.push_back(std::move(*outputs));
  }
  return runs;
}
