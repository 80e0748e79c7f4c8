"""Tasks, compiled: dependences found and given, ids in loops and calls, any legal order."""

import numpy as np
import pytest
import tilework
import tilework.language as pl
from compiled_harness import filled, numbers, verified

ROWS, COLUMNS = 16, 17


def reasons(run):
    """Per task, the tasks it waits for and why."""
    return [{edge.task: edge.reasons for edge in task.dependences} for task in run.result.tasks]


def rectangles(run, task):
    """What a task declared, as (argument, direction, offsets, sizes)."""
    return {
        (part.argument, part.direction, part.offsets, part.sizes)
        for part in run.result.tasks[task].rectangles
    }


@pl.jit
def disjoint(
    x: pl.Tensor[[ROWS, COLUMNS], pl.FP32], out: pl.Out[pl.Tensor[[ROWS, COLUMNS], pl.FP32]]
):
    for i in pl.parallel(0, ROWS, 4):
        with pl.incore():
            out[i : i + 4, :] = pl.add(x[i : i + 4, :], 1.0)
    return out


def test_disjoint_slices_of_one_tensor_do_not_depend():
    run = verified(
        disjoint, numbers(pl.FP32, ROWS, COLUMNS), filled(pl.FP32, ROWS, COLUMNS), trace=True
    )
    assert reasons(run) == [{}] * 4
    for task in range(4):
        part = ((4 * task, 0), (4, COLUMNS))
        assert rectangles(run, task) == {("x", "read", *part), ("out", "write", *part)}


@pl.jit
def chained(
    x: pl.Tensor[[ROWS, COLUMNS], pl.FP32],
    middle: pl.InOut[pl.Tensor[[ROWS, COLUMNS], pl.FP32]],
    out: pl.Out[pl.Tensor[[ROWS, COLUMNS], pl.FP32]],
):
    with pl.incore():
        middle[0:8, :] = pl.add(x[0:8, :], 1.0)
    with pl.incore():
        out[0:4, :] = pl.mul(middle[4:8, :], 2.0)
    with pl.incore():
        out[4:8, :] = pl.mul(middle[8:12, :], 2.0)
    with pl.incore():
        middle[4:6, :] = pl.neg(x[4:6, :])
    with pl.incore():
        out[8:16, :] = middle[0:8, :]
    return middle, out


def test_each_hazard_is_a_dependence():
    arrays = numbers(pl.FP32, ROWS, COLUMNS), numbers(pl.FP32, ROWS, COLUMNS, seed=1)
    with tilework.options(static_dependences=False):
        run = verified(chained, *arrays, filled(pl.FP32, ROWS, COLUMNS), trace=True)
    first, reader, apart, writer, last = reasons(run)
    assert first == apart == {}
    assert reader == {0: ("raw",)}
    assert set(writer) == {0, 1}
    assert "war" in writer[1] and "waw" in writer[0]
    assert set(last) == {0, 3} and all("raw" in why for why in last.values())


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_any_legal_order_gives_the_same_bits(threads):
    x, middle = numbers(pl.FP32, ROWS, COLUMNS), numbers(pl.FP32, ROWS, COLUMNS, seed=1)
    for seed in (None, 1, 2, 3, 4):
        out = filled(pl.FP32, ROWS, COLUMNS)
        verified(chained, x, middle.copy(), out, threads=threads, order_seed=seed)


@pl.jit.inline
def step(x: pl.Tensor, out: pl.Tensor, tids: pl.Array[4, pl.TASK_ID], i: pl.Scalar[pl.INDEX]):
    with pl.at(level=pl.Level.CORE_GROUP, deps=[tids]) as tid:
        out[i : i + 1, :] = pl.add(x[i : i + 1, :], 1.0)
    return out, tid


@pl.jit
def explicit(
    x: pl.Tensor[[ROWS, COLUMNS], pl.FP32], out: pl.Out[pl.Tensor[[ROWS, COLUMNS], pl.FP32]]
):
    tids = pl.array.create(4, pl.TASK_ID)
    for i in pl.range(0, 4):
        with pl.at(level=pl.Level.CORE_GROUP) as tid:
            out[i : i + 1, :] = x[i : i + 1, :]
        tids[i] = tid
    with pl.at(level=pl.Level.CORE_GROUP, deps=[tids[k] for k in range(1, 3)]) as middle:
        out[4:5, :] = x[4:5, :]
    for i in pl.range(5, 7):
        out, latest = step(x, out, tids, i)
        tids[i - 5] = latest
    with pl.at(level=pl.Level.CORE_GROUP, deps=[middle, tids[1], None]):
        out[7:16, :] = x[7:16, :]
    return out


def test_given_dependences_are_kept():
    run = verified(
        explicit, numbers(pl.FP32, ROWS, COLUMNS), filled(pl.FP32, ROWS, COLUMNS), trace=True
    )
    edges = reasons(run)
    assert edges[:4] == [{}] * 4
    assert [set(task) for task in edges[4:]] == [{1, 2}, {0, 1, 2, 3}, {1, 2, 3, 5}, {4, 6}]
    assert all(why == ("explicit",) for task in edges for why in task.values())


@pl.jit
def claims(
    x: pl.Tensor[[ROWS, COLUMNS], pl.FP32], out: pl.Out[pl.Tensor[[ROWS, COLUMNS], pl.FP32]]
):
    held = pl.create_tensor([ROWS, COLUMNS], dtype=pl.FP32, manual_dep=True)
    with pl.at(level=pl.Level.CORE_GROUP):
        held[:, :] = pl.add(x[:, :], 1.0)
    with pl.at(level=pl.Level.CORE_GROUP, no_dep_args=[held]):
        out[0:8, :] = held[0:8, :]
    with pl.at(level=pl.Level.CORE_GROUP, no_dep_args=[out, held]):
        out[8:16, :] = pl.mul(held[0:8, :], 2.0)
    return out


def test_claims_never_change_results():
    """Not even those that compiling refuses, where it judges them."""
    for seed in (None, 1, 2, 3):
        x, out = numbers(pl.FP32, ROWS, COLUMNS), filled(pl.FP32, ROWS, COLUMNS)
        with tilework.options(static_dependences=False):
            verified(claims, x, out, threads=4, order_seed=seed)


@pl.jit
def reading(
    counts: pl.Tensor[[4], pl.INT32],
    x: pl.Tensor[[ROWS, COLUMNS], pl.FP32],
    places: pl.InOut[pl.Tensor[[4], pl.INT32]],
    out: pl.InOut[pl.Tensor[[ROWS, COLUMNS], pl.FP32]],
):
    with pl.incore():
        places[0:2] = pl.add(counts[0:2], 1)
    first = pl.cast(pl.tensor.read(places, [0]), pl.INDEX)
    for i in pl.range(0, first):
        row = pl.cast(pl.tensor.read(counts, [i % 4]), pl.INDEX)
        with pl.incore():
            out[row : row + 1, :] = pl.add(x[i : i + 1, :], out[row : row + 1, :])
    return places, out


def test_the_orchestration_waits_for_what_it_reads():
    for counts in ([0, 3, 5, 5], [5, 5, 2, 0], [7, 7, 7, 7]):
        run = verified(
            reading, np.array(counts, np.int32), numbers(pl.FP32, ROWS, COLUMNS),
            filled(pl.INT32, 4), numbers(pl.FP32, ROWS, COLUMNS, seed=1), trace=True, threads=2,
            order_seed=counts[0],
        )  # fmt: skip
        assert len(run.result.tasks) == 2 + counts[0]
        assert run.result.waits[0].writers == (0,)


@pl.jit
def paged(
    table: pl.Tensor[[4], pl.INT32],
    pages: pl.Tensor[[32, COLUMNS], pl.FP32],
    out: pl.Out[pl.Tensor[[4, COLUMNS], pl.FP32]],
):
    with pl.incore():
        for i in pl.range(4):
            page = pl.cast(pl.read(table, [i]), pl.INDEX)
            out[i : i + 1, :] = pl.row_expand_mul(
                pages[page * 4 : page * 4 + 1, :], pages[page * 4 : page * 4 + 1, 0:1]
            )
    return out


def test_a_kernel_declares_the_pages_it_walks():
    table = np.array([6, 0, 3, 6], np.int32)
    run = verified(
        paged, table, numbers(pl.FP32, 32, COLUMNS), filled(pl.FP32, 4, COLUMNS), trace=True
    )
    read = [part for part in run.result.tasks[0].rectangles if part.argument == "pages"]
    rows = {row for part in read for row in range(part.offsets[0], part.offsets[0] + part.sizes[0])}
    assert rows == {24, 0, 12}


@pl.jit
def choosing(
    n: pl.Tensor[[1], pl.INT32],
    x: pl.Tensor[[ROWS, COLUMNS], pl.FP32],
    y: pl.Tensor[[ROWS, COLUMNS], pl.FP32],
    chosen: pl.Out[pl.Tensor[[4, COLUMNS], pl.FP32]],
    turned: pl.Out[pl.Tensor[[4, COLUMNS], pl.FP32]],
):
    with pl.incore():
        left = pl.read(n, [0])
        if left > 2:
            a, b = x, y
        else:
            a, b = y, x
        chosen[:, :] = a[0:4, :]
        total = pl.full([4, COLUMNS], dtype=pl.FP32, value=0.0)
        while left > 0:
            total = pl.sub(total, b[4:8, :])
            a, b = b, a
            left = left - 1
        turned[:, :] = total
    return chosen, turned


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_kernel_declares_every_tensor_it_may_choose(count):
    run = verified(
        choosing, np.array([count], np.int32), numbers(pl.FP32, ROWS, COLUMNS),
        numbers(pl.FP32, ROWS, COLUMNS, seed=1), filled(pl.FP32, 4, COLUMNS),
        filled(pl.FP32, 4, COLUMNS), trace=True,
    )  # fmt: skip
    whole = ((0, 0), (ROWS, COLUMNS))
    assert {("x", "read", *whole), ("y", "read", *whole)} <= rectangles(run, 0)


@pl.jit
def reading_one(
    counts: pl.Tensor[[4], pl.INT32],
    places: pl.InOut[pl.Tensor[[4], pl.INT32]],
    out: pl.InOut[pl.Tensor[[ROWS, COLUMNS], pl.FP32]],
):
    with pl.incore():
        places[0:2] = pl.add(counts[0:2], 1)
    with pl.incore():
        places[3:4] = pl.add(counts[3:4], 1)
    last = pl.cast(pl.tensor.read(places, [3]), pl.INDEX)
    with pl.incore():
        out[last : last + 1, :] = pl.neg(out[last : last + 1, :])
    return places, out


def test_the_orchestration_waits_for_the_element_it_reads():
    run = verified(
        reading_one, np.array([1, 2, 3, 4], np.int32), filled(pl.INT32, 4),
        numbers(pl.FP32, ROWS, COLUMNS), trace=True,
    )  # fmt: skip
    assert run.result.waits[0].writers == (1,)
