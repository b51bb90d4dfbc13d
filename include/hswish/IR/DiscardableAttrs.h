//===- DiscardableAttrs.h - What passes tell each other -*- C++ -*--------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The names of the dialect's attributes on ops, arguments and results of
// others. HSwishBase.td declares their types; lib/IR/DiscardableAttrs.cpp
// verifies where they stand.
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_IR_DISCARDABLEATTRS_H
#define HSWISH_IR_DISCARDABLEATTRS_H

#include "hswish/IR/HSwish.h"

namespace hswish {

//===--- On a module --------------------------------------------------===//

/// The name of the model: the prefix of its C symbols.
inline constexpr llvm::StringLiteral kModelAttrName =
    HSwishDialect::ModelAttrHelper::getNameStr();
/// What a model may take, with its constants, workspace, inputs and outputs: an
/// i64 in bytes.
inline constexpr llvm::StringLiteral kMemoryLimitAttrName =
    HSwishDialect::MemoryLimitAttrHelper::getNameStr();
/// What `--verify` found, in words.
inline constexpr llvm::StringLiteral kVerificationAttrName =
    HSwishDialect::VerificationAttrHelper::getNameStr();
/// That the model is compiled for several targets: an array of dictionaries,
/// the best target first, of its `name`, its `target` and what it `needs` of a
/// CPU (see getRequirements).
inline constexpr llvm::StringLiteral kVariantsAttrName =
    HSwishDialect::VariantsAttrHelper::getNameStr();

//===--- On a function ------------------------------------------------===//

/// The entry of `hswish.variants` that the function is compiled for.
inline constexpr llvm::StringLiteral kVariantAttrName =
    HSwishDialect::VariantAttrHelper::getNameStr();

//===--- On an argument or result of a model's function ---------------===//

/// The name of an input or output, as in the file.
inline constexpr llvm::StringLiteral kNameAttrName =
    HSwishDialect::NameAttrHelper::getNameStr();
/// The element type in the file if it has no sign here: "ui8".
inline constexpr llvm::StringLiteral kTypeAttrName =
    HSwishDialect::TypeAttrHelper::getNameStr();
/// The tensor's type, which the argument's does not say any more.
inline constexpr llvm::StringLiteral kTensorAttrName =
    HSwishDialect::TensorAttrHelper::getNameStr();
/// That the argument is memory for a result.
inline constexpr llvm::StringLiteral kOutputAttrName =
    HSwishDialect::OutputAttrHelper::getNameStr();
/// That the argument is memory for all that lives between the layers. Its type
/// says how large it is; once that is a pointer, an i64 does, in bytes.
inline constexpr llvm::StringLiteral kWorkspaceAttrName =
    HSwishDialect::WorkspaceAttrHelper::getNameStr();
/// That the argument is the number of the thread that runs the function.
inline constexpr llvm::StringLiteral kThreadAttrName =
    HSwishDialect::ThreadAttrHelper::getNameStr();
/// That the argument is how many threads there are; for how many the function
/// was compiled.
inline constexpr llvm::StringLiteral kThreadsAttrName =
    HSwishDialect::ThreadsAttrHelper::getNameStr();

//===--- On ops inside ------------------------------------------------===//

/// On an op on memory: what a profile says of it (Layer.h).
inline constexpr llvm::StringLiteral kLayerAttrName =
    HSwishDialect::LayerAttrHelper::getNameStr();
/// On an `scf.for` whose bounds are not constants: about how often it runs.
inline constexpr llvm::StringLiteral kTripsAttrName =
    HSwishDialect::TripsAttrHelper::getNameStr();
/// On an `scf.parallel`: each thread is to do its part of it wherever it is,
/// also inside of loops that could be shared themselves.
inline constexpr llvm::StringLiteral kSharedByAllAttrName =
    HSwishDialect::SharedAttrHelper::getNameStr();
/// On an op with a body, while `hswish-merge-equal-ops` runs: a hash of it.
inline constexpr llvm::StringLiteral kBodyAttrName =
    HSwishDialect::BodyAttrHelper::getNameStr();

} // namespace hswish

#endif // HSWISH_IR_DISCARDABLEATTRS_H
