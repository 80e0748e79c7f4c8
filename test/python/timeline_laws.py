"""Laws that every timeline obeys, whatever the recording and the device.

`check_laws` believes nothing of the simulator but the timeline itself: what was recorded, what a
device's numbers say, and what of it must be conserved, ordered or bounded.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate, pairwise
from math import ceil

import numpy as np
from instruction_costs import Costs, bytes_of, is_transfer
from recording_builder import BYTES
from recording_format import File, Opcode, Space
from timeline_cores import check_cores

UNITS, PIPES = 3, 7


def check_laws(file: File, numbers, timeline) -> list[str]:
    """What is wrong with a timeline; nothing, if it is lawful."""
    its = Laws(file, numbers, timeline)
    laws = (
        its.submissions, its.dependences, its.dispatches, its.schedulers, its.queues, its.slots,
        its.cores_execute, its.rings, its.pipes, its.traffic, its.links, its.bounds, its.sums,
    )  # fmt: skip
    errors = [f"{law.__name__}: {error}" for law in laws for error in law()]
    if len(timeline.instructions) or not timeline.operations:
        errors += [f"instructions: {error}" for error in check_cores(file, numbers, timeline)]
    return errors


def owner_of(file: File, address: int) -> int:
    return bisect_right([memory.address for memory in file.memories], address) - 1


def transfers_of(file: File, task: int) -> Iterator[tuple[int, object, object, int | None]]:
    """Unit, instruction, region in global memory, and address; channels' have none."""
    addresses = iter(file.addresses_of(task))
    for unit, positions in enumerate(file.stream_of(task).units):
        for position in positions:
            it = file.instructions[position]
            regions = [each for each in it.regions if each.space == Space.GM]
            if regions:
                yield unit, it, regions[0], next(addresses)
            elif is_transfer(it):
                yield unit, it, it.regions[0], None


class Laws:
    def __init__(self, file: File, numbers, timeline):
        self.file, self.numbers, self.timeline = file, numbers, timeline
        self.costs = Costs(numbers)
        self.tasks = rows_of(timeline.tasks)
        self.executed = [i for i, task in enumerate(file.tasks) if task.stream is not None]
        self.units = rows_of(timeline.units)
        self.groups = int(numbers["cores.groups"])
        self.threads = int(numbers["dispatch.schedulers"])

    def cost(self, name: str) -> int:
        return self.costs.dispatch(name)

    # ----------------------------------------------------------------------------------------------
    # From submission to completion
    # ----------------------------------------------------------------------------------------------

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

    # ----------------------------------------------------------------------------------------------
    # What is bounded
    # ----------------------------------------------------------------------------------------------

    def rings(self) -> Iterator[str]:
        """Tasks leave the rings in order; nothing is submitted before it has a place."""
        window, entries, heap = (
            int(self.numbers[f"rings.{name}"]) for name in ("window", "dependences", "heap")
        )
        gone = list(accumulate((task["completed"] for task in self.tasks), max))
        counts = [len(task.dependences) for task in self.file.tasks]
        last_use = self.last_uses()
        peak = 0
        for number, times in enumerate(self.tasks):
            begin = times["submitted"] - self.cost("submit")
            retired = bisect_right(gone, begin)
            if number - retired >= window:
                yield f"task {number} expects a place in the window of {window}"
            held = sum(counts[retired:number])
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
            owner_of(self.file, base): number
            for number, task in enumerate(self.file.tasks)
            for base in task.bases
        }

    def pipes(self) -> Iterator[str]:
        """On every pipe: busy and stalled is the time that its core had a task."""
        spans, by_kernel = defaultdict(int), defaultdict(int)
        holds, transfers = defaultdict(int), defaultdict(list)
        for unit in self.units:
            spans[unit["group"], unit["unit"]] += unit["end"] - unit["begin"]
            kernel = self.file.stream_of(unit["task"]).kernel
            by_kernel[kernel, int(unit["unit"] != 0)] += unit["end"] - unit["begin"]
        for row in self.timeline.instructions:
            core = (int(row["group"]), int(row["unit"]), int(row["pipe"]))
            if is_transfer(self.file.instructions[row["instruction"]]):
                transfers[core].append((int(row["begin"]), int(row["end"])))
            else:
                holds[core] += int(row["end"] - row["begin"])
        tables = [(self.timeline.cores, spans), (self.timeline.kernels, by_kernel)]
        for table, expected in tables:
            for place in np.ndindex(table.shape):
                times = table[place]
                total, parts = int(times["busy"]) + int(times["stalled"].sum()), expected[place[:2]]
                if total != parts:
                    yield f"pipe {place} expects busy and stalled to be {parts}, but got {total}"
                if times["busy"] < 0 or (times["stalled"] < 0).any() or times["contended"] < 0:
                    yield f"pipe {place} expects times from 0"
                if times["contended"] > times["busy"]:
                    yield f"pipe {place} expects contention to be a part of busy time"
        if not len(self.timeline.instructions):
            return
        for place in np.ndindex(self.timeline.cores.shape):
            busy, hold = int(self.timeline.cores[place]["busy"]), holds[place]
            if not hold <= busy <= hold + union(transfers[place]):
                yield f"pipe {place} expects to be busy from {hold} on, but got {busy}"

    # ----------------------------------------------------------------------------------------------
    # Bytes
    # ----------------------------------------------------------------------------------------------

    def traffic(self) -> Iterator[str]:
        """Memories are read and written as recorded; each line comes and goes for a reason."""
        memories = len(self.file.memories)
        read, written = np.zeros(memories + 1, int), np.zeros(memories + 1, int)
        touched, distinct = np.zeros(memories + 1, int), defaultdict(set)
        line = int(self.numbers["l2.line"])
        for number in self.executed:
            for _, it, region, address in transfers_of(self.file, number):
                owner = memories if address is None else owner_of(self.file, address)
                if it.opcode in (Opcode.DMA_LOAD, Opcode.POP):
                    read[owner] += bytes_of(region)
                    continue
                written[owner] += bytes_of(region)
                if address is not None:
                    lines = lines_of(region, address, line)
                    touched[owner] += len(lines)
                    distinct[owner].update(lines)
        for owner, row in enumerate(self.timeline.memories):
            got = (int(row["read"]), int(row["written"]))
            if got != (read[owner], written[owner]):
                yield f"memory {owner} expects {read[owner]}, {written[owner]} bytes, but got {got}"
            out = int(row["hbm_written"]) + int(row["dirty"])
            if owner < memories and not line * len(distinct[owner]) <= out <= line * touched[owner]:
                yield f"memory {owner} expects {len(distinct[owner])} lines out, got {out / line}"
        totals = {name: int(self.timeline.memories[name].sum()) for name in LEDGER}
        if self.timeline.hbm.bytes != totals["hbm_read"] + totals["hbm_written"]:
            yield f"the HBM expects the bytes of the ledgers, but got {self.timeline.hbm.bytes}"
        if self.timeline.l2_write.bytes != totals["written"]:
            yield f"the cache expects {totals['written']} written, {self.timeline.l2_write.bytes}"
        hits = self.timeline.l2_read.bytes
        if not totals["read"] - totals["hbm_read"] <= hits <= totals["read"]:
            yield f"the cache expects hits for what the HBM does not give, but got {hits}"

    def links(self) -> Iterator[str]:
        """Nothing is faster than its bandwidth, at no time; all bytes went some time."""
        for name, entry in LINKS.items():
            link, rate = getattr(self.timeline, name), self.numbers[entry]
            if not 0.999999 * rate <= link.bytes_per_second <= rate:
                yield f"{name} expects {rate} bytes/s, but got {link.bytes_per_second}"
            most = link.series.step * rate / 1e12
            if len(link.series.sums) and link.series.sums.max() > most * (1 + 1e-6):
                yield f"{name} expects at most {most} bytes a step, got {link.series.sums.max()}"
            # A flow ends on the next picosecond; sums are cut to 2^-24 bytes a picosecond.
            slack = self.timeline.events * rate / 1e12 + 1e-6 * link.bytes + 1
            if abs(link.series.sums.sum() - link.bytes) > slack:
                yield f"{name} expects {link.bytes} bytes, but got {link.series.sums.sum()}"

    # ----------------------------------------------------------------------------------------------
    # The whole
    # ----------------------------------------------------------------------------------------------

    def bounds(self) -> Iterator[str]:
        """The makespan is at least the critical path, and every resource's demand over its rate."""
        if not self.tasks:
            return
        span = self.timeline.makespan
        if span != max(task["completed"] for task in self.tasks):
            yield f"expects the makespan to be the last completion, but got {span}"
        demands = {
            "the orchestrator": self.timeline.orchestrator_busy,
            "schedulers": sum(self.timeline.scheduler_busy) / self.threads,
            "cubes": self.sum_of_units(0) / self.groups,
            "vector cores": self.sum_of_units(1) / (2 * self.groups),
            "HBM": int(self.timeline.memories["hbm_read"].sum())
            * 1e12
            / self.numbers[LINKS["hbm"]],
            "reads": self.timeline.l2_read.bytes * 1e12 / self.numbers[LINKS["l2_read"]],
            "writes": self.timeline.l2_write.bytes * 1e12 / self.numbers[LINKS["l2_write"]],
            "the critical path": self.critical_path(),
        }
        for name, demand in demands.items():
            if span < demand - 1:
                yield f"expects a makespan of {demand} at least for {name}, but got {span}"

    def critical_path(self) -> int:
        submit, ends, shortest = self.cost("submit"), [], {}
        around = sum(
            self.cost(name)
            for name in (
                "schedule_dispatch", "to_core", "core_head", "from_core", "schedule_complete",
            )
        )  # fmt: skip
        for number, task in enumerate(self.file.tasks):
            ready = max([(number + 1) * submit, *(ends[other] for other, _ in task.dependences)])
            if task.stream is not None:
                if task.stream not in shortest:
                    shortest[task.stream] = self.shortest(task.stream)
                ready += around + shortest[task.stream]
            ends.append(ready)
        return max(ends)

    def shortest(self, stream: int) -> int:
        """What the busiest pipe takes, its transfers at the best rate of their path."""
        longest = 0
        for unit, positions in enumerate(self.file.streams[stream].units):
            busy = defaultdict(int)
            for position in positions:
                it = self.file.instructions[position]
                if it.regions and it.opcode != Opcode.READ_SCALAR:
                    busy[it.pipe] += self.quickest(unit, it)
            longest = max([longest, *busy.values()])
        return longest

    def quickest(self, unit: int, it) -> int:
        if not is_transfer(it):
            return self.costs.hold(it)
        if it.regions[0].space == Space.L0C:
            return self.costs.fixpipe(it.regions[0])
        own = "l1" if unit == 0 else "ub"
        reads = it.opcode in (Opcode.DMA_LOAD, Opcode.POP)
        paths = (f"gm_to_{own}", f"l2_to_{own}") if reads else (f"{own}_to_gm",)
        best = max(self.numbers[f"bandwidth.{path}"] for path in paths)
        return int(self.costs.cycles(bytes_of(it.regions[0]) / best) * 0.999999)

    def sum_of_units(self, kind: int) -> int:
        return sum(u["end"] - u["begin"] for u in self.units if (u["unit"] != 0) == bool(kind))

    def sums(self) -> Iterator[str]:
        """Curves and losses add up to what the tables say."""
        t, ran = self.timeline, [self.tasks[number] for number in self.executed]
        expected = {
            "busy_cubes": self.sum_of_units(0),
            "busy_vectors": self.sum_of_units(1),
            "ready_tasks": sum(times["started"] - times["ready"] for times in ran),
            "loss_cubes": self.loss(0),
            "loss_vectors": self.loss(1),
        }
        for name, value in expected.items():
            got = getattr(t, name)
            got = got if isinstance(got, int) else int(got.sums.sum())
            if got != value:
                yield f"{name} expects {value}, but got {got}"
        count = sum(
            it.opcode < Opcode.SET_FLAG or it.opcode in (Opcode.PUSH, Opcode.POP)
            for number in self.executed
            for positions in self.file.stream_of(number).units
            for it in (self.file.instructions[position] for position in positions)
        )
        if t.operations != count:
            yield f"expects {count} operations, but got {t.operations}"

    def loss(self, kind: int) -> int:
        """Idle cores for which a task is ready, times how long."""
        changes = []
        for unit in self.units:
            if (unit["unit"] != 0) == bool(kind):
                changes += [(unit["begin"], -1, 0), (unit["end"], 1, 0)]
        for number in self.executed:
            kernel, times = self.file.kernel_of(number), self.tasks[number]
            wanted = kernel.lanes if kind else int(kernel.has_cube)
            changes += [(times["ready"], 0, wanted), (times["started"], 0, -wanted)]
        idle, wanted, since, loss = self.groups * (1 + kind), 0, 0, 0
        for time, more_idle, more_wanted in sorted(changes):
            loss += (time - since) * min(idle, wanted)
            since, idle, wanted = time, idle + more_idle, wanted + more_wanted
        return loss


LEDGER = ("read", "written", "hbm_read", "hbm_written", "dirty")
LINKS = {
    "hbm": "hbm.bandwidth",
    "l2_read": "l2.read_bandwidth",
    "l2_write": "l2.write_bandwidth",
}


def rows_of(table) -> list[dict[str, int]]:
    names = [name for name in table.dtype.names if table.dtype[name].kind in "iu"]
    columns = [table[name].tolist() for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def union(intervals) -> int:
    """How long at least one of them lasts."""
    total, until = 0, 0
    for begin, end in sorted(intervals):
        total += max(0, end - max(begin, until))
        until = max(until, end)
    return total


def lines_of(region, address: int, line: int) -> list[int]:
    """The lines of each row, one after the other."""
    size = BYTES[region.type]
    if 0 in region.sizes:
        return []
    inner = region.sizes[-1] * size if region.sizes else size
    lines = []
    for index in np.ndindex(*region.sizes[:-1]):
        begin = address + size * sum(
            i * stride for i, stride in zip(index, region.strides, strict=False)
        )
        lines.extend(range(begin // line, ceil((begin + inner) / line)))
    return lines
