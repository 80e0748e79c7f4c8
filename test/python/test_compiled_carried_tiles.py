"""Tiles that loops and branches carry, full and partly valid: compiled against the reference."""

import numpy as np
import pytest
import tilework.language as pl
from compiled_harness import filled, numbers, verified

ROWS, COLUMNS = 8, 64
Whole = pl.Tensor[[ROWS, COLUMNS], pl.FP32]


@pl.jit
def carried(x: Whole, n: pl.Scalar[pl.INDEX], k: pl.Scalar[pl.INDEX], out: pl.Out[Whole]):
    with pl.incore():
        a = pl.slice(x, [ROWS, COLUMNS], [0, 0], valid_shape=[ROWS, n])
        for _ in pl.range(k):
            a = pl.exp(pl.neg(a))
        out[:, :] = pl.fillpad(a)
    return out


@pl.jit
def kept(x: Whole, n: pl.Scalar[pl.INDEX], k: pl.Scalar[pl.INDEX], out: pl.Out[Whole]):
    with pl.incore():
        first = pl.neg(pl.slice(x, [ROWS, COLUMNS], [0, 0], valid_shape=[ROWS, n]))
        last = first
        for _ in pl.range(k):
            last = pl.mul(last, 0.5)
        out[:, :] = pl.fillpad(pl.sub(first, last))
    return out


@pl.jit
def swapped(x: Whole, n: pl.Scalar[pl.INDEX], k: pl.Scalar[pl.INDEX], out: pl.Out[Whole]):
    with pl.incore():
        a = pl.slice(x, [ROWS, COLUMNS], [0, 0], valid_shape=[ROWS, n])
        b = pl.mul(a, 3.0)
        for _ in pl.range(k):
            a, b = b, a
        out[:, :] = pl.fillpad(pl.sub(a, pl.mul(b, 2.0)))
    return out


@pl.jit
def rotated(x: Whole, n: pl.Scalar[pl.INDEX], k: pl.Scalar[pl.INDEX], out: pl.Out[Whole]):
    with pl.incore():
        a = x[:, :]
        b = pl.neg(a)
        c = pl.mul(a, 3.0)
        for i in pl.range(n):
            if i % 3 == 0:
                a, b, c = b, c, a
            elif i % 3 == 1:
                a, c = c, a
        out[:, :] = pl.add(a, pl.mul(pl.add(b, pl.mul(c, 5.0)), 7.0))
    return out


@pl.jit
def rotated_parts(x: Whole, n: pl.Scalar[pl.INDEX], k: pl.Scalar[pl.INDEX], out: pl.Out[Whole]):
    with pl.incore():
        a = pl.slice(x, [ROWS, COLUMNS], [0, 0], valid_shape=[ROWS, n])
        b = pl.slice(x, [ROWS, COLUMNS], [0, 0], valid_shape=[ROWS, n])
        c = pl.mul(a, 3.0)
        if k > 1:
            a, b, c = b, c, a
        a = pl.mul(a, 0.5)
        for i in pl.range(k):
            if i % 3 == 0:
                a, b, c = b, c, a
            elif i % 3 == 1:
                a, c = c, a
        b = pl.add(a, b)
        if k > 2:
            a, b, c = b, c, a
        out[:, :] = pl.fillpad(pl.add(a, pl.mul(pl.add(b, pl.mul(c, 5.0)), 7.0)))
    return out


@pl.jit
def counted(x: Whole, n: pl.Scalar[pl.INDEX], k: pl.Scalar[pl.INDEX], out: pl.Out[Whole]):
    with pl.incore():
        a = pl.slice(x, [ROWS, COLUMNS], [0, 0], valid_shape=[ROWS, n])
        b = pl.neg(a)
        i = 0
        while i < k:
            a, b = b, pl.add(a, b)
            i = i + 1
        out[:, :] = pl.fillpad(pl.sub(a, pl.mul(b, 2.0)))
    return out


@pl.jit
def chosen(x: Whole, n: pl.Scalar[pl.INDEX], k: pl.Scalar[pl.INDEX], out: pl.Out[Whole]):
    with pl.incore():
        last = pl.full([ROWS, COLUMNS], dtype=pl.FP32, value=0.0)
        for i in pl.pipeline(0, 4, 1, stage=2):
            if i < k:
                last = pl.mul(x[:, :], 0.5)
        kept = x[:, :]
        for i in pl.range(4):
            if i < k:
                kept = x[:, :]
        out[:, :] = pl.sub(last, pl.mul(kept, 3.0))
    return out


@pl.jit
def chosen_and_looped(x: Whole, n: pl.Scalar[pl.INDEX], k: pl.Scalar[pl.INDEX], out: pl.Out[Whole]):
    with pl.incore():
        last = x[:, :]
        for i in pl.range(3):
            old = pl.mul(last, 0.25)
            if i < k:
                last = pl.mul(last, 2.0)
            for _ in pl.range(k):
                last = pl.add(last, 1.0)
            if i == 1:
                last = old
        out[:, :] = last
    return out


@pl.jit
def exchanged(x: Whole, n: pl.Scalar[pl.INDEX], k: pl.Scalar[pl.INDEX], out: pl.Out[Whole]):
    with pl.incore():
        a = x[:, :]
        b = pl.mul(a, 2.0)
        c = pl.mul(a, 3.0)
        if n > 7:
            a, c = c, a
            for _ in pl.range(2):
                for _ in pl.range(2):
                    c = pl.add(c, b)
                    a = c
                c = pl.mul(a, 0.5)
            c = pl.add(c, 1.0)
        if k > 1:
            b, a = a, b
        out[:, :] = pl.sub(pl.sub(a, pl.mul(b, 3.0)), pl.mul(c, 4.0))
    return out


PROGRAMS = [carried, kept, swapped, rotated, rotated_parts, counted, chosen, chosen_and_looped]


@pytest.mark.parametrize("program", [*PROGRAMS, exchanged])
@pytest.mark.parametrize("valid", [0, 1, 5, 33, COLUMNS])
def test_a_carried_tile_has_the_elements_the_author_gave_it(program, valid):
    for trips in range(5):
        x = numbers(pl.FP32, ROWS, COLUMNS)
        verified(program, x, valid, trips, filled(pl.FP32, ROWS, COLUMNS))


@pl.jit
def narrowing(x: Whole, k: pl.Scalar[pl.INDEX], out: pl.Out[Whole]):
    with pl.incore():
        for i in pl.range(k):
            a = pl.slice(x, [ROWS, 32], [0, 0], valid_shape=[ROWS, pl.min(32, i * 16)])
            b = pl.neg(pl.slice(x, [ROWS, 16], [0, 0], valid_shape=[ROWS, pl.min(16, i * 16)]))
            out[:, 0:32] = pl.fillpad(a)
            out[:, 32:48] = pl.fillpad(b)
    return out


def test_one_extent_within_two_capacities():
    for trips in range(4):
        verified(narrowing, numbers(pl.FP32, ROWS, COLUMNS), trips, filled(pl.FP32, ROWS, COLUMNS))


def test_a_carried_tile_is_exact_against_numpy():
    x = numbers(pl.FP32, ROWS, COLUMNS)
    out = filled(pl.FP32, ROWS, COLUMNS)
    swapped(x, 5, 3, out)
    wanted = np.zeros_like(x)
    wanted[:, :5] = x[:, :5] * np.float32(3) - x[:, :5] * np.float32(2)
    np.testing.assert_array_equal(out, wanted)
