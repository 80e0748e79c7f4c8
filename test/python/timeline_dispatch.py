"""The laws of a task's way: from submission through queues and schedulers to a core, and back."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate, pairwise

from timeline_view import View

UNITS = 3


class Dispatch(View):
    """Each law yields what breaks it."""

    def laws(self):
        return (
            self.submissions, self.dependences, self.dispatches, self.schedulers, self.queues,
            self.slots, self.cores_execute, self.rings,
        )  # fmt: skip

    def submissions(self) -> Iterator[str]:
        """The orchestrator does one thing at a time, in order, and idles only for a reason."""
        submit, load = self.cost("submit"), self.cost("condition_load")
        completions = {times["completed"] for times in self.tasks}
        now, waits = 0, list(self.file.waits)
        for number, times in enumerate(self.tasks):
            loads = 0
            while waits and waits[0].tasks_before <= number:
                now = max([now, *(self.tasks[w]["completed"] for w in waits.pop(0).writers)]) + load
                loads += load
            least, begin = now + submit, times["submitted"] - submit
            if begin < now:
                yield f"task {number} expects submission from {least}, got {times['submitted']}"
            if begin > now and times["submission"] == 0:
                yield f"task {number} was submitted late, for no reason"
            if begin > now and not completions & {begin, begin - loads}:
                yield f"task {number} was not submitted when the wait for it was over"
            now = times["submitted"]
        busy = len(self.tasks) * submit + len(self.file.waits) * load
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

    def dispatches(self) -> Iterator[str]:
        """Every step of a task's way to its cores and back takes its price."""
        to_core = self.cost("schedule_dispatch") + self.cost("to_core")
        back = self.cost("from_core") + self.cost("schedule_complete")
        cores = defaultdict(list)
        for unit in self.units:
            cores[unit["task"]].append(unit)
        for number in self.executed:
            times, mine = self.tasks[number], cores[number]
            if times["dispatched"] < times["ready"]:
                yield f"task {number} was dispatched before it was ready"
            if times["arrived"] != times["dispatched"] + to_core:
                yield f"task {number} expects {to_core} from its dispatch to its core"
            if times["completed"] < times["ended"] + back:
                yield f"task {number} expects at least {back} from its end to its completion"
            if times["group"] % self.threads != times["scheduler"]:
                yield f"task {number} is on a group of another scheduler"
            if {unit["group"] for unit in mine} != {times["group"]}:
                yield f"task {number} expects its cores in one group"
            elif times["started"] != min(unit["begin"] for unit in mine):
                yield f"task {number} expects to start with the first of its cores"
            elif times["ended"] != max(unit["end"] for unit in mine):
                yield f"task {number} expects to end with the last of its cores"
        for number in set(range(len(self.tasks))) - set(self.executed):
            if self.tasks[number]["dispatched"] != -1 or number in cores:
                yield f"join {number} was dispatched"

    def schedulers(self) -> Iterator[str]:
        """A scheduler does one thing at a time, completions first and at once."""
        dispatch, complete = self.cost("schedule_dispatch"), self.cost("schedule_complete")
        jobs = defaultdict(list)
        for number in self.executed:
            times = self.tasks[number]
            begin = times["completed"] - complete
            seen = times["ended"] + self.cost("from_core")
            jobs[times["scheduler"]].append((times["dispatched"], dispatch, times["dispatched"]))
            jobs[times["scheduler"]].append((begin, complete, seen))
        for thread in range(self.threads):
            mine, free = sorted(jobs[thread], key=lambda job: (job[0], job[0] + job[1])), 0
            for begin, price, wanted in mine:
                if begin < free:
                    yield f"scheduler {thread} does two things at {begin}"
                if begin > max(wanted, free):
                    yield f"scheduler {thread} idles at {free}, though a task has ended"
                free = begin + price
            busy = sum(price for _, price, _ in mine)
            if busy != self.timeline.scheduler_busy[thread]:
                got = self.timeline.scheduler_busy[thread]
                yield f"scheduler {thread} expects to be busy {busy}, but got {got}"

    def queues(self) -> Iterator[str]:
        """Of one kind of cores, the task that has been ready longest is dispatched first."""
        kinds = defaultdict(list)
        for number in self.executed:
            kernel = self.file.kernel_of(number)
            kinds[kernel.has_cube, kernel.lanes > 0].append(self.tasks[number])
        for queue in kinds.values():
            queue.sort(key=lambda times: (times["dispatched"], times["ready"]))
            for first, second in pairwise(queue):
                if first["ready"] > second["ready"]:
                    yield f"a task that was ready at {second['ready']} was overtaken"

    def occupied(self) -> dict[tuple[int, int], list[dict[str, int]]]:
        cores = defaultdict(list)
        for unit in self.units:
            cores[unit["group"], unit["unit"]].append(unit)
        return cores

    def slots(self) -> Iterator[str]:
        """A core holds no more tasks than it has places for, from dispatch to completion."""
        most = int(self.numbers["cores.running_per_core"] + self.numbers["cores.pending_per_core"])
        for core, units in self.occupied().items():
            times = [self.tasks[unit["task"]] for unit in units]
            changes = [(t["completed"], -1) for t in times] + [(t["dispatched"], 1) for t in times]
            held = max(accumulate(change for _, change in sorted(changes)))
            if held > most:
                yield f"core {core} holds {held} tasks, of at most {most}"

    def cores_execute(self) -> Iterator[str]:
        """A core executes one task at a time, in the order they arrive, and starts at once."""
        before = defaultdict(set)
        for core, units in self.occupied().items():
            if not (core[0] < self.groups and core[1] < UNITS):
                yield f"core {core} does not exist"
            units.sort(key=lambda unit: (self.tasks[unit["task"]]["arrived"], unit["begin"]))
            free, last = 0, -1
            for unit in units:
                times = self.tasks[unit["task"]]
                expected = max(free, times["arrived"])
                if unit["begin"] != expected:
                    yield f"core {core} expects a task to begin at {expected}, got {unit['begin']}"
                if unit["begin"] == times["started"] > times["arrived"]:
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
        for number, times in enumerate(self.tasks):
            begin = times["submitted"] - self.cost("submit")
            retired = bisect_right(gone, begin)
            if number - retired >= window:
                yield f"task {number} expects a place in the window of {window}"
            held = before[number] - before[retired]
            if held and held + counts[number] > entries:
                yield f"task {number} expects {counts[number]} entries for its dependences"
            live, is_oldest = 0, True
            for which, memory in enumerate(self.file.memories):
                if memory.tasks_before is None or memory.tasks_before > number:
                    continue
                freed = memory.tasks_before <= retired and last_use.get(which, -1) < retired
                is_oldest = is_oldest and freed
                live += 0 if is_oldest else memory.size_bytes
            peak = max(peak, live)
            if live > heap:
                yield f"task {number} expects a heap of {live} bytes, of {heap}"
        if not peak <= self.timeline.heap_peak <= heap:
            yield f"the heap expects a peak from {peak} to {heap}, got {self.timeline.heap_peak}"

    def last_uses(self) -> dict[int, int]:
        return {
            self.owner_of(base): number
            for number, task in enumerate(self.file.tasks)
            for base in task.bases
        }
