//===- Claims.cpp - whether what authors promise holds --------------------------===//

#include "lib/Transforms/Task/Claims.h"

#include "lib/Transforms/Task/Destinations.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

namespace {
enum class ClaimKind { parallel, noDep, manualDep, explicitOnly };

struct Claim {
  ClaimKind kind;
  Operation *op;     ///< the loop, the submission or the allocation
  int position = -1; ///< of noDep's argument
};

class Judge {
public:
  Judge(const AccessSets &sets, ArrayRef<Conflict> conflicts);
  LogicalResult judgeAll();

private:
  bool covers(const Claim &claim, const Pair &pair) const;
  bool isCovered(const Pair &pair) const;
  bool mayBeJoined(const Pair &pair) const;
  LogicalResult judge(const Claim &claim);
  void refute(const Claim &claim, const Conflict &conflict) const;
  std::string describe(const Claim &claim) const;
  std::string describe(const Pair &pair) const;

  const Statement &statementOf(unsigned access) const {
    return sets.statements[sets.accesses[access].statement];
  }

  const AccessSets &sets;
  ArrayRef<Conflict> conflicts;
  SmallVector<Claim> claims;
  /// What may have to wait whatever is claimed.
  std::vector<Pair> uncovered;
};
} // namespace

//===---------------------------------------------------------------------------===//
// What claims cover
//===---------------------------------------------------------------------------===//

bool Judge::covers(const Claim &claim, const Pair &pair) const {
  auto isOfClaim = [&](unsigned access) {
    return statementOf(access).op == claim.op && sets.accesses[access].position == claim.position;
  };
  switch (claim.kind) {
  case ClaimKind::parallel:
    return pair.isCarried &&
           sets.terms.loop(statementOf(pair.first).loops[pair.equalLoops]).op == claim.op;
  case ClaimKind::noDep:
    return isOfClaim(pair.first) || isOfClaim(pair.second);
  case ClaimKind::manualDep: {
    Value tensor = claim.op->getResult(0);
    return sets.accesses[pair.first].origins.contains(tensor) &&
           sets.accesses[pair.second].origins.contains(tensor);
  }
  case ClaimKind::explicitOnly:
    return statementOf(pair.first).op == claim.op || statementOf(pair.second).op == claim.op;
  }
  llvm_unreachable("every kind is handled");
}

/// By some claim, whichever tensors a run chooses.
bool Judge::isCovered(const Pair &pair) const {
  bool isChosen = !sets.accesses[pair.first].root || !sets.accesses[pair.second].root;
  return llvm::any_of(claims, [&](const Claim &claim) {
    return covers(claim, pair) && !(isChosen && claim.kind == ClaimKind::manualDep);
  });
}

Judge::Judge(const AccessSets &sets, ArrayRef<Conflict> conflicts)
    : sets(sets), conflicts(conflicts) {
  llvm::SetVector<Operation *> loops, allocations;
  for (const Statement &statement : sets.statements) {
    for (int loop : statement.loops)
      if (isa<ParallelOp>(sets.terms.loop(loop).op))
        loops.insert(sets.terms.loop(loop).op);
    auto submit = statement.submit();
    if (!submit)
      continue;
    for (int32_t position : submit.getNoDep())
      claims.push_back({ClaimKind::noDep, submit, position});
    if (submit.getExplicitOnly())
      claims.push_back({ClaimKind::explicitOnly, submit});
  }
  for (const Access &access : sets.accesses)
    for (Value origin : access.origins)
      if (auto alloc = origin.getDefiningOp<AllocOp>(); alloc && alloc.getManualDep())
        allocations.insert(alloc);
  for (Operation *loop : loops)
    claims.push_back({ClaimKind::parallel, loop});
  for (Operation *alloc : allocations)
    claims.push_back({ClaimKind::manualDep, alloc});

  for (const Conflict &conflict : conflicts)
    if (!isCovered(conflict.pair))
      uncovered.push_back(conflict.pair);
}

/// Whether one of `deps` may be of a task that is submitted in `loop`; null: anywhere.
static bool mayDependOnTaskIn(OperandRange deps, Operation *loop) {
  return llvm::any_of(deps, [&](Value dep) {
    if (dep.getDefiningOp<NoneOp>())
      return false;
    return !loop || !isa<IdType>(dep.getType()) ||
           loop->isAncestor(dep.getParentBlock()->getParentOp());
  });
}

/// Whether dependences that no claim covers may lead from the first task to the second. All that
/// are submitted between the two are in the loops in which the two agree, and in the one that
/// carries the pair.
bool Judge::mayBeJoined(const Pair &pair) const {
  ArrayRef<int> loops(statementOf(pair.first).loops);
  loops = loops.take_front(pair.equalLoops + pair.isCarried);
  Operation *around = loops.empty() ? nullptr : sets.terms.loop(loops.back()).op;
  auto isBetween = [&](const Statement &statement) {
    return ArrayRef<int>(statement.loops).take_front(loops.size()) == loops;
  };
  // ids may come from anywhere, and what the orchestration has waited for is over for all
  llvm::SetVector<unsigned> anyones;
  for (auto [index, statement] : llvm::enumerate(sets.statements))
    if (isBetween(statement))
      if (auto submit = statement.submit(); !submit || mayDependOnTaskIn(submit.getDeps(), around))
        anyones.insert(index);
  unsigned last = sets.accesses[pair.second].statement;
  llvm::SetVector<unsigned> reached;
  reached.insert(sets.accesses[pair.first].statement);
  reached.insert(anyones.begin(), anyones.end());
  bool isReached = anyones.contains(last);
  for (unsigned next = 0; next < reached.size() && !isReached; ++next) {
    for (const Pair &each : uncovered)
      if (sets.accesses[each.first].statement == reached[next] &&
          each.equalLoops >= pair.equalLoops && isBetween(statementOf(each.second))) {
        isReached |= sets.accesses[each.second].statement == last;
        reached.insert(sets.accesses[each.second].statement);
      }
    bool hasWaited = !sets.statements[reached[next]].submit();
    isReached |= hasWaited;
  }
  return isReached;
}

//===---------------------------------------------------------------------------===//
// Words
//===---------------------------------------------------------------------------===//

static std::string quote(StringRef name, StringRef otherwise) {
  return name.empty() ? otherwise.str() : "'" + name.str() + "'";
}

static std::string nameOf(const Statement &statement) {
  auto submit = statement.submit();
  return submit ? "task '" + submit.getKernel().str() + "'" : "a read of the orchestration";
}

std::string Judge::describe(const Claim &claim) const {
  switch (claim.kind) {
  case ClaimKind::parallel:
    return "iterations of this parallel loop to be independent";
  case ClaimKind::noDep: {
    auto submit = cast<SubmitOp>(claim.op);
    Value array = claim.position < int(submit.getInputs().size())
                      ? submit.getInputs()[claim.position]
                      : submit.getDestinations()[claim.position - submit.getInputs().size()];
    return "no dependences of task '" + submit.getKernel().str() + "' on " +
           quote(findName(array), "an argument");
  }
  case ClaimKind::manualDep:
    return "'deps' for all dependences on " +
           quote(findName(claim.op->getResult(0)), "this tensor");
  case ClaimKind::explicitOnly:
    return "'deps' for all dependences of task '" + cast<SubmitOp>(claim.op).getKernel().str() +
           "'";
  }
  llvm_unreachable("every kind is handled");
}

std::string Judge::describe(const Pair &pair) const {
  const Statement &first = statementOf(pair.first), &second = statementOf(pair.second);
  std::string text = nameOf(first);
  if (first.op != second.op)
    text += " and " + nameOf(second);
  text += pair.isCarried ? " of different iterations may" : " may";
  return text + " touch the same of " + quote(findName(sets.accesses[pair.first].root), "a tensor");
}

/// "iteration 2 of %n = 256, …", or "".
static std::string describeIterations(const AccessSets &sets, const Statement &statement,
                                      ArrayRef<int64_t> trips, ArrayRef<int64_t> variables) {
  std::string text;
  for (auto [number, trip, variable] : llvm::zip_equal(statement.loops, trips, variables)) {
    auto loop = cast<LoopLikeOpInterface>(sets.terms.loop(number).op);
    std::optional<Value> induction = loop.getSingleInductionVar();
    StringRef name = induction ? findName(*induction) : "";
    text += text.empty() ? " with " : ", ";
    text += (name.empty() ? "iteration " : name.str() + " = ") +
            std::to_string(name.empty() ? trip : variable);
  }
  return text;
}

void Judge::refute(const Claim &claim, const Conflict &conflict) const {
  const Meeting &example = *conflict.example;
  const Access &first = sets.accesses[conflict.pair.first],
               &second = sets.accesses[conflict.pair.second];
  std::string region;
  for (auto [begin, end] : llvm::zip_equal(example.begin, example.end))
    region += (region.empty() ? "" : ", ") + std::to_string(begin) + ":" + std::to_string(end);
  std::string tensor = quote(findName(first.root), "a tensor") + "[" + region + "]";
  InFlightDiagnostic error = claim.op->emitError() << "expects " << describe(claim)
                                                   << ", but got two tasks that touch " << tensor;
  for (unsigned side : {0, 1}) {
    const Access *access = side == 0 ? &first : &second;
    const Statement &statement = sets.statements[access->statement];
    error.attachNote(statement.op->getLoc())
        << nameOf(statement)
        << describeIterations(sets, statement, example.trips[side], example.variables[side])
        << (writes(access->direction) ? " writes it" : " reads it");
  }
}

//===---------------------------------------------------------------------------===//
// Verdicts
//===---------------------------------------------------------------------------===//

LogicalResult Judge::judge(const Claim &claim) {
  auto options = [](StringRef name) {
    return remark::RemarkOpts::name(name).category("task-find-dependences");
  };
  const Conflict *doubt = nullptr;
  std::string reason;
  for (const Conflict &conflict : conflicts) {
    if (!covers(claim, conflict.pair))
      continue;
    bool isAtomic = sets.accesses[conflict.pair.first].direction == Direction::inout &&
                    sets.accesses[conflict.pair.second].direction == Direction::inout;
    bool mustMeet = conflict.isCertain && !isAtomic;
    if (mustMeet && !mayBeJoined(conflict.pair)) {
      refute(claim, conflict);
      return failure();
    }
    if (doubt)
      continue;
    doubt = &conflict;
    reason = mustMeet   ? "other dependences may keep them apart"
             : isAtomic ? "both update it atomically"
                        : conflict.reason;
  }
  if (auto loop = dyn_cast<ParallelOp>(claim.op))
    loop.setVerdict(doubt ? Verdict::assumed : Verdict::proven);
  std::string text = describe(claim);
  if (!doubt)
    text = "proven: " + text;
  else
    text = "assumed: " + text + "; " + describe(doubt->pair) + ", " + reason;
  if (doubt)
    remark::missed(claim.op->getLoc(), options("AssumedClaim")) << StringRef(text);
  else
    remark::passed(claim.op->getLoc(), options("ProvenClaim")) << StringRef(text);
  return success();
}

LogicalResult Judge::judgeAll() {
  LogicalResult result = success();
  for (const Claim &claim : claims)
    if (failed(judge(claim)))
      result = failure();
  return result;
}

LogicalResult task::judgeClaims(const AccessSets &sets, ArrayRef<Conflict> conflicts) {
  return Judge(sets, conflicts).judgeAll();
}
