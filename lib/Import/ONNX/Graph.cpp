//===- Graph.cpp - The order of nodes -----------------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"

#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using namespace hswish;
using namespace hswish::onnx_import;

using onnx::NodeProto;

StringRef onnx_import::getNodeName(const NodeProto &node) {
  if (!node.name().empty())
    return node.name();
  for (const std::string &output : node.output())
    if (!output.empty())
      return output;
  return "";
}

std::string onnx_import::describe(const NodeProto &node) {
  std::string domain =
      node.domain().empty() ? std::string() : node.domain() + ".";
  return ("node '" + getNodeName(node) + "' (" + domain + node.op_type() + ")")
      .str();
}

namespace {
/// A depth-first search from the outputs; iterative, since chains are as long
/// as the file likes.
class Sorter {
public:
  Sorter(llvm::function_ref<bool(StringRef)> isGiven, ErrorEmitter emitError)
      : isGiven(isGiven), emitError(emitError) {}

  LogicalResult addProducers(const NodeProto &node) {
    for (const std::string &name : node.output()) {
      if (name.empty())
        continue;
      if (isGiven(name) || !producers.try_emplace(name, &node).second)
        return emitError() << describe(node) << ": '" << name
                           << "' is defined more than once";
    }
    return success();
  }

  LogicalResult visit(StringRef output) {
    if (isGiven(output))
      return success();
    const NodeProto *root = producers.lookup(output);
    if (!root)
      return emitError() << "output '" << output << "' is not defined";
    if (failed(enter(root)))
      return failure();
    while (!stack.empty()) {
      auto &[node, next] = stack.back();
      if (next == node->input_size()) {
        states[node] = Done;
        order.push_back(node);
        stack.pop_back();
        continue;
      }
      if (failed(follow(*node, node->input(next++))))
        return failure();
    }
    return success();
  }

  /// The order of the file if it is one, which is more natural to read.
  NodeList
  takeOrder(const google::protobuf::RepeatedPtrField<NodeProto> &nodes) {
    llvm::SmallPtrSet<const NodeProto *, 32> before;
    NodeList inFileOrder;
    for (const NodeProto &node : nodes) {
      if (states.lookup(&node) != Done)
        continue;
      for (const std::string &input : node.input())
        if (const NodeProto *producer = producers.lookup(input))
          if (!before.contains(producer))
            return std::move(order);
      before.insert(&node);
      inFileOrder.push_back(&node);
    }
    return inFileOrder;
  }

private:
  enum State { New, Active, Done };

  LogicalResult follow(const NodeProto &node, StringRef input) {
    if (input.empty() || isGiven(input))
      return success();
    if (const NodeProto *producer = producers.lookup(input))
      return enter(producer);
    return emitError() << describe(node) << ": input '" << input
                       << "' is not defined: there is no graph input, "
                          "initializer or node output of that name";
  }

  LogicalResult enter(const NodeProto *node) {
    State &state = states[node];
    if (state == Active)
      return reportCycle(node);
    if (state == New) {
      state = Active;
      stack.emplace_back(node, 0);
    }
    return success();
  }

  LogicalResult reportCycle(const NodeProto *node) {
    InFlightDiagnostic diag = emitError();
    diag << "the graph has a cycle through " << describe(*node);
    return diag;
  }

  llvm::function_ref<bool(StringRef)> isGiven;
  ErrorEmitter emitError;
  llvm::StringMap<const NodeProto *> producers;
  llvm::DenseMap<const NodeProto *, State> states;
  std::vector<std::pair<const NodeProto *, int>> stack;
  NodeList order;
};
} // namespace

FailureOr<NodeList> onnx_import::sortNodes(
    const google::protobuf::RepeatedPtrField<NodeProto> &nodes,
    ArrayRef<StringRef> outputs, llvm::function_ref<bool(StringRef)> isGiven,
    ErrorEmitter emitError) {
  Sorter sorter(isGiven, emitError);
  for (const NodeProto &node : nodes)
    if (failed(sorter.addProducers(node)))
      return failure();
  for (StringRef output : outputs)
    if (failed(sorter.visit(output)))
      return failure();
  return sorter.takeOrder(nodes);
}
