//===- AccessSets.cpp - what the submissions of an entry touch ------------------===//

#include "lib/Transforms/Task/AccessSets.h"

#include "lib/Transforms/Task/Aliases.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

AccessSets::AccessSets(EntryOp entry) : terms(entry) {
  for (auto program : entry->getParentOfType<ModuleOp>().getOps<AccessesOp>())
    programOf[program.getKernelAttr()] = program;
  entry.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (auto submit = dyn_cast<SubmitOp>(op))
      add(submit);
    else if (auto read = dyn_cast<ReadOp>(op); read && !terms.isStable(read.getMemref()))
      add(read);
    else if (auto distinct = dyn_cast<AssumeDistinctOp>(op))
      add(distinct);
  });
}

Statement &AccessSets::addStatement(Operation *op) {
  Statement &statement = statements.emplace_back();
  statement.op = op;
  statement.loops = terms.loopsAround(op);
  for (Operation *inner = op; !isa<EntryOp>(inner->getParentOp()); inner = inner->getParentOp())
    if (auto branch = dyn_cast<scf::IfOp>(inner->getParentOp())) {
      bool isThen = inner->getParentRegion() == &branch.getThenRegion();
      statement.guards.push_back(terms.condition(branch.getCondition(), isThen));
      statement.isGuarded = true;
    }
  return statement;
}

void AccessSets::add(ReadOp read) {
  addStatement(read);
  Access access{unsigned(statements.size() - 1)};
  for (Value index : read.getIndices()) {
    access.offsets.push_back(terms.get(index));
    access.sizes.push_back(1);
  }
  place(access, read.getMemref());
  accesses.push_back(access);
}

/// Where it is certain to be checked, it is believed; of what tasks write it reads everything.
void AccessSets::add(AssumeDistinctOp op) {
  Value array = op.getValues();
  if (!terms.isStable(array)) {
    addStatement(op);
    Access access{unsigned(statements.size() - 1)};
    place(access, array);
    accesses.push_back(access);
  } else if (isa<EntryOp>(op->getParentOp())) {
    distinct[array] = op.getIgnore() ? std::optional<int64_t>(*op.getIgnore()) : std::nullopt;
  }
}

void AccessSets::add(SubmitOp submit) {
  addStatement(submit);
  ProgramScalars &program = programs.emplace_back();
  program.submit = submit;
  program.loop = statements.back().loops.empty() ? -1 : statements.back().loops.back();
  AccessesOp accessesOp = programOf.lookup(submit.getKernelAttr());
  auto passed = llvm::to_vector(llvm::concat<Value>(submit.getInputs(), submit.getDestinations()));
  if (!accessesOp) {
    // all of every argument, as the runtime takes it
    for (auto [position, array] : llvm::enumerate(passed))
      if (isa<MemRefType>(array.getType())) {
        Access access{unsigned(statements.size() - 1), int(position), Direction::inout};
        place(access, array);
        accesses.push_back(access);
      }
    return;
  }
  Block &block = accessesOp.getBody().front();
  for (auto [argument, value] : llvm::zip_equal(block.getArguments(), passed)) {
    if (isa<MemRefType>(value.getType()))
      program.arrays[argument] = value;
    else if (value.getType().isIntOrIndex())
      program.known[argument] = terms.get(value);
  }
  Access around{unsigned(statements.size() - 1)};
  addProgram(block, program, around);
}

//===---------------------------------------------------------------------------===//
// Region programs
//===---------------------------------------------------------------------------===//

void AccessSets::addProgram(Block &block, ProgramScalars &program, Access &around) {
  for (Operation &op : block) {
    Access inside = around;
    if (auto access = dyn_cast<AccessOp>(op)) {
      addRectangle(access, program, inside);
    } else if (auto branch = dyn_cast<scf::IfOp>(op)) {
      for (Region &region : branch->getRegions()) {
        if (region.empty())
          continue;
        inside = around;
        bool isThen = &region == &branch.getThenRegion();
        inside.guards.push_back(terms.condition(branch.getCondition(), isThen, &program));
        addProgram(region.front(), program, inside);
      }
    } else if (auto loop = dyn_cast<LoopLikeOpInterface>(op)) {
      // of a loop whose variable is not known, no iteration may be there
      Conjunction range = terms.enterLocalLoop(loop, program);
      inside.isExact &= range.size() > 1;
      inside.loops.push_back({range.front().term.terms.front().first, inside.guards.size()});
      inside.guards.push_back({{range}});
      addProgram(loop->getRegion(0).front(), program, inside);
    }
  }
}

void AccessSets::addRectangle(AccessOp op, ProgramScalars &program, Access access) {
  access.direction = op.getDirection();
  access.isExact &= !op.getApproximate();
  access.position = cast<BlockArgument>(op.getTarget()).getArgNumber();
  for (auto [offset, size] : llvm::zip_equal(op.getOffsets(), op.getSizes())) {
    access.offsets.push_back(terms.get(offset, &program));
    access.sizes.push_back(terms.get(size, &program));
  }
  place(access, program.arrays.lookup(op.getTarget()));
  accesses.push_back(access);
}

//===---------------------------------------------------------------------------===//
// Views
//===---------------------------------------------------------------------------===//

/// Turns offsets in `array` into offsets in the tensor it is a view of.
void AccessSets::place(Access &access, Value array) {
  bool isKnown = !access.offsets.empty();
  auto asTerm = [&](OpFoldResult value) {
    auto constant = getConstantIntValue(value);
    return constant ? Linear(*constant) : terms.get(cast<Value>(value));
  };
  while (Operation *op = array.getDefiningOp()) {
    if (auto cast = dyn_cast<memref::CastOp>(op)) {
      array = cast.getSource();
    } else if (auto view = dyn_cast<memref::SubViewOp>(op)) {
      array = view.getSource();
      isKnown &= llvm::all_of(view.getMixedStrides(),
                              [](OpFoldResult stride) { return getConstantIntValue(stride) == 1; });
      if (!isKnown)
        continue;
      SmallVector<Linear> offsets, sizes;
      llvm::SmallBitVector dropped = view.getDroppedDims();
      unsigned own = 0;
      for (auto [dim, offset] : llvm::enumerate(view.getMixedOffsets())) {
        bool isDropped = dropped[dim];
        offsets.push_back(asTerm(offset) + (isDropped ? Linear(0) : access.offsets[own]));
        sizes.push_back(isDropped ? Linear(1) : access.sizes[own]);
        own += !isDropped;
      }
      access.offsets = offsets;
      access.sizes = sizes;
    } else if (auto view = dyn_cast<ViewLikeOpInterface>(op)) {
      array = view.getViewSource();
      isKnown = false;
    } else {
      break;
    }
  }
  bool isTensor = isa<BlockArgument>(array)
                      ? isa<EntryOp>(cast<BlockArgument>(array).getOwner()->getParentOp())
                      : isa<AllocOp>(array.getDefiningOp());
  access.root = isTensor ? array : Value();
  access.origins = findOrigins(array);
  if (isKnown && isTensor) {
    for (auto [dim, size] : llvm::enumerate(access.sizes))
      access.isWhole.push_back(access.offsets[dim] == 0 && size == terms.extent(array, dim));
    return;
  }
  access.isExact = false;
  access.offsets.clear();
  access.sizes.clear();
}
