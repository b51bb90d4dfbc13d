//===- PlaceResults.cpp - Results where they will lie ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hswish/Codegen/Passes.h"
#include "hswish/IR/HSwish.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace hswish {
#define GEN_PASS_DEF_PLACERESULTSPASS
#include "hswish/Codegen/Passes.h.inc"
} // namespace hswish

using namespace mlir;
using namespace mlir::bufferization;
using namespace hswish;

using Offsets = SmallVector<int64_t, 4>;

namespace {

/// A part of the memory of an op that joins values, or of an output.
struct Place {
  Operation *owner = nullptr;
  Offsets offsets;
  RankedTensorType type;
};

/// The memory of a join before it has any: that of `root`, from `offsets` on.
struct Extent {
  Operation *root;
  Offsets offsets;
};

class Placer {
public:
  explicit Placer(Block &block)
      : block(block), b(block.getParentOp()->getContext()) {}

  void run();

private:
  void claimParts(tensor::ConcatOp concat);
  void claimImage(tensor::InsertSliceOp insert);
  void claim(Value value, Operation *owner, Offsets offsets);
  Extent getExtent(const Place &place) const;
  void findDestinations();
  Value getMemory(const Place &place);
  Value getDestination(Value value);
  void placeDestinations(Operation *op);
  void store(Value value, const Place &place);
  void replaceJoin(Operation *join);
  void lowerConcat(tensor::ConcatOp concat);
  void lowerBorder(tensor::InsertSliceOp insert);
  void lowerOutput(MaterializeInDestinationOp output);

  Block &block;
  OpBuilder b;
  /// What has memory of its own: joins and outputs, in order.
  SmallVector<Operation *> owners;
  /// Where values belong, each to the first that wants it.
  DenseMap<Value, Place> places;
  /// Where the results of joins lie.
  DenseMap<Operation *, Extent> extents;
  /// Memory of roots and of parts, as far as it was needed yet.
  DenseMap<Operation *, Value> roots;
  DenseMap<Value, Value> views;
  /// Results of joins that were lowered.
  DenseSet<Value> joined;
  /// Operands that are destinations of what is placed, and what that is.
  DenseMap<OpOperand *, Value> destinations;
};

} // namespace

//===----------------------------------------------------------------------===//
// What belongs where
//===----------------------------------------------------------------------===//

static bool isStatic(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape();
}

/// The insertions that begin with `first`, each into the result of the one
/// before, which nobody else uses.
static SmallVector<tensor::InsertSliceOp>
followInsertions(tensor::InsertSliceOp first) {
  SmallVector<tensor::InsertSliceOp> chain = {first};
  while (chain.back()->hasOneUse()) {
    auto next = dyn_cast<tensor::InsertSliceOp>(*chain.back()->user_begin());
    if (!next || next.getDest() != chain.back().getResult() ||
        next->getBlock() != first->getBlock())
      break;
    chain.push_back(next);
  }
  return chain;
}

/// The dimension along which the insertions fill their tensor from its begin to
/// its end.
static std::optional<int64_t>
getJoinedDim(ArrayRef<tensor::InsertSliceOp> chain) {
  tensor::InsertSliceOp first = chain.front();
  ArrayRef<int64_t> shape = first.getDestType().getShape();
  auto different = llvm::mismatch(shape, first.getStaticSizes());
  if (different.first == shape.end())
    return std::nullopt;
  int64_t dim = different.first - shape.begin(), end = 0;
  for (tensor::InsertSliceOp insert : chain) {
    Offsets at(shape.size(), 0), size(shape);
    at[dim] = end;
    size[dim] = insert.getStaticSizes()[dim];
    if (!isStatic(insert.getSource()) || !insert.hasUnitStride() ||
        insert.getStaticOffsets() != ArrayRef(at) ||
        insert.getSourceType().getShape() != ArrayRef(size))
      return std::nullopt;
    end += size[dim];
  }
  return end == shape[dim] ? std::optional(dim) : std::nullopt;
}

/// insert_slice %b into (insert_slice %a into (empty)) -> concat %a, %b
static void raiseConcat(tensor::InsertSliceOp first) {
  if (!first.getDest().getDefiningOp<tensor::EmptyOp>() ||
      !isStatic(first.getDest()))
    return;
  SmallVector<tensor::InsertSliceOp> chain = followInsertions(first);
  std::optional<int64_t> dim = getJoinedDim(chain);
  if (!dim)
    return;
  OpBuilder b(chain.back());
  SmallVector<Value> parts;
  for (tensor::InsertSliceOp insert : chain)
    parts.push_back(insert.getSource());
  auto concat = tensor::ConcatOp::create(b, chain.back().getLoc(),
                                         first.getDestType(), *dim, parts);
  chain.back().getResult().replaceAllUsesWith(concat.getResult());
  for (tensor::InsertSliceOp insert : llvm::reverse(chain))
    insert.erase();
}

void Placer::claim(Value value, Operation *owner, Offsets offsets) {
  auto type = cast<RankedTensorType>(value.getType());
  Operation *def = value.getDefiningOp();
  if (def && def->getBlock() == &block)
    places.try_emplace(value, Place{owner, std::move(offsets), type});
}

void Placer::claimParts(tensor::ConcatOp concat) {
  if (!isStatic(concat.getResult()) ||
      !llvm::all_of(concat.getInputs(), isStatic))
    return;
  owners.push_back(concat);
  Offsets offsets(concat.getResultType().getRank(), 0);
  for (Value part : concat.getInputs()) {
    claim(part, concat, offsets);
    offsets[concat.getDim()] +=
        cast<RankedTensorType>(part.getType()).getDimSize(concat.getDim());
  }
}

/// The border that `insert` puts a concatenation into, if nobody else does
/// anything with it.
static FillBorderOp getBorder(tensor::InsertSliceOp insert) {
  auto border = insert.getDest().getDefiningOp<FillBorderOp>();
  if (!border || !border->hasOneUse() ||
      border->getBlock() != insert->getBlock() || !isStatic(insert.getDest()) ||
      !isStatic(insert.getSource()) || !insert.hasUnitStride() ||
      !border.getInit().getDefiningOp<tensor::EmptyOp>() ||
      !insert.getSource().getDefiningOp<tensor::ConcatOp>())
    return nullptr;
  ArrayRef<int64_t> pads = border.getPads(), at = insert.getStaticOffsets(),
                    size = insert.getStaticSizes(),
                    all = insert.getDestType().getShape();
  bool isInside = all.size() == 4 && insert.getSourceType().getRank() == 4 &&
                  at == ArrayRef<int64_t>({0, pads[0], pads[1], 0}) &&
                  size[0] == all[0] && size[3] == all[3] &&
                  size[1] + pads[0] + pads[2] == all[1] &&
                  size[2] + pads[1] + pads[3] == all[2];
  return isInside ? border : nullptr;
}

void Placer::claimImage(tensor::InsertSliceOp insert) {
  if (!getBorder(insert))
    return;
  owners.push_back(insert);
  claim(insert.getSource(), insert, Offsets(insert.getStaticOffsets()));
}

Extent Placer::getExtent(const Place &place) const {
  Extent extent = extents.lookup(place.owner);
  for (auto [offset, more] : llvm::zip_equal(extent.offsets, place.offsets))
    offset += more;
  return extent;
}

/// The operands by which what was placed is computed: ops that write into each
/// other's results, from an empty tensor on.
void Placer::findDestinations() {
  for (auto &[value, place] : places) {
    Value current = value;
    while (auto op = current.getDefiningOp<DestinationStyleOpInterface>()) {
      if (op->getBlock() != &block || isa<tensor::InsertSliceOp>(op))
        break;
      OpOperand *init = op.getTiedOpOperand(cast<OpResult>(current));
      current = init->get();
      if (current.getDefiningOp<tensor::EmptyOp>()) {
        destinations[init] = value;
        break;
      }
      if (!current.hasOneUse())
        break;
    }
  }
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// The memory that `place` means, made at the insertion point if it is new.
Value Placer::getMemory(const Place &place) {
  auto [root, offsets] = getExtent(place);
  Location loc = root->getLoc();
  Value &whole = roots[root];
  if (!whole) {
    auto type = cast<RankedTensorType>(root->getResult(0).getType());
    whole = memref::AllocOp::create(
        b, loc, MemRefType::get(type.getShape(), type.getElementType()),
        b.getI64IntegerAttr(64));
  }
  auto type = cast<MemRefType>(whole.getType());
  ArrayRef<int64_t> shape = place.type.getShape();
  if (type.getShape() == shape)
    return whole;
  SmallVector<int64_t> strides(shape.size(), 1);
  return memref::SubViewOp::create(b, loc, whole, offsets, shape, strides);
}

/// The memory of a value that was placed, always the same.
Value Placer::getDestination(Value value) {
  Value &view = views[value];
  if (!view)
    view = getMemory(places.lookup(value));
  return view;
}

static Value toTensor(OpBuilder &b, Location loc, Type type, Value memory,
                      bool isWritable) {
  return ToTensorOp::create(b, loc, type, memory, /*restrict=*/true,
                            isWritable);
}

void Placer::placeDestinations(Operation *op) {
  for (OpOperand &operand : op->getOpOperands()) {
    auto found = destinations.find(&operand);
    if (found == destinations.end())
      continue;
    b.setInsertionPoint(op);
    operand.set(toTensor(b, op->getLoc(), operand.get().getType(),
                         getDestination(found->second), /*isWritable=*/true));
  }
}

//===----------------------------------------------------------------------===//
// Joins and outputs
//===----------------------------------------------------------------------===//

/// Has `value` in `place`: copied there, unless it was computed there.
void Placer::store(Value value, const Place &place) {
  Place own = places.lookup(value);
  bool isPlaced = own.owner == place.owner && own.offsets == place.offsets;
  if (isPlaced && joined.contains(value))
    return;
  Value memory = isPlaced ? getDestination(value) : getMemory(place);
  MaterializeInDestinationOp::create(b, place.owner->getLoc(), TypeRange(),
                                     value, memory, /*restrict=*/false,
                                     /*writable=*/true);
}

/// The result of a join is what lies in its memory now. It is not writable:
/// parts of it may be read later.
void Placer::replaceJoin(Operation *join) {
  Value old = join->getResult(0);
  auto type = cast<RankedTensorType>(old.getType());
  Value memory = getMemory({join, Offsets(type.getRank(), 0), type});
  Value result = toTensor(b, join->getLoc(), type, memory, false);
  joined.insert(result);
  if (auto found = places.find(old); found != places.end()) {
    Place place = found->second;
    places[result] = place;
  }
  old.replaceAllUsesWith(result);
  join->erase();
}

void Placer::lowerConcat(tensor::ConcatOp concat) {
  b.setInsertionPoint(concat);
  int64_t dim = concat.getDim();
  Offsets offsets(concat.getResultType().getRank(), 0);
  for (Value part : concat.getInputs()) {
    auto type = cast<RankedTensorType>(part.getType());
    store(part, {concat, offsets, type});
    offsets[dim] += type.getDimSize(dim);
  }
  replaceJoin(concat);
}

void Placer::lowerBorder(tensor::InsertSliceOp insert) {
  b.setInsertionPoint(insert);
  FillBorderOp border = insert.getDest().getDefiningOp<FillBorderOp>();
  RankedTensorType type = insert.getDestType();
  Value memory = getMemory({insert, Offsets(type.getRank(), 0), type});
  FillBorderOp::create(b, border.getLoc(), TypeRange(), memory,
                       border.getValueAttr(), border.getPadsAttr());
  store(insert.getSource(),
        {insert, Offsets(insert.getStaticOffsets()), insert.getSourceType()});
  replaceJoin(insert);
  border.erase();
}

void Placer::lowerOutput(MaterializeInDestinationOp output) {
  if (joined.contains(output.getSource()) &&
      places.lookup(output.getSource()).owner == output)
    output.erase();
  else
    output.setRestrict(false);
}

void Placer::run() {
  SmallVector<tensor::InsertSliceOp> insertions;
  for (auto insert : block.getOps<tensor::InsertSliceOp>())
    if (insert.getDest().getDefiningOp<tensor::EmptyOp>())
      insertions.push_back(insert);
  llvm::for_each(insertions, raiseConcat);
  for (Operation &op : block) {
    if (auto concat = dyn_cast<tensor::ConcatOp>(op)) {
      claimParts(concat);
    } else if (auto insert = dyn_cast<tensor::InsertSliceOp>(op)) {
      claimImage(insert);
    } else if (auto output = dyn_cast<MaterializeInDestinationOp>(op);
               output && output.getRestrict() &&
               isa<BlockArgument>(output.getDest())) {
      owners.push_back(output);
      roots[output] = output.getDest();
      auto type = cast<RankedTensorType>(output.getSource().getType());
      claim(output.getSource(), output, Offsets(type.getRank(), 0));
    }
  }
  // Whoever takes the result of a join comes after it.
  for (Operation *owner : llvm::reverse(owners)) {
    bool isPart =
        owner->getNumResults() && places.contains(owner->getResult(0));
    int64_t rank = cast<ShapedType>(owner->getOperand(0).getType()).getRank();
    extents[owner] = isPart ? getExtent(places.lookup(owner->getResult(0)))
                            : Extent{owner, Offsets(rank, 0)};
  }
  findDestinations();
  for (Operation &op : llvm::make_early_inc_range(block)) {
    placeDestinations(&op);
    if (!extents.contains(&op))
      continue;
    if (auto concat = dyn_cast<tensor::ConcatOp>(op))
      lowerConcat(concat);
    else if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
      lowerBorder(insert);
    else
      lowerOutput(cast<MaterializeInDestinationOp>(op));
  }
}

namespace {
struct PlaceResultsPass : hswish::impl::PlaceResultsPassBase<PlaceResultsPass> {
  void runOnOperation() override {
    if (!getOperation().isExternal())
      for (Block &block : getOperation().getBody())
        Placer(block).run();
  }
};
} // namespace
