"""Run-time errors and refusals: they name the task, the author's line and both numbers."""

import re

import numpy as np
import pytest
import tilework
import tilework.language as pl
from compiled_harness import filled, numbers, verified
from tilework.errors import LanguageError, TaskError


@pl.jit
def rows(
    x: pl.Tensor[[16, 17], pl.FP32],
    start: pl.Tensor[[1], pl.INT32],
    out: pl.Out[pl.Tensor[[4, 17], pl.FP32]],
):
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="pick"):
        first = pl.cast(pl.read(start, [0]), pl.INDEX)
        out[:, :] = x[first : first + 4, :]
    return out


@pytest.mark.parametrize("start", [13, -1, 1 << 30, -(1 << 31)])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_slice_out_of_bounds_stops_its_task(start, threads):
    x, out = numbers(pl.FP32, 16, 17), filled(pl.FP32, 4, 17)
    with pytest.raises(TaskError) as caught:
        verified(rows, x, np.array([start], np.int32), out, threads=threads)
    error = caught.value
    assert error.task == "pick"
    assert re.match(r".*test_compiled_errors\.py:\d+:\d+$", error.location)
    assert f"{start} + 4" in error.reason and "16" in error.reason
    verified(rows, x, np.array([12], np.int32), out, threads=threads)  # the process goes on


@pl.jit
def branches(
    x: pl.Tensor[[16, 32], pl.FP32],
    starts: pl.Tensor[[8], pl.INT32],
    first: pl.Out[pl.Tensor[[64, 32], pl.FP32]],
    second: pl.Out[pl.Tensor[[64, 32], pl.FP32]],
    other: pl.Out[pl.Tensor[[64, 32], pl.FP32]],
):
    for i in pl.range(0, 8):
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="pick"):
            row = pl.cast(pl.read(starts, [i]), pl.INDEX)
            first[8 * i : 8 * i + 8, :] = x[row : row + 8, :]
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="double"):
            second[8 * i : 8 * i + 8, :] = pl.mul(first[8 * i : 8 * i + 8, :], 2.0)
        with pl.at(level=pl.Level.CORE_GROUP, name_hint="triple"):
            other[8 * i : 8 * i + 8, :] = pl.mul(x[0:8, :], 3.0)
    return second


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_failed_task_stops_what_depends_on_it_and_nothing_else(threads, is_known):
    x = numbers(pl.FP32, 16, 32)
    first, second, other = (filled(pl.FP32, 64, 32) for _ in range(3))
    untouched = second.copy()
    starts = np.array([0, 1, 11, 3, 4, 9, 6, 7], np.int32)
    options = tilework.options(threads=threads, static_dependences=is_known)
    with options, pytest.raises(TaskError) as caught:
        branches(x, starts, first, second, other)
    assert caught.value.task == "pick"
    assert "11 + 8" in caught.value.reason  # the first of the two, and only it
    # Where dependences are left to the run, it is not known which part of `first` it would have
    # written.
    failed = (2, 5) if is_known else range(2, 8)
    for i, start in enumerate(starts):
        rows = slice(8 * i, 8 * i + 8)
        expected = untouched[rows] if i in failed else 2 * x[start : start + 8]
        np.testing.assert_array_equal(second[rows], expected)
    np.testing.assert_array_equal(other, 3 * np.concatenate([x[0:8]] * 8))


@pl.jit
def valid(
    x: pl.Tensor[[16, 17], pl.FP32],
    size: pl.Scalar[pl.INDEX],
    out: pl.Out[pl.Tensor[[8, 17], pl.FP32]],
):
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="part"):
        part = pl.slice(x, [8, 17], [0, 0], valid_shape=[size, 17])
        out[:, :] = pl.fillpad(part)
    return out


@pytest.mark.parametrize("size", [9, -1, 17])
def test_a_valid_extent_stays_within_its_tile(size):
    x, out = numbers(pl.FP32, 16, 17), filled(pl.FP32, 8, 17)
    with pytest.raises(TaskError, match=f"from 0 to 8.*{size}"):
        verified(valid, x, size, out)
    verified(valid, x, 8, out)
    verified(valid, x, 0, out)


@pl.jit
def unequal(
    x: pl.Tensor[[16, 17], pl.FP32],
    a: pl.Scalar[pl.INDEX],
    b: pl.Scalar[pl.INDEX],
    out: pl.Out[pl.Tensor[[8, 17], pl.FP32]],
):
    with pl.incore():
        left = pl.slice(x, [8, 17], [0, 0], valid_shape=[a, 17])
        right = pl.slice(x, [8, 17], [8, 0], valid_shape=[b, 17])
        out[:, :] = pl.fillpad(pl.add(left, right))
    return out


def test_extents_that_must_agree_are_compared():
    x, out = numbers(pl.FP32, 16, 17), filled(pl.FP32, 8, 17)
    with pytest.raises(TaskError, match="5 and 6"):
        verified(unequal, x, 5, 6, out)
    verified(unequal, x, 5, 5, out)


@pl.jit
def steps(
    x: pl.Tensor[[16, 17], pl.FP32],
    stride: pl.Scalar[pl.INDEX],
    out: pl.InOut[pl.Tensor[[16, 17], pl.FP32]],
):
    for i in pl.range(0, 16, stride):
        with pl.incore():
            out[i : i + 1, :] = x[i : i + 1, :]
    return out


@pytest.mark.parametrize("stride", [0, -1])
def test_a_step_is_positive(stride):
    with pytest.raises(TaskError, match=f"positive.*{stride}"):
        steps(numbers(pl.FP32, 16, 17), stride, filled(pl.FP32, 16, 17))
    verified(steps, numbers(pl.FP32, 16, 17), 5, filled(pl.FP32, 16, 17))


@pl.jit
def old_value(x: pl.Tensor[[8, 16], pl.FP32], out: pl.Out[pl.Tensor[[8, 16], pl.FP32]]):
    with pl.incore():
        a = pl.add(x[:, :], 1.0)
    old = a
    with pl.incore():  # the update
        a[0:4, :] = pl.mul(a[0:4, :], 2.0)
    with pl.incore():  # the other use
        out[:, :] = pl.add(a, old)
    return out


@pl.jit
def swapped(
    x: pl.Tensor[[8, 16], pl.FP32],
    n: pl.Scalar[pl.INDEX],
    out: pl.Out[pl.Tensor[[8, 16], pl.FP32]],
):
    with pl.incore():
        a = pl.add(x[:, :], 1.0)
        b = pl.add(x[:, :], 2.0)
    for _ in pl.range(n):
        a, b = b, a
    with pl.incore():
        out[:, :] = pl.sub(a, b)
    return out


def numbered(text):
    """The line of this file that ends with a comment."""
    with open(__file__) as file:
        return next(i for i, line in enumerate(file, 1) if line.rstrip().endswith("# " + text))


def test_a_copy_of_a_whole_tensor_is_refused_at_both_lines():
    with pytest.raises(LanguageError) as caught:
        old_value(numbers(pl.FP32, 8, 16), filled(pl.FP32, 8, 16))
    for text in ("the update", "the other use"):
        assert f"test_compiled_errors.py:{numbered(text)}:" in str(caught.value)


def test_a_swap_is_right():
    for n in (0, 1, 2, 5):
        verified(swapped, numbers(pl.FP32, 8, 16), n, filled(pl.FP32, 8, 16))
