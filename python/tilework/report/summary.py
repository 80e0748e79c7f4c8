"""The findings of one replay, as plain data: what `tile-prof` prints and reports show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

import numpy as np

from tilework.simulator import Policy

from .bounds import Bound, bounds, hbm_bound
from .critical_path import KINDS, Segment, critical_path
from .phases import Phase, phases
from .reasons import Reason, reasons
from .run import Run
from .scopes import Scope, scopes


@dataclass(frozen=True)
class MemoryBytes:
    """What has moved of one array or tensor, in bytes.

    `read` and `written` between cores and global memory; `hbm_...` between the cache and the HBM;
    `must_...` what cannot be avoided there; `dirty` is still in the cache at the end.
    """

    name: str
    size: int
    of_caller: bool
    read: int
    written: int
    hbm_read: int
    hbm_written: int
    must_read: int
    must_written: int
    dirty: int


@dataclass(frozen=True)
class Spread:
    """How evenly cores of one kind were used: shares of the makespan with a task, and tasks."""

    cores: int
    least: float
    mean: float
    most: float
    idle: int  # cores without any task
    least_tasks: int
    most_tasks: int
    loss: float  # share of their time that they idled while a task was ready


@dataclass(frozen=True)
class PathStep:
    """A task on the critical path from `begin` to `end`; `kinds` says how long it did what."""

    task: int
    name: str
    location: str
    begin: int
    end: int
    kinds: Mapping[str, int]


@dataclass(frozen=True, repr=False)
class Summary:
    """Times in picoseconds. `bound` is that of the compulsory bytes, `fraction` its share."""

    entry: str
    device: str
    profile: str
    changes: Mapping[str, float]
    policy: Policy
    makespan: int
    bound: int
    bounds: tuple[Bound, ...]
    tasks: int
    joins: int
    instructions: int
    events: int
    cubes: Spread
    vectors: Spread
    orchestrator_busy: float
    orchestrator_waits: float
    schedulers_busy: tuple[float, ...]
    early: int  # tasks whose doorbell rang
    taken_back: int  # dispatches that gave their slots away
    heap_peak: int
    heap_sum: int  # of all tensors of the run, without sharing
    memories: tuple[MemoryBytes, ...]
    scopes: tuple[Scope, ...]
    phases: tuple[Phase, ...]
    path: tuple[PathStep, ...]
    path_kinds: Mapping[str, int]
    reasons: tuple[Reason, ...]

    @property
    def fraction(self) -> float:
        return self.bound / self.makespan if self.makespan else 0.0

    def total(self, field: str) -> int:
        """Of all memories, by a field of `MemoryBytes`."""
        return sum(getattr(it, field) for it in self.memories)

    @property
    def compulsory_bytes(self) -> int:
        return self.total("must_read") + self.total("must_written")

    @property
    def hbm_bytes(self) -> int:
        return self.total("hbm_read") + self.total("hbm_written")

    @property
    def gm_bytes(self) -> int:
        return self.total("read") + self.total("written")

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        derived = ("fraction", "compulsory_bytes", "hbm_bytes", "gm_bytes")
        return {**asdict(self), **{name: getattr(self, name) for name in derived}}

    def __str__(self) -> str:
        from .text import text_of

        return text_of(self)

    __repr__ = __str__


def summarize(run: Run) -> Summary:
    timeline, recording = run.timeline, run.recording
    path = critical_path(run)
    span = max(timeline.makespan, 1)
    return Summary(
        entry=recording.entry,
        device=run.device.name,
        profile=run.profile,
        changes=dict(run.changes),
        policy=timeline.policy,
        makespan=timeline.makespan,
        bound=hbm_bound(run),
        bounds=tuple(bounds(run)),
        tasks=recording.counts["tasks"],
        joins=recording.counts["joins"],
        instructions=recording.counts["executed"],
        events=timeline.events,
        cubes=_spread(run, slice(0, 1), timeline.loss_cubes),
        vectors=_spread(run, slice(1, None), timeline.loss_vectors),
        orchestrator_busy=timeline.orchestrator_busy / span,
        orchestrator_waits=timeline.orchestrator_waits / span,
        schedulers_busy=tuple(float(it) / span for it in timeline.scheduler_busy),
        early=int((timeline.tasks["released"] >= 0).sum()),
        taken_back=len(timeline.taken_back),
        heap_peak=timeline.heap_peak,
        heap_sum=sum(it.size_bytes for it in recording.memories if it.tasks_before is not None),
        memories=tuple(_memories(run)),
        scopes=tuple(scopes(run, path)),
        phases=tuple(phases(run, path)),
        path=tuple(_steps(run, path)),
        path_kinds={kind: sum(it.duration for it in path if it.kind == kind) for kind in KINDS},
        reasons=tuple(reasons(run, path)),
    )


def _spread(run: Run, units: slice, loss: int) -> Spread:
    busy, tasks = run.busy_by_core[:, units], run.tasks_by_core[:, units]
    span = max(run.timeline.makespan, 1)
    return Spread(
        cores=busy.size,
        least=float(busy.min()) / span,
        mean=float(busy.mean()) / span,
        most=float(busy.max()) / span,
        idle=int((tasks == 0).sum()),
        least_tasks=int(tasks.min()),
        most_tasks=int(tasks.max()),
        loss=loss / (span * busy.size),
    )


def _memories(run: Run):
    must = np.zeros((len(run.timeline.memories), 2), np.int64)
    must[: len(run.compulsory)] = run.compulsory
    named = [(it.name, it.size_bytes, it.tasks_before is None) for it in run.recording.memories]
    named.append(("channels", 0, False))
    for (name, size, of_caller), ledger, (must_read, must_written) in zip(
        named, run.timeline.memories, must, strict=True
    ):
        moved = {field: int(ledger[field]) for field in ledger.dtype.names}
        yield MemoryBytes(
            name, size, of_caller, **moved, must_read=int(must_read), must_written=int(must_written)
        )


def _steps(run: Run, path: Sequence[Segment]):
    for task, group in groupby(path, key=lambda it: it.task):
        segments = list(group)
        kinds: dict[str, int] = {}
        for it in segments:
            kinds[it.kind] = kinds.get(it.kind, 0) + it.duration
        name, location = run.name_of(task), run.location_of(task)
        yield PathStep(task, name, location, segments[0].begin, segments[-1].end, kinds)
