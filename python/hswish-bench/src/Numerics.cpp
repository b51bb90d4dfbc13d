//===- Numerics.cpp - Distances from the real activations -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The reference of hswish_bench.conformance: compares results with the real
// functions, fast enough for all floats. It shares nothing with the compiler's
// own forms: a real number is taken in f64, and where that is too close to the
// middle between two floats, the sign of an exact difference decides.

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace nb = nanobind;

namespace {

using Wide = long double;

enum Function { HardSwish, HardSigmoid, HardSwishGrad, HardSigmoidGrad };

/// A float type: its digits and the exponent of its least number.
struct F32 {
  using Bits = uint32_t;
  static constexpr int digits = 24, least = -149;
  static double decode(Bits bits) {
    float f;
    std::memcpy(&f, &bits, sizeof f);
    return f;
  }
};
struct BF16 {
  using Bits = uint16_t;
  static constexpr int digits = 8, least = -133;
  static double decode(Bits bits) {
    return F32::decode(static_cast<uint32_t>(bits) << 16);
  }
};
struct F16 {
  using Bits = uint16_t;
  static constexpr int digits = 11, least = -24;
  static double decode(Bits bits) {
    int exponent = bits >> 10 & 31, mantissa = bits & 1023;
    double size = exponent ? std::ldexp(1024 + mantissa, exponent - 25)
                           : std::ldexp(mantissa, least);
    if (exponent == 31)
      size = mantissa ? std::nan("") : HUGE_VAL;
    return bits >> 15 ? -size : size;
  }
};

/// Six times the function of a finite x, as two exact numbers of which the
/// first is the larger.
struct Sixfold {
  double high, low;
};

struct Reference {
  Function function;
  double atMinus3, at3; ///< of a gradient

  Sixfold operator()(double x) const {
    switch (function) {
    case HardSwish:
      if (x <= -3)
        return {-0.0, 0};
      return x >= 3 ? Sixfold{6 * x, 0} : Sixfold{3 * x, x * x};
    case HardSigmoid:
      return x <= -3 ? Sixfold{0, 0} : x >= 3 ? Sixfold{6, 0} : Sixfold{3, x};
    case HardSwishGrad:
      if (x == -3 || x == 3)
        return {6 * (x < 0 ? atMinus3 : at3), 0};
      return x < -3 ? Sixfold{0, 0} : x > 3 ? Sixfold{6, 0} : Sixfold{3, 2 * x};
    case HardSigmoidGrad:
      // A kink's value is a multiple of 1/12.
      if (x == -3 || x == 3)
        return {std::round(12 * (x < 0 ? atMinus3 : at3)) / 2, 0};
      return {x < -3 || x > 3 ? 0.0 : 1.0, 0};
    }
    return {0, 0};
  }
};

/// The exponent of a normal number, or less than that of any f32.
int getExponent(double value) {
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return static_cast<int>(bits >> 52 & 2047) - 1023;
}

double powerOfTwo(int exponent) {
  uint64_t bits = static_cast<uint64_t>(exponent + 1023) << 52;
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// Whether the number is beyond the middle between `floor` and the next
/// integer, in units of `unit`, or there with an odd `floor`. six.high is about
/// the size of six times the middle, so that no bit is lost; and the sign of
/// the sum of two exact numbers is exact.
bool isBeyondMiddle(const Sixfold &six, double floor, double unit) {
  Wide middle = 6 * (static_cast<Wide>(floor) + 0.5L) * unit;
  Wide beyond = (static_cast<Wide>(six.high) - middle) + six.low;
  bool isOdd = std::fmod(floor, 2.0) != 0;
  return beyond > 0 || (beyond == 0 && isOdd);
}

/// The distance of `y` from the real number in units of the last place of that,
/// and whether a float is nearer.
template <typename Type>
double measureError(const Sixfold &six, double y, bool &isNearest) {
  double exact = (six.high + six.low) / 6;
  int exponent = std::max(getExponent(exact) - Type::digits + 1, Type::least);
  double units = exact * powerOfTwo(-exponent);
  double got = y * powerOfTwo(-exponent);
  double floor = std::floor(units), fraction = units - floor;
  bool up = std::fabs(fraction - 0.5) < 0x1p-20
                ? isBeyondMiddle(six, floor, powerOfTwo(exponent))
                : fraction > 0.5;
  isNearest = got == floor + (up ? 1 : 0);
  return std::fabs(got - units);
}

/// What a sweep has found so far.
struct Statistics {
  uint64_t count = 0, wrong = 0, numbersOfNaN = 0, infinite = 0;
  uint64_t atLeast3 = 0, notIdentity = 0, subnormal = 0, flushed = 0;
  uint64_t positiveZeros = 0, negativeZeros = 0, nonZeros = 0;
  double maxUlp = 0, worstX = 0, worstY = 0;
};

struct Bins {
  double *max;
  size_t count;
  double low, high;

  void add(double x, double ulp) const {
    if (!(x >= low && x < high))
      return;
    auto i = static_cast<size_t>((x - low) / (high - low) * double(count));
    max[i] = std::max(max[i], ulp);
  }
};

template <typename Type>
void measureOne(const Reference &reference, double x, double y, Statistics &s,
                const Bins &bins) {
  if (std::isnan(x) || std::isinf(x)) {
    s.numbersOfNaN += std::isnan(x) && !std::isnan(y);
    return;
  }
  ++s.count;
  if (!std::isfinite(y)) {
    ++s.infinite;
    ++s.wrong;
    return;
  }
  bool isNearest;
  double ulp = measureError<Type>(reference(x), y, isNearest);
  s.wrong += !isNearest;
  if (ulp > s.maxUlp) {
    s.maxUlp = ulp;
    s.worstX = x;
    s.worstY = y;
  }
  bins.add(x, ulp);
  if (reference.function != HardSwish)
    return;
  if (x >= 3) {
    ++s.atLeast3;
    s.notIdentity += y != x;
  }
  if (x <= -3)
    ++(y != 0            ? s.nonZeros
       : std::signbit(y) ? s.negativeZeros
                         : s.positiveZeros);
  double normal = std::ldexp(1.0, Type::least + Type::digits - 1);
  if (x != 0 && std::fabs(x) < normal) {
    ++s.subnormal;
    s.flushed += y == 0 && std::fabs(x) > std::ldexp(1.0, Type::least);
  }
}

template <typename Type>
using Array = nb::ndarray<const typename Type::Bits, nb::ndim<1>, nb::c_contig,
                          nb::device::cpu>;
using Profile = nb::ndarray<double, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

template <typename Type>
void measure(Statistics &statistics, int function, double atMinus3, double at3,
             Array<Type> x, Array<Type> y, Profile profile, double low,
             double high) {
  if (x.shape(0) != y.shape(0))
    throw nb::value_error("x and y have different sizes");
  Reference reference{static_cast<Function>(function), atMinus3, at3};
  Bins bins{profile.data(), profile.shape(0), low, high};
  const auto *xs = x.data();
  const auto *ys = y.data();
  nb::gil_scoped_release release;
  Statistics local = statistics;
  for (size_t i = 0, n = x.shape(0); i < n; ++i)
    measureOne<Type>(reference, Type::decode(xs[i]), Type::decode(ys[i]), local,
                     bins);
  statistics = local;
}

} // namespace

NB_MODULE(_numerics, module) {
  module.doc() = "The reference of hswish_bench.conformance.";
  nb::class_<Statistics>(module, "Statistics")
      .def(nb::init<>())
      .def_ro("count", &Statistics::count)
      .def_ro("wrong", &Statistics::wrong)
      .def_ro("numbers_of_nan", &Statistics::numbersOfNaN)
      .def_ro("infinite", &Statistics::infinite)
      .def_ro("at_least_3", &Statistics::atLeast3)
      .def_ro("not_identity", &Statistics::notIdentity)
      .def_ro("subnormal", &Statistics::subnormal)
      .def_ro("flushed", &Statistics::flushed)
      .def_ro("positive_zeros", &Statistics::positiveZeros)
      .def_ro("negative_zeros", &Statistics::negativeZeros)
      .def_ro("non_zeros", &Statistics::nonZeros)
      .def_ro("max_ulp", &Statistics::maxUlp)
      .def_ro("worst_x", &Statistics::worstX)
      .def_ro("worst_y", &Statistics::worstY);
  module.def("measure_f32", &measure<F32>);
  module.def("measure_f16", &measure<F16>);
  module.def("measure_bf16", &measure<BF16>);
}
