"""Element-wise operations, compiled: every operation on every element type, tails, valid extents."""

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
        run(UNARY_FLOAT, dtype, 5, columns)
        run(BINARY_FLOAT, dtype, 5, columns, [5, columns])


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_float_expansions(dtype):
    for rows, columns in ((1, 1), (3, 17), (2, 65)):
        run(ROW_EXPAND, dtype, rows, columns, [rows, 1])
        run(COL_EXPAND, dtype, rows, columns, [1, columns])


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_integer_operations(dtype):
    random = np.random.default_rng(5)
    for columns in (1, 17, 65):
        run(UNARY_INTEGER, dtype, 3, columns)
        run(BINARY_INTEGER, dtype, 3, columns, [3, columns])
        run(BINARY_INTEGER[:3], dtype, 3, columns, [3, columns])
        amounts = random.integers(0, dtype.width_bits, (3, columns)).astype(ARRAY_TYPES[dtype])
        run(SHIFTING, dtype, 3, columns, [3, columns], amounts)
        divisors = awkward(dtype, 3, columns, seed=2)
        run(DIVIDING, dtype, 3, columns, [3, columns], np.where(divisors == 0, 1, divisors))
        run(ROW_EXPAND[:3] + ROW_EXPAND[4:6], dtype, 3, columns, [3, 1])
        run(COL_EXPAND[:3] + COL_EXPAND[4:6], dtype, 3, columns, [1, columns])
