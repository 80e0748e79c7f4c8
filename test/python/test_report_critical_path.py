"""Critical paths, on timelines with the path written beside them, and on a real recording."""

import itertools

import pytest
from report_harness import CUBE, MIXED, US, VECTOR, join, run_of, task
from tilework.report import critical_path


def path_of(*tasks):
    """(kind, task, begin, end) in microseconds; checks what holds for every path."""
    run = run_of(*tasks)
    path = critical_path(run)
    assert path[0].begin == 0 and path[-1].end == run.timeline.makespan
    assert all(one.end == other.begin for one, other in itertools.pairwise(path))
    assert sum(it.duration for it in path) == run.timeline.makespan
    return [(it.kind, it.task, it.begin // US, it.end // US) for it in path]


def test_a_task_goes_from_its_submission_to_its_completion():
    assert path_of(task(CUBE, 1, 1, 1, 3, 3, 10, 12)) == [
        ("submission", 0, 0, 1),
        ("dispatch", 0, 1, 3),
        ("execution", 0, 3, 10),
        ("completion", 0, 10, 12),
    ]


def test_a_task_waits_for_the_last_of_those_it_depends_on():
    assert path_of(
        task(CUBE, 1, 1, 1, 3, 3, 10, 12),
        task(CUBE, 2, 2, 3, 5, 5, 7, 9, group=1),
        task(CUBE, 3, 12, 12, 14, 14, 20, 22, ready_by=0),
    )[2:] == [
        ("execution", 0, 3, 10),
        ("completion", 0, 10, 12),
        ("dispatch", 2, 12, 14),
        ("execution", 2, 14, 20),
        ("completion", 2, 20, 22),
    ]


def test_a_task_waits_for_the_task_before_it_on_its_core():
    assert path_of(
        task(CUBE, 1, 1, 1, 3, 3, 10, 12),
        task(CUBE, 2, 2, 3, 5, 10, 18, 20),
    ) == [
        ("submission", 0, 0, 1),
        ("dispatch", 0, 1, 3),
        ("execution", 0, 3, 10),
        ("execution", 1, 10, 18),
        ("completion", 1, 18, 20),
    ]


def test_a_task_on_several_cores_waits_for_the_last_of_them():
    path = path_of(
        task(VECTOR, 1, 1, 1, 3, 3, 10, 12),
        task(MIXED, 2, 2, 3, 5, 5, 18, 20, units=[(0, 5, 18), (1, 10, 17), (2, 10, 17)]),
    )
    assert path[2:4] == [("execution", 0, 3, 10), ("execution", 1, 10, 18)]


def test_a_task_that_came_early_waits_for_its_doorbell():
    path = path_of(
        task(CUBE, 1, 1, 1, 3, 3, 10, 12),
        task(CUBE, 2, 12, 3, 5, 13, 20, 22, ready_by=0, after=[0], released=13),
    )
    assert path[-4:] == [
        ("completion", 0, 10, 12),
        ("dispatch", 1, 12, 13),
        ("execution", 1, 13, 20),
        ("completion", 1, 20, 22),
    ]


def test_a_ready_task_waits_for_a_scheduler_when_a_core_has_room():
    assert path_of(
        task(CUBE, 1, 1, 1, 3, 3, 4, 9),
        task(CUBE, 2, 2, 5, 7, 7, 10, 12, group=1),
    ) == [
        ("submission", 1, 0, 2),
        ("queue", 1, 2, 5),
        ("dispatch", 1, 5, 7),
        ("execution", 1, 7, 10),
        ("completion", 1, 10, 12),
    ]


def test_a_ready_task_waits_for_the_completion_that_makes_room():
    # Both places of both groups are taken until task 0 is completed, at 9.
    holders = [
        task(CUBE, 1, 1, 1, 3, 3, 7, 9),
        task(CUBE, 2, 2, 3, 5, 7, 30, 31),
        task(CUBE, 3, 3, 3, 5, 5, 20, 21, group=1),
        task(CUBE, 4, 4, 4, 6, 20, 33, 34, group=1),
    ]
    waiter = task(CUBE, 5, 5, 9, 11, 30, 40, 41)
    shorter = task(CUBE, 5, 5, 9, 11, 11, 40, 41)
    assert path_of(*holders, waiter)[-3:] == [
        ("execution", 1, 7, 30),
        ("execution", 4, 30, 40),
        ("completion", 4, 40, 41),
    ]
    holders[1] = task(CUBE, 2, 2, 3, 5, 7, 11, 31)
    holders[1].units = [(0, 7, 10)]
    assert path_of(*holders, shorter)[2:] == [
        ("execution", 0, 3, 7),
        ("completion", 0, 7, 9),
        ("dispatch", 4, 9, 11),
        ("execution", 4, 11, 40),
        ("completion", 4, 40, 41),
    ]


def test_submissions_are_one_after_the_other():
    path = path_of(*(task(CUBE, n, n, n, n + 2, n + 2, n + 3, n + 4) for n in (1, 2, 3)))
    assert path[0] == ("submission", 2, 0, 3)


@pytest.mark.parametrize("waits_for", ["window", "heap", "dependences", "scalar"])
def test_a_submission_may_wait_for_a_completion(waits_for):
    assert path_of(
        task(CUBE, 1, 1, 1, 3, 3, 10, 12),
        task(CUBE, 13, 13, 13, 15, 15, 16, 17, submission=waits_for),
    )[2:5] == [
        ("execution", 0, 3, 10),
        ("completion", 0, 10, 12),
        ("submission", 1, 12, 13),
    ]


def test_joins_take_no_time():
    path = path_of(
        task(CUBE, 1, 1, 1, 3, 3, 10, 12),
        join(2, 12, ready_by=0),
        task(CUBE, 3, 12, 12, 14, 14, 20, 22, ready_by=1),
    )
    assert [it[:2] for it in path[3:5]] == [("completion", 0), ("dispatch", 2)]
