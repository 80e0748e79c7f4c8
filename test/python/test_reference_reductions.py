"""Reductions against a scalar-by-scalar reading of their order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_harness import (
    BF16,
    F32,
    FLOATS,
    TYPE_NAMES,
    assert_same_bits,
    computed,
    execute,
    masked,
    undefined_indices,
)
from tilework.reference import ExecutionError

f32 = np.float32


def larger(a, b):
    if np.isnan(a) or np.isnan(b):
        return f32(np.nan)
    if a == b:
        return b if np.signbit(a) else a
    return a if a > b else b


KINDS = {
    "sum": (lambda a, b: f32(a + b), f32(0)),
    "prod": (lambda a, b: f32(a * b), f32(1)),
    "max": (larger, f32(-np.inf)),
    "min": (lambda a, b: -larger(-a, -b), f32(np.inf)),
}


def reduced(kind, x, dim):
    shape = (x.shape[0], 1) if dim == 1 else (1, x.shape[1])
    result = f"tensor<{shape[0]}x{shape[1]}x{TYPE_NAMES[x.dtype]}>"
    return computed(f"%r = tile.reduce {kind} %x dim({dim}) : {{x}}", {"x": x}, result)


def row_by_lanes(kind, row):
    combine, neutral = KINDS[kind]
    lanes = [neutral] * 64
    for j, value in enumerate(row):
        lanes[j % 64] = combine(lanes[j % 64], f32(value))
    for width in (32, 16, 8, 4, 2, 1):
        for i in range(width):
            lanes[i] = combine(lanes[i], lanes[i + width])
    return lanes[0]


def column_from_the_top(kind, column):
    combine, total = KINDS[kind]
    for value in column:
        total = combine(total, f32(value))
    return total


def matrix(rows, columns, dtype, seed=0):
    x = np.random.default_rng(seed).standard_normal((rows, columns)) + 0.3
    return x.astype(dtype)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15, deadline=None)
@given(rows=st.integers(1, 4), columns=st.integers(1, 200), name=st.sampled_from(["f32", "bf16"]))
def test_rows_fold_64_lanes(kind, rows, columns, name):
    x = matrix(rows, columns, F32 if name == "f32" else BF16)
    with np.errstate(all="ignore"):
        wanted = np.array([[row_by_lanes(kind, row)] for row in x], f32).astype(x.dtype)
    assert_same_bits(reduced(kind, x, 1), wanted)


@pytest.mark.parametrize("dtype", FLOATS, ids=TYPE_NAMES.get)
@pytest.mark.parametrize("kind", KINDS)
def test_columns_go_from_the_top(kind, dtype):
    x = matrix(75, 9, dtype)
    wanted = np.array([[column_from_the_top(kind, column) for column in x.T]], f32).astype(dtype)
    assert_same_bits(reduced(kind, x, 0), wanted)


def test_the_orders_differ():
    x = matrix(8, 300, F32)
    by_rows = reduced("sum", x, 1).ravel()
    by_columns = reduced("sum", x.T.copy(), 0).ravel()
    assert (by_rows != by_columns).any()
    np.testing.assert_allclose(by_rows, x.sum(1), rtol=1e-5)


def test_bf16_rounds_once_at_the_end():
    x = np.full((1, 512), 1.0078125, BF16)
    assert float(reduced("sum", x, 1)[0, 0]) == float(np.float32(516).astype(BF16))


@pytest.mark.parametrize("dim", [0, 1])
def test_empty_lines_give_the_neutral_element(dim):
    result = "tensor<?x1xf32>" if dim == 1 else "tensor<1x?xf32>"
    for kind, (_, neutral) in KINDS.items():
        text = f"""%c = arith.constant 0 : index
          %e = tensor.extract_slice %x[0, 0] [{"2, %c" if dim else "%c, 2"}] [1, 1]
             : {{x}} to {"tensor<2x?xf32>" if dim else "tensor<?x2xf32>"}
          %d = tensor.cast %e : {"tensor<2x?xf32>" if dim else "tensor<?x2xf32>"} to tensor<?x?xf32>
          %r = tile.reduce {kind} %d dim({dim}) : tensor<?x?xf32>"""
        x = np.ones((2, 2), f32)
        values = execute(text, {"x": x}, result).data.ravel()
        assert values.tolist() == [neutral, neutral]


def test_zeros_and_nans():
    x = np.array([[-0.0, -0.0], [-0.0, 0.0], [np.nan, 5.0]], f32)
    maxima, minima = reduced("max", x, 1).ravel(), reduced("min", x, 1).ravel()
    assert np.signbit(maxima[:2]).tolist() == [True, False] and np.isnan(maxima[2])
    assert np.signbit(minima[:2]).tolist() == [True, True] and np.isnan(minima[2])
    assert not np.signbit(reduced("sum", x, 1)[0, 0])


@pytest.mark.parametrize("dtype", ["i1", "i4", "u1", "i8"])
def test_integers_wrap_in_their_width(dtype):
    dtype = np.dtype(dtype)
    info = np.iinfo(dtype)
    x = np.random.default_rng(3).integers(info.min, info.max, (3, 100), dtype, endpoint=True)
    exact = x.astype(object)
    width = 1 << 8 * dtype.itemsize
    for dim in (0, 1):
        sums = (exact.sum(dim, keepdims=True) - info.min) % width + info.min
        products = (exact.prod(dim, keepdims=True) - info.min) % width + info.min
        assert_same_bits(reduced("sum", x, dim), sums.astype(dtype))
        assert_same_bits(reduced("prod", x, dim), products.astype(dtype))
        assert_same_bits(reduced("max", x, dim), exact.max(dim, keepdims=True).astype(dtype))
        assert_same_bits(reduced("min", x, dim), exact.min(dim, keepdims=True).astype(dtype))


def test_booleans_are_refused():
    with pytest.raises(ExecutionError, match="expects numbers, but got i1"):
        reduced("sum", np.ones((2, 2), bool), 1)


def arg_reduced(kind, x, dim):
    shape = (x.shape[0], 1) if dim == 1 else (1, x.shape[1])
    text = f"%r = tile.arg_reduce {kind} %x dim({dim}) : {{x}}"
    return computed(text, {"x": x}, f"tensor<{shape[0]}x{shape[1]}xi32>")


def test_the_smallest_index_of_the_extreme_wins():
    x = np.array([[1, 3, 3, -2, -2], [0.0, -0.0, 0.0, -1, 5], [1, np.nan, 9, np.nan, -9]], f32)
    assert arg_reduced("argmax", x, 1).ravel().tolist() == [1, 4, 1]
    assert arg_reduced("argmin", x, 1).ravel().tolist() == [3, 3, 1]
    assert arg_reduced("argmax", np.array([[-0.0, 0.0]], f32), 1).tolist() == [[0]]
    assert arg_reduced("argmax", x.T.copy(), 0).ravel().tolist() == [1, 4, 1]
    assert arg_reduced("argmax", x.astype(BF16), 1).ravel().tolist() == [1, 4, 1]
    assert arg_reduced("argmin", np.array([[5, -7, -7]], np.int32), 1).tolist() == [[1]]


def test_an_undefined_element_spreads_along_its_line():
    x = masked(np.ones((3, 4), f32), (1, 2))
    for op in ("reduce sum", "arg_reduce argmax"):
        element = "f32" if "sum" in op else "i32"
        rows = execute(f"%r = tile.{op} %x dim(1) : {{x}}", {"x": x}, f"tensor<3x1x{element}>")
        columns = execute(f"%r = tile.{op} %x dim(0) : {{x}}", {"x": x}, f"tensor<1x4x{element}>")
        assert undefined_indices(rows) == [[1, 0]]
        assert undefined_indices(columns) == [[0, 2]]
