//===- Node.h - What the handler of an operator sees ------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_IMPORT_ONNX_NODE_H
#define HSWISH_LIB_IMPORT_ONNX_NODE_H

#include "Tensor.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"
#include "onnx/onnx_pb.h"

#include <functional>

namespace hswish::onnx_import {

class Importer;

/// One node of the graph while it is imported. Accessors of attributes report
/// an attribute of the wrong type and go on with the default: the importer
/// looks at `hasFailed` after the handler.
class Node {
public:
  Node(Importer &importer, mlir::OpBuilder &builder,
       const onnx::NodeProto &proto, mlir::Location loc, int64_t opset,
       llvm::ArrayRef<Tensor *> inputs);

  mlir::OpBuilder &b;
  const mlir::Location loc;
  /// The version of the operator set of the node's domain.
  const int64_t opset;

  llvm::StringRef getOp() const { return proto.op_type(); }
  mlir::MLIRContext *getContext() const { return b.getContext(); }
  mlir::InFlightDiagnostic emitError() const;
  bool hasFailed() const { return failed; }

  //===-- Inputs ----------------------------------------------------------===//
  unsigned getNumInputs() const { return inputs.size(); }
  bool hasInput(unsigned i) const { return i < inputs.size() && inputs[i]; }
  Tensor &in(unsigned i) { return *inputs[i]; }
  llvm::ArrayRef<int64_t> shape(unsigned i) { return inputs[i]->shape; }
  /// The input as a value of the IR.
  mlir::Value value(unsigned i) { return materialize(*inputs[i]); }
  /// Whether the input is known now; reports it if not.
  bool requireConstant(unsigned i, llvm::StringRef what);
  /// Whether the input is of floats; reports it if not.
  bool requireFloat(unsigned i);
  /// Whether the rank lies in the range; reports it if not.
  bool requireRank(unsigned i, int64_t min, int64_t max);
  /// The contents of a constant integer input, in [-2^63, 2^63).
  mlir::FailureOr<llvm::SmallVector<int64_t>> getInts(unsigned i,
                                                      llvm::StringRef what);

  //===-- Attributes ------------------------------------------------------===//
  bool hasAttr(llvm::StringRef name) const { return findAttr(name); }
  int64_t getInt(llvm::StringRef name, int64_t byDefault);
  double getFloat(llvm::StringRef name, double byDefault);
  std::string getString(llvm::StringRef name, llvm::StringRef byDefault);
  llvm::SmallVector<int64_t> getInts(llvm::StringRef name,
                                     llvm::ArrayRef<int64_t> byDefault = {});
  llvm::SmallVector<double> getFloats(llvm::StringRef name);
  llvm::SmallVector<std::string> getStrings(llvm::StringRef name);
  mlir::FailureOr<Tensor> getTensor(llvm::StringRef name);
  /// An attribute that is an axis of a tensor of `rank` dimensions, made
  /// non-negative; reports one out of range.
  mlir::FailureOr<int64_t> getAxis(llvm::StringRef name, int64_t byDefault,
                                   int64_t rank);
  /// The same for a number that came from elsewhere.
  mlir::FailureOr<int64_t> normalizeAxis(int64_t axis, int64_t rank) const;
  /// Axes from an input or, in old operator sets, from the attribute "axes";
  /// sorted and unique. Empty if there are none.
  mlir::FailureOr<llvm::SmallVector<int64_t>> getAxes(unsigned input,
                                                      int64_t rank);

  //===-- Results ---------------------------------------------------------===//
  unsigned getNumOutputs() const { return proto.output_size(); }
  /// Whether somebody may use output `i`.
  bool wantsOutput(unsigned i) const;
  /// A value of the type of input 0.
  void set(unsigned i, mlir::Value value);
  void set(unsigned i, DType type, mlir::Value value);
  void set(unsigned i, Tensor tensor);
  llvm::MutableArrayRef<Tensor> getResults() { return results; }
  /// Whether something of these tensors, of `type` and `shape`, is to be
  /// computed now: it must be known, and not take more memory than the import
  /// has left for such things.
  bool canFold(llvm::ArrayRef<const Tensor *> tensors, DType type,
               llvm::ArrayRef<int64_t> shape) const;
  /// Whether a tensor of this shape may exist; reports it if not.
  bool checkShape(llvm::ArrayRef<int64_t> shape) const;

  //===-- Values ----------------------------------------------------------===//
  /// The tensor as a value of the IR; makes the arith.constant if need be.
  mlir::Value materialize(Tensor &tensor);
  mlir::RankedTensorType getType(DType type,
                                 llvm::ArrayRef<int64_t> shape) const {
    return mlir::RankedTensorType::get(shape, getInnerType(type, getContext()));
  }
  mlir::Value empty(llvm::ArrayRef<int64_t> shape, mlir::Type element);
  /// A tensor of one number, float or integer as its type is.
  mlir::Value splat(mlir::Type tensorType, double number);

private:
  const onnx::AttributeProto *findAttr(llvm::StringRef name) const;
  /// Finds an attribute and checks its type.
  const onnx::AttributeProto *
  findAttr(llvm::StringRef name, onnx::AttributeProto::AttributeType type);

  Importer &importer;
  const onnx::NodeProto &proto;
  llvm::SmallVector<Tensor *> inputs;
  llvm::SmallVector<Tensor, 1> results;
  bool failed = false;
};

//===----------------------------------------------------------------------===//
// Operations on tensors, computed now if the operands are constant
//===----------------------------------------------------------------------===//

Tensor reshape(Node &node, Tensor &tensor, llvm::ArrayRef<int64_t> shape);
Tensor transpose(Node &node, Tensor &tensor, llvm::ArrayRef<int64_t> perm);
Tensor slice(Node &node, Tensor &tensor, llvm::ArrayRef<int64_t> offsets,
             llvm::ArrayRef<int64_t> sizes, llvm::ArrayRef<int64_t> strides);
/// NumPy's broadcasting to a shape that the tensor is known to fit.
Tensor broadcast(Node &node, Tensor &tensor, llvm::ArrayRef<int64_t> shape);

/// The same on values.
mlir::Value reshape(Node &node, mlir::Value value,
                    llvm::ArrayRef<int64_t> shape);
mlir::Value transpose(Node &node, mlir::Value value,
                      llvm::ArrayRef<int64_t> perm);
/// Axes of an image to the end and back: NC… to N…C, N…C to NC….
llvm::SmallVector<int64_t> getChannelsLast(int64_t rank);
llvm::SmallVector<int64_t> getChannelsFirst(int64_t rank);

llvm::ArrayRef<int64_t> getShape(mlir::Value value);
mlir::Type getElementType(mlir::Value value);

} // namespace hswish::onnx_import

#endif // HSWISH_LIB_IMPORT_ONNX_NODE_H
