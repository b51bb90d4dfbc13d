//===- Variants.cpp - Several targets in one library ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Compiler/Variants.h"

#include "hswish/Codegen/ModelInterface.h"
#include "hswish/Target/Target.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/bit.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;
using namespace hswish;

namespace {
struct Variant {
  std::string spec; ///< as the user wrote it
  TargetAttr target;
  CpuRequirements needs;

  /// What $HSWISH_TARGET calls it.
  StringRef getName() const {
    return target.getCpu().empty() ? "generic" : target.getCpu();
  }
  int countNeeds() const {
    int count = 0;
    for (uint32_t word : needs)
      count += llvm::popcount(word);
    return count;
  }
};
} // namespace

SmallVector<std::string> hswish::splitTargets(StringRef list) {
  SmallVector<std::string> targets;
  for (StringRef part : llvm::split(list, ',')) {
    bool continues = part.starts_with("cpu=") ||
                     part.starts_with("features=") || part.starts_with("+") ||
                     part.starts_with("-");
    if (continues && !targets.empty())
      targets.back() += "," + part.str();
    else
      targets.push_back(part.str());
  }
  return targets;
}

static FailureOr<Variant>
makeVariant(StringRef spec, MLIRContext *context,
            function_ref<InFlightDiagnostic()> emitError) {
  FailureOr<TargetAttr> target = lookupTarget(spec, context, emitError);
  if (failed(target))
    return failure();
  llvm::Expected<CpuRequirements> needs = getRequirements(*target);
  if (!needs)
    return emitError() << llvm::toString(needs.takeError()), failure();
  return Variant{spec.str(), *target, *needs};
}

/// Whether two variants can be in one library, and be told apart.
static LogicalResult checkPair(const Variant &a, const Variant &b,
                               function_ref<InFlightDiagnostic()> emitError) {
  llvm::Triple x(a.target.getTriple()), y(b.target.getTriple());
  if (x.getArch() != y.getArch() || x.getOS() != y.getOS() ||
      x.getEnvironment() != y.getEnvironment())
    return emitError() << "targets '" << a.spec << "' (" << x.str() << ") and '"
                       << b.spec << "' (" << y.str()
                       << ") cannot be in one library: they must have the same "
                          "architecture and system",
           failure();
  if (a.target == b.target)
    return emitError() << "targets '" << a.spec << "' and '" << b.spec
                       << "' are the same",
           failure();
  return success();
}

/// The widest vectors first, then what asks for most.
static bool isBetter(const Variant &a, const Variant &b) {
  return std::pair(a.target.getVectorBits(), a.countNeeds()) >
         std::pair(b.target.getVectorBits(), b.countNeeds());
}

static DictionaryAttr toAttr(const Variant &variant, Builder &b) {
  SmallVector<int32_t> needs(variant.needs.begin(), variant.needs.end());
  return b.getDictionaryAttr(
      {b.getNamedAttr("name", b.getStringAttr(variant.getName())),
       b.getNamedAttr("needs", b.getDenseI32ArrayAttr(needs)),
       b.getNamedAttr("target", variant.target)});
}

LogicalResult hswish::setTargets(ModuleOp module, StringRef list,
                                 function_ref<InFlightDiagnostic()> emitError) {
  MLIRContext *context = module.getContext();
  SmallVector<Variant> variants;
  for (StringRef spec : splitTargets(list)) {
    FailureOr<Variant> variant = makeVariant(spec, context, emitError);
    if (failed(variant))
      return failure();
    for (const Variant &other : variants)
      if (failed(checkPair(other, *variant, emitError)))
        return failure();
    variants.insert(llvm::upper_bound(variants, *variant, isBetter),
                    std::move(*variant));
  }
  TargetAttr first = variants.front().target;
  module->removeAttr(kVariantsAttrName);
  module->setAttr(kTargetAttrName, first);
  if (variants.size() == 1)
    return success();
  if (!first.isX86() && !first.isAArch64())
    return emitError() << "several targets are supported for x86-64 and "
                          "AArch64 only, not for "
                       << first.getTriple(),
           failure();

  StringRef common = first.isX86() ? ",cpu=x86-64" : ",cpu=generic";
  FailureOr<TargetAttr> target =
      lookupTarget((first.getTriple() + common).str(), context, emitError);
  if (failed(target))
    return failure();
  Builder b(context);
  SmallVector<Attribute> attrs;
  for (const Variant &variant : variants)
    attrs.push_back(toAttr(variant, b));
  module->setAttr(kTargetAttrName, *target);
  module->setAttr(kVariantsAttrName, b.getArrayAttr(attrs));
  return success();
}
