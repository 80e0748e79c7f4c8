"""Runs by hand: tasks with their times, on a device of two core groups, in microseconds."""

from types import SimpleNamespace

import numpy as np
from tilework.devices import load
from tilework.recording import Kernel, Memory, Stream, Task
from tilework.report import Run
from tilework.simulator import (
    PIPES,
    STALLS,
    SUBMISSIONS,
    UNITS,
    Link,
    Policy,
    Series,
    Timeline,
    entries,
)
from tilework.simulator.timeline import LEDGER, PIPE, TAKEN_BACK, TASK, UNIT

US = 1_000_000  # picoseconds
CUBE, VECTOR, MIXED = range(3)  # kernels
KERNELS = (
    Kernel("product", "model.py:10:5", True, 0, 0, 1),
    Kernel("sum", "model.py:20:5", False, 2, 0, 1),
    Kernel("both", "model.py:30:5", True, 2, 0, 1),
)
DEVICE = load("a2a3")
NUMBERS = {
    **entries(DEVICE),
    "cores.running_per_core": 1,
    "cores.pending_per_core": 1,
    "dispatch.submit": 1000,
    "dispatch.schedule_dispatch": 2000,
    "dispatch.schedule_complete": 1000,
}
MOMENTS = ("submitted", "ready", "dispatched", "arrived", "started", "ended", "completed")


STREAMS = tuple(Stream(kernel, 4096, 512, 1000, 200, 0) for kernel in range(len(KERNELS)))


def task(
    kernel, *moments, group=0, ready_by=-1, submission="busy", units=None, after=(), released=-1
):
    """Moments as above, `released` the doorbell's.

    `units` are (unit, begin, end), by default from start to end.
    """
    return SimpleNamespace(**locals())


def join(submitted, ready, ready_by=-1, after=()):
    return task(None, submitted, ready, -1, -1, -1, -1, ready, ready_by=ready_by, after=after)


def run_of(*tasks, hbm=(), compulsory=(0, 0), pipes=(), groups=2, memory=None):
    """`hbm` are megabytes in each microsecond, of a bandwidth of 1 TB/s: one.

    `pipes` are (kernel, kind, pipe, busy, {stall: time}), by all its tasks.
    """
    times, rows = np.zeros(len(tasks), TASK), []
    for number, it in enumerate(tasks):
        for field, moment in zip(MOMENTS, it.moments, strict=True):
            times[number][field] = moment * US if moment >= 0 else -1
        times[number]["submitting"] = times[number]["submitted"] - US  # the price above
        times[number]["released"] = it.released * US if it.released >= 0 else -1
        times[number]["part"] = number
        times[number]["ready_by"], times[number]["started_after"] = it.ready_by, -1
        times[number]["submission"] = SUBMISSIONS.index(it.submission)
        times[number]["group"] = it.group if it.kernel is not None else -1
        if it.kernel is not None:
            begin, end = it.moments[4:6]
            for unit, *span in it.units or ((unit, begin, end) for unit in units_of(it.kernel)):
                rows.append((number, it.group, unit, *(moment * US for moment in span)))
    rows.sort(key=lambda row: row[-1])
    units = np.array(rows, UNIT)
    kernels = np.zeros((len(KERNELS), 2, len(PIPES)), PIPE)
    for kernel, kind, pipe, busy, stalls in pipes:
        row = kernels[kernel, kind, PIPES.index(pipe)]
        row["busy"] = busy * US
        for reason, time in stalls.items():
            row["stalled"][STALLS.index(reason)] = time * US
    nothing = Link(0, 1e12, Series(US, np.zeros(0)))
    recording = SimpleNamespace(
        entry="model",
        target="a2a3",
        kernels=KERNELS,
        memories=(memory or Memory("x", 0, 1000, None),),
        streams=STREAMS,
        last_users=[len(tasks) - 1],
        tasks=[Task(it.kernel, it.kernel, tuple((one, 2) for one in it.after)) for it in tasks],
        counts={
            "tasks": sum(it.kernel is not None for it in tasks),
            "joins": sum(it.kernel is None for it in tasks),
            "executed": 0,
        },
    )
    ledgers = np.zeros(2, LEDGER)
    timeline = Timeline(
        policy=Policy(),
        taken_back=np.zeros(0, TAKEN_BACK),
        addresses=np.zeros(1, np.int64),
        makespan=max(int(it) for it in times["completed"]),
        tasks=times,
        units=units,
        instructions=np.zeros(0),
        cores=np.zeros((groups, len(UNITS), len(PIPES)), PIPE),
        kernels=kernels,
        memories=ledgers,
        hbm=Link(int(sum(hbm) * 1e6), 1e12, Series(US, np.array(hbm) * 1e6)),
        l2_read=nothing,
        l2_write=nothing,
        busy_cubes=busy_series(units, True),
        busy_vectors=busy_series(units, False),
        ready_tasks=Series(US, np.zeros(0)),
        orchestrator_busy=0,
        orchestrator_waits=0,
        scheduler_busy=np.zeros(1, np.int64),
        loss_cubes=0,
        loss_vectors=0,
        heap_peak=0,
        events=0,
        operations=0,
    )
    run = Run(recording, timeline, NUMBERS, DEVICE, "device-fit")
    run.__dict__["compulsory"] = np.array([compulsory])  # the recording has no bytes
    return run


def units_of(kernel):
    of_kernel = KERNELS[kernel]
    return [0] * of_kernel.has_cube + [1 + lane for lane in range(of_kernel.lanes)]


def busy_series(units, of_cubes):
    rows = units[(units["unit"] == 0) == of_cubes]
    begins = np.arange(max(rows["end"], default=0) // US) * US
    held = [
        np.maximum(np.minimum(rows["end"], it + US) - np.maximum(rows["begin"], it), 0).sum()
        for it in begins
    ]
    return Series(US, np.array(held, np.int64))
