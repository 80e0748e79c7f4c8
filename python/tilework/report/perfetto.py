"""Traces in the trace event format, which ui.perfetto.dev and chrome://tracing open.

A process per core group with a thread per core, and one per pipe where instructions were kept; one
process for the orchestrator and the schedulers; counters for bandwidths and cores. Arrows go from
the end of a task to the start of what depends on it. Times are microseconds, to the picosecond.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from tilework.simulator import PIPES, SUBMISSIONS, UNITS

from .critical_path import critical_path
from .figures import PICOSECONDS, location_text
from .run import Run, memory_over_time

Event = dict[str, Any]

DISPATCH, COUNTERS, GROUPS = 1, 2, 10  # process numbers; of core groups from GROUPS on
ORCHESTRATOR, PATH, SCHEDULERS = 1, 2, 10  # threads of DISPATCH, schedulers from SCHEDULERS on
REASONS = ((1, "explicit"), (2, "read after write"), (4, "write after write"))
REASONS += ((8, "write after read"), (16, "found by the compiler"))


def save_trace(run: Run, path: str | PathLike) -> Path:
    """Writes the trace; equal runs are equal bytes."""
    target = Path(path)
    with target.open("w", encoding="utf-8") as file:
        file.write('{"displayTimeUnit": "ns", "traceEvents": [\n')
        for number, event in enumerate(events(run)):
            file.write((",\n" if number else "") + json.dumps(event, separators=(",", ":")))
        file.write("\n]}\n")
    return target


def events(run: Run) -> Iterator[Event]:
    yield from _names(run)
    yield from _tasks(run)
    yield from _instructions(run)
    yield from _dispatch(run)
    yield from _path(run)
    yield from _arrows(run)
    yield from _counters(run)


def _bar(name: str, process: int, thread: int, begin: int, end: int, **args: Any) -> Event:
    span = {"ts": begin / 1e6, "dur": (end - begin) / 1e6}
    return {"name": name, "ph": "X", "pid": process, "tid": thread, **span, "args": args}


def thread_of(unit: int, pipe: int | None = None, lane: int = 0) -> int:
    """Of a core, or below it of one of its pipes; transfers on their way at once have lanes."""
    return unit * 1000 + (0 if pipe is None else (pipe + 1) * 100 + lane)


def _names(run: Run) -> Iterator[Event]:
    def name(kind: str, process: int, thread: int, text: str) -> Iterator[Event]:
        place = {"pid": process, "tid": thread}
        yield {"name": f"{kind}_name", "ph": "M", **place, "args": {"name": text}}
        order = thread if kind == "thread" else process
        yield {"name": f"{kind}_sort_index", "ph": "M", **place, "args": {"sort_index": order}}

    yield from name("process", DISPATCH, 0, f"dispatch of {run.recording.entry}")
    yield from name("thread", DISPATCH, ORCHESTRATOR, "orchestrator")
    yield from name("thread", DISPATCH, PATH, "critical path")
    for number in range(len(run.timeline.scheduler_busy)):
        yield from name("thread", DISPATCH, SCHEDULERS + number, f"scheduler {number}")
    yield from name("process", COUNTERS, 0, "bandwidths and cores")
    rows, lanes = lanes_of(run.timeline.instructions)
    pipes = sorted({(*it[2:5], lane) for it, lane in zip(rows.tolist(), lanes, strict=True)})
    for group in range(run.groups):
        yield from name("process", GROUPS + group, 0, f"core group {group}")
        for unit, core in enumerate(UNITS):
            yield from name("thread", GROUPS + group, thread_of(unit), core)
    for group, unit, pipe, lane in pipes:
        text = f"{UNITS[unit]} {PIPES[pipe]}{' ' * bool(lane)}{lane + 1 if lane else ''}"
        yield from name("thread", GROUPS + group, thread_of(unit, pipe, lane), text)


def _label(run: Run, task: int) -> str:
    return f"{run.name_of(task)} {location_text(run.location_of(task))}".rstrip()


def _tasks(run: Run) -> Iterator[Event]:
    times, streams = run.timeline.tasks, run.recording.streams
    for row in run.by_core.tolist():
        unit = run.timeline.units[row]
        task = int(unit["task"])
        stream = streams[run.recording.tasks[task].stream]
        yield _bar(
            _label(run, task),
            GROUPS + int(unit["group"]),
            thread_of(int(unit["unit"])),
            int(unit["begin"]),
            int(unit["end"]),
            task=task,
            line=run.location_of(task),
            read_bytes=stream.read_bytes,
            written_bytes=stream.written_bytes,
            ready_us=int(times["ready"][task]) / 1e6,
            dispatched_us=int(times["dispatched"][task]) / 1e6,
            after=[it for it, _ in run.recording.tasks[task].dependences],
        )


def lanes_of(rows: np.ndarray) -> tuple[np.ndarray, list[int]]:
    """Instructions by their begin, and for each a lane of its pipe that is free then."""
    rows = rows[np.argsort(rows["begin"], kind="stable")] if len(rows) else rows
    until: dict[tuple[int, int, int], list[int]] = {}
    lanes = []
    for _, _, group, unit, pipe, *_, begin, end in rows.tolist():
        ends = until.setdefault((group, unit, pipe), [])
        lane = next((it for it, last in enumerate(ends) if last <= begin), len(ends))
        ends[lane : lane + 1] = [end]
        lanes.append(lane)
    return rows, lanes


def _instructions(run: Run) -> Iterator[Event]:
    rows, lanes = lanes_of(run.timeline.instructions)
    texts = run.recording.instructions if lanes else ()
    for it, lane in zip(rows.tolist(), lanes, strict=True):
        task, number, group, unit, pipe, *_, begin, end = it
        known = texts[number]
        yield _bar(
            f"{known.operation} {location_text(known.location)}",
            GROUPS + group,
            thread_of(unit, pipe, lane),
            begin,
            end,
            task=task,
            line=known.location,
            instruction=known.text,
        )


def _dispatch(run: Run) -> Iterator[Event]:
    times = run.timeline.tasks
    dispatch, complete = (run.price(f"dispatch.schedule_{it}") for it in ("dispatch", "complete"))
    for task, it in enumerate(times):
        label, end = _label(run, task), int(it["submitted"])
        waited = SUBMISSIONS[it["submission"]]
        args = {"waited_for": waited} if waited != "busy" else {}
        if task == 0 or times["part"][task - 1] != it["part"]:  # one bar for what goes together
            tasks = int((times["part"] == it["part"]).sum())
            more = {"tasks": tasks} if tasks > 1 else {}
            begin = int(it["submitting"])
            yield _bar(label, DISPATCH, ORCHESTRATOR, begin, end, task=task, **args, **more)
        if it["started"] < 0:
            continue
        taken, done = int(it["dispatched"]), int(it["completed"])
        own = SCHEDULERS + int(it["scheduler"])
        group = {"task": task, "group": int(it["group"])}
        yield _bar(f"dispatch {label}", DISPATCH, own, taken, taken + dispatch, **group)
        own = SCHEDULERS + int(it["completer"])
        yield _bar(f"complete {label}", DISPATCH, own, done - complete, done, **group)


def _path(run: Run) -> Iterator[Event]:
    for it in critical_path(run):
        name = f"{it.kind}: {_label(run, it.task)}"
        yield _bar(name, DISPATCH, PATH, it.begin, it.end, task=it.task)


def _arrows(run: Run) -> Iterator[Event]:
    """From the last core of a task that ends to the first one of its dependents that begins."""
    units = run.timeline.units
    last, first = {}, {}
    for row in run.by_core.tolist():
        task = int(units["task"][row])
        if task not in first or units["begin"][row] < units["begin"][first[task]]:
            first[task] = row
        if task not in last or units["end"][row] > units["end"][last[task]]:
            last[task] = row
    number = 0
    for task, it in enumerate(run.recording.tasks):
        for earlier, reasons in it.dependences:
            if task not in first or earlier not in last:  # a join
                continue
            number += 1
            name = ", ".join(text for bit, text in REASONS if reasons & bit)
            for phase, row, moment in (("s", last[earlier], "end"), ("f", first[task], "begin")):
                place = {
                    "pid": GROUPS + int(units["group"][row]),
                    "tid": thread_of(int(units["unit"][row])),
                }
                # A bar owns its begin, not its end.
                time = (int(units[moment][row]) - (phase == "s")) / 1e6
                flow = {"name": name, "cat": "dependence", "ph": phase, "id": number, "ts": time}
                yield {**flow, **place, **({"bp": "e"} if phase == "f" else {})}


def _counters(run: Run) -> Iterator[Event]:
    timeline = run.timeline
    per_second = 1e-9 * PICOSECONDS  # GB/s of bytes per picosecond
    curves = {
        "HBM GB/s": (timeline.hbm.series, per_second),
        "L2 reads GB/s": (timeline.l2_read.series, per_second),
        "L2 writes GB/s": (timeline.l2_write.series, per_second),
        "busy cubes": (timeline.busy_cubes, 1.0),
        "busy vectors": (timeline.busy_vectors, 1.0),
        "ready tasks": (timeline.ready_tasks, 1.0),
    }
    for name, (series, factor) in curves.items():
        previous = None
        for step, mean in enumerate([*(series.mean * factor).round(3).tolist(), 0.0]):
            if mean != previous:
                yield _counter(name, step * series.step, mean)
            previous = mean
    for time, held in memory_over_time(run):
        yield _counter("tensors of the run, bytes", time, held)


def _counter(name: str, time: int, value: float) -> Event:
    place = {"pid": COUNTERS, "tid": 0}
    return {"name": name, "ph": "C", **place, "ts": time / 1e6, "args": {"value": value}}
