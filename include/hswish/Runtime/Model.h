//===- Model.h - A compiled model, ready to run -*- C++ -*-----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_RUNTIME_MODEL_H
#define HSWISH_RUNTIME_MODEL_H

#include "hswish/Runtime/Npy.h"
#include "hswish/Runtime/model_info.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>

namespace hswish {

/// Memory for one run at a time, in huge pages where there are any.
class Workspace {
public:
  static llvm::Expected<std::unique_ptr<Workspace>> create(size_t size);
  ~Workspace();
  Workspace(const Workspace &) = delete;
  Workspace &operator=(const Workspace &) = delete;

  void *getData() const { return data; }

private:
  Workspace() = default;
  void *mapping = nullptr, *data = nullptr;
  size_t mappingSize = 0;
};

/// A model that can be run: usually its code is in this process.
class Model {
public:
  virtual ~Model();

  /// Loads a shared library that hswish-compile made: what is at `path` now,
  /// whatever was loaded from there before.
  static llvm::Expected<std::unique_ptr<Model>> load(llvm::StringRef path);
  /// Links an object file for this machine into the process.
  static llvm::Expected<std::unique_ptr<Model>>
  link(std::unique_ptr<llvm::MemoryBuffer> object);

  const hswish_model_info &getInfo() const { return *info; }
  llvm::ArrayRef<hswish_tensor_info> getInputs() const {
    return {info->inputs, static_cast<size_t>(info->num_inputs)};
  }
  llvm::ArrayRef<hswish_tensor_info> getOutputs() const {
    return {info->outputs, static_cast<size_t>(info->num_outputs)};
  }

  /// An error if $HSWISH_TARGET names code that the model does not have, or
  /// that this CPU cannot run.
  llvm::Error checkWish() const;

  /// What its verification found; "not verified" without one.
  llvm::StringRef getVerification() const;

  /// The times of the last run, or null if the model was not compiled for
  /// profiling.
  const hswish_profile *getProfile() const;

  /// One run in a workspace of the model's own. Inputs and outputs must be as
  /// `getInfo` says.
  virtual llvm::Error run(llvm::ArrayRef<const void *> inputs,
                          llvm::ArrayRef<void *> outputs);

protected:
  /// For a model whose code is elsewhere: no workspace, and its own `run`.
  void setInfo(const hswish_model_info *known) { info = known; }
  /// Takes what `hswish_get_model_info` at `address` returns.
  llvm::Error initialize(const void *address, llvm::StringRef path);

  /// The address of an exported symbol, or null.
  virtual const void *lookup(llvm::StringRef symbol) const = 0;

private:
  const hswish_model_info *info = nullptr;
  std::unique_ptr<Workspace> workspace;
};

/// The shape of an input or output.
inline llvm::ArrayRef<int64_t> getShape(const hswish_tensor_info &tensor) {
  return {tensor.shape, static_cast<size_t>(tensor.rank)};
}

} // namespace hswish

#endif // HSWISH_RUNTIME_MODEL_H
