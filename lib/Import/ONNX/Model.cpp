//===- Model.cpp - What the file declares: opsets, inputs, weights ------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

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
      (standard->second < kMinOpset || standard->second > kMaxOpset))
    return emitError() << "operator set " << standard->second
                       << " is not supported: versions " << kMinOpset << " to "
                       << kMaxOpset << " are";
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

LogicalResult Importer::checkDeclared(StringRef name,
                                      const Tensor &tensor) const {
  auto found = declared.find(name);
  if (found == declared.end())
    return success();
  const auto &type = found->second->type().tensor_type();
  auto elements = static_cast<DType>(type.elem_type());
  if (elements != DType::Undefined && elements != tensor.type)
    return emitError() << "the file declares '" << name << "' to have elements "
                       << "of type " << getName(elements) << ", but they are "
                       << getName(tensor.type);
  if (!type.has_shape())
    return success();
  bool matches = type.shape().dim_size() == tensor.rank();
  std::string text;
  for (auto [i, dim] : llvm::enumerate(type.shape().dim())) {
    text += (i ? "x" : "");
    text += dim.has_dim_value() ? std::to_string(dim.dim_value()) : "?";
    // Exporters write 0 and -1 for what they do not know.
    if (matches && dim.has_dim_value() && dim.dim_value() > 0 &&
        dim.dim_value() != tensor.shape[i])
      matches = false;
  }
  if (matches)
    return success();
  return emitError() << "the file declares '" << name << "' to have the shape "
                     << (text.empty() ? "scalar" : text) << ", but it is "
                     << toString(tensor.shape);
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

LogicalResult hswish::parseShapeOption(StringRef text, ImportOptions &options,
                                       std::string &error) {
  auto [name, sizes] = text.rsplit('=');
  SmallVector<int64_t> shape;
  bool isValid = !name.empty() && text.contains('=');
  SmallVector<StringRef> parts;
  if (!sizes.empty() && sizes != "scalar")
    sizes.split(parts, 'x');
  for (StringRef part : parts) {
    int64_t size = 0;
    if (part.getAsInteger(10, size) || size < 1)
      isValid = false;
    shape.push_back(size);
  }
  if (!isValid)
    error = ("'" + text + "' is no NAME=1x3x224x224 with positive sizes").str();
  else if (!countElements(shape))
    error = ("'" + text + "' has too many elements").str();
  else if (!options.shapes.try_emplace(name, std::move(shape)).second)
    error = ("input '" + name + "' is given two shapes").str();
  return success(error.empty());
}

LogicalResult Importer::checkShapeOptions(const Scope &scope) {
  SmallVector<std::string> names;
  for (const onnx::ValueInfoProto &input : model.graph().input())
    if (!scope.tensors.contains(input.name()))
      names.push_back("'" + input.name() + "'");
  for (StringRef given : options.shapes.keys())
    if (!llvm::is_contained(names, ("'" + given + "'").str()))
      return emitError() << "--shape names '" << given
                         << "', but the model's inputs are "
                         << llvm::join(names, ", ");
  return success();
}

/// "1x3x?x?", to show the user how to bind the dimensions of an input.
static std::string getPlaceholder(const onnx::TensorShapeProto &shape) {
  std::string text;
  for (auto [i, dim] : llvm::enumerate(shape.dim())) {
    text += i ? "x" : "";
    if (dim.has_dim_value())
      text += std::to_string(dim.dim_value());
    else
      text += i ? "?" : "1";
  }
  return text;
}

FailureOr<Tensor> Importer::bindInput(const onnx::ValueInfoProto &input) {
  const std::string &name = input.name();
  if (!input.type().has_tensor_type())
    return emitError() << "input '" << name << "' is no tensor";
  const auto &declaredType = input.type().tensor_type();
  auto type = static_cast<DType>(declaredType.elem_type());
  if (!isSupported(type))
    return emitError() << "input '" << name
                       << "' has elements of the unsupported type "
                       << getName(type);
  auto given = options.shapes.find(name);
  bool isGiven = given != options.shapes.end();
  if (!declaredType.has_shape()) {
    if (isGiven)
      return Tensor::runtime(type, given->second, {});
    return emitError() << "input '" << name << "' has no shape: give it with "
                       << "--shape " << name << "=1x3x224x224";
  }
  const onnx::TensorShapeProto &shape = declaredType.shape();
  if (isGiven && static_cast<int>(given->second.size()) != shape.dim_size())
    return emitError() << "--shape " << name << "=" << toString(given->second)
                       << " has " << given->second.size()
                       << " dimensions, but the input has " << shape.dim_size();
  Shape result;
  for (auto [i, dim] : llvm::enumerate(shape.dim())) {
    bool isFixed = dim.has_dim_value();
    auto symbol = symbols.find(dim.dim_param());
    bool isBound =
        !isFixed && !dim.dim_param().empty() && symbol != symbols.end();
    int64_t known = isFixed ? dim.dim_value() : isBound ? symbol->second : 0;
    if (isFixed && known < 0)
      return emitError() << "dimension " << i << " of input '" << name
                         << "' is negative: " << known;
    if (isGiven && (isFixed || isBound) && given->second[i] != known)
      return emitError() << "--shape " << name << "=" << toString(given->second)
                         << " contradicts dimension " << i
                         << " of the input, which is " << known;
    if (isGiven)
      known = given->second[i];
    else if (!isFixed && !isBound && i == 0)
      known = 1; // an open batch size
    else if (!isFixed && !isBound)
      return emitError() << "dimension " << i << " of input '" << name
                         << "' is open"
                         << (dim.dim_param().empty()
                                 ? ""
                                 : " ('" + dim.dim_param() + "')")
                         << ": bind it with --shape " << name << "="
                         << getPlaceholder(shape);
    if (!isFixed && !dim.dim_param().empty())
      symbols[dim.dim_param()] = known;
    result.push_back(known);
  }
  if (!countElements(result))
    return emitError() << "input '" << name << "' has the shape "
                       << toString(result) << ", which is above the limit of "
                       << kMaxElements << " elements";
  Tensor tensor = Tensor::runtime(type, result, {});
  if (tensor.getMemory() > memoryLimit)
    return emitError() << "input '" << name << "' of shape " << toString(result)
                       << " " << explainMemory(tensor.getMemory(), memoryLimit);
  return tensor;
}

/// The attributes of an argument or result of the function.
static NamedAttrList getBorderAttrs(OpBuilder &b, StringRef name, DType type) {
  NamedAttrList attrs;
  attrs.set(kNameAttr, b.getStringAttr(name));
  if (isUnsigned(type) && type != DType::Bool)
    attrs.set(kTypeAttr, b.getStringAttr(getName(type)));
  return attrs;
}

LogicalResult Importer::addInputs(Scope &scope) {
  if (failed(checkShapeOptions(scope)))
    return failure();
  // Set at once: MLIR keeps every list of attributes that there ever was.
  SmallVector<Type> types;
  SmallVector<DictionaryAttr> allAttrs;
  for (const onnx::ValueInfoProto &input : model.graph().input()) {
    // Before IR version 4 every initializer is an input too.
    if (auto known = scope.tensors.find(input.name());
        known != scope.tensors.end()) {
      if (known->second.isConstant())
        continue;
      return emitError() << "input '" << input.name()
                         << "' is defined more than once";
    }
    auto tensor = bindInput(input);
    if (failed(tensor))
      return failure();
    auto type = RankedTensorType::get(tensor->shape,
                                      getBorderType(tensor->type, context));
    Location loc = NameLoc::get(builder.getStringAttr(input.name()));
    NamedAttrList attrs = getBorderAttrs(builder, input.name(), tensor->type);
    types.push_back(type);
    allAttrs.push_back(attrs.getDictionary(context));
    tensor->value = function.getBody().front().addArgument(type, loc);
    if (tensor->getType(context) != type)
      tensor->value = arith::ExtFOp::create(
          builder, loc, tensor->getType(context), tensor->value);
    scope.tensors[input.name()] = std::move(*tensor);
  }
  function.setFunctionType(builder.getFunctionType(types, {}));
  function.setAllArgAttrs(allAttrs);
  return success();
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
