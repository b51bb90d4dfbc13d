//===- BindShapes.cpp - Sizes for dynamic dimensions of a module ----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An argument of static type is cast to the dynamic one that its users expect,
// and the casts are pushed through the body: upstream's canonicalizations do
// that for destinations, shapes and slices, a pattern here for what infers its
// types. Nothing is invalid in between, and where an operation stops a cast,
// its result stays dynamic.
//
//===----------------------------------------------------------------------===//

#include "hswish/Compiler/BindShapes.h"

#include "hswish/Codegen/ModelInterface.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace hswish;

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// "x" of "%x: tensor<…>" in the text of the file; empty if there is none.
static StringRef getSourceName(BlockArgument arg, llvm::SourceMgr &sources) {
  auto loc = arg.getLoc()->findInstanceOf<FileLineColLoc>();
  if (!loc || loc.getLine() == 0)
    return "";
  unsigned id = sources.getMainFileID();
  StringRef text = sources.getMemoryBuffer(id)->getBuffer();
  const char *at =
      sources.FindLocForLineAndColumn(id, loc.getLine(), loc.getColumn())
          .getPointer();
  if (!at)
    return "";
  text = text.substr(at - text.data());
  if (!text.consume_front("%"))
    return "";
  return text.take_while(
      [](char c) { return llvm::isAlnum(c) || StringRef("_$.-").contains(c); });
}

/// What a run calls input `i`.
static std::string getName(func::FuncOp func, unsigned i) {
  auto name = func.getArgAttrOfType<StringAttr>(i, kNameAttrName);
  return name ? name.str() : "input" + std::to_string(i);
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

static bool isDynamic(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && !tensor.hasStaticShape();
}

/// The shapes that the user gives arguments of `func`, by number.
static FailureOr<llvm::DenseMap<unsigned, GivenShape>>
findShapes(func::FuncOp func, llvm::SourceMgr &sources,
           const ImportOptions &options) {
  llvm::DenseMap<unsigned, GivenShape> found;
  std::vector<std::string> names, shown;
  llvm::StringSet<> used;
  bool isSilent = false;
  for (BlockArgument arg : func.getArguments()) {
    unsigned i = arg.getArgNumber();
    names.push_back(getName(func, i));
    StringRef source =
        func.getArgAttr(i, kNameAttrName) ? "" : getSourceName(arg, sources);
    auto given = options.shapes.find(names[i]);
    if (given == options.shapes.end() && !source.empty())
      given = options.shapes.find(source);
    shown.push_back("'" + (source.empty() ? names[i] : source.str()) + "'");
    if (given == options.shapes.end()) {
      isSilent |= isDynamic(arg.getType());
      continue;
    }
    used.insert(given->first());
    found[i] = {given->second,
                ("--shape for input '" + given->first() + "'").str()};
  }
  for (StringRef name : options.shapes.keys())
    if (!used.contains(name))
      return func.emitError()
             << "--shape names '" << name << "', but the inputs of @"
             << func.getName() << " are " << llvm::join(shown, ", ");
  if (!isSilent || !options.findShapes)
    return found;
  llvm::Expected<GivenShapes> others = options.findShapes(names);
  if (!others)
    return func.emitError() << llvm::toString(others.takeError());
  for (auto [i, name] : llvm::enumerate(names))
    if (auto other = others->find(name); other != others->end())
      found.try_emplace(i, other->second);
  return found;
}

/// The type of an argument with the shape that the user gives.
static FailureOr<RankedTensorType>
bindType(func::FuncOp func, BlockArgument arg, const GivenShape &given) {
  auto type = dyn_cast<TensorType>(arg.getType());
  if (!type)
    return func.emitError()
           << given.origin << ": the input is no tensor but " << arg.getType();
  if (llvm::any_of(given.shape, [](int64_t size) { return size < 1; }))
    return func.emitError() << given.origin << " is empty";
  if (type.hasRank() &&
      failed(verifyCompatibleShape(type.getShape(), given.shape)))
    return func.emitError()
           << given.origin << " contradicts the input's type " << type;
  return RankedTensorType::get(given.shape, type.getElementType());
}

//===----------------------------------------------------------------------===//
// Propagation
//===----------------------------------------------------------------------===//

/// The types of results, given those of operands; fails where `op` does not
/// know.
static LogicalResult inferTypes(Operation *op, ValueRange operands,
                                SmallVectorImpl<Type> &types) {
  if (auto infer = dyn_cast<InferTypeOpInterface>(op))
    return infer.inferReturnTypes(
        op->getContext(), op->getLoc(), operands, op->getAttrDictionary(),
        op->getPropertiesStorage(), op->getRegions(), types);
  auto infer = dyn_cast<InferShapedTypeOpInterface>(op);
  SmallVector<ShapedTypeComponents> components;
  if (!infer ||
      failed(infer.inferReturnTypeComponents(
          op->getContext(), op->getLoc(), operands, op->getAttrDictionary(),
          op->getPropertiesStorage(), op->getRegions(), components)))
    return failure();
  for (auto [component, type] :
       llvm::zip_equal(components, op->getResultTypes())) {
    if (!component.hasRank())
      return failure();
    types.push_back(
        RankedTensorType::get(component.getDims(), getElementTypeOrSelf(type)));
  }
  return success();
}

namespace {
/// op(cast(x)) -> cast(op(x)), of an operation that infers its types.
struct PushCast : RewritePattern {
  explicit PushCast(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    if (!isa<InferTypeOpInterface, InferShapedTypeOpInterface>(op) ||
        isa<tensor::CastOp>(op))
      return failure();
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      auto cast = operand.getDefiningOp<tensor::CastOp>();
      operands.push_back(cast && isDynamic(cast.getType()) &&
                                 !isDynamic(cast.getSource().getType())
                             ? cast.getSource()
                             : operand);
    }
    SmallVector<Type> types;
    if (llvm::equal(operands, op->getOperands()) ||
        failed(inferTypes(op, operands, types)) ||
        !llvm::all_of(
            llvm::zip_equal(types, op->getResultTypes()), [](auto pair) {
              return succeeded(
                  verifyCompatibleShape(std::get<0>(pair), std::get<1>(pair)));
            }))
      return failure();
    Operation *bound = rewriter.clone(*op);
    rewriter.modifyOpInPlace(bound, [&] {
      bound->setOperands(operands);
      for (auto [result, type] : llvm::zip_equal(bound->getResults(), types))
        result.setType(type);
    });
    SmallVector<Value> results(bound->getResults());
    for (auto [result, type] : llvm::zip_equal(results, op->getResultTypes()))
      if (result.getType() != type)
        result = tensor::CastOp::create(rewriter, op->getLoc(), type, result);
    rewriter.replaceOp(op, results);
    return success();
  }
};
} // namespace

/// Pushes casts down to the return, and takes the types from before them.
static LogicalResult propagate(func::FuncOp func) {
  MLIRContext *context = func.getContext();
  RewritePatternSet patterns(context);
  patterns.add<PushCast>(context);
  for (Dialect *dialect : context->getLoadedDialects())
    dialect->getCanonicalizationPatterns(patterns);
  for (RegisteredOperationName op : context->getRegisteredOperations())
    op.getCanonicalizationPatterns(patterns, context);
  if (failed(applyPatternsGreedily(func, std::move(patterns))))
    return func.emitError()
           << "shapes of @" << func.getName() << " cannot be bound";
  SmallVector<Type> results(func.getResultTypes());
  func.walk([&](func::ReturnOp op) {
    for (OpOperand &operand : op->getOpOperands())
      if (auto cast = operand.get().getDefiningOp<tensor::CastOp>();
          cast && !isDynamic(cast.getSource().getType())) {
        operand.set(cast.getSource());
        results[operand.getOperandNumber()] = cast.getSource().getType();
        if (cast->use_empty())
          cast.erase();
      }
  });
  func.setFunctionType(
      FunctionType::get(context, func.getBody().getArgumentTypes(), results));
  return success();
}

LogicalResult hswish::bindShapes(ModuleOp module, llvm::MemoryBufferRef text,
                                 StringRef entry,
                                 const ImportOptions &options) {
  auto functions = module.getOps<func::FuncOp>();
  auto found = llvm::find_if(functions, [&](func::FuncOp func) {
    bool isEntry = entry.empty() ? func.isPublic() : func.getName() == entry;
    return isEntry && !func.isExternal();
  });
  if (found == functions.end())
    return success(); // what a model is, is checked later
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(
      llvm::MemoryBuffer::getMemBuffer(text, /*RequiresNullTerminator=*/false),
      llvm::SMLoc());
  func::FuncOp func = *found;
  auto shapes = findShapes(func, sources, options);
  if (failed(shapes))
    return failure();
  OpBuilder builder(func.getBody());
  bool isBound = false;
  for (BlockArgument arg : func.getArguments()) {
    auto given = shapes->find(arg.getArgNumber());
    if (given == shapes->end())
      continue;
    auto type = bindType(func, arg, given->second);
    if (failed(type))
      return failure();
    Type old = arg.getType();
    if (old == *type)
      continue;
    auto cast = tensor::CastOp::create(builder, arg.getLoc(), old, arg);
    arg.replaceAllUsesExcept(cast, cast);
    arg.setType(*type);
    isBound = true;
  }
  return success(!isBound || succeeded(propagate(func)));
}
