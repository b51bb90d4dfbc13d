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

Program::~Program() = default;

namespace {
class LinkedProgram : public Program {
public:
  static llvm::Expected<std::unique_ptr<Program>>
  link(std::unique_ptr<llvm::MemoryBuffer> object);

  llvm::Expected<std::vector<Bytes>> run(ArrayRef<Bytes> inputs) override;

private:
  std::unique_ptr<Model> model;
};
} // namespace

llvm::Expected<std::unique_ptr<Program>>
LinkedProgram::link(std::unique_ptr<llvm::MemoryBuffer> object) {
  auto program = std::make_unique<LinkedProgram>();
  if (llvm::Error error =
          Model::link(std::move(object)).moveInto(program->model))
    return std::move(error);
  return program;
}

llvm::Expected<std::vector<Bytes>> LinkedProgram::run(ArrayRef<Bytes> inputs) {
  std::vector<Bytes> outputs;
  for (const hswish_tensor_info &info : model->getOutputs())
    outputs.emplace_back(info.bytes);
  auto out = llvm::map_to_vector(
      outputs, [](Bytes &bytes) -> void * { return bytes.data(); });
  SmallVector<const void *> in;
  for (const Bytes &bytes : inputs)
    in.push_back(bytes.data());
  size_t numShared = model->getInputs().size() - inputs.size();
  llvm::append_range(in, ArrayRef(out).take_back(numShared));
  // Some outputs are copied at the end of a run only, after they were read.
  std::vector<Bytes> last;
  for (size_t i = 0; i == 0 || (numShared > 0 && outputs != last); ++i) {
    if (i > outputs.size() + 1)
      return createStringError("each run gives other numbers");
    last = outputs;
    if (llvm::Error error = model->run(in, out))
      return std::move(error);
  }
  return outputs;
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

namespace {
class EmulatedProgram : public Program {
public:
  /// `emulator` runs the executable.
  static llvm::Expected<std::unique_ptr<Program>>
  create(StringRef emulator, TargetAttr target, ModelInterface interface,
         const llvm::MemoryBuffer &executable);

  llvm::Expected<std::vector<Bytes>> run(ArrayRef<Bytes> inputs) override;

private:
  std::string emulator, libraries;
  ModelInterface interface;
  Folder folder;
};
} // namespace

llvm::Expected<std::unique_ptr<Program>>
EmulatedProgram::create(StringRef emulator, TargetAttr target,
                        ModelInterface interface,
                        const llvm::MemoryBuffer &executable) {
  auto program = std::make_unique<EmulatedProgram>();
  program->emulator = emulator;
  // Debian's cross libraries, where the C compiler found them.
  program->libraries =
      ("/usr/" + llvm::Triple(target.getTriple()).getArchName() + "-linux-gnu")
          .str();
  program->interface = std::move(interface);
  if (llvm::Error error =
          writeProgram(executable, program->folder.getFile("program")))
    return std::move(error);
  return program;
}

llvm::Expected<std::vector<Bytes>>
EmulatedProgram::run(ArrayRef<Bytes> inputs) {
  std::vector<std::string> arguments = {emulator, "-L", libraries,
                                        folder.getFile("program")};
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

std::unique_ptr<Program> Runner::compile(ModuleOp module,
                                         const CompileOptions &options) const {
  ModelInterface interface;
  if (failed(compileFused(module, Stage::LLVM, options, &interface)))
    return nullptr;
  auto check = [&](auto result) -> std::unique_ptr<Program> {
    if (result)
      return std::move(*result);
    module.emitError("cannot be verified: ")
        << llvm::toString(result.takeError());
    return nullptr;
  };
  if (!emulator.empty()) {
    auto artefact = buildArtefact(module, interface, ArtefactKind::Executable,
                                  "program", options);
    if (!artefact)
      return nullptr;
    return check(EmulatedProgram::create(program, getTarget(module),
                                         std::move(interface), *artefact));
  }
  auto object = emitCode(module, CodeKind::Object, options);
  if (!object)
    return nullptr;
  return check(LinkedProgram::link(std::move(object)));
}
