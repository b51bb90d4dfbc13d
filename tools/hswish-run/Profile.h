//===- Profile.h - Where the time of a run goes -*- C++ -*-----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_TOOLS_HSWISH_RUN_PROFILE_H
#define HSWISH_TOOLS_HSWISH_RUN_PROFILE_H

#include "Data.h"

#include "hswish/Runtime/Model.h"
#include "hswish/Tuning/MachineLimits.h"
#include "llvm/Support/JSON.h"

#include <string>
#include <vector>

namespace hswish {

/// One layer: the median of its times inside the whole network.
struct LayerTime {
  std::string name, kernel, signature = {};
  int64_t multiplyAdds = 0, bytes = 0;
  double seconds = 0;
  double share = 0; ///< of the sum of all layers

  double getFlops() const { return 2.0 * multiplyAdds / seconds; }
  double getBandwidth() const { return bytes / seconds; }
};

struct Profile {
  std::vector<LayerTime> layers;
  double seconds = 0; ///< of all layers together
  unsigned runs = 0;
  MachineLimits limits{};

  int64_t getMultiplyAdds() const;
  /// Sums over all layers of a kernel, the slowest kernel first; a sum has the
  /// kernel's name and no other.
  std::vector<LayerTime> getKernels() const;
};

/// Runs a model that was compiled for profiling, after some runs to warm up.
llvm::Expected<Profile> profile(Model &model,
                                llvm::ArrayRef<const void *> inputs,
                                llvm::ArrayRef<void *> outputs, unsigned runs,
                                const MachineLimits &limits,
                                RunObserver observe);

void printTable(const Profile &profile, llvm::raw_ostream &stream);
llvm::json::Object toJSON(const Profile &profile);
llvm::json::Object toJSON(const MachineLimits &limits);

/// A picture: one bar a layer, in the order of the run, as long as its time.
void writeSVG(const Profile &profile, llvm::StringRef title,
              llvm::raw_ostream &stream);
/// A page with the picture and the table.
void writeHTML(const Profile &profile, llvm::StringRef title,
               llvm::raw_ostream &stream);

} // namespace hswish

#endif // HSWISH_TOOLS_HSWISH_RUN_PROFILE_H
