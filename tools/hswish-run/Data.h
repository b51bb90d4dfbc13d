//===- Data.h - What goes into a model and comes out -*- C++ -*------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_TOOLS_HSWISH_RUN_DATA_H
#define HSWISH_TOOLS_HSWISH_RUN_DATA_H

#include "hswish/Import/ONNX.h"
#include "hswish/Runtime/Model.h"
#include "llvm/Support/JSON.h"

#include <string>
#include <vector>

namespace hswish {

using Tensors = llvm::ArrayRef<hswish_tensor_info>;

std::vector<std::string> getNames(Tensors tensors);

/// Puts [NAME=]FILE arguments in the order of `names`; empty where there is
/// none.
llvm::Expected<std::vector<std::string>>
assignFiles(llvm::ArrayRef<std::string> arguments,
            llvm::ArrayRef<std::string> names, llvm::StringRef kind);

/// The shapes of the arrays that [NAME=]FILE arguments give to inputs.
llvm::Expected<GivenShapes>
readInputShapes(llvm::ArrayRef<std::string> arguments,
                llvm::ArrayRef<std::string> names);

/// Reads the inputs, or makes random ones in [-1, 1) if no files are given.
llvm::Expected<std::vector<Array>>
readInputs(llvm::ArrayRef<std::string> arguments, Tensors tensors,
           unsigned seed);

/// Minimum, maximum and mean of the finite elements.
struct Summary {
  double low = 0, high = 0, mean = 0;
  int64_t notFinite = 0;

  explicit Summary(const Array &array);
};

/// The largest difference, as a part of the range of `want`: infinite where one
/// is NaN and the other is not, or infinities differ.
double getError(const Array &got, const Array &want);

/// How long runs took, in milliseconds.
struct Timing {
  unsigned runs = 0;
  double min = 0, median = 0, p90 = 0;
};

/// Called between runs, with how many of them are done.
using RunObserver = llvm::function_ref<void(unsigned done, unsigned runs)>;

/// Runs the model `runs` times, after some runs to warm up.
llvm::Expected<Timing> benchmark(Model &model,
                                 llvm::ArrayRef<const void *> inputs,
                                 llvm::ArrayRef<void *> outputs, unsigned runs,
                                 RunObserver observe);

} // namespace hswish

#endif // HSWISH_TOOLS_HSWISH_RUN_DATA_H
