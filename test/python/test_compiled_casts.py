"""Conversions, compiled: every pair of element types in every rounding mode; masked tails."""

import numpy as np
import pytest
import tilework.language as pl
from compiled_harness import ARRAY_TYPES, FLOATS, INTEGERS, awkward, filled, verified

TYPES = (*FLOATS, *INTEGERS, pl.BOOL)
MODES = ("none", "rint", "round", "floor", "ceil", "trunc", "odd")
COUNT = len(MODES)


def converting(source, target, columns):
    @pl.jit
    def program(
        x: pl.Tensor[[2, columns], source], out: pl.Out[pl.Tensor[[2 * COUNT, columns], target]]
    ):
        with pl.incore():
            for i in pl.unroll(COUNT):
                out[2 * i : 2 * i + 2, :] = pl.cast(x[:, :], target, mode=MODES[i])
        return out

    return program


@pytest.mark.parametrize("source", TYPES, ids=str)
def test_every_pair_in_every_mode(source):
    for target in TYPES:
        if target != source:
            program = converting(source, target, 49)
            x = np.concatenate([awkward(source, 2, 49, seed=seed) for seed in range(5)])
            for first in range(0, 10, 2):
                out = filled(target, 2 * COUNT, 49)
                verified(program, x[first : first + 2], out, threads=1)


def narrowing(source, target, columns):
    @pl.jit
    def program(x: pl.Tensor[[2, columns], source], out: pl.Out[pl.Tensor[[2, columns], target]]):
        with pl.incore():
            out[:, :] = pl.cast(x[:, :], target, mode="none")
        return out

    return program


@pytest.mark.parametrize("source", (pl.INT32, pl.INT16, pl.UINT32), ids=str)
@pytest.mark.parametrize("target", (pl.INT8, pl.UINT8, pl.INT16), ids=str)
def test_a_tail_of_one_stays_within_the_array(source, target):
    if source == target:
        return
    for columns in (1, 17, 18):
        size = 2 * columns
        memory = np.full(size + 128, 77, ARRAY_TYPES[target])
        out = memory[64 : 64 + size].reshape(2, columns)
        x = np.full((2, columns), -3).astype(ARRAY_TYPES[source])
        verified(narrowing(source, target, columns), x, out, threads=1)
        assert (memory[:64] == 77).all() and (memory[64 + size :] == 77).all()


def test_every_nan_stays_one():
    """A NaN whose upper half is an infinity's, or whose lower half carries into the sign."""
    bits = [0x7F800001, 0x7FBFFFFF, 0x7FFFFFFF, 0xFF800001, 0xFFFFFFFF] * 14
    x = np.array(bits, np.uint32).view(np.float32).reshape(2, 35)
    program, out = narrowing(pl.FP32, pl.BF16, 35), filled(pl.BF16, 2, 35)
    verified(program, x, out, threads=1)
    assert np.isnan(out.astype(np.float32)).all()
