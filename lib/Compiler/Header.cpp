//===- Header.cpp - C sources that go with a model ------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Compiler/Artefact.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace hswish;

static const char modelInfoText[] =
#include "hswish/Runtime/model_info.h.inc"
    ;
static const char mainText[] =
#include "hswish/Runtime/main.c.inc"
    ;

/// A name for each tensor that C and C++ allow, all distinct. Words that a
/// language keeps for itself or a header defines as a macro could be listed
/// without end; none starts with `in_` or `out_`.
static std::vector<std::string>
makeParameterNames(const ModelInterface &model) {
  constexpr size_t longest = 60;
  llvm::StringSet<> used;
  std::vector<std::string> names;
  auto add = [&](StringRef role, ArrayRef<ModelInterface::Tensor> tensors) {
    for (auto [i, tensor] : llvm::enumerate(tensors)) {
      std::string base = tensor.name.empty() ? std::to_string(i) : "";
      for (char c : StringRef(tensor.name).take_front(longest))
        base += llvm::isAlnum(c) ? c : '_';
      base = (role + base).str();
      std::string name = base;
      for (int number = 1; !used.insert(name).second; ++number)
        name = base + "_" + std::to_string(number);
      names.push_back(name);
    }
  };
  add("in_", model.inputs);
  add("out_", model.outputs);
  return names;
}

/// What is one line of a comment in C: names of tensors come from strangers.
static std::string toComment(StringRef text) {
  std::string result;
  for (char c : text)
    result += llvm::isPrint(c) && c != '*' && c != '\\' && c != '?' ? c : '_';
  return result;
}

static std::string describe(const ModelInterface::Tensor &tensor) {
  std::string text = toComment(tensor.name) + ": ";
  for (int64_t size : tensor.type.getShape())
    text += std::to_string(size) + "x";
  llvm::raw_string_ostream(text) << tensor.type.getElementType();
  return text;
}

static std::string getStopText(const ModelInterface &model) {
  return "/* Ends the threads that the first run starts, if no run is under "
         "way. The\n * next run starts them again; unloading the model ends "
         "them, too. */\nvoid " +
         model.name + "_stop_threads(void);\n\n";
}

void hswish::writeHeader(const ModelInterface &model,
                         llvm::raw_ostream &stream) {
  // No other header's: neither of another model nor of the part below.
  std::string guard = "HSWISH_" + model.name + "_HEADER";
  stream << "/* The model " << model.name << ", compiled by hswish "
         << HSWISH_VERSION << ". */\n\n"
         << "#ifndef " << guard << "\n#define " << guard << "\n\n"
         << modelInfoText << "\n"
         << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
  stream << "/* Bytes of memory that a run needs. */\n"
         << "size_t " << model.name << "_workspace_size(void);\n\n";

  std::vector<std::string> names = makeParameterNames(model);
  stream << "/* Runs the model on dense arrays in C order; returns an enum "
            "hswish_status.\n *\n";
  if (model.takesArrays())
    stream << " * The tensors are too many for a parameter each: `inputs` and "
              "`outputs` are\n * arrays of pointers to them, in this "
              "order.\n *\n";
  std::string parameters;
  unsigned next = 0;
  for (const ModelInterface::Tensor &tensor : model.inputs) {
    stream << " * in   " << describe(tensor) << "\n";
    parameters +=
        ("const " + tensor.getCType() + " *" + names[next++] + ", ").str();
  }
  for (const ModelInterface::Tensor &tensor : model.outputs) {
    stream << " * out  " << describe(tensor) << "\n";
    parameters += (tensor.getCType() + " *" + names[next++] + ", ").str();
  }
  if (model.takesArrays())
    parameters = "const void *const *inputs, void *const *outputs, ";
  stream << " *\n * workspace: " << model.name
         << "_workspace_size() bytes, aligned to HSWISH_WORKSPACE_ALIGNMENT;"
         << "\n * one for each thread that calls it. */\n"
         << "int " << model.name << "_run(" << parameters
         << "void *workspace);\n\n"
         << (model.threads > 1 ? getStopText(model) : "")
         << "/* Names, types, shapes, version. */\n"
         << "const struct hswish_model_info *" << model.name
         << "_info(void);\n\n"
         << "#ifdef __cplusplus\n}\n#endif\n\n#endif /* " << guard << " */\n";
}

std::string hswish::getMainSource(const ModelInterface &model) {
  return std::string(modelInfoText) + "\n#define HSWISH_INFO " + model.name +
         "_info\n" + mainText;
}
