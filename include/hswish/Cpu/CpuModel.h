//===- CpuModel.h - What is known of a kind of CPU -*- C++ -*-------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Decision 27. LLVM knows which instructions a CPU has; how fast they are, and
// its memory, is known here: a record for each kind of CPU, in a file of its
// own in lib/Cpu, in which each number says how and when it was measured.
// `hswish-run --measure-machine` prints such a record for the machine it runs
// on. `#hswish.target` names the record.
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_CPU_CPUMODEL_H
#define HSWISH_CPU_CPUMODEL_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace hswish {

/// A part of a cache, or several times as much as it holds.
struct CacheShare {
  int64_t numerator, denominator;

  /// In bytes, of a cache of `bytes` bytes.
  constexpr int64_t of(int64_t bytes) const {
    return bytes * numerator / denominator;
  }
};

/// How weights are fetched by the layers before the one that needs them.
struct PrefetchModel {
  /// What one core reads, from where weights are, while it multiplies and adds
  /// 512 bits, in bytes.
  int64_t bytesPer512Bits;
  /// What is fetched further ahead is gone when it is needed, as shares of the
  /// second level: of weights that it holds, and of larger ones.
  CacheShare nearHorizon, farHorizon;
  /// What a convolution finds of its own weights when it starts, as a share of
  /// the second level.
  CacheShare lead;
  /// The constants of `memref.prefetch`: for weights that the second level
  /// holds, and for larger ones.
  int32_t nearLocality, farLocality;
};

/// What depends on how far the third level is from a core.
struct MemoryModel {
  PrefetchModel prefetch;
  /// The smallest image between two layers that is computed in bands of rows
  /// and not as a whole, as a share of the second level.
  CacheShare leastBandedImage;
  /// Whether the filters of layers that are computed in bands have to fit the
  /// whole first level. Elsewhere half of the second one is enough.
  bool readsFiltersFromL1;
  /// Whether elementwise kernels fetch the lines that they are about to write.
  bool fetchesResults;
};

/// A core finds what has left its second level in the third, as fast as in the
/// second. Measured on Zen 4: docs/Performance.md, decision 13.
inline constexpr MemoryModel kNearL3 = {
    .prefetch = {.bytesPer512Bits = 8,
                 .nearHorizon = {2, 1},
                 .farHorizon = {8, 1},
                 .lead = {1, 4},
                 .nearLocality = 2,
                 .farLocality = 1},
    .leastBandedImage = {1, 1},
    .readsFiltersFromL1 = false,
    .fetchesResults = false,
};

/// A core reads from the third level hardly faster than from memory: many cores
/// share it over a mesh. One that fetches more than this waits for its own
/// loads, and a convolution's weights, which it reads once in order, come by
/// themselves. What is read and written beside an image has to find room in the
/// second level, too. Measured on Granite Rapids, each number beside its
/// neighbours: decision 13.
inline constexpr MemoryModel kFarL3 = {
    .prefetch = {.bytesPer512Bits = 3,
                 .nearHorizon = {3, 5},
                 .farHorizon = {1, 2},
                 .lead = {1, 16},
                 .nearLocality = 2,
                 .farLocality = 2},
    .leastBandedImage = {2, 5},
    .readsFiltersFromL1 = true,
    .fetchesResults = true,
};

/// A kind of CPU.
struct CpuModel {
  /// As in `#hswish.target`.
  llvm::StringLiteral name;
  /// LLVM's names of such CPUs.
  llvm::ArrayRef<llvm::StringLiteral> llvmNames;
  /// The width in bits of the widest vector register that kernels use.
  int64_t vectorBits;
  /// How many such registers there are.
  int64_t registers;
  /// Data caches of a core, in bytes; of the third level the part that one core
  /// gets while others compute, and 0 if there is none or nobody knows.
  int64_t l1, l2, l3;
  /// Whether arithmetic on 512 bits is done in two halves, so that narrower
  /// vectors take half of its time.
  bool splits512;
  /// Whether a multiply-add takes one element of a register for all of another.
  bool fmaByElement;
  /// The CPU that LLVM schedules for, by its name there; empty for its own.
  llvm::StringLiteral scheduledFor;
  MemoryModel memory;
};

#define HSWISH_CPU_MODEL(NAME) extern const CpuModel k##NAME##Cpu;
#include "hswish/Cpu/CpuModels.def"

/// All records.
llvm::ArrayRef<const CpuModel *> getCpuModels();

/// The record called `name`, or null.
const CpuModel *lookupCpuModel(llvm::StringRef name);

/// The record that lists LLVM's name `cpu`, or null.
const CpuModel *lookupCpuModelByLLVMName(llvm::StringRef cpu);

} // namespace hswish

#endif // HSWISH_CPU_CPUMODEL_H
