"""Programs of two vector cores: native bits in any legal order."""

import numpy as np
import pytest
import tilework
import tilework.language as pl

SEEDS = range(12)
ROWS, COLUMNS = 16, 32


@pl.jit
def stores_overlap(
    x: pl.Tensor[[ROWS, COLUMNS], pl.FP32], out: pl.Out[pl.Tensor[[ROWS, COLUMNS], pl.FP32]]
):
    with pl.at(level=pl.Level.CORE_GROUP):
        out[:, :] = pl.add(x[:, :], 1.0)
        out[8:16, :] = pl.mul(x[0:8, :], 2.0)
    return out


@pl.jit
def windows_overlap(
    x: pl.Tensor[[ROWS, COLUMNS], pl.FP32], out: pl.Out[pl.Tensor[[ROWS, COLUMNS], pl.FP32]]
):
    with pl.at(level=pl.Level.CORE_GROUP):
        for i in pl.range(0, 12, 4):
            out[i : i + 8, :] = pl.add(x[8 - i : 16 - i, :], 1.0)
    return out


@pl.jit
def loads_what_it_stored(
    x: pl.Tensor[[ROWS, COLUMNS], pl.FP32], out: pl.InOut[pl.Tensor[[ROWS, COLUMNS], pl.FP32]]
):
    with pl.at(level=pl.Level.CORE_GROUP):
        out[0:8, :] = pl.add(x[0:8, :], 1.0)
        out[8:16, :] = pl.mul(out[4:12, :], 2.0)
    return out


def compare(program, *inputs, shape=(ROWS, COLUMNS)):
    """Native bits under every seed, and an ordered program by the checker."""
    out = np.full(shape, 77, np.float32)
    program(*inputs, out)
    for seed in SEEDS:
        exact = np.full(shape, 77, np.float32)
        with tilework.options(exact=seed, check=seed == SEEDS[0]):
            program(*inputs, exact)
        assert exact.tobytes() == out.tobytes(), f"seed {seed} gives other bits"


@pytest.mark.parametrize("program", [stores_overlap, windows_overlap, loads_what_it_stored])
def test_lanes_that_meet_in_global_memory_are_ordered(program):
    compare(program, np.random.default_rng(0).normal(size=(ROWS, COLUMNS)).astype(np.float32))
