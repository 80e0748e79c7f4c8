"""Replaying a recording."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from tilework import _simulator
from tilework.devices import Device
from tilework.errors import DescriptionError
from tilework.recording import Recording

from .policy import Policy
from .timeline import Timeline


def replay(
    recording: Recording,
    device: Device,
    profile: str | None = None,
    changes: Mapping[str, float] | None = None,
    instructions: bool = False,
    progress: Callable[[int], None] | None = None,
    policy: Policy | None = None,
) -> Timeline:
    """How the device would execute what was recorded; no program is run.

    `profile` is one of the device's (default: the first). `changes` are other values for entries of
    the description by their dotted names, those of the profile as "bandwidth.<path>".
    `instructions` keeps the time of each instruction, 40 bytes of memory each. `progress` is told
    now and then how many tasks have been completed. `policy` is what the runtime decides.

    Raises DescriptionError for an entry that does not exist or makes no sense, DeadlockError where
    tasks wait for each other, KeyboardInterrupt for Ctrl-C.
    """
    numbers = entries(device, profile, changes)
    choices = (policy or Policy()).to_native()
    found = _simulator.replay(recording.bytes, numbers, instructions, choices, progress)
    return Timeline.from_native(found)


def entries(
    device: Device, profile: str | None = None, changes: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Every number of a device by its dotted name, of one profile, changed as asked.

    Raises DescriptionError for an entry that does not exist.
    """
    profile = profile or device.profiles[0]
    if profile not in device.profiles:
        raise DescriptionError(
            f"device '{device.name}' expects a profile of {', '.join(device.profiles)}, "
            f"but got '{profile}'"
        )
    numbers = {}
    for name, entry in device.entries.items():
        section, _, rest = name.partition(".")
        if section == "bandwidth":
            owner, _, path = rest.partition(".")
            if owner != profile:
                continue
            name = f"bandwidth.{path}"
        numbers[name] = float(entry.value)
    for name, value in (changes or {}).items():
        if name not in numbers:
            close = difflib.get_close_matches(name, numbers, 3)
            mend = f"; is it one of {', '.join(close)}?" if close else ""
            raise DescriptionError(
                f"device '{device.name}' expects one of its entries, but got '{name}'{mend}"
            )
        numbers[name] = float(value)
    return numbers


def compulsory(recording: Recording) -> list[tuple[int, int]]:
    """Bytes of each memory of the recording that have to be read, and written, at least once.

    Distinct bytes of the caller's arrays, in blocks of 64: those read before the program writes
    them, and those it writes. What a program allocates for itself need never leave the cache.
    """
    return _simulator.compulsory(recording.bytes)


@dataclass(frozen=True)
class Capacity:
    """What a recorded graph asks of the runtime's rings, and of global memory for its tensors.

    `least` and `ample` are by ring, as in `rings.window` (tasks), `rings.heap` (bytes) and
    `rings.dependences` (entries): with less than `least` some task can never be submitted; with
    `ample` none ever waits for room, however slow the cores are.

    `planned` bytes hold all tensors of the run where those share addresses that the graph never has
    in use at once; `total` without, `bound` is what no plan could do with less than. `offsets` are
    their places, -1 for arrays of the caller.
    """

    least: dict[str, int]
    ample: dict[str, int]
    planned: int
    total: int
    bound: int
    offsets: np.ndarray


def capacity(recording: Recording) -> Capacity:
    """What the recorded graph needs, on any device."""
    found = _simulator.capacity(recording.bytes)
    least, ample = (
        dict(zip(("window", "heap", "dependences"), found[name], strict=True))
        for name in ("least", "ample")
    )
    offsets = np.frombuffer(found["offsets"], "<i8")
    return Capacity(least, ample, found["planned"], found["sum"], found["bound"], offsets)
