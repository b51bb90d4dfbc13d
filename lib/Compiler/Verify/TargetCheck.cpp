//===- TargetCheck.cpp - All layers of a model for one target -------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TargetCheck.h"

#include "hswish/Codegen/StrategyFile.h"
#include "hswish/IR/NodeLocation.h"

#include "llvm/Support/Format.h"

#include <cmath>

using namespace mlir;
using namespace hswish;

static constexpr unsigned kSeed = 0;
/// Regions of the whole that may round otherwise than their layers do.
static constexpr int kMostRegions = 8;

TargetCheck::TargetCheck(ModuleOp source, TargetAttr target,
                         const Runner &runner, const CompileOptions &given)
    : module(source.clone()), target(target), runner(runner), options(given) {
  (*module)->removeAttr(kVariantsAttrName);
  (*module)->setAttr(kTargetAttrName, target);
  options.verify = options.profile = options.explain = false;
  options.hugePages = false;
  options.progress = nullptr;
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

static NumberTensor toNumbers(Value value, const Bytes &bytes) {
  return NumberTensor::read(cast<RankedTensorType>(value.getType()),
                            bytes.data());
}

/// Remarks and warnings of its code have been said, or will be.
std::unique_ptr<Program> TargetCheck::compile(ModuleOp tapped) {
  ScopedDiagnosticHandler quiet(module->getContext(), [](Diagnostic &said) {
    return failure(said.getSeverity() == DiagnosticSeverity::Error);
  });
  return runner.compile(tapped, options);
}

/// Runs a model whose outputs are followed by some layers.
FailureOr<TargetCheck::Observed> TargetCheck::execute(Program &program,
                                                      const Inputs &inputs,
                                                      ArrayRef<bool> isTapped) {
  llvm::Expected<std::vector<Bytes>> bytes = program.run(inputs);
  if (!bytes)
    return module->emitError("cannot be verified: ")
           << llvm::toString(bytes.takeError());
  Observed observed;
  auto next = std::make_move_iterator(bytes->begin());
  for (unsigned i = 0; i < function.getNumResults(); ++i)
    observed.outputs.push_back(*next++);
  for (bool is : isTapped) {
    observed.layers.emplace_back();
    if (is)
      observed.layers.back() = *next++;
  }
  return observed;
}

/// The model with some layers tapped, on its inputs.
FailureOr<TargetCheck::Observed> TargetCheck::observe(ArrayRef<bool> isTapped) {
  OwningOpRef<ModuleOp> tapped = buildTapped(*module, isTapped);
  std::unique_ptr<Program> program = compile(*tapped);
  if (!program)
    return failure();
  return execute(*program, inputs, isTapped);
}

/// For the model's inputs and all layers. Where integers come from, the model
/// knows best: they may be indices.
TargetCheck::Inputs TargetCheck::makeInputs(InputKind kind) {
  std::mt19937_64 generator(kSeed);
  auto make = [&](Value value) {
    auto type = cast<RankedTensorType>(value.getType());
    return makeInput(type, kind, generator).write();
  };
  Inputs made;
  llvm::append_range(made, llvm::map_range(function.getArguments(), make));
  for (auto [layer, seen] : llvm::zip(layers, tapped.layers))
    made.push_back(isa<FloatType>(getElementTypeOrSelf(layer)) ? make(layer)
                                                               : *seen);
  return made;
}

//===----------------------------------------------------------------------===//
// Comparing
//===----------------------------------------------------------------------===//

static std::string describeLayer(Operation *op) {
  if (auto kernelOp = dyn_cast<KernelOpInterface>(op))
    return getLayerSignature(kernelOp);
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << op->getName() << " to ";
  llvm::interleaveComma(op->getResultTypes(), stream);
  return text;
}

LogicalResult TargetCheck::compare(Value value, const NumberTensor &want,
                                   const Bytes &got, StringRef how) {
  Comparison comparison(want, toNumbers(value, got));
  largest = std::max(largest, comparison.largest);
  if (!comparison.worst)
    return success();
  Operation *op = value.getDefiningOp();
  InFlightDiagnostic error =
      op ? op->emitError() : mlir::emitError(value.getLoc());
  error << "the code computes something else than the model says: "
        << comparison.worst->describe(want.shape);
  error << " (" << (op ? describeLayer(op) + "; " : "") << how << ", seed "
        << kSeed << "; " << target.getTriple() << "/" << target.getCpu() << ")";
  return error;
}

/// Forgets what nobody after `op` reads.
static void forgetOperands(Operation &op, Evaluator &evaluator) {
  for (Value operand : op.getOperands()) {
    bool isOver = llvm::all_of(operand.getUsers(), [&](Operation *user) {
      Operation *at = op.getBlock()->findAncestorOpInBlock(*user);
      return at == &op || at->isBeforeInBlock(&op);
    });
    if (isOver)
      evaluator.erase(operand);
  }
}

/// Compares layer by layer. The layers after one read what code computed or, if
/// there is any, what `replaced` holds.
LogicalResult TargetCheck::compare(const Inputs &inputs,
                                   const Observed &observed,
                                   ArrayRef<Bytes> replaced, StringRef how) {
  Evaluator evaluator(options.narrowWeights);
  for (auto [argument, bytes] : llvm::zip(function.getArguments(), inputs))
    evaluator.set(argument, toNumbers(argument, bytes));
  Block &block = function.getBody().front();
  for (Operation &op : block.without_terminator()) {
    bool isReady = llvm::all_of(op.getOperands(), [&](Value operand) {
      return evaluator.lookup(operand) ||
             !isa<RankedTensorType>(operand.getType());
    });
    bool isKnown = isReady && succeeded(evaluator.evaluate(&op));
    if (isReady && !isKnown)
      unknown.insert(op.getName().getStringRef().str());
    for (Value result : op.getResults()) {
      auto number = numbers.find(result);
      if (number == numbers.end() || !observed.layers[number->second])
        continue;
      const Bytes &got = *observed.layers[number->second];
      if (!isKnown)
        unchecked.insert(result);
      else if (failed(compare(result, *evaluator.lookup(result), got, how)))
        return failure();
      evaluator.set(
          result,
          toNumbers(result, replaced.empty() ? got : replaced[number->second]));
    }
    forgetOperands(op, evaluator);
  }
  // Outputs that are no layers themselves.
  for (auto [value, got] :
       llvm::zip(block.getTerminator()->getOperands(), observed.outputs)) {
    auto number = numbers.find(value);
    if (number != numbers.end() && observed.layers[number->second])
      continue;
    if (const NumberTensor *want = evaluator.lookup(value))
      if (failed(compare(value, *want, got, how)))
        return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

/// All layers on the model's inputs.
LogicalResult TargetCheck::checkTapped(FailureOr<Observed> observed) {
  if (failed(observed) ||
      failed(compare(inputs, *observed, {}, "inputs: normal")))
    return failure();
  tapped = std::move(*observed);
  return success();
}

LogicalResult TargetCheck::checkLayers() {
  OwningOpRef<ModuleOp> cut = buildCut(*module);
  std::unique_ptr<Program> program = compile(*cut);
  if (!program)
    return failure();
  SmallVector<bool> all(layers.size(), true);
  // Cuts that read the memory that their layers write are none.
  if (failed(checkTapped(runner.sharesMemory() ? execute(*program, inputs, all)
                                               : observe(all))))
    return failure();
  for (InputKind kind : {InputKind::Extreme, InputKind::NotFinite}) {
    Inputs given = makeInputs(kind);
    FailureOr<Observed> observed = execute(*program, given, all);
    std::string how = ("the layer alone, inputs: " + getName(kind)).str();
    ArrayRef<Bytes> replaced =
        ArrayRef(given).drop_front(function.getNumArguments());
    if (failed(observed) || failed(compare(given, *observed, replaced, how)))
      return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// The whole
//===----------------------------------------------------------------------===//

/// Two NaNs are the same, whatever their bits.
static bool haveSameNumbers(Value value, const Bytes &a, const Bytes &b) {
  if (a == b)
    return true;
  NumberTensor x = toNumbers(value, a), y = toNumbers(value, b);
  for (size_t i = 0, e = x.numbers.size(); i < e; ++i) {
    double p = x.numbers.get(i), q = y.numbers.get(i);
    if (p != q && !(std::isnan(p) && std::isnan(q)))
      return false;
  }
  return true;
}

/// Whether anything that both of two models let see is not the same: these
/// layers are tapped in one of them, and more in the other.
FailureOr<bool> TargetCheck::differs(ArrayRef<bool> isTapped) {
  FailureOr<Observed> observed = observe(isTapped);
  if (failed(observed))
    return failure();
  Operation *returnOp = function.getBody().front().getTerminator();
  for (auto [value, a, b] : llvm::zip_equal(returnOp->getOperands(),
                                            tapped.outputs, observed->outputs))
    if (!haveSameNumbers(value, a, b))
      return true;
  for (auto [value, a, b] :
       llvm::zip_equal(layers, tapped.layers, observed->layers))
    if (a && b && !haveSameNumbers(value, *a, *b))
      return true;
  return false;
}

static SmallVector<bool> untap(ArrayRef<bool> isTapped, size_t from,
                               size_t to) {
  SmallVector<bool> result(isTapped);
  std::fill(result.begin() + from, result.begin() + to, false);
  return result;
}

/// The smallest region of layers, from the first one that nobody looks at to
/// the last one, that computes something else as a whole.
FailureOr<std::pair<size_t, size_t>>
TargetCheck::bisect(ArrayRef<bool> isTapped) {
  size_t from = 0, to = layers.size();
  for (size_t low = 0; to - low > 1;) {
    size_t middle = (low + to) / 2;
    FailureOr<bool> is = differs(untap(isTapped, 0, middle));
    if (failed(is))
      return failure();
    (*is ? to : low) = middle;
  }
  for (size_t high = to; high - from > 1;) {
    size_t middle = (from + high) / 2;
    FailureOr<bool> is = differs(untap(isTapped, middle, to));
    if (failed(is))
      return failure();
    (*is ? from : high) = middle;
  }
  return std::make_pair(from, to);
}

std::string TargetCheck::describeRegion(size_t from, size_t to) {
  std::string text;
  for (Value layer : ArrayRef(layers).slice(from, to - from)) {
    std::string node = describeNode(layer.getLoc());
    text += node.empty() ? describeLayer(layer.getDefiningOp())
                         : StringRef(node).rtrim(": ").str();
    text += ", ";
  }
  return "in the whole, together with " + text + "inputs: normal";
}

LogicalResult TargetCheck::checkWhole() {
  SmallVector<bool> isTapped(layers.size(), true);
  for (int i = 0; i < kMostRegions; ++i) {
    FailureOr<bool> is = differs(SmallVector<bool>(layers.size(), false));
    if (failed(is))
      return failure();
    if (!*is)
      return success();
    // Regions are sought beside code that has the layers in order.
    if (i == 0 && runner.sharesMemory() &&
        failed(checkTapped(observe(isTapped))))
      return failure();
    auto region = bisect(isTapped);
    if (failed(region))
      return failure();
    auto [from, to] = *region;
    isTapped = untap(isTapped, from, to);
    FailureOr<Observed> observed = observe(isTapped);
    if (failed(observed) ||
        failed(compare(inputs, *observed, {}, describeRegion(from, to))))
      return failure();
    tapped = std::move(*observed); // It only rounds otherwise.
  }
  return module->emitError("cannot be verified: as a whole it rounds otherwise "
                           "than its layers in more than ")
         << kMostRegions << " places";
}

LogicalResult TargetCheck::run() {
  function = getModelFunction(*module);
  if (!function)
    return failure();
  for (Type type : llvm::concat<const Type>(function.getArgumentTypes(),
                                            function.getResultTypes())) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape())
      return success(); // Code generation says what is wrong.
  }
  layers = getLayers(function);
  for (auto [i, layer] : llvm::enumerate(layers))
    numbers[layer] = i;
  inputs = makeInputs(InputKind::Normal);
  if (failed(checkLayers()))
    return failure();
  return checkWhole();
}

std::string TargetCheck::describe() const {
  std::string text;
  llvm::raw_string_ostream stream(text);
  size_t checked = layers.size() - unchecked.size();
  stream << checked << (checked == 1 ? " layer" : " layers")
         << llvm::format(", largest difference %.2f of the bound", largest)
         << ", seed " << kSeed;
  if (!runner.getEmulator().empty())
    stream << ", under " << runner.getEmulator();
  if (!unchecked.empty()) {
    stream << "; " << unchecked.size() << " without a reference: ";
    llvm::interleaveComma(unknown, stream);
  }
  return text;
}
