//===- Importer.h - One run of the ONNX importer ----------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_IMPORT_ONNX_IMPORTER_H
#define HSWISH_LIB_IMPORT_ONNX_IMPORTER_H

#include "Handlers.h"
#include "Tensor.h"

#include "hswish/Import/ONNX.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"
#include "onnx/onnx_pb.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <list>

namespace hswish::onnx_import {

using ErrorEmitter = llvm::function_ref<mlir::InFlightDiagnostic()>;
using NodeList = std::vector<const onnx::NodeProto *>;

/// Reads a model; reports what is no model. `location` names the file.
mlir::LogicalResult parseModel(llvm::MemoryBufferRef buffer,
                               onnx::ModelProto &model,
                               mlir::Location location);

/// Reads the contents of a tensor of a file, in `directory` if they lie outside
/// of it.
mlir::FailureOr<Tensor> readTensor(const onnx::TensorProto &proto,
                                   llvm::StringRef directory,
                                   ErrorEmitter emitError);

/// The nodes that the outputs depend on, producers first. `isGiven` says which
/// names are defined without a node. Reports names without or with more than
/// one definition, and cycles.
mlir::FailureOr<NodeList>
sortNodes(const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
          llvm::ArrayRef<llvm::StringRef> outputs,
          llvm::function_ref<bool(llvm::StringRef)> isGiven,
          ErrorEmitter emitError);

/// "node 'conv1' (Conv)", for messages; unnamed nodes go by their output.
std::string describe(const onnx::NodeProto &node);
llvm::StringRef getNodeName(const onnx::NodeProto &node);

/// The attributes of an argument or result of the function.
mlir::NamedAttrList getBorderAttrs(mlir::OpBuilder &b, llvm::StringRef name,
                                   DType type);

class Importer {
public:
  Importer(onnx::ModelProto &model, llvm::StringRef path,
           const ImportOptions &options, mlir::MLIRContext *context);

  mlir::OwningOpRef<mlir::ModuleOp> run();

  /// An error about the file.
  mlir::InFlightDiagnostic emitError() const {
    return mlir::emitError(fileLoc);
  }
  /// An error about a node of it.
  mlir::InFlightDiagnostic emitError(const onnx::NodeProto &node) const;

  /// The bytes of constants that may still be computed from others.
  int64_t getFoldable() const { return foldable; }

  mlir::FailureOr<Tensor> readTensor(const onnx::TensorProto &proto,
                                     ErrorEmitter emitError) const {
    return onnx_import::readTensor(proto, directory, emitError);
  }

private:
  /// Versions of the operator sets by domain.
  using OpsetMap = llvm::StringMap<int64_t>;

  /// The graph or the body of a function, while its nodes are imported.
  struct Scope {
    const OpsetMap &opsets;
    /// Prepended to the names of nodes.
    std::string prefix;
    llvm::StringMap<Tensor> tensors;
    unsigned depth = 0;
  };

  // Model.cpp: what the file declares. Inputs.cpp: its inputs.
  template <typename Imports>
  mlir::LogicalResult readOpsets(const Imports &imports, OpsetMap &opsets);
  mlir::LogicalResult readFunctions();
  mlir::LogicalResult readInitializers(Scope &scope);
  mlir::LogicalResult readValueInfos();
  mlir::LogicalResult addInputs(Scope &scope);
  mlir::FailureOr<Tensor> bindInput(const onnx::ValueInfoProto &input);
  mlir::LogicalResult findGivenShapes(const Scope &scope);
  /// Binds the named dimensions of an input whose shape is given.
  mlir::LogicalResult bindGivenShape(const onnx::ValueInfoProto &input);
  mlir::FailureOr<Shape> getInputShape(const onnx::ValueInfoProto &input);
  /// Reports elements that are not of the type that the file declares, and
  /// remembers shapes that contradict it.
  mlir::LogicalResult checkDeclared(llvm::StringRef name, const Tensor &tensor);
  /// What a file says of shapes is a comment: contradictions are a warning.
  void warnOfStaleShapes() const;

  // Importer.cpp: the nodes.
  mlir::LogicalResult checkSupported(const NodeList &nodes,
                                     const OpsetMap &opsets);
  void findUnsupported(const NodeList &nodes, const OpsetMap &opsets,
                       llvm::SmallVectorImpl<std::string> &problems);
  mlir::LogicalResult importNodes(const NodeList &nodes, Scope &scope);
  mlir::LogicalResult importNode(const onnx::NodeProto &node, Scope &scope);
  mlir::LogicalResult chargeMemory(const onnx::NodeProto &node,
                                   llvm::ArrayRef<Tensor *> inputs,
                                   llvm::ArrayRef<Tensor> results);
  mlir::LogicalResult callFunction(const onnx::NodeProto &node, Scope &scope,
                                   llvm::ArrayRef<Tensor *> inputs,
                                   llvm::SmallVectorImpl<Tensor> &results);
  mlir::LogicalResult addOutputs(Scope &scope);
  mlir::Location getNodeLoc(const onnx::NodeProto &node,
                            const Scope &scope) const;

  /// A function of the model, with its own operator sets and sorted body.
  struct Function {
    const onnx::FunctionProto *proto = nullptr;
    OpsetMap opsets;
    NodeList body;
    /// Attributes with defaults, by name.
    std::vector<onnx::AttributeProto> defaults;
    bool wasChecked = false;
  };
  Function *findFunction(const onnx::NodeProto &node);

  onnx::ModelProto &model;
  const ImportOptions &options;
  mlir::MLIRContext *context;
  std::string path, directory;
  mlir::Location fileLoc;
  mlir::OpBuilder builder;
  mlir::func::FuncOp function;
  OpsetMap opsets;
  llvm::StringMap<Function> functions;
  llvm::StringMap<const onnx::ValueInfoProto *> declared;
  /// Shapes of inputs that the user gives, and sizes of named dimensions.
  GivenShapes given;
  llvm::StringMap<int64_t> symbols;
  /// Copies of nodes of functions, with the attributes of the call.
  std::list<onnx::NodeProto> instances;
  int64_t importedNodes = 0;
  int64_t memoryLimit, foldable;
  /// How many shapes the file declares wrongly, and the first of them.
  int64_t numStaleShapes = 0;
  std::string staleShape;
  bool hadErrors = false;
};

} // namespace hswish::onnx_import

#endif // HSWISH_LIB_IMPORT_ONNX_IMPORTER_H
