//===- Quantized.cpp - Quantised activations to tables and integers -------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FixedPoint.h"
#include "Lookup.h"
#include "hswish/Conversion/HSwishToArith/HSwishToArith.h"
#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/DenseMap.h"

using namespace mlir;
using namespace hswish;

namespace {

/// 64-bit arithmetic on scalars or vectors.
class IntegerBuilder {
public:
  IntegerBuilder(OpBuilder &b, Location loc, Type like) : b(loc, b) {
    auto vector = dyn_cast<VectorType>(like);
    type = vector ? Type(vector.clone(b.getI64Type())) : b.getI64Type();
  }

  Value constant(int64_t number) {
    TypedAttr attr = b.getI64IntegerAttr(number);
    if (auto vector = dyn_cast<VectorType>(type))
      attr = DenseElementsAttr::get(vector, attr);
    return arith::ConstantOp::create(b, attr);
  }
  template <typename OpTy>
  Value make(Value x, Value y) {
    return OpTy::create(b, x, y);
  }
  template <typename OpTy>
  Value make(Value x, int64_t y) {
    return OpTy::create(b, x, constant(y));
  }
  Value clamp(Value x, int64_t low, int64_t high) {
    return make<arith::MinSIOp>(make<arith::MaxSIOp>(x, low), high);
  }

  ImplicitLocOpBuilder b;
  Type type;
};

/// What FixedPoint.h says, on scalars or vectors of codes.
Value emit(OpBuilder &builder, Location loc, const QuantizedActivation &a,
           const FixedPoint &f, Value codes) {
  IntegerBuilder i(builder, loc, codes.getType());
  Value q = a.isUnsigned ? Value(arith::ExtUIOp::create(i.b, i.type, codes))
                         : Value(arith::ExtSIOp::create(i.b, i.type, codes));
  Value v = i.make<arith::SubIOp>(q, a.inputZeroPoint);
  Value line = i.make<arith::MulIOp>(i.clamp(v, -f.reach, f.reach), f.a);
  Value t = i.make<arith::ShRSIOp>(i.make<arith::AddIOp>(line, f.b), f.drop);
  t = i.clamp(t, 0, f.c >> f.drop);
  Value p = a.isHardSwish ? i.make<arith::MulIOp>(v, t) : t;
  p = i.make<arith::AddIOp>(p, (1LL << (f.fraction - 1)) + FixedPoint::kWindow);
  Value y = i.make<arith::ShRSIOp>(p, f.fraction);
  Value rest = i.make<arith::AndIOp>(p, (1LL << f.fraction) - 1);
  Value isTie = arith::CmpIOp::create(i.b, arith::CmpIPredicate::sle, rest,
                                      i.constant(2 * FixedPoint::kWindow));
  Value even = i.make<arith::AndIOp>(y, -2);
  y = arith::SelectOp::create(i.b, isTie, even, y);
  y = i.clamp(i.make<arith::AddIOp>(y, a.outputZeroPoint), a.getLowest(),
              a.getHighest());
  return arith::TruncIOp::create(i.b, codes.getType(), y);
}

/// Making them is dear, and a loop and its tail ask for the same.
using FixedPoints = llvm::DenseMap<Attribute, std::optional<FixedPoint>>;

template <typename OpTy>
struct ExpandQuantized : OpRewritePattern<OpTy> {
  bool mayAddGlobals;
  std::shared_ptr<FixedPoints> fixedPoints;

  ExpandQuantized(MLIRContext *context, bool mayAddGlobals)
      : OpRewritePattern<OpTy>(context), mayAddGlobals(mayAddGlobals),
        fixedPoints(std::make_shared<FixedPoints>()) {}

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (isa<TensorType>(op.getType()))
      return rewriter.notifyMatchFailure(op, "tensors become linalg first");
    Value codes = op.getOperand();
    auto vector = dyn_cast<VectorType>(codes.getType());
    if (vector && vector.isScalable())
      return rewriter.notifyMatchFailure(op, "scalable");
    bool isFlat = !vector || vector.getRank() == 1;
    if (!isFlat)
      codes = vector::ShapeCastOp::create(
          rewriter, op.getLoc(),
          VectorType::get(vector.getNumElements(), vector.getElementType()),
          codes);
    FailureOr<Value> result = compute(op, codes, rewriter);
    if (failed(result))
      return rewriter.notifyMatchFailure(op, "needs a table in memory");
    if (!isFlat)
      result =
          vector::ShapeCastOp::create(rewriter, op.getLoc(), vector, *result)
              .getResult();
    rewriter.replaceOp(op, *result);
    return success();
  }

  FailureOr<Value> compute(OpTy op, Value codes, OpBuilder &b) const {
    QuantizedActivation activation = op.getActivation();
    if (activation.width == 16)
      if (const std::optional<FixedPoint> &f = getFixedPoint(op)) {
        auto expand = [&, &f = *f](Value x) {
          return emit(b, op.getLoc(), activation, f, x);
        };
        return isa<VectorType>(codes.getType())
                   ? mapPieces(b, op.getLoc(), codes,
                               getTargetOrGeneric(op).getVectorBits() / 64,
                               expand)
                   : expand(codes);
      }
    return lookUp(b, op, codes, makeTable(activation), mayAddGlobals);
  }

  const std::optional<FixedPoint> &getFixedPoint(OpTy op) const {
    auto [entry, isNew] =
        fixedPoints->try_emplace(op->getAttrDictionary(), std::nullopt);
    if (isNew)
      entry->second = makeFixedPoint(op.getActivation());
    return entry->second;
  }
};

} // namespace

void hswish::populateQuantizedToArithPatterns(RewritePatternSet &patterns,
                                              bool mayAddGlobals) {
  patterns.add<ExpandQuantized<QuantizedHardSwishOp>,
               ExpandQuantized<QuantizedHardSigmoidOp>>(patterns.getContext(),
                                                        mayAddGlobals);
}
