//===- Races.cpp - whether what a program claims of its tasks holds -------------------------===//
//
// One pass over the tasks in submission order. Of each run of bytes it is known who touched it.
// A task's conflicts that no claim covers, with its explicit dependences, give its ancestors; the
// conflicts that claims cover are then looked up among those.
//
// Who touched a byte is forgotten once a later writer tells as much of every task to come: when it
// comes after in every order, and the same claims cover it. So the lists stay short, and the pass
// takes time in proportion to what tasks touch.
//
//===----------------------------------------------------------------------------------------===//

#include "Races.h"

#include "Ancestors.h"
#include "Loops.h"
#include "Regions.h"

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

namespace tilework::recording {

namespace {
/// A task has touched some bytes.
struct Access {
  int64_t task;
  bool writes;
  bool noDep; ///< the task claims to need no tracking there
};

/// Bytes up to `end`, which the same tasks have touched; ascending.
struct Run {
  int64_t end;
  std::vector<Access> accesses;
  size_t writersEnd = 0; ///< the position after the last that writes
};
using Runs = std::map<int64_t, Run>; ///< by first byte, apart from each other

class Judge {
public:
  explicit Judge(const Recording &recording)
      : recording(recording), touched(recording), loops(recording),
        ancestors(recording.tasks.size()), runs(recording.memories.size()),
        isWritten(recording.memories.size()), seen(recording.tasks.size(), -1) {}

  std::vector<Claim> run();

private:
  struct Candidate {
    Access earlier;
    int32_t memory;
    bool noDep; ///< of the task that is being judged
  };
  struct Use { ///< of a memory by the task that is being judged
    int32_t memory;
    int64_t base;
    const TouchedBytes::Sets *sets;
    bool noDep;
  };

  void listClaims();
  int32_t claimNumber(ClaimKind kind, int32_t subject, const std::string &memory);
  void findWritten();
  void findUses(int64_t id);
  void findConflicts(int64_t id);
  template <typename Visit>
  void forEachRun(int32_t memory, const ByteSet &set, int64_t base, Visit visit);
  bool isCovered(const Access &earlier, int64_t later, bool noDep, int32_t memory) const;
  int32_t kernelOf(int64_t task) const;
  bool isExplicitOnly(int64_t task) const;
  void order(int64_t id);
  void judge(int64_t id, const Candidate &candidate);
  void blame(ClaimKind kind, int32_t subject, const std::string &memory, bool isOrdered, int64_t id,
             const Candidate &candidate);
  Conflict describe(int64_t id, const Candidate &candidate);
  TouchedBytes::Sets setsOf(int64_t id, int32_t memory);
  void note(int64_t id);
  void add(Run &run, const Access &access) const;
  void note(Runs &all, Bytes bytes, const Access &access);
  bool tellsAsMuch(const Access &writer, const Access &earlier, int64_t now) const;
  static void joinRuns(Runs &all, Bytes bytes);

  const Recording &recording;
  TouchedBytes touched;
  LoopNest loops;
  std::vector<TaskSet> ancestors; ///< by task
  TaskSet awaited;                ///< by the orchestration, before the next task
  std::vector<Runs> runs;         ///< by memory
  std::vector<bool> isWritten;    ///< by memory
  std::map<std::tuple<ClaimKind, int32_t, std::string>, int32_t> claimNumbers;
  std::vector<Claim> claims;

  // Of the task that is being judged:
  std::vector<Use> uses;
  std::vector<int64_t> before; ///< tasks that it waits for
  std::vector<Candidate> covered;
  std::vector<int64_t> seen; ///< by task: the last number of a use in which it was met
  int64_t useNumber = 0;
};
} // namespace

//===----------------------------------------------------------------------------------------===//
// Claims
//===----------------------------------------------------------------------------------------===//

int32_t Judge::claimNumber(ClaimKind kind, int32_t subject, const std::string &memory) {
  auto [it, isNew] = claimNumbers.try_emplace({kind, subject, memory}, claims.size());
  if (isNew)
    claims.push_back({kind, subject, memory, 0, 0, std::nullopt});
  return it->second;
}

/// All of them, so that those without a conflict are there as well.
void Judge::listClaims() {
  for (size_t loop = 0; loop < recording.loops.size(); ++loop)
    if (recording.loops[loop].isParallel)
      claimNumber(ClaimKind::parallel, static_cast<int32_t>(loop), "");
  for (const Memory &memory : recording.memories)
    if (memory.manualDep)
      claimNumber(ClaimKind::manualDep, -1, memory.name);
  for (const Task &task : recording.tasks) {
    if (task.stream == Task::join)
      continue;
    int32_t kernel = recording.streams[task.stream].kernel;
    if (recording.kernels[kernel].explicitOnly)
      claimNumber(ClaimKind::explicitOnly, kernel, "");
    for (int32_t memory : recording.noDeps[task.noDep])
      claimNumber(ClaimKind::noDep, kernel, recording.memories[memory].name);
  }
}

int32_t Judge::kernelOf(int64_t task) const {
  return recording.streams[recording.tasks[task].stream].kernel;
}

bool Judge::isExplicitOnly(int64_t task) const {
  return recording.kernels[kernelOf(task)].explicitOnly;
}

bool Judge::isCovered(const Access &earlier, int64_t later, bool noDep, int32_t memory) const {
  return earlier.noDep || noDep || recording.memories[memory].manualDep ||
         isExplicitOnly(earlier.task) || isExplicitOnly(later) ||
         loops.parallelLoopBetween(earlier.task, later) >= 0;
}

//===----------------------------------------------------------------------------------------===//
// Conflicts
//===----------------------------------------------------------------------------------------===//

void Judge::findWritten() {
  for (const Task &task : recording.tasks)
    for (size_t base = 0; base < task.bases.size(); ++base)
      if (touched.writes(task, static_cast<int32_t>(base)))
        isWritten[memoryBefore(recording, task.bases[base])] = true;
}

void Judge::findUses(int64_t id) {
  uses.clear();
  const Task &task = recording.tasks[id];
  const std::vector<int32_t> &noDeps = recording.noDeps[task.noDep];
  for (size_t i = 0; i < task.bases.size(); ++i) {
    auto memory = static_cast<int32_t>(memoryBefore(recording, task.bases[i]));
    if (isWritten[memory])
      uses.push_back({memory, task.bases[i], &touched.of(task, static_cast<int32_t>(i)),
                      std::binary_search(noDeps.begin(), noDeps.end(), memory)});
  }
}

/// Visits the runs that a set has bytes of.
template <typename Visit>
void Judge::forEachRun(int32_t memory, const ByteSet &set, int64_t base, Visit visit) {
  Runs &all = runs[memory];
  for (const Bytes &bytes : set) {
    auto it = all.upper_bound(base + bytes.begin);
    if (it != all.begin() && std::prev(it)->second.end > base + bytes.begin)
      --it;
    for (; it != all.end() && it->first < base + bytes.end; ++it)
      visit(it->second);
  }
}

/// Sorts the conflicts of a task into what it has to wait for and what claims cover.
void Judge::findConflicts(int64_t id) {
  before.clear();
  covered.clear();
  for (const Dependence &dependence : recording.tasks[id].dependences)
    if (dependence.reasons & Explicit)
      before.push_back(dependence.task);
  for (const Use &use : uses) {
    ++useNumber;
    auto meet = [&](const Access &access) {
      if (std::exchange(seen[access.task], useNumber) == useNumber)
        return;
      if (isCovered(access, id, use.noDep, use.memory))
        covered.push_back({access, use.memory, use.noDep});
      else
        before.push_back(access.task);
    };
    forEachRun(use.memory, use.sets->writes, use.base, [&](const Run &run) {
      std::for_each(run.accesses.begin(), run.accesses.end(), meet);
    });
    forEachRun(use.memory, use.sets->reads, use.base, [&](const Run &run) {
      for (const Access &access : run.accesses)
        if (access.writes)
          meet(access);
    });
  }
}

/// The latest first, so that those which it waits for itself need not be asked.
void Judge::order(int64_t id) {
  TaskSet &own = ancestors[id];
  own = awaited;
  std::sort(before.begin(), before.end(), std::greater<int64_t>());
  for (int64_t task : before)
    if (!own.contains(task)) {
      own.add(ancestors[task]);
      own.add(task);
    }
}

//===----------------------------------------------------------------------------------------===//
// Verdicts
//===----------------------------------------------------------------------------------------===//

void Judge::judge(int64_t id, const Candidate &candidate) {
  const Access &earlier = candidate.earlier;
  bool isOrdered = ancestors[id].contains(earlier.task);
  const Memory &memory = recording.memories[candidate.memory];
  if (int32_t loop = loops.parallelLoopBetween(earlier.task, id); loop >= 0)
    blame(ClaimKind::parallel, loop, "", isOrdered, id, candidate);
  if (memory.manualDep)
    blame(ClaimKind::manualDep, -1, memory.name, isOrdered, id, candidate);
  bool isSameKernel = kernelOf(earlier.task) == kernelOf(id);
  if (earlier.noDep)
    blame(ClaimKind::noDep, kernelOf(earlier.task), memory.name, isOrdered, id, candidate);
  if (candidate.noDep && !(earlier.noDep && isSameKernel))
    blame(ClaimKind::noDep, kernelOf(id), memory.name, isOrdered, id, candidate);
  if (isExplicitOnly(earlier.task))
    blame(ClaimKind::explicitOnly, kernelOf(earlier.task), "", isOrdered, id, candidate);
  if (isExplicitOnly(id) && !isSameKernel)
    blame(ClaimKind::explicitOnly, kernelOf(id), "", isOrdered, id, candidate);
}

void Judge::blame(ClaimKind kind, int32_t subject, const std::string &memory, bool isOrdered,
                  int64_t id, const Candidate &candidate) {
  Claim &claim = claims[claimNumber(kind, subject, memory)];
  ++(isOrdered ? claim.ordered : claim.unordered);
  if (!isOrdered && !claim.refutation)
    claim.refutation = describe(id, candidate);
}

/// What a task touches of a memory, from the memory's first byte.
TouchedBytes::Sets Judge::setsOf(int64_t id, int32_t memory) {
  TouchedBytes::Sets sets;
  const Task &task = recording.tasks[id];
  for (size_t i = 0; i < task.bases.size(); ++i) {
    if (memoryBefore(recording, task.bases[i]) != memory)
      continue;
    sets = touched.of(task, static_cast<int32_t>(i));
    int64_t base = task.bases[i] - recording.memories[memory].address;
    for (ByteSet *set : {&sets.writes, &sets.reads})
      for (Bytes &bytes : *set)
        bytes = {base + bytes.begin, base + bytes.end};
  }
  return sets;
}

Conflict Judge::describe(int64_t id, const Candidate &candidate) {
  TouchedBytes::Sets earlier = setsOf(candidate.earlier.task, candidate.memory);
  TouchedBytes::Sets later = setsOf(id, candidate.memory);
  ByteSet both = intersect(earlier.writes, later.writes);
  ByteSet readLater = intersect(earlier.writes, later.reads);
  ByteSet readBefore = intersect(earlier.reads, later.writes);
  Conflict conflict = {candidate.earlier.task,
                       id,
                       candidate.memory,
                       !both.empty() || !readLater.empty(),
                       !both.empty() || !readBefore.empty(),
                       {}};
  conflict.bytes = unite(unite(both, readLater), readBefore);
  return conflict;
}

//===----------------------------------------------------------------------------------------===//
// Who touched what
//===----------------------------------------------------------------------------------------===//

/// Whether who conflicts with `earlier`, from task `now` on, conflicts with a later writer as well,
/// under the same claims, and whoever comes after the writer comes after `earlier`.
bool Judge::tellsAsMuch(const Access &writer, const Access &earlier, int64_t now) const {
  auto claims = [&](const Access &access) { return access.noDep || isExplicitOnly(access.task); };
  bool isSame = kernelOf(writer.task) == kernelOf(earlier.task) && writer.noDep == earlier.noDep;
  return (isSame || (!claims(writer) && !claims(earlier))) &&
         loops.openIterationOf(writer.task, now) == loops.openIterationOf(earlier.task, now) &&
         ancestors[writer.task].contains(earlier.task);
}

/// The run that begins at `at`, if there is a byte of one; the first after it otherwise.
static Runs::iterator splitAt(Runs &runs, int64_t at) {
  auto it = runs.lower_bound(at);
  if (it == runs.begin() || (it != runs.end() && it->first == at))
    return it;
  Run &before = std::prev(it)->second;
  if (before.end <= at)
    return it;
  it = runs.emplace_hint(it, at, before);
  before.end = at;
  return it;
}

/// Forgets what the last writer makes needless.
void Judge::add(Run &run, const Access &access) const {
  std::vector<Access> &accesses = run.accesses;
  accesses.push_back(access);
  if (access.writes)
    run.writersEnd = accesses.size();
  if (run.writersEnd < 2)
    return;
  auto last = accesses.begin() + run.writersEnd - 1;
  auto isNeedless = [&](const Access &each) { return tellsAsMuch(*last, each, access.task); };
  auto kept = std::remove_if(accesses.begin(), last, isNeedless);
  run.writersEnd -= last - kept;
  accesses.erase(kept, last);
}

/// Adds an access to runs of exactly these bytes.
void Judge::note(Runs &all, Bytes bytes, const Access &access) {
  auto it = splitAt(all, bytes.begin);
  splitAt(all, bytes.end);
  for (int64_t at = bytes.begin; at < bytes.end; at = it->second.end, ++it) {
    if (it == all.end() || it->first != at) {
      int64_t end = it == all.end() ? bytes.end : std::min(bytes.end, it->first);
      it = all.emplace_hint(it, at, Run{end, {}, 0});
    }
    add(it->second, access);
  }
  if (access.writes)
    joinRuns(all, bytes);
}

/// Makes one run of those that only the task that has just written them is left of.
void Judge::joinRuns(Runs &all, Bytes bytes) {
  auto it = all.lower_bound(bytes.begin);
  if (it != all.begin())
    --it;
  while (it != all.end() && it->first < bytes.end) {
    auto next = std::next(it);
    auto isAlone = [](const Run &run) { return run.accesses.size() == 1; };
    if (next == all.end() || next->first > bytes.end)
      return;
    const Access &a = it->second.accesses.back(), &b = next->second.accesses.back();
    bool isSame = isAlone(it->second) && isAlone(next->second) && a.task == b.task &&
                  a.writes == b.writes && it->second.end == next->first;
    if (isSame) {
      it->second.end = next->second.end;
      all.erase(next);
    } else {
      it = next;
    }
  }
}

void Judge::note(int64_t id) {
  for (const Use &use : uses) {
    Runs &all = runs[use.memory];
    for (const Bytes &bytes : use.sets->writes)
      note(all, {use.base + bytes.begin, use.base + bytes.end}, {id, true, use.noDep});
    for (const Bytes &bytes : use.sets->reads)
      note(all, {use.base + bytes.begin, use.base + bytes.end}, {id, false, use.noDep});
  }
}

//===----------------------------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------------------------===//

std::vector<Claim> Judge::run() {
  listClaims();
  if (claims.empty())
    return {};
  findWritten();
  auto wait = recording.waits.begin();
  for (int64_t id = 0; id < static_cast<int64_t>(recording.tasks.size()); ++id) {
    for (; wait != recording.waits.end() && wait->tasksBefore <= id; ++wait)
      for (int64_t writer : wait->writers) {
        awaited.add(ancestors[writer]);
        awaited.add(writer);
      }
    findUses(id);
    findConflicts(id);
    order(id);
    for (const Candidate &candidate : covered)
      judge(id, candidate);
    note(id);
  }
  return std::move(claims);
}

std::vector<Claim> judgeClaims(const Recording &recording) {
  return Judge(recording).run();
}

} // namespace tilework::recording
