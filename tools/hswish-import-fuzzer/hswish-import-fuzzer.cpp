//===- hswish-import-fuzzer.cpp - Damages ONNX files at random ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Compiler/Compiler.h"
#include "hswish/Import/ONNX.h"

#include "google/protobuf/stubs/logging.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "onnx/onnx_pb.h"
#include "llvm/Support/ErrorHandling.h"

#include <cmath>
#include <iterator>
#include <random>

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

/// libFuzzer's own mutation of bytes.
extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize);

/// A file is imported and compiled up to the fused network, or there is an
/// error message.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::unique_ptr<mlir::MLIRContext> context = hswish::createContext();
  bool hadError = false;
  mlir::ScopedDiagnosticHandler handler(
      context.get(), [&](mlir::Diagnostic &diagnostic) {
        hadError |= diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error;
      });
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  auto module = hswish::importOnnx(llvm::MemoryBufferRef(text, "fuzz.onnx"), {},
                                   context.get());
  hswish::CompileOptions options;
  options.target = "x86-64-v3";
  bool done = module &&
              succeeded(hswish::compile(*module, hswish::Stage::Fuse, options));
  if (done == hadError)
    llvm::report_fatal_error(done ? "compiled in spite of an error"
                                  : "failed without an error");
  return 0;
}

namespace {
/// Damages messages field by field, so that most files stay models.
class Mutator {
public:
  explicit Mutator(unsigned seed) : random(seed) {}

  /// Changes one field somewhere below `message`.
  void mutate(Message &message) {
    const Reflection &reflection = *message.GetReflection();
    std::vector<const FieldDescriptor *> fields;
    reflection.ListFields(message, &fields);
    if (fields.empty())
      return;
    const FieldDescriptor *field = fields[draw(fields.size())];
    bool isMessage = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (draw(32) == 0)
      return reflection.ClearField(&message, field);
    if (!field->is_repeated())
      return isMessage ? mutate(*reflection.MutableMessage(&message, field))
                       : mutateScalar(message, field, -1);
    int index = draw(reflection.FieldSize(message, field));
    if (draw(4) == 0)
      return mutateList(message, field, index);
    return isMessage ? mutate(*reflection.MutableRepeatedMessage(&message,
                                                                 field, index))
                     : mutateScalar(message, field, index);
  }

private:
  unsigned draw(unsigned bound) { return random() % bound; }

  /// Moves, drops or doubles an element.
  void mutateList(Message &message, const FieldDescriptor *field, int index) {
    const Reflection &reflection = *message.GetReflection();
    int last = reflection.FieldSize(message, field) - 1;
    reflection.SwapElements(&message, field, index, last);
    if (draw(2) == 0)
      return reflection.RemoveLast(&message, field);
    if (draw(2) == 0 && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      Message *copy = reflection.AddMessage(&message, field);
      copy->CopyFrom(reflection.GetRepeatedMessage(message, field, last));
    }
  }

  /// Another number or name for a field, or for element `index` if that is not
  /// negative.
  void mutateScalar(Message &m, const FieldDescriptor *f, int index) {
    const Reflection &r = *m.GetReflection();
    bool single = index < 0;
    switch (f->cpp_type()) {
    case FieldDescriptor::CPPTYPE_FLOAT:
      return single ? r.SetFloat(&m, f, drawFloat())
                    : r.SetRepeatedFloat(&m, f, index, drawFloat());
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return single ? r.SetDouble(&m, f, drawFloat())
                    : r.SetRepeatedDouble(&m, f, index, drawFloat());
    case FieldDescriptor::CPPTYPE_INT32:
      return single ? r.SetInt32(&m, f, drawInteger())
                    : r.SetRepeatedInt32(&m, f, index, drawInteger());
    case FieldDescriptor::CPPTYPE_INT64:
      return single ? r.SetInt64(&m, f, drawInteger())
                    : r.SetRepeatedInt64(&m, f, index, drawInteger());
    case FieldDescriptor::CPPTYPE_UINT64:
      return single ? r.SetUInt64(&m, f, drawInteger())
                    : r.SetRepeatedUInt64(&m, f, index, drawInteger());
    case FieldDescriptor::CPPTYPE_ENUM:
      return r.SetEnumValue(&m, f, draw(20));
    case FieldDescriptor::CPPTYPE_STRING:
      return single ? r.SetString(&m, f, drawText(r.GetString(m, f)))
                    : r.SetRepeatedString(
                          &m, f, index,
                          drawText(r.GetRepeatedString(m, f, index)));
    default:
      return;
    }
  }

  int64_t drawInteger() {
    if (draw(2) == 0)
      return static_cast<int64_t>(draw(12)) - 3;
    static constexpr int64_t numbers[] = {64,
                                          255,
                                          1 << 16,
                                          1 << 20,
                                          INT32_MAX,
                                          int64_t(1) << 32,
                                          int64_t(1) << 40,
                                          INT64_MAX,
                                          INT64_MIN};
    return numbers[draw(std::size(numbers))];
  }

  float drawFloat() {
    static constexpr float numbers[] = {0.0f,  -0.0f,  0.5f,     2.0f, -1.0f,
                                        1e30f, 1e-40f, INFINITY, NAN};
    return numbers[draw(std::size(numbers))];
  }

  /// A string met before, of any field: edges go elsewhere, operators change.
  std::string drawText(std::string old) {
    seen.push_back(std::move(old));
    if (draw(16) == 0)
      return "";
    return seen[draw(seen.size())];
  }

  std::minstd_rand random;
  static inline std::vector<std::string> seen;
};
} // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size,
                                          size_t maxSize, unsigned seed) {
  google::protobuf::LogSilencer silence;
  onnx::ModelProto model;
  if (seed % 8 == 0 || !model.ParseFromArray(data, static_cast<int>(size)))
    return LLVMFuzzerMutate(data, size, maxSize);
  Mutator mutator(seed);
  for (unsigned count = 1 + seed % 3; count > 0; --count)
    mutator.mutate(model);
  if (model.ByteSizeLong() > maxSize)
    return LLVMFuzzerMutate(data, size, maxSize);
  model.SerializeToArray(data, static_cast<int>(maxSize));
  return model.ByteSizeLong();
}
