//===- FuseEpilogue.cpp - Elementwise ops into convolutions and matmuls -*- C++
//-*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/IR/HSwish.h"
#include "hswish/Transforms/Passes.h"

#include "ScalarBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

namespace hswish {
#define GEN_PASS_DEF_FUSEEPILOGUEPASS
#include "hswish/Transforms/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace hswish;

namespace {

/// The elementwise ops that follow a structured op, as many as have one
/// result together.
class Tail {
public:
  explicit Tail(Value accumulator);

  bool empty() const { return bodies.empty(); }
  ArrayRef<ScalarBody> getBodies() const { return bodies; }
  Value getResult() const { return bodies.back().getResult(); }
  /// Why the user that came next was not taken, if it is elementwise.
  const std::string &getReason() const { return reason; }

private:
  /// A user of the tail that it has not got yet, the first in the block.
  Operation *getNextUser() const;
  std::optional<ScalarBody> accept(Operation *op);
  /// Whether all that is used outside is the result of the last op taken.
  bool hasOneResult() const;

  /// More would fill an epilogue that nobody can read nor keep in registers.
  static constexpr unsigned kMaxOps = 64;

  Value accumulator;
  SmallVector<ScalarBody> bodies;
  llvm::SetVector<Value> values;
  SmallPtrSet<Operation *, 8> taken, refused;
  std::string reason;
};

Tail::Tail(Value accumulator) : accumulator(accumulator) {
  values.insert(accumulator);
  unsigned best = 0;
  while (bodies.size() < kMaxOps) {
    Operation *user = getNextUser();
    if (!user)
      break;
    std::optional<ScalarBody> body = accept(user);
    if (!body) {
      refused.insert(user);
      continue;
    }
    taken.insert(user);
    values.insert(body->getResult());
    bodies.push_back(*body);
    if (hasOneResult() && getElementTypeOrSelf(body->getResult()) ==
                              getElementTypeOrSelf(accumulator))
      best = bodies.size();
  }
  if (best < bodies.size())
    reason = "what comes before it is used elsewhere, too";
  bodies.truncate(best);
}

Operation *Tail::getNextUser() const {
  Operation *next = nullptr;
  for (Value value : values)
    for (Operation *user : value.getUsers())
      if (!taken.contains(user) && !refused.contains(user) &&
          user->getBlock() == accumulator.getDefiningOp()->getBlock() &&
          (!next || user->isBeforeInBlock(next)))
        next = user;
  return next;
}

std::optional<ScalarBody> Tail::accept(Operation *op) {
  std::string why;
  std::optional<ScalarBody> body = ScalarBody::match(op, &why);
  auto shape = cast<RankedTensorType>(accumulator.getType()).getShape();
  if (body &&
      cast<RankedTensorType>(body->getResult().getType()).getShape() != shape) {
    why = "it has another shape";
    body.reset();
  }
  if (body)
    for (const ElementSource &source : body->getSources())
      if (values.contains(source.tensor) && !source.map.isIdentity()) {
        why = "it reads the result out of order";
        body.reset();
        break;
      }
  if (!body && isa<linalg::GenericOp>(op))
    reason = why;
  return body;
}

bool Tail::hasOneResult() const {
  Value last = bodies.back().getResult();
  return llvm::all_of(values, [&](Value value) {
    return value == last || llvm::all_of(value.getUsers(), [&](Operation *op) {
             return taken.contains(op);
           });
  });
}

/// Appends ops to an epilogue.
class EpilogueBuilder {
public:
  EpilogueBuilder(EpilogueOpInterface op, OpBuilder &outside)
      : op(op), block(op.getEpilogueBlock()), outside(outside),
        inside(OpBuilder::atBlockTerminator(&block)) {
    maps = llvm::to_vector(op.getEpilogueMaps());
    elements[op->getResult(0)] = block.getTerminator()->getOperand(0);
  }

  void append(const ScalarBody &body) {
    auto operands = llvm::map_to_vector(
        body.getSources(),
        [&](const ElementSource &source) { return getElement(source); });
    Value result = body.getResult();
    elements[result] = body.inlineAt(inside, result.getLoc(), operands);
  }

  void finish(Value result) {
    block.getTerminator()->setOperand(0, elements.lookup(result));
    op.setEpilogueMapsAttr(outside.getArrayAttr(maps));
  }

private:
  Value getElement(const ElementSource &source) {
    if (Value element = elements.lookup(source.tensor))
      return element;
    ElementSource simple = simplify(outside, source);
    if (TypedAttr splat = getSplat(simple))
      return arith::ConstantOp::create(inside, source.tensor.getLoc(), splat);
    auto map = AffineMapAttr::get(simple.map);
    for (auto [i, extra] : llvm::enumerate(op.getExtras()))
      if (extra == simple.tensor && maps[i] == map)
        return block.getArgument(i + 1);
    op.getExtrasMutable().append(simple.tensor);
    maps.push_back(map);
    return block.addArgument(getElementTypeOrSelf(simple.tensor),
                             simple.tensor.getLoc());
  }

  EpilogueOpInterface op;
  Block &block;
  OpBuilder &outside;
  OpBuilder inside;
  SmallVector<Attribute> maps;
  /// The element in the epilogue of a value that is being absorbed.
  DenseMap<Value, Value> elements;
};

struct FuseEpiloguePass : hswish::impl::FuseEpiloguePassBase<FuseEpiloguePass> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<EpilogueOpInterface> ops;
    getOperation()->walk([&](EpilogueOpInterface op) {
      if (op->getNumResults() == 1 && op.getEpilogue().hasOneBlock())
        ops.push_back(op);
    });
    // The later one of a sum's two producers is to add the other's result.
    for (EpilogueOpInterface op : llvm::reverse(ops))
      fuse(op);
  }

  void fuse(EpilogueOpInterface op) {
    Tail tail(op->getResult(0));
    if (explain && !tail.getReason().empty())
      op->emitRemark("not everything elementwise that follows is in the "
                     "epilogue: ")
          << tail.getReason();
    if (tail.empty())
      return;
    Value result = tail.getResult();
    // Everything that the tail reads is there where its last op is.
    op->moveBefore(result.getDefiningOp());
    OpBuilder outside(op);
    EpilogueBuilder builder(op, outside);
    for (const ScalarBody &body : tail.getBodies())
      builder.append(body);
    builder.finish(result);
    result.replaceAllUsesWith(op->getResult(0));
    for (const ScalarBody &body : llvm::reverse(tail.getBodies()))
      body.getResult().getDefiningOp()->erase();
  }
};
} // namespace
