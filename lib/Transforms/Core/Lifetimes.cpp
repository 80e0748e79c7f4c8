//===- Lifetimes.cpp - when the contents of buffers matter -----------------------------===//
//
// Backwards through a program: contents matter where a later access reads them before all of them
// are written anew, around loops as well, and only once there are any.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Core/Lifetimes.h"
#include "lib/Transforms/Core/Views.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tilework::core;

static constexpr int64_t kFractalRows = 16, kBlockBytes = 32;

static int64_t getSizeBytes(Space space, ArrayRef<int64_t> shape, Type element, int64_t slots) {
  int64_t elementBytes =
      element.isIndex() ? 8 : llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
  if (space == Space::ub || shape.size() != 2) {
    int64_t bytes = elementBytes;
    for (int64_t size : shape)
      bytes *= size;
    return llvm::alignTo(bytes * slots, kBlockBytes);
  }
  return slots * llvm::alignTo(shape[0], kFractalRows) *
         llvm::alignTo(shape[1] * elementBytes, kBlockBytes);
}

int64_t tilework::core::getSizeBytes(Space space, ArrayRef<int64_t> shape, Type element) {
  return ::getSizeBytes(space, shape, element, /*slots=*/1);
}

int64_t tilework::core::getSizeBytes(BufferOp buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  ArrayRef<int64_t> shape = type.getShape().drop_front(buffer.getSlots() ? 1 : 0);
  return ::getSizeBytes(*getSpace(type), shape, type.getElementType(),
                        buffer.getSlots().value_or(1));
}

Positions tilework::core::getPositions(Operation *program) {
  Positions positions;
  program->walk([&](Operation *op, const WalkStage &stage) {
    if (stage.isBeforeAllRegions())
      positions.starts[op] = positions.count++;
    if (stage.isAfterAllRegions())
      positions.ends[op] = op->getNumRegions() ? positions.count++ : positions.starts[op];
  });
  return positions;
}

static Value getSource(Operation *view) {
  if (auto permuted = dyn_cast<memref::TransposeOp>(view))
    return permuted.getIn();
  return cast<ViewLikeOpInterface>(view).getViewSource();
}

static Operation *getView(Value buffer) {
  Operation *op = buffer.getDefiningOp();
  return isa_and_nonnull<ViewLikeOpInterface, memref::TransposeOp>(op) ? op : nullptr;
}

static bool isPartOf(Value view, Value buffer) {
  while (view != buffer) {
    Operation *op = getView(view);
    if (!op)
      return false;
    view = getSource(op);
  }
  return true;
}

/// The largest buffer of which `view` shows every element.
static Value getWhole(Value view) {
  while (Operation *op = getView(view)) {
    auto type = cast<MemRefType>(view.getType());
    auto source = cast<MemRefType>(getSource(op).getType());
    bool isSamePart = isa<memref::CastOp, memref::ExpandShapeOp, memref::CollapseShapeOp>(op);
    if (!isSamePart &&
        !(isa<memref::SubViewOp>(op) && type.hasStaticShape() && source.hasStaticShape() &&
          type.getNumElements() == source.getNumElements()))
      break;
    view = getSource(op);
  }
  return view;
}

/// The loop whose first iteration `condition` holds in, if it says that.
static Operation *getFirstIterationOf(Value condition) {
  auto compare = condition.getDefiningOp<arith::CmpIOp>();
  auto iv = compare ? dyn_cast<BlockArgument>(compare.getLhs()) : BlockArgument();
  auto loop = iv ? dyn_cast<LoopLikeOpInterface>(iv.getOwner()->getParentOp()) : nullptr;
  if (!loop || compare.getPredicate() != arith::CmpIPredicate::eq ||
      loop.getSingleInductionVar() != Value(iv))
    return nullptr;
  OpFoldResult lower = *loop.getSingleLowerBound();
  return isEqualConstantIntOrValue(lower, compare.getRhs()) ? loop.getOperation() : nullptr;
}

static bool runs(LoopLikeOpInterface loop) {
  std::optional<OpFoldResult> lower = loop.getSingleLowerBound(),
                              upper = loop.getSingleUpperBound();
  if (!lower || !upper)
    return false;
  std::optional<int64_t> first = getConstantIntValue(*lower), end = getConstantIntValue(*upper);
  return first && end && *first < *end;
}

namespace {
/// Views, buffers among them, whose elements a later access reads. Of a view that is made later,
/// the buffer it is made of.
using Live = llvm::SetVector<Value>;

/// An access, and whether it makes all elements of its view anew.
struct Access : OperandAccess {
  bool fills;
};

class Liveness {
public:
  explicit Liveness(Operation *program) : program(program), positions(getPositions(program)) {}
  SmallVector<Lifetime> run();

private:
  void findAccesses();
  void coverRotation(SlotOp slot);

  SmallVector<Access> getAccesses(Operation *op);
  bool startsSum(MmadOp product);
  bool isTrue(Value condition);
  void visitBlock(Block &block, Live &live);
  void visitOp(Operation *op, Live &live);
  void visitLoop(LoopLikeOpInterface loop, Live &live);
  void visitWhile(scf::WhileOp loop, Live &live);

  void cover(Lifetime &lifetime, int64_t begin, int64_t end) {
    bool isEmpty = lifetime.begin == lifetime.end;
    lifetime.begin = isEmpty ? begin : std::min(lifetime.begin, begin);
    lifetime.end = std::max(lifetime.end, end);
  }
  void touch(Value view, int64_t position);
  void keep(const Live &live, int64_t position);
  Lifetime *find(Value view);

  Operation *program;
  Positions positions;
  DenseMap<Operation *, int64_t> &starts = positions.starts, &ends = positions.ends;
  SmallVector<Lifetime> lifetimes;
  DenseMap<Value, unsigned> indices;
  DenseSet<Operation *> firstIterations; ///< of these loops: where the visit is
  SmallVector<int64_t> filled;           ///< by buffer: from where on it may hold something
};
} // namespace

Lifetime *Liveness::find(Value view) {
  while (Operation *op = getView(view))
    view = getSource(op);
  auto found = indices.find(view);
  return found == indices.end() ? nullptr : &lifetimes[found->second];
}

void Liveness::touch(Value view, int64_t position) {
  if (Lifetime *lifetime = find(view))
    cover(*lifetime, position, position + 1);
}

void Liveness::keep(const Live &live, int64_t position) {
  for (Value view : live)
    if (Lifetime *lifetime = find(view))
      if (position > filled[lifetime - lifetimes.begin()])
        cover(*lifetime, position, position + 1);
}

/// The iterations of a rotation fill the next slots while this one is used. The slots of a channel
/// are filled by another core, which begins when the program does and goes on while tiles are
/// taken.
void Liveness::coverRotation(SlotOp slot) {
  Lifetime *lifetime = find(slot.getBuffer());
  if (!lifetime || slot->use_empty())
    return;
  if (auto turn = slot.getIndex().getDefiningOp<TurnOp>()) {
    Operation *loop = cast<BlockArgument>(turn.getIv()).getOwner()->getParentOp();
    cover(*lifetime, starts[loop], ends[loop] + 1);
  }
  if (!slot.getIndex().getDefiningOp<HeadOp>())
    return;
  Operation *last = slot;
  for (Operation *op = slot; op != program; op = op->getParentOp())
    if (isa<LoopLikeOpInterface>(op))
      last = op;
  cover(*lifetime, 0, ends[last] + 1);
}

/// Each access needs its buffer. The first write fills it, and what is before that write in its
/// loops follows on it.
void Liveness::findAccesses() {
  program->walk([&](BufferOp buffer) {
    indices[buffer] = lifetimes.size();
    lifetimes.push_back({buffer});
    filled.push_back(std::numeric_limits<int64_t>::max());
  });
  program->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (auto slot = dyn_cast<SlotOp>(op))
      coverRotation(slot);
    if (op->getNumRegions() || isa<ViewLikeOpInterface, memref::TransposeOp>(op))
      return;
    for (const Access &access : getAccesses(op)) {
      touch(access.view, starts[op]);
      Lifetime *lifetime = find(access.view);
      if (!lifetime || !access.writes)
        continue;
      int64_t position = starts[op];
      for (Operation *parent = op->getParentOp(); parent != program; parent = parent->getParentOp())
        if (isa<LoopLikeOpInterface>(parent))
          position = starts[parent] - 1;
      int64_t &from = filled[lifetime - lifetimes.begin()];
      from = std::min(from, position);
    }
  });
}

bool Liveness::isTrue(Value condition) {
  if (auto both = condition.getDefiningOp<arith::AndIOp>())
    return isTrue(both.getLhs()) && isTrue(both.getRhs());
  return getConstantIntValue(condition).value_or(0) ||
         firstIterations.contains(getFirstIterationOf(condition));
}

/// Whether a product surely starts all of its accumulator.
bool Liveness::startsSum(MmadOp product) {
  if (!product.getInit() || !isTrue(product.getInit()))
    return false;
  if (product.getSizes().empty())
    return true;
  auto shape = cast<MemRefType>(product.getAccumulator().getType()).getShape();
  SmallVector<OpFoldResult> extents = getAsIndexOpFoldResult(product.getContext(), shape);
  if (auto part = product.getAccumulator().getDefiningOp<memref::SubViewOp>())
    if (part.getMixedSizes().size() == extents.size())
      extents = part.getMixedSizes();
  return isEqualConstantIntOrValue(product.getSizes()[0], extents[0]) &&
         isEqualConstantIntOrValue(product.getSizes()[2], extents[1]);
}

SmallVector<Access> Liveness::getAccesses(Operation *op) {
  SmallVector<Access> accesses;
  for (OperandAccess operand : tilework::core::getAccesses(op)) {
    if (auto product = dyn_cast<MmadOp>(op); product && operand.writes && startsSum(product))
      operand.reads = false;
    accesses.push_back({operand, operand.writes && !operand.reads});
  }
  return accesses;
}

void Liveness::visitBlock(Block &block, Live &live) {
  for (Operation &op : llvm::reverse(block))
    visitOp(&op, live);
}

void Liveness::visitOp(Operation *op, Live &live) {
  if (op->getNumRegions()) {
    keep(live, ends[op]);
    if (auto whileLoop = dyn_cast<scf::WhileOp>(op)) {
      visitWhile(whileLoop, live);
    } else if (auto loop = dyn_cast<LoopLikeOpInterface>(op)) {
      visitLoop(loop, live);
    } else {
      Live before;
      for (Region &region : op->getRegions()) {
        Live branch = live;
        if (!region.empty())
          visitBlock(region.front(), branch);
        before.insert(branch.begin(), branch.end());
      }
      live = std::move(before);
    }
  } else if (isa<ViewLikeOpInterface, memref::TransposeOp>(op)) {
    if (live.remove(op->getResult(0)))
      live.insert(getSource(op));
  } else {
    SmallVector<Access> accesses = getAccesses(op);
    for (const Access &access : accesses)
      if (access.fills) {
        Value whole = getWhole(access.view);
        live.remove_if([&](Value view) { return isPartOf(view, whole); });
      }
    for (const Access &access : accesses)
      if (access.reads)
        live.insert(access.view);
  }
  keep(live, starts[op]);
}

/// After an iteration stands another one or the end; the first one may start sums.
void Liveness::visitLoop(LoopLikeOpInterface loop, Live &live) {
  Block &body = loop.getLoopRegions().front()->front();
  Live next, after;
  do {
    after = live;
    after.insert(next.begin(), next.end());
    next = after;
    visitBlock(body, next);
  } while (!llvm::all_of(next, [&](Value view) { return after.contains(view); }));
  keep(next, starts[loop]);
  keep(next, ends[loop]);
  firstIterations.insert(loop);
  visitBlock(body, after);
  firstIterations.erase(loop);
  if (runs(loop))
    live.clear();
  live.insert(after.begin(), after.end());
}

void Liveness::visitWhile(scf::WhileOp loop, Live &live) {
  Live before;
  size_t size;
  do {
    size = before.size();
    Live decision = before;
    visitBlock(*loop.getAfterBody(), decision);
    decision.insert(live.begin(), live.end());
    visitBlock(*loop.getBeforeBody(), decision);
    before.insert(decision.begin(), decision.end());
  } while (before.size() != size);
  keep(before, ends[loop]);
  live = std::move(before);
}

SmallVector<Lifetime> Liveness::run() {
  findAccesses();
  Live live;
  visitBlock(program->getRegion(0).front(), live);
  return std::move(lifetimes);
}

SmallVector<Lifetime> tilework::core::getLifetimes(Operation *program) {
  return Liveness(program).run();
}
