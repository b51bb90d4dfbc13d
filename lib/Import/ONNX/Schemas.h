//===- Schemas.h - What ONNX says of its operators --------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A model that ONNX's schemas forbid is refused, as by other runtimes. The
// table is data from the onnx package (make_schemas.py); Debian's library of
// ONNX ends with operator set 17.
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_IMPORT_ONNX_SCHEMAS_H
#define HSWISH_LIB_IMPORT_ONNX_SCHEMAS_H

#include "Tensor.h"

#include "onnx/onnx_pb.h"

namespace hswish::onnx_import {

/// The newest operator set of the default domain whose changes are known.
int64_t getNewestOpset();

/// How a node of the default domain contradicts the version of its operator in
/// `opset`, as far as can be seen without operands; empty if it does not.
std::string explainMalformed(const onnx::NodeProto &node, int64_t opset);

/// The same of the types of the operands, null where there is none.
std::string explainTypes(const onnx::NodeProto &node, int64_t opset,
                         llvm::ArrayRef<Tensor *> inputs);

} // namespace hswish::onnx_import

#endif // HSWISH_LIB_IMPORT_ONNX_SCHEMAS_H
