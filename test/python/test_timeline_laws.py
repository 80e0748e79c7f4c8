"""Every timeline obeys the laws of timeline_laws.py, and two replays give the same one."""

import pytest
from timeline_harness import bytes_of_timeline, random_case
from timeline_laws import check_laws
from timeline_memory import check_memory


@pytest.mark.parametrize("seed", range(60))
def test_random_recordings_on_random_devices(seed):
    case = random_case(seed)
    assert check_laws(case.file, case.numbers, case.timeline) == []


@pytest.mark.parametrize("seed", range(5))
def test_the_same_replay_gives_the_same_bytes(seed):
    first, second = (bytes_of_timeline(random_case(seed).timeline) for _ in range(2))
    assert first == second


def judged(cases):
    """Errors of those that can be judged, which are many."""
    results = [check_memory(case.file, case.numbers, case.timeline) for case in cases]
    judged = [errors for errors in results if errors is not None]
    assert len(judged) >= len(results) // 2
    return [error for errors in judged for error in errors]


def test_a_small_cache_is_that_of_a_model_line_by_line():
    assert judged(
        random_case(
            seed,
            {"dispatch.schedulers": 1, "dispatch.submit": 101, "capacity.l2": capacity},
            tasks=20,
            apart=True,
        )
        for seed in range(12)
        for capacity in (16_384, 65_536, 1 << 18)
    ) == []  # fmt: skip


def test_transfers_end_when_bandwidths_let_them():
    assert judged(
        random_case(seed, {"capacity.l2": 1 << 28}, tasks=8, steps=8) for seed in range(40)
    ) == []  # fmt: skip
