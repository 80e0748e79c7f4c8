"""What a page draws of a run: lanes of bars, curves, a roofline, the insides of some tasks."""

from __future__ import annotations

from typing import Any

import numpy as np

from tilework.simulator import PIPES, UNITS

from .critical_path import critical_path
from .figures import PICOSECONDS, location_text
from .perfetto import lanes_of
from .run import CUBE, VECTOR, Run, memory_over_time
from .summary import Summary

MOMENTS = ("submitted", "ready", "dispatched", "arrived", "started", "ended", "completed")
SHORT = ("cube", "v0", "v1")

Data = dict[str, Any]


def run_data(run: Run, summary: Summary, label: str = "") -> Data:
    times = run.timeline.tasks
    lanes, bars = _dispatch_lanes(run)
    first = len(lanes)
    lanes += [f"{group} {unit}" for group in range(run.groups) for unit in SHORT]
    rows = run.timeline.units[run.by_core]
    bars += [
        (first + int(it["group"]) * len(UNITS) + int(it["unit"]), *_span(it), int(it["task"]))
        for it in rows
    ]
    inside, instructions = _insides(run)
    return {
        "label": label,
        "makespan": summary.makespan,
        "kernels": [
            {"name": it.name, "line": location_text(it.location)} for it in run.recording.kernels
        ],
        "tasks": {
            "kernel": run.kernel_of.tolist(),
            **{moment: times[moment].tolist() for moment in MOMENTS},
        },
        "dependences": [[it for it, _ in task.dependences] for task in run.recording.tasks],
        "lanes": lanes,
        "first_core_lane": first,
        "bars": _columns(bars),
        "curves": _curves(run),
        "roofline": _roofline(run, summary),
        "inside": inside,
        "instructions": instructions,
    }


def _span(it: np.void) -> tuple[int, int]:
    return int(it["begin"]), int(it["end"])


def _columns(bars: list[tuple[int, int, int, int]]) -> Data:
    """Bars in the order of lanes, and on each of time."""
    ordered = sorted(bars)
    names = ("lane", "begin", "end", "item")
    return {name: [it[place] for it in ordered] for place, name in enumerate(names)}


def _dispatch_lanes(run: Run) -> tuple[list[str], list[tuple[int, int, int, int]]]:
    """The critical path, the orchestrator, and each scheduler."""
    times, threads = run.timeline.tasks, len(run.timeline.scheduler_busy)
    lanes = ["critical path", "orchestrator", *(f"scheduler {it}" for it in range(threads))]
    bars = [(0, it.begin, it.end, it.task) for it in critical_path(run)]
    dispatch, complete = (run.price(f"dispatch.schedule_{it}") for it in ("dispatch", "complete"))
    for task, it in enumerate(times):
        if task == 0 or times["part"][task - 1] != it["part"]:
            bars.append((1, int(it["submitting"]), int(it["submitted"]), task))
        if it["started"] >= 0:
            taken, done = int(it["dispatched"]), int(it["completed"])
            bars.append((2 + int(it["scheduler"]), taken, taken + dispatch, task))
            bars.append((2 + int(it["completer"]), done - complete, done, task))
    return lanes, bars


def _curves(run: Run) -> list[Data]:
    timeline = run.timeline
    curves = []
    links = (
        ("HBM", timeline.hbm),
        ("L2 reads", timeline.l2_read),
        ("L2 writes", timeline.l2_write),
    )
    for name, link in links:
        limit = link.bytes_per_second / 1e9
        curves.append(_curve(name, "GB/s", limit, link.series, PICOSECONDS / 1e9))
    busy = (
        (CUBE, "busy cubes", timeline.busy_cubes),
        (VECTOR, "busy vectors", timeline.busy_vectors),
    )
    for kind, name, series in busy:
        curves.append(_curve(name, "cores", run.cores(kind), series, 1.0))
    curves.append(_curve("ready tasks", "tasks", 0, timeline.ready_tasks, 1.0))
    held = memory_over_time(run)
    curves.append(
        {
            "name": "tensors",
            "unit": "MB of the run",
            "limit": 0,
            "times": [time for time, _ in held],
            "values": [amount / 1e6 for _, amount in held],
        }
    )
    return [it for it in curves if it["times"]]


def _curve(name: str, unit: str, limit: float, series, factor: float) -> Data:
    """Only where it changes; nothing after its last step."""
    means = [*(series.mean * factor).round(3).tolist(), 0.0]
    changes = [it for it in range(len(means)) if it == 0 or means[it] != means[it - 1]]
    return {
        "name": name,
        "unit": unit,
        "limit": limit,
        "times": [it * series.step for it in changes],
        "values": [means[it] for it in changes],
    }


def _roofline(run: Run, summary: Summary) -> Data:
    numbers, timeline = run.numbers, run.timeline
    hz = numbers["clock.core_hz"]
    block = numbers["mmad.m_block"] * numbers["mmad.n_block"] * numbers["mmad.k_block_16_bit"]
    cubes = 2 * block / numbers["mmad.passes_16_bit"] * hz * run.cores(CUBE)
    lanes = numbers["vector.repeat_bytes"] / 4 / numbers["vector.simple_repeat"]
    return {
        "peaks": [
            {"name": "cube cores, 16 bit", "value": cubes},
            {"name": "vector cores, 32 bit", "value": lanes * hz * run.cores(VECTOR)},
        ],
        "bandwidths": [
            {"name": "HBM", "value": timeline.hbm.bytes_per_second},
            {"name": "L2", "value": timeline.l2_read.bytes_per_second},
        ],
        "points": [
            {
                "name": it.name,
                "kernel": number,
                "intensity": it.intensity,
                "attained": it.attained,
                "on_path": it.on_path,
            }
            for number, it in enumerate(summary.scopes)
        ],
    }


def _insides(run: Run) -> tuple[list[Data], list[Data]]:
    """Of each scope the task of median time, with its instructions by pipe."""
    rows = run.timeline.instructions
    if not len(rows):
        return [], []
    times, found = run.timeline.tasks, []
    numbers: dict[int, int] = {}
    for kernel, it in enumerate(run.recording.kernels):
        tasks = np.flatnonzero(run.kernel_of == kernel)
        durations = (times["ended"] - times["started"])[tasks]
        task = int(tasks[np.argsort(durations, kind="stable")[len(tasks) // 2]])
        mine, lanes = lanes_of(rows[rows["task"] == task])
        places = [
            (unit, pipe, lane)
            for (_, _, _, unit, pipe, *_), lane in zip(mine.tolist(), lanes, strict=True)
        ]
        names = sorted(set(places))
        begin = int(times["started"][task])
        bars = [
            (
                names.index(place),
                int(row["begin"]) - begin,
                int(row["end"]) - begin,
                numbers.setdefault(int(row["instruction"]), len(numbers)),
            )
            for row, place in zip(mine, places, strict=True)
        ]
        found.append(
            {
                "name": it.name,
                "task": task,
                "span": int(times["ended"][task]) - begin,
                "lanes": [
                    f"{UNITS[unit]} {PIPES[pipe]}{f' {lane + 1}' if lane else ''}"
                    for unit, pipe, lane in names
                ],
                "bars": _columns(bars),
            }
        )
    known = [run.recording.instructions[it] for it in numbers]
    operations = sorted({it.operation for it in known})
    described = [
        {
            "operation": it.operation,
            "text": it.text,
            "line": location_text(it.location),
            "colour": operations.index(it.operation),
        }
        for it in known
    ]
    return found, described
