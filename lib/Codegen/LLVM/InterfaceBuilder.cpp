//===- InterfaceBuilder.cpp - The C functions of a compiled model ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InterfaceBuilder.h"
#include "CodeBuilder.h"

#include "hswish/IR/HSwish.h"
#include "hswish/Runtime/model_info.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace hswish;

/// Entries of a table of tensors that are set one by one.
static constexpr size_t kTablePiece = 64;

namespace {

/// Builds globals and functions at the end of a module, as `model_info.h`
/// describes them.
class InterfaceBuilder : public CodeBuilder {
public:
  InterfaceBuilder(ModuleOp module, ArrayRef<LLVM::LLVMFuncOp> models,
                   const ModelInterface &interface)
      : CodeBuilder(module, interface.name), models(models),
        interface(interface) {}

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

  /// Whether a pointer that is needed is null, of one argument for each tensor.
  Value findNullArgument(LLVM::LLVMFuncOp func) {
    SmallVector<bool> isNeeded;
    for (const auto *tensors : {&interface.inputs, &interface.outputs})
      for (const ModelInterface::Tensor &tensor : *tensors)
        isNeeded.push_back(tensor.type.getNumElements() > 0);
    isNeeded.push_back(interface.workspaceSize > 0);
    Value anyNull = constant(b.getI1Type(), 0);
    for (auto [argument, needed] :
         llvm::zip_equal(func.getArguments(), isNeeded))
      if (needed)
        anyNull = LLVM::OrOp::create(b, loc, anyNull, isNull(argument));
    return anyNull;
  }

  /// if (any of array[0], …, array[count - 1] is null)
  ///   return HSWISH_NULL_POINTER;
  void returnIfNullIn(LLVM::LLVMFuncOp func, Value array, size_t count) {
    if (count == 0)
      return;
    Value zero = constant(i64, 0), one = constant(i64, 1),
          end = constant(i64, count);
    Block *before = b.getInsertionBlock(), *body = func.addBlock(),
          *next = func.addBlock();
    Value i = body->addArgument(i64, loc);
    b.setInsertionPointToEnd(before);
    LLVM::BrOp::create(b, loc, zero, body);
    b.setInsertionPointToStart(body);
    Value slot = LLVM::GEPOp::create(b, loc, ptr, ptr, array, ValueRange{i});
    returnIf(func, isNull(LLVM::LoadOp::create(b, loc, ptr, slot)),
             HSWISH_NULL_POINTER);
    Value following = LLVM::AddOp::create(b, loc, i, one);
    Value isLast =
        LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::eq, following, end);
    LLVM::CondBrOp::create(b, loc, isLast, next, ValueRange(), body,
                           ValueRange{following});
    b.setInsertionPointToStart(next);
  }

  /// Returns HSWISH_NULL_POINTER where there is such a pointer.
  void checkPointers(LLVM::LLVMFuncOp func) {
    if (!interface.takesArrays())
      return returnIf(func, findNullArgument(func), HSWISH_NULL_POINTER);
    Value anyNull = constant(b.getI1Type(), 0);
    for (unsigned i : {0, 1})
      anyNull =
          LLVM::OrOp::create(b, loc, anyNull, isNull(func.getArgument(i)));
    if (interface.workspaceSize > 0)
      anyNull =
          LLVM::OrOp::create(b, loc, anyNull, isNull(func.getArgument(2)));
    returnIf(func, anyNull, HSWISH_NULL_POINTER);
    returnIfNullIn(func, func.getArgument(0), interface.inputs.size());
    returnIfNullIn(func, func.getArgument(1), interface.outputs.size());
  }

  /// int NAME_run(const float *input, …, float *output, …, void *workspace), or
  /// with arrays in place of the tensors.
  LLVM::LLVMFuncOp buildRun() {
    SmallVector<Type> types(interface.countPointers(), ptr);
    auto func = startFunction(interface.name + "_run", i32, types);
    checkPointers(func);
    Value address =
        LLVM::PtrToIntOp::create(b, loc, i64, func.getArguments().back());
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
      returnIf(func, isNull(code), HSWISH_UNSUPPORTED_CPU);
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
    if (interface.takesArrays())
      return run;
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

  SmallVector<LLVM::LLVMFuncOp> models;
  LLVM::LLVMFuncOp select;
  LLVM::GlobalOp chosen;
  const ModelInterface &interface;
};

} // namespace

void hswish::buildInterface(ModuleOp module, ArrayRef<LLVM::LLVMFuncOp> models,
                            const ModelInterface &interface) {
  InterfaceBuilder(module, models, interface).build();
}
