"""`tilework.profile(program, *arguments)`: runs, replays, and says where the time goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

from tilework.devices import Device, load
from tilework.recording import Recording
from tilework.simulator import Policy, Timeline

from .compare import Comparison
from .html import save_report
from .perfetto import save_trace
from .run import Run
from .summary import Summary, summarize
from .sweep import Point, sweep

INSIDE = 5_000_000  # instructions whose times are kept; more would take hundreds of MB


@dataclass(frozen=True, repr=False)
class Report:
    """What a recorded run does on a device. Printing it prints the summary."""

    run: Run

    @classmethod
    def of(
        cls,
        recording: Recording | str | PathLike,
        device: str | Device | None = None,
        profile: str | None = None,
        changes: Mapping[str, float] | None = None,
        policy: Policy | None = None,
    ) -> Report:
        """Of a recording or its file; without a device, on the one it was compiled for.

        Raises RecordingError, DeviceError, DescriptionError, and DeadlockError where the recorded
        tasks wait for each other.
        """
        if not isinstance(recording, Recording):
            recording = Recording.load(recording)
        return cls(Run.of(recording, as_device(device), profile, changes, policy=policy))

    @cached_property
    def summary(self) -> Summary:
        return summarize(self.run)

    @property
    def timeline(self) -> Timeline:
        return self.run.timeline

    @property
    def recording(self) -> Recording:
        return self.run.recording

    def replay(
        self,
        changes: Mapping[str, float] | None = None,
        *,
        cores: int | None = None,
        device: str | Device | None = None,
        profile: str | None = None,
        policy: Policy | None = None,
    ) -> Report:
        """What if: the same recording, with other values for entries of the device.

        `report.replay({"hbm.bandwidth": 2e12}, cores=32)`; `cores` are core groups; `policy` is
        what the runtime decides. What is not named holds on as in this report.
        """
        changed = {**self.run.changes, **(changes or {})}
        if cores is not None:
            changed["cores.groups"] = cores
        machine = as_device(device) or self.run.device
        chosen = profile or (None if device else self.run.profile)
        policy = policy or self.run.policy
        return Report(Run.of(self.recording, machine, chosen, changed, policy=policy))

    def sweep(self, axes: Mapping[str, Sequence[float]]) -> list[Point]:
        """What-ifs for every combination of values, in parallel."""
        run = self.run
        return sweep(self.recording, run.device, run.profile, axes, policy=run.policy)

    def compare(self, after: Report) -> Comparison:
        """This run and another, side by side."""
        return Comparison(self.summary, after.summary)

    def save_html(self, path: str | PathLike) -> Path:
        """One page with timeline, tables, roofline and plots, that opens from disk.

        It shows the inside of some tasks as well, unless the run is very long.
        """
        shows = self.recording.counts["executed"] <= INSIDE
        return save_report(self.run.with_instructions() if shows else self.run, path, self.summary)

    def save_trace(self, path: str | PathLike, instructions: bool = False) -> Path:
        """A trace for ui.perfetto.dev, on request with a bar for each instruction."""
        return save_trace(self.run.with_instructions() if instructions else self.run, path)

    def __str__(self) -> str:
        return str(self.summary)

    __repr__ = __str__


def as_device(device: str | Device | None) -> Device | None:
    return device if device is None or isinstance(device, Device) else load(device)


def profile(
    program: Any,
    *arguments: Any,
    device: str | None = None,
    profile: str | None = None,
    changes: Mapping[str, float] | None = None,
    policy: Policy | None = None,
    **keywords: Any,
) -> Report:
    """Runs a program on its arguments as a call would, and reports how long a device would take.

    It is compiled for `device` (a name; default: as a call would) and replayed on it in `profile`,
    with other values for entries of its description in `changes`, and a runtime that decides as
    `policy` says. With tensors on torch's meta device nothing is computed. Raises what the call
    raises, and what `Report.of` does.
    """
    from tilework.compiler.run import options, options_in_force

    __tracebackhide__ = True
    chosen = {"record": options_in_force().record or True}
    if device is not None:
        chosen["device"] = device
    with options(**chosen):
        program(*arguments, **keywords)
    return Report.of(program.last_run.recording, device, profile, changes, policy)
