"""What programs of spring 2026 are made of, each alone: right, and in as many tasks as they say."""

import numpy as np
import pytest
import tilework
import tilework.language as pl

ROWS, COLUMNS = 32, 96
T = pl.Tensor[[ROWS, COLUMNS], pl.FP32]
X = np.random.default_rng(0).standard_normal((ROWS, COLUMNS)).astype(np.float32)


@pl.jit
def chunks_of_steps(x: T, out: pl.Out[T]):
    with pl.auto_incore():
        out = pl.assemble(out, pl.mul(pl.slice(x, [5, COLUMNS], [0, 0]), 2.0), [0, 0])
        for i in pl.parallel(5, ROWS, 3, chunk=4):
            out = pl.assemble(out, pl.mul(pl.slice(x, [3, COLUMNS], [i, 0]), 2.0), [i, 0])
    return out


@pl.jit
def regions_in_regions(x: T, out: pl.Out[T]):
    with pl.auto_incore(split=pl.SplitMode.LEFT_RIGHT):
        for i in pl.parallel(0, ROWS, 8):
            with pl.incore(split=pl.SplitMode.UP_DOWN):
                doubled = pl.mul(pl.slice(x, [8, COLUMNS], [i, 0]), 2.0)
            out = pl.assemble(out, pl.add(doubled, 0.0), [i, 0])
    return out


@pl.jit.inline
def doubled_after(x, y, tids):
    for i in pl.range(4):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="double", deps=[tids]) as tid:
            y[i * 8 : i * 8 + 8, :] = pl.mul(x[i * 8 : i * 8 + 8, :], 2.0)
        tids[i] = tid
    return y


@pl.jit
def ids_through_helpers(x: T, out: pl.Out[T]):
    tids = pl.array.create(4, pl.TASK_ID)
    first = pl.create_tensor([ROWS, COLUMNS], dtype=pl.FP32, manual_dep=True)
    first = doubled_after(x, first, tids)
    out = doubled_after(first, out, tids)
    with pl.incore():
        out = pl.assemble(out, pl.mul(pl.slice(out, [ROWS, COLUMNS], [0, 0]), 0.5), [0, 0])
    return out


@pl.jit
def concatenated(x: T, out: pl.Out[T]):
    with pl.auto_incore():
        rows = pl.tensor.dim(x, 0)
        for i in pl.parallel(0, rows, 8, chunk=3):
            left = pl.mul(pl.slice(x, [8, 40], [i, 0]), 2.0)
            right = pl.add(pl.slice(x, [8, 56], [i, 40]), pl.slice(x, [8, 56], [i, 40]))
            out = pl.assemble(out, pl.concat(left, right), [i, 0])
    return out


@pl.jit
def zeroed_before_and_in_the_same_loop(x: T, out: pl.Out[T]):
    before = pl.create_tensor([ROWS, COLUMNS], dtype=pl.FP32)
    within = pl.create_tensor([ROWS, COLUMNS], dtype=pl.FP32)
    with pl.auto_incore():
        for n in pl.parallel(0, 6, 1, chunk=4):
            part = pl.mul(pl.slice(before, [ROWS, 16], [0, n * 16]), 0.0)
            before = pl.assemble(before, part, [0, n * 16])
        for n in pl.parallel(0, 6, 1, chunk=4):
            part = pl.mul(pl.slice(within, [ROWS, 16], [0, n * 16]), 0.0)
            part = pl.add(part, pl.slice(x, [ROWS, 16], [0, n * 16]))
            within = pl.assemble(within, part, [0, n * 16])
        for n in pl.parallel(0, 6, 1, chunk=4):
            part = pl.slice(before, [ROWS, 16], [0, n * 16])
            part = pl.add(part, pl.slice(x, [ROWS, 16], [0, n * 16]))
            before = pl.assemble(before, part, [0, n * 16])
        out = pl.assemble(out, pl.add(before, within), [0, 0])
    return out


@pl.jit
def state_replaced_where_it_is_read(x: T, out: pl.Out[T]):
    with pl.incore():
        largest = pl.full([ROWS, 1], dtype=pl.FP32, value=-3.0e38)
        total = pl.mul(pl.create_tensor([ROWS, 1], dtype=pl.FP32), 0.0)
    for k in pl.range(0, COLUMNS, 16):
        with pl.incore():
            part = pl.slice(x, [ROWS, 16], [0, k])
            both = pl.maximum(largest, pl.row_max(part))
            total = pl.mul(total, pl.exp(pl.sub(largest, both)))
            total = pl.add(total, pl.row_sum(pl.exp(pl.row_expand_sub(part, both))))
            largest = both
    with pl.incore():
        scaled = pl.row_expand_div(pl.exp(pl.row_expand_sub(x, largest)), total)
        out = pl.assemble(out, scaled, [0, 0])
    return out


SOFTMAX = np.exp(X - X.max(1, keepdims=True))
SOFTMAX /= SOFTMAX.sum(1, keepdims=True)


CASES = [
    (chunks_of_steps, 2 * X, 1 + 3),
    (regions_in_regions, 2 * X, 2 * 4),
    (ids_through_helpers, 2 * X, 4 + 4 + 1),
    (concatenated, 2 * X, 2),
    (zeroed_before_and_in_the_same_loop, 2 * X, 3 * 2 + 1),
    (state_replaced_where_it_is_read, SOFTMAX, 1 + 6 + 1),
]
PROGRAMS = [program for program, _, _ in CASES]


@pytest.mark.parametrize(
    "program, expected, tasks", CASES, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_form_of_spring(program, expected, tasks):
    out = np.full_like(X, np.nan)
    with tilework.options(verify=True):
        program(X, out)
    np.testing.assert_allclose(out, expected, rtol=1e-5, atol=1e-6)
    assert program.last_run.tasks == tasks
