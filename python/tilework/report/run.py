"""A recording replayed on a machine: what all reports look at, prepared once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from tilework.devices import Device, load
from tilework.recording import Recording
from tilework.simulator import UNITS, Policy, Series, Timeline, compulsory, entries, replay

VECTORS = len(UNITS) - 1  # vector cores of a group
CUBE, VECTOR = 0, 1  # kinds of cores, as in `Timeline.kernels`


@dataclass(frozen=True)
class Run:
    """`numbers` are the entries of the description as they were replayed, changes included.
    `policy` is what was asked for, `timeline.policy` what was in force."""

    recording: Recording
    timeline: Timeline
    numbers: Mapping[str, float]
    device: Device
    profile: str
    changes: Mapping[str, float] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)

    @classmethod
    def of(
        cls,
        recording: Recording,
        device: Device | None = None,
        profile: str | None = None,
        changes: Mapping[str, float] | None = None,
        instructions: bool = False,
        progress=None,
        policy: Policy | None = None,
    ) -> Run:
        """Replays; without a device, on the one that the program was compiled for.

        Raises what `tilework.simulator.replay` does.
        """
        device = device or load(recording.target)
        profile = profile or device.profiles[0]
        numbers = entries(device, profile, changes)
        policy = policy or Policy()
        timeline = replay(recording, device, profile, changes, instructions, progress, policy)
        return cls(recording, timeline, numbers, device, profile, dict(changes or {}), policy)

    def with_instructions(self) -> Run:
        """The same with the time of each instruction, which takes 40 bytes each."""
        if len(self.timeline.instructions):
            return self
        again = (self.recording, self.device, self.profile, self.changes)
        return Run.of(*again, instructions=True, policy=self.policy)

    @property
    def groups(self) -> int:
        return len(self.timeline.cores)

    def cores(self, kind: int) -> int:
        return self.groups * (1 if kind == CUBE else VECTORS)

    def price(self, entry: str) -> int:
        """Picoseconds of a cost of the description that is given in nanoseconds."""
        return round(self.numbers[entry] * 1000)

    @cached_property
    def kernel_of(self) -> np.ndarray:
        """By task, -1 for joins."""
        tasks = self.recording.tasks
        return np.array([-1 if it.kernel is None else it.kernel for it in tasks], np.int64)

    def name_of(self, task: int) -> str:
        kernel = self.kernel_of[task]
        return "join" if kernel < 0 else self.recording.kernels[kernel].name

    def location_of(self, task: int) -> str:
        kernel = self.kernel_of[task]
        return "" if kernel < 0 else self.recording.kernels[kernel].location

    @cached_property
    def compulsory(self) -> np.ndarray:
        """Bytes that have to be read and written at least once, [memory, read or written]."""
        return np.array(compulsory(self.recording), np.int64).reshape(-1, 2)

    @cached_property
    def by_core(self) -> np.ndarray:
        """Rows of `timeline.units` in the order of cores, and on each by time."""
        units = self.timeline.units
        return np.lexsort((units["begin"], units["unit"], units["group"]))

    @cached_property
    def busy_by_core(self) -> np.ndarray:
        """Picoseconds with a task, [group, unit]."""
        units = self.timeline.units
        busy = np.zeros((self.groups, len(UNITS)), np.int64)
        np.add.at(busy, (units["group"], units["unit"]), units["end"] - units["begin"])
        return busy

    @cached_property
    def tasks_by_core(self) -> np.ndarray:
        units = self.timeline.units
        count = np.zeros((self.groups, len(UNITS)), np.int64)
        np.add.at(count, (units["group"], units["unit"]), 1)
        return count


def total_between(series: Series, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """What a series sums up to in each interval, even within its steps."""
    edges = np.arange(len(series.sums) + 1, dtype=np.float64) * series.step
    until = np.concatenate(([0.0], np.cumsum(series.sums, dtype=np.float64)))
    return np.interp(end, edges, until) - np.interp(begin, edges, until)


def overlap(begins: np.ndarray, ends: np.ndarray, begin: int, end: int) -> int:
    """How long intervals last within [begin, end), together."""
    return int(np.maximum(np.minimum(ends, end) - np.maximum(begins, begin), 0).sum())


def memory_over_time(run: Run) -> list[tuple[int, int]]:
    """(time, bytes) where what the run has allocated changes.

    A tensor lives from its allocation by the orchestrator until all tasks up to its last user have
    been completed, as everything leaves the rings in the order it came.
    """
    times = run.timeline.tasks
    if not len(times):
        return []
    retired = np.maximum.accumulate(times["completed"])
    changes: dict[int, int] = {}
    for memory, last in zip(run.recording.memories, run.recording.last_users, strict=True):
        if memory.tasks_before is None:
            continue
        begin = int(times["submitted"][memory.tasks_before - 1]) if memory.tasks_before else 0
        end = int(retired[max(last, memory.tasks_before - 1, 0)])
        changes[begin] = changes.get(begin, 0) + memory.size_bytes
        changes[max(end, begin)] = changes.get(max(end, begin), 0) - memory.size_bytes
    held, found = 0, []
    for time in sorted(changes):
        held += changes[time]
        found.append((time, held))
    return found
