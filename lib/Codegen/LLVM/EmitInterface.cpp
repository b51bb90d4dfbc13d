//===- EmitInterface.cpp - The C functions of a compiled model ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Codegen/ModelInterface.h"
#include "hswish/Codegen/Passes.h"
#include "hswish/IR/HSwish.h"
#include "hswish/Runtime/model_info.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"

namespace hswish {
#define GEN_PASS_DEF_EMITINTERFACEPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

/// Entries of a table of tensors that are set one by one.
static constexpr size_t kTablePiece = 64;

namespace {
/// Builds globals and functions at the end of a module, as `model_info.h`
/// describes them.
class InterfaceBuilder {
public:
  InterfaceBuilder(ModuleOp module, ArrayRef<LLVM::LLVMFuncOp> models,
                   const ModelInterface &interface)
      : module(module), models(models), interface(interface),
        loc(module.getLoc()), b(module.getBodyRegion()),
        ptr(LLVM::LLVMPointerType::get(b.getContext())), i32(b.getI32Type()),
        i64(b.getI64Type()), none(LLVM::LLVMVoidType::get(b.getContext())) {
    b.setInsertionPointToEnd(module.getBody());
  }

  void build() {
    if (hasVariants())
      declareSelection();
    auto run = buildRun();
    if (interface.threads > 1)
      buildStop();
    buildInfo(buildInvoke(run));
    auto size = startFunction(interface.name + "_workspace_size", i64, {});
    LLVM::ReturnOp::create(b, loc, constant(i64, interface.workspaceSize));
    (void)size;
  }

private:
  Value constant(Type type, int64_t value) {
    return LLVM::ConstantOp::create(b, loc, type,
                                    b.getIntegerAttr(type, value));
  }

  /// A constant whose value `build` computes with the builder inside it.
  LLVM::GlobalOp buildGlobal(const Twine &name, Type type,
                             function_ref<Value()> build) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(module.getBody());
    auto global = LLVM::GlobalOp::create(
        b, loc, type, /*isConstant=*/true, LLVM::Linkage::Internal,
        interface.name + "_" + name.str(), Attribute());
    b.createBlock(&global.getInitializerRegion());
    LLVM::ReturnOp::create(b, loc, build());
    return global;
  }

  Value addressOf(LLVM::GlobalOp global) {
    return LLVM::AddressOfOp::create(b, loc, global);
  }

  LLVM::GlobalOp buildString(const Twine &name, StringRef text) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(module.getBody());
    auto type = LLVM::LLVMArrayType::get(b.getI8Type(), text.size() + 1);
    return LLVM::GlobalOp::create(
        b, loc, type, /*isConstant=*/true, LLVM::Linkage::Internal,
        interface.name + "_" + name.str(), b.getStringAttr(text + Twine('\0')));
  }

  Value insert(Value aggregate, ArrayRef<Value> fields) {
    for (auto [i, field] : llvm::enumerate(fields))
      aggregate = LLVM::InsertValueOp::create(b, loc, aggregate, field, i);
    return aggregate;
  }

  /// An array of `hswish_tensor_info`.
  LLVM::GlobalOp buildTensors(StringRef kind,
                              ArrayRef<ModelInterface::Tensor> tensors) {
    auto info = LLVM::LLVMStructType::getLiteral(b.getContext(),
                                                 {ptr, ptr, i64, i32, i32});
    SmallVector<LLVM::GlobalOp> names, shapes;
    for (auto [i, tensor] : llvm::enumerate(tensors)) {
      names.push_back(buildString(kind + "_name" + Twine(i), tensor.name));
      auto type = LLVM::LLVMArrayType::get(
          i64, std::max<int64_t>(tensor.type.getRank(), 1));
      shapes.push_back(buildGlobal(kind + "_shape" + Twine(i), type, [&] {
        Value array = LLVM::ZeroOp::create(b, loc, type);
        for (auto [d, size] : llvm::enumerate(tensor.type.getShape()))
          array = LLVM::InsertValueOp::create(b, loc, array,
                                              constant(i64, size), d);
        return array;
      }));
    }
    auto buildElement = [&](size_t i) {
      return insert(LLVM::ZeroOp::create(b, loc, info),
                    {addressOf(names[i]), addressOf(shapes[i]),
                     constant(i64, tensors[i].getNumBytes()),
                     constant(i32, tensors[i].type.getRank()),
                     constant(i32, tensors[i].getDType())});
    };
    // In pieces: LLVM copies the whole value for each element that is set.
    SmallVector<Type> pieces;
    for (size_t i = 0; i < tensors.size(); i += kTablePiece)
      pieces.push_back(LLVM::LLVMArrayType::get(
          info, std::min(kTablePiece, tensors.size() - i)));
    auto type = LLVM::LLVMStructType::getLiteral(b.getContext(), pieces);
    return buildGlobal(kind, type, [&] {
      Value table = LLVM::ZeroOp::create(b, loc, type);
      for (auto [p, pieceType] : llvm::enumerate(pieces)) {
        Value piece = LLVM::ZeroOp::create(b, loc, pieceType);
        int64_t size = cast<LLVM::LLVMArrayType>(pieceType).getNumElements();
        for (int64_t i = 0; i < size; ++i)
          piece = LLVM::InsertValueOp::create(
              b, loc, piece, buildElement(p * kTablePiece + i), i);
        table = LLVM::InsertValueOp::create(b, loc, table, piece, p);
      }
      return table;
    });
  }

  LLVM::LLVMFuncOp
  startFunction(const Twine &name, Type result, ArrayRef<Type> arguments,
                LLVM::Linkage linkage = LLVM::Linkage::External) {
    b.setInsertionPointToEnd(module.getBody());
    auto func = LLVM::LLVMFuncOp::create(
        b, loc, name.str(), LLVM::LLVMFunctionType::get(result, arguments),
        linkage);
    func.addEntryBlock(b);
    b.setInsertionPointToStart(&func.getBody().front());
    return func;
  }

  void loadPointers(Value array, size_t count, SmallVectorImpl<Value> &result) {
    for (size_t i = 0; i < count; ++i) {
      Value slot = LLVM::GEPOp::create(
          b, loc, ptr, ptr, array, ArrayRef<LLVM::GEPArg>{static_cast<int>(i)});
      result.push_back(LLVM::LoadOp::create(b, loc, ptr, slot));
    }
  }

  /// if (condition) return status;
  void returnIf(LLVM::LLVMFuncOp func, Value condition, int status) {
    Block *stop = func.addBlock(), *next = func.addBlock();
    LLVM::CondBrOp::create(b, loc, condition, stop, next);
    b.setInsertionPointToStart(stop);
    LLVM::ReturnOp::create(b, loc, constant(i32, status));
    b.setInsertionPointToStart(next);
  }

  /// int NAME_run(const float *input, …, float *output, …, void *workspace)
  LLVM::LLVMFuncOp buildRun() {
    size_t numTensors = interface.inputs.size() + interface.outputs.size();
    SmallVector<Type> types(numTensors + 1, ptr);
    auto func = startFunction(interface.name + "_run", i32, types);
    Value null = LLVM::ZeroOp::create(b, loc, ptr);
    Value anyNull = constant(b.getI1Type(), 0);
    auto isNeeded = [&](unsigned i) {
      if (i == numTensors)
        return interface.workspaceSize > 0;
      size_t numInputs = interface.inputs.size();
      const auto &tensor = i < numInputs ? interface.inputs[i]
                                         : interface.outputs[i - numInputs];
      return tensor.type.getNumElements() > 0;
    };
    for (unsigned i = 0; i <= numTensors; ++i) {
      if (!isNeeded(i))
        continue;
      Value isNull = LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::eq,
                                          func.getArgument(i), null);
      anyNull = LLVM::OrOp::create(b, loc, anyNull, isNull);
    }
    returnIf(func, anyNull, HSWISH_NULL_POINTER);
    Value address =
        LLVM::PtrToIntOp::create(b, loc, i64, func.getArgument(numTensors));
    Value low = LLVM::AndOp::create(
        b, loc, address, constant(i64, HSWISH_WORKSPACE_ALIGNMENT - 1));
    returnIf(func,
             LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::ne, low,
                                  constant(i64, 0)),
             HSWISH_MISALIGNED_WORKSPACE);
    SmallVector<Value> arguments(func.getArguments());
    if (!interface.hasWorkspace)
      arguments.pop_back();
    Value code;
    if (hasVariants()) {
      code = loadOfVariant(kCodeField);
      returnIf(
          func,
          LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::eq, code, null),
          HSWISH_UNSUPPORTED_CPU);
      arguments.insert(arguments.begin(), code);
    }
    if (interface.threads > 1)
      runThreads(arguments);
    else
      callModel(arguments);
    LLVM::ReturnOp::create(b, loc, constant(i32, HSWISH_OK));
    return func;
  }

  /// With several variants, the first argument is the code.
  void callModel(ValueRange arguments) {
    if (hasVariants())
      LLVM::CallOp::create(b, loc, models.front().getFunctionType(), arguments);
    else
      LLVM::CallOp::create(b, loc, models.front(), arguments);
  }

  //===--- Threads: what threads.c is told --------------------------------===//

  LLVM::LLVMFuncOp declare(StringRef name, ArrayRef<Type> arguments) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(module.getBody());
    auto type = LLVM::LLVMFunctionType::get(none, arguments);
    return LLVM::LLVMFuncOp::create(b, loc, name, type);
  }

  /// A run of all threads; `arguments` are pointers.
  void runThreads(ArrayRef<Value> arguments) {
    auto type = LLVM::LLVMArrayType::get(ptr, arguments.size());
    Value array =
        LLVM::AllocaOp::create(b, loc, ptr, type, constant(i64, 1), 0);
    Value all = insert(LLVM::PoisonOp::create(b, loc, type), arguments);
    LLVM::StoreOp::create(b, loc, all, array);
    Value share =
        LLVM::AddressOfOp::create(b, loc, buildShare(arguments.size()));
    auto run = declare("hswish_run_threads", {ptr, ptr, i64});
    Value threads = constant(i64, interface.threads);
    LLVM::CallOp::create(b, loc, run, ValueRange{share, array, threads});
  }

  /// What each thread calls: with the array of arguments, its number, and how
  /// many there are.
  LLVM::LLVMFuncOp buildShare(size_t numArguments) {
    OpBuilder::InsertionGuard guard(b);
    auto share = startFunction(interface.name + "_share", none, {ptr, i64, i64},
                               LLVM::Linkage::Internal);
    SmallVector<Value> arguments;
    loadPointers(share.getArgument(0), numArguments, arguments);
    llvm::append_range(arguments, share.getArguments().drop_front());
    callModel(arguments);
    LLVM::ReturnOp::create(b, loc, ValueRange());
    return share;
  }

  /// NAME_stop_threads(), also for when the model is unloaded.
  void buildStop() {
    auto join = declare("hswish_join_threads", {});
    auto stop = startFunction(interface.name + "_stop_threads", none, {});
    LLVM::CallOp::create(b, loc, join, ValueRange());
    LLVM::ReturnOp::create(b, loc, ValueRange());
    b.setInsertionPointToEnd(module.getBody());
    LLVM::GlobalDtorsOp::create(
        b, loc, b.getArrayAttr(FlatSymbolRefAttr::get(stop)),
        b.getI32ArrayAttr({65535}),
        b.getArrayAttr(LLVM::ZeroAttr::get(b.getContext())));
  }

  //===--- Variants: the table that select_variant.c chooses from ---------===//

  /// Fields of an entry: name, code, info, what it needs of the CPU.
  static constexpr int kCodeField = 1, kInfoField = 2;

  bool hasVariants() const { return models.front()->hasAttr(kVariantAttrName); }

  LLVM::LLVMStructType getEntryType(int64_t words) {
    return LLVM::LLVMStructType::getLiteral(
        b.getContext(), {ptr, ptr, ptr, LLVM::LLVMArrayType::get(i32, words)});
  }

  /// The function that chooses, and where its choice is kept.
  void declareSelection() {
    select = LLVM::LLVMFuncOp::create(
        b, loc, "hswish_select_variant",
        LLVM::LLVMFunctionType::get(ptr, {ptr, i64, ptr}));
    chosen = LLVM::GlobalOp::create(b, loc, ptr, /*isConstant=*/false,
                                    LLVM::Linkage::Internal,
                                    interface.name + "_chosen", Attribute());
    OpBuilder::InsertionGuard guard(b);
    b.createBlock(&chosen.getInitializerRegion());
    LLVM::ReturnOp::create(b, loc, LLVM::ZeroOp::create(b, loc, ptr));
  }

  /// A field of the entry for this machine.
  Value loadOfVariant(int field) {
    Value table =
        LLVM::AddressOfOp::create(b, loc, ptr, interface.name + "_variants");
    Value entry =
        LLVM::CallOp::create(
            b, loc, select,
            ValueRange{table, constant(i64, models.size()), addressOf(chosen)})
            .getResult();
    Value slot = LLVM::GEPOp::create(b, loc, ptr, ptr, entry,
                                     ArrayRef<LLVM::GEPArg>{field});
    return LLVM::LoadOp::create(b, loc, ptr, slot);
  }

  /// The table; its last entry is for machines that can run none of them.
  void buildVariants(ArrayRef<LLVM::GlobalOp> infos) {
    SmallVector<DictionaryAttr> variants;
    SmallVector<LLVM::GlobalOp> names;
    for (auto [i, model] : llvm::enumerate(models)) {
      variants.push_back(
          model->getAttrOfType<DictionaryAttr>(kVariantAttrName));
      names.push_back(
          buildString("variant_name" + Twine(i),
                      variants.back().getAs<StringAttr>("name").getValue()));
    }
    auto needsOf = [&](size_t i) {
      return variants[i].getAs<DenseI32ArrayAttr>("needs").asArrayRef();
    };
    auto entry = getEntryType(needsOf(0).size());
    auto type = LLVM::LLVMArrayType::get(entry, models.size() + 1);
    buildGlobal("variants", type, [&] {
      Value table = LLVM::ZeroOp::create(b, loc, type);
      for (auto [i, info] : llvm::enumerate(infos)) {
        Value none = LLVM::ZeroOp::create(b, loc, ptr), name = none,
              code = none;
        Value needs = LLVM::ZeroOp::create(b, loc, entry.getBody().back());
        if (i < models.size()) {
          name = addressOf(names[i]);
          code = LLVM::AddressOfOp::create(b, loc, models[i]);
          for (auto [word, bits] : llvm::enumerate(needsOf(i)))
            needs = LLVM::InsertValueOp::create(b, loc, needs,
                                                constant(i32, bits), word);
        }
        Value fields = insert(LLVM::ZeroOp::create(b, loc, entry),
                              {name, code, addressOf(info), needs});
        table = LLVM::InsertValueOp::create(b, loc, table, fields, i);
      }
      return table;
    });
  }

  //===--- Callers that know nothing of the model -------------------------===//

  /// The same for callers that know the model only by its `hswish_model_info`.
  LLVM::LLVMFuncOp buildInvoke(LLVM::LLVMFuncOp run) {
    auto func = startFunction(interface.name + "_invoke", i32, {ptr, ptr, ptr},
                              LLVM::Linkage::Internal);
    SmallVector<Value> arguments;
    loadPointers(func.getArgument(0), interface.inputs.size(), arguments);
    loadPointers(func.getArgument(1), interface.outputs.size(), arguments);
    arguments.push_back(func.getArgument(2));
    auto call = LLVM::CallOp::create(b, loc, run, arguments);
    LLVM::ReturnOp::create(b, loc, call.getResult());
    return func;
  }

  /// NAME_info() and hswish_get_model_info(), which is weak: a program may hold
  /// many models, a library loaded by a generic runner holds one.
  void buildInfo(LLVM::LLVMFuncOp invoke) {
    auto inputs = buildTensors("inputs", interface.inputs);
    auto outputs = buildTensors("outputs", interface.outputs);
    auto name = buildString("name", interface.name);
    auto version = buildString("version", HSWISH_VERSION);
    auto verification = buildString("verification", getVerification(module));
    auto type = LLVM::LLVMStructType::getLiteral(
        b.getContext(),
        {i32, i32, i32, i32, ptr, ptr, ptr, ptr, ptr, i64, ptr, ptr});
    SmallVector<LLVM::GlobalOp> infos;
    for (auto [i, text] : llvm::enumerate(getTargetTexts())) {
      auto target = buildString("target" + Twine(i), text);
      infos.push_back(buildGlobal("model_info" + Twine(i), type, [&] {
        Value function = LLVM::AddressOfOp::create(b, loc, invoke);
        return insert(LLVM::ZeroOp::create(b, loc, type),
                      {constant(i32, HSWISH_MODEL_ABI),
                       constant(i32, interface.inputs.size()),
                       constant(i32, interface.outputs.size()),
                       constant(i32, interface.threads), addressOf(name),
                       addressOf(version), addressOf(target), addressOf(inputs),
                       addressOf(outputs),
                       constant(i64, interface.workspaceSize), function,
                       addressOf(verification)});
      }));
    }
    if (hasVariants())
      buildVariants(infos);
    auto infoHere = [&] {
      return hasVariants() ? loadOfVariant(kInfoField)
                           : addressOf(infos.front());
    };
    startFunction(interface.name + "_info", ptr, {});
    LLVM::ReturnOp::create(b, loc, infoHere());
    startFunction("hswish_get_model_info", ptr, {}, LLVM::Linkage::Weak);
    LLVM::ReturnOp::create(b, loc, infoHere());
  }

  /// What info says of the target: of each variant, and of all where none runs.
  SmallVector<std::string> getTargetTexts() {
    SmallVector<std::string> texts;
    std::string all;
    for (LLVM::LLVMFuncOp model : models) {
      TargetAttr target = getTarget(model);
      texts.push_back(
          target ? (target.getTriple() + "/" + target.getCpu()).str() : "");
      all += (all.empty() ? "" : ",") +
             (target && !all.empty() ? target.getCpu().str() : texts.back());
    }
    if (hasVariants())
      texts.push_back(all);
    return texts;
  }

  ModuleOp module;
  SmallVector<LLVM::LLVMFuncOp> models;
  LLVM::LLVMFuncOp select;
  LLVM::GlobalOp chosen;
  const ModelInterface &interface;
  Location loc;
  OpBuilder b;
  Type ptr, i32, i64, none;
};

/// LLVM does not know our attributes.
void stripAttributes(FunctionOpInterface func) {
  auto strip = [&](ArrayRef<NamedAttribute> attrs) {
    SmallVector<NamedAttribute> kept;
    for (NamedAttribute attr : attrs)
      if (attr.getNameDialect() !=
          func.getContext()->getLoadedDialect("hswish"))
        kept.push_back(attr);
    return kept;
  };
  SmallVector<DictionaryAttr> all;
  for (unsigned i = 0, e = func.getNumArguments(); i < e; ++i)
    all.push_back(
        DictionaryAttr::get(func.getContext(), strip(func.getArgAttrs(i))));
  func.setAllArgAttrs(all);
}

/// Functions that pass so many pointers or call so many kernels, as ops of the
/// llvm dialect. Networks have up to a tenth of that.
constexpr unsigned kManyArguments = 128;
constexpr size_t kManyOps = 1 << 15;

/// Whether `func` takes, or passes to a function, many arguments.
bool passesMany(LLVM::LLVMFuncOp func) {
  return func.getNumArguments() >= kManyArguments ||
         func.walk([](LLVM::CallOp call) {
               return call.getNumOperands() >= kManyArguments
                          ? WalkResult::interrupt()
                          : WalkResult::advance();
             })
             .wasInterrupted();
}

/// What only calls kernels gains little from LLVM's passes, some of which take
/// the square of its size.
void leaveUnoptimized(ModuleOp module) {
  for (auto func : module.getOps<LLVM::LLVMFuncOp>()) {
    size_t count = 0;
    for (Block &block : func.getBody())
      count += block.getOperations().size();
    bool isKernel = func->hasAttr("passthrough");
    bool isLong = count >= kManyOps || passesMany(func);
    if (isKernel || !isLong)
      continue;
    Builder b(module.getContext());
    func->setAttr("passthrough", b.getStrArrayAttr({"noinline", "optnone"}));
  }
}

struct EmitInterfacePass
    : hswish::impl::EmitInterfacePassBase<EmitInterfacePass> {
  void runOnOperation() override {
    FailureOr<ModelInterface> interface = ModelInterface::get(getOperation());
    if (failed(interface))
      return signalPassFailure();
    SmallVector<LLVM::LLVMFuncOp> models;
    for (FunctionOpInterface func :
         ModelInterface::getFunctions(getOperation())) {
      auto model = dyn_cast<LLVM::LLVMFuncOp>(*func);
      if (!model) {
        getOperation().emitError("expected functions of the llvm dialect");
        return signalPassFailure();
      }
      models.push_back(model);
    }
    for (LLVM::LLVMFuncOp model : models)
      if (failed(hide(model, interface->name)))
        return signalPassFailure();
    InterfaceBuilder(getOperation(), models, *interface).build();
    leaveUnoptimized(getOperation());
  }

  /// Only what the header declares is seen from outside.
  LogicalResult hide(LLVM::LLVMFuncOp model, StringRef prefix) {
    stripAttributes(model);
    std::string name = (prefix + "_main").str();
    if (auto variant = model->getAttrOfType<DictionaryAttr>(kVariantAttrName))
      name += "_" + toIdentifier(variant.getAs<StringAttr>("name").getValue());
    SymbolTable symbols(getOperation());
    model.setLinkage(LLVM::Linkage::Internal);
    return symbols.rename(model, name);
  }
};
} // namespace
