"""Element-wise operations, compiled: every one on every element type, tails, special values."""

import numpy as np
import pytest
import tilework.language as pl
from compiled_harness import ARRAY_TYPES, FLOATS, INTEGERS, WIDTHS, awkward, filled, verified

UNARY_FLOAT = (
    pl.exp, pl.log, pl.sin, pl.cos, pl.sqrt, pl.rsqrt, pl.recip, pl.neg, pl.abs, pl.relu,
)  # fmt: skip
BINARY_FLOAT = (pl.add, pl.sub, pl.mul, pl.div, pl.maximum, pl.minimum, pl.fmod)
ROW_EXPAND = (
    pl.row_expand_add, pl.row_expand_sub, pl.row_expand_mul, pl.row_expand_div,
    pl.row_expand_max, pl.row_expand_min, pl.row_expand_expdif,
)  # fmt: skip
COL_EXPAND = (
    pl.col_expand_add, pl.col_expand_sub, pl.col_expand_mul, pl.col_expand_div,
    pl.col_expand_max, pl.col_expand_min, pl.col_expand_expdif,
)  # fmt: skip
UNARY_INTEGER = (pl.neg, pl.abs, pl.relu, pl.not_)
BINARY_INTEGER = (
    pl.add, pl.sub, pl.mul, pl.maximum, pl.minimum, pl.and_, pl.or_, pl.xor,
)  # fmt: skip
DIVIDING = (pl.div, pl.fmod)
SHIFTING = (pl.shl, pl.shr)


def applied(operations, count, rows, columns, dtype, right_shape):
    """A program that applies each operation to x, and y where it takes two operands."""

    @pl.jit
    def unary(
        x: pl.Tensor[[rows, columns], dtype],
        out: pl.Out[pl.Tensor[[count * rows, columns], dtype]],
    ):
        with pl.incore():
            tile = x[:, :]
            for i in pl.unroll(count):
                out[i * rows : (i + 1) * rows, :] = operations[i](tile)
        return out

    @pl.jit
    def binary(
        x: pl.Tensor[[rows, columns], dtype],
        y: pl.Tensor[right_shape or [1], dtype],
        out: pl.Out[pl.Tensor[[count * rows, columns], dtype]],
    ):
        with pl.incore():
            tile = x[:, :]
            for i in pl.unroll(count):
                out[i * rows : (i + 1) * rows, :] = operations[i](tile, y[:, :])
        return out

    return binary if right_shape else unary


def run(operations, dtype, rows, columns, right_shape=None, right=None):
    count = len(operations)
    arguments = [awkward(dtype, rows, columns, seed=columns)]
    if right_shape:
        arguments.append(awkward(dtype, *right_shape, seed=1) if right is None else right)
    program = applied(operations, count, rows, columns, dtype, right_shape)
    verified(program, *arguments, filled(dtype, count * rows, columns), threads=1)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_float_operations_at_every_width(dtype):
    for columns in WIDTHS:
        run(UNARY_FLOAT if columns in (1, 65) else UNARY_FLOAT[:1], dtype, 5, columns)
        run(BINARY_FLOAT, dtype, 5, columns, [5, columns])


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_float_expansions(dtype):
    for rows, columns in ((1, 1), (3, 17), (2, 65)):
        run(ROW_EXPAND, dtype, rows, columns, [rows, 1])
        run(COL_EXPAND, dtype, rows, columns, [1, columns])


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_integer_operations(dtype):
    random = np.random.default_rng(5)
    for columns in (1, 65):
        run(UNARY_INTEGER, dtype, 3, columns)
        run(BINARY_INTEGER, dtype, 3, columns, [3, columns])
        amounts = random.integers(0, dtype.width_bits, (3, columns)).astype(ARRAY_TYPES[dtype])
        run(SHIFTING, dtype, 3, columns, [3, columns], amounts)
        divisors = awkward(dtype, 3, columns, seed=2)
        run(DIVIDING, dtype, 3, columns, [3, columns], np.where(divisors == 0, 1, divisors))
        run(ROW_EXPAND[:3] + ROW_EXPAND[4:6], dtype, 3, columns, [3, 1])
        run(COL_EXPAND[:3] + COL_EXPAND[4:6], dtype, 3, columns, [1, columns])


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_the_smallest_integer_divided_by_minus_one(dtype):
    info = np.iinfo(ARRAY_TYPES[dtype])
    x = np.full((1, 17), info.min, ARRAY_TYPES[dtype])
    y = np.full((1, 17), -1 if dtype.kind == "int" else info.max).astype(ARRAY_TYPES[dtype])
    verified(applied(DIVIDING, 2, 1, 17, dtype, [1, 17]), x, y, filled(dtype, 2, 17), threads=1)


def with_scalars(dtype):
    @pl.jit
    def program(
        x: pl.Tensor[[3, 17], dtype],
        s: pl.Scalar[dtype],
        out: pl.Out[pl.Tensor[[15, 17], dtype]],
    ):
        with pl.incore():
            tile = x[:, :]
            out[0:3, :] = pl.add(tile, s)
            out[3:6, :] = pl.sub(tile, 2)
            out[6:9, :] = pl.mul(3, tile)
            out[9:12, :] = pl.maximum(tile, s)
            out[12:15, :] = pl.expands(tile, s)
        return out

    return program


def comparing(dtype):
    @pl.jit
    def program(
        x: pl.Tensor[[3, 17], dtype],
        y: pl.Tensor[[3, 17], dtype],
        s: pl.Scalar[dtype],
        out: pl.Out[pl.Tensor[[36, 17], dtype]],
        masks: pl.Out[pl.Tensor[[24, 17], pl.BOOL]],
    ):
        with pl.incore():
            left, right = x[:, :], y[:, :]
            for i in pl.unroll(6):
                mask = pl.cmp(left, right, i)
                masks[3 * i : 3 * i + 3, :] = mask
                out[3 * i : 3 * i + 3, :] = pl.sel(mask, left, right)
                out[18 + 3 * i : 21 + 3 * i, :] = pl.sels(pl.cmps(left, s, i), left, None, 1)
            both = pl.and_(pl.cmp(left, right, "lt"), pl.not_(pl.cmps(left, s, "eq")))
            masks[18:21, :] = both
            masks[21:24, :] = pl.xor(both, pl.or_(both, pl.cmp(left, right, "ge")))
        return out, masks

    return program


@pytest.mark.parametrize("dtype", (*FLOATS, *INTEGERS), ids=str)
def test_scalars_comparisons_and_choices(dtype):
    x, y = awkward(dtype, 3, 17), awkward(dtype, 3, 17, seed=1)
    verified(with_scalars(dtype), x, 5, filled(dtype, 15, 17), threads=1)
    y[:, ::3] = x[:, ::3]
    verified(comparing(dtype), x, y, 1, filled(dtype, 36, 17), filled(pl.BOOL, 24, 17), threads=1)


@pl.jit
def ordering(
    x: pl.Tensor[[3, 17], pl.BOOL],
    y: pl.Tensor[[3, 17], pl.BOOL],
    out: pl.Out[pl.Tensor[[36, 17], pl.BOOL]],
):
    with pl.incore():
        for i in pl.unroll(6):
            out[3 * i : 3 * i + 3, :] = pl.cmp(x[:, :], y[:, :], i)
            out[18 + 3 * i : 21 + 3 * i, :] = pl.cmps(x[:, :], True, i)
    return out


def test_truth_values_are_ordered():
    x, y = awkward(pl.BOOL, 3, 17), awkward(pl.BOOL, 3, 17, seed=1)
    verified(ordering, x, y, filled(pl.BOOL, 36, 17), threads=1)
