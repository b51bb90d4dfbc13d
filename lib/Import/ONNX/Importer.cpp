//===- Importer.cpp - One run of the ONNX importer ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "Node.h"
#include "Schemas.h"

#include "hswish/IR/HSwish.h"
#include "hswish/IR/MemoryLimit.h"
#include "hswish/IR/NodeLocation.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

using onnx::NodeProto;

/// Calls of functions may be nested so deep, and all bodies together may have
/// so many nodes: a small file can unfold exponentially.
static constexpr unsigned kMaxCallDepth = 64;
static constexpr int64_t kMaxNodes = 1 << 20;

/// Constants that are computed from others may take so many bytes, and so many
/// times those of the file: a small file can unfold exponentially here, too.
/// Weights are cast, moved and dequantised, each time to new constants.
static constexpr int64_t kFoldable = 64 << 20;
static constexpr int64_t kFoldableTimes = 8;

/// An identifier of C made from the name of a file.
static std::string makeIdentifier(StringRef path) {
  std::string name = llvm::sys::path::stem(path).str();
  for (char &c : name)
    if (!llvm::isAlnum(c))
      c = '_';
  if (name.empty() || llvm::isDigit(name.front()))
    name.insert(0, "net_");
  return name;
}

Importer::Importer(onnx::ModelProto &model, StringRef path,
                   const ImportOptions &options, MLIRContext *context)
    : model(model), options(options), context(context), path(path),
      directory(llvm::sys::path::parent_path(path)),
      fileLoc(FileLineColLoc::get(context, path, 0, 0)), builder(context),
      memoryLimit(options.memoryLimit ? options.memoryLimit
                                      : kDefaultMemoryLimit),
      foldable(kFoldable) {
  if (directory.empty())
    directory = ".";
}

InFlightDiagnostic Importer::emitError(const NodeProto &node) const {
  return emitError() << describe(node) << ": ";
}

OwningOpRef<ModuleOp> Importer::run() {
  std::string name = options.name.empty() ? makeIdentifier(path) : options.name;
  OwningOpRef<ModuleOp> module = ModuleOp::create(fileLoc);
  (*module)->setAttr(kModelAttrName, builder.getStringAttr(name));
  if (options.memoryLimit)
    (*module)->setAttr(kMemoryLimitAttrName,
                       builder.getI64IntegerAttr(options.memoryLimit));
  builder.setInsertionPointToEnd(module->getBody());
  function = func::FuncOp::create(builder, fileLoc, name,
                                  builder.getFunctionType({}, {}));
  builder.setInsertionPointToEnd(function.addEntryBlock());

  Scope scope{opsets, "", {}, 0};
  if (failed(readOpsets(model.opset_import(), opsets)))
    return nullptr;
  if (!opsets.contains("")) {
    emitError() << "not an ONNX model: it imports no operator set";
    return nullptr;
  }
  SmallVector<StringRef> outputs;
  for (const onnx::ValueInfoProto &output : model.graph().output())
    outputs.push_back(output.name());
  if (outputs.empty()) {
    emitError() << "the graph has no outputs";
    return nullptr;
  }
  if (failed(readFunctions()) || failed(readInitializers(scope)))
    return nullptr;
  for (const auto &initializer : scope.tensors)
    foldable += kFoldableTimes * initializer.second.getMemory();
  if (failed(readValueInfos()) || failed(addInputs(scope)))
    return nullptr;
  auto nodes = sortNodes(
      model.graph().node(), outputs,
      [&](StringRef name) { return scope.tensors.contains(name); },
      [&] { return emitError(); });
  if (failed(nodes) || failed(checkSupported(*nodes, opsets)) ||
      failed(importNodes(*nodes, scope)) || failed(addOutputs(scope)))
    return nullptr;
  if (failed(verify(*module)))
    return nullptr;
  warnOfStaleShapes();
  return module;
}

/// The default domain has two names.
static StringRef getDomain(const NodeProto &node) {
  StringRef domain = node.domain();
  return domain == "ai.onnx" ? "" : domain;
}

//===----------------------------------------------------------------------===//
// What is not supported
//===----------------------------------------------------------------------===//

/// Why there is no handler.
static std::string explainMissing(const NodeProto &node) {
  StringRef op = node.op_type();
  if (op == "If" || op == "Loop" || op == "Scan" || op == "SequenceMap")
    return "control flow is not supported";
  if (op.contains("QLinear") || op.contains_insensitive("quantize") ||
      op.contains("Integer"))
    return "integer arithmetic of quantised networks is not supported";
  return "the operator is not supported";
}

/// What is wrong with a node that can be seen without its operands; empty if
/// nothing is.
static std::string explainUnsupported(const NodeProto &node, int64_t opset) {
  const Handler *handler = findHandler(node.domain(), node.op_type());
  if (!handler)
    return explainMissing(node);
  if (opset == 0)
    return "the model imports no operator set of its domain";
  if (getDomain(node).empty())
    if (std::string why = explainMalformed(node, opset); !why.empty())
      return why;
  SmallVector<StringRef> known;
  handler->attributes.split(known, ' ');
  for (const onnx::AttributeProto &attr : node.attribute()) {
    if (attr.has_g() || attr.graphs_size() > 0)
      return "subgraphs are not supported";
    if (!llvm::is_contained(known, attr.name()) &&
        !StringRef(attr.name()).starts_with("__"))
      return "attribute '" + attr.name() + "' is not supported";
  }
  unsigned inputs = node.input_size();
  if (inputs < handler->minInputs || inputs > handler->maxInputs)
    return "has " + std::to_string(inputs) + " inputs, but takes " +
           (inputs < handler->minInputs
                ? "at least " + std::to_string(handler->minInputs)
                : "at most " + std::to_string(handler->maxInputs));
  for (unsigned i = 0; i < handler->minInputs; ++i)
    if (node.input(i).empty())
      return "input " + std::to_string(i) + " is missing";
  return "";
}

void Importer::findUnsupported(const NodeList &nodes, const OpsetMap &opsets,
                               SmallVectorImpl<std::string> &problems) {
  for (const NodeProto *node : nodes) {
    if (Function *callee = findFunction(*node)) {
      if (!callee->wasChecked) {
        callee->wasChecked = true;
        findUnsupported(callee->body, callee->opsets, problems);
      }
      continue;
    }
    StringRef domain = getDomain(*node);
    std::string why = explainUnsupported(*node, opsets.lookup(domain));
    if (!why.empty())
      problems.push_back(describe(*node) + ": " + why);
  }
}

LogicalResult Importer::checkSupported(const NodeList &nodes,
                                       const OpsetMap &opsets) {
  SmallVector<std::string> problems;
  findUnsupported(nodes, opsets, problems);
  if (problems.empty())
    return success();
  if (problems.size() == 1)
    return emitError() << problems.front();
  InFlightDiagnostic diag = emitError();
  diag << problems.size() << " nodes cannot be imported:";
  for (const std::string &problem : problems)
    diag << "\n  " << problem;
  return diag;
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

Location Importer::getNodeLoc(const NodeProto &node, const Scope &scope) const {
  return getNodeLocation(scope.prefix + getNodeName(node).str(), node.op_type(),
                         fileLoc);
}

LogicalResult Importer::importNodes(const NodeList &nodes, Scope &scope) {
  for (const NodeProto *node : nodes)
    if (failed(importNode(*node, scope)))
      return failure();
  return failure(hadErrors && scope.depth == 0);
}

/// Reports a result that is above the limit, and constants that together are
/// more than is computed from others.
LogicalResult Importer::chargeMemory(const NodeProto &node,
                                     ArrayRef<Tensor *> inputs,
                                     ArrayRef<Tensor> results) {
  for (auto [i, result] : llvm::enumerate(results)) {
    if (result.poisoned || result.type == DType::Undefined)
      continue;
    int64_t bytes = result.getMemory();
    if (bytes > memoryLimit)
      return emitError(node)
             << "output " << i << " of shape " << toString(result.shape) << " "
             << explainMemory(bytes, memoryLimit);
    bool isNew = result.isConstant() && llvm::none_of(inputs, [&](Tensor *in) {
                   return in && in->bytes == result.bytes;
                 });
    if (isNew && node.op_type() == "Constant")
      foldable += kFoldableTimes * bytes;
    else if (isNew)
      foldable -= bytes;
    if (foldable < 0)
      return emitError(node)
             << "output " << i << " of shape " << toString(result.shape)
             << " is one constant too many: all that are computed from those "
             << "of the file take " << formatMemorySize(-foldable)
             << " more than is meant for them";
  }
  return success();
}

/// Fails where it makes no sense to go on; a node that cannot be imported
/// poisons its results instead, so that all such nodes are found.
LogicalResult Importer::importNode(const NodeProto &node, Scope &scope) {
  if (++importedNodes > kMaxNodes)
    return emitError() << "the graph has more than " << kMaxNodes << " nodes";
  SmallVector<Tensor *> inputs;
  bool poisoned = false;
  for (const std::string &name : node.input()) {
    inputs.push_back(name.empty() ? nullptr : &scope.tensors[name]);
    poisoned |= inputs.back() && inputs.back()->poisoned;
  }
  SmallVector<Tensor> results;
  LogicalResult imported = failure();
  if (poisoned) {
  } else if (findFunction(node)) {
    if (failed(callFunction(node, scope, inputs, results)))
      return failure();
    imported = success();
  } else {
    StringRef domain = getDomain(node);
    int64_t opset = scope.opsets.lookup(domain);
    Node context(*this, builder, node, getNodeLoc(node, scope), opset, inputs);
    std::string why = domain.empty() ? explainTypes(node, opset, inputs) : "";
    if (why.empty())
      imported = findHandler(domain, node.op_type())->import(context);
    else
      emitError(node) << why;
    if (context.hasFailed())
      imported = failure();
    results.assign(context.getResults().begin(), context.getResults().end());
    if (succeeded(imported) && failed(chargeMemory(node, inputs, results)))
      return failure();
  }
  hadErrors |= failed(imported);
  for (auto [i, name] : llvm::enumerate(node.output())) {
    if (name.empty())
      continue;
    Tensor result;
    result.poisoned = true;
    if (succeeded(imported)) {
      result = results[i];
      if (result.type == DType::Undefined)
        return emitError(node) << "output " << i << " is not supported";
      if (scope.depth == 0 && !result.poisoned &&
          failed(checkDeclared(name, result)))
        return failure();
    }
    scope.tensors[name] = std::move(result);
  }
  return success();
}

/// A node of a function's body with the attributes of the call.
static void bindAttributes(NodeProto &node, const NodeProto &call,
                           ArrayRef<onnx::AttributeProto> defaults) {
  google::protobuf::RepeatedPtrField<onnx::AttributeProto> bound;
  auto bind = [&](const onnx::AttributeProto &attr, const auto &values) {
    for (const onnx::AttributeProto &value : values) {
      if (value.name() != attr.ref_attr_name())
        continue;
      *bound.Add() = value;
      bound.rbegin()->set_name(attr.name());
      return true;
    }
    return false;
  };
  for (const onnx::AttributeProto &attr : node.attribute()) {
    if (attr.ref_attr_name().empty())
      *bound.Add() = attr;
    else if (!bind(attr, call.attribute()))
      bind(attr, defaults);
  }
  node.mutable_attribute()->Swap(&bound);
}

LogicalResult Importer::callFunction(const NodeProto &node, Scope &scope,
                                     ArrayRef<Tensor *> inputs,
                                     SmallVectorImpl<Tensor> &results) {
  Function &callee = *findFunction(node);
  if (scope.depth >= kMaxCallDepth)
    return emitError(node) << "functions call each other more than "
                           << kMaxCallDepth << " deep";
  const onnx::FunctionProto &proto = *callee.proto;
  if (node.input_size() > proto.input_size() ||
      node.output_size() > proto.output_size())
    return emitError(node) << "the call has more inputs or outputs than the "
                              "function";
  Scope inner{callee.opsets,
              scope.prefix + getNodeName(node).str() + "/",
              {},
              scope.depth + 1};
  // A parameter that the call leaves out is an input that is not there.
  llvm::StringSet<> missing;
  for (auto [i, name] : llvm::enumerate(proto.input())) {
    if (i < inputs.size() && inputs[i])
      inner.tensors[name] = *inputs[i];
    else
      missing.insert(name);
  }
  NodeList body;
  for (const NodeProto *original : callee.body) {
    NodeProto &instance = instances.emplace_back(*original);
    bindAttributes(instance, node, callee.defaults);
    for (std::string &input : *instance.mutable_input())
      if (missing.contains(input))
        input.clear();
    body.push_back(&instance);
  }
  if (failed(importNodes(body, inner)))
    return failure();
  for (const std::string &name : proto.output())
    results.push_back(inner.tensors[name]);
  return success();
}

//===----------------------------------------------------------------------===//
// Entry points
//===----------------------------------------------------------------------===//

void hswish::registerOnnxImportDialects(DialectRegistry &registry) {
  registry.insert<HSwishDialect, arith::ArithDialect, func::FuncDialect,
                  linalg::LinalgDialect, math::MathDialect,
                  tensor::TensorDialect>();
}

OwningOpRef<ModuleOp> hswish::importOnnx(llvm::MemoryBufferRef buffer,
                                         const ImportOptions &options,
                                         MLIRContext *context) {
  DialectRegistry registry;
  registerOnnxImportDialects(registry);
  context->appendDialectRegistry(registry);
  for (StringRef name : registry.getDialectNames())
    context->getOrLoadDialect(name);
  StringRef path = buffer.getBufferIdentifier();
  onnx::ModelProto model;
  if (failed(
          parseModel(buffer, model, FileLineColLoc::get(context, path, 0, 0))))
    return nullptr;
  return Importer(model, path, options, context).run();
}

OwningOpRef<ModuleOp> hswish::importOnnx(StringRef path,
                                         const ImportOptions &options,
                                         MLIRContext *context) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer) {
    emitError(FileLineColLoc::get(context, path, 0, 0))
        << "cannot open the file: " << buffer.getError().message();
    return nullptr;
  }
  return importOnnx((*buffer)->getMemBufferRef(), options, context);
}
