"""Why a run takes longer than the bound of the HBM.

The time above the bound is what the HBM takes for bytes that it need not have moved, and the time
that it is not used for anything. The latter is charged, moment by moment, to what the critical path
does there: to dispatch, to cores without a task, or to what the busiest pipe of the executing scope
does. Reasons sum up to the time above the bound.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tilework.simulator import PIPES

from .bounds import KIND_NAMES, hbm_bound, limiting_pipe
from .critical_path import COMPLETION, DISPATCH, EXECUTION, QUEUE, SUBMISSION, Segment
from .figures import PICOSECONDS
from .run import Run, total_between
from .scopes import pipe_shares

TRAFFIC = "HBM moves bytes that it need not move"
IDLE = "cores have no task"
OF_DISPATCH = {
    SUBMISSION: "the orchestrator has not submitted the task yet",
    QUEUE: "ready tasks wait for a scheduler",
    DISPATCH: "a scheduler hands the task to its cores",
    COMPLETION: "a scheduler takes note of the task's end",
}
OF_PIPE = {
    "busy": "is busy at its own rate",
    "contended": "shares a bandwidth with other cores",
    "latency": "waits for the first bytes from memory",
    "in flight": "has as many transfers on their way as it can",
    "channel full": "waits for a free slot of a channel",
    "channel empty": "waits for the other cores to push",
    "cross flag": "waits for a flag of the other cores",
    "barrier": "waits at a barrier",
    "scalar": "waits for a scalar",
    "launch": "waits while tasks are picked up",
    "done": "is done while its task goes on",
}


@dataclass(frozen=True)
class Reason:
    """`time` picoseconds are due to `what`; `scopes` says how much of that in which, most first."""

    what: str
    time: int
    scopes: tuple[tuple[str, int], ...]


def reasons(run: Run, path: Sequence[Segment]) -> list[Reason]:
    """The largest first. One may be below zero: written bytes that are still in the cache."""
    timeline = run.timeline
    per_second = timeline.hbm.bytes_per_second / PICOSECONDS
    charged: dict[tuple[str, str], float] = defaultdict(float)
    begins = np.array([it.begin for it in path], np.float64)
    ends = np.array([it.end for it in path], np.float64)
    useful = total_between(timeline.hbm.series, begins, ends) / per_second
    cubes = total_between(timeline.busy_cubes, begins, ends)
    vectors = total_between(timeline.busy_vectors, begins, ends)
    for segment, used, *busy in zip(path, useful, cubes, vectors, strict=True):
        lost = segment.duration - used
        name = run.name_of(segment.task)
        if segment.kind != EXECUTION:
            charged[OF_DISPATCH[segment.kind], name] += lost
            continue
        kernel = int(run.kernel_of[segment.task])
        kind, pipe = limiting_pipe(run, kernel)
        idle = max(0.0, 1 - busy[kind] / (segment.duration * run.cores(kind)))
        charged[IDLE, name] += lost * idle
        for does, share in pipe_shares(run, kernel, kind, pipe):
            what = f"{KIND_NAMES[kind]} {PIPES[pipe]} {OF_PIPE.get(does) or f'waits for a {does}'}"
            charged[what, name] += lost * (1 - idle) * share
    moved = float(useful.sum())
    charged[TRAFFIC, ""] += moved - hbm_bound(run)
    return _by_what(charged)


def _by_what(charged: dict[tuple[str, str], float]) -> list[Reason]:
    scopes: dict[str, dict[str, float]] = defaultdict(dict)
    for (what, name), time in charged.items():
        scopes[what][name] = time
    found = []
    for what, times in scopes.items():
        most = sorted(times.items(), key=lambda it: (-it[1], it[0]))
        named = tuple((name, round(time)) for name, time in most if name)
        found.append(Reason(what, round(sum(times.values())), named))
    return sorted(found, key=lambda it: (-it.time, it.what))
