"""What-if tables: one recording replayed for every combination of values of a device's entries.

Replays leave the interpreter alone, so threads share out the host's cores.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from threading import Event

from tilework.devices import Device
from tilework.errors import DeadlockError, DescriptionError
from tilework.recording import Recording
from tilework.simulator import Policy

from .run import Run
from .summary import Summary, summarize


@dataclass(frozen=True)
class Point:
    """One combination. `summary` is None where it cannot be replayed; then `error` says why."""

    changes: Mapping[str, float]
    summary: Summary | None
    error: str = ""


class Stopped(Exception):
    """Somebody does not want the rest."""


def values_of(text: str) -> list[float]:
    """`1,2,4` or `16:64:8`, with both ends. Raises ValueError for anything else."""
    if ":" not in text:
        return [float(it) for it in text.split(",")]
    begin, end, step = (float(it) for it in text.split(":"))
    if not (step > 0 and begin <= end):
        raise ValueError("expects FROM:TO:STEP with FROM up to TO and STEP above 0")
    count = int((end - begin) / step + 1e-9) + 1
    return [begin + number * step for number in range(count)]


def combinations(axes: Mapping[str, Sequence[float]]) -> list[dict[str, float]]:
    """Of one value for each name; the last name varies fastest."""
    return [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]


def sweep(
    recording: Recording,
    device: Device,
    profile: str | None,
    axes: Mapping[str, Sequence[float]],
    threads: int | None = None,
    progress: Callable[[int], None] = lambda done: None,
    policy: Policy | None = None,
) -> list[Point]:
    """Replays all combinations, in their order; `progress` is told how many are done.

    A combination that ends in a deadlock, or makes no sense, is a point with an error.
    """
    stopped, done = Event(), 0

    def check(_completed: int) -> None:
        if stopped.is_set():
            raise Stopped

    def point(changes: dict[str, float]) -> Point:
        try:
            run = Run.of(recording, device, profile, changes, progress=check, policy=policy)
            return Point(changes, summarize(run))
        except (DeadlockError, DescriptionError) as error:
            return Point(changes, None, str(error).splitlines()[0])

    points = []
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        try:
            for found in pool.map(point, combinations(axes)):
                points.append(found)
                done += 1
                progress(done)
        except BaseException:
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return points
