//===- Verify.cpp - Code beside a reference, layer by layer ---------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Compiler/Verify.h"

#include "TargetCheck.h"

using namespace mlir;
using namespace hswish;

/// The targets of a module: one, or those of its variants.
static SmallVector<TargetAttr> getTargets(ModuleOp module) {
  SmallVector<TargetAttr> targets;
  if (auto variants = module->getAttrOfType<ArrayAttr>(kVariantsAttrName)) {
    for (auto variant : variants.getAsRange<DictionaryAttr>())
      targets.push_back(variant.getAs<TargetAttr>("target"));
    return targets;
  }
  targets.push_back(getTarget(module));
  return targets;
}

static StringRef getCpuName(TargetAttr target) {
  return target.getCpu().empty() ? target.getTriple() : target.getCpu();
}

FailureOr<std::string> hswish::verify(ModuleOp module,
                                      const CompileOptions &options) {
  std::string verdict, missing;
  for (TargetAttr target : getTargets(module)) {
    std::optional<Runner> runner = Runner::find(target);
    std::string &text = runner ? verdict : missing;
    text += text.empty() ? "" : ", ";
    text += getCpuName(target);
    if (!runner)
      continue;
    TargetCheck check(module, target, *runner, options);
    if (failed(check.run()))
      return failure();
    text += " (" + check.describe() + ")";
  }
  if (verdict.empty())
    return module.emitError("cannot be verified: code for ")
           << missing << " does not run on this machine";
  verdict = "verified: " + verdict;
  if (!missing.empty())
    verdict += "; not on this machine: " + missing;
  return verdict;
}
