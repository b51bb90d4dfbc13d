//===- Inputs.cpp - Inputs of the graph and their shapes ------------------===//
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
    if (part.getAsInteger(10, size) || size < 0)
      isValid = false;
    shape.push_back(size);
  }
  if (!isValid)
    error = ("'" + text + "' is no NAME=1x3x224x224").str();
  else if (!countElements(shape))
    error = ("'" + text + "' has too many elements").str();
  else if (!options.shapes.try_emplace(name, std::move(shape)).second)
    error = ("input '" + name + "' is given two shapes").str();
  return success(error.empty());
}

//===----------------------------------------------------------------------===//
// Dimensions
//===----------------------------------------------------------------------===//

using Dimension = onnx::TensorShapeProto_Dimension;

/// Exporters write -1, 0 or nothing for a size that they do not know.
static bool isOpen(const Dimension &dim) {
  return !dim.has_dim_value() || dim.dim_value() == 0 || dim.dim_value() == -1;
}

/// The name that an open dimension shares with others that are as large. What
/// stands for "unknown" is no name, though it may be written twice.
static StringRef getSymbol(const Dimension &dim) {
  StringRef name = dim.dim_param();
  if (name == "?" || name == "None" || name == "-1" ||
      name.starts_with("unk__"))
    return "";
  return name;
}

/// "1x3x?x?", to show the user how to bind the dimensions of an input.
static std::string getPlaceholder(const onnx::TensorShapeProto &shape) {
  std::string text;
  for (auto [i, dim] : llvm::enumerate(shape.dim())) {
    text += i ? "x" : "";
    if (!isOpen(dim))
      text += std::to_string(dim.dim_value());
    else
      text += i ? "?" : "1";
  }
  return text;
}

//===----------------------------------------------------------------------===//
// Shapes that are given
//===----------------------------------------------------------------------===//

/// Whether an input leaves open what shape it has.
static bool isOpen(const onnx::ValueInfoProto &input) {
  const auto &type = input.type().tensor_type();
  return !type.has_shape() ||
         llvm::any_of(type.shape().dim(),
                      [](const Dimension &dim) { return isOpen(dim); });
}

LogicalResult Importer::findGivenShapes(const Scope &scope) {
  std::vector<std::string> names;
  bool isSilent = false;
  for (const onnx::ValueInfoProto &input : model.graph().input()) {
    if (scope.tensors.contains(input.name()))
      continue;
    names.push_back(input.name());
    isSilent |= isOpen(input) && !options.shapes.contains(input.name());
  }
  for (const auto &[name, shape] : options.shapes) {
    if (!llvm::is_contained(names, name)) {
      std::string known = llvm::join(
          llvm::map_range(names, [](auto &n) { return "'" + n + "'"; }), ", ");
      return emitError() << "--shape names '" << name
                         << "', but the model's inputs are " << known;
    }
    given[name] = {shape, ("--shape " + name + "=" + toString(shape)).str()};
  }
  if (isSilent && options.findShapes) {
    llvm::Expected<GivenShapes> found = options.findShapes(names);
    if (!found)
      return emitError() << llvm::toString(found.takeError());
    for (const auto &[name, shape] : *found)
      given.try_emplace(name, shape);
  }
  return success();
}

LogicalResult Importer::bindGivenShape(const onnx::ValueInfoProto &input) {
  auto found = given.find(input.name());
  const auto &type = input.type().tensor_type();
  if (found == given.end() || !type.has_shape())
    return success();
  auto &[sizes, origin] = found->second;
  if (static_cast<int>(sizes.size()) != type.shape().dim_size())
    return emitError() << origin << " has " << sizes.size()
                       << " dimensions, but the input has "
                       << type.shape().dim_size();
  for (auto [i, dim] : llvm::enumerate(type.shape().dim())) {
    int64_t known = isOpen(dim) ? sizes[i] : dim.dim_value();
    StringRef symbol = isOpen(dim) ? getSymbol(dim) : "";
    if (!symbol.empty())
      known = symbols.try_emplace(symbol, known).first->second;
    // Where the file says 0, it may mean that.
    bool mayBeEmpty = dim.has_dim_value() && dim.dim_value() == 0;
    if (sizes[i] == known && (known > 0 || mayBeEmpty))
      continue;
    InFlightDiagnostic diag = emitError();
    diag << origin;
    if (sizes[i] < 1)
      return diag << " is empty";
    diag << " contradicts dimension " << i << " of the input, which is "
         << known;
    if (!symbol.empty())
      diag << ", as all that are called '" << symbol << "'";
    return diag;
  }
  return success();
}

FailureOr<Shape> Importer::getInputShape(const onnx::ValueInfoProto &input) {
  const std::string &name = input.name();
  const auto &type = input.type().tensor_type();
  auto found = given.find(name);
  if (!type.has_shape() && found == given.end())
    return emitError() << "input '" << name << "' has no shape: give it with "
                       << "--shape " << name << "=1x3x224x224";
  if (found != given.end())
    return Shape(ArrayRef<int64_t>(found->second.shape));
  Shape result;
  for (auto [i, dim] : llvm::enumerate(type.shape().dim())) {
    StringRef symbol = getSymbol(dim);
    if (!isOpen(dim)) {
      if (dim.dim_value() < 0)
        return emitError() << "dimension " << i << " of input '" << name
                           << "' is negative: " << dim.dim_value();
      result.push_back(dim.dim_value());
    } else if (!symbol.empty() && symbols.contains(symbol)) {
      result.push_back(symbols.lookup(symbol));
    } else if (i == 0) {
      result.push_back(1); // an open batch size
      if (!symbol.empty())
        symbols[symbol] = 1;
    } else {
      return emitError() << "dimension " << i << " of input '" << name
                         << "' is open"
                         << (dim.dim_param().empty()
                                 ? ""
                                 : " ('" + dim.dim_param() + "')")
                         << ": bind it with --shape " << name << "="
                         << getPlaceholder(type.shape());
    }
  }
  return result;
}

FailureOr<Tensor> Importer::bindInput(const onnx::ValueInfoProto &input) {
  const std::string &name = input.name();
  if (!input.type().has_tensor_type())
    return emitError() << "input '" << name << "' is no tensor";
  auto type = static_cast<DType>(input.type().tensor_type().elem_type());
  if (!isSupported(type))
    return emitError() << "input '" << name
                       << "' has elements of the unsupported type "
                       << getName(type);
  auto shape = getInputShape(input);
  if (failed(shape))
    return failure();
  if (!countElements(*shape))
    return emitError() << "input '" << name << "' has the shape "
                       << toString(*shape) << ", which is above the limit of "
                       << kMaxElements << " elements";
  Tensor tensor = Tensor::runtime(type, *shape, {});
  if (tensor.getMemory() > memoryLimit)
    return emitError() << "input '" << name << "' of shape " << toString(*shape)
                       << " " << explainMemory(tensor.getMemory(), memoryLimit);
  return tensor;
}

LogicalResult Importer::addInputs(Scope &scope) {
  if (failed(findGivenShapes(scope)))
    return failure();
  for (const onnx::ValueInfoProto &input : model.graph().input())
    if (failed(bindGivenShape(input)))
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
