"""Which resource binds when: the run in phases, and how much each resource is used in each.

A phase is a stretch of the critical path that is about tasks of one scope.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from tilework.simulator import PIPES

from .bounds import HBM, KIND_NAMES, limiting_pipe
from .critical_path import EXECUTION, SUBMISSION, Segment
from .figures import PICOSECONDS
from .run import CUBE, VECTOR, Run, overlap, total_between

ORCHESTRATOR, SCHEDULERS = THREADS = "orchestrator", "schedulers"
FEW_TASKS = "few tasks"  # most cores have none
LATENCY = "latency"  # cores have tasks, which wait
BINDING = 0.8  # a resource that is used more than this has little left to give


@dataclass(frozen=True)
class Phase:
    """From `begin` to `end` in picoseconds. `used` are shares of what resources could give.

    `tasks` of the scope are on the path, for `executing` of the time. `binds` is the resource that
    the phase waits for; where none is used enough to be that, FEW_TASKS or LATENCY.
    """

    name: str
    location: str
    begin: int
    end: int
    executing: int
    tasks: int
    binds: str
    used: dict[str, float]


def phases(run: Run, path: Sequence[Segment]) -> list[Phase]:
    """In the order of time, without gaps."""
    found = []
    for kernel, group in groupby(path, key=lambda it: int(run.kernel_of[it.task])):
        segments = list(group)
        begin, end = segments[0].begin, segments[-1].end
        used = used_between(run, kernel, begin, end)
        found.append(
            Phase(
                name=run.name_of(segments[0].task),
                location=run.location_of(segments[0].task),
                begin=begin,
                end=end,
                executing=_total(segments, EXECUTION),
                tasks=len({it.task for it in segments}),
                binds=_binds(run, segments, used),
                used=used,
            )
        )
    return found


def _total(segments: Sequence[Segment], kind: str) -> int:
    return sum(it.duration for it in segments if it.kind == kind)


def _binds(run: Run, segments: Sequence[Segment], used: dict[str, float]) -> str:
    """By what the path does most; while tasks execute, by what is used most."""
    total, executing = sum(it.duration for it in segments), _total(segments, EXECUTION)
    if 2 * executing < total:
        submitting = _total(segments, SUBMISSION)
        return ORCHESTRATOR if 2 * submitting > total - executing else SCHEDULERS
    of_cores = {name: share for name, share in used.items() if name not in THREADS}
    most = max(of_cores, key=lambda it: of_cores[it], default=None)
    if most and of_cores[most] >= BINDING:
        return most
    kind, _ = limiting_pipe(run, int(run.kernel_of[segments[0].task]))
    busy = busy_cores(run, kind, segments[0].begin, segments[-1].end)
    return FEW_TASKS if 2 * busy < run.cores(kind) else LATENCY


def busy_cores(run: Run, kind: int, begin: int, end: int) -> float:
    """Of one kind, on average."""
    series = run.timeline.busy_cubes if kind == CUBE else run.timeline.busy_vectors
    return float(total_between(series, begin, end)) / (end - begin)


def used_between(run: Run, kernel: int, begin: int, end: int) -> dict[str, float]:
    """Shares of each resource that is used at all; of pipes, going by the kernel's averages."""
    timeline, span = run.timeline, end - begin
    used = {}
    links = ((HBM, timeline.hbm), ("L2 reads", timeline.l2_read), ("L2 writes", timeline.l2_write))
    for name, link in links:
        could = link.bytes_per_second / PICOSECONDS * span
        used[name] = float(total_between(link.series, begin, end)) / could
    for kind in (CUBE, VECTOR) if kernel >= 0 else ():
        share = busy_cores(run, kind, begin, end) / run.cores(kind)
        pipe, of_pipe = _busiest(run, kernel, kind)
        used[f"{KIND_NAMES[kind]} {PIPES[pipe]}"] = share * of_pipe
    times, price = timeline.tasks, run.price
    parts = times[np.unique(times["part"], return_index=True)[1]]
    used[ORCHESTRATOR] = overlap(parts["submitting"], parts["submitted"], begin, end) / span
    ran = times[times["started"] >= 0]
    work = overlap(
        ran["dispatched"],
        ran["dispatched"] + price("dispatch.schedule_dispatch"),
        begin,
        end,
    ) + overlap(
        ran["completed"] - price("dispatch.schedule_complete"), ran["completed"], begin, end
    )
    used[SCHEDULERS] = work / (span * max(len(timeline.scheduler_busy), 1))
    return {name: min(share, 1.0) for name, share in used.items() if share > 0}


def _busiest(run: Run, kernel: int, kind: int) -> tuple[int, float]:
    """The busiest pipe of one kind of cores, and its share of their time at the kernel."""
    rows = run.timeline.kernels[kernel, kind]
    spans = rows["busy"] + rows["stalled"].sum(axis=-1)
    pipe = int(rows["busy"].argmax())
    return pipe, float(rows["busy"][pipe] / max(spans[pipe], 1))
