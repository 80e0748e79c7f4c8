"""A recording as its bytes, and what is in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

from .. import _recording


@dataclass(frozen=True)
class Memory:
    """An array of the caller, or a tensor of the run, at a virtual address.

    `tasks_before` counts the tasks submitted before it was allocated; None: the caller's.
    """

    name: str
    address: int
    size_bytes: int
    tasks_before: int | None


@dataclass(frozen=True)
class Kernel:
    """A scope that was executed: by how many vector cores, how many tasks, in how many ways."""

    name: str
    location: str
    has_cube: bool
    lanes: int
    num_tasks: int
    num_streams: int


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
    """`kernel` and `stream` are positions, None for a join; `dependences` are tasks and reasons."""

    kernel: int | None
    stream: int | None
    dependences: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Wait:
    """The orchestration read a scalar after `tasks_before` submissions, once `writers` ended."""

    tasks_before: int
    writers: tuple[int, ...]


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
            Memory(name, address, size, None if before < 0 else before)
            for name, address, size, before in self._native.memories
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
            Task(*((None, None) if kernel < 0 else (kernel, stream)), tuple(dependences))
            for kernel, stream, dependences in self._native.tasks
        )

    @cached_property
    def waits(self) -> tuple[Wait, ...]:
        return tuple(Wait(before, tuple(writers)) for before, writers in self._native.waits)

    def text(self, task: int) -> str:
        """What a task waits for, and its instructions, a line for each."""
        return self._native.text(task)
