"""Reductions, compiled: rows and columns of every width, whole and partly valid."""

import numpy as np
import pytest
import tilework.language as pl
from compiled_harness import FLOATS, INTEGERS, awkward, filled, numbers, verified

ROWS = (pl.row_sum, pl.row_max, pl.row_min, pl.row_prod)
COLUMNS = (pl.col_sum, pl.col_max, pl.col_min, pl.col_prod)
ROW_PLACES = (pl.row_argmax, pl.row_argmin)
COLUMN_PLACES = (pl.col_argmax, pl.col_argmin)


def reducing(dtype, height, width, rows, columns, result):
    count = len(rows)

    @pl.jit
    def program(
        x: pl.Tensor[[height, width], dtype],
        valid_rows: pl.Scalar[pl.INDEX],
        valid_columns: pl.Scalar[pl.INDEX],
        by_row: pl.Out[pl.Tensor[[2 * count * height, 1], result]],
        by_column: pl.Out[pl.Tensor[[2 * count, width], result]],
    ):
        with pl.incore():
            part = pl.slice(x, [height, width], [0, 0], valid_shape=[valid_rows, valid_columns])
            for i in pl.unroll(count):
                by_row[i * height : (i + 1) * height, :] = rows[i](x[:, :])
                by_column[i : i + 1, :] = columns[i](x[:, :])
                place = (count + i) * height
                by_row[place : place + height, :] = pl.fillpad(rows[i](part), 5)
                by_column[count + i : count + i + 1, :] = pl.fillpad(columns[i](part), 5)
        return by_row, by_column

    return program


def run(dtype, height, width, rows, columns, result, valid, make=awkward):
    count = 2 * len(rows)
    verified(
        reducing(dtype, height, width, rows, columns, result), make(dtype, height, width),
        *valid, filled(result, count * height, 1), filled(result, count, width), threads=1,
    )  # fmt: skip


@pytest.mark.parametrize("dtype", (*FLOATS, *INTEGERS), ids=str)
def test_reductions(dtype):
    for height, width, valid in ((3, 15, (2, 15)), (17, 65, (17, 64)), (2, 129, (0, 0))):
        run(dtype, height, width, ROWS, COLUMNS, dtype, valid)
        if dtype.is_float:
            run(dtype, height, width, ROWS, COLUMNS, dtype, valid, numbers)
    for valid in ((1, 1), (17, 0), (0, 65), (5, 17)):
        run(dtype, 17, 65, ROWS, COLUMNS, dtype, valid)


@pytest.mark.parametrize("dtype", (*FLOATS, *INTEGERS), ids=str)
def test_places_of_extremes(dtype):
    for height, width, valid in ((1, 1, (1, 1)), (5, 33, (3, 17)), (17, 65, (0, 9))):
        run(dtype, height, width, ROW_PLACES, COLUMN_PLACES, pl.INT32, valid)


def test_the_first_of_equal_extremes_is_found():
    x = np.zeros((4, 40), np.float32)
    x[:, [3, 20, 39]] = 7
    program = reducing(pl.FP32, 4, 40, ROW_PLACES, COLUMN_PLACES, pl.INT32)
    by_row, by_column = filled(pl.INT32, 16, 1), filled(pl.INT32, 4, 40)
    program(x, 4, 40, by_row, by_column)
    assert (by_row[:4] == 3).all() and (by_row[4:8] == 0).all() and (by_column[:2] == 0).all()


def test_the_first_truth_value_of_a_mask_is_found():
    @pl.jit
    def program(
        x: pl.Tensor[[3, 33], pl.BOOL],
        by_row: pl.Out[pl.Tensor[[6, 1], pl.INT32]],
        by_column: pl.Out[pl.Tensor[[2, 33], pl.INT32]],
    ):
        with pl.incore():
            for i in pl.unroll(2):
                by_row[3 * i : 3 * i + 3, :] = ROW_PLACES[i](x[:, :])
                by_column[i : i + 1, :] = COLUMN_PLACES[i](x[:, :])
        return by_row, by_column

    x = np.zeros((3, 33), np.bool_)
    x[0, 7:], x[2] = True, True
    by_row, by_column = filled(pl.INT32, 6, 1), filled(pl.INT32, 2, 33)
    verified(program, x, by_row, by_column, threads=1)
    assert by_row.ravel().tolist() == [7, 0, 0, 0, 0, 0]
    assert by_column.tolist() == [[2] * 7 + [0] * 26, [0] * 7 + [1] * 26]
