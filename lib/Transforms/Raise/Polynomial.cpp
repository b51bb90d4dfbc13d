//===- Polynomial.cpp - Rational numbers, and polynomials of them -------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Piecewise.h"

#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <numeric>

using namespace hswish::raise;
using llvm::ArrayRef;
using llvm::SmallVector;
using llvm::SmallVectorImpl;

//===----------------------------------------------------------------------===//
// Rational
//===----------------------------------------------------------------------===//

using Wide = __int128;

/// In lowest terms; invalid if that does not fit.
static Rational makeRational(Wide num, Wide den) {
  if (den == 0)
    return Rational::invalid();
  Wide a = num < 0 ? -num : num, b = den < 0 ? -den : den;
  while (b != 0)
    a = std::exchange(b, a % b);
  num /= a;
  den /= a;
  if (den < 0) {
    num = -num;
    den = -den;
  }
  constexpr Wide kMax = INT64_MAX;
  if (num > kMax || num < -kMax || den > kMax)
    return Rational::invalid();
  return {int64_t(num), int64_t(den)};
}

Rational::Rational(int64_t numerator, int64_t denominator)
    : num(numerator), den(denominator) {
  if (den <= 0)
    return;
  int64_t divisor = std::gcd(num, den);
  num /= divisor;
  den /= divisor;
}

Rational Rational::invalid() {
  Rational r;
  r.den = 0;
  return r;
}

Rational Rational::operator+(const Rational &other) const {
  return makeRational(Wide(num) * other.den + Wide(other.num) * den,
                      Wide(den) * other.den);
}

Rational Rational::operator-(const Rational &other) const {
  return makeRational(Wide(num) * other.den - Wide(other.num) * den,
                      Wide(den) * other.den);
}

Rational Rational::operator*(const Rational &other) const {
  return makeRational(Wide(num) * other.num, Wide(den) * other.den);
}

Rational Rational::operator/(const Rational &other) const {
  // An invalid divisor has the denominator 0 and gives 0 / x: not valid.
  if (!other.isValid())
    return invalid();
  return makeRational(Wide(num) * other.den, Wide(den) * other.num);
}

bool Rational::operator<(const Rational &other) const {
  return Wide(num) * other.den < Wide(other.num) * den;
}

/// The root of an integer, if it is one.
static std::optional<int64_t> integerRoot(int64_t n) {
  auto root = int64_t(std::llround(std::sqrt(double(n))));
  if (root * root == n)
    return root;
  return std::nullopt;
}

std::optional<Rational> Rational::squareRoot() const {
  // Roots of larger numbers would need more than a double's precision.
  constexpr int64_t kLimit = int64_t(1) << 52;
  if (!isValid() || num < 0 || num > kLimit || den > kLimit)
    return std::nullopt;
  std::optional<int64_t> n = integerRoot(num), d = integerRoot(den);
  if (!n || !d)
    return std::nullopt;
  return Rational(*n, *d);
}

//===----------------------------------------------------------------------===//
// Polynomial
//===----------------------------------------------------------------------===//

bool Polynomial::isValid() const {
  return llvm::all_of(c, [](const Rational &r) { return r.isValid(); });
}

unsigned Polynomial::degree() const {
  return !c[2].isZero() ? 2 : !c[1].isZero() ? 1 : 0;
}

Rational Polynomial::operator()(const Rational &x) const {
  return c[0] + x * (c[1] + x * c[2]);
}

Polynomial Polynomial::operator-(const Polynomial &other) const {
  return {{c[0] - other.c[0], c[1] - other.c[1], c[2] - other.c[2]}};
}

bool Polynomial::hasOneSign(const Rational &low, const Rational &high) const {
  SmallVector<Rational, 3> values{(*this)(low), (*this)(high)};
  if (degree() == 2) {
    Rational turn = -c[1] / (Rational(2) * c[2]);
    if (!turn.isValid())
      return false;
    if (low < turn && turn < high)
      values.push_back((*this)(turn));
  }
  auto isAll = [&](llvm::function_ref<bool(const Rational &)> holds) {
    return llvm::all_of(
        values, [&](const Rational &v) { return v.isValid() && holds(v); });
  };
  return isAll([](const Rational &v) { return v < Rational(0); }) ||
         isAll([](const Rational &v) { return Rational(0) < v; });
}

bool Polynomial::appendRoots(SmallVectorImpl<Rational> &roots) const {
  if (!isValid())
    return false;
  if (degree() == 0)
    return true;
  if (degree() == 1) {
    roots.push_back(-c[0] / c[1]);
    return roots.back().isValid();
  }
  Rational discriminant = c[1] * c[1] - Rational(4) * c[2] * c[0];
  if (!discriminant.isValid())
    return false;
  if (discriminant < Rational(0))
    return true;
  std::optional<Rational> root = discriminant.squareRoot();
  if (!root)
    return false;
  for (const Rational &r : {*root, -*root}) {
    roots.push_back((r - c[1]) / (Rational(2) * c[2]));
    if (!roots.back().isValid())
      return false;
  }
  return true;
}
