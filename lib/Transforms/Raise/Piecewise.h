//===- Piecewise.h - Exact piecewise polynomials -*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What a spelling of h-swish computes, as a function of one real variable:
// polynomials of degree two at most between rational breakpoints, all exact.
// Two spellings are the same function iff their normal forms are equal; a
// constant that is nearly right gives another function.
//
//===----------------------------------------------------------------------===//

#ifndef HSWISH_LIB_TRANSFORMS_RAISE_PIECEWISE_H
#define HSWISH_LIB_TRANSFORMS_RAISE_PIECEWISE_H

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <array>
#include <cstdint>
#include <optional>

namespace hswish::raise {

/// A fraction of 64-bit integers in lowest terms. What does not fit is
/// *invalid*, and so is everything computed from it.
class Rational {
public:
  Rational(int64_t numerator = 0, int64_t denominator = 1);
  static Rational invalid();

  bool isValid() const { return den != 0; }
  bool isZero() const { return isValid() && num == 0; }
  int64_t numerator() const { return num; }
  int64_t denominator() const { return den; }
  double toDouble() const { return double(num) / double(den); }

  Rational operator+(const Rational &other) const;
  Rational operator-(const Rational &other) const;
  Rational operator*(const Rational &other) const;
  Rational operator/(const Rational &other) const;
  Rational operator-() const { return Rational(0) - *this; }
  bool operator==(const Rational &other) const {
    return isValid() && num == other.num && den == other.den;
  }
  bool operator<(const Rational &other) const;
  bool operator<=(const Rational &other) const { return !(other < *this); }

  /// The root, if it is rational.
  std::optional<Rational> squareRoot() const;

private:
  int64_t num, den;
};

/// c[0] + c[1] x + c[2] x^2.
struct Polynomial {
  std::array<Rational, 3> c;

  bool isValid() const;
  unsigned degree() const;
  Rational operator()(const Rational &x) const;
  bool operator==(const Polynomial &) const = default;
  Polynomial operator-(const Polynomial &other) const;
  /// Whether it is positive, or negative, on all of [low, high].
  bool hasOneSign(const Rational &low, const Rational &high) const;
  /// Appends the real roots; false if one of them is irrational or the
  /// polynomial is 0 everywhere and `roots` cannot say so.
  bool appendRoots(llvm::SmallVectorImpl<Rational> &roots) const;
};

/// A point between breakpoints `i - 1` and `i`.
Rational sampleInterval(llvm::ArrayRef<Rational> breaks, size_t i);

/// Something that is uniform on each open interval between breakpoints
/// (`pieces`, one more than breakpoints) and has a value of its own at each
/// breakpoint (`points`).
template <typename Piece, typename Point>
struct Piecewise {
  llvm::SmallVector<Rational, 4> breaks;
  llvm::SmallVector<Piece, 5> pieces;
  llvm::SmallVector<Point, 4> points;

  /// The piece of the interval that holds `x`, which is no breakpoint.
  const Piece &pieceAt(const Rational &x) const {
    return pieces[llvm::count_if(breaks,
                                 [&](const Rational &b) { return b < x; })];
  }
};

/// A condition on x.
struct Condition : Piecewise<bool, bool> {
  bool atNaN = false;
  bool valueAt(const Rational &x) const;
};

/// A function of x.
struct Function : Piecewise<Polynomial, Rational> {
  /// The value for x = NaN; nothing if that is NaN.
  std::optional<Rational> atNaN;

  static Function constant(const Rational &value);
  /// f(x) = x.
  static Function identity();
  /// The continuous function of these breakpoints and polynomials, with
  /// f(NaN) = NaN.
  static Function continuous(llvm::ArrayRef<Rational> breaks,
                             llvm::ArrayRef<Polynomial> pieces);

  Rational valueAt(const Rational &x) const;
  bool isContinuous() const;
  std::optional<Rational> getConstant() const;
  /// Equal for all real x.
  bool isSameFunction(const Function &other) const {
    return breaks == other.breaks && pieces == other.pieces &&
           points == other.points;
  }
  /// The smallest and largest value on [low, high], of a function whose
  /// turning points are rational.
  std::pair<Rational, Rational> getRange(const Rational &low,
                                         const Rational &high) const;
};

// Each gives nothing if the result is not representable: a cubic, an irrational
// breakpoint, an overflow, a division by something that is not constant.
std::optional<Function> add(const Function &f, const Function &g);
std::optional<Function> sub(const Function &f, const Function &g);
std::optional<Function> mul(const Function &f, const Function &g);
std::optional<Function> div(const Function &f, const Function &g);
/// `isMax ? max(f, g) : min(f, g)`; NaN of one of them wins if
/// `propagatesNaN`, otherwise loses.
std::optional<Function> extremum(const Function &f, const Function &g,
                                 bool isMax, bool propagatesNaN);
std::optional<Function> select(const Condition &c, const Function &f,
                               const Function &g);
/// Where the sign of f - g is one of those allowed; `atNaN` where one of them
/// is NaN.
std::optional<Condition> compare(const Function &f, const Function &g,
                                 bool less, bool equal, bool greater,
                                 bool atNaN);
Condition combine(const Condition &a, const Condition &b,
                  llvm::function_ref<bool(bool, bool)> op);

} // namespace hswish::raise

#endif // HSWISH_LIB_TRANSFORMS_RAISE_PIECEWISE_H
