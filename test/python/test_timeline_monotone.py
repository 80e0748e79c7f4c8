"""A better device is never slower where work is conserved; a list of tasks may be, as is shown.

In a chain every task waits for the one before, so that all transfers of a core pass the cache in
one order: time is a network of maxima and sums. Independent equal tasks only fill more cores.
"""

from itertools import pairwise

import pytest
from random_recordings import random_recording
from recording_builder import CUBE, VECTOR_0, Builder, Kind
from recording_format import Opcode
from tilework.simulator import Policy
from timeline_harness import replayed

FASTER = {  # entries of which more is better
    "hbm__bandwidth": (2e11, 4e11, 8e11, 1.6e12),
    "l2__read_bandwidth": (2e11, 1e12, 5e12),
    "l2__write_bandwidth": (2e11, 1e12, 4e12),
    "cores__groups": (1, 2, 5, 24),
    "dma__in_flight": (1, 2, 4, 16),
    "rings__window": (1, 4, 1000),
    "capacity__l2": (1 << 26, 1 << 28),
}
SLOWER = {  # entries of which less is
    "latency__gm_read": (2000, 1400, 300),
    "latency__flag": (300, 20, 0),
    "latency__barrier": (500, 50, 0),
    "dispatch__submit": (5000, 874, 0),
    "dispatch__schedule_dispatch": (9000, 4500, 0),
    "dispatch__schedule_complete": (9000, 3000, 0),
    "dispatch__core_head": (1000, 350, 0),
    "mmad__start": (100, 21),
    "vector__start": (100, 14),
}
ALL = {**FASTER, **SLOWER}
# A graph begins to execute when the whole of it has been submitted: the more fits into the rings,
# the later.
JOB = 12_000_000  # picoseconds: the longest dispatch here, and a completion
TASKS = Policy(submission="tasks")


def makespans(it: Builder, entry: str, **others) -> list[int]:
    """Of a device that gets better."""
    return [
        replayed(it, policy=TASKS, **{**others, entry: value}).timeline.makespan
        for value in ALL[entry]
    ]


def expect_never_slower(spans: list[int], events: int = 0) -> None:
    """Flows end on whole picoseconds: each may round to one more."""
    assert all(later <= earlier + events for earlier, later in pairwise(spans))


def chain(seed: int) -> Builder:
    it = random_recording(seed, tasks=12, apart=True)
    for number, task in enumerate(it.tasks):
        task.after = ((number - 1, 2),) if number else ()
    it.file.waits.clear()
    return it


@pytest.mark.parametrize("entry", ALL)
def test_a_chain_of_tasks(entry):
    for seed in range(6):
        expect_never_slower(makespans(chain(seed), entry), events=1000)


@pytest.mark.parametrize("entry", ALL)
@pytest.mark.parametrize("cube", [True, False], ids=["cube", "vector"])
def test_equal_tasks_that_do_not_wait(entry, cube):
    it, kind = Builder(), Kind(cube=cube, lanes=not cube)
    for number in range(60):
        x = it.memory(f"x{number}", 65_536)
        unit = it.task(kind)[CUBE if cube else VECTOR_0]
        for part in range(4):
            unit.load(x + 16_384 * part, [32, 256])
        unit.barrier()
        if cube:
            unit.mmad(128, 128, 128)
        else:
            unit.vector(Opcode.BINARY, [64, 64], inputs=2)
    # Which thread is free when a core is may differ by a job.
    expect_never_slower(makespans(it, entry), events=10_000 + JOB)


def test_more_cores_may_make_a_list_of_tasks_slower():
    """Graham's nine tasks of 1966: on three cores they take 12, on four 15."""
    it = Builder()
    times = (3, 2, 2, 2, 4, 4, 4, 4, 9)
    after = {8: [0], **{number: [3] for number in (4, 5, 6, 7)}}
    for number, time in enumerate(times):
        it.task(Kind(cube=True), after.get(number, ()))[CUBE].mmad(16, 16_000 * time, 16)
    free = {"mmad__start": 0, "cores__pending_per_core": 0, "clock__core_hz": 1e9}
    for name in (
        "submit", "schedule_dispatch", "schedule_complete", "to_core", "from_core", "core_head",
    ):  # fmt: skip
        free[f"dispatch__{name}"] = 0
    free["dispatch__schedulers"] = 1

    def spans(**policy) -> list[int]:
        choices = Policy(submission="tasks", early_dispatch=False, **policy)
        return [
            replayed(it, policy=choices, cores__groups=groups, **free).timeline.makespan
            for groups in (3, 4)
        ]

    assert spans(scheduling="fifo") == [12_000_000, 15_000_000]
