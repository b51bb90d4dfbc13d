//===- Node.cpp - Inputs, attributes and results of a node --------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Node.h"

#include "Importer.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace hswish::onnx_import;

using onnx::AttributeProto;

Node::Node(Importer &importer, OpBuilder &builder, const onnx::NodeProto &proto,
           Location loc, int64_t opset, ArrayRef<Tensor *> inputs)
    : b(builder), loc(loc), opset(opset), importer(importer), proto(proto),
      inputs(inputs), results(proto.output_size()) {
  // Optional inputs may be left out at the end or be empty.
  while (!this->inputs.empty() && !this->inputs.back())
    this->inputs.pop_back();
}

InFlightDiagnostic Node::emitError() const { return importer.emitError(proto); }

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

bool Node::requireConstant(unsigned i, StringRef what) {
  if (inputs[i]->isConstant())
    return true;
  emitError() << what << " must be known at compile time";
  return false;
}

bool Node::requireFloat(unsigned i) {
  if (isFloat(inputs[i]->type))
    return true;
  emitError() << "elements of type " << getName(inputs[i]->type)
              << " are not supported here";
  return false;
}

bool Node::requireRank(unsigned i, int64_t min, int64_t max) {
  int64_t rank = inputs[i]->rank();
  if (rank >= min && rank <= max)
    return true;
  InFlightDiagnostic diag = emitError();
  diag << "input " << i << " of shape " << toString(shape(i)) << " must have ";
  if (min == max)
    diag << min;
  else
    diag << min << " to " << max;
  diag << " dimensions";
  return false;
}

FailureOr<SmallVector<int64_t>> Node::getInts(unsigned i, StringRef what) {
  if (!requireConstant(i, what))
    return failure();
  if (isFloat(in(i).type) || in(i).size() > (1 << 20)) {
    emitError() << what << " must be a short list of integers";
    return failure();
  }
  return in(i).getInts();
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

const AttributeProto *Node::findAttr(StringRef name) const {
  for (const AttributeProto &attr : proto.attribute())
    if (attr.name() == name)
      return &attr;
  return nullptr;
}

const AttributeProto *Node::findAttr(StringRef name,
                                     AttributeProto::AttributeType type) {
  const AttributeProto *attr = findAttr(name);
  // Files of IR version 1 have no types.
  if (!attr || attr->type() == type ||
      attr->type() == AttributeProto::UNDEFINED)
    return attr;
  failed = true;
  emitError() << "attribute '" << name << "' must be of type "
              << AttributeProto::AttributeType_Name(type);
  return nullptr;
}

int64_t Node::getInt(StringRef name, int64_t byDefault) {
  const AttributeProto *attr = findAttr(name, AttributeProto::INT);
  return attr ? attr->i() : byDefault;
}

double Node::getFloat(StringRef name, double byDefault) {
  const AttributeProto *attr = findAttr(name, AttributeProto::FLOAT);
  return attr ? attr->f() : static_cast<float>(byDefault);
}

std::string Node::getString(StringRef name, StringRef byDefault) {
  const AttributeProto *attr = findAttr(name, AttributeProto::STRING);
  return attr ? attr->s() : byDefault.str();
}

SmallVector<int64_t> Node::getInts(StringRef name,
                                   ArrayRef<int64_t> byDefault) {
  const AttributeProto *attr = findAttr(name, AttributeProto::INTS);
  if (!attr)
    return SmallVector<int64_t>(byDefault);
  return SmallVector<int64_t>(attr->ints().begin(), attr->ints().end());
}

SmallVector<double> Node::getFloats(StringRef name) {
  const AttributeProto *attr = findAttr(name, AttributeProto::FLOATS);
  if (!attr)
    return {};
  return SmallVector<double>(attr->floats().begin(), attr->floats().end());
}

SmallVector<std::string> Node::getStrings(StringRef name) {
  const AttributeProto *attr = findAttr(name, AttributeProto::STRINGS);
  if (!attr)
    return {};
  return SmallVector<std::string>(attr->strings().begin(),
                                  attr->strings().end());
}

FailureOr<Tensor> Node::getTensor(StringRef name) {
  const AttributeProto *attr = findAttr(name, AttributeProto::TENSOR);
  if (!attr)
    return failure();
  return importer.readTensor(attr->t(), [&] { return emitError(); });
}

FailureOr<int64_t> Node::normalizeAxis(int64_t axis, int64_t rank) const {
  if (axis >= -rank && axis < rank)
    return axis < 0 ? axis + rank : axis;
  emitError() << "axis " << axis << " is not one of a tensor of " << rank
              << " dimensions";
  return failure();
}

FailureOr<int64_t> Node::getAxis(StringRef name, int64_t byDefault,
                                 int64_t rank) {
  return normalizeAxis(getInt(name, byDefault), rank);
}

FailureOr<SmallVector<int64_t>> Node::getAxes(unsigned input, int64_t rank) {
  SmallVector<int64_t> axes;
  if (hasInput(input)) {
    auto given = getInts(input, "the list of axes");
    if (mlir::failed(given))
      return failure();
    axes = *given;
  } else {
    axes = getInts("axes");
  }
  for (int64_t &axis : axes) {
    auto normalized = normalizeAxis(axis, rank);
    if (mlir::failed(normalized))
      return failure();
    axis = *normalized;
  }
  llvm::sort(axes);
  if (llvm::adjacent_find(axes) != axes.end())
    return emitError() << "an axis is given twice";
  return axes;
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

bool Node::wantsOutput(unsigned i) const {
  return i < getNumOutputs() && !proto.output(i).empty();
}

void Node::set(unsigned i, Value value) { set(i, in(0).type, value); }

void Node::set(unsigned i, DType type, Value value) {
  set(i, Tensor::runtime(type, onnx_import::getShape(value), value));
}

void Node::set(unsigned i, Tensor tensor) {
  if (i < results.size())
    results[i] = std::move(tensor);
}

bool Node::canFold(ArrayRef<const Tensor *> tensors, DType type,
                   ArrayRef<int64_t> shape) const {
  auto count = countElements(shape);
  return count && *count * getByteSize(type) <= importer.getFoldable() &&
         llvm::all_of(tensors, [](const Tensor *tensor) {
           return tensor->isConstant();
         });
}

bool Node::checkShape(ArrayRef<int64_t> shape) const {
  if (countElements(shape))
    return true;
  emitError() << "the result would have the shape " << toString(shape)
              << ", which is negative or above the limit of " << kMaxElements
              << " elements";
  return false;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Value Node::materialize(Tensor &tensor) {
  if (!tensor.value)
    tensor.value =
        arith::ConstantOp::create(b, loc, getElements(tensor, getContext()));
  return tensor.value;
}

Value Node::empty(ArrayRef<int64_t> shape, Type element) {
  return tensor::EmptyOp::create(b, loc, shape, element);
}

Value Node::splat(Type tensorType, double number) {
  auto type = cast<RankedTensorType>(tensorType);
  Type element = type.getElementType();
  TypedAttr attr;
  if (isa<FloatType>(element))
    attr = b.getFloatAttr(element, number);
  else
    attr = b.getIntegerAttr(element, static_cast<int64_t>(number));
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, attr));
}
