//===- Compiler.cpp - The compiler as a Python module ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Compiler/CompileFile.h"
#include "hswish/Compiler/Diagnostics.h"
#include "hswish/IR/MemoryLimit.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/function.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <exception>

using namespace hswish;
namespace nb = nanobind;

namespace {

/// Everything that is said about a failure, one message a line.
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A callback into Python. LLVM's code cannot be left by an exception, so one
/// is kept until the compiler has returned.
class Progress {
public:
  explicit Progress(nb::object callback) : callback(std::move(callback)) {}

  void operator()(llvm::StringRef stage) {
    nb::gil_scoped_acquire gil;
    if (callback.is_none() || raised)
      return;
    try {
      callback(nb::str(stage.data(), stage.size()));
    } catch (...) {
      raised = std::current_exception();
    }
  }

  void rethrow() const {
    if (raised)
      std::rethrow_exception(raised);
  }

private:
  nb::object callback;
  std::exception_ptr raised;
};

} // namespace

/// Compiles `path` into the file `output`; false if diagnostics say why not.
static bool compile(const std::string &path, const std::string &output,
                    const CompileOptions &options, std::string &messages) {
  std::unique_ptr<mlir::MLIRContext> context = createContext();
  handleDiagnostics(context.get(), [&](mlir::DiagnosticSeverity severity,
                                       const std::string &message) {
    if (severity == mlir::DiagnosticSeverity::Error ||
        severity == mlir::DiagnosticSeverity::Note)
      messages += (messages.empty() ? "" : "\n") + message;
  });
  return succeeded(
      compileFile(path, output, /*header=*/"", options, context.get()));
}

static void compileForPython(
    const std::string &path, const std::string &output,
    const std::string &target, const std::vector<std::string> &shapes,
    const std::string &accuracy, const std::string &name, nb::object callback,
    bool hugePages, int64_t threads, const std::string &entry,
    const std::string &maxMemory, bool kernels, bool verify) {
  Progress progress(std::move(callback));
  CompileOptions options;
  options.target = target;
  options.shapes = shapes;
  options.accuracy = accuracy;
  options.name = name;
  options.hugePages = hugePages;
  options.threads = threads;
  options.entry = entry;
  if (!maxMemory.empty()) {
    std::optional<int64_t> size = parseMemorySize(maxMemory);
    if (!size)
      throw nb::value_error("max_memory: expected bytes, or a size like '4G'");
    options.maxMemory = *size;
  }
  options.kernels = kernels;
  options.verify = verify;
  options.progress = [&](llvm::StringRef stage) { progress(stage); };
  std::string messages;
  bool done;
  {
    nb::gil_scoped_release release;
    done = compile(path, output, options, messages);
  }
  progress.rethrow();
  if (!done)
    throw Failure(messages.empty() ? "compilation failed" : messages);
}

NB_MODULE(_compiler, module) {
  module.doc() = "The hswish compiler. Use it through the package hswish.";
  module.attr("__version__") = HSWISH_VERSION;
  nb::exception<Failure>(module, "CompileError", PyExc_RuntimeError).doc() =
      "A model that could not be compiled; the message is the compiler's.";
  module.def("compile_file", &compileForPython, nb::arg("path"),
             nb::arg("output"), nb::arg("target"), nb::arg("shapes"),
             nb::arg("accuracy"), nb::arg("name"), nb::arg("progress").none(),
             nb::arg("huge_pages") = true, nb::arg("threads") = 1,
             nb::arg("entry") = "", nb::arg("max_memory") = "",
             nb::arg("kernels") = true, nb::arg("verify") = false);
}
