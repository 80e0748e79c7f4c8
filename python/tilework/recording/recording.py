"""A recording as its bytes, and what is in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

from .. import _recording
from ..errors import ClaimError


@dataclass(frozen=True)
class Memory:
    """An array of the caller, or a tensor of the run, at a virtual address.

    `tasks_before` counts the tasks submitted before it was allocated; None: the caller's.
    `manual_dep` claims that no task on it needs tracking. `shape` is that of the array it holds,
    empty where that is not known.
    """

    name: str
    address: int
    size_bytes: int
    tasks_before: int | None
    manual_dep: bool = False
    shape: tuple[int, ...] = ()


@dataclass(frozen=True)
class Kernel:
    """A scope that was executed: by how many vector cores, how many tasks, in how many ways.

    `explicit_only` claims that its tasks need no tracking; `tracked_arguments` counts the arrays
    of a task whose earlier users have to be looked up when it is submitted.
    """

    name: str
    location: str
    has_cube: bool
    lanes: int
    num_tasks: int
    num_streams: int
    explicit_only: bool = False
    tracked_arguments: int = 0


@dataclass(frozen=True)
class Stream:
    """What the tasks that share it ask of their core group, each.

    Multiply-adds are the cube's; a vector instruction counts the elements that it makes, or
    reduces. Bytes are of global memory, and what units push to and pop from each other.
    """

    kernel: int
    multiply_adds: int
    vector_elements: int
    read_bytes: int
    written_bytes: int
    channel_bytes: int


@dataclass(frozen=True)
class Instruction:
    """A distinct one: `operation` as the core dialect calls it, `text` a line for readers."""

    operation: str
    text: str
    location: str


@dataclass(frozen=True)
class Task:
    """`kernel` and `stream` are positions, None for a join; `dependences` are tasks and reasons.

    `no_dep` are positions of memories in which it claims to need no tracking.
    """

    kernel: int | None
    stream: int | None
    dependences: tuple[tuple[int, int], ...]
    no_dep: tuple[int, ...] = ()


@dataclass(frozen=True)
class Wait:
    """The orchestration read a scalar after `tasks_before` submissions, once `writers` ended."""

    tasks_before: int
    writers: tuple[int, ...]


@dataclass(frozen=True)
class Loop:
    """A loop of the orchestration that submits tasks.

    `parallel` is the claim that its iterations are independent, `verdict` what the compiler knows
    of it: None, "assumed" or "proven".
    """

    location: str
    variable: str
    parallel: bool
    verdict: str | None


@dataclass(frozen=True)
class Mark:
    """Where a loop begins ("enter"), its next iteration does ("next"), or the innermost one ends
    ("leave"), after `tasks_before` submissions.

    The first names a loop by its position; its variable will be lower, lower + step, and so on.
    """

    tasks_before: int
    kind: str
    loop: int | None
    lower: int | None
    step: int | None


@dataclass(frozen=True)
class Claim:
    """What the program promises, and whether that holds in this run, in every order of its tasks.

    `kind` is "parallel" (of a loop), "no_dep" (of a kernel, in a tensor), "manual_dep" (of a
    tensor) or "manual_scope" (of a kernel in one); `name` says of what, with the line. `verdict` is
    what the compiler knows of it: None, "assumed" or "proven". Of the conflicts that the claim
    covers, two tasks that touch a byte of which one writes it, `ordered` are between tasks that
    come one after the other anyway, `unordered` are not; `refutation` describes the first of those.
    """

    kind: str
    name: str
    verdict: str | None
    ordered: int
    unordered: int
    refutation: str | None

    @property
    def holds(self) -> bool:
        return self.refutation is None


class Recording:
    """Equal recordings are equal bytes; nothing is decoded before it is asked for."""

    def __init__(self, data: bytes):
        self.bytes = data

    @classmethod
    def load(cls, path: str | PathLike) -> Recording:
        """Reads a file. Raises RecordingError for one that is no recording of this version."""
        recording = cls(Path(path).read_bytes())
        _ = recording._native
        return recording

    def save(self, path: str | PathLike) -> None:
        Path(path).write_bytes(self.bytes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Recording) and self.bytes == other.bytes

    def __hash__(self) -> int:
        return hash(self.bytes)

    def __repr__(self) -> str:
        return f"<recording of '{self.entry}': {self.counts['tasks']} tasks>"

    @cached_property
    def _native(self) -> Any:
        return _recording.decode(self.bytes)

    @property
    def target(self) -> str:
        """The device that the program was compiled for."""
        return self._native.target

    @property
    def entry(self) -> str:
        return self._native.entry

    @cached_property
    def counts(self) -> dict[str, int]:
        """How much there is: of the file (distinct `instructions`, `streams` and `patterns`), and
        of the run (`tasks` without joins, and `executed` instructions)."""
        native = self._native
        return {
            "bytes": len(self.bytes),
            "tasks": native.num_tasks - native.num_joins,
            "joins": native.num_joins,
            "executed": native.num_executed,
            "instructions": native.num_instructions,
            "streams": native.num_streams,
            "patterns": native.num_patterns,
            "locations": native.num_locations,
        }

    @cached_property
    def memories(self) -> tuple[Memory, ...]:
        return tuple(
            Memory(name, address, size, None if before < 0 else before, manual_dep, tuple(shape))
            for name, address, size, before, manual_dep, shape in self._native.memories
        )

    @cached_property
    def kernels(self) -> tuple[Kernel, ...]:
        return tuple(Kernel(*fields) for fields in self._native.kernels)

    @cached_property
    def streams(self) -> tuple[Stream, ...]:
        return tuple(Stream(*fields) for fields in self._native.streams)

    @cached_property
    def instructions(self) -> tuple[Instruction, ...]:
        """Distinct ones, as `Timeline.instructions` counts them."""
        return tuple(Instruction(*fields) for fields in self._native.instructions)

    @cached_property
    def last_users(self) -> tuple[int, ...]:
        """By memory, the last task that is given an address in it; -1 where none is."""
        return tuple(self._native.last_users)

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """In submission order."""
        return tuple(
            Task(
                *((None, None) if kernel < 0 else (kernel, stream)),
                tuple(dependences),
                tuple(no_dep),
            )
            for kernel, stream, dependences, no_dep in self._native.tasks
        )

    @cached_property
    def waits(self) -> tuple[Wait, ...]:
        return tuple(Wait(before, tuple(writers)) for before, writers in self._native.waits)

    @cached_property
    def loops(self) -> tuple[Loop, ...]:
        """In the order of their first marks."""
        return tuple(
            Loop(location, variable, parallel, (None, "assumed", "proven")[verdict])
            for location, variable, parallel, verdict in self._native.loops
        )

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        """Loops nest; one that has submitted nothing leaves no mark."""
        return tuple(
            Mark(before, kind, *(fields if kind == "enter" else (None, None, None)))
            for before, kind, *fields in self._native.marks
        )

    @cached_property
    def graphs(self) -> tuple[tuple[int, int], ...]:
        """All tasks, as ranges that the orchestration can hand over as a whole: it waits in none
        for what a task of the same writes; an outermost sequential loop begins one with each
        iteration."""
        return tuple(self._native.graphs)

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """Every claim that the program makes, judged on what its tasks have touched.

        Not on the order that happened: a claim holds where each conflict that it covers is between
        tasks of which one waits for the other, directly or not, by explicit dependences or those of
        conflicts that no claim covers. Of the conflicts of many tasks on the same bytes those are
        counted that the others follow from.
        """
        return tuple(
            Claim(kind, name, (None, "assumed", "proven")[verdict], *rest)
            for kind, name, verdict, *rest in self._native.claims
        )

    def check_claims(self) -> None:
        """Raises ClaimError if one of `claims` does not hold; it lists all of those."""
        refuted = [claim for claim in self.claims if not claim.holds]
        if refuted:
            raise ClaimError(self.entry, refuted)

    def text(self, task: int) -> str:
        """What a task waits for, and its instructions, a line for each."""
        return self._native.text(task)
