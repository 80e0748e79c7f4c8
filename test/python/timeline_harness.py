"""Replays random recordings on random devices, for judges of timelines."""

from __future__ import annotations

import random
from dataclasses import dataclass, fields, is_dataclass

import numpy as np
from random_recordings import random_recording
from recording_builder import Builder
from recording_format import File
from tilework import devices
from tilework.simulator import SCHEDULINGS, Policy, Timeline, replay
from tilework.simulator.replay import entries

CHOICES = {
    "cores.groups": (1, 2, 5, 24),
    "dma.in_flight": (1, 2, 3, 8),
    "latency.flag": (0, 20, 300),
    "latency.cross_flag": (0, 500),
    "latency.atomic_extra": (0, 77),
    "capacity.l2": (65_536, 1 << 20, 1 << 27),
    "hbm.bandwidth": (3e10, 2e11, 1.6e12),
    "l2.read_bandwidth": (1e11, 4.9e12),
    "l2.write_bandwidth": (1e11, 3.8e12),
    "rings.window": (3, 8, 16_384),
    "rings.dependences": (6, 16_384),
    "dispatch.schedulers": (1, 3, 4),
    "dispatch.submit": (0, 100, 874),
    "dispatch.schedule_dispatch": (0, 150, 4500),
    "dispatch.schedule_complete": (0, 50, 3000),
    "dispatch.core_head": (0, 350),
}


@dataclass(frozen=True)
class Case:
    """What was recorded, the numbers of a device, and the timeline that the simulator gave."""

    file: File
    numbers: dict[str, float]
    timeline: Timeline


def replayed(
    it: Builder,
    device: str = "a2a3",
    profile: str | None = None,
    policy: Policy | None = None,
    **changes,
) -> Case:
    """Entries are named with "__" for their dots."""
    by_name = {name.replace("__", "."): value for name, value in changes.items()}
    its = devices.load(device)
    timeline = replay(it.recording(), its, profile, by_name, instructions=True, policy=policy)
    return Case(it.file, entries(its, profile) | by_name, timeline)


def random_case(seed: int, changes=None, policy: Policy | None = None, **sizes) -> Case:
    """Of a2a3 or a5, with other numbers in some entries, and any policy."""
    choose = random.Random(-seed - 1)
    device = devices.load(choose.choice(["a2a3", "a5"]))
    profile = choose.choice(device.profiles)
    picked = {name: choose.choice(values) for name, values in CHOICES.items()} | (changes or {})
    policy = policy or Policy(
        choose.choice(SCHEDULINGS), choose.choice(["tasks", "graph"]), choose.random() < 0.7
    )
    it = random_recording(seed, **sizes)
    timeline = replay(it.recording(), device, profile, picked, instructions=True, policy=policy)
    return Case(it.file, entries(device, profile) | picked, timeline)


def bytes_of_timeline(value) -> bytes:
    """Everything a timeline says."""
    if is_dataclass(value):
        return b"".join(bytes_of_timeline(getattr(value, each.name)) for each in fields(value))
    return value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode()
