"""Buffers share bytes, but nothing that is still needed is written over: bits of the exact mode."""

import numpy as np
import pytest
import tilework
import tilework.language as pl
from compiled_harness import verified


@pl.jit
def made_row_by_row(
    x: pl.Tensor[[64, 64], pl.FP32],
    n: pl.Scalar[pl.INDEX],
    out: pl.Out[pl.Tensor[[64, 64], pl.FP32]],
):
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="rows"):
        whole = pl.create_tensor([64, 64], dtype=pl.FP32)
        for i in pl.range(0, 64):
            grown = pl.exp(x[i : i + 1, :])
            whole[i : i + 1, :] = pl.add(pl.mul(grown, grown), 1.0)
        out[:, :] = whole
    return out


@pl.jit
def replaced_in_a_branch(
    x: pl.Tensor[[64, 64], pl.FP32],
    n: pl.Scalar[pl.INDEX],
    out: pl.Out[pl.Tensor[[64, 64], pl.FP32]],
):
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="branch"):
        last = pl.full([16, 64], dtype=pl.FP32, value=1.0)
        for i in pl.range(0, 64, 16):
            out[i : i + 16, :] = pl.exp(x[i : i + 16, :])
            if i < n:
                last = pl.mul(x[i : i + 16, :], 2.0)
            out[i : i + 16, :] = pl.add(last, 0.5)
    return out


@pl.jit
def replaced_in_a_loop(
    x: pl.Tensor[[64, 64], pl.FP32],
    n: pl.Scalar[pl.INDEX],
    out: pl.Out[pl.Tensor[[64, 64], pl.FP32]],
):
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="loop"):
        last = pl.full([16, 64], dtype=pl.FP32, value=1.0)
        for i in pl.range(0, 64, 16):
            other = pl.exp(x[i : i + 16, :])
            square = pl.mul(other, other)
            for j in pl.range(i, n, 16):
                last = pl.add(pl.mul(x[j : j + 16, :], 0.5), last)
            out[i : i + 16, :] = pl.add(last, square)
    return out


@pl.jit
def computed_for_nobody(
    x: pl.Tensor[[64, 64], pl.FP32],
    n: pl.Scalar[pl.INDEX],
    out: pl.Out[pl.Tensor[[64, 64], pl.FP32]],
):
    held = pl.create_tensor([64, 64], dtype=pl.FP32)
    unread = pl.create_tensor([2, 64], dtype=pl.FP32)
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="both"):
        held[:, :] = pl.exp(x)
        unread[:, :] = pl.full([2, 64], dtype=pl.FP32, value=1.0)
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="reads"):
        out[:, :] = pl.add(held, 1.0)
    return out


@pytest.mark.parametrize("trips", (0, 32, 64))
@pytest.mark.parametrize(
    "program",
    (made_row_by_row, replaced_in_a_branch, replaced_in_a_loop, computed_for_nobody),
    ids=lambda program: program.__name__,
)
def test_what_is_needed_later_stays(program, trips):
    x = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
    verified(program, x, trips, np.zeros((64, 64), np.float32), exact=1, check=True)


@pl.jit
def in_place(x: pl.Tensor[[256, 320], pl.FP32], out: pl.Out[pl.Tensor[[256, 320], pl.FP32]]):
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="in_place"):
        tile = x[:, :]  # half of it on each vector core: two would not fit
        out[:, :] = pl.mul(pl.exp(tile), 0.5)
    return out


@pytest.mark.parametrize("seed", range(4))
def test_results_replace_operands_where_both_would_not_fit(seed):
    x = np.random.default_rng(seed).normal(size=(256, 320)).astype(np.float32)
    native, exact = np.zeros_like(x), np.zeros_like(x)
    in_place(x, native)
    with tilework.options(exact=seed, check=True):
        in_place(x, exact)
    np.testing.assert_allclose(native, np.exp(x) / 2, rtol=1e-5)
    assert native.tobytes() == exact.tobytes()
