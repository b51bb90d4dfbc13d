//===- FetchPlan.h - Which call fetches which weights -----------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_CODEGEN_PREFETCH_FETCHPLAN_H
#define HSWISH_LIB_CODEGEN_PREFETCH_FETCHPLAN_H

#include "Reduction.h"
#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/MapVector.h"

namespace hswish {

constexpr int64_t kCacheLine = 64;

/// Constants reach the kernels in two streams.
enum Stream : unsigned {
  /// What is needed soon, into the second level.
  kNear,
  /// What fills the second level by itself: through it into the third, where
  /// whatever leaves the second goes. If that is far, what stays in the second.
  kFar,
};
constexpr unsigned kNumStreams = 2;

/// How much is fetched, and when: it depends on where the caches are.
struct FetchLimits {
  /// What one core reads, from where weights are, while it multiplies and adds
  /// 512 bits.
  int64_t bytesPer512Bits;
  /// What is fetched further ahead is gone when it is needed, in bytes.
  std::array<int64_t, kNumStreams> horizon;
  /// What a convolution finds of its own weights when it starts, in bytes.
  int64_t lead;
  /// As a constant of `memref.prefetch`.
  std::array<int32_t, kNumStreams> locality;

  static FetchLimits get(TargetAttr target);
};

/// Bytes of a global, from `lower` to before `upper`.
struct ByteRange {
  int64_t lower = 0, upper = 0;

  int64_t size() const { return upper - lower; }
  void include(ByteRange other) {
    lower = size() == 0 ? other.lower : std::min(lower, other.lower);
    upper = std::max(upper, other.upper);
  }
};

/// What a call fetches: `step` bytes from `start` on, and as many more in each
/// step of its reduction. Each thread starts `stride` after the one before.
struct Fetch {
  int64_t start = 0, step = 0, stride = 0;
};

/// A call of a kernel, the weights that it reads, and what it fetches.
struct Call {
  mlir::func::CallOp op;
  ByteRange weights;
  std::array<Fetch, kNumStreams> fetches;
};

/// What the calls of a model's function fetch.
class FetchPlan {
public:
  FetchPlan(mlir::func::FuncOp function, mlir::SymbolTable &symbols,
            TargetAttr target);

  /// Says what each call fetches.
  void make();
  int32_t getLocality(Stream stream) const { return limits.locality[stream]; }
  mlir::Value getThread() const { return thread; }
  mlir::memref::GlobalOp getConstants() const { return constants; }
  llvm::MutableArrayRef<Call> getCalls() { return calls; }
  llvm::MapVector<mlir::func::FuncOp, Reduction> &getKernels() {
    return kernels;
  }

private:
  void addWeights(Call &call, mlir::Value operand, mlir::SymbolTable &symbols);
  void planStream(Stream stream);
  const Reduction &getReduction(Call &call);
  /// How many bytes a call may fetch in each step beside what it does already.
  int64_t getMaxStep(Call &call);
  bool isIn(Stream stream, const Call &call) const {
    int64_t size = call.weights.size();
    return size > 0 && stream == (size > l2 ? kFar : kNear);
  }

  int64_t l2;
  FetchLimits limits;
  /// The number of the one that runs; null if there is only one.
  mlir::Value thread;
  int64_t threads = 1;
  mlir::memref::GlobalOp constants;
  llvm::SmallVector<Call> calls;
  llvm::MapVector<mlir::func::FuncOp, Reduction> kernels;
};

} // namespace hswish

#endif // HSWISH_LIB_CODEGEN_PREFETCH_FETCHPLAN_H
