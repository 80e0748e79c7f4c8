"""The laws of a task's way: from submission through queues and schedulers to a core, and back."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate, pairwise

from timeline_view import View

UNITS = 3


class Dispatch(View):
    """Each law yields what breaks it."""

    def laws(self):
        return (
            self.submissions, self.graphs, self.dependences, self.dispatches, self.early,
            self.schedulers, self.order, self.conserves_work, self.slots, self.cores_execute,
            self.rings,
        )  # fmt: skip

    # ----------------------------------------------------------------------------------------------
    # Submission
    # ----------------------------------------------------------------------------------------------

    @cached_property
    def parts(self) -> list[range]:
        """Tasks that were submitted together."""
        numbers = [times["part"] for times in self.tasks]
        firsts = [i for i, part in enumerate(numbers) if i == 0 or part != numbers[i - 1]]
        return [range(a, b) for a, b in pairwise([*firsts, len(numbers)])]

    def lookup(self, task: int) -> int:
        kernel = self.file.kernel_of(task)
        is_tracked = kernel is not None and kernel.tracked_arguments > 0
        return int(self.cost("submit") * self.numbers["dispatch.lookup_fraction"]) * is_tracked

    def one_by_one(self, tasks: range) -> int:
        alone = self.cost("submit") - int(
            self.cost("submit") * self.numbers["dispatch.lookup_fraction"]
        )
        return alone * len(tasks) + sum(map(self.lookup, tasks))

    def as_graph(self, tasks: range) -> int:
        return self.cost("submit_graph") + sum(map(self.lookup, tasks))

    @cached_property
    def whole(self) -> list[range]:
        """Tasks that were submitted as a whole, by the prices that were paid: their first part
        costs a graph, each other the lookup of its first task."""
        found: list[range] = []
        for part in self.parts:
            first = self.tasks[part[0]]
            price = first["submitted"] - first["submitting"]
            if found and found[-1].stop == part[0] and price == self.lookup(part[0]) > 0:
                found[-1] = range(found[-1].start, part.stop)
            elif len(part) > 1 or price != self.one_by_one(part):
                found.append(part)
        return found

    def graphs(self) -> Iterator[str]:
        """Graphs are submitted as a whole where that is cheaper, and only there."""
        if self.timeline.policy.submission == "tasks":
            if self.whole:
                yield f"tasks {self.whole[0]} expect to be submitted one by one"
            return
        for tasks in self.whole:
            if self.as_graph(tasks) >= self.one_by_one(tasks):
                yield f"tasks {tasks} expect to be submitted one by one"
            for wait in self.file.waits:
                inside = tasks[0] <= wait.tasks_before <= tasks[-1]
                if inside and max(wait.writers, default=-1) >= tasks[0]:
                    yield f"tasks {tasks} expect no wait among them"

    def price_of(self, part: range) -> int:
        for tasks in self.whole:
            if part[0] in tasks:
                return self.as_graph(part) if part[0] == tasks[0] else self.lookup(part[0])
        return self.one_by_one(part)

    def submissions(self) -> Iterator[str]:
        """The orchestrator does one thing at a time, in order, and idles only for a reason."""
        load = self.cost("condition_load")
        completions = {times["completed"] for times in self.tasks}
        now, waits, busy = 0, list(self.file.waits), 0
        for number, part in enumerate(self.parts):
            first, price, loads = self.tasks[part[0]], self.price_of(part), 0
            busy += price
            if first["part"] != number:
                yield f"part {number} expects that number, got {first['part']}"
            if any(map(self.lookup, part[1:])):
                yield f"tasks {part[1:]} expect to come when they have been looked up"
            while waits and waits[0].tasks_before <= part[-1]:
                if max(waits[0].writers, default=-1) >= part[0]:
                    yield f"tasks {part} expect no wait among them"
                now = max([now, *(self.tasks[w]["completed"] for w in waits.pop(0).writers)]) + load
                loads += load
            begin = first["submitting"]
            if begin < now or first["submitted"] != begin + price:
                yield f"tasks {part} expect submission from {now + price}, got {first['submitted']}"
            for task in part:
                for field in ("submitting", "submitted", "submission"):
                    if self.tasks[task][field] != first[field]:
                        yield f"task {task} expects {field} of its part"
            if begin > now and first["submission"] == 0:
                yield f"tasks {part} were submitted late, for no reason"
            if begin > now and not completions & {begin, begin - loads}:
                yield f"tasks {part} were not submitted when the wait for it was over"
            now = first["submitted"]
        busy += len(self.file.waits) * load
        if self.timeline.orchestrator_busy != busy:
            yield f"the orchestrator expects {busy}, but got {self.timeline.orchestrator_busy}"
        if not waits and now != busy + self.timeline.orchestrator_waits:
            yield f"busy and waiting expect {now}, got {busy + self.timeline.orchestrator_waits}"

    def dependences(self) -> Iterator[str]:
        """A task is ready when it is submitted and all it waits for has been completed."""
        for number, (task, times) in enumerate(zip(self.file.tasks, self.tasks, strict=True)):
            completed = {other: self.tasks[other]["completed"] for other, _ in task.dependences}
            expected = max([times["submitted"], *completed.values()])
            if times["ready"] != expected:
                yield f"task {number} expects to be ready at {expected}, got {times['ready']}"
            by = times["ready_by"]
            if by >= 0 and completed.get(by) != times["ready"]:
                yield f"task {number} was not made ready by {by}"
            if by < -1 or (by == -1 and times["ready"] != times["submitted"]):
                yield f"task {number} expects a task that made it ready"
            if task.stream is None and times["completed"] != times["ready"]:
                yield f"join {number} expects no time of its own"

    # ----------------------------------------------------------------------------------------------
    # Schedulers
    # ----------------------------------------------------------------------------------------------

    def dispatches(self) -> Iterator[str]:
        """Every step of a task's way to its cores and back takes its price."""
        to_core = self.cost("schedule_dispatch") + self.cost("to_core")
        back = self.cost("from_core") + self.cost("schedule_complete")
        ring = self.cost("doorbell_store") + self.cost("to_core")
        cores = defaultdict(list)
        for unit in self.units:
            cores[unit["task"]].append(unit)
        for number in self.executed:
            times, mine = self.tasks[number], cores[number]
            if times["arrived"] != times["dispatched"] + to_core:
                yield f"task {number} expects {to_core} from its dispatch to its core"
            if times["dispatched"] < times["ready"] or times["released"] >= 0:
                if times["dispatched"] > times["ready"]:
                    yield f"task {number} was not dispatched early, but has a doorbell"
                if times["released"] != times["ready"] + ring:
                    yield f"task {number} expects its doorbell {ring} after it is ready"
            if times["completed"] < times["ended"] + back:
                yield f"task {number} expects at least {back} from its end to its completion"
            if {unit["group"] for unit in mine} != {times["group"]}:
                yield f"task {number} expects its cores in one group"
            elif times["started"] != min(unit["begin"] for unit in mine):
                yield f"task {number} expects to start with the first of its cores"
            elif times["ended"] != max(unit["end"] for unit in mine):
                yield f"task {number} expects to end with the last of its cores"
        for number in set(range(len(self.tasks))) - set(self.executed):
            if self.tasks[number]["dispatched"] != -1 or number in cores:
                yield f"join {number} was dispatched"

    def launched(self, task: int) -> int:
        """When it was certain to execute; a join, when that held for all it waits for."""
        times = self.tasks[task]
        if self.file.tasks[task].stream is None:
            before = (self.launched(other) for other, _ in self.file.tasks[task].dependences)
            return min(times["completed"], max([times["submitted"], *before]))
        return max(times["dispatched"], times["ready"])

    def early(self) -> Iterator[str]:
        """Dispatched before they are ready are only tasks whose predecessors all execute."""
        attempts = [(i, self.tasks[i]["dispatched"]) for i in self.executed]
        attempts += [(row["task"], row["dispatched"]) for row in self.taken_back]
        for task, at in attempts:
            if at >= self.tasks[task]["ready"] and self.tasks[task]["released"] < 0:
                continue
            if not self.timeline.policy.early_dispatch:
                yield f"task {task} was dispatched early, against the policy"
            before = [self.tasks[task]["submitted"]]
            before += [self.launched(other) for other, _ in self.file.tasks[task].dependences]
            if at < max(before):
                yield f"task {task} was dispatched early, before all it waits for executes"
        for row in self.taken_back:
            if row["taken"] > self.tasks[row["task"]]["ready"]:
                yield f"task {row['task']} was ready, and lost its place"
            if not row["dispatched"] + self.cost("schedule_dispatch") <= row["taken"]:
                yield f"task {row['task']} lost its place before it had it"
            if row["taken"] > self.tasks[row["task"]]["dispatched"]:
                yield f"task {row['task']} lost its place after its last dispatch"
            if row["taken"] not in self.moments:
                yield f"task {row['task']} lost its place, but no ready task was dispatched"

    @cached_property
    def moments(self) -> set[int]:
        return {
            times["dispatched"]
            for times in self.tasks
            if 0 <= times["ready"] <= times["dispatched"]
        }

    @cached_property
    def jobs(self) -> dict[int, list[tuple[int, int, int]]]:
        """By thread, (begin, price, and since when there was reason for it)."""
        dispatch, complete = self.cost("schedule_dispatch"), self.cost("schedule_complete")
        jobs = defaultdict(list, {thread: [] for thread in range(self.threads)})
        for number in self.executed:
            times = self.tasks[number]
            seen = times["ended"] + self.cost("from_core")
            jobs[times["scheduler"]].append((times["dispatched"], dispatch, times["dispatched"]))
            jobs[times["completer"]].append((times["completed"] - complete, complete, seen))
        for row in self.taken_back:
            jobs[row["scheduler"]].append((row["dispatched"], dispatch, row["dispatched"]))
        in_time = lambda job: (job[0], job[0] + job[1])  # noqa: E731
        return {thread: sorted(mine, key=in_time) for thread, mine in jobs.items()}

    def schedulers(self) -> Iterator[str]:
        """A scheduler does one thing at a time; all take completions first, and at once."""
        free = []
        for thread, mine in self.jobs.items():
            if thread not in range(self.threads):
                yield f"scheduler {thread} does not exist"
                continue
            until = 0
            for begin, price, _ in mine:
                if begin < until:
                    yield f"scheduler {thread} does two things at {begin}"
                if begin > until:
                    free.append((until, begin))
                until = begin + price
            free.append((until, self.timeline.makespan))
            busy = sum(price for _, price, _ in mine)
            if busy != self.timeline.scheduler_busy[thread]:
                got = self.timeline.scheduler_busy[thread]
                yield f"scheduler {thread} expects to be busy {busy}, but got {got}"
        waits = [
            (seen, begin) for mine in self.jobs.values() for begin, _, seen in mine if begin > seen
        ]
        for begin, end in overlaps(free, waits):
            yield f"a scheduler idles from {begin} to {end}, though a task has ended"

    def order(self) -> Iterator[str]:
        """Of tasks for the same kind of cores, the one ready longest is dispatched first."""
        if self.timeline.policy.scheduling != "fifo":
            return
        kinds = defaultdict(list)
        for number in self.executed:
            kernel, times = self.file.kernel_of(number), self.tasks[number]
            if times["released"] < 0:
                kinds[kernel.has_cube, kernel.lanes].append(times)
        for queue in kinds.values():
            queue.sort(key=lambda times: (times["dispatched"], times["ready"]))
            for first, second in pairwise(queue):
                if first["ready"] > second["ready"]:
                    yield f"a task that was ready at {second['ready']} was overtaken"

    def conserves_work(self) -> Iterator[str]:
        """No core idles while a task that could run there is ready and a scheduler is free.

        Nor does a slot that is empty, or that a task has which was brought there early.
        """
        changes = []  # time, what changes, of whom, by how much
        for thread, mine in self.jobs.items():
            for begin, price, _ in mine:
                changes += [(begin, "busy", thread, 1), (begin + price, "busy", thread, -1)]
        for number in self.executed:
            times, kernel = self.tasks[number], self.file.kernel_of(number)
            kind = (kernel.has_cube, kernel.lanes)
            changes.append((times["ready"], "ready", kind, 1))
            changes.append((max(times["ready"], times["dispatched"]), "ready", kind, -1))
        there = self.cost("schedule_dispatch")
        for unit in self.units:
            times, core = self.tasks[unit["task"]], (unit["group"], unit["unit"])
            counts = max(times["dispatched"], times["ready"])
            changes.append((counts, "held", core, 1))
            changes.append((times["completed"], "held", core, -1))
            if counts > times["dispatched"]:
                end = min(times["dispatched"] + there, counts)
                changes.append((times["dispatched"], "held", core, 1))
                changes.append((end, "held", core, -1))
        for row in self.taken_back:
            for unit in range(UNITS):
                if row["cores"] >> unit & 1:
                    core = (row["group"], unit)
                    changes.append((row["dispatched"], "held", core, 1))
                    changes.append((row["dispatched"] + there, "held", core, -1))
        counts = {"busy": defaultdict(int), "ready": defaultdict(int), "held": defaultdict(int)}
        changes.sort(key=lambda change: change[0])
        for number, (time, what, whom, by) in enumerate(changes):
            counts[what][whom] += by
            if number + 1 < len(changes) and changes[number + 1][0] == time:
                continue
            if sum(map(bool, counts["busy"].values())) == self.threads:
                continue
            for kind, ready in counts["ready"].items():
                if ready and self.has_room(kind, counts["held"]):
                    yield f"at {time} a task of {kind} is ready, and has a core and a scheduler"

    def has_room(self, kind: tuple[bool, int], held) -> bool:
        has_cube, lanes = kind
        firsts = (1, 2) if lanes == 1 and not has_cube else (1,)
        for group in range(self.groups):
            for first in firsts:
                units = [0] * has_cube + list(range(first, first + lanes))
                if all(held[group, unit] < self.places for unit in units):
                    return True
        return False

    # ----------------------------------------------------------------------------------------------
    # Cores
    # ----------------------------------------------------------------------------------------------

    @cached_property
    def places(self) -> int:
        return int(self.numbers["cores.running_per_core"] + self.numbers["cores.pending_per_core"])

    def occupied(self) -> dict[tuple[int, int], list[dict[str, int]]]:
        cores = defaultdict(list)
        for unit in self.units:
            cores[unit["group"], unit["unit"]].append(unit)
        return cores

    def slots(self) -> Iterator[str]:
        """A core holds no more tasks than it has places for, from dispatch to completion."""
        spans = defaultdict(list)
        for unit in self.units:
            times = self.tasks[unit["task"]]
            spans[unit["group"], unit["unit"]].append((times["dispatched"], times["completed"]))
        for row in self.taken_back:
            for unit in range(UNITS):
                if row["cores"] >> unit & 1:
                    spans[row["group"], unit].append((row["dispatched"], row["taken"]))
        for core, held in spans.items():
            changes = [(end, -1) for _, end in held] + [(begin, 1) for begin, _ in held]
            most = max(accumulate(change for _, change in sorted(changes)))
            if most > self.places:
                yield f"core {core} holds {most} tasks, of at most {self.places}"

    def could_start(self, task: int) -> int:
        return max(self.tasks[task]["arrived"], self.tasks[task]["released"])

    def cores_execute(self) -> Iterator[str]:
        """A core executes one task at a time, in the order they could start, and starts at once."""
        before = defaultdict(set)
        for core, units in self.occupied().items():
            if not (core[0] < self.groups and core[1] < UNITS):
                yield f"core {core} does not exist"
            units.sort(key=lambda unit: (self.could_start(unit["task"]), unit["begin"]))
            free, last = 0, -1
            for unit in units:
                times, could = self.tasks[unit["task"]], self.could_start(unit["task"])
                expected = max(free, could)
                if unit["begin"] != expected:
                    yield f"core {core} expects a task to begin at {expected}, got {unit['begin']}"
                if unit["begin"] == times["started"] > could:
                    before[unit["task"]].add(last)
                free, last = unit["end"], unit["task"]
        for number in self.executed:
            after = self.tasks[number]["started_after"]
            if after not in before.get(number, {-1}):
                yield f"task {number} did not start after {after}"

    def rings(self) -> Iterator[str]:
        """Tasks leave the rings in order; nothing is submitted before it has a place."""
        window, entries, heap = (
            int(self.numbers[f"rings.{name}"]) for name in ("window", "dependences", "heap")
        )
        gone = list(accumulate((task["completed"] for task in self.tasks), max))
        counts = [len(task.dependences) for task in self.file.tasks]
        before = list(accumulate(counts, initial=0))
        last_use = self.last_uses()
        peak = 0
        for part in self.parts:
            begin, end = self.tasks[part[0]]["submitting"], part[-1] + 1
            retired = bisect_right(gone, begin)
            if end - retired > window:
                yield f"tasks {part} expect places in the window of {window}"
            if before[end] - before[retired] > entries:
                yield f"tasks {part} expect entries for their dependences"
            live, is_oldest = 0, True
            for which, memory in enumerate(self.file.memories):
                if memory.tasks_before is None or memory.tasks_before > part[-1]:
                    continue
                freed = memory.tasks_before <= retired and last_use.get(which, -1) < retired
                is_oldest = is_oldest and freed
                live += 0 if is_oldest or self.timeline.policy.reuse else memory.size_bytes
            peak = max(peak, live)
            if live > heap:
                yield f"tasks {part} expect a heap of {live} bytes, of {heap}"
        if not peak <= self.timeline.heap_peak <= heap:
            yield f"the heap expects a peak from {peak} to {heap}, got {self.timeline.heap_peak}"

    def last_uses(self) -> dict[int, int]:
        return {
            self.owner_of(base): number
            for number, task in enumerate(self.file.tasks)
            for base in task.bases
        }


def overlaps(some, others) -> Iterator[tuple[int, int]]:
    """Where an interval of one list lies over one of the other."""
    changes = []
    for which, intervals in enumerate((some, others)):
        for begin, end in intervals:
            changes += [(begin, which, 1), (end, which, -1)]
    open_, since = [0, 0], 0
    for time, which, by in sorted(changes):
        if all(open_) and time > since:
            yield since, time
        open_[which] += by
        since = time
