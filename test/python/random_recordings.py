"""Random legal recordings: instructions are written in an order in which they could execute.

Pipes execute their part of that order, so no recording waits for itself; a flag is set again only
where its last wait is known to be over.
"""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

from recording_builder import BYTES, CUBE, VECTOR_0, VECTOR_1, Builder, Kind, TaskBuilder
from recording_format import (
    ENTER,
    LEAVE,
    NEXT,
    Channel,
    File,
    Loop,
    Mark,
    Opcode,
    Pipe,
    Space,
    Type,
)

EVENTS = 8
PIPES = {
    CUBE: (Pipe.MTE1, Pipe.MTE2, Pipe.FIXP, Pipe.M, Pipe.S),
    VECTOR_0: (Pipe.MTE2, Pipe.MTE3, Pipe.V, Pipe.S),
    VECTOR_1: (Pipe.MTE2, Pipe.MTE3, Pipe.V, Pipe.S),
}
TYPES = (Type.I8, Type.BF16, Type.F32, Type.I32)


class FlagBook:
    """What each pipe of a unit knows of the others' progress, so that no set flag is set."""

    def __init__(self, pipes):
        self.known = {pipe: dict.fromkeys(pipes, 0) for pipe in pipes}
        self.waited = {}  # by pair and event: the waiter's progress, None while it is set

    def may_set(self, from_, to, event) -> bool:
        waited = self.waited.get((from_, to, event), 0)
        return waited is not None and self.known[from_][to] >= waited

    def set(self, from_, to, event):
        self.known[from_][from_] += 1
        self.waited[from_, to, event] = None
        return dict(self.known[from_])

    def wait(self, from_, to, event, told) -> None:
        mine = self.known[to]
        for pipe, progress in told.items():
            mine[pipe] = max(mine[pipe], progress)
        mine[to] += 1
        self.waited[from_, to, event] = mine[to]

    def meet(self) -> None:
        most = {pipe: self.known[pipe][pipe] for pipe in self.known}
        for pipe in self.known:
            self.known[pipe] = dict(most)


class Writer:
    """Fills one task; `places` are memories (address, bytes) it may touch.

    With `apart`, transfers of different pipes of a unit never begin at once.
    """

    def __init__(self, random_: random.Random, task: TaskBuilder, places, apart: bool = False):
        self.random, self.task, self.places, self.apart = random_, task, places, apart
        self.units = task.kind.units
        self.books = {unit: FlagBook(PIPES[unit]) for unit in self.units}
        self.flags = {unit: [] for unit in self.units}  # set, with what they tell
        self.outstanding = [0] * len(task.kind.channels)

    def place(self, least: int):
        address, size = self.random.choice([each for each in self.places if each[1] >= least])
        return address, size

    def transfer(self, unit: int, opcode: Opcode) -> None:
        if self.apart:
            self.meet(unit)
        type_ = self.random.choice(TYPES)
        columns = self.random.choice([1, 8, 16, 32, 40, 64, 128, 200, 256, 512])
        rows = self.random.choice([0, 1, 1, 2, 3, 5, 8, 16, 31])
        pitch = self.random.choice([None, columns, columns + 8, 256, 512, 1024])
        if pitch is not None and pitch < columns:
            pitch = None
        sizes = [rows, columns]
        if pitch is None and rows and self.random.random() < 0.2:
            sizes = [self.random.choice([1, 2]), rows, columns]
        span = (sizes[0] if len(sizes) == 3 else 1) * max(1, rows) * (pitch or columns)
        address, size = self.place(span * BYTES[type_])
        step = self.random.choice([32, 32, 512, 4096])
        address += self.random.randrange((size - span * BYTES[type_]) // step + 1) * step
        if opcode == Opcode.DMA_LOAD:
            self.task[unit].load(address, sizes, type_, pitch)
        else:
            self.task[unit].store(address, sizes, type_, pitch, self.random.random() < 0.3)

    def compute(self, unit: int) -> None:
        sizes = [self.random.choice([1, 7, 16, 64]), self.random.choice([8, 64, 128, 200])]
        its = self.task[unit]
        if unit == CUBE:
            how = self.random.randrange(4)
            if how == 0:
                its.move(Space.L1, self.random.choice([Space.L0A, Space.L0B]), sizes)
            elif how == 1:
                its.move(Space.L0C, Space.L1, sizes, Type.F32)
            else:
                m, k, n = (self.random.choice([1, 16, 33, 128]) for _ in range(3))
                its.mmad(m, k, n, self.random.choice([Type.BF16, Type.I8, Type.F32]))
            return
        opcode = self.random.choice([
            Opcode.UNARY, Opcode.BINARY, Opcode.CAST, Opcode.REDUCE, Opcode.FILL, Opcode.TRANSPOSE,
            Opcode.COMPARE, Opcode.SELECT,
        ])  # fmt: skip
        inputs = {Opcode.BINARY: 2, Opcode.COMPARE: 2, Opcode.SELECT: 3, Opcode.FILL: 0}
        kind = self.random.randrange(7) if opcode in (Opcode.UNARY, Opcode.BINARY) else 0
        its.vector(opcode, sizes, kind, inputs=inputs.get(opcode, 1))

    def set_flag(self, unit: int) -> None:
        from_, to = self.random.sample(PIPES[unit], 2)
        free = [e for e in range(EVENTS) if self.books[unit].may_set(from_, to, e)]
        if free:
            event = self.random.choice(free)
            self.task[unit].set(from_, to, event)
            told = self.books[unit].set(from_, to, event)
            self.flags[unit].append((from_, to, event, told))

    def wait_flag(self, unit: int) -> None:
        if self.flags[unit]:
            flag = self.flags[unit].pop(self.random.randrange(len(self.flags[unit])))
            self.task[unit].wait(*flag[:3])
            self.books[unit].wait(*flag)

    def meet(self, unit: int) -> None:
        self.task[unit].barrier()
        self.books[unit].meet()

    def double_buffered(self, unit: int) -> None:
        """A loop over two buffers, its flags given back by a barrier around it."""
        while self.flags[unit]:
            self.wait_flag(unit)
        self.meet(unit)
        its = self.task[unit]
        worker = Pipe.MTE1 if unit == CUBE else Pipe.V
        trips = self.random.randrange(1, 7)
        address, size = self.place(4096)
        for i in range(trips):
            if i >= 2:
                its.wait(worker, Pipe.MTE2, i % 2)
            its.load(address + 4096 * self.random.randrange(size // 4096), [8, 256])
            its.set(Pipe.MTE2, worker, i % 2)
            its.wait(Pipe.MTE2, worker, i % 2)
            if unit == CUBE:
                its.move(Space.L1, Space.L0A, [8, 256])
            else:
                its.vector(Opcode.BINARY, [8, 256], inputs=2)
            if i + 2 < trips:
                its.set(worker, Pipe.MTE2, i % 2)
        self.meet(unit)

    def push(self, number: int) -> None:
        channel = self.task.kind.channels[number]
        if self.outstanding[number] == channel.slots:
            self.pop(number)
        lanes = self.units[1:]
        for unit in lanes if channel.to_cube else [CUBE]:
            self.task[unit].push(number, self.part(channel, unit), channel.type)
        self.outstanding[number] += 1

    def pop(self, number: int) -> None:
        channel = self.task.kind.channels[number]
        if self.outstanding[number] == 0:
            return
        for unit in [CUBE] if channel.to_cube else self.units[1:]:
            self.task[unit].pop(number, self.part(channel, unit), channel.type)
            if self.random.random() < 0.5:
                self.compute(unit)
            self.task[unit].release(number, Pipe.MTE1 if unit == CUBE else Pipe.V)
        self.outstanding[number] -= 1

    def part(self, channel: Channel, unit: int):
        sizes = [channel.rows, channel.columns]
        if unit != CUBE and channel.split and len(self.units) == 3:
            d = channel.split - 1
            sizes[d] = sizes[d] // 2 if unit == VECTOR_1 else -(-sizes[d] // 2)
        return sizes

    def cross(self) -> None:
        """One side tells the other."""
        event, lanes = self.random.randrange(4), self.units[1:]
        from_cube = self.random.random() < 0.5
        for unit in [CUBE] if from_cube else lanes:
            self.task[unit].cross_set(Pipe.FIXP if unit == CUBE else Pipe.MTE3, event)
        for unit in lanes if from_cube else [CUBE]:
            self.task[unit].cross_wait(Pipe.MTE2, event)

    def write(self, steps: int) -> None:
        for _ in range(steps):
            unit = self.random.choice(self.units)
            step = self.random.randrange(20)
            if step < 5:
                self.transfer(unit, Opcode.DMA_LOAD)
            elif step < 8:
                self.transfer(unit, Opcode.DMA_STORE)
            elif step < 12:
                self.compute(unit)
            elif step < 14:
                self.set_flag(unit)
            elif step < 16:
                self.wait_flag(unit)
            elif step == 16:
                self.random.choice([self.meet, self.double_buffered])(unit)
            elif step == 17:
                if self.random.random() < 0.5:
                    self.task[unit].read_scalar()
                else:
                    self.task[unit].barrier(self.random.choice(PIPES[unit]))
            elif self.outstanding:
                number = self.random.randrange(len(self.outstanding))
                self.random.choice([self.push, self.push, self.pop])(number)
            elif len(self.units) > 1 and CUBE in self.units:
                self.cross()
        for unit in self.units:
            while self.flags[unit]:
                self.wait_flag(unit)
        for number, outstanding in enumerate(self.outstanding):
            for _ in range(outstanding):
                self.pop(number)


def add_claims(random_: random.Random, it: Builder) -> None:
    """Loops around the tasks, parallel or not, and claims of tasks and memories, true or not."""
    file, tasks = it.file, len(it.tasks)

    def loop(begin: int, end: int, depth: int) -> None:
        parallel = random_.random() < 0.5
        file.loops.append(Loop(f"test.py:{begin + 1}:9", random_.choice("ijk"), parallel,
                               random_.randrange(3) if parallel else 0))  # fmt: skip
        lower, step = random_.randrange(-3, 4), random_.randrange(1, 4)
        file.marks.append(Mark(begin, ENTER, len(file.loops) - 1, lower, step))
        cuts = sorted(random_.randrange(begin, end + 1) for _ in range(random_.randrange(4)))
        for first, last in pairwise([begin, *cuts, end]):
            file.marks.append(Mark(first, NEXT))
            if last > first and depth < 3 and random_.random() < 0.4:
                loop(first, last, depth + 1)
        file.marks.append(Mark(end, LEAVE))

    at = 0
    while at < tasks:
        end = random_.randrange(at, tasks) + 1
        if random_.random() < 0.6:
            loop(at, end, 0)
        at = end
    for i, each in enumerate(file.memories):
        shape = random_.choice(((), (each.size_bytes // 4,), (2, 5, each.size_bytes // 40)))
        file.memories[i] = replace(
            each, manual_dep=random_.random() < 0.2, shape=shape, type=Type.F32 if shape else 0
        )
    for task in it.tasks:
        if task.kind is not None and random_.random() < 0.3:
            some = random_.sample(file.memories, random_.randrange(len(file.memories) + 1))
            task.no_dep = tuple(each.address for each in some)


def random_kinds(random_: random.Random) -> list[Kind]:
    kinds = [Kind(cube=True), Kind(lanes=1, tracked_arguments=2), Kind(lanes=2, explicit_only=True)]
    for lanes in (1, 2):
        channels, base = [], 0
        for to_cube in range(random_.randrange(3)):
            rows, columns = random_.choice([1, 16, 17]), random_.choice([16, 33, 128])
            slots = random_.choice([1, 2, 3])
            slot_bytes = -(-rows * columns * 4 // 512) * 512
            split = random_.randrange(3) if lanes == 2 else 0
            if split and (rows, columns)[split - 1] == 1:
                split = 0
            channels.append(
                Channel(rows, columns, Type.F32, slots, to_cube, split, base, slot_bytes)
            )
            base += slots * slot_bytes
        kinds.append(Kind(True, lanes, tuple(channels), f"mixed {lanes}"))
    return kinds


def random_recording(seed: int, tasks: int = 40, steps: int = 14, apart: bool = False) -> Builder:
    """With `apart`, of tasks on one core, whose transfers begin one after the other."""
    random_ = random.Random(seed)
    it = Builder()
    kinds = random_kinds(random_)[: 2 if apart else None]
    places = [
        (it.memory(f"x{i}", size), size) for i, size in enumerate((40_000, 300_000, 2_000_000))
    ]
    for number in range(tasks):
        after = random_.sample(range(number), min(number, random_.choice([0, 0, 1, 1, 2, 4])))
        chance = random_.random()
        if number and chance < 0.05:
            it.join(after)
        elif number and chance < 0.2 and (old := random_.choice(it.tasks)).kind is not None:
            it.repeat(old, after)
        else:
            if chance > 0.8:
                size = random_.choice([40_000, 130_000])
                places.append((it.memory(f"t{number}", size, allocated=True), size))
            task = it.task(random_.choice(kinds), after)
            writer = Writer(random_, task, places[:3] + places[-2:], apart)
            writer.write(random_.randrange(1, steps))
            if random_.random() < 0.3:
                address, size = writer.place(8)
                task.scalars = [(address + 4 * i, 4) for i in range(random_.randrange(3))]
        if chance < 0.02:
            it.read(random_.sample(range(number + 1), 1))
    add_claims(random.Random(seed), it)
    return it


def random_file(seed: int, **sizes) -> File:
    return random_recording(seed, **sizes).finish()
