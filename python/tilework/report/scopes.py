"""One line per scope of the program: its tasks, their time, and what their cores do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tilework.simulator import PIPES, STALLS

from .bounds import KIND_NAMES, limiting_pipe
from .critical_path import EXECUTION, Segment
from .figures import PICOSECONDS
from .run import Run


@dataclass(frozen=True)
class Scope:
    """Times in picoseconds; `shares` are of the time that cores have spent on the scope's tasks.

    `operations` are those of the cube (an addition is one, a multiplication another) and elements
    of the vector cores, `gm_bytes` what moves between cores and global memory, `active` the time
    with any of the tasks executing. `on_path` is how long the critical path is about the scope,
    `executing` of that in its tasks. `core_time` sums over cores. `pipe` is the busiest, `shares`
    what it does: "busy", "contended" (busy, as others use the same bandwidth), or what it waits
    for, the largest first.
    """

    name: str
    location: str
    tasks: int
    lanes: int
    has_cube: bool
    operations: int
    gm_bytes: int
    active: int
    on_path: int
    executing: int
    core_time: int
    least: int
    mean: int
    most: int
    pipe: str
    shares: tuple[tuple[str, float], ...]

    @property
    def intensity(self) -> float:
        """Operations for each byte of global memory."""
        return self.operations / self.gm_bytes if self.gm_bytes else 0.0

    @property
    def attained(self) -> float:
        """Operations per second while any of the tasks executes."""
        return self.operations / self.active * PICOSECONDS if self.active else 0.0


def scopes(run: Run, path: Sequence[Segment]) -> list[Scope]:
    """In the order of their first tasks."""
    times, kernel_of = run.timeline.tasks, run.kernel_of
    durations = times["ended"] - times["started"]
    units = run.timeline.units
    core_time = np.zeros(len(run.recording.kernels), np.int64)
    np.add.at(core_time, kernel_of[units["task"]], units["end"] - units["begin"])
    work = _work(run)
    found = []
    for number, kernel in enumerate(run.recording.kernels):
        own = durations[kernel_of == number]
        if not len(own):
            continue
        mine = [it for it in path if kernel_of[it.task] == number]
        kind, pipe = limiting_pipe(run, number)
        found.append(
            Scope(
                name=kernel.name,
                location=kernel.location,
                tasks=len(own),
                lanes=kernel.lanes,
                has_cube=kernel.has_cube,
                operations=int(work[number, 0]),
                gm_bytes=int(work[number, 1]),
                active=_covered(times[kernel_of == number]),
                on_path=sum(it.duration for it in mine),
                executing=sum(it.duration for it in mine if it.kind == EXECUTION),
                core_time=int(core_time[number]),
                least=int(own.min()),
                mean=round(float(own.mean())),
                most=int(own.max()),
                pipe=f"{KIND_NAMES[kind]} {PIPES[pipe]}",
                shares=pipe_shares(run, number, kind, pipe),
            )
        )
    return found


def _work(run: Run) -> np.ndarray:
    """Operations and bytes of global memory, [kernel, 2]."""
    streams = run.recording.streams
    work = np.zeros((len(run.recording.kernels), 2), np.int64)
    for task in run.recording.tasks:
        if task.stream is not None:
            it = streams[task.stream]
            operations = 2 * it.multiply_adds + it.vector_elements
            work[task.kernel] += (operations, it.read_bytes + it.written_bytes)
    return work


def _covered(times: np.ndarray) -> int:
    """How long at least one of these tasks executes."""
    order = np.argsort(times["started"])
    begins, ends = times["started"][order], np.maximum.accumulate(times["ended"][order])
    gaps = np.maximum(begins[1:] - ends[:-1], 0).sum()
    return int(ends[-1] - begins[0] - gaps)


def pipe_shares(run: Run, kernel: int, kind: int, pipe: int) -> tuple[tuple[str, float], ...]:
    """What a pipe does while its core is at a kernel's tasks, the largest share first."""
    row = run.timeline.kernels[kernel, kind, pipe]
    amounts = {"busy": row["busy"] - row["contended"], "contended": row["contended"]}
    amounts |= dict(zip(STALLS, row["stalled"], strict=True))
    total = sum(amounts.values()) or 1
    shares = ((name, float(amount / total)) for name, amount in amounts.items() if amount)
    return tuple(sorted(shares, key=lambda it: -it[1]))
