//===- AccessSetsTest.cpp - what submissions touch, and which meet --------------===//
//
// Small entries are gone through on all of some small data. In each iteration the sets say that a
// task runs, and what it touches, exactly where it does; and accesses that are not reported to meet
// never do, those that are do for some of the data. Terms that are said to differ by a constant do,
// and what a plan says of tokens is complete and true of every run.
//
//===------------------------------------------------------------------------===//

#include "lib/Transforms/Task/Instances.h"
#include "lib/Transforms/Task/SplitTurns.h"
#include "lib/Transforms/Task/TermValues.h"
#include "test/Transforms/EntryRun.h"

#include "lib/Pipelines/Register.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

namespace {
constexpr int64_t kMostTrips = 6; ///< of a loop of these entries

/// Kernels of one rectangle, from %i, %n long.
constexpr const char *kKernels = R"(
task.kernel @write core_group split(automatic) (in %i: index, in %n: index, out %y: memref<?xf32>) {
  task.return
}
task.accesses @write_accesses of @write (in %i: index, in %n: index, out %y: memref<?xf32>) {
  task.access out %y[%i] [%n] : memref<?xf32>
  task.return
}
task.kernel @read core_group split(automatic) (in %y: memref<?xf32>, in %i: index, in %n: index) {
  task.return
}
task.accesses @read_accesses of @read (in %y: memref<?xf32>, in %i: index, in %n: index) {
  task.access in %y[%i] [%n] : memref<?xf32>
  task.return
}
)";

constexpr const char *kConstants = R"(
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c5 = arith.constant 5 : index
  %c10 = arith.constant 10 : index
)";

std::vector<Data> oneRun() {
  return {Data()};
}

/// All scalars `argument` from `first` to `last`.
std::vector<Data> scalars(std::vector<Data> all, unsigned argument, int64_t first, int64_t last) {
  std::vector<Data> more;
  for (const Data &data : all)
    for (int64_t value = first; value <= last; ++value) {
      more.push_back(data);
      more.back().scalars[argument] = more.back().extents[argument] = value;
    }
  return more;
}

/// All arrays `argument` of so many elements from `first` to `last`.
std::vector<Data> arrays(std::vector<Data> all, unsigned argument, size_t count, int64_t first,
                         int64_t last) {
  for (size_t i = 0; i < count; ++i) {
    std::vector<Data> more;
    for (const Data &data : all)
      for (int64_t value = first; value <= last; ++value) {
        more.push_back(data);
        more.back().arrays[argument].push_back(value);
      }
    all = more;
  }
  return all;
}

using PairKey = std::tuple<unsigned, unsigned, unsigned, bool>;

/// An access as the sets say a task touches it.
struct Touched {
  unsigned access;
  Rectangle rectangle;
};

/// What a term is more than its value over symbols, which is a number of the run.
struct Rest {
  std::vector<int64_t> symbols; ///< of the sum, without its constant
  Numbers iteration;            ///< of loops of unknown trips
  int64_t value;
};

/// The sets of an entry in one run.
class Sets {
public:
  Sets(const AccessSets &sets, const Data &data, const EntryRun &run)
      : sets(sets), data(data), run(run), values(sets.terms) {}

  /// What a statement touches in the iteration `trips`; nothing at all where it does not run.
  std::optional<std::vector<Touched>> at(unsigned statement, const Numbers &trips);

  std::set<unsigned> empty; ///< accesses of which a task touches nothing
  std::vector<Rest> rests;

private:
  void note(const Linear &term, ArrayRef<int> loops);
  int64_t valueOf(unsigned index);
  int64_t evaluate(const Linear &term) {
    return term.evaluate([&](unsigned index) { return valueOf(index); });
  }
  bool evaluate(const Formula &formula) {
    return llvm::any_of(formula.alternatives, [&](const Conjunction &conjunction) {
      return llvm::all_of(conjunction, [&](const Constraint &each) {
        return each.isEquality ? evaluate(each.term) == 0 : evaluate(each.term) >= 0;
      });
    });
  }
  void touch(unsigned access, unsigned loop, std::vector<Touched> &touched);

  const AccessSets &sets;
  const Data &data;
  const EntryRun &run;
  TermValues values;
  Numbers around;
  std::map<unsigned, int64_t> trips;
};

void Sets::note(const Linear &term, ArrayRef<int> loops) {
  std::optional<Linear> sum = values(term);
  ASSERT_TRUE(sum);
  Rest rest;
  encode(*sum - sum->constant, rest.symbols);
  for (auto [loop, trip] : llvm::zip_equal(loops, around))
    if (values.isGeneric(loop))
      rest.iteration.push_back(trip);
  rest.value = evaluate(term) - sum->constant;
  rests.push_back(rest);
}

int64_t Sets::valueOf(unsigned index) {
  const Variable &variable = sets.terms.variable(index);
  switch (variable.kind) {
  case VariableKind::trip:
    return trips.at(index);
  case VariableKind::quotient:
    return llvm::divideFloorSigned(evaluate(variable.lhs), variable.divisor);
  case VariableKind::minimum:
    return std::min(evaluate(variable.lhs), evaluate(variable.rhs));
  case VariableKind::maximum:
    return std::max(evaluate(variable.lhs), evaluate(variable.rhs));
  case VariableKind::choice: {
    EXPECT_NE(evaluate(variable.condition), evaluate(variable.otherwise));
    return evaluate(evaluate(variable.condition) ? variable.lhs : variable.rhs);
  }
  case VariableKind::element: {
    unsigned argument = cast<BlockArgument>(variable.value).getArgNumber();
    const std::vector<int64_t> &elements = data.arrays.at(argument);
    int64_t at = evaluate(variable.indices.front());
    return at >= 0 && at < int64_t(elements.size()) ? elements[at] : 0;
  }
  case VariableKind::opaque:
    break;
  }
  if (auto argument = dyn_cast<BlockArgument>(variable.value);
      argument && isa<EntryOp>(argument.getOwner()->getParentOp()))
    return isa<MemRefType>(argument.getType()) ? data.extents.at(argument.getArgNumber())
                                               : data.scalars.at(argument.getArgNumber());
  // a value of the orchestration is what it is in this iteration, 0 where it is not come to
  size_t loops = 0;
  for (Operation *op = variable.value.getDefiningOp(); (op = op->getParentOp());)
    loops += isa<LoopLikeOpInterface>(op);
  auto it = run.values.find(
      {variable.value.getAsOpaquePointer(), Numbers(around.begin(), around.begin() + loops)});
  return it == run.values.end() ? 0 : it->second;
}

void Sets::touch(unsigned number, unsigned loop, std::vector<Touched> &touched) {
  const Access &access = sets.accesses[number];
  if (loop < access.loops.size()) {
    auto [trip, guard] = access.loops[loop];
    for (trips[trip] = 0; evaluate(access.guards[guard]); ++trips[trip]) {
      values.setLocal(trip, trips[trip]);
      touch(number, loop + 1, touched);
    }
    return;
  }
  if (!llvm::all_of(access.guards, [&](const Formula &guard) { return evaluate(guard); }))
    return;
  Tensor tensor{access.root.getAsOpaquePointer(), {}};
  if (Operation *alloc = access.root.getDefiningOp())
    for (auto [number, trip] : llvm::zip(sets.statements[access.statement].loops, around))
      if (sets.terms.loop(number).op->isProperAncestor(alloc))
        tensor.trips.push_back(trip);
  Rectangle rectangle{
      access.position, reads(access.direction), writes(access.direction), tensor, {}, {}};
  for (auto [offset, size] : llvm::zip_equal(access.offsets, access.sizes)) {
    note(offset, sets.statements[access.statement].loops);
    note(size, sets.statements[access.statement].loops);
    rectangle.begin.push_back(evaluate(offset));
    rectangle.end.push_back(evaluate(offset) + evaluate(size));
    if (rectangle.end.back() <= rectangle.begin.back()) {
      empty.insert(number);
      return;
    }
  }
  touched.push_back({number, rectangle});
}

std::optional<std::vector<Touched>> Sets::at(unsigned number, const Numbers &iteration) {
  const Statement &statement = sets.statements[number];
  around = iteration;
  for (auto [loop, trip] : llvm::zip_equal(statement.loops, iteration))
    trips[sets.terms.loop(loop).trip] = trip;
  for (int number : statement.loops) {
    const Loop &loop = sets.terms.loop(number);
    EXPECT_TRUE(loop.isCounted);
    if (evaluate(loop.lower) + trips[loop.trip] * loop.step >= evaluate(loop.upper))
      return std::nullopt;
  }
  for (const Formula &guard : statement.guards)
    if (!evaluate(guard))
      return std::nullopt;
  for (auto [loop, trip] : llvm::zip_equal(statement.loops, iteration))
    values.enter(loop, values.isGeneric(loop) ? 0 : trip);
  std::vector<Touched> touched;
  for (unsigned access = 0; access < sets.accesses.size(); ++access)
    if (sets.accesses[access].statement == number)
      touch(access, 0, touched);
  for (int loop : llvm::reverse(statement.loops))
    values.leave(loop);
  return touched;
}

class AccessSetsTest : public ::testing::Test {
protected:
  AccessSetsTest() {
    DialectRegistry registry;
    registry.insert<affine::AffineDialect, arith::ArithDialect, memref::MemRefDialect,
                    scf::SCFDialect>();
    tilework::registerAllDialects(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  void judge(const std::string &signature, const std::string &body, const std::vector<Data> &runs,
             const std::string &more = "");
  void judge(EntryOp entry, const std::vector<Data> &runs);
  /// Splits turns of which places are told; the tasks of all runs stay what they are.
  void judgeTurns(EntryOp entry, const std::vector<Data> &runs);

  /// The order that the plan of the entry says is the run's.
  void comparePlan(const AccessSets &sets, const Data &data, EntryOp entry);

  /// The sets of a run are those of the run; adds the pairs that meet in it, and what is empty.
  void compare(const AccessSets &sets, const Data &data, EntryOp entry, std::set<PairKey> &met,
               std::set<unsigned> &empty);

  MLIRContext context;
  tokens::Plan plan;
  bool turns = false; ///< are split
};

/// Of sums over the same symbols, in the same iterations of as many loops of unknown trips as are
/// around both, the rests are equal.
void compareRests(const std::vector<Rest> &rests) {
  for (const Rest &a : rests)
    for (const Rest &b : rests) {
      auto isElsewhere = [](auto trips) { return std::get<0>(trips) != std::get<1>(trips); };
      if (a.symbols != b.symbols || llvm::any_of(llvm::zip(a.iteration, b.iteration), isElsewhere))
        continue;
      ASSERT_EQ(a.value, b.value) << "sums over the same symbols differ";
    }
}

void AccessSetsTest::compare(const AccessSets &sets, const Data &data, EntryOp entry,
                             std::set<PairKey> &met, std::set<unsigned> &empty) {
  EntryRun run(entry, data);
  Sets evaluated(sets, data, run);
  std::map<std::pair<unsigned, Numbers>, std::vector<Touched>> touchedBy;
  for (auto [number, statement] : llvm::enumerate(sets.statements)) {
    size_t loops = statement.loops.size(), count = 1;
    for (size_t i = 0; i < loops; ++i)
      count *= kMostTrips;
    for (size_t at = 0; at < count; ++at) {
      Numbers trips(loops);
      for (size_t i = loops, rest = at; i-- > 0; rest /= kMostTrips)
        trips[i] = int64_t(rest % kMostTrips);
      if (auto touched = evaluated.at(number, trips))
        touchedBy[{number, trips}] = std::move(*touched);
    }
  }
  empty.insert(evaluated.empty.begin(), evaluated.empty.end());
  compareRests(evaluated.rests);
  ASSERT_EQ(touchedBy.size(), run.tasks.size()) << "the sets' tasks are not those of the run";
  struct Instance {
    unsigned statement;
    Numbers trips;
  };
  std::vector<Instance> instances;
  for (RunTask &task : run.tasks) {
    auto statement = llvm::find_if(sets.statements,
                                   [&](const Statement &each) { return each.op == task.submit; });
    unsigned number = statement - sets.statements.begin();
    auto it = touchedBy.find({number, task.trips});
    ASSERT_NE(it, touchedBy.end()) << "a task of the run is not in the sets";
    std::vector<Rectangle> said;
    for (const Touched &each : it->second)
      said.push_back(each.rectangle);
    llvm::sort(said);
    llvm::sort(task.rectangles);
    ASSERT_TRUE(said == task.rectangles) << "a task of the run touches what the sets do not say";
    instances.push_back({number, task.trips});
  }
  for (size_t b = 0; b < instances.size(); ++b)
    for (size_t a = 0; a < b; ++a) {
      const Instance &x = instances[a], &y = instances[b];
      const auto &loops = sets.statements[x.statement].loops;
      const auto &others = sets.statements[y.statement].loops;
      unsigned equal = 0;
      bool isCarried = false;
      while (equal < loops.size() && equal < others.size() && loops[equal] == others[equal]) {
        if ((isCarried = x.trips[equal] != y.trips[equal]))
          break;
        ++equal;
      }
      for (const Touched &from : touchedBy.at({x.statement, x.trips}))
        for (const Touched &to : touchedBy.at({y.statement, y.trips})) {
          bool doMeet = from.rectangle.tensor == to.rectangle.tensor &&
                        (from.rectangle.writes || to.rectangle.writes);
          for (size_t dim = 0; doMeet && dim < from.rectangle.begin.size(); ++dim)
            doMeet = from.rectangle.begin[dim] < to.rectangle.end[dim] &&
                     to.rectangle.begin[dim] < from.rectangle.end[dim];
          if (doMeet)
            met.insert({from.access, to.access, equal, isCarried});
        }
    }
}

void AccessSetsTest::comparePlan(const AccessSets &sets, const Data &data, EntryOp entry) {
  ArgumentNumbers numbers(sets);
  tokens::Problem problem;
  for (const Statement &statement : sets.statements)
    problem.statements.push_back({{statement.loops.begin(), statement.loops.end()}});
  problem.arguments = numbers.count;
  problem.isKnown.assign(numbers.count, true);
  std::map<Tensor, int> tensors;
  for (const RunTask &task : EntryRun(entry, data).tasks) {
    unsigned statement = 0;
    while (sets.statements[statement].op != task.submit)
      ++statement;
    tokens::Instance instance{int(statement), task.trips, {}, {}};
    for (const Rectangle &each : task.rectangles)
      instance.touches.push_back({0,
                                  numbers.of(statement, each.position),
                                  tensors.insert({each.tensor, int(tensors.size())}).first->second,
                                  each.reads,
                                  each.writes,
                                  each.begin,
                                  each.end,
                                  {}});
    problem.instances.push_back(instance);
  }
  ASSERT_EQ(tokens::check(problem, plan), "");
}

void AccessSetsTest::judge(const std::string &signature, const std::string &body,
                           const std::vector<Data> &runs, const std::string &more) {
  std::string text = kKernels + more + "task.entry @entry(" + signature + ") {" + kConstants +
                     body + "\n  task.return\n}";
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  ASSERT_TRUE(module);
  EntryOp entry = *module->getOps<EntryOp>().begin();
  judge(entry, runs);
  if (!HasFailure())
    judgeTurns(entry, runs);
}

void AccessSetsTest::judge(EntryOp entry, const std::vector<Data> &runs) {
  AccessSets sets(entry);
  std::vector<Conflict> conflicts = findConflicts(sets);
  tokens::Problem problem = enumerateInstances(sets, conflicts, ArgumentNumbers(sets));
  plan = tokens::plan(problem);
  EXPECT_EQ(tokens::check(problem, plan), "");
  std::set<PairKey> met, said;
  std::set<unsigned> empty;
  for (const Data &data : runs) {
    compare(sets, data, entry, met, empty);
    comparePlan(sets, data, entry);
    if (HasFatalFailure())
      return;
  }
  for (const Conflict &conflict : conflicts) {
    EXPECT_NE(conflict.answer, Answer::unknown);
    auto [first, second, equal, isCarried] = conflict.pair;
    said.insert({first, second, equal, isCarried});
  }
  EXPECT_EQ(said, met) << "(first and second access, equal loops, whether the next one carries)";
  for (unsigned access = 0; access < sets.accesses.size(); ++access) {
    EXPECT_TRUE(sets.accesses[access].isMapped());
    EXPECT_EQ(mayBeEmpty(sets, access), empty.count(access) != 0) << "access " << access;
  }
}

void AccessSetsTest::judgeTurns(EntryOp entry, const std::vector<Data> &runs) {
  auto tasksOf = [&](const Data &data) {
    std::vector<std::pair<Operation *, std::vector<Rectangle>>> tasks;
    for (const RunTask &task : EntryRun(entry, data).tasks)
      tasks.push_back({task.submit, task.rectangles});
    return tasks;
  };
  auto before = llvm::map_to_vector(runs, tasksOf);
  AccessSets sets(entry);
  SmallVector<unsigned> all = llvm::to_vector(llvm::seq<unsigned>(0, sets.accesses.size()));
  SmallVector<Turn> found = findTurns(sets, all);
  if (found.empty())
    return;
  llvm::for_each(found, splitTurn);
  ASSERT_TRUE(succeeded(verify(entry)));
  for (auto [data, tasks] : llvm::zip_equal(runs, before))
    ASSERT_TRUE(tasksOf(data) == tasks) << "turns are other tasks";
  judge(entry, runs);
  turns = true;
}
} // namespace

TEST_F(AccessSetsTest, KnowStrides) {
  judge("out %y: memref<?xf32>", R"(
  scf.for %i = %c0 to %c10 step %c2 {
    task.submit @write ins(%i, %c2 : index, index) outs(%y : memref<?xf32>)
  }
  scf.for %i = %c1 to %c4 step %c1 {
    %at = arith.muli %i, %c5 : index
    task.submit @read ins(%y, %at, %c1 : memref<?xf32>, index, index)
    scf.for %j = %i to %c4 step %c2 {
      %sum = arith.addi %at, %j : index
      task.submit @write ins(%sum, %c3 : index, index) outs(%y : memref<?xf32>)
    }
  })",
        oneRun());
}

TEST_F(AccessSetsTest, KnowQuotientsAndRests) {
  judge("out %y: memref<?xf32>", R"(
  scf.for %i = %c0 to %c5 step %c1 {
    %q = arith.floordivsi %i, %c2 : index
    %f = arith.muli %q, %c2 : index
    %r = arith.subi %i, %f : index
    %m = arith.muli %r, %c3 : index
    %n = arith.addi %m, %q : index
    task.submit @write ins(%n, %c1 : index, index) outs(%y : memref<?xf32>)
    %up = arith.ceildivsi %i, %c2 : index
    %mod = affine.apply affine_map<(d0) -> (d0 mod 3 + d0 floordiv 3 * 4)>(%i)
    task.submit @read ins(%y, %up, %c1 : memref<?xf32>, index, index)
    task.submit @read ins(%y, %mod, %c1 : memref<?xf32>, index, index)
  })",
        oneRun());
}

/// The last tile is as wide as what is left, of any number.
TEST_F(AccessSetsTest, KnowWhatIsLeft) {
  judge("in %n: index, out %y: memref<?xf32>", R"(
  scf.for %i = %c0 to %n step %c4 {
    %size = affine.min affine_map<(d0)[s0] -> (4, s0 - d0)>(%i)[%n]
    task.submit @write ins(%i, %size : index, index) outs(%y : memref<?xf32>)
    %rest = arith.subi %n, %i : index
    %same = arith.minsi %rest, %c4 : index
    %most = arith.maxsi %same, %c3 : index
    task.submit @read ins(%y, %i, %same : memref<?xf32>, index, index)
    task.submit @read ins(%y, %n, %most : memref<?xf32>, index, index)
  })",
        scalars(oneRun(), 0, -1, 11));
}

TEST_F(AccessSetsTest, KnowExtentsOfArguments) {
  judge("out %y: memref<?xf32>", R"(
  %n = memref.dim %y, %c0 : memref<?xf32>
  %end = arith.subi %n, %c1 : index
  task.parallel %i = %c0 to %n step %c1 {
    task.submit @write ins(%i, %c1 : index, index) outs(%y : memref<?xf32>)
    %back = arith.subi %end, %i : index
    task.submit @read ins(%y, %back, %c1 : memref<?xf32>, index, index)
    task.yield
  })",
        scalars(oneRun(), 0, 0, 5));
}

TEST_F(AccessSetsTest, KnowConditions) {
  judge("in %n: index, in %m: index, out %y: memref<?xf32>", R"(
  scf.for %i = %c0 to %c3 step %c1 {
    %some = arith.cmpi sgt, %n, %i : index
    %equal = arith.cmpi eq, %m, %i : index
    %both = arith.andi %some, %equal : i1
    scf.if %both {
      task.submit @write ins(%i, %c1 : index, index) outs(%y : memref<?xf32>)
    } else {
      task.submit @write ins(%c10, %c1 : index, index) outs(%y : memref<?xf32>)
      scf.if %some {
        task.submit @read ins(%y, %m, %c1 : memref<?xf32>, index, index)
      }
    }
    %true = arith.constant true
    %not = arith.xori %some, %true : i1
    %either = arith.ori %not, %equal : i1
    scf.if %either {
      %where = arith.select %some, %m, %c2 : index
      task.submit @read ins(%y, %where, %c2 : memref<?xf32>, index, index)
    }
  })",
        scalars(scalars(oneRun(), 0, -1, 4), 1, -1, 10));
}

namespace {
/// Rows at elements of a table; `check` is what is promised of it.
std::string rowsOfTable(const std::string &check) {
  return check + R"(
  scf.for %i = %c0 to %c3 step %c1 {
    %e = task.read %table[%i] : memref<3xi32>
    %row = arith.index_cast %e : i32 to index
    %used = arith.cmpi sge, %row, %c0 : index
    scf.if %used {
      %at = arith.muli %row, %c2 : index
      task.submit @write ins(%at, %c2 : index, index) outs(%y : memref<?xf32>)
    }
    %first = task.read %table[%c0] : memref<3xi32>
    %other = arith.index_cast %first : i32 to index
    task.submit @read ins(%y, %other, %c1 : memref<?xf32>, index, index)
  })";
}

/// Those of which no two elements are equal but for `ignored`.
std::vector<Data> distinct(std::vector<Data> all, unsigned argument,
                           std::optional<int64_t> ignored = std::nullopt) {
  llvm::erase_if(all, [&](const Data &data) {
    std::multiset<int64_t> elements(data.arrays.at(argument).begin(),
                                    data.arrays.at(argument).end());
    return llvm::any_of(elements,
                        [&](int64_t each) { return each != ignored && elements.count(each) > 1; });
  });
  return all;
}
} // namespace

TEST_F(AccessSetsTest, KnowElementsOfTables) {
  const char *signature = "in %table: memref<3xi32>, out %y: memref<?xf32>";
  std::vector<Data> all = arrays(oneRun(), 0, 3, -1, 4);
  judge(signature, rowsOfTable(""), all);
  judge(signature, rowsOfTable("task.assume_distinct %table : memref<3xi32>"), distinct(all, 0));
  judge(signature, rowsOfTable("task.assume_distinct %table ignore(-1) : memref<3xi32>"),
        distinct(all, 0, -1));
}

TEST_F(AccessSetsTest, KnowWhenProductsAreTheSame) {
  judge("in %k: index, out %y: memref<?xf32>", R"(
  scf.for %i = %c0 to %c3 step %c1 {
    %at = arith.muli %i, %k : index
    scf.for %j = %c0 to %c2 step %c1 {
      %two = arith.muli %j, %c2 : index
      %part = arith.addi %at, %two : index
      task.submit @write ins(%part, %c2 : index, index) outs(%y : memref<?xf32>)
    }
    task.submit @read ins(%y, %at, %c2 : memref<?xf32>, index, index)
  })",
        scalars(oneRun(), 0, -4, 4));
}

TEST_F(AccessSetsTest, KnowTensorsOfIterations) {
  judge("in %n: index", R"(
  %y = task.alloc(%c10) : memref<?xf32>
  scf.for %i = %c0 to %n step %c1 {
    %z = task.alloc(%c10) : memref<?xf32>
    task.submit @write ins(%i, %c1 : index, index) outs(%z : memref<?xf32>)
    scf.for %j = %c0 to %i step %c1 {
      task.submit @read ins(%z, %j, %c2 : memref<?xf32>, index, index)
      task.submit @write ins(%j, %c1 : index, index) outs(%y : memref<?xf32>)
    }
  })",
        scalars(oneRun(), 0, 0, 4));
}

TEST_F(AccessSetsTest, KnowIterationsThatTheRunCounts) {
  judge("in %n: index, in %m: index, out %y: memref<?xf32>", R"(
  scf.for %i = %c0 to %n step %c1 {
    task.submit @write ins(%i, %c2 : index, index) outs(%y : memref<?xf32>)
  }
  scf.for %j = %c0 to %m step %c1 {
    %at = arith.addi %j, %c1 : index
    task.submit @read ins(%y, %j, %c3 : memref<?xf32>, index, index)
    task.submit @write ins(%at, %c1 : index, index) outs(%y : memref<?xf32>)
  })",
        scalars(scalars(oneRun(), 0, 0, 5), 1, 0, 5));
  EXPECT_EQ(plan.isStatic, std::vector<bool>(plan.isStatic.size(), true));
}

/// All tiles together are all there is.
TEST_F(AccessSetsTest, KnowTilesOfWhatIsLeft) {
  judge("in %n: index, out %y: memref<?xf32>", R"(
  scf.for %i = %c0 to %n step %c2 {
    %size = affine.min affine_map<(d0)[s0] -> (2, s0 - d0)>(%i)[%n]
    task.submit @write ins(%i, %size : index, index) outs(%y : memref<?xf32>)
  }
  scf.for %i = %c0 to %n step %c2 {
    %size = affine.min affine_map<(d0)[s0] -> (2, s0 - d0)>(%i)[%n]
    task.submit @read ins(%y, %i, %size : memref<?xf32>, index, index)
  }
  task.submit @write ins(%c0, %n : index, index) outs(%y : memref<?xf32>))",
        scalars(oneRun(), 0, 0, 9));
  EXPECT_EQ(plan.isStatic, std::vector<bool>(plan.isStatic.size(), true));
}

/// Strips of one loop are as long as what is left, one after the other.
TEST_F(AccessSetsTest, KnowLoopsOfFewIterations) {
  judge("in %n: index, out %y: memref<?xf32>", R"(
  scf.for %q = %c1 to %n step %c4 {
    %end = affine.min affine_map<(d0)[s0] -> (d0 + 4, s0)>(%q)[%n]
    scf.for %i = %q to %end step %c2 {
      task.submit @write ins(%i, %c2 : index, index) outs(%y : memref<?xf32>)
    }
    scf.for %i = %q to %end step %c2 {
      task.submit @read ins(%y, %i, %c1 : memref<?xf32>, index, index)
    }
  })",
        scalars(oneRun(), 0, -1, 13));
  EXPECT_EQ(plan.isStatic, std::vector<bool>(plan.isStatic.size(), true));
}

/// However it is said that they are few: the least of several ends, the last of several begins, a
/// rest, another such loop.
TEST_F(AccessSetsTest, KnowWhyIterationsAreFew) {
  judge("in %n: index, in %m: index, out %y: memref<?xf32>", R"(
  %end = affine.min affine_map<()[s0, s1] -> (s0, s0 + s1, 4)>()[%n, %m]
  %begin = arith.maxsi %m, %c1 : index
  %rest = affine.apply affine_map<()[s0] -> (s0 mod 3)>()[%n]
  scf.for %i = %c0 to %end step %c1 {
    task.submit @write ins(%i, %c1 : index, index) outs(%y : memref<?xf32>)
    %near = affine.min affine_map<(d0)[s0] -> (d0 + 1, s0)>(%i)[%m]
    scf.for %j = %c0 to %near step %c1 {
      task.submit @read ins(%y, %i, %c1 : memref<?xf32>, index, index)
    }
  }
  scf.for %i = %begin to %c4 step %c2 {
    %back = arith.subi %i, %begin : index
    task.submit @write ins(%back, %c2 : index, index) outs(%y : memref<?xf32>)
  }
  scf.for %i = %c0 to %rest step %c1 {
    task.submit @read ins(%y, %i, %c1 : memref<?xf32>, index, index)
  })",
        scalars(scalars(oneRun(), 0, -1, 5), 1, -2, 5));
  EXPECT_EQ(plan.isStatic, std::vector<bool>(plan.isStatic.size(), true));
}

/// Two places, one after the other.
TEST_F(AccessSetsTest, KnowPlacesTakenInTurn) {
  judge("in %n: index, out %y: memref<?xf32>", R"(
  scf.for %i = %c1 to %n step %c1 {
    %at = affine.apply affine_map<(d0) -> (d0 mod 2)>(%i)
    task.submit @write ins(%at, %c1 : index, index) outs(%y : memref<?xf32>)
    task.submit @read ins(%y, %at, %c1 : memref<?xf32>, index, index)
  })",
        scalars(oneRun(), 0, -1, 6));
  EXPECT_TRUE(turns);
  EXPECT_EQ(plan.isStatic, std::vector<bool>(plan.isStatic.size(), true));
}

/// Every second iteration is another.
TEST_F(AccessSetsTest, KnowConditionsInTurn) {
  judge("in %n: index, out %y: memref<?xf32>", R"(
  scf.for %i = %c0 to %n step %c3 {
    %rest = affine.apply affine_map<(d0) -> (d0 mod 2)>(%i)
    %even = arith.cmpi eq, %rest, %c0 : index
    scf.if %even {
      task.submit @write ins(%c0, %c2 : index, index) outs(%y : memref<?xf32>)
    } else {
      scf.for %j = %c0 to %rest step %c1 {
        task.submit @read ins(%y, %j, %c1 : memref<?xf32>, index, index)
      }
    }
  })",
        scalars(oneRun(), 0, -1, 13));
  EXPECT_TRUE(turns);
  EXPECT_EQ(plan.isStatic, std::vector<bool>(plan.isStatic.size(), true));
}

TEST_F(AccessSetsTest, KnowPlacesThatIterationsShare) {
  judge("in %n: index, in %m: index, out %y: memref<?xf32>", R"(
  scf.for %i = %c0 to %m step %c1 {
    task.submit @write ins(%i, %c1 : index, index) outs(%y : memref<?xf32>)
  }
  scf.for %i = %c0 to %n step %c1 {
    %at = arith.floordivsi %i, %c3 : index
    task.submit @read ins(%y, %at, %c1 : memref<?xf32>, index, index)
  })",
        scalars(scalars(oneRun(), 0, 0, 6), 1, 0, 3));
  EXPECT_TRUE(turns);
  EXPECT_EQ(plan.isStatic, std::vector<bool>(plan.isStatic.size(), true));
}

TEST_F(AccessSetsTest, KnowIterationsThatATableCounts) {
  judge("in %table: memref<3xi32>, out %y: memref<?xf32>", R"(
  scf.for %b = %c0 to %c3 step %c1 {
    %e = task.read %table[%b] : memref<3xi32>
    %n = arith.index_cast %e : i32 to index
    %z = task.alloc(%c10) : memref<?xf32>
    scf.for %i = %c0 to %n step %c1 {
      task.submit @write ins(%i, %c1 : index, index) outs(%z : memref<?xf32>)
      task.submit @write ins(%c0, %c4 : index, index) outs(%y : memref<?xf32>)
    }
    task.submit @read ins(%z, %c0, %n : memref<?xf32>, index, index)
    task.submit @read ins(%y, %b, %c1 : memref<?xf32>, index, index)
  })",
        arrays(oneRun(), 0, 3, 0, 3));
  EXPECT_EQ(plan.isStatic, std::vector<bool>(plan.isStatic.size(), true));
}

TEST_F(AccessSetsTest, SeeThroughViews) {
  judge("in %n: index, out %y: memref<8x8xf32>", R"(
  scf.for %i = %c0 to %c4 step %c1 {
    %rows = memref.subview %y[%i, 2] [2, 6] [1, 1]
        : memref<8x8xf32> to memref<2x6xf32, strided<[8, 1], offset: ?>>
    %row = memref.subview %rows[1, %n] [1, 4] [1, 1]
        : memref<2x6xf32, strided<[8, 1], offset: ?>> to memref<4xf32, strided<[1], offset: ?>>
    task.submit @write_row ins(%c1 : index) outs(%row : memref<4xf32, strided<[1], offset: ?>>)
    task.submit @write_rows ins(%i : index)
        outs(%rows : memref<2x6xf32, strided<[8, 1], offset: ?>>)
  })",
        scalars(oneRun(), 0, 0, 2), R"(
task.kernel @write_row core_group split(automatic)
    (in %i: index, out %y: memref<4xf32, strided<[1], offset: ?>>) {
  task.return
}
task.accesses @write_row_accesses of @write_row
    (in %i: index, out %y: memref<4xf32, strided<[1], offset: ?>>) {
  %c2 = arith.constant 2 : index
  task.access out %y[%i] [%c2] : memref<4xf32, strided<[1], offset: ?>>
  task.return
}
task.kernel @write_rows core_group split(automatic)
    (in %i: index, out %y: memref<2x6xf32, strided<[8, 1], offset: ?>>) {
  task.return
}
task.accesses @write_rows_accesses of @write_rows
    (in %i: index, out %y: memref<2x6xf32, strided<[8, 1], offset: ?>>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  task.access inout %y[%c0, %i] [%c1, %c1] : memref<2x6xf32, strided<[8, 1], offset: ?>>
  task.return
}
)");
}

/// Region programs have loops and conditions of their own, and read tables.
TEST_F(AccessSetsTest, FollowRegionPrograms) {
  judge("in %table: memref<3xi32>, in %n: index, out %y: memref<?xf32>", R"(
  scf.for %i = %c0 to %c2 step %c1 {
    task.submit @pages ins(%table, %i, %n : memref<3xi32>, index, index) outs(%y : memref<?xf32>)
  })",
        scalars(arrays(oneRun(), 0, 3, 0, 3), 1, -1, 4), R"(
task.kernel @pages core_group split(automatic)
    (in %table: memref<3xi32>, in %i: index, in %n: index, out %y: memref<?xf32>) {
  task.return
}
task.accesses @pages_accesses of @pages
    (in %table: memref<3xi32>, in %i: index, in %n: index, out %y: memref<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %end = arith.minsi %n, %c2 : index
  scf.for %p = %c0 to %end step %c1 {
    %at = arith.addi %p, %i : index
    %e = memref.load %table[%at] : memref<3xi32>
    %page = arith.index_cast %e : i32 to index
    %first = arith.muli %page, %c4 : index
    %some = arith.cmpi sgt, %page, %i : index
    scf.if %some {
      task.access out %y[%first] [%c1] : memref<?xf32>
    } else {
      %next = arith.addi %first, %c1 : index
      task.access in %y[%next] [%page] : memref<?xf32>
    }
  }
  task.return
}
)");
}
