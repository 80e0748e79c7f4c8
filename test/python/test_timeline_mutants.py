"""Broken timelines are found out, in whatever table and field."""

import random
from dataclasses import replace

import numpy as np
import pytest
from instruction_costs import is_transfer
from timeline_harness import Case, random_case
from timeline_laws import LEDGER, check_laws
from timeline_memory import check_memory

CASES = 3
TIMES = (
    "submitting", "submitted", "ready", "dispatched", "arrived", "started", "ended", "completed",
)  # fmt: skip


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return [random_case(seed, {"cores.groups": 5}) for seed in range(CASES)]


def changed(timeline, table: str, row, field: str, by):
    rows = getattr(timeline, table).copy()
    rows[field][row] = rows[field][row] + np.int64(by)
    return replace(timeline, **{table: rows})


def expect_caught(case: Case, timeline) -> None:
    assert check_laws(case.file, case.numbers, timeline)


@pytest.mark.parametrize("by", [-1, 1_000])
@pytest.mark.parametrize("field", [
    *TIMES, "ready_by", "started_after", "group", "scheduler", "completer", "part",
])  # fmt: skip
def test_a_field_of_a_task(cases, field, by):
    for case in cases:
        executed = [i for i, task in enumerate(case.file.tasks) if task.stream is not None]
        for task in random.Random(field).sample(executed, 3):
            expect_caught(case, changed(case.timeline, "tasks", task, field, by))


@pytest.mark.parametrize("table, fields", [
    ("units", ("task", "group", "unit", "begin", "end")),
    ("instructions", ("task", "instruction", "unit", "pipe", "begin")),
])  # fmt: skip
@pytest.mark.parametrize("by", [-1, 1])
def test_a_field_of_what_executes(cases, table, fields, by):
    for case in cases:
        rows = getattr(case.timeline, table)
        for field in fields:
            row = random.Random(field).randrange(len(rows))
            down = by < 0 and rows[field][row] == 0
            expect_caught(case, changed(case.timeline, table, row, field, 1 if down else by))


def test_an_instruction_that_ends_at_another_time(cases):
    for case in cases:
        computes = [
            i for i, row in enumerate(case.timeline.instructions)
            if not is_transfer(case.file.instructions[row["instruction"]])
        ]  # fmt: skip
        for row in random.Random(0).sample(computes, 3):
            for by in (-2, 2):  # one is the rounding of a float
                expect_caught(case, changed(case.timeline, "instructions", row, "end", by))


def test_a_transfer_that_ends_at_another_time():
    changes = {"dispatch.schedulers": 1, "dispatch.submit": 101}
    for seed in range(CASES):
        case = random_case(seed, changes, tasks=12, apart=True)
        assert check_memory(case.file, case.numbers, case.timeline) == []
        for row, each in enumerate(case.timeline.instructions):
            if is_transfer(case.file.instructions[each["instruction"]]):
                broken = changed(case.timeline, "instructions", row, "end", 1_000)
                assert check_memory(case.file, case.numbers, broken)
                break


@pytest.mark.parametrize("table", ["tasks", "units", "instructions"])
def test_two_rows_that_changed_places(cases, table):
    for case in cases:
        rows = getattr(case.timeline, table).copy()
        a, b = random.Random(table).sample(range(len(rows)), 2)
        names = [name for name in rows.dtype.names if name != "task"]
        for name in names:
            rows[name][[a, b]] = rows[name][[b, a]]
        expect_caught(case, replace(case.timeline, **{table: rows}))


@pytest.mark.parametrize("table", ["units", "instructions"])
def test_a_row_that_is_missing_or_there_twice(cases, table):
    for case in cases:
        rows = getattr(case.timeline, table)
        row = random.Random(table).randrange(len(rows))
        for broken in (np.delete(rows, row), np.insert(rows, row, rows[row])):
            expect_caught(case, replace(case.timeline, **{table: broken}))


@pytest.mark.parametrize("table", ["cores", "kernels"])
def test_time_that_a_pipe_gains_or_loses(cases, table):
    for case in cases:
        rows = getattr(case.timeline, table)
        for field in ("busy", "stalled"):
            place = random.Random(field).choice(list(np.ndindex(rows.shape)))
            place = (*place, 3) if field == "stalled" else place
            for by in (-1, 1):
                expect_caught(case, changed(case.timeline, table, place, field, by))


@pytest.mark.parametrize("field", LEDGER)
def test_bytes_that_are_lost_or_made(cases, field):
    for case in cases:
        # Lines that stay in the cache may be written often: only too few of them are an error.
        most = 1 << 40 if field == "dirty" else 512
        for by in (-most, most):
            for row in range(len(case.timeline.memories) - (field == "dirty")):
                expect_caught(case, changed(case.timeline, "memories", row, field, by))


@pytest.mark.parametrize("name", ["hbm", "l2_read", "l2_write"])
def test_a_bandwidth_that_is_exceeded(cases, name):
    for case in cases:
        link = getattr(case.timeline, name)
        sums = link.series.sums.copy()
        sums[sums.argmax()] += link.series.step * link.bytes_per_second / 1e12
        broken = replace(link, series=replace(link.series, sums=sums))
        expect_caught(case, replace(case.timeline, **{name: broken}))
        if name != "l2_read":  # what hits is bounded only
            expect_caught(
                case, replace(case.timeline, **{name: replace(link, bytes=link.bytes + 1)})
            )


@pytest.mark.parametrize("name", [
    "makespan", "orchestrator_busy", "loss_cubes", "loss_vectors", "operations",
])  # fmt: skip
def test_a_number_that_is_one_off(cases, name):
    for case in cases:
        for by in (-1, 1):
            value = getattr(case.timeline, name) + by
            expect_caught(case, replace(case.timeline, **{name: value}))
