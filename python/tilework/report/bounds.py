"""Lower bounds of a run: what each resource is asked for, over what it can give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tilework.simulator import PIPES, STALLS

from .figures import PICOSECONDS
from .run import CUBE, VECTOR, VECTORS, Run

HBM = "HBM"
KIND_NAMES = ("cube", "vector")
OWN_WAITS = [STALLS.index("latency"), STALLS.index("in flight")]


@dataclass(frozen=True)
class Bound:
    """No schedule is faster than `time` picoseconds, as far as `resource` is concerned."""

    resource: str
    time: int


def hbm_bound(run: Run) -> int:
    """The compulsory bytes at the bandwidth of the HBM: what cannot be avoided by any program."""
    seconds = run.compulsory.sum() / run.timeline.hbm.bytes_per_second
    return round(seconds * PICOSECONDS)


def bounds(run: Run) -> list[Bound]:
    """The largest first. Of HBM by its compulsory bytes, of all others by what was done."""
    timeline = run.timeline
    found = [Bound(HBM, hbm_bound(run))]
    for name, link in (("L2 reads", timeline.l2_read), ("L2 writes", timeline.l2_write)):
        found.append(Bound(name, round(link.bytes / link.bytes_per_second * PICOSECONDS)))
    for kind, units in ((CUBE, slice(0, 1)), (VECTOR, slice(1, None))):
        cores = timeline.cores[:, units]
        alone = (cores["busy"] - cores["contended"]).sum(axis=(0, 1))
        for pipe, time in enumerate(alone):
            found.append(Bound(f"{KIND_NAMES[kind]} {PIPES[pipe]}", int(time // run.cores(kind))))
    found.append(Bound("orchestrator", timeline.orchestrator_busy))
    threads = max(len(timeline.scheduler_busy), 1)
    found.append(Bound("schedulers", int(timeline.scheduler_busy.sum()) // threads))
    found = [it for it in found if it.time > 0]
    return sorted(found, key=lambda it: (-it.time, it.resource))


def limiting_pipe(run: Run, kernel: int) -> tuple[int, int]:
    """The kind of core and the pipe that a kernel's time goes by: the one that works most.

    Work is what a pipe does or waits for of its own, the latency of its transfers; most others
    wait for it.
    """
    rows = run.timeline.kernels[kernel]
    work = rows["busy"] + rows["stalled"][..., OWN_WAITS].sum(axis=-1)
    kind, pipe = np.unravel_index(np.argmax(work / [[1.0], [VECTORS]]), work.shape)
    return int(kind), int(pipe)
