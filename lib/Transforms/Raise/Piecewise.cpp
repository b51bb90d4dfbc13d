//===- Piecewise.cpp - Exact piecewise polynomials ---------===//
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
// Partitions of the real line
//===----------------------------------------------------------------------===//

Rational hswish::raise::sampleInterval(ArrayRef<Rational> breaks, size_t i) {
  if (breaks.empty())
    return 0;
  if (i == 0)
    return breaks.front() - Rational(1);
  if (i == breaks.size())
    return breaks.back() + Rational(1);
  return (breaks[i - 1] + breaks[i]) / Rational(2);
}

/// More breakpoints than any spelling has.
static constexpr size_t kMaxBreaks = 12;

static void sortUnique(SmallVectorImpl<Rational> &breaks) {
  llvm::sort(breaks);
  breaks.erase(llvm::unique(breaks), breaks.end());
}

/// The breakpoints of both.
template <typename F, typename G>
static SmallVector<Rational, 4> mergeBreaks(const F &f, const G &g) {
  SmallVector<Rational, 4> breaks(f.breaks);
  breaks.append(g.breaks.begin(), g.breaks.end());
  sortUnique(breaks);
  return breaks;
}

/// The breakpoints of both, and where they cross.
static std::optional<SmallVector<Rational, 4>>
mergeBreaksAndCrossings(const Function &f, const Function &g) {
  SmallVector<Rational, 4> breaks = mergeBreaks(f, g), result = breaks;
  for (size_t i = 0; i <= breaks.size(); ++i) {
    Rational x = sampleInterval(breaks, i);
    SmallVector<Rational, 2> roots;
    if (!x.isValid())
      return std::nullopt;
    Polynomial difference = f.pieceAt(x) - g.pieceAt(x);
    bool isBounded = i > 0 && i < breaks.size();
    if (isBounded && difference.hasOneSign(breaks[i - 1], breaks[i]))
      continue;
    if (!difference.appendRoots(roots))
      return std::nullopt;
    for (const Rational &root : roots)
      if ((i == 0 || breaks[i - 1] < root) &&
          (i == breaks.size() || root < breaks[i]))
        result.push_back(root);
  }
  sortUnique(result);
  if (result.size() > kMaxBreaks)
    return std::nullopt;
  return result;
}

/// Drops breakpoints where nothing happens; nothing if something is invalid.
static std::optional<Function> normalise(Function f) {
  if (f.breaks.size() > kMaxBreaks || (f.atNaN && !f.atNaN->isValid()))
    return std::nullopt;
  for (const Polynomial &piece : f.pieces)
    if (!piece.isValid())
      return std::nullopt;
  Function result;
  result.atNaN = f.atNaN;
  result.pieces.push_back(f.pieces[0]);
  for (auto [i, x] : llvm::enumerate(f.breaks)) {
    if (!x.isValid() || !f.points[i].isValid())
      return std::nullopt;
    const Polynomial &next = f.pieces[i + 1];
    if (next == result.pieces.back() && next(x) == f.points[i])
      continue;
    result.breaks.push_back(x);
    result.points.push_back(f.points[i]);
    result.pieces.push_back(next);
  }
  return result;
}

/// Combines f and g piece by piece and point by point.
static std::optional<Function> combinePieces(
    ArrayRef<Rational> breaks, const Function &f, const Function &g,
    llvm::function_ref<Polynomial(const Polynomial &, const Polynomial &,
                                  const Rational &)>
        onPieces,
    llvm::function_ref<Rational(const Rational &, const Rational &)> onPoints) {
  Function result;
  result.breaks.assign(breaks.begin(), breaks.end());
  for (size_t i = 0; i <= breaks.size(); ++i) {
    Rational x = sampleInterval(breaks, i);
    if (!x.isValid())
      return std::nullopt;
    result.pieces.push_back(onPieces(f.pieceAt(x), g.pieceAt(x), x));
  }
  for (const Rational &x : breaks)
    result.points.push_back(onPoints(f.valueAt(x), g.valueAt(x)));
  if (f.atNaN && g.atNaN)
    result.atNaN = onPoints(*f.atNaN, *g.atNaN);
  return normalise(std::move(result));
}

//===----------------------------------------------------------------------===//
// Function and Condition
//===----------------------------------------------------------------------===//

bool Condition::valueAt(const Rational &x) const {
  const auto *it = llvm::find(breaks, x);
  return it == breaks.end() ? pieceAt(x) : points[it - breaks.begin()];
}

Function Function::constant(const Rational &value) {
  Function f;
  f.pieces.push_back({{value, 0, 0}});
  f.atNaN = value;
  return f;
}

Function Function::identity() {
  Function f;
  f.pieces.push_back({{0, 1, 0}});
  return f;
}

Function Function::continuous(ArrayRef<Rational> breaks,
                              ArrayRef<Polynomial> pieces) {
  Function f;
  f.breaks.assign(breaks.begin(), breaks.end());
  f.pieces.assign(pieces.begin(), pieces.end());
  for (auto [x, piece] : llvm::zip(breaks, pieces))
    f.points.push_back(piece(x));
  return f;
}

Rational Function::valueAt(const Rational &x) const {
  const auto *it = llvm::find(breaks, x);
  return it == breaks.end() ? pieceAt(x)(x) : points[it - breaks.begin()];
}

bool Function::isContinuous() const {
  return llvm::all_of(llvm::enumerate(breaks), [&](auto entry) {
    auto [i, x] = entry;
    return pieces[i](x) == points[i] && pieces[i + 1](x) == points[i];
  });
}

std::optional<Rational> Function::getConstant() const {
  if (!breaks.empty() || pieces[0].degree() != 0)
    return std::nullopt;
  return pieces[0].c[0];
}

std::pair<Rational, Rational> Function::getRange(const Rational &low,
                                                 const Rational &high) const {
  SmallVector<Rational, 8> candidates{low, high};
  llvm::append_range(candidates, breaks);
  for (const Polynomial &piece : pieces)
    if (piece.degree() == 2)
      candidates.push_back(-piece.c[1] / (Rational(2) * piece.c[2]));
  std::pair range(valueAt(low), valueAt(low));
  for (const Rational &x : candidates) {
    if (!x.isValid() || x < low || high < x)
      continue;
    Rational y = valueAt(x);
    range = {std::min(range.first, y), std::max(range.second, y)};
  }
  return range;
}

std::optional<Function> hswish::raise::add(const Function &f,
                                           const Function &g) {
  return combinePieces(
      mergeBreaks(f, g), f, g,
      [](const Polynomial &p, const Polynomial &q, const Rational &) {
        return Polynomial{{p.c[0] + q.c[0], p.c[1] + q.c[1], p.c[2] + q.c[2]}};
      },
      [](const Rational &a, const Rational &b) { return a + b; });
}

std::optional<Function> hswish::raise::sub(const Function &f,
                                           const Function &g) {
  return combinePieces(
      mergeBreaks(f, g), f, g,
      [](const Polynomial &p, const Polynomial &q, const Rational &) {
        return p - q;
      },
      [](const Rational &a, const Rational &b) { return a - b; });
}

std::optional<Function> hswish::raise::mul(const Function &f,
                                           const Function &g) {
  return combinePieces(
      mergeBreaks(f, g), f, g,
      [](const Polynomial &p, const Polynomial &q, const Rational &) {
        Polynomial r{{0, 0, 0}};
        for (unsigned i = 0; i < 3; ++i)
          for (unsigned j = 0; j < 3; ++j) {
            Rational term = p.c[i] * q.c[j];
            if (i + j < 3)
              r.c[i + j] = r.c[i + j] + term;
            else if (!term.isZero())
              r.c[0] = Rational::invalid(); // A cubic.
          }
        return r;
      },
      [](const Rational &a, const Rational &b) { return a * b; });
}

std::optional<Function> hswish::raise::div(const Function &f,
                                           const Function &g) {
  std::optional<Rational> divisor = g.getConstant();
  if (!divisor || divisor->isZero())
    return std::nullopt;
  return mul(f, Function::constant(Rational(1) / *divisor));
}

std::optional<Function> hswish::raise::extremum(const Function &f,
                                                const Function &g, bool isMax,
                                                bool propagatesNaN) {
  auto breaks = mergeBreaksAndCrossings(f, g);
  if (!breaks)
    return std::nullopt;
  std::optional<Function> result = combinePieces(
      *breaks, f, g,
      [&](const Polynomial &p, const Polynomial &q, const Rational &x) {
        return (p(x) < q(x)) == isMax ? q : p;
      },
      [&](const Rational &a, const Rational &b) {
        return (a < b) == isMax ? b : a;
      });
  if (result && !propagatesNaN && !result->atNaN)
    result->atNaN = f.atNaN ? f.atNaN : g.atNaN;
  return result;
}

std::optional<Condition> hswish::raise::compare(const Function &f,
                                                const Function &g, bool less,
                                                bool equal, bool greater,
                                                bool atNaN) {
  auto breaks = mergeBreaksAndCrossings(f, g);
  if (!breaks)
    return std::nullopt;
  auto holds = [&](const Rational &a, const Rational &b) {
    return a < b ? less : b < a ? greater : equal;
  };
  Condition result;
  result.breaks = *breaks;
  for (size_t i = 0; i <= breaks->size(); ++i) {
    Rational x = sampleInterval(*breaks, i);
    if (!x.isValid())
      return std::nullopt;
    result.pieces.push_back(holds(f.pieceAt(x)(x), g.pieceAt(x)(x)));
  }
  for (const Rational &x : *breaks)
    result.points.push_back(holds(f.valueAt(x), g.valueAt(x)));
  result.atNaN = f.atNaN && g.atNaN ? holds(*f.atNaN, *g.atNaN) : atNaN;
  return result;
}

Condition hswish::raise::combine(const Condition &a, const Condition &b,
                                 llvm::function_ref<bool(bool, bool)> op) {
  Condition result;
  result.breaks = mergeBreaks(a, b);
  for (size_t i = 0; i <= result.breaks.size(); ++i) {
    Rational x = sampleInterval(result.breaks, i);
    result.pieces.push_back(op(a.pieceAt(x), b.pieceAt(x)));
  }
  for (const Rational &x : result.breaks)
    result.points.push_back(op(a.valueAt(x), b.valueAt(x)));
  result.atNaN = op(a.atNaN, b.atNaN);
  return result;
}

std::optional<Function> hswish::raise::select(const Condition &c,
                                              const Function &f,
                                              const Function &g) {
  Function result;
  SmallVector<Rational, 4> both = mergeBreaks(f, g);
  result.breaks = c.breaks;
  llvm::append_range(result.breaks, both);
  sortUnique(result.breaks);
  for (size_t i = 0; i <= result.breaks.size(); ++i) {
    Rational x = sampleInterval(result.breaks, i);
    if (!x.isValid())
      return std::nullopt;
    result.pieces.push_back(c.pieceAt(x) ? f.pieceAt(x) : g.pieceAt(x));
  }
  for (const Rational &x : result.breaks)
    result.points.push_back(c.valueAt(x) ? f.valueAt(x) : g.valueAt(x));
  result.atNaN = c.atNaN ? f.atNaN : g.atNaN;
  return normalise(std::move(result));
}
