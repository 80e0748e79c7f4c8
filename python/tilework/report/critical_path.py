"""The critical path: what the end of a run waited for, back to its beginning.

The path goes from the completion of the last task to what that task waited for, and on from there:
its last core, the core's task before, the scheduler, the task it depends on, the orchestrator. At
each moment it is at one place, so its segments last as long as the run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tilework.simulator import SUBMISSIONS

from .run import Run

# What happens in a segment, to its task.
SUBMISSION = "submission"  # the orchestrator works towards submitting it
QUEUE = "queue"  # it is ready, a core has room for it, and no scheduler has taken it up
DISPATCH = "dispatch"  # a scheduler hands it to its cores
EXECUTION = "execution"  # all its cores have begun
COMPLETION = "completion"  # it has ended, and a scheduler takes note
KINDS = (SUBMISSION, QUEUE, DISPATCH, EXECUTION, COMPLETION)


@dataclass(frozen=True)
class Segment:
    """From `begin` to `end`, in picoseconds."""

    kind: str
    task: int
    begin: int
    end: int

    @property
    def duration(self) -> int:
        return self.end - self.begin


def critical_path(run: Run) -> list[Segment]:
    """The segments in the order of time; each begins where the one before ends, the first at 0."""
    return _Walk(run).segments() if len(run.timeline.tasks) else []


class _Walk:
    def __init__(self, run: Run):
        self.run = run
        self.tasks = run.timeline.tasks
        self.units = run.timeline.units
        self.now = run.timeline.makespan
        self.found: list[Segment] = []
        rows = run.by_core
        cores = self.units["group"] * 8 + self.units["unit"]
        follows = np.flatnonzero(cores[rows[1:]] == cores[rows[:-1]])
        self.before = np.full(len(self.units), -1, np.int64)  # row of the core's task before
        self.before[rows[follows + 1]] = rows[follows]
        order = np.argsort(self.units["task"], kind="stable")
        self.rows_of = np.split(order, np.searchsorted(self.units["task"][order], self._numbers()))
        self.by_completion = np.argsort(self.tasks["completed"], kind="stable")
        self.completions = self.tasks["completed"][self.by_completion]

    def _numbers(self) -> np.ndarray:
        return np.arange(1, len(self.tasks))

    def segments(self) -> list[Segment]:
        step = (self.completed, int(np.argmax(self.tasks["completed"])))
        for _ in range(8 * len(self.tasks)):  # a task has no more moments than that
            step = step[0](*step[1:])
            if step is None:
                return self.found[::-1]
        raise RuntimeError(f"expects an end of the critical path, but got back to {step[1:]}")

    def back_to(self, begin: int, kind: str, task: int) -> None:
        """What is before `now` was of this kind."""
        end, self.now = self.now, int(begin)
        if begin == end:
            return
        if self.found and kind == SUBMISSION == self.found[-1].kind:
            end, task = self.found[-1].end, self.found.pop().task  # one after the other
        self.found.append(Segment(kind, task, self.now, end))

    # Each goes back from a moment in the life of a task and returns the next such step.

    def completed(self, task: int):
        times = self.tasks[task]
        if times["started"] < 0:  # a join
            return self.ready, task
        self.back_to(times["ended"], COMPLETION, task)
        rows = self.rows_of[task]
        return self.executing, int(rows[np.argmax(self.units["begin"][rows])])

    def executing(self, row: int):
        unit = self.units[row]
        task = int(unit["task"])
        self.back_to(unit["begin"], EXECUTION, task)
        times = self.tasks[task]
        if unit["begin"] > max(times["arrived"], times["released"]):  # the core had another
            return self.executing, int(self.before[row])
        return self.arrived, task

    def arrived(self, task: int):
        times = self.tasks[task]
        # One that came early waited for its doorbell, whatever else was done before.
        self.back_to(max(times["dispatched"], times["ready"]), DISPATCH, task)
        if times["dispatched"] > times["ready"]:
            holder = self.who_made_room(task)
            if holder is not None:
                return self.completed, holder
            self.back_to(times["ready"], QUEUE, task)
        return self.ready, task

    def ready(self, task: int):
        by = int(self.tasks["ready_by"][task])
        return (self.completed, by) if by >= 0 else (self.submitted, task)

    def submitted(self, task: int):
        times = self.tasks
        task = int(np.searchsorted(times["part"], times["part"][task]))  # the first of its part
        previous = int(times["submitted"][task - 1]) if task else 0
        if SUBMISSIONS[times["submission"][task]] != "busy":
            latest = int(times["submitting"][task])
            position = np.searchsorted(self.completions, latest, side="right") - 1
            while position >= 0 and self.by_completion[position] >= task:
                position -= 1  # submitted later, if at the same moment
            if position >= 0 and self.completions[position] >= previous:
                self.back_to(self.completions[position], SUBMISSION, task)
                return self.completed, int(self.by_completion[position])
        self.back_to(previous, SUBMISSION, task)
        return (self.submitted, task - 1) if task else None

    def who_made_room(self, task: int) -> int | None:
        """The task whose completion gave this one a place, if there was none before."""
        times, at = self.tasks, self.tasks["dispatched"][task]
        units = self.units
        holds = (times["dispatched"] < at) & (times["completed"] >= at)
        holds &= times["ready"] <= at  # those that are gated give their slots away
        rows = units[holds[units["task"]]]
        held = np.zeros((self.run.groups, 3), np.int64)
        np.add.at(held, (rows["group"], rows["unit"]), 1)
        numbers = self.run.numbers
        has_room = held < numbers["cores.running_per_core"] + numbers["cores.pending_per_core"]
        kernel = self.run.recording.kernels[self.run.kernel_of[task]]
        fits = np.ones(self.run.groups, bool)
        if kernel.has_cube:
            fits &= has_room[:, 0]
        if kernel.lanes == 2 or (kernel.lanes and kernel.has_cube):
            fits &= has_room[:, 1 : 1 + kernel.lanes].all(axis=1)
        elif kernel.lanes:
            fits &= has_room[:, 1:].any(axis=1)
        if fits.any():
            return None
        ours = units[self.rows_of[task]]
        left = units[(holds & (times["completed"] == at))[units["task"]]]
        for row in left[np.argsort(left["task"], kind="stable")]:
            if ((ours["group"] == row["group"]) & (ours["unit"] == row["unit"])).any():
                return int(row["task"])
        return None
