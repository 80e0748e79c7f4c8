"""Recordings written by hand, for tests and measurements of the simulator.

    it = Builder()
    x = it.memory("x", 65536)
    task = it.task(Kind(cube=True))
    task[CUBE].load(x, [16, 256], pitch=512)
    timeline = replay(it.recording(), device)

Sizes are elements unless they are named bytes; a transfer's core memory is what its pipe implies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from recording_format import (
    ENTER,
    LEAVE,
    NEXT,
    READ_AFTER_WRITE,
    Channel,
    File,
    Flag,
    Instruction,
    Kernel,
    Loop,
    Mark,
    Memory,
    Opcode,
    Pattern,
    Pipe,
    Region,
    Space,
    Stream,
    Task,
    Type,
    Wait,
    encode,
)
from tilework.recording import Recording

CUBE, VECTOR_0, VECTOR_1 = range(3)
MEMORY_ALIGNMENT = 65536
BYTES = {
    **dict.fromkeys((Type.BOOL, Type.I8, Type.U8), 1),
    **dict.fromkeys((Type.I16, Type.U16, Type.F16, Type.BF16), 2),
    **dict.fromkeys((Type.I32, Type.U32, Type.F32), 4),
    **dict.fromkeys((Type.I64, Type.U64, Type.INDEX, Type.TASK_ID), 8),
}


@dataclass(frozen=True)
class Kind:
    """Which cores of a group execute a kernel, and how they talk."""

    cube: bool = False
    lanes: int = 0
    channels: tuple[Channel, ...] = ()
    name: str = "kernel"
    explicit_only: bool = False
    tracked_arguments: int = 0

    @property
    def units(self) -> list[int]:
        return [CUBE] * self.cube + [VECTOR_0, VECTOR_1][: self.lanes]

    def kernel(self) -> Kernel:
        rings = max((each.base + each.slots * each.slot_bytes for each in self.channels), default=0)
        return Kernel(
            self.name, "test.py:1:1", self.cube, self.lanes, rings, self.channels,
            self.explicit_only, self.tracked_arguments,
        )  # fmt: skip


def dense(space: int, type_: int, sizes: Sequence[int], pitch: int | None = None) -> Region:
    """Row-major; `pitch` is the distance of its rows, if they do not follow each other."""
    strides = [1] * len(sizes)
    for d in range(len(sizes) - 2, -1, -1):
        is_row = d == len(sizes) - 2 and pitch is not None
        strides[d] = pitch if is_row else strides[d + 1] * sizes[d + 1]
    return Region(space, type_, tuple(sizes), tuple(strides))


class Unit:
    """The instructions of one core for one task, in program order, and where they reach in gm."""

    def __init__(self, number: int):
        self.number = number
        self.own = Space.L1 if number == CUBE else Space.UB  # what loads fill
        self.instructions: list[tuple[Instruction, tuple[int, ...]]] = []

    def add(self, opcode: int, pipe: int, regions: Iterable[Region] = (), at=(), **fields) -> None:
        instruction = Instruction(opcode, pipe, regions=tuple(regions), **fields)
        self.instructions.append((instruction, tuple(at)))

    def load(self, at, sizes, type_=Type.BF16, pitch=None) -> None:
        gm, own = dense(Space.GM, type_, sizes, pitch), dense(self.own, type_, sizes)
        self.add(Opcode.DMA_LOAD, Pipe.MTE2, (gm, own), [at])

    def store(self, at, sizes, type_=Type.F32, pitch=None, atomic=False) -> None:
        """From UB by mte3; from L0C by the fixpipe."""
        opcode, pipe = (
            (Opcode.FIXPIPE, Pipe.FIXP) if self.number == CUBE else (Opcode.DMA_STORE, Pipe.MTE3)
        )
        space = Space.L0C if self.number == CUBE else Space.UB
        gm, own = dense(Space.GM, type_, sizes, pitch), dense(space, type_, sizes)
        self.add(opcode, pipe, (own, gm), [at], flags=Flag.ATOMIC_ADD if atomic else 0)

    def move(self, from_, to, sizes, type_=Type.BF16) -> None:
        pipe = {Space.L0C: Pipe.FIXP, Space.UB: Pipe.V}.get(from_, Pipe.MTE1)
        opcode = Opcode.FIXPIPE if from_ == Space.L0C else Opcode.MOVE
        self.add(opcode, pipe, (dense(from_, type_, sizes), dense(to, type_, sizes)))

    def mmad(self, m, k, n, type_=Type.BF16) -> None:
        sum_ = Type.I32 if BYTES[type_] == 1 else Type.F32
        regions = (
            dense(Space.L0A, type_, [m, k]),
            dense(Space.L0B, type_, [k, n]),
            dense(Space.L0C, sum_, [m, n]),
        )
        self.add(Opcode.MMAD, Pipe.M, regions, sizes=(m, k, n))

    def vector(self, opcode, sizes, kind=0, type_=Type.F32, inputs=1, flags=0) -> None:
        tile = dense(Space.UB, type_, sizes)
        self.add(opcode, Pipe.V, (tile,) * (inputs + 1), kind=kind, flags=flags)

    def set(self, from_, to, event) -> None:
        self.add(Opcode.SET_FLAG, from_, other_pipe=to, event=event)

    def wait(self, from_, to, event) -> None:
        self.add(Opcode.WAIT_FLAG, to, other_pipe=from_, event=event)

    def barrier(self, pipe=None) -> None:
        """Of one pipe, or of all."""
        self.add(Opcode.BARRIER, Pipe.S if pipe is None else pipe, kind=int(pipe is None))

    def cross_set(self, pipe, event) -> None:
        self.add(Opcode.CROSS_SET, pipe, event=event)

    def cross_wait(self, pipe, event) -> None:
        self.add(Opcode.CROSS_WAIT, pipe, event=event)

    def push(self, channel, sizes, type_=Type.F32) -> None:
        pipe, space = (Pipe.FIXP, Space.L0C) if self.number == CUBE else (Pipe.MTE3, Space.UB)
        self.add(Opcode.PUSH, pipe, [dense(space, type_, sizes)], channel=channel)

    def pop(self, channel, sizes, type_=Type.F32) -> None:
        self.add(Opcode.POP, Pipe.MTE2, [dense(self.own, type_, sizes)], channel=channel)

    def release(self, channel, pipe=Pipe.MTE2) -> None:
        self.add(Opcode.RELEASE, pipe, channel=channel)

    def read_scalar(self) -> None:
        self.add(Opcode.READ_SCALAR, Pipe.S, [dense(self.own, Type.I32, [1, 1])])


class TaskBuilder:
    def __init__(self, kind: Kind | None, after: Iterable[tuple[int, int]]):
        self.kind, self.after = kind, tuple(sorted(after))
        self.no_dep: tuple[int, ...] = ()  # addresses of memories
        self.scalars: list[tuple[int, int]] = []  # addresses and bytes
        self.units = [Unit(number) for number in range(3)]

    def __getitem__(self, unit: int) -> Unit:
        return self.units[unit]


class Builder:
    def __init__(self, target: str = "a2a3"):
        self.file = File(target, locations=["test.py:1:1"])
        self.tasks: list[TaskBuilder] = []

    def memory(
        self, name: str, size_bytes: int, allocated: bool = False, manual_dep: bool = False
    ) -> int:
        """The caller's, or allocated by the run before its next task; its address."""
        last = self.file.memories[-1] if self.file.memories else Memory("", 0, 0)
        address = -(-(last.address + last.size_bytes) // MEMORY_ALIGNMENT) * MEMORY_ALIGNMENT
        before = len(self.tasks) if allocated else None
        self.file.memories.append(Memory(name, address, size_bytes, before, manual_dep))
        return address

    def task(self, kind: Kind, after: Iterable[int] = ()) -> TaskBuilder:
        self.tasks.append(TaskBuilder(kind, ((task, READ_AFTER_WRITE) for task in set(after))))
        return self.tasks[-1]

    def repeat(self, task: TaskBuilder, after: Iterable[int] = ()) -> TaskBuilder:
        """A task that executes the same."""
        again = self.task(task.kind, after)
        again.units, again.scalars = task.units, task.scalars
        return again

    def join(self, after: Iterable[int]) -> None:
        self.tasks.append(TaskBuilder(None, ((task, READ_AFTER_WRITE) for task in set(after))))

    def read(self, writers: Iterable[int]) -> None:
        """The orchestration reads a scalar."""
        self.file.waits.append(Wait(len(self.tasks), tuple(sorted(set(writers)))))

    @contextmanager
    def loop(self, parallel: bool = False, variable: str = "i", verdict: int = 0):
        """A loop of the orchestration; gives what begins its next iteration."""
        file = self.file
        file.loops.append(Loop(f"test.py:{len(file.loops) + 1}:1", variable, parallel, verdict))
        file.marks.append(Mark(len(self.tasks), ENTER, len(file.loops) - 1, 0, 1))
        yield lambda: file.marks.append(Mark(len(self.tasks), NEXT))
        file.marks.append(Mark(len(self.tasks), LEAVE))

    def finish(self) -> File:
        """Equal instructions, streams and patterns once."""
        file = self.file
        kernels, instructions, streams, patterns, no_deps = {}, {}, {}, {}, {(): 0}
        file.tasks = []
        for task in self.tasks:
            if task.kind is None:
                file.tasks.append(Task(dependences=task.after))
                continue
            bases: dict[int, int] = {}
            pattern, units = [], []
            for unit in task.units:
                units.append(tuple(
                    instructions.setdefault(each, len(instructions))
                    for each, _ in unit.instructions
                ))  # fmt: skip
                for address in (address for _, at in unit.instructions for address in at):
                    base = max(m.address for m in file.memories if m.address <= address)
                    number = bases.setdefault(base, len(bases))
                    pattern.append((number, address - base))
            kernel = kernels.setdefault(task.kind.kernel(), len(kernels))
            stream = streams.setdefault(Stream(kernel, tuple(units)), len(streams))
            scalars = []
            for address, size in task.scalars:
                base = max(m.address for m in file.memories if m.address <= address)
                scalars.append((bases.setdefault(base, len(bases)), address - base, size))
            number = patterns.setdefault(Pattern(tuple(pattern), tuple(scalars)), len(patterns))
            no_dep = no_deps.setdefault(
                tuple(i for i, each in enumerate(file.memories) if each.address in task.no_dep),
                len(no_deps),
            )
            file.tasks.append(Task(stream, number, tuple(bases), task.after, no_dep))
        file.kernels, file.instructions = list(kernels), list(instructions)
        file.streams, file.patterns = list(streams), list(patterns)
        file.no_deps = list(no_deps)
        return file

    def recording(self) -> Recording:
        return Recording(encode(self.finish()))
