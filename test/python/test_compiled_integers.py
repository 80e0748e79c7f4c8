"""Whole numbers where machines differ: divisors that are not positive, shifts beyond the width."""

import operator
import re

import numpy as np
import pytest
import tilework.language as pl
from compiled_harness import ARRAY_TYPES, INTEGERS, WIDTHS, filled, verified
from language_harness import caret, execute, refused
from tilework.errors import TaskError
from tilework.reference import CheckError

OPERATIONS = (pl.div, pl.fmod, pl.shl, pl.shr)


def telling(dtype):
    """Where the meaning changes: extremes, signs, and amounts around the width."""
    info, width = np.iinfo(ARRAY_TYPES[dtype]), dtype.width_bits
    values = {0, 1, 2, 3, 7, width - 1, width, width + 1, info.max - 1, info.max, info.max // 2 + 1}
    values |= {info.min, info.min + 1} | {value for value in (-1, -2, -7) if info.min < 0}
    return sorted(value for value in values if info.min <= value <= info.max)


def wrapped(value, dtype):
    value &= (1 << dtype.width_bits) - 1
    is_negative = dtype.kind != "uint" and value >> (dtype.width_bits - 1)
    return value - (1 << dtype.width_bits) if is_negative else value


def expected(operation, a, b, dtype):
    """Python's whole numbers, told what to do at the edges."""
    if operation in (pl.div, pl.fmod):
        quotient = 0 if b == 0 else abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        remainder = 0 if b == 0 else a - quotient * b
        return wrapped(quotient if operation is pl.div else remainder, dtype)
    if not 0 <= b < dtype.width_bits:
        return -1 if operation is pl.shr and a < 0 else 0
    return wrapped(a << b if operation is pl.shl else a >> b, dtype)


def on_tensors(dtype, columns):
    @pl.jit
    def program(
        x: pl.Tensor[[2, columns], dtype], y: pl.Tensor[[2, columns], dtype],
        out: pl.Out[pl.Tensor[[8, columns], dtype]],
    ):  # fmt: skip
        with pl.incore():
            for i in pl.unroll(4):
                out[2 * i : 2 * i + 2, :] = OPERATIONS[i](x[:, :], y[:, :])
        return out

    return program


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_elements_have_one_meaning_for_every_operand(dtype):
    pairs = [(a, b) for a in telling(dtype) for b in telling(dtype)]
    np.random.default_rng(0).shuffle(pairs)
    for columns in (*WIDTHS, len(pairs)):
        part = np.resize(np.array(pairs, ARRAY_TYPES[dtype]), (2 * columns, 2))
        x, y = part.T.copy().reshape(2, 2, columns)
        out = filled(dtype, 8, columns)
        verified(on_tensors(dtype, columns), x, y, out, threads=1)
        for i, operation in enumerate(OPERATIONS):
            wanted = [
                [expected(operation, a, b, dtype) for a, b in zip(left, right, strict=True)]
                for left, right in zip(x.tolist(), y.tolist(), strict=True)
            ]
            assert out[2 * i : 2 * i + 2].tolist() == wanted


def by_numbers(dtype, constants):
    count = 4 * len(constants)

    @pl.jit
    def program(
        x: pl.Tensor[[1, 17], dtype], s: pl.Scalar[dtype],
        folded: pl.Out[pl.Tensor[[count, 17], dtype]], out: pl.Out[pl.Tensor[[4, 17], dtype]],
    ):  # fmt: skip
        with pl.incore():
            for i in pl.unroll(count):
                folded[i : i + 1, :] = OPERATIONS[i % 4](x[:, :], constants[i // 4])
            for i in pl.unroll(4):
                out[i : i + 1, :] = OPERATIONS[i](x[:, :], s)
        return folded, out

    return program


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_a_number_means_what_a_tensor_of_it_means(dtype):
    constants = telling(dtype)
    program = by_numbers(dtype, constants)
    x = np.resize(np.array(constants, ARRAY_TYPES[dtype]), (1, 17))
    for number in constants:
        folded, out = filled(dtype, 4 * len(constants), 17), filled(dtype, 4, 17)
        verified(program, x, number, folded, out, threads=1)
        first = 4 * constants.index(number)
        assert out.tolist() == folded[first : first + 4].tolist()
        for i, operation in enumerate(OPERATIONS):
            assert out[i].tolist() == [expected(operation, a, number, dtype) for a in x[0].tolist()]


def on_scalars(dtype):
    @pl.jit
    def program(a: pl.Scalar[dtype], b: pl.Scalar[dtype], out: pl.Out[pl.Tensor[[4, 3], dtype]]):
        before = (a // b, a % b, a << b, a >> b)
        with pl.incore():
            for i in pl.unroll(4):
                out[i, 0] = before[i]
            out[0, 1], out[1, 1], out[2, 1], out[3, 1] = a // b, a % b, a << b, a >> b
            out[0, 2], out[1, 2], out[2, 2], out[3, 2] = a // 3, a % 3, a << 3, a >> 3
        return out

    return program


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_scalars_divide_as_in_python_and_shift_as_elements(dtype):
    program = on_scalars(dtype)
    for a in telling(dtype):
        for b in (value for value in telling(dtype) if value > 0):
            out = filled(dtype, 4, 3)
            verified(program, a, b, out, threads=1)
            rows = [(a // b, a // 3), (a % b, a % 3)]
            rows += [[expected(shift, a, n, dtype) for n in (b, 3)] for shift in (pl.shl, pl.shr)]
            assert out.tolist() == [[general, general, by_3] for general, by_3 in rows]


def shifting(dtype):
    @pl.jit
    def program(a: pl.Scalar[dtype], b: pl.Scalar[dtype], out: pl.Out[pl.Tensor[[1, 2], dtype]]):
        with pl.incore():
            out[0, 0] = a << b
            out[0, 1] = a >> b
        return out

    return program


@pytest.mark.parametrize("dtype", (pl.INT8, pl.INT64), ids=str)
def test_scalars_shift_by_negative_amounts_as_elements(dtype):
    for a, b in ((5, -1), (-5, -1), (-5, -dtype.width_bits), (5, -(1 << (dtype.width_bits - 1)))):
        out = filled(dtype, 1, 2)
        verified(shifting(dtype), a, b, out, threads=1)
        assert out.tolist() == [[0, -1 if a < 0 else 0]]


@pl.jit
def shifting_by_a_bounded_amount(
    a: pl.Scalar[pl.INDEX], b: pl.Scalar[pl.INDEX], out: pl.Out[pl.Tensor[[1, 4], pl.INT64]]
):
    with pl.incore():
        out[0, 0] = pl.cast(a << pl.min(b, 5), pl.INT64)
        out[0, 1] = pl.cast(a >> pl.max(b, 0), pl.INT64)
        out[0, 2] = pl.cast(a << b % 64, pl.INT64)
        out[0, 3] = pl.cast(1 << pl.min(pl.max(b, 0), 63), pl.INT64)
    return out


def test_an_amount_may_be_bounded_on_one_side():
    for a, b in ((-5, -1), (5, 2), (-5, 70), (3, -70)):
        out = filled(pl.INT64, 1, 4)
        verified(shifting_by_a_bounded_amount, a, b, out, threads=1)
        low, high = min(b, 5), max(b, 0)
        wanted = [a << low if low >= 0 else 0, a >> high, a << b % 64, 1 << min(high, 63)]
        assert out[0].tolist() == [wrapped(value, pl.INT64) for value in wanted]


@pl.jit
def unsigned(
    a: pl.Scalar[pl.UINT64], b: pl.Scalar[pl.UINT64], out: pl.Out[pl.Tensor[[1, 10], pl.UINT64]]
):
    with pl.incore():
        out[0, 0] = a + b
        out[0, 1] = a - b
        out[0, 2] = a * b
        out[0, 3] = a & b
        out[0, 4] = a | b
        out[0, 5] = a ^ b
        out[0, 6] = pl.min(a, b)
        out[0, 7] = pl.max(a, b)
        out[0, 8] = ~a
        out[0, 9] = -a if a < b else b
    return out


def test_unsigned_scalars_use_all_their_bits():
    whole = (1 << 64) - 1
    symbols = (operator.add, operator.sub, operator.mul, operator.and_, operator.or_, operator.xor)
    for a, b in ((5, 3), (3, whole), (whole, 1 << 63), (0, 1)):
        out = filled(pl.UINT64, 1, 10)
        verified(unsigned, a, b, out, threads=1)
        wanted = [symbol(a, b) for symbol in symbols]
        wanted += [min(a, b), max(a, b), ~a, -a if a < b else b]
        assert out[0].tolist() == [value & whole for value in wanted]


# Divisors that are not positive.


@pl.jit
def in_a_task(
    n: pl.Tensor[[1], pl.INT32], out: pl.Out[pl.Tensor[[1, 17], pl.INT32]]
):  # fmt: skip
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="share"):
        out[0, 0] = 7 % pl.read(n, [0])
    return out


@pl.jit
def between_tasks(
    n: pl.Tensor[[1], pl.INT32], out: pl.Out[pl.Tensor[[1, 17], pl.INT32]]
):  # fmt: skip
    share = 7 // pl.read(n, [0])
    with pl.incore():
        out[:, :] = pl.full([1, 17], dtype=pl.INT32, value=share)
    return out


@pl.jit
def as_an_address(
    n: pl.Tensor[[1], pl.INT32], out: pl.Out[pl.Tensor[[1, 17], pl.INT32]]
):  # fmt: skip
    with pl.at(level=pl.Level.CORE_GROUP, name_hint="share"):
        place = 16 // pl.cast(pl.read(n, [0]), pl.INDEX) % 17
        out[0:1, place : place + 1] = pl.full([1, 1], dtype=pl.INT32, value=5)
    return out


@pl.jit
def as_a_trip_count(
    n: pl.Tensor[[1], pl.INT32], out: pl.Out[pl.Tensor[[1, 17], pl.INT32]]
):  # fmt: skip
    for i in pl.range(16 // pl.cast(pl.read(n, [0]), pl.INDEX)):
        with pl.incore():
            out[0, i] = pl.cast(i, pl.INT32)
    return out


@pytest.mark.parametrize("program", (in_a_task, between_tasks, as_an_address, as_a_trip_count))
@pytest.mark.parametrize("divisor", (0, -1, -(1 << 31)))
def test_a_divisor_that_is_not_positive_stops_the_program(program, divisor):
    n, out = np.array([divisor], np.int32), filled(pl.INT32, 1, 17)
    with pytest.raises(TaskError) as caught:
        program(n, out)
    assert re.match(r".*test_compiled_integers\.py:\d+:\d+$", caught.value.location)
    line = int(caught.value.location.split(":")[-2])
    with open(__file__) as file:
        assert re.search(r"//|%", file.readlines()[line - 1])
    assert caught.value.reason == f"expects a positive step or divisor, but got {divisor}"
    with pytest.raises(CheckError, match=f"expects {divisor} to be positive"):
        execute(program, n, out)
    verified(program, np.array([3], np.int32), filled(pl.INT32, 1, 17))  # the process goes on


@pl.jit
def guarded(
    x: pl.Tensor[[1, 17], pl.INT32], n: pl.Tensor[[1], pl.INT32],
    out: pl.InOut[pl.Tensor[[1, 17], pl.INT32]],
):  # fmt: skip
    with pl.incore():
        tile = pl.mul(x[:, :], 2)
        count = pl.cast(pl.read(n, [0]), pl.INDEX)
        if pl.read(tile, [0, 0]) > 2:  # unknown when the task is submitted
            place = 16 // count
            out[0:1, place : place + 1] = tile[0:1, 0:1]
        if count > 0:
            place = 15 // count
            out[0:1, place : place + 1] = tile[0:1, 1:2]
        if count > 0 and pl.read(tile, [0, 0]) > 2:
            place = 14 // count
            out[0:1, place : place + 1] = tile[0:1, 2:3]
    return out


@pytest.mark.parametrize("first, count", [(1, 0), (1, -1), (1, 5), (3, 5)])
def test_a_division_that_is_not_reached_stops_nothing(first, count):
    x = np.arange(first, first + 17, dtype=np.int32).reshape(1, 17)
    verified(guarded, x, np.array([count], np.int32), filled(pl.INT32, 1, 17))


def test_known_divisors_and_amounts_are_refused():
    @pl.jit
    def program(a: pl.Scalar[pl.INT32], out: pl.Out[pl.Tensor[[1, 17], pl.INT32]]):
        out[0, 0] = a // 0
        out[0, 0] = a % -1
        out[0, 0] = a // pl.cast(0, pl.INT32)
        out[0, 0] = a << 32
        out[0, 0] = a >> -1
        return out

    assert [(diagnostic.message, caret(diagnostic)) for diagnostic in refused(program)] == [
        ("expects a positive divisor, but got 0", "a // 0"),
        ("expects a positive divisor, but got -1", "a % -1"),
        ("expects a positive divisor, but got 0", "a // pl.cast(0, pl.INT32)"),
        ("expects a shift amount from 0 to 31, but got 32", "a << 32"),
        ("expects a shift amount from 0 to 31, but got -1", "a >> -1"),
    ]


@pl.jit
def whole(
    x: pl.Tensor[[1], pl.FP32],
    small: pl.Out[pl.Tensor[[1, 1], pl.INT8]],
    wide: pl.Out[pl.Tensor[[1, 1], pl.INT64]],
):
    with pl.incore():
        value = pl.read(x, [0])
        small[0, 0] = pl.cast(value, pl.INT8, mode="trunc")
        wide[0, 0] = pl.cast(value, pl.INT64, mode="trunc")
    return small, wide


@pytest.mark.parametrize(
    "value, small, wide",
    [
        (-1.9, -1, -1),
        (127.9, 127, 127),
        (128.0, 127, 128),
        (-128.5, -128, -128),
        (-129.0, -128, -129),
        (2.0**63, 127, 2**63 - 1),
        (-(2.0**63), -128, -(2**63)),
        (float("inf"), 127, 2**63 - 1),
        (float("-inf"), -128, -(2**63)),
        (float("nan"), 0, 0),
    ],
)
def test_a_scalar_saturates_as_an_element_does(value, small, wide):
    results = np.full((1, 1), 77, np.int8), np.full((1, 1), 77, np.int64)
    verified(whole, np.array([value], np.float32), *results)
    assert [int(result[0, 0]) for result in results] == [small, wide]
