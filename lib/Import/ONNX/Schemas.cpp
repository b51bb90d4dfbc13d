//===- Schemas.cpp - What ONNX says of its operators ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Schemas.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

using onnx::AttributeProto;

namespace {
/// One version of an operator. Lists are separated by blanks.
struct Schema {
  llvm::StringLiteral op;
  int since;
  int maxOutputs;
  /// A name of a set of types for each input; "?" says that it is optional, "*"
  /// that there may be more of it. "-" for a version that is not supported.
  llvm::StringLiteral inputs;
  /// NAME:TYPE, with "!" if it must be there.
  llvm::StringLiteral attributes;
  /// NAME=MASK in hexadecimal, where bit n stands for DType n.
  llvm::StringLiteral types;
};

#include "Schemas.inc"
} // namespace

int64_t onnx_import::getNewestOpset() { return kNewestOpset; }

/// All versions of an operator, oldest first.
static ArrayRef<Schema> findVersions(StringRef op) {
  ArrayRef<Schema> all(schemas);
  auto *begin = llvm::partition_point(
      all, [&](const Schema &schema) { return schema.op < op; });
  auto *end = std::find_if(
      begin, all.end(), [&](const Schema &schema) { return schema.op != op; });
  return ArrayRef(begin, end);
}

/// The version of an operator in `opset`, or null.
static const Schema *findSchema(StringRef op, int64_t opset) {
  const Schema *found = nullptr;
  for (const Schema &schema : findVersions(op))
    if (schema.since <= opset)
      found = &schema;
  return found;
}

static SmallVector<StringRef> split(StringRef list) {
  SmallVector<StringRef> parts;
  list.split(parts, ' ', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  return parts;
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

static AttributeProto::AttributeType getAttributeType(StringRef code) {
  return llvm::StringSwitch<AttributeProto::AttributeType>(code)
      .Case("f", AttributeProto::FLOAT)
      .Case("i", AttributeProto::INT)
      .Case("s", AttributeProto::STRING)
      .Case("t", AttributeProto::TENSOR)
      .Case("g", AttributeProto::GRAPH)
      .Case("F", AttributeProto::FLOATS)
      .Case("I", AttributeProto::INTS)
      .Case("S", AttributeProto::STRINGS)
      .Case("p", AttributeProto::SPARSE_TENSOR)
      .Default(AttributeProto::UNDEFINED);
}

static std::string explainAttributes(const onnx::NodeProto &node,
                                     const Schema &schema) {
  llvm::StringMap<StringRef> known;
  for (StringRef entry : split(schema.attributes)) {
    auto [name, type] = entry.split(':');
    bool isRequired = type.consume_back("!");
    known[name] = type;
    if (isRequired &&
        llvm::none_of(node.attribute(), [&](const AttributeProto &attr) {
          return attr.name() == name;
        }))
      return ("attribute '" + name + "' is missing").str();
  }
  for (const AttributeProto &attr : node.attribute()) {
    // Runtimes write their own notes with such names.
    if (StringRef(attr.name()).starts_with("__"))
      continue;
    if (!known.contains(attr.name()))
      return "attribute '" + attr.name() + "' is not one of version " +
             std::to_string(schema.since) + " of the operator";
    AttributeProto::AttributeType type =
        getAttributeType(known.lookup(attr.name()));
    // Files of IR version 1 have no types.
    if (attr.type() != AttributeProto::UNDEFINED && attr.type() != type)
      return "attribute '" + attr.name() + "' must be of type " +
             AttributeProto::AttributeType_Name(type);
  }
  return "";
}

//===----------------------------------------------------------------------===//
// Inputs and outputs
//===----------------------------------------------------------------------===//

static std::string explainNumbers(const onnx::NodeProto &node,
                                  const Schema &schema) {
  SmallVector<StringRef> inputs = split(schema.inputs);
  int least = 0, most = inputs.size(), given = node.input_size();
  for (auto [i, input] : llvm::enumerate(inputs)) {
    if (!input.ends_with("?"))
      least = i + 1;
    if (input.ends_with("*"))
      most = given;
  }
  if (given < least || given > most)
    return "has " + std::to_string(given) + " inputs, but takes at " +
           (given < least ? "least " + std::to_string(least)
                          : "most " + std::to_string(most));
  for (int i = 0; i < least; ++i)
    if (node.input(i).empty())
      return "input " + std::to_string(i) + " is missing";
  if (node.output_size() > schema.maxOutputs)
    return "has " + std::to_string(node.output_size()) +
           " outputs, but gives at most " + std::to_string(schema.maxOutputs);
  return "";
}

std::string onnx_import::explainMalformed(const onnx::NodeProto &node,
                                          int64_t opset) {
  const Schema *schema = findSchema(node.op_type(), opset);
  if (!schema) {
    ArrayRef<Schema> versions = findVersions(node.op_type());
    return "the operator is not in operator set " + std::to_string(opset) +
           (versions.empty()
                ? ""
                : ": it came with " + std::to_string(versions.front().since));
  }
  if (schema->inputs == "-")
    return "version " + std::to_string(schema->since) +
           " of the operator, that of operator set " + std::to_string(opset) +
           ", is not supported";
  std::string why = explainNumbers(node, *schema);
  return why.empty() ? explainAttributes(node, *schema) : why;
}

std::string onnx_import::explainTypes(const onnx::NodeProto &node,
                                      int64_t opset,
                                      ArrayRef<Tensor *> inputs) {
  const Schema *schema = findSchema(node.op_type(), opset);
  llvm::StringMap<uint32_t> masks;
  for (StringRef entry : split(schema->types)) {
    auto [name, mask] = entry.split('=');
    (void)mask.getAsInteger(16, masks[name]);
  }
  llvm::StringMap<unsigned> bound;
  SmallVector<StringRef> names = split(schema->inputs);
  for (auto [i, input] : llvm::enumerate(inputs)) {
    if (!input)
      continue;
    StringRef name = names[std::min(i, names.size() - 1)].rtrim("?*");
    if (!(masks.lookup(name) >> static_cast<unsigned>(input->type) & 1))
      return "input " + std::to_string(i) + " has elements of type " +
             getName(input->type) + ", which version " +
             std::to_string(schema->since) + " of the operator does not take";
    unsigned first = bound.try_emplace(name, i).first->second;
    if (inputs[first]->type != input->type)
      return "inputs " + std::to_string(first) + " and " + std::to_string(i) +
             " have elements of different types: " +
             getName(inputs[first]->type) + " and " + getName(input->type);
  }
  return "";
}
