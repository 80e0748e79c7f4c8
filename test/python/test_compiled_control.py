"""Loops, branches and scopes, compiled: carried tensors, chunks with a rest, deciding scalars."""

import numpy as np
import pytest
import tilework.language as pl
from compiled_harness import filled, numbers, verified

SHAPE = (40, 17)


@pl.jit
def chunked(
    x: pl.Tensor[[40, 17], pl.FP32], n: pl.Tensor[[2], pl.INT32],
    out: pl.InOut[pl.Tensor[[40, 17], pl.FP32]],
):  # fmt: skip
    low = pl.cast(pl.tensor.read(n, [0]), pl.INDEX)
    high = pl.cast(pl.tensor.read(n, [1]), pl.INDEX)
    with pl.auto_incore():
        for i in pl.parallel(low, high, chunk=4):
            out[i : i + 1, :] = pl.add(x[i : i + 1, :], 1.0)
        for i in pl.parallel(0, 11, 1, chunk=3):
            for j in pl.parallel(0, 17, 5, chunk=3):
                width = pl.min(5, 17 - j)
                part = pl.slice(x, [1, 5], [i, j], valid_shape=[1, width])
                total = pl.add(part, 0.5)
                for _ in pl.range(3):
                    total = pl.mul(total, 1.5)
                out = pl.assemble(out, total, [i + 20, j])
    return out


def test_chunks_leave_no_rest_behind():
    second_loop = None
    for low, high in ((0, 0), (0, 1), (3, 17), (5, 5), (7, 3), (0, 20)):
        run = verified(
            chunked, numbers(pl.FP32, *SHAPE), np.array([low, high], np.int32),
            filled(pl.FP32, *SHAPE), threads=2, order_seed=low, trace=True,
        )  # fmt: skip
        second_loop = run.tasks if second_loop is None else second_loop
        assert run.tasks == max(0, -(-(high - low) // 4)) + second_loop


@pl.jit
def zeroed(x: pl.Tensor[[64, 32], pl.FP32], out: pl.Out[pl.Tensor[[64, 32], pl.FP32]]):
    total = pl.create_tensor([64, 32], dtype=pl.FP32)
    with pl.auto_incore():
        for i in pl.parallel(0, 64, 16, chunk=2):
            part = pl.slice(total, [16, 32], [i, 0])
            total = pl.assemble(total, pl.mul(part, 0.0), [i, 0])
        for _ in pl.range(3):
            for i in pl.parallel(0, 64, 16, chunk=3):
                total[i : i + 16, :] = pl.add(total[i : i + 16, :], x[i : i + 16, :])
        sums = pl.row_sum(total[:, :])
        for i in pl.parallel(0, 64, 8, chunk=3):
            out[i : i + 8, :] = pl.row_expand_mul(total[i : i + 8, :], sums[i : i + 8, :])
    return out


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_zeroing_and_values_that_outlive_their_scope(threads):
    for seed in (None, 1, 2):
        x, out = numbers(pl.FP32, 64, 32), filled(pl.FP32, 64, 32)
        verified(zeroed, x, out, threads=threads, order_seed=seed)


@pl.jit
def deciding(
    x: pl.Tensor[[40, 17], pl.FP32], n: pl.Tensor[[1], pl.INT32],
    out: pl.Out[pl.Tensor[[40, 17], pl.FP32]],
):  # fmt: skip
    count = pl.tensor.read(n, [0])
    middle = pl.create_tensor([40, 17], dtype=pl.FP32)
    if count > 2:
        with pl.incore():
            middle[:, :] = pl.add(x[:, :], 1.0)
    else:
        with pl.incore():
            middle[:, :] = pl.mul(x[:, :], 2.0)
    with pl.incore():
        t = pl.mul(middle[:, :], 1.5)
    for i in pl.range(4):
        if i > pl.cast(count, pl.INDEX):
            with pl.incore():
                t = pl.add(t, 1.0)
        elif i == pl.cast(count, pl.INDEX):
            with pl.incore():
                t = pl.col_expand_sub(t, t[3:4, :])
    while count > 0:
        with pl.incore():
            t = pl.row_expand_mul(t, pl.row_max(t))
        count = count - 1
    with pl.incore():
        out[:, :] = t
    return out


def test_branches_and_loops_between_tasks():
    for count in (-1, 0, 1, 3, 5):
        n = np.array([count], np.int32)
        x, out = numbers(pl.FP32, *SHAPE), filled(pl.FP32, *SHAPE)
        verified(deciding, x, n, out, threads=2, order_seed=3)


@pl.jit
def within(
    x: pl.Tensor[[8, 17], pl.FP32], n: pl.Tensor[[2], pl.INT32],
    out: pl.Out[pl.Tensor[[24, 17], pl.FP32]],
):  # fmt: skip
    with pl.incore():
        first, second = pl.read(n, [0]), pl.read(n, [1])
        a = x[:, :]
        b = pl.neg(a)
        if first > 0:
            a = pl.add(a, b)
            if second > first:
                a, b = b, a
        else:
            b = a
        for i in pl.range(3):
            if pl.cast(second, pl.INDEX) == i:
                a = pl.mul(a, 2.0)
            else:
                b = pl.add(b, a)
        for _ in pl.range(pl.cast(second, pl.INDEX)):  # swaps, and updates a part
            b[0:4, :] = pl.add(a[0:4, :], b[0:4, :])
            a, b = b, a
        out[0:8, :] = a
        for _, (c, d) in pl.range(4, init_values=(a, b)):
            last, other = pl.yield_(pl.add(c, d), c)
        out[8:16, :] = pl.sub(last, other)
        while first > 0:
            a = pl.add(a, 1.0)
            first = first - 1
        out[16:24, :] = a
    return out


def test_branches_and_loops_inside_a_task():
    for pair in ((0, 0), (1, 0), (1, 2), (0, 7), (5, 6)):
        verified(within, numbers(pl.FP32, 8, 17), np.array(pair, np.int32), filled(pl.FP32, 24, 17))


@pl.jit
def attending(
    q: pl.Tensor[[16, 32], pl.BF16], k: pl.Tensor[[96, 32], pl.BF16],
    v: pl.Tensor[[96, 32], pl.BF16], lengths: pl.Tensor[[1], pl.INT32],
    out: pl.Out[pl.Tensor[[16, 32], pl.FP32]],
):  # fmt: skip
    length = pl.cast(pl.tensor.read(lengths, [0]), pl.INDEX)
    with pl.incore():
        top = pl.full([16, 1], dtype=pl.FP32, value=-1e30)
        norm = pl.full([16, 1], dtype=pl.FP32, value=0.0)
        total = pl.full([16, 32], dtype=pl.FP32, value=0.0)
        for j in pl.range(0, (length + 31) // 32):
            scores = pl.matmul(q[:, :], k[j * 32 : j * 32 + 32, :], b_trans=True)
            valid = pl.set_validshape(pl.mul(scores, 0.17), 16, pl.min(32, length - j * 32))
            scores = pl.fillpad(valid, pl.PadValue.min)
            higher = pl.maximum(top, pl.row_max(scores))
            weights = pl.row_expand_expdif(scores, higher)
            scale = pl.exp(pl.sub(top, higher))
            norm = pl.add(pl.mul(norm, scale), pl.row_sum(weights))
            part = pl.matmul(pl.cast(weights, pl.BF16, mode="rint"), v[j * 32 : j * 32 + 32, :])
            total = pl.add(pl.row_expand_mul(total, scale), part)
            top = higher
        out[:, :] = pl.row_expand_div(total, norm)
    return out


def test_online_softmax():
    arrays = [numbers(pl.BF16, rows, 32, seed=rows + i) for i, rows in enumerate((16, 96, 96))]
    for length in (1, 31, 32, 33, 96):
        lengths = np.array([length], np.int32)
        verified(attending, *arrays, lengths, filled(pl.FP32, 16, 32))


@pl.jit
def carrying(
    x: pl.Tensor[[16, 17], pl.FP32], n: pl.Scalar[pl.INDEX],
    out: pl.Out[pl.Tensor[[16, 17], pl.FP32]],
):  # fmt: skip
    at = 1
    with pl.auto_incore():
        for i in pl.parallel(0, 16):
            row = at // n
            at = (row * 2 + i) % 16
            out[i : i + 1, :] = pl.add(x[row : row + 1, :], 1.0)
    return out


def test_scalars_that_a_parallel_loop_carries():
    for n in (2, 7):
        run = verified(carrying, numbers(pl.FP32, 16, 17), n, filled(pl.FP32, 16, 17))
        assert run.tasks == 16
