"""Whatever the runtime decides, timelines are lawful; and rings and addresses are what graphs need.

Known cases of each policy, worked out by hand, are in test/Simulator/PolicyTest.cpp.
"""

from itertools import combinations, product

import pytest
from random_recordings import random_recording
from tilework import devices
from tilework.errors import DescriptionError
from tilework.simulator import Policy, capacity, replay
from timeline_harness import random_case, replayed
from timeline_laws import check_laws
from timeline_memory import check_memory

POLICIES = [
    Policy(scheduling, submission, early)
    for scheduling, submission, early in product(
        ("fifo", "critical-path"), ("tasks", "graph"), (False, True)
    )
]
# Dispatch takes long and cores hold tasks for long, so that slots are given back.
CROWDED = {
    "cores.groups": 1,
    "dispatch.schedulers": 3,
    "dispatch.submit": 100,
    "dispatch.schedule_dispatch": 150,
    "dispatch.schedule_complete": 50,
    "rings.window": 16_384,
}


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_laws_hold_for_every_policy(policy):
    for seed in range(100, 104):
        case = random_case(seed, policy=policy)
        assert check_laws(case.file, case.numbers, case.timeline) == []
        assert case.timeline.policy.submission == policy.submission


def test_crowded_cores_obey_the_laws_and_give_slots_back():
    given_back = came_early = 0
    for seed in range(12):
        for changes in (CROWDED, CROWDED | {"cores.pending_per_core": 3, "cores.groups": 2}):
            case = random_case(seed, changes, Policy("fifo", "tasks"), tasks=60)
            assert check_laws(case.file, case.numbers, case.timeline) == []
            given_back += len(case.timeline.taken_back)
            came_early += (case.timeline.tasks["released"] >= 0).sum()
    assert given_back > 20
    assert came_early > 100


def test_tensors_that_share_addresses_are_those_of_a_model_line_by_line():
    changes = {"dispatch.schedulers": 1, "dispatch.submit": 101, "capacity.l2": 65_536}
    for seed in range(12):
        case = random_case(seed, changes, Policy(submission="graph"), tasks=20, apart=True)
        assert case.timeline.policy.reuse
        assert not check_memory(case.file, case.numbers, case.timeline)


# --------------------------------------------------------------------------------------------------
# Capacity
# --------------------------------------------------------------------------------------------------


def reachable(file) -> list[set[int]]:
    """By task, all tasks before it."""
    before = []
    for task in file.tasks:
        before.append(set().union(*({other} | before[other] for other, _ in task.dependences)))
    return before


def users_of(file) -> dict[int, set[int]]:
    users = {i: set() for i, it in enumerate(file.memories) if it.tasks_before is not None}
    for number, task in enumerate(file.tasks):
        for base in task.bases:
            owner = max(i for i, it in enumerate(file.memories) if it.address <= base)
            if owner in users:
                users[owner].add(number)
    return users


@pytest.mark.parametrize("seed", range(30))
def test_tensors_at_one_address_are_never_in_use_at_once(seed):
    it = random_recording(seed, tasks=60, steps=3)
    file, plan = it.finish(), capacity(it.recording())
    before, users = reachable(file), users_of(file)

    def precedes(a: int, b: int) -> bool:
        """Every user of one every user of the other, and what the orchestration may read of it."""
        reads = [w.tasks_before for w in file.waits if users[a] & set(w.writers)]
        return all(
            user in before[other] and all(other >= read for read in reads)
            for user in users[a]
            for other in users[b]
        )

    ends = {i: plan.offsets[i] + file.memories[i].size_bytes for i in users}
    for a, b in combinations(users, 2):
        if plan.offsets[a] < ends[b] and plan.offsets[b] < ends[a]:
            assert precedes(a, b) or precedes(b, a)
    assert plan.bound <= plan.planned <= plan.total
    assert max(ends.values(), default=0) <= plan.planned


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("submission", ["tasks", "graph"])
def test_rings_of_the_least_size_work_and_no_smaller_ones(seed, submission):
    it = random_recording(seed, tasks=40, steps=3)
    needs = capacity(it.recording())
    policy = Policy(submission=submission, reuse=False)
    least = {f"rings__{name}": max(1, size) for name, size in needs.least.items()}
    case = replayed(it, policy=policy, **least)
    assert check_laws(case.file, case.numbers, case.timeline) == []
    for name, size in least.items():
        if size > 1:
            with pytest.raises(DescriptionError, match=f"'{name.replace('__', '.')}' expects at"):
                replayed(it, policy=policy, **{**least, name: size - 1})


@pytest.mark.parametrize("seed", range(10))
def test_nothing_waits_for_rings_of_ample_size(seed):
    it = random_recording(seed, tasks=40, steps=3)
    needs = capacity(it.recording())
    ample = {f"rings__{name}": max(1, size) for name, size in needs.ample.items()}
    slow = {"dispatch__submit": 0, "dispatch__schedule_dispatch": 1e6}
    for submission in ("tasks", "graph"):
        policy = Policy(submission=submission, reuse=False)
        case = replayed(it, policy=policy, **ample, **slow)
        assert set(case.timeline.tasks["submission"].tolist()) <= {0, 4}  # or for scalars


def test_another_policy_is_refused():
    with pytest.raises(ValueError, match="scheduling expects one of fifo, critical-path, but got"):
        Policy("random")


def test_the_same_recording_in_every_policy_moves_the_same_bytes():
    recording, device = random_recording(3).recording(), devices.load("a2a3")
    found = {
        tuple(replay(recording, device, policy=policy).memories["read"].tolist())
        for policy in POLICIES
    }
    assert len(found) == 1
