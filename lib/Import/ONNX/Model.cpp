//===- Model.cpp - What the file declares: opsets, inputs, weights ------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"
#include "Schemas.h"

#include "hswish/IR/MemoryLimit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

//===----------------------------------------------------------------------===//
// Operator sets
//===----------------------------------------------------------------------===//

template <typename Imports>
LogicalResult Importer::readOpsets(const Imports &imports, OpsetMap &opsets) {
  for (const onnx::OperatorSetIdProto &import : imports) {
    StringRef domain = import.domain();
    if (domain == "ai.onnx")
      domain = "";
    opsets[domain] = import.version();
  }
  auto standard = opsets.find("");
  if (standard != opsets.end() &&
      (standard->second < 1 || standard->second > getNewestOpset()))
    return emitError() << "operator set " << standard->second
                       << " is not known: versions 1 to " << getNewestOpset()
                       << " are";
  return success();
}

/// FunctionProto.attribute_proto, which the protobuf classes of old ONNX
/// packages do not know.
static LogicalResult readDefaults(const onnx::FunctionProto &proto,
                                  std::vector<onnx::AttributeProto> &defaults) {
  constexpr int kAttributeProtoField = 11;
  const auto &fields =
      onnx::FunctionProto::GetReflection()->GetUnknownFields(proto);
  for (int i = 0; i < fields.field_count(); ++i) {
    const auto &field = fields.field(i);
    if (field.number() != kAttributeProtoField ||
        field.type() != google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
      continue;
    if (!defaults.emplace_back().ParseFromString(field.length_delimited()))
      return failure();
  }
  return success();
}

LogicalResult Importer::readFunctions() {
  for (const onnx::FunctionProto &proto : model.functions()) {
    Function &entry = functions[proto.domain() + ":" + proto.name()];
    if (entry.proto)
      return emitError() << "function '" << proto.name()
                         << "' is defined more than once";
    entry.proto = &proto;
    entry.opsets = opsets;
    if (failed(readOpsets(proto.opset_import(), entry.opsets)))
      return failure();
    if (failed(readDefaults(proto, entry.defaults)))
      return emitError() << "function '" << proto.name()
                         << "' has a damaged attribute";
    SmallVector<StringRef> outputs(proto.output().begin(),
                                   proto.output().end());
    llvm::StringSet<> inputs;
    inputs.insert(proto.input().begin(), proto.input().end());
    auto body = sortNodes(
        proto.node(), outputs,
        [&](StringRef name) { return inputs.contains(name); },
        [&] {
          return emitError() << "in function '" << proto.name() << "': ";
        });
    if (failed(body))
      return failure();
    entry.body = std::move(*body);
  }
  return success();
}

Importer::Function *Importer::findFunction(const onnx::NodeProto &node) {
  auto found = functions.find(node.domain() + ":" + node.op_type());
  return found == functions.end() ? nullptr : &found->second;
}

//===----------------------------------------------------------------------===//
// Weights and declared types
//===----------------------------------------------------------------------===//

LogicalResult Importer::readInitializers(Scope &scope) {
  if (model.graph().sparse_initializer_size() > 0)
    return emitError() << "sparse initializers are not supported";
  for (const onnx::TensorProto &proto : model.graph().initializer()) {
    auto tensor = readTensor(proto, [&] { return emitError(); });
    if (failed(tensor))
      return failure();
    if (!scope.tensors.try_emplace(proto.name(), std::move(*tensor)).second)
      return emitError() << "initializer '" << proto.name()
                         << "' is defined more than once";
  }
  return success();
}

LogicalResult Importer::readValueInfos() {
  auto declare = [&](const auto &infos) {
    for (const onnx::ValueInfoProto &info : infos)
      if (info.type().has_tensor_type())
        declared[info.name()] = &info;
  };
  declare(model.graph().value_info());
  declare(model.graph().output());
  return success();
}

/// Whether the file's shape may be that of `tensor`. Exporters write 0 and -1
/// for what they do not know.
static bool mayBe(const onnx::TensorShapeProto &shape, const Tensor &tensor) {
  if (shape.dim_size() != tensor.rank())
    return false;
  return llvm::all_of(llvm::zip(shape.dim(), tensor.shape), [](auto pair) {
    const auto &[dim, size] = pair;
    return dim.dim_value() <= 0 || dim.dim_value() == size;
  });
}

/// "1x?x224", or "scalar".
static std::string toString(const onnx::TensorShapeProto &shape) {
  std::string text;
  for (auto [i, dim] : llvm::enumerate(shape.dim())) {
    text += i ? "x" : "";
    text += dim.has_dim_value() ? std::to_string(dim.dim_value()) : "?";
  }
  return text.empty() ? "scalar" : text;
}

LogicalResult Importer::checkDeclared(StringRef name, const Tensor &tensor) {
  auto found = declared.find(name);
  if (found == declared.end())
    return success();
  const auto &type = found->second->type().tensor_type();
  auto elements = static_cast<DType>(type.elem_type());
  if (elements != DType::Undefined && elements != tensor.type)
    return emitError() << "the file declares '" << name << "' to have elements "
                       << "of type " << getName(elements) << ", but they are "
                       << getName(tensor.type);
  if (type.has_shape() && !mayBe(type.shape(), tensor) && numStaleShapes++ == 0)
    staleShape = "'" + name.str() + "' to have the shape " +
                 ::toString(type.shape()) + ", but it is " +
                 onnx_import::toString(tensor.shape);
  return success();
}

void Importer::warnOfStaleShapes() const {
  if (numStaleShapes == 0)
    return;
  InFlightDiagnostic diag = emitWarning(fileLoc);
  diag << "the file declares " << staleShape;
  if (numStaleShapes > 1)
    diag << "; so it does with " << numStaleShapes - 1 << " more";
}

//===----------------------------------------------------------------------===//
// Outputs
//===----------------------------------------------------------------------===//

NamedAttrList onnx_import::getBorderAttrs(OpBuilder &b, StringRef name,
                                          DType type) {
  NamedAttrList attrs;
  attrs.set(kNameAttrName, b.getStringAttr(name));
  if (isUnsigned(type) && type != DType::Bool)
    attrs.set(kTypeAttrName, b.getStringAttr(getName(type)));
  return attrs;
}

LogicalResult Importer::addOutputs(Scope &scope) {
  SmallVector<Value> values;
  SmallVector<DictionaryAttr> allAttrs;
  for (const onnx::ValueInfoProto &output : model.graph().output()) {
    Tensor &tensor = scope.tensors[output.name()];
    Location loc = NameLoc::get(builder.getStringAttr(output.name()));
    if (!tensor.value)
      tensor.value =
          arith::ConstantOp::create(builder, loc, getElements(tensor, context));
    auto type = RankedTensorType::get(tensor.shape,
                                      getBorderType(tensor.type, context));
    Value value = tensor.value;
    if (value.getType() != type)
      value = arith::TruncFOp::create(builder, loc, type, value);
    values.push_back(value);
    NamedAttrList attrs = getBorderAttrs(builder, output.name(), tensor.type);
    allAttrs.push_back(attrs.getDictionary(context));
  }
  function.setFunctionType(builder.getFunctionType(
      function.getArgumentTypes(), TypeRange(ValueRange(values))));
  function.setAllResultAttrs(allAttrs);
  func::ReturnOp::create(builder, fileLoc, values);
  return success();
}

template LogicalResult Importer::readOpsets(
    const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto> &,
    OpsetMap &);
