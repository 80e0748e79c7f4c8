"""Dependences that are known when compiling: the same order of tasks as the run finds, and claims
that cannot hold are refused."""

import re

import numpy as np
import pytest
import tilework
import tilework.language as pl
from compiled_harness import filled, numbers
from tilework.errors import LanguageError

ROWS, COLUMNS = 32, 16


def order(run):
    """Per task, joins left out, the tasks that are over before it begins."""
    before, number, tasks = [], {}, 0
    for index, task in enumerate(run.result.tasks):
        over = set()
        for edge in task.dependences:
            over |= before[edge.task]
            if edge.task in number:
                over.add(number[edge.task])
        before.append(over)
        if task.kernel is not None:
            number[index] = tasks
            tasks += 1
    return [before[index] for index in number]


def same_order(program, *arguments):
    """Runs with and without what is known; the number of tasks that were given ids."""
    results, orders = [], []
    for known in (False, True):
        own = [it if isinstance(it, int) else np.array(it) for it in arguments]
        with tilework.options(static_dependences=known, trace=True, threads=2):
            program(*own)
        results.append(own)
        orders.append(order(program.last_run))
    assert orders[0] == orders[1]
    for a, b in zip(*results, strict=True):
        np.testing.assert_array_equal(a, b)
    reasons = [set(edge.reasons) for task in program.last_run.result.tasks
               for edge in task.dependences]  # fmt: skip
    return sum("known" in each for each in reasons)


def pipelines(tile, width, shift, layers):
    """Tiles of one size read in tiles of another, shifted, over some layers."""

    @pl.jit
    def program(
        x: pl.Tensor[[ROWS, COLUMNS], pl.FP32],
        some: pl.Tensor[[4], pl.INT32],
        out: pl.Out[pl.Tensor[[ROWS, COLUMNS], pl.FP32]],
    ):
        state = pl.create_tensor([ROWS, COLUMNS], dtype=pl.FP32)
        for i in pl.parallel(0, ROWS, tile):
            with pl.incore():
                state[i : i + tile, :] = pl.add(x[i : i + tile, :], 1.0)
        for _layer in pl.range(0, layers, 1):
            middle = pl.create_tensor([ROWS, COLUMNS], dtype=pl.FP32)
            for i in pl.parallel(0, ROWS, width):
                with pl.incore():
                    middle[i : i + width, :] = pl.mul(state[i : i + width, :], 0.5)
            flag = pl.cast(pl.tensor.read(some, [0]), pl.INDEX)
            if flag > 0:
                with pl.incore():
                    middle[0:width, :] = pl.add(state[0:width, :], 3.0)
            for i in pl.parallel(0, ROWS - shift, tile):
                with pl.incore():
                    state[i : i + tile, :] = middle[i + shift : i + shift + tile, :]
        for i in pl.parallel(0, ROWS, width):
            with pl.incore():
                out[i : i + width, :] = state[i : i + width, :]
        return out

    return program


@pytest.mark.parametrize(
    "tile, width, shift, layers",
    [(8, 8, 0, 1), (4, 8, 0, 3), (8, 4, 8, 2), (2, 16, 4, 2), (16, 2, 16, 3), (4, 4, 4, 4)],
)
@pytest.mark.parametrize("flag", [0, 1])
def test_order_is_that_of_the_run(tile, width, shift, layers, flag):
    program = pipelines(tile, width, shift, layers)
    some = np.array([flag, 0, 0, 0], np.int32)
    given = same_order(
        program, numbers(pl.FP32, ROWS, COLUMNS), some, filled(pl.FP32, ROWS, COLUMNS)
    )
    assert given > 0


@pl.jit
def through_a_table(
    x: pl.Tensor[[ROWS, COLUMNS], pl.FP32],
    table: pl.Tensor[[8], pl.INT32],
    out: pl.InOut[pl.Tensor[[ROWS, COLUMNS], pl.FP32]],
):
    held = pl.create_tensor([ROWS, COLUMNS], dtype=pl.FP32)
    for i in pl.parallel(0, ROWS, 8):
        with pl.incore():
            held[i : i + 8, :] = pl.add(x[i : i + 8, :], 1.0)
    for i in pl.parallel(0, 8, 1):
        row = pl.cast(pl.tensor.read(table, [i]), pl.INDEX)
        with pl.incore():
            out[row : row + 1, :] = held[i : i + 1, :]
    return out


@pytest.mark.parametrize("rows", [range(8), (3, 1, 3, 3, 0, 1, 7, 7)])
def test_what_only_data_says_is_left_to_the_run(rows):
    table = np.array(list(rows), np.int32)
    given = same_order(
        through_a_table, numbers(pl.FP32, ROWS, COLUMNS), table, numbers(pl.FP32, ROWS, COLUMNS)
    )
    assert given == 8


def test_arguments_that_are_one_array_are_tracked():
    """Known of different arrays, the reads of x by later tasks meet nobody's writes."""
    orders = []
    for known in (False, True):
        shared = numbers(pl.FP32, ROWS, COLUMNS)
        with tilework.options(static_dependences=known, trace=True):
            moved(shared, shared)
        orders.append(order(moved.last_run))
    assert orders[0] == orders[1] == [set(), {0}, {0, 1}]


@pl.jit
def moved(x: pl.Tensor[[ROWS, COLUMNS], pl.FP32], out: pl.Out[pl.Tensor[[ROWS, COLUMNS], pl.FP32]]):
    for i in pl.range(0, 24, 8):
        with pl.incore():
            out[i + 8 : i + 16, :] = pl.add(x[i : i + 8, :], 1.0)
    return out


@pl.jit
def overlapping(
    x: pl.Tensor[[ROWS, COLUMNS], pl.FP32], out: pl.Out[pl.Tensor[[ROWS, COLUMNS], pl.FP32]]
):
    for i in pl.parallel(0, 24, 8):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="halo"):
            out[i : i + 9, :] = x[i : i + 9, :]
    return out


def test_a_claim_that_cannot_hold_is_refused():
    arguments = numbers(pl.FP32, ROWS, COLUMNS), filled(pl.FP32, ROWS, COLUMNS)
    with pytest.raises(LanguageError) as raised:
        overlapping(*arguments)
    text = str(raised.value)
    assert "iterations of this parallel loop to be independent" in text
    assert re.search(r"'out'\[8:9, 0:16\]", text)
    assert "with i = 0 writes it" in text and "with i = 8 writes it" in text
    with tilework.options(static_dependences=False):
        overlapping(*arguments)
