"""Loops of at most so many iterations, and places that iterations take in turn: known whole, and
the order of tasks stays that which the run finds."""

import numpy as np
import pytest
import tilework
import tilework.language as pl
from compiled_harness import filled, numbers
from test_loop_distances import ROWS, WIDTH, Rows, all_known

COUNTS = [0, 1, 3, 4, 5, 8, 11]


def run(program, *counts, results=1):
    results = [filled(pl.FP32, ROWS, WIDTH) for _ in range(results)]
    all_known(program, numbers(pl.FP32, ROWS, WIDTH), *results, *counts)


@pl.jit
def strips(x: Rows, out: pl.InOut[Rows], rows: pl.Scalar[pl.INDEX]):
    wide = pl.create_tensor([ROWS, WIDTH], dtype=pl.FP32)
    for q in pl.range(0, rows, 4):
        end = pl.min(q + 4, rows)
        for i in pl.range(q, end):
            with pl.incore():
                wide[i : i + 1, :] = pl.add(x[i : i + 1, :], 1.0)
        for i in pl.range(q, end):
            with pl.incore():
                out[i : i + 1, :] = pl.mul(wide[i : i + 1, :], 2.0)
    return out


@pytest.mark.parametrize("rows", COUNTS)
def test_strips_are_as_long_as_what_is_left(rows):
    run(strips, rows)


@pytest.mark.parametrize("seed", [1, 2])
def test_exact_runs_of_strips_give_the_same_bits(seed):
    runs = [filled(pl.FP32, ROWS, WIDTH) for _ in range(2)]
    strips(numbers(pl.FP32, ROWS, WIDTH), runs[0], 11)
    with tilework.options(exact=seed):
        strips(numbers(pl.FP32, ROWS, WIDTH), runs[1], 11)
    np.testing.assert_array_equal(*runs)


@pl.jit
def neighbours(x: Rows, out: pl.InOut[Rows], rows: pl.Scalar[pl.INDEX]):
    wide = pl.create_tensor([ROWS, WIDTH], dtype=pl.FP32)
    with pl.incore():
        wide[:, :] = pl.full([ROWS, WIDTH], dtype=pl.FP32, value=0.0)
    for q in pl.range(0, rows, 3):
        for i in pl.range(q, pl.min(q + 3, rows)):
            with pl.incore():
                wide[i + 1 : i + 2, :] = pl.add(wide[i : i + 1, :], x[i : i + 1, :])
    with pl.incore():
        out[0:1, :] = pl.col_sum(wide)
    return out


@pytest.mark.parametrize("rows", COUNTS)
def test_a_strip_goes_on_where_the_one_before_ends(rows):
    run(neighbours, rows)


@pl.jit
def few(x: Rows, out: pl.InOut[Rows], first: pl.Scalar[pl.INDEX], second: pl.Scalar[pl.INDEX]):
    for layer in pl.range(3):
        wide = pl.create_tensor([8, WIDTH], dtype=pl.FP32)
        with pl.incore():
            wide[:, :] = pl.full([8, WIDTH], dtype=pl.FP32, value=0.0)
        for i in pl.range(pl.min(first, 6 - layer * 2)):
            with pl.incore():
                wide[i : i + 1, :] = x[i : i + 1, :]
        begin = pl.max(second, 3)
        for j in pl.range(begin, 7):
            i = j - begin
            with pl.incore():
                out[i : i + 1, :] = pl.add(out[i : i + 1, :], wide[i : i + 1, :])
        for i in pl.range(first % 4):
            with pl.incore():
                out[i : i + 1, :] = pl.add(wide[i : i + 1, :], wide[i + 1 : i + 2, :])
    return out


@pytest.mark.parametrize(("first", "second"), [(0, 0), (1, 6), (3, 9), (6, 2), (11, 4)])
def test_few_iterations_are_looked_at_one_by_one(first, second):
    run(few, first, second)


@pl.jit
def chunks(x: Rows, out: pl.InOut[Rows], rows: pl.Scalar[pl.INDEX]):
    wide = pl.create_tensor([ROWS, WIDTH], dtype=pl.FP32)
    with pl.auto_incore():
        for i in pl.parallel(0, rows, chunk=4):
            wide[i : i + 1, :] = pl.add(x[i : i + 1, :], 1.0)
        for i in pl.parallel(0, rows, chunk=4):
            out[i : i + 1, :] = pl.mul(wide[i : i + 1, :], 2.0)
    return out


@pytest.mark.parametrize("rows", COUNTS)
def test_chunks_of_one_loop_take_those_of_another(rows):
    run(chunks, rows)


# --------------------------------------------------------------------------------------------------
# Places taken in turn
# --------------------------------------------------------------------------------------------------


def buffered(places):
    """Each iteration writes one of so many places, reads it, and the one before."""

    @pl.jit
    def program(x: Rows, out: pl.InOut[Rows], total: pl.InOut[Rows], rows: pl.Scalar[pl.INDEX]):
        turns = pl.create_tensor([places, WIDTH], dtype=pl.FP32)
        with pl.incore():
            turns[:, :] = pl.full([places, WIDTH], dtype=pl.FP32, value=0.0)
        for i in pl.range(0, rows):
            at = i % places
            before = (i + places - 1) % places
            with pl.incore():
                turns[at : at + 1, :] = pl.mul(x[i : i + 1, :], 2.0)
            with pl.incore():
                out[i : i + 1, :] = pl.add(turns[at : at + 1, :], turns[before : before + 1, :])
        with pl.incore():
            total[0:1, :] = pl.col_sum(turns)
            turns[:, :] = pl.mul(turns, 2.0)
        for j in pl.range(3, rows, 4):
            i = j % places
            with pl.incore():
                turns[i : i + 1, :] = pl.add(turns[i : i + 1, :], x[j : j + 1, :])
        with pl.incore():
            total[1:2, :] = pl.col_sum(turns)
        return out, total

    return program


@pytest.mark.parametrize("places", [2, 3])
@pytest.mark.parametrize("rows", [0, 1, 2, 3, 4, 9, 14])
def test_places_are_taken_in_turn(places, rows):
    run(buffered(places), rows, results=2)


@pytest.mark.parametrize("places", [2, 3])
def test_exact_runs_of_turns_give_the_same_bits(places):
    program = buffered(places)
    runs = [[filled(pl.FP32, ROWS, WIDTH) for _ in range(2)] for _ in range(3)]
    program(numbers(pl.FP32, ROWS, WIDTH), *runs[0], 13)
    for seed in (1, 2):
        with tilework.options(exact=seed):
            program(numbers(pl.FP32, ROWS, WIDTH), *runs[seed], 13)
        np.testing.assert_array_equal(runs[0], runs[seed])


@pl.jit
def shared(
    x: Rows,
    out: pl.InOut[Rows],
    total: pl.InOut[Rows],
    rows: pl.Scalar[pl.INDEX],
    groups: pl.Scalar[pl.INDEX],
):
    wide = pl.create_tensor([ROWS, WIDTH], dtype=pl.FP32)
    with pl.incore():
        wide[:, :] = pl.full([ROWS, WIDTH], dtype=pl.FP32, value=0.0)
    for g in pl.range(0, groups):
        with pl.incore():
            wide[g : g + 1, :] = pl.mul(x[g : g + 1, :], 2.0)
    for i in pl.range(0, rows):
        g = i // 4
        with pl.incore():
            out[i : i + 1, :] = pl.add(wide[g : g + 1, :], x[i : i + 1, :])
        if i % 4 == 3:
            with pl.incore():
                wide[g : g + 1, :] = pl.mul(wide[g : g + 1, :], 2.0)
    with pl.incore():
        total[0:1, :] = pl.col_sum(wide)
    return out, total


@pytest.mark.parametrize(("rows", "groups"), [(0, 0), (1, 1), (8, 2), (9, 3), (15, 1), (3, 5)])
def test_as_many_iterations_share_a_place_as_the_divisor_says(rows, groups):
    run(shared, rows, groups, results=2)


@pl.jit
def nested(x: Rows, out: pl.InOut[Rows], rows: pl.Scalar[pl.INDEX], columns: pl.Scalar[pl.INDEX]):
    turns = pl.create_tensor([6, WIDTH], dtype=pl.FP32)
    with pl.incore():
        turns[:, :] = pl.full([6, WIDTH], dtype=pl.FP32, value=0.0)
    for i in pl.range(0, rows):
        for j in pl.range(0, columns):
            at = i % 2 * 3 + j % 3
            with pl.incore():
                turns[at : at + 1, :] = pl.add(turns[at : at + 1, :], x[i : i + 1, :])
        for j in pl.range(3):
            at = i % 2 * 3 + j
            with pl.incore():
                out[j : j + 1, :] = pl.add(turns[at : at + 1, :], out[j : j + 1, :])
    return out


@pytest.mark.parametrize(("rows", "columns"), [(0, 3), (3, 0), (1, 1), (2, 4), (5, 7), (8, 3)])
def test_turns_within_turns(rows, columns):
    run(nested, rows, columns)


@pl.jit
def beside(x: Rows, out: pl.InOut[Rows], rows: pl.Scalar[pl.INDEX]):
    wide = pl.create_tensor([ROWS, WIDTH], dtype=pl.FP32)
    turns = pl.create_tensor([2, WIDTH], dtype=pl.FP32)
    for i in pl.parallel(0, rows * 2, 2):
        with pl.incore():
            wide[i : i + 2, :] = pl.mul(x[i : i + 2, :], 2.0)
    for k in pl.range(0, rows * 2, 2):
        at = k // 2 % 2
        with pl.incore():
            turns[at : at + 1, :] = pl.col_sum(wide[k : k + 2, :])
        with pl.incore():
            out[k : k + 1, :] = turns[at : at + 1, :]
    return out


@pytest.mark.parametrize("rows", [0, 1, 4, 7])
def test_loops_over_the_same_tiles_get_the_same_turns(rows):
    run(beside, rows)


@pl.jit
def sizes(x: Rows, out: pl.InOut[Rows], tokens: pl.Scalar[pl.INDEX]):
    wide = pl.create_tensor([ROWS, WIDTH], dtype=pl.FP32)
    for _layer in pl.range(2):
        for i in pl.range(0, tokens, 4):
            count = pl.min(4, tokens - i)
            with pl.incore():
                v = pl.slice(out, [4, WIDTH], [i, 0], valid_shape=[count, WIDTH])
                w = pl.slice(x, [4, WIDTH], [i, 0], valid_shape=[count, WIDTH])
                wide = pl.assemble(wide, pl.add(v, w), [i, 0])
        for k in pl.range(0, tokens, 16):
            count = pl.min(16, tokens - k)
            with pl.incore():
                v = pl.slice(wide, [16, WIDTH], [k, 0], valid_shape=[count, WIDTH])
                out = pl.assemble(out, pl.mul(v, 0.5), [k, 0])
    return out


@pytest.mark.parametrize("tokens", [0, 1, 4, 17, 30, 64])
def test_tiles_of_one_phase_are_parts_of_those_of_the_other(tokens):
    run(sizes, tokens)


def recorded(program, known, *arguments):
    """The loops, and the tasks in their iterations, as a recording tells them."""
    with tilework.options(record=True, static_dependences=known):
        program(*arguments)
    recording = program.last_run.recording
    tasks = [task.kernel is not None for task in recording.tasks]
    marks = [
        (sum(tasks[: mark.tasks_before]), mark.kind, mark.loop, mark.lower, mark.step)
        for mark in recording.marks
    ]
    loops = [(loop.location, loop.variable, loop.parallel) for loop in recording.loops]
    claims = [(claim.kind, claim.name, claim.refutation) for claim in recording.claims]
    return loops, marks, claims


def test_recordings_tell_of_the_iterations_that_the_author_wrote():
    arguments = numbers(pl.FP32, ROWS, WIDTH), filled(pl.FP32, ROWS, WIDTH), 5
    loops, marks, claims = recorded(beside, True, *arguments)
    assert (loops, marks, claims) == recorded(beside, False, *arguments)
    assert [variable for _, variable, _ in loops] == ["i", "k"]
    assert [kind for _, kind, *_ in marks].count("next") == 10
