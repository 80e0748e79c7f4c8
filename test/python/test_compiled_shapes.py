"""Views, rearrangements and partly valid tiles, compiled."""

import numpy as np
import pytest
import tilework.language as pl
from compiled_harness import (
    ARRAY_TYPES,
    FLOATS,
    INTEGERS,
    WIDTHS,
    awkward,
    filled,
    numbers,
    verified,
)

R, C = 9, 70


def partly_valid(dtype, pad):
    @pl.jit
    def program(
        x: pl.Tensor[[R, C], dtype], y: pl.Tensor[[R, C], dtype], extents: pl.Tensor[[2], pl.INT32],
        out: pl.Out[pl.Tensor[[6 * R, C], dtype]], kept: pl.InOut[pl.Tensor[[R, C], dtype]],
    ):  # fmt: skip
        with pl.incore():
            rows = pl.cast(pl.read(extents, [0]), pl.INDEX)
            columns = pl.cast(pl.read(extents, [1]), pl.INDEX)
            a = pl.slice(x, [R, C], [0, 0], valid_shape=[rows, columns])
            b = pl.slice(y, [R, C], [0, 0], valid_shape=[rows, columns])
            out[0:R, :] = pl.fillpad(pl.add(a, b), pad)
            out[R : 2 * R, :] = pl.fillpad(pl.mul(pl.neg(a), 2), pad)
            out[2 * R : 3 * R, :] = pl.fillpad(pl.sel(pl.cmp(a, b, "lt"), a, b), pad)
            out[3 * R : 4 * R, :] = pl.fillpad(pl.row_expand_mul(a, pl.row_sum(a)), pad)
            out[4 * R : 5 * R, :] = pl.fillpad(pl.col_expand_sub(a, pl.col_min(b)), pad)
            out[5 * R : 6 * R, :] = pl.fillpad(pl.cast(pl.cast(a, pl.INT32), dtype), pad)
            kept = pl.assemble(kept, b, [0, 0])
        return out, kept

    return program


@pytest.mark.parametrize("dtype", (*FLOATS, *INTEGERS), ids=str)
def test_partly_valid_tiles(dtype):
    program = partly_valid(dtype, pl.PadValue.max)
    for extents in ((0, 0), (1, 1), (R, C), (5, 17), (R, 0), (0, C), (8, 64), (3, 69)):
        verified(
            program, awkward(dtype, R, C), awkward(dtype, R, C, seed=4),
            np.array(extents, np.int32), filled(dtype, 6 * R, C), filled(dtype, R, C), threads=1,
        )  # fmt: skip


def rearranging(dtype, r, c):
    @pl.jit
    def program(
        x: pl.Tensor[[r, c], dtype], y: pl.Tensor[[r, 3], dtype], row: pl.Tensor[[1, c], dtype],
        turned: pl.Out[pl.Tensor[[c, r], dtype]], flat: pl.Out[pl.Tensor[[r * c], dtype]],
        wide: pl.Out[pl.Tensor[[r, c + 3], dtype]], out: pl.Out[pl.Tensor[[5 * r, c], dtype]],
        deep: pl.Out[pl.Tensor[[c, r, 1], dtype]],
    ):  # fmt: skip
        with pl.incore():
            tile = x[:, :]
            turned[:, :] = pl.transpose(tile, 0, 1)
            flat[:] = pl.reshape(tile, [r * c])
            wide[:, :] = pl.concat(tile, y[:, :])
            out[0:r, :] = pl.row_expand(tile, y[:, 1:2])
            out[r : 2 * r, :] = pl.col_expand(tile, row[:, :])
            out[2 * r : 3 * r, :] = pl.expand_clone(row[:, :], tile)
            out[3 * r : 4 * r, :] = pl.full([r, c], dtype=dtype, value=3)
            around = pl.transpose(pl.reshape(tile, [c, r]), 0, 1)
            out[4 * r : 5 * r, :] = pl.add(pl.reshape(around, [r, c]), tile)
            deep[:, :, :] = pl.transpose(pl.reshape(tile, [1, r, c]), 0, 2)
        return turned, flat, wide, out, deep

    return program


@pytest.mark.parametrize("dtype", (*FLOATS, *INTEGERS), ids=str)
def test_rearrangements(dtype):
    for r, c in ((1, 1), (3, 17), (16, 16)):
        verified(
            rearranging(dtype, r, c), awkward(dtype, r, c), awkward(dtype, r, 3),
            awkward(dtype, 1, c), filled(dtype, c, r), filled(dtype, r * c),
            filled(dtype, r, c + 3), filled(dtype, 5 * r, c), filled(dtype, c, r, 1), threads=1,
        )  # fmt: skip


@pl.jit
def in_place(t: pl.InOut[pl.Tensor[[16, 16], pl.FP32]]):
    with pl.incore():
        t[:, :] = pl.transpose(t[:, :], 0, 1)
        t[:, :] = pl.matmul(t[:, :], t[:, :])
        t[1:16, :] = pl.add(t[0:15, :], t[1:16, :])
        t[:, :] = pl.col_expand_sub(t[:, :], t[5:6, :])
        t[3:9, :] = t[2:8, :]
    with pl.incore():
        t[:, :] = pl.row_expand_sub(t[:, :], t[:, 7:8])
    with pl.incore():
        t[0:15, 1:16] = pl.sub(t[1:16, 0:15], t[0:15, 1:16])
    with pl.incore():
        above, below = t[0:8, :], t[8:16, :]
        t[8:16, :] = above
        t[0:8, :] = below
    return t


def test_updates_that_read_what_they_overwrite():
    verified(in_place, numbers(pl.FP32, 16, 16))


@pl.jit
def overlapping(t: pl.InOut[pl.Tensor[[40, 32], pl.FP32]]):
    for i in pl.range(0, 8):
        with pl.incore():
            t[i + 1 : i + 20, :] = t[i : i + 19, :]
    with pl.incore():
        t[0:30, 1:32] = t[0:30, 0:31]
        t[1:30, 0:31] = t[0:29, 1:32]
    return t


def test_moves_within_one_tensor():
    verified(overlapping, numbers(pl.FP32, 40, 32), threads=2)


def counting(dtype, columns):
    @pl.jit
    def program(start: pl.Scalar[dtype], out: pl.Out[pl.Tensor[[6, columns], dtype]]):
        with pl.incore():
            out[0:3, :] = pl.arange(start, [3, columns], dtype=dtype)
            out[3:6, :] = pl.mul(pl.arange(7, [3, columns], dtype=dtype), 2)
        return out

    return program


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_consecutive_numbers(dtype):
    kind = np.dtype(ARRAY_TYPES[dtype])
    for columns in WIDTHS:
        start = np.iinfo(kind).max - 20
        out = filled(dtype, 6, columns)
        verified(counting(dtype, columns), start, out, threads=1)
        steps = np.arange(3 * columns).astype(kind).reshape(3, columns)
        assert (out[:3] == kind.type(start) + steps).all()
        assert (out[3:] == (kind.type(7) + steps) * kind.type(2)).all()
