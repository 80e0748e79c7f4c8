"""Judges what a timeline says of the instructions of a task.

A second implementation of pipes, flags and channels: where transfers end is taken from the
timeline, everything else is computed from the recording and must be what the timeline says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from instruction_costs import Costs, is_timed, is_transfer
from recording_builder import CUBE
from recording_format import File, Instruction, Opcode, Pipe

PIPES = len(Pipe)


class PipeState:
    def __init__(self, queue, begin: int):
        self.queue, self.next = queue, 0
        self.free = begin  # the next instruction starts no earlier
        self.seen = begin  # others see all that it has done
        self.ends: list[int] = []  # of transfers

    @property
    def all_done(self) -> int:
        return max(self.free, self.seen)

    def wait_until(self, time: int) -> None:
        self.free = max(self.free, time)


class CoreGroup:
    """One task. `begins` are its cores' begins by unit, `rows` its timed instructions by unit."""

    def __init__(self, file: File, task: int, costs: Costs, begins, rows):
        self.file, self.task, self.costs = file, task, costs
        self.kernel = file.kernel_of(task)
        self.pipes: dict[tuple[int, int], PipeState] = {}
        self.errors: list[str] = []
        self.flags, self.crosses = {}, defaultdict(list)
        self.pushed, self.released = defaultdict(list), defaultdict(list)
        self.counts = defaultdict(int)  # pushes, pops and waits begun
        self.fences: dict[tuple[int, int], dict[int, int]] = defaultdict(dict)
        head = costs.dispatch("core_head")
        for unit, begin in begins.items():
            positions = file.stream_of(task).units[unit]
            instructions = [file.instructions[each] for each in positions]
            for pipe in range(PIPES):
                queue, mine = [], iter([row for row in rows[unit] if row["pipe"] == pipe])
                for number, each in enumerate(instructions):
                    row = next(mine, None) if is_timed(each) and each.pipe == pipe else None
                    if row is not None and row["instruction"] != positions[number]:
                        self.fail(unit, each, "is not the next of its pipe")
                    is_common = each.opcode == Opcode.READ_SCALAR or (
                        each.opcode == Opcode.BARRIER and each.kind == 1
                    )
                    if is_common or each.pipe == pipe:
                        queue.append((number, each, row))
                if next(mine, None) is not None:
                    self.errors.append(f"task {task}, unit {unit}: more instructions than recorded")
                self.pipes[unit, pipe] = PipeState(queue, begin + head)

    def fail(self, unit: int, instruction: Instruction, what: str) -> None:
        name = f"{Pipe(instruction.pipe).name} {Opcode(instruction.opcode).name}"
        self.errors.append(f"task {self.task}, unit {unit}, {name}: {what}")

    def run(self) -> dict[int, int]:
        """When each unit ends; errors are kept."""
        goes_on = True
        while goes_on:
            goes_on = False
            for (unit, number), pipe in self.pipes.items():
                while pipe.next < len(pipe.queue) and self.step(unit, number, pipe):
                    pipe.next += 1
                    goes_on = True
        for (unit, _), pipe in self.pipes.items():
            if pipe.next < len(pipe.queue):
                self.fail(unit, pipe.queue[pipe.next][1], "never starts")
        ends = defaultdict(int)
        for (unit, _), pipe in self.pipes.items():
            ends[unit] = max([ends[unit], pipe.all_done, *pipe.ends])
        return ends

    def units_of(self, of_cube: bool) -> list[int]:
        return [CUBE] if of_cube else list(range(1, 1 + self.kernel.lanes))

    def after(self, times, of_cube: bool, number: int) -> int | None:
        """When all units of a side had done something `number` times before, and once more."""
        each = [times[unit] for unit in self.units_of(of_cube)]
        return max(t[number] for t in each) if all(len(t) > number for t in each) else None

    def step(self, unit: int, number: int, pipe: PipeState) -> bool:
        place, it, row = pipe.queue[pipe.next]
        latency = self.costs.latency
        if it.opcode == Opcode.SET_FLAG:
            flag = (unit, it.pipe, it.other_pipe, it.event)
            if self.flags.get(flag) is not None:
                return False  # its waiter has not come yet
            self.flags[flag] = pipe.all_done + latency("flag")
        elif it.opcode == Opcode.WAIT_FLAG:
            time = self.flags.pop((unit, it.other_pipe, it.pipe, it.event), None)
            if time is None:
                return False
            pipe.wait_until(time)
        elif it.opcode == Opcode.CROSS_SET:
            self.crosses[it.event, unit].append(pipe.all_done + latency("cross_flag"))
        elif it.opcode == Opcode.CROSS_WAIT:
            times = {other: self.crosses[it.event, other] for other in range(3)}
            time = self.after(times, unit != CUBE, self.counts["wait", it.event, unit])
            if time is None:
                return False
            self.counts["wait", it.event, unit] += 1
            pipe.wait_until(time)
        elif it.opcode == Opcode.RELEASE:
            self.released[it.channel, unit].append(pipe.all_done + latency("cross_flag"))
        elif it.opcode == Opcode.BARRIER and it.kind != 1:
            pipe.wait_until(max([pipe.all_done, *pipe.ends]) + latency("barrier"))
        elif it.opcode in (Opcode.BARRIER, Opcode.READ_SCALAR):
            come, is_barrier = self.fences[unit, place], it.opcode == Opcode.BARRIER
            if is_barrier or number == it.pipe:
                come.setdefault(number, max([pipe.all_done, *pipe.ends]))
            if len(come) < (PIPES if is_barrier else 1):
                return False
            pipe.wait_until(max(come.values()) + (latency("barrier") if is_barrier else 0))
        else:
            return self.start(unit, pipe, it, row)
        return True

    def start(self, unit: int, pipe: PipeState, it: Instruction, row) -> bool:
        transfers, begin = is_transfer(it), pipe.free
        if it.opcode in (Opcode.PUSH, Opcode.POP):
            time = self.slot(unit, it)
            if time is None:
                return False
            begin = max(begin, time)
        most = int(self.costs.numbers["dma.in_flight"])
        if not transfers:
            begin = max([begin, *pipe.ends])
        elif len(pipe.ends) >= most:
            begin = max(begin, pipe.ends[-most])
        if row is None:
            self.fail(unit, it, "has no time")
            return True
        if row["begin"] != begin:
            self.fail(unit, it, f"expects to begin at {begin}, but got {row['begin']}")
        end = int(row["end"])
        if transfers:
            if end < max([begin, *pipe.ends]):
                self.fail(unit, it, f"ends at {end}, before what it follows")
            pipe.free = begin
            pipe.ends.append(end)
        else:
            expected = begin + self.costs.hold(it)
            if abs(end - expected) > 1:  # a sum of floats, rounded up
                self.fail(unit, it, f"expects to end at {expected}, but got {end}")
            pipe.free = end
        pipe.seen = max(pipe.seen, end + self.costs.seen_after(it))
        if it.opcode == Opcode.PUSH:
            visible = pipe.seen + self.costs.latency("cross_flag")
            self.pushed[it.channel, unit].append(visible)
        return True

    def slot(self, unit: int, it: Instruction) -> int | None:
        """When the slot that a push or pop is about is free or full."""
        channel = self.kernel.channels[it.channel]
        pushes = it.opcode == Opcode.PUSH
        count = self.counts[it.opcode, it.channel, unit]
        number = count - channel.slots if pushes else count
        times = self.released if pushes else self.pushed
        by_cube = bool(channel.to_cube) == pushes
        time = 0
        if number >= 0:
            by_unit = {other: times[it.channel, other] for other in range(3)}
            time = self.after(by_unit, by_cube, number)
        if time is not None:
            self.counts[it.opcode, it.channel, unit] += 1
        return time


def check_cores(file: File, numbers, timeline) -> Iterator[str]:
    """What is wrong with the times of instructions and of cores, line by line."""
    costs = Costs(numbers)
    rows, cores = defaultdict(list), defaultdict(list)
    for row in timeline.instructions:
        rows[int(row["task"]), int(row["unit"])].append(row)
    for row in timeline.units:
        cores[int(row["task"])].append(row)
    for task in range(len(file.tasks)):
        kernel = file.kernel_of(task)
        if kernel is None:
            continue
        executing = sorted(cores[task], key=lambda row: row["unit"])
        got = [int(row["unit"]) for row in executing]
        lanes = list(range(1, 1 + kernel.lanes))
        expected = [[CUBE] * kernel.has_cube + lanes]
        if lanes == [1] and not kernel.has_cube:
            expected.append([2])  # any vector core
        if got not in expected:
            yield f"task {task}: expects cores {expected[0]}, but got {got}"
            continue
        units = dict(zip(expected[0], executing, strict=True))
        begins = {unit: int(row["begin"]) for unit, row in units.items()}
        mine = {unit: rows.pop((task, int(row["unit"])), []) for unit, row in units.items()}
        group = CoreGroup(file, task, costs, begins, mine)
        ends = group.run()
        yield from group.errors
        for unit, row in units.items():
            if row["end"] != ends[unit]:
                yield f"task {task}, unit {unit}: expects end {ends[unit]}, but got {row['end']}"
    for task, core in rows:
        yield f"task {task}, core {core}: instructions of a core that does not execute it"
