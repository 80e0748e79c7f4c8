"""What a replay has found, as NumPy tables. Times are picoseconds, -1 where nothing happened.

The fields are described where the simulator fills them, in lib/Simulator/Timeline.h.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .policy import Policy

PIPES = ("mte1", "mte2", "mte3", "fixp", "m", "v", "s")
UNITS = ("cube", "vector 0", "vector 1")
# Why a pipe of a core that has a task does not work; a flag is named after the pipe that sets it.
STALLS = (
    *(f"flag of {pipe}" for pipe in PIPES),
    "channel full",
    "channel empty",
    "cross flag",
    "barrier",
    "latency",
    "in flight",
    "scalar",
    "launch",
    "done",
)
SUBMISSIONS = ("busy", "window", "heap", "dependences", "scalar")  # of `tasks["submission"]`

TASK = np.dtype(
    [
        (name, "<i8")
        for name in (
            "submitting",
            "submitted",
            "ready",
            "dispatched",
            "arrived",
            "released",
            "started",
            "ended",
            "completed",
            "ready_by",
            "started_after",
        )
    ]
    + [(name, "<i4") for name in ("group", "scheduler", "completer", "part", "submission")]
    + [("", "V4")]
)
TAKEN_BACK = np.dtype(
    [("task", "<i8"), ("dispatched", "<i8"), ("taken", "<i8")]
    + [(name, "<i4") for name in ("group", "cores", "scheduler")]
    + [("", "V4")]
)
UNIT = np.dtype(
    [("task", "<i8"), ("group", "<i4"), ("unit", "<i4"), ("begin", "<i8"), ("end", "<i8")]
)
INSTRUCTION = np.dtype(
    [
        ("task", "<i8"),
        ("instruction", "<i4"),
        ("group", "<i4"),
        ("unit", "u1"),
        ("pipe", "u1"),
        ("", "V6"),
        ("begin", "<i8"),
        ("end", "<i8"),
    ]
)
PIPE = np.dtype([("busy", "<i8"), ("contended", "<i8"), ("stalled", "<i8", len(STALLS))])
LEDGER = np.dtype(
    [(name, "<i8") for name in ("read", "written", "hbm_read", "hbm_written", "dirty")]
)
RATE_UNIT = 2.0**-24  # bytes


@dataclass(frozen=True)
class Series:
    """Sums over steps of `step` picoseconds from 0 on; `mean` is per picosecond."""

    step: int
    sums: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        return self.sums / self.step


@dataclass(frozen=True)
class Link:
    """A bandwidth that cores share. `series` sums bytes."""

    bytes: int
    bytes_per_second: float
    series: Series


@dataclass(frozen=True)
class Timeline:
    """Tables by task, core and memory.

    `policy` is what decided. `cores` is [group, unit, pipe], `kernels` [kernel, cube or vector,
    pipe], both PIPE; `memories` is that of the recording, and one row more for the channels' rings,
    LEDGER; `addresses` says where they were. `instructions` is empty unless asked for. `taken_back`
    lists tasks that came early and gave their slots to ready ones, TAKEN_BACK (bits of `cores` as
    in UNITS). `loss_cubes` and `loss_vectors`: cores that idled while a task was ready that they
    could have executed, times how long.
    """

    makespan: int
    policy: Policy
    tasks: np.ndarray
    taken_back: np.ndarray
    units: np.ndarray
    instructions: np.ndarray
    cores: np.ndarray
    kernels: np.ndarray
    memories: np.ndarray
    addresses: np.ndarray
    hbm: Link
    l2_read: Link
    l2_write: Link
    busy_cubes: Series
    busy_vectors: Series
    ready_tasks: Series
    orchestrator_busy: int
    orchestrator_waits: int
    scheduler_busy: np.ndarray
    loss_cubes: int
    loss_vectors: int
    heap_peak: int
    events: int
    operations: int

    @classmethod
    def from_native(cls, found: dict[str, Any]) -> Timeline:
        """Of what the extension module returns."""

        def link(name: str) -> Link:
            given = found[name]
            step, sums = given["series"]
            bytes_moved = np.frombuffer(sums, "<u8") * RATE_UNIT
            return Link(given["bytes"], given["bytes_per_second"], Series(step, bytes_moved))

        def series(name: str) -> Series:
            step, sums = found[name]
            return Series(step, np.frombuffer(sums, "<u8"))

        def table(name: str, dtype: np.dtype, *shape: int) -> np.ndarray:
            return np.frombuffer(found[name], dtype).reshape(-1, *shape)

        tables = {
            "tasks": table("tasks", TASK),
            "taken_back": table("taken_back", TAKEN_BACK),
            "units": table("units", UNIT),
            "instructions": table("instructions", INSTRUCTION),
            "cores": table("cores", PIPE, len(UNITS), len(PIPES)),
            "kernels": table("kernels", PIPE, 2, len(PIPES)),
            "memories": table("memories", LEDGER),
            "addresses": np.frombuffer(found["addresses"], "<i8"),
            "scheduler_busy": np.frombuffer(found["scheduler_busy"], "<i8"),
        }
        links = {name: link(name) for name in ("hbm", "l2_read", "l2_write")}
        curves = {name: series(name) for name in ("busy_cubes", "busy_vectors", "ready_tasks")}
        others = {"policy": Policy.from_native(found["policy"])}
        known = {**tables, **links, **curves, **others}
        numbers = {name: value for name, value in found.items() if name not in known}
        return cls(**known, **numbers)
