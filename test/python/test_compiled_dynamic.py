"""Extents known at the call only, NumPy and PyTorch arrays, results without copies."""

import numpy as np
import pytest
import tilework.language as pl
import torch
from compiled_harness import filled, numbers, verified
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

N, M = pl.dynamic("N"), pl.dynamic("M")


@pl.jit
def blocks(
    x: pl.Tensor[[N, 40], pl.BF16], w: pl.Tensor[[40, 24], pl.BF16],
    out: pl.Out[pl.Tensor[[N, 24], pl.FP32]], sums: pl.Out[pl.Tensor[[N, 1], pl.FP32]],
):  # fmt: skip
    rows = pl.tensor.dim(x, 0)
    for i in pl.parallel(0, rows, 16):
        with pl.incore():
            count = pl.min(16, rows - i)
            part = pl.slice(x, [16, 40], [i, 0], valid_shape=[count, 40])
            product = pl.matmul(part, w[:, :])
            out = pl.assemble(out, product, [i, 0])
            sums = pl.assemble(sums, pl.row_sum(pl.cast(part, pl.FP32)), [i, 0])
    return out, sums


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(1, 70), st.sampled_from([1, 2, 4]), st.sampled_from([None, 1, 2]))
def test_any_number_of_rows(rows, threads, seed):
    run = verified(
        blocks, numbers(pl.BF16, rows, 40), numbers(pl.BF16, 40, 24, seed=1),
        filled(pl.FP32, rows, 24), filled(pl.FP32, rows, 1), threads=threads, order_seed=seed,
    )  # fmt: skip
    assert run.tasks == -(-rows // 16) and run.dependences == 0


@pl.jit
def clipped(
    x: pl.Tensor[[N, M], pl.FP32], out: pl.InOut[pl.Tensor[[N, M], pl.FP32]],
    first: pl.Scalar[pl.INDEX], second: pl.Scalar[pl.INDEX],
):  # fmt: skip
    rows, columns = pl.tensor.dim(x, 0), pl.tensor.dim(x, 1)
    with pl.incore():
        height = pl.max(0, pl.min(8, rows - first))
        width = pl.max(0, pl.min(32, columns - second))
        top = pl.min(first, rows)
        left = pl.min(second, columns)
        part = pl.slice(x, [8, 32], [top, left], valid_shape=[height, width])
        scaled = pl.row_expand_sub(pl.mul(part, 0.5), pl.row_max(part))
        out = pl.assemble(out, pl.col_expand_add(scaled, pl.col_min(part)), [top, left])
    return out


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(*[st.integers(1, 40)] * 2, *[st.integers(0, 45)] * 2)
def test_any_window_of_any_tensor(rows, columns, first, second):
    x, out = numbers(pl.FP32, rows, columns), numbers(pl.FP32, rows, columns, seed=1)
    verified(clipped, x, out, first, second)


@pl.jit
def scaled(
    x: pl.Tensor[[4, 17], pl.BF16], y: pl.InOut[pl.Tensor[[4, 17], pl.BF16]],
    out: pl.Out[pl.Tensor[[4, 17], pl.FP32]],
):  # fmt: skip
    with pl.incore():
        y[:, :] = pl.add(x[:, :], y[:, :])
        out[:, :] = pl.cast(y[:, :], pl.FP32)
    return y, out


def test_arrays_of_numpy_are_written_in_place():
    arguments = numbers(pl.BF16, 4, 17), numbers(pl.BF16, 4, 17, seed=1), filled(pl.FP32, 4, 17)
    places = [array.ctypes.data for array in arguments]
    expected = (arguments[0].astype(np.float32) + arguments[1].astype(np.float32)).astype(
        arguments[0].dtype
    )
    y, out = scaled(*arguments)
    assert y is arguments[1] and out is arguments[2]
    assert [array.ctypes.data for array in arguments] == places
    assert (y == expected).all() and (out == expected.astype(np.float32)).all()


def test_tensors_of_pytorch_are_written_in_place():
    x, y = torch.randn(4, 17, dtype=torch.bfloat16), torch.randn(4, 17, dtype=torch.bfloat16)
    out, expected = torch.empty(4, 17), x + y
    places = [tensor.data_ptr() for tensor in (x, y, out)]
    results = scaled(x, y, out)
    assert [tensor.data_ptr() for tensor in (x, *results)] == places
    assert torch.equal(y, expected) and torch.equal(out, expected.float())
    verified(scaled, x, y, out)


def test_a_view_into_a_larger_array_stays_within_it():
    memory = np.full((64 + 4 * 17 + 64), 5, np.float32)
    out = memory[64 : 64 + 4 * 17].reshape(4, 17)
    verified(scaled, numbers(pl.BF16, 4, 17), numbers(pl.BF16, 4, 17, seed=1), out)
    assert (memory[:64] == 5).all() and (memory[64 + 4 * 17 :] == 5).all()


@pytest.mark.parametrize("rows", [1, 5, 16, 33])
def test_shapes_decide_the_program_once(rows):
    run = verified(
        blocks, numbers(pl.BF16, rows, 40), numbers(pl.BF16, 40, 24),
        filled(pl.FP32, rows, 24), filled(pl.FP32, rows, 1), trace=True,
    )  # fmt: skip
    for task, traced in enumerate(run.result.tasks):
        written = [part for part in traced.rectangles if part.argument == "out"]
        height = min(16, rows - 16 * task)
        assert [(part.offsets, part.sizes) for part in written] == [((16 * task, 0), (height, 24))]


@pl.jit
def held(x: pl.Tensor[[N, M], pl.FP32], out: pl.Out[pl.Tensor[[N, M], pl.FP32]]):
    rows, columns = pl.tensor.dim(x, 0), pl.tensor.dim(x, 1)
    middle = pl.create_tensor([rows, columns], dtype=pl.FP32)
    for i in pl.parallel(0, rows):
        with pl.incore():
            part = pl.slice(x, [1, 64], [i, 0], valid_shape=[1, columns])
            middle = pl.assemble(middle, pl.add(part, 1.0), [i, 0])
    for i in pl.parallel(0, rows):
        with pl.incore():
            part = pl.slice(middle, [1, 64], [rows - 1 - i, 0], valid_shape=[1, columns])
            out = pl.assemble(out, pl.neg(part), [i, 0])
    return out


def test_tensors_of_the_program_have_extents_of_the_call():
    for rows, columns in ((1, 1), (5, 17), (7, 64)):
        verified(held, numbers(pl.FP32, rows, columns), filled(pl.FP32, rows, columns))
